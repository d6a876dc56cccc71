"""Whose signatures on documents and cards a kiosk believes: a list signed by the hub.

It carries certificates and revocation lists as they came; what they say is for the cards' end to
find out. Like the list of the hub's keys (`sync.wire.trust`), it cannot be put back to an older
version: a country signer withdrawn since would come back with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-document-trust+cose"
MOST_BYTES: Final = 8 * 1024 * 1024

_MOST_CERTIFICATES: Final = 4096
_FINGERPRINT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class DocumentPolicy:
    """What is believed against the rule.

    Attributes:
        sha1_allowed: SHA-256 of the country signers under which SHA-1 still counts: documents that
            they signed before 2016 are valid until 2026.
    """

    sha1_allowed: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class DocumentTrust:
    """Whose signatures on documents and cards count.

    Attributes:
        version: 1 for the first list, one more for each after.
        issued: milliseconds since 1970.
        listed: when the master list that it was made from was signed, likewise; 0 if unknown.
        country_signers: CSCA and link certificates (ICAO 9303-12), in DER.
        health_card_issuers: certificates of the authorities that issue TS-CNS, in DER.
        operator_issuers: certificates of the authorities that issue operators' cards, in DER.
        revocation_lists: of all of these, in DER.
        policy: what is believed against the rule.
        signed_by: id of the hub's key that signed it; empty for a list that is not signed yet.
    """

    version: int
    issued: int
    listed: int = 0
    country_signers: tuple[bytes, ...] = ()
    health_card_issuers: tuple[bytes, ...] = ()
    operator_issuers: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    policy: DocumentPolicy = DocumentPolicy()
    signed_by: bytes = field(default=b"", compare=False)

    def __repr__(self) -> str:
        return f"DocumentTrust(version {self.version}, {len(self.country_signers)} country signers)"


def sign(trust: DocumentTrust, hub: Signer) -> bytes:
    """The list as signed by the hub.

    Raises:
        ValueError: it is larger than `load` takes.
    """
    payload = canonical.encode(
        [
            FORMAT,
            trust.version,
            trust.issued,
            trust.listed,
            list(trust.country_signers),
            list(trust.health_card_issuers),
            list(trust.operator_issuers),
            list(trust.revocation_lists),
            sorted(trust.policy.sha1_allowed),
        ]
    )
    data = cose.sign(PURPOSE, payload, hub).data
    if len(data) > MOST_BYTES:
        raise ValueError("the list is too large for a kiosk")
    return data


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> DocumentTrust | TrustTrouble:
    """The list in `data`, if a signing key of the hub signed it.

    Args:
        data: as `sign` made it.
        hub: the hub's keys.
        at_least: version of the list taken last.

    Returns:
        The list, or trouble: `document-trust.malformed`, `document-trust.foreign` (not signed by
        this hub), `document-trust.rolled-back` (older than `at_least`).
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("document-trust.foreign")
        plain = canonical.decode(signed.payload, limit=MOST_BYTES)
        trust = replace(_from_plain(plain), signed_by=key.key_id)
    except Malformed:
        return TrustTrouble("document-trust.malformed")
    if trust.version < at_least:
        return TrustTrouble("document-trust.rolled-back")
    return trust


def _from_plain(plain: object) -> DocumentTrust:
    form, version, issued, listed, country, health, operator, revoked, sha1 = canonical.items(
        plain, exactly=9
    )
    if form != FORMAT:
        raise Malformed("document-trust.shape")
    return DocumentTrust(
        version=canonical.natural(version),
        issued=canonical.natural(issued),
        listed=canonical.natural(listed),
        country_signers=_all(country),
        health_card_issuers=_all(health),
        operator_issuers=_all(operator),
        revocation_lists=_all(revoked),
        policy=DocumentPolicy(
            frozenset(
                canonical.octets(each, exactly=_FINGERPRINT_BYTES) for each in canonical.items(sha1)
            )
        ),
    )


def _all(plain: object) -> tuple[bytes, ...]:
    listed = canonical.items(plain)
    if len(listed) > _MOST_CERTIFICATES:
        raise Malformed("document-trust.shape")
    return tuple(canonical.octets(each) for each in listed)
