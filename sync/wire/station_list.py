"""The signed list of stations: who issues their certificates, who is blocked, who is revoked.

A station takes it like the roster: from the hub alone, and never an older one than it has. What it
says of the station itself stands on the station's own screen; the authorities in it are those that
the broker's certificate must come from, so the authority is renewed without a visit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust, TrustTrouble

FORMAT: Final = 1
NAME: Final = "stations"
"""As lists are asked for (`SignedListSince.name`)."""
PURPOSE: Final = "application/sportello-stations+cose"
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_NAMES: Final = 50_000
MOST_AUTHORITIES: Final = 8

_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class StationList:
    """What the list says.

    Attributes:
        version: 1 for the first, one more for each after.
        issued: milliseconds since 1970.
        authorities: certificates in DER, the newest first.
        revocation_lists: of these authorities, in PEM, in the same order.
        blocked: names of stations that may not work until they are unblocked (R-004-15, 16).
        revoked: names of stations that may never work again.
    """

    version: int
    issued: int
    authorities: tuple[bytes, ...] = field(repr=False)
    revocation_lists: tuple[bytes, ...] = field(repr=False)
    blocked: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


def sign(listed: StationList, hub: Signer) -> bytes:
    """The list as signed by the hub.

    Raises:
        ValueError: a list that `load` would not take.
    """
    plain = [
        FORMAT,
        listed.version,
        listed.issued,
        list(listed.authorities),
        list(listed.revocation_lists),
        list(listed.blocked),
        list(listed.revoked),
    ]
    try:
        _from_plain(plain)
    except Malformed as malformed:
        raise ValueError("a list of stations that no station could read") from malformed
    data = cose.sign(PURPOSE, canonical.encode(plain), hub).data
    if len(data) > MOST_BYTES:
        raise ValueError("the list of stations is too large")
    return data


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> StationList | TrustTrouble:
    """The list in `data`, if a signing key of the hub signed it.

    Args:
        data: as `sign` made it.
        hub: the hub's keys.
        at_least: version of the list taken last.

    Returns:
        The list, or trouble: `stations.malformed`, `stations.foreign` (not signed by this hub),
        `stations.rolled-back` (older than `at_least`).
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("stations.foreign")
        listed = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return TrustTrouble("stations.malformed")
    if listed.version < at_least:
        return TrustTrouble("stations.rolled-back")
    return listed


def _from_plain(plain: object) -> StationList:
    form, version, issued, authorities, lists, blocked, revoked = canonical.items(plain, exactly=7)
    if form != FORMAT:
        raise Malformed("stations.shape")
    chain = tuple(canonical.octets(one) for one in canonical.items(authorities))
    if not 0 < len(chain) <= MOST_AUTHORITIES:
        raise Malformed("stations.shape")
    return StationList(
        canonical.natural(version),
        canonical.natural(issued),
        chain,
        tuple(canonical.octets(one) for one in canonical.items(lists, exactly=len(chain))),
        _names(blocked),
        _names(revoked),
    )


def _names(plain: object) -> tuple[str, ...]:
    """Names in order, none twice; a comune's server is no station and stands in no such list."""
    names = tuple(canonical.text(one, longest=_LONGEST_NAME) for one in canonical.items(plain))
    if len(names) > MOST_NAMES or list(names) != sorted(set(names)):
        raise Malformed("stations.shape")
    if not all(is_station_name(name) for name in names):
        raise Malformed("stations.shape")
    return names
