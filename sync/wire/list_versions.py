"""How new the hub's signed lists are: a hint that the hub signs and the broker keeps for everybody.

Whoever connects reads it, and asks for what is newer than its own. It only says that something is
there to be asked for: each list is believed for its own signature and its own version. An old hint
that is played again makes nobody take anything; one that names a version that does not exist makes
stations ask in vain, so it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sync.wire import (
    canonical,
    cose,
    document_trust,
    places_list,
    roster,
    settings_list,
    station_list,
    texts_list,
    trust,
)
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-list-versions+cose"
MOST_BYTES: Final = 4 * 1024

ROSTER: Final = "roster"
TRUST: Final = "trust"
DOCUMENTS: Final = "documents"
STATIONS: Final = "stations"
PLACES: Final = "places"
TEXTS: Final = "texts"
SETTINGS: Final = "settings"
NAMES: Final = (TRUST, STATIONS, ROSTER, DOCUMENTS, SETTINGS, TEXTS, PLACES)
"""The signed lists, those first by which the others are believed."""

MOST_LIST_BYTES: Final[Mapping[str, int]] = {
    TRUST: trust.MOST_BYTES,
    STATIONS: station_list.MOST_BYTES,
    ROSTER: roster.MOST_BYTES,
    DOCUMENTS: document_trust.MOST_BYTES,
    PLACES: places_list.MOST_BYTES,
    TEXTS: texts_list.MOST_BYTES,
    SETTINGS: settings_list.MOST_BYTES,
}
"""How long each may be."""

_PURPOSES: Final = {
    TRUST: trust.PURPOSE,
    STATIONS: station_list.PURPOSE,
    ROSTER: roster.PURPOSE,
    DOCUMENTS: document_trust.PURPOSE,
    PLACES: places_list.PURPOSE,
    TEXTS: texts_list.PURPOSE,
    SETTINGS: settings_list.PURPOSE,
}
_MOST_NAMES: Final = 32
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class ListVersions:
    """The hint.

    Attributes:
        at: when it was signed, milliseconds since 1970 by the hub's clock.
        versions: by the list's name; of names that this program does not know too.
    """

    at: int
    versions: Mapping[str, int] = field(default_factory=dict)

    def newer(self, held: Mapping[str, int]) -> tuple[str, ...]:
        """The known lists of which there is a newer one than is held, in the order of `NAMES`."""
        return tuple(name for name in NAMES if self.versions.get(name, 0) > held.get(name, 0))


def sign(versions: ListVersions, hub: Signer) -> bytes:
    """The hint as signed by the hub."""
    payload = canonical.encode([FORMAT, versions.at, dict(versions.versions)])
    return cose.sign(PURPOSE, payload, hub).data


def load(data: bytes, hub: HubTrust) -> ListVersions | TrustTrouble:
    """The hint in `data`, if a signing key of the hub signed it.

    Returns:
        The hint, or trouble: `list-versions.malformed`, `list-versions.foreign`. A hint by a key
        that the station does not know yet is foreign too: it goes on asking from time to time.
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("list-versions.foreign")
        return _from_plain(canonical.decode(signed.payload))
    except Malformed:
        return TrustTrouble("list-versions.malformed")


def _from_plain(plain: object) -> ListVersions:
    form, at, versions = canonical.items(plain, exactly=3)
    if type(form) is not int or form != FORMAT:
        raise Malformed("list-versions.shape")
    if not isinstance(versions, dict) or len(versions) > _MOST_NAMES:
        raise Malformed("list-versions.shape")
    return ListVersions(
        canonical.natural(at),
        {
            canonical.text(name, longest=_LONGEST_NAME): canonical.natural(version)
            for name, version in versions.items()
        },
    )


def version_of(name: str, data: bytes) -> int | None:
    """The version that a signed list says it has; nothing is verified.

    Args:
        name: one of `NAMES`.
        data: as its module signed it.

    Returns:
        The version, or None where it is no such list.
    """
    try:
        signed = cose.parse(data, _PURPOSES[name], limit=MOST_LIST_BYTES[name])
        payload = canonical.items(canonical.decode(signed.payload, limit=MOST_LIST_BYTES[name]))
        return canonical.natural(payload[1]) if len(payload) > 1 else None
    except (KeyError, Malformed):
        return None
