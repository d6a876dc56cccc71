"""Corrections of the table of comuni, states and provinces, as the hub signs them and stations take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sync.model.place_rows import LONGEST_ROW, MOST_ROWS, PlacesUpdate, faults
from sync.wire import canonical, issued_list
from sync.wire.canonical import Malformed
from sync.wire.issued_list import Issued
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

PURPOSE: Final = "application/sportello-places+cose"
MOST_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlacesList:
    """The list.

    Attributes:
        version: 1 for the first, one more for each after.
        issued: milliseconds since 1970, by the hub's clock.
        update: what is other than in the programs' own table.
    """

    version: int
    issued: int
    update: PlacesUpdate


def sign(places: PlacesList, hub: Signer) -> bytes:
    """The list as signed by the hub. Raises `ValueError` where no station takes it."""
    wrong = faults(places.update)
    if wrong:
        raise ValueError("; ".join(wrong[:5]))
    update = places.update
    content = [list(update.comuni), list(update.states), list(update.provinces)]
    issued = Issued(places.version, places.issued, content)
    return issued_list.sign(PURPOSE, issued, hub, most=MOST_BYTES)


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> PlacesList | TrustTrouble:
    """The list in `data`; its rows are free of faults. Troubles as of `issued_list.load`."""
    return issued_list.load(PURPOSE, data, hub, _read, at_least=at_least, most=MOST_BYTES)


def own(data: bytes) -> PlacesList:
    """A list that the hub itself keeps, not verified again. Raises `Malformed`."""
    return _read(issued_list.own(PURPOSE, data, most=MOST_BYTES))


def _read(found: Issued) -> PlacesList:
    comuni, states, provinces = canonical.items(found.content, exactly=3)
    update = PlacesUpdate(_rows(comuni), _rows(states), _rows(provinces))
    if faults(update):
        raise Malformed("signed-list.content")
    return PlacesList(found.version, found.issued, update)


def _rows(plain: Any) -> tuple[str, ...]:
    rows = canonical.items(plain)
    if len(rows) > MOST_ROWS:
        raise Malformed("signed-list.shape")
    return tuple(canonical.text(row, longest=LONGEST_ROW) for row in rows)
