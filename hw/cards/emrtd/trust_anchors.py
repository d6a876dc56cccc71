"""Whom a kiosk believes: country signers, their links, revocation lists, issuers of cards.

The values come from the signed file that a hub makes (`sync.wire.document_trust`); here they are
plain bytes. Self-signed certificates in them are anchors. A link certificate is none: it makes its
subject believed where a believed country signer issued it (ICAO 9303-12 clause 5.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, revocation
from hw.cards.emrtd.certificates import Certificate, Period
from hw.cards.emrtd.revocation import Revocation, RevocationList

MARGIN: Final = timedelta(days=1)
"""Clocks and time zones of issuers differ; dates are believed to the day."""


@dataclass(frozen=True, slots=True, repr=False)
class TrustAnchors:
    """Everything that a kiosk believes without being shown why.

    Attributes:
        certificates: country signers and link certificates, in DER.
        revocation_lists: CRLs of these and of the card issuers, in DER.
        sha1_allowed: SHA-256 of the country signers under which SHA-1 still counts.
        version: of the trust list; 0 where there is none.
        issued: day on which it was made.
        health_card_issuers: certificates of the authorities that issue TS-CNS, in DER.
        operator_issuers: certificates of the authorities that issue operators' cards, in DER.
    """

    certificates: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    sha1_allowed: frozenset[bytes] = frozenset()
    version: int = 0
    issued: date = date.min
    health_card_issuers: tuple[bytes, ...] = ()
    operator_issuers: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"TrustAnchors(version {self.version}, {len(self.certificates)} certificates)"


EMPTY: Final = TrustAnchors()
"""No trust list yet: nothing can be proven, nothing can be refuted by it."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """A country signer that is believed.

    Attributes:
        certificate: its own, or the link certificate that made it believed.
        links: the link certificates down to it, the anchor's first; empty for an anchor.
        sha1: whether SHA-1 counts under it.
    """

    certificate: Certificate
    links: tuple[Certificate, ...]
    sha1: bool


@dataclass(frozen=True, slots=True)
class TrustIndex:
    """Trust anchors, taken apart.

    Attributes:
        issuers: those believed, by prepared name.
        unfit: certificates of the list that may not certify, by prepared name.
        lists: revocation lists, by prepared name of their issuer.
        countries: of those believed.
        unreadable: how many entries could not be taken apart.
        issued: day on which the trust list was made.
    """

    issuers: Mapping[str, tuple[TrustedIssuer, ...]]
    unfit: Mapping[str, tuple[Certificate, ...]]
    lists: Mapping[str, tuple[RevocationList, ...]]
    countries: frozenset[str]
    unreadable: int
    issued: date = date.min

    def revocation_of(self, certificate: Certificate, today: date) -> Revocation:
        """What the lists of its issuer say of a certificate."""
        named = self.issuers.get(certificate.issuer, ())
        return revocation.status(
            certificate.serial,
            self.lists.get(certificate.issuer, ()),
            (each.certificate for each in named),
            today,
            sha1=any(each.sha1 for each in named),
        )


@lru_cache(maxsize=4)
def country_signers(anchors: TrustAnchors) -> TrustIndex:
    """The index over country signers; made once for each list."""
    return _index(anchors.certificates, anchors, linked=True)


@lru_cache(maxsize=4)
def health_card_issuers(anchors: TrustAnchors) -> TrustIndex:
    """The index over the authorities that issue TS-CNS; each is believed as it is listed."""
    return _index(anchors.health_card_issuers, anchors, linked=False)


@lru_cache(maxsize=4)
def operator_issuers(anchors: TrustAnchors) -> TrustIndex:
    """The index over the authorities that issue operators' cards, likewise."""
    return _index(anchors.operator_issuers, anchors, linked=False)


def prepare(anchors: TrustAnchors) -> None:
    """Take the anchors apart ahead of the first question.

    A list of all the world's country signers (500 certificates) takes most of a second; call this
    where nobody waits.
    """
    for index in (country_signers, health_card_issuers, operator_issuers):
        index(anchors)


def before(today: date, known: date) -> bool:
    """Whether `today` lies before a day that has been for certain: then it is a wrong date."""
    return known - today > MARGIN


def within(moment: Period, start: Period) -> bool:
    """Whether the one begins while the other lasts."""
    begins = moment.start
    return begins is None or (
        (start.start is None or begins >= start.start - MARGIN)
        and (start.end is None or begins <= start.end + MARGIN)
    )


def issued_in_time(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether it was issued while its issuer's certificate, and key, were valid (chain model)."""
    return within(certificate.validity, issuer.validity) and (
        issuer.key_period is None or within(certificate.validity, issuer.key_period)
    )


def _index(data: Iterable[bytes], anchors: TrustAnchors, *, linked: bool) -> TrustIndex:
    readable, unreadable = _parsed(data, certificates.parse)
    lists, unreadable_lists = _parsed(anchors.revocation_lists, revocation.parse)
    fit = [each for each in readable if _may_certify(each)]
    unfit = [each for each in readable if not _may_certify(each)]
    if linked:
        believed = _believed(fit, lists, anchors.sha1_allowed)
    else:
        believed = [
            TrustedIssuer(each, (), each.fingerprint in anchors.sha1_allowed) for each in fit
        ]
    return TrustIndex(
        issuers=_by_name((each.certificate.subject, each) for each in believed),
        unfit=_by_name((each.subject, each) for each in unfit),
        lists=_by_name((each.issuer, each) for each in lists),
        countries=frozenset(each.certificate.country for each in believed),
        unreadable=unreadable + unreadable_lists,
        issued=anchors.issued,
    )


def _believed(
    fit: list[Certificate], lists: list[RevocationList], sha1_allowed: frozenset[bytes]
) -> list[TrustedIssuer]:
    """The anchors, and whoever they vouch for, link by link."""
    own = {each.fingerprint for each in fit if each.signed_by(each.key)}
    believed = [
        TrustedIssuer(each, (), each.fingerprint in sha1_allowed)
        for each in fit
        if each.fingerprint in own
    ]
    waiting = [each for each in fit if each.fingerprint not in own]
    grown = True
    while grown and waiting:
        grown = False
        for link in tuple(waiting):
            issuer = next((each for each in believed if _vouches(each, link, lists)), None)
            if issuer is not None:
                grown = True
                waiting.remove(link)
                sha1 = link.fingerprint in sha1_allowed
                believed.append(TrustedIssuer(link, (*issuer.links, link), sha1))
    return believed


def _vouches(issuer: TrustedIssuer, link: Certificate, lists: list[RevocationList]) -> bool:
    """Whether a believed country signer makes the subject of a link believed.

    A new name is a new start: pathLenConstraint 0, which every country signer has, forbids
    authorities between it and the document signer, not its own successor (9303-12 clause 5.2).
    """
    by = issuer.certificate
    if by.subject != link.issuer or by.country != link.country or not issued_in_time(link, by):
        return False
    if (link.method.uses_sha1 and not issuer.sha1) or not link.signed_by(by.key):
        return False
    return not any(
        each.issuer == by.subject and link.serial in each.serials and each.signed_by(by)
        for each in lists
    )


def _may_certify(certificate: Certificate) -> bool:
    return (
        certificate.authority
        and certificate.may("key_cert_sign")
        and not certificate.unknown_critical
    )


_Parsed = TypeVar("_Parsed", Certificate, RevocationList)
_Named = TypeVar("_Named")


def _parsed(data: Iterable[bytes], parse: Callable[[bytes], _Parsed]) -> tuple[list[_Parsed], int]:
    """What can be taken apart, and how many cannot: one bad entry does not spoil a list."""
    found: list[_Parsed] = []
    unreadable = 0
    for each in data:
        try:
            found.append(parse(each))
        except Malformed:
            unreadable += 1
    return found, unreadable


def _by_name(pairs: Iterable[tuple[str, _Named]]) -> dict[str, tuple[_Named, ...]]:
    found: dict[str, tuple[_Named, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found
