"""Passive authentication: the state signed these files, and they are as it signed them.

ICAO 9303-11 clause 5.1 and 9303-12 clause 7. Nothing in a document is believed because the document
says so: the signer's certificate must lead to a country signer of the trust list (`chains`), the
signature over the list of hashes must be the signer's, and each file must have its listed hash.

When it was signed nobody but the issuer says. Its own statements are used where they are covered by
the signature: the signing-time attribute, and the date of issue in EF.DG12; ADR 0078 has the why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import chains, lds, signatures, signed_data, sod, trust_anchors
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.chains import Chain
from hw.cards.emrtd.signed_data import SignedData
from hw.cards.emrtd.sod import SecurityObject
from hw.cards.emrtd.trust_anchors import MARGIN, TrustAnchors, TrustIndex, before
from hw.document_readings import Finding, Judgement, Property

CARD_SECURITY: Final = "0.4.0.127.0.7.3.2.1"
"""id-SecurityObject, the content of EF.CardSecurity (BSI TR-03110-3 clause A.1.2.5)."""

_DETAILS: Final = 12
_ISSUE_MARGIN: Final = timedelta(days=92)
"""A document may bear a date of issue later than the day on which its chip was signed."""
_PROBLEMS: Final = {
    signatures.UNSUPPORTED: "genuine.algorithm-unsupported",
    "rsa-key": "genuine.algorithm-unsupported",
}


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """What a certificate says of the one who signed, beyond its key.

    Attributes:
        country: two letters, as in its name.
        document_types: what it may sign, by the letters of the zone; empty where it does not say.
    """

    country: str
    document_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassiveResult:
    """What passive authentication finds.

    Attributes:
        genuine: whether a state of the trust list signed it.
        unaltered: whether every file that was read is as it was signed.
        not_revoked: whether the signer is revoked.
        listed: numbers of the data groups on the signed list.
        read: those that were read.
        matching: those of them that have their listed hash.
        signer: who signed, None where that certificate is not there.
        clock_behind: today lies before the trust list's day or the proven day of issue.
        facts: technical facts for the clerk's page and the log.
    """

    genuine: Judgement
    unaltered: Judgement
    not_revoked: Judgement
    listed: frozenset[int] = frozenset()
    read: frozenset[int] = frozenset()
    matching: frozenset[int] = frozenset()
    signer: SignerFacts | None = None
    clock_behind: bool = False
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def proven(self) -> frozenset[int]:
        """The data groups that are proven to be as the state signed them."""
        return self.matching if self.genuine.finding is Finding.PROVEN else frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class SignedFile:
    """EF.CardSecurity, verified.

    Attributes:
        genuine: whether a state of the trust list signed it.
        content: the SecurityInfos in it; empty where they cannot be taken out.
        country: of its signer, as in `SignerFacts`; empty where nobody signed it.
    """

    genuine: Judgement
    content: bytes
    country: str = ""


def verify(
    data: bytes,
    data_groups: Mapping[int, bytes],
    anchors: TrustAnchors,
    today: date,
    *,
    last: int = sod.LAST_DATA_GROUP,
) -> PassiveResult:
    """What the signed list says of the files that were read.

    Args:
        data: EF.SOD, empty where the document gives none.
        data_groups: the files that were read, whole, by their number.
        anchors: whom the kiosk believes.
        today: the day of the question.
        last: highest number of a file, as in `sod.parse`.

    Never raises, whatever the bytes.
    """
    if not data:
        return _without_list("genuine.no-security-object")
    try:
        found = sod.parse(data, last=last)
        signer = found.signed.signer()
    except Malformed as trouble:
        return _without_list(_problem(trouble), ("security object", trouble.reason))
    index = trust_anchors.country_signers(anchors)
    matching = frozenset(
        number for number, content in data_groups.items() if found.matches(number, content)
    )
    details = data_groups.get(_DETAILS, b"") if _DETAILS in matching else b""
    sha1 = found.signed.uses_sha1 or found.algorithm == "sha1"
    chain = _chain(found.signed, signer, index, today, sha1=sha1)
    day = max(today, index.issued)  # what had expired when the list was made has expired
    genuine = _genuine(found.signed, signer, chain, details, day)
    if signer is not None and last == sod.LAST_DATA_GROUP and _DETAILS not in data_groups:
        genuine = _unless_withheld(genuine, signer, found, day)
    issued_on = _issued_on(details) if genuine.finding is Finding.PROVEN else None
    known = max(index.issued, issued_on or date.min)
    not_revoked = _not_revoked(signer, chain, index, today, known)
    genuine = _unless_revoked(genuine, not_revoked)
    return PassiveResult(
        genuine=genuine,
        unaltered=_unaltered(found, data_groups, genuine),
        not_revoked=not_revoked,
        listed=frozenset(found.digests),
        read=frozenset(data_groups),
        matching=matching,
        signer=None if signer is None else SignerFacts(signer.country, signer.document_types),
        clock_behind=before(today, known),
        facts=_facts(found, signer, chain, anchors),
    )


def verify_card_security(data: bytes, anchors: TrustAnchors, today: date) -> SignedFile:
    """Whether a state signed EF.CardSecurity; the key of PACE-CAM stands in it. Never raises."""
    try:
        signed = signed_data.parse(data)
        signer = signed.signer()
    except Malformed as trouble:
        return SignedFile(_judged(Finding.NOT_PROVABLE, _problem(trouble)), b"")
    if signed.content_type != CARD_SECURITY:
        return SignedFile(_judged(Finding.NOT_PROVABLE, "genuine.malformed"), b"")
    index = trust_anchors.country_signers(anchors)
    chain = _chain(signed, signer, index, today, sha1=signed.uses_sha1)
    genuine = _genuine(signed, signer, chain, b"", max(today, index.issued))
    not_revoked = _not_revoked(signer, chain, index, today, index.issued)
    country = "" if signer is None else signer.country
    return SignedFile(_unless_revoked(genuine, not_revoked), signed.content, country)


def _chain(
    signed: SignedData, signer: Certificate | None, index: TrustIndex, today: date, *, sha1: bool
) -> Chain:
    """The signature itself first: a wrong one is wrong whoever the signer is."""
    if signer is None:
        return Chain(Finding.NOT_PROVABLE, "genuine.signer-missing")
    if not signed.content_is_signed:
        return Chain(Finding.REFUTED, "genuine.content-altered")
    if not signed.signed_by(signer.key):
        return Chain(Finding.REFUTED, "genuine.signature-wrong")
    chain = chains.follow(signer, index, today, one_country=True)
    if chain.finding is not Finding.PROVEN:
        return chain
    if not signer.may("digital_signature") or signer.authority:
        return replace(chain, finding=Finding.REFUTED, reason="genuine.signer-unfit")
    # No extended key usage is for documents (9303-12 clause 7.1.1): a country signer certifies
    # the signers of master lists, visible seals and servers too, and those may sign no document.
    if signer.unknown_critical or signer.extended_usage:
        return replace(chain, finding=Finding.NOT_PROVABLE, reason="genuine.signer-restricted")
    if chains.too_weak(signer.key):
        return replace(chain, finding=Finding.NOT_PROVABLE, reason="genuine.key-too-weak")
    if sha1 and not (chain.issuer and chain.issuer.sha1):
        return replace(chain, finding=Finding.NOT_PROVABLE, reason="genuine.sha1")
    return chain


def _genuine(
    signed: SignedData, signer: Certificate | None, chain: Chain, details: bytes, today: date
) -> Judgement:
    if signer is None or chain.finding is not Finding.PROVEN:
        return _judged(chain.finding, chain.reason)
    finding, reasons = _judge_time(signer, signed.signing_time, _issued_on(details), today)
    if finding is Finding.PROVEN:
        return _judged(finding, chain.reason, *reasons)
    return _judged(finding, *reasons)


def _judge_time(
    signer: Certificate, signed_at: datetime | None, issued_on: date | None, today: date
) -> tuple[Finding, tuple[str, ...]]:
    """Whether the signer's certificate and key were valid when the document was signed."""
    starts, ends = _signing_period(signer)
    now = datetime.combine(today, time.min, UTC)
    latest = max(filter(None, (signed_at, starts)), default=now)
    if latest > now + 2 * MARGIN:  # today's last hour, and a time zone beyond it
        return Finding.NOT_PROVABLE, ("genuine.not-yet-valid",)
    outside = (Finding.REFUTED, ("genuine.signed-outside-validity",))
    if signed_at is not None and not _during(signed_at, starts, ends):
        return outside
    if issued_on is not None:
        issued = datetime.combine(issued_on, time.min, UTC)
        if ends is not None and issued > ends + _ISSUE_MARGIN:
            return outside
    expired = signer.validity.end is not None and signer.validity.end < now
    if not expired:
        return Finding.PROVEN, ()
    if signed_at is None and issued_on is None:
        return Finding.NOT_PROVABLE, ("genuine.signing-time-unknown",)
    return Finding.PROVEN, ("genuine.signer-expired-since",)


def _signing_period(signer: Certificate) -> tuple[datetime | None, datetime | None]:
    """When the signer might sign: its certificate's validity, and its key's where that is said."""
    starts, ends = signer.validity.start, signer.validity.end
    if signer.key_period is not None:
        starts = max(filter(None, (starts, signer.key_period.start)), default=None)
        ends = min(filter(None, (ends, signer.key_period.end)), default=None)
    return starts, ends


def _during(moment: datetime, starts: datetime | None, ends: datetime | None) -> bool:
    return (starts is None or moment >= starts - MARGIN) and (
        ends is None or moment <= ends + MARGIN
    )


def _issued_on(details: bytes) -> date | None:
    """The date of issue in EF.DG12, whose hash is known to be the listed one."""
    if not details:
        return None
    try:
        text = lds.parse_dg12(details).issue_date
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:  # Malformed, or no day of the calendar
        return None


def _unaltered(
    found: SecurityObject, data_groups: Mapping[int, bytes], genuine: Judgement
) -> Judgement:
    def judged(finding: Finding, reason: str) -> Judgement:
        return Judgement(Property.UNALTERED, finding, (reason,))

    compared = [found.matches(number, content) for number, content in data_groups.items()]
    if False in compared:
        return judged(Finding.REFUTED, "unaltered.file-altered")
    if {"genuine.content-altered", "genuine.signature-wrong"} & set(genuine.reasons):
        return judged(Finding.REFUTED, "unaltered.list-altered")
    if not compared:
        return judged(Finding.NOT_PROVABLE, "unaltered.nothing-signed")
    if None in compared:
        return judged(Finding.NOT_PROVABLE, "unaltered.file-unsigned")
    if genuine.finding is not Finding.PROVEN:
        return judged(Finding.NOT_PROVABLE, "unaltered.signer-unproven")
    return judged(Finding.PROVEN, "unaltered.hashes")


def _not_revoked(
    signer: Certificate | None, chain: Chain, index: TrustIndex, today: date, known: date
) -> Judgement:
    if signer is None:
        return Judgement(
            Property.NOT_REVOKED, Finding.NOT_PROVABLE, ("not-revoked.signer-unproven",)
        )
    return chains.judge_revocation(signer, chain, index, today, known=known)


def _unless_withheld(
    genuine: Judgement, signer: Certificate, found: SecurityObject, today: date
) -> Judgement:
    """EF.DG12 is signed and was not given: its date of issue could be too late for the signer."""
    _, ends = _signing_period(signer)
    if genuine.finding is not Finding.PROVEN or ends is None or _DETAILS not in found.digests:
        return genuine
    if ends + _ISSUE_MARGIN >= datetime.combine(today, time.min, UTC):
        return genuine  # no day that has been is too late
    return _judged(Finding.NOT_PROVABLE, "genuine.issue-date-withheld")


def _unless_revoked(genuine: Judgement, not_revoked: Judgement) -> Judgement:
    """A key that was revoked may be anybody's: what it signed is not proven, nor what hangs on it."""
    if genuine.finding is Finding.PROVEN and not_revoked.finding is Finding.REFUTED:
        return _judged(Finding.NOT_PROVABLE, "genuine.signer-revoked")
    return genuine


def _facts(
    found: SecurityObject, signer: Certificate | None, chain: Chain, anchors: TrustAnchors
) -> tuple[tuple[str, str], ...]:
    facts = [
        ("security object", f"version {found.version}, {found.algorithm}"),
        ("signature", str(found.signed.method)),
        ("trust list", f"{anchors.version} of {anchors.issued}" if anchors.version else "none"),
    ]
    if signer is not None:
        start, end = signer.validity.start, signer.validity.end
        facts += [
            ("signer", f"{signer.country} {signer.serial:x}"),
            ("signer valid", f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"),
        ]
    if chain.issuer is not None:
        facts.append(("country signer", chain.issuer.certificate.fingerprint[:8].hex()))
        facts.append(("links", str(len(chain.issuer.links))))
    return tuple(facts)


def _problem(trouble: Malformed) -> str:
    return _PROBLEMS.get(trouble.reason, "genuine.malformed")


def _judged(finding: Finding, *reasons: str) -> Judgement:
    return Judgement(Property.GENUINE, finding, reasons)


def _without_list(reason: str, *facts: tuple[str, str]) -> PassiveResult:
    return PassiveResult(
        _judged(Finding.NOT_PROVABLE, reason),
        Judgement(Property.UNALTERED, Finding.NOT_PROVABLE, ("unaltered.nothing-signed",)),
        Judgement(Property.NOT_REVOKED, Finding.NOT_PROVABLE, ("not-revoked.signer-unproven",)),
        facts=facts,
    )
