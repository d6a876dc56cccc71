"""What a station passes on for a neighbour that reaches no hub, and what the hub says to it.

The envelopes inside vouch for themselves by their signatures, the hub's answer by its own: who
passes them on can withhold them, and no more. What is not signed (whose it is, how far outcomes are
known, where a chain ends) is nobody's word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sync.model.certificates import kind_of
from sync.wire import canonical
from sync.wire.batch import MOST_BATCH_BYTES
from sync.wire.canonical import Malformed
from sync.wire.topics import is_station_name

FORMAT: Final = 1
MOST_BYTES: Final = MOST_BATCH_BYTES + 64
_COMUNE: Final = 6
"""Digits of the ISTAT code before a station's name (R-004-8)."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A message of `station` (`sync.wire.batch`), or an acknowledgement for it."""

    station: str
    data: bytes = field(repr=False)


def pack(relayed: Relayed) -> bytes:
    """As it travels."""
    return canonical.encode([FORMAT, relayed.station, relayed.data])


def read(data: bytes) -> Relayed:
    """The inverse of `pack`; nothing is verified.

    Raises:
        Malformed: `relayed.shape`, or a code of `canonical`.
    """
    form, station, inner = canonical.items(canonical.decode(data, limit=MOST_BYTES), exactly=3)
    name = canonical.text(station, longest=32)
    if type(form) is not int or form != FORMAT or not is_station_name(name):
        raise Malformed("relayed.shape")
    return Relayed(name, canonical.octets(inner))


def may_pass(by: str, station: str) -> bool:
    """Whether `by` may pass something on for `station`: another station of the same comune.

    Names that are no certificates' (R-004-8) say nothing of a comune.
    """
    if by == station:
        return False
    if kind_of(by) is None or kind_of(station) is None:
        return True
    return by[:_COMUNE] == station[:_COMUNE]
