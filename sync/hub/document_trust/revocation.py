"""Revocation lists (RFC 5280 clause 5), as far as a hub must understand them.

A kiosk verifies them too; but which of two lists is the newer one is the hub's to say, and a forged
one would put the true one aside. So only a list that its issuer signed counts for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import crl

from sync.hub.document_trust import x509
from sync.hub.document_trust.x509 import CountrySigner, NotReadableError

MOST_BYTES: Final = 4 * 1024 * 1024
"""What a kiosk takes."""
MARGIN: Final = timedelta(days=1)
"""Clocks and time zones of issuers differ."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list, taken apart; its signature has not been checked.

    Attributes:
        der: all of it.
        issuer: name of its issuer, for people.
        name: the same, prepared for comparison.
        starts: thisUpdate.
        ends: nextUpdate, None where it does not say.
        revoked: how many certificates are on it.
        part: it has a critical extension (partitioned, indirect): absence from it says nothing.
        delta: it holds only what changed since another one.
        digest: the hash that it is signed with, by name.
        elliptic: it is signed with a point on a curve.
    """

    der: bytes
    issuer: str
    name: str
    starts: datetime
    ends: datetime | None
    revoked: int
    part: bool
    delta: bool
    digest: str
    elliptic: bool


def read(der: bytes) -> RevocationList:
    """What a hub must know of a CRL. Raises `NotReadableError`."""
    if len(der) > MOST_BYTES:
        raise NotReadableError("a revocation list larger than a kiosk takes")
    try:
        whole = crl.CertificateList.load(der, strict=True)
        method, found = whole["signature_algorithm"], whole["tbs_cert_list"]
        # Nobody signed what stands outside: altered there, it verifies, but not on every kiosk.
        if method.dump() != found["signature"].dump() or whole["signature"].contents[:1] != b"\0":
            raise NotReadableError("a revocation list that was altered outside its signed part")
        ends = found["next_update"].native
        extensions = list(found["crl_extensions"]) if found["crl_extensions"].native else []
        return RevocationList(
            der=der,
            issuer=x509.label(found["issuer"]),
            name=str(found["issuer"].hashable),
            starts=x509.moment(found["this_update"].native),
            ends=None if ends is None else x509.moment(ends),
            revoked=0 if not found["revoked_certificates"] else len(found["revoked_certificates"]),
            part=any(each["critical"].native for each in extensions),
            delta=any(each["extn_id"].native == "delta_crl_indicator" for each in extensions),
            digest=x509.digest_of(method),
            elliptic=x509.is_elliptic_method(method),
        )
    except x509.LAZY:
        raise NotReadableError("not a revocation list") from None


def verify(
    found: RevocationList,
    issuers: Iterable[CountrySigner],
    sha1_allowed: frozenset[bytes],
    now: datetime,
) -> bool:
    """Whether a list is proven to be its issuer's.

    Args:
        found: the list.
        issuers: country signers, links and authorities of cards that the trust list will hold.
        sha1_allowed: SHA-256 of the country signers under which SHA-1 still counts.
        now: the time of the question.

    Returns:
        False where every issuer that might have signed it has a key on a curve that this hub cannot
        compute with, which a kiosk may: such a list may travel along, but puts no other aside.

    Raises:
        NotReadableError: forged, damaged, of the future, of nobody in the trust list, or no list
            that stands for itself.
    """
    who = f"the revocation list of {found.issuer}"
    if found.delta:
        raise NotReadableError(f"{who} holds changes only: get the complete one")
    if found.starts > now + MARGIN:
        raise NotReadableError(f"{who} is of {found.starts:%Y-%m-%d}, which is to come")
    named = [each for each in issuers if each.name == found.name]
    if not named:
        raise NotReadableError(
            f"{who}: nobody of that name was chosen; choose its country or leave the list out"
        )
    allowed = found.digest == "sha1" and any(each.fingerprint in sha1_allowed for each in named)
    if found.digest not in x509.SOUND_HASHES and not allowed:
        raise NotReadableError(f"{who} is signed with {found.digest}")
    results = [_signed_by(each, found) for each in named if each.lists]
    if True in results:
        return True
    if None in results:
        return False
    raise NotReadableError(f"{who} is forged or damaged: its signature is of nobody of that name")


def _signed_by(issuer: CountrySigner, found: RevocationList) -> bool | None:
    """Whether that issuer signed it; None where its curve is not known here."""
    try:
        elliptic = x509.is_elliptic(issuer.key)
        if elliptic != found.elliptic:
            return False
        if elliptic and not x509.is_computable(issuer.key):
            return None
        whole = crl.CertificateList.load(found.der, strict=True)
        return x509.verify(
            issuer.key,
            whole["signature_algorithm"],
            whole["tbs_cert_list"].dump(),
            bytes(whole["signature"].native),
        )
    except x509.LAZY:
        return False
