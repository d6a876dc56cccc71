"""Certificate revocation lists (RFC 5280 clause 5; ICAO 9303-12 clause 7.1.4).

A country's list is signed by a country signer of the same name, often a newer one than the one that
issued the certificate in question: so a list counts for all certificates of that issuer's name.
Lists with a critical extension (partitioned, indirect, delta) are not used: what they leave out
says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from asn1crypto import crl

from hw.apdu import tlv
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, der, signatures
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.signatures import SignatureMethod

MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_ELEMENTS: Final = 1_000_000
_INTEGER: Final = 0x02
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class RevocationList:
    """A list, taken apart; its signature has not been checked.

    Attributes:
        issuer: prepared name of who issued it.
        starts: thisUpdate.
        ends: nextUpdate, None where it does not say.
        serials: the revoked certificates of this issuer.
        partial: it has a critical extension, so that absence from it says nothing.
        signed: the part that is signed.
        method: how.
        signature: over that part.
    """

    issuer: str
    starts: datetime
    ends: datetime | None
    serials: frozenset[int]
    partial: bool
    signed: bytes
    method: SignatureMethod
    signature: bytes

    def __repr__(self) -> str:
        return f"RevocationList({len(self.serials)} serials)"

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether this issuer signed it and may sign lists."""
        return issuer.may("crl_sign") and signatures.verify(
            issuer.key, self.method, self.signed, self.signature
        )

    def current(self, today: date) -> bool:
        """Whether it counts on that day; a list without an end never does (9303-12 Table 10)."""
        return (
            self.ends is not None
            and self.starts.date() <= today + _DAY
            and today <= self.ends.date()
        )


class Revocation(Enum):
    """What the lists say of a certificate."""

    CLEAR = "clear"
    REVOKED = "revoked"
    STALE = "stale"
    UNUSABLE = "unusable"
    ABSENT = "absent"


def parse(data: bytes) -> RevocationList:
    """The list that is `data`, in DER.

    Raises:
        Malformed: it is none (`crl-malformed`, `der-*`), or signed in an unknown way.
    """
    der.check(data, longest=MOST_BYTES, most_elements=_MOST_ELEMENTS)
    with der.decoding("crl-malformed"):
        found = crl.CertificateList.load(data, strict=True)
        body = found["tbs_cert_list"]
        ends = body["next_update"].native
        return RevocationList(
            issuer=certificates.prepared(body["issuer"]),
            starts=certificates.moment(body["this_update"].native),
            ends=None if ends is None else certificates.moment(ends),
            serials=_serials(body["revoked_certificates"]),
            partial=_has_critical(body["crl_extensions"]),
            signed=body.dump(),
            method=signatures.method_of(found["signature_algorithm"]),
            signature=bytes(found["signature"].native),
        )


def _serials(found: Any) -> frozenset[int]:
    """The first element of each entry; lists of card authorities have very many."""
    content = found.contents
    if not content:
        return frozenset()
    serials: set[int] = set()
    offset = 0
    while offset < len(content):
        entry, offset = tlv.read(content, offset)
        serial, _ = tlv.read(entry.value)
        if serial.tag != _INTEGER:
            raise Malformed("crl-malformed")
        serials.add(int.from_bytes(serial.value, signed=True))
    return frozenset(serials)


def _has_critical(found: Any) -> bool:
    return found.native is not None and any(each["critical"].native for each in found)


def status(
    serial: int,
    lists: Iterable[RevocationList],
    signers: Iterable[Certificate],
    today: date,
    *,
    sha1: bool,
) -> Revocation:
    """What the lists of an issuer say of the certificate with that serial.

    Args:
        serial: of the certificate.
        lists: every list with that issuer's name.
        signers: every trusted certificate with that issuer's name.
        today: the day of the question.
        sha1: whether a list signed with SHA-1 counts.

    A list that is out of date still revokes what is on it.
    """
    known = tuple(signers)
    found = Revocation.ABSENT
    for each in lists:
        if (each.method.uses_sha1 and not sha1) or not any(each.signed_by(one) for one in known):
            found = Revocation.UNUSABLE if found is Revocation.ABSENT else found
        elif serial in each.serials:
            return Revocation.REVOKED
        elif each.partial:
            found = Revocation.UNUSABLE if found is Revocation.ABSENT else found
        elif each.current(today):
            found = Revocation.CLEAR
        elif found is not Revocation.CLEAR:
            found = Revocation.STALE
    return found
