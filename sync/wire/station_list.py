"""Which stations may not work, and who vouches for those that may: a list signed by the hub.

It carries the authorities that issue stations' certificates, their revocation lists as they came,
and the names of who is blocked or revoked, so that a station learns of itself from whomever it has
the list. Like the other lists it cannot be put back to an older version: a station that was blocked
since would work again.
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
PURPOSE: Final = "application/sportello-stations+cose"
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_STATIONS: Final = 20_000
"""Of either list of names."""

_MOST_AUTHORITIES: Final = 64
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class StationList:
    """How stations stand.

    Attributes:
        version: 1 for the first list, one more for each after.
        issued: milliseconds since 1970.
        authorities: certificates of the authorities that issue stations' certificates, in DER, the
            newest first.
        revocation_lists: theirs, in PEM as the broker has them.
        blocked: names of stations that may come back (R-004-15), sorted.
        revoked: names of stations that may not, sorted.
    """

    version: int
    issued: int
    authorities: tuple[bytes, ...] = field(default=(), repr=False)
    revocation_lists: tuple[bytes, ...] = field(default=(), repr=False)
    blocked: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


def sign(stations: StationList, hub: Signer) -> bytes:
    """The list as signed by the hub.

    Raises:
        ValueError: it is larger than `load` takes, names what is no station or not in order, or
            names one as both blocked and revoked.
    """
    payload = canonical.encode(
        [
            FORMAT,
            stations.version,
            stations.issued,
            list(stations.authorities),
            list(stations.revocation_lists),
            list(stations.blocked),
            list(stations.revoked),
        ]
    )
    data = cose.sign(PURPOSE, payload, hub).data
    if len(data) > MOST_BYTES:
        raise ValueError("the list is too large for a station")
    try:
        _from_plain(canonical.decode(payload, limit=MOST_BYTES))
    except Malformed:
        raise ValueError("no list that a station takes") from None
    return data


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> StationList | TrustTrouble:
    """The list in `data`, if a signing key of the hub signed it.

    Args:
        data: as `sign` made it.
        hub: the hub's keys.
        at_least: version of the list taken last.

    Returns:
        The list, or trouble: `station-list.malformed`, `station-list.foreign` (not signed by this
        hub), `station-list.rolled-back` (older than `at_least`).
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("station-list.foreign")
        stations = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return TrustTrouble("station-list.malformed")
    if stations.version < at_least:
        return TrustTrouble("station-list.rolled-back")
    return stations


def _from_plain(plain: object) -> StationList:
    form, version, issued, authorities, revoked_lists, blocked, revoked = canonical.items(
        plain, exactly=7
    )
    if type(form) is not int or form != FORMAT:
        raise Malformed("station-list.shape")
    stations = StationList(
        version=canonical.natural(version),
        issued=canonical.natural(issued),
        authorities=_all(authorities),
        revocation_lists=_all(revoked_lists),
        blocked=_names(blocked),
        revoked=_names(revoked),
    )
    if set(stations.blocked) & set(stations.revoked):
        raise Malformed("station-list.shape")
    return stations


def _all(plain: object) -> tuple[bytes, ...]:
    listed = canonical.items(plain)
    if len(listed) > _MOST_AUTHORITIES:
        raise Malformed("station-list.shape")
    return tuple(canonical.octets(each) for each in listed)


def _names(plain: object) -> tuple[str, ...]:
    """Names in their order, each once."""
    listed = canonical.items(plain)
    names = [canonical.text(each, longest=_LONGEST_NAME) for each in listed]
    in_order = names == sorted(set(names)) and len(names) <= MOST_STATIONS
    if not in_order or not all(is_station_name(name) for name in names):
        raise Malformed("station-list.shape")
    return tuple(names)
