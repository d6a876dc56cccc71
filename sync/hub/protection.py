"""How well the hub wants a station's key to be kept: by its name, in `[policy]` of `hub.toml`.

A header says where the key lives that signed it. That is the station's word: a program that lies
has to be another program on a station that has the key. So the word given at enrolment, which an
administrator saw and approved, is held against it: the weaker one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sync.hub.remedies import CALL_ASSISTANCE
from sync.wire.receipt import Refused
from sync.wire.signer import Protection

REFUSED = "station.protection"
"""The key of the station is kept less well than the hub's policy wants."""

_ORDER: Final = (Protection.SOFTWARE, Protection.TOKEN, Protection.TPM)
"""From the weakest to the strongest."""


@dataclass(frozen=True, slots=True)
class ProtectionPolicy:
    """The least protection of each station's key.

    Attributes:
        least: of every station that is not named.
        of_stations: by the station's name, or by the beginning of names where it ends in `*`
            (`058091-PC-*` for those of a comune); the longest that fits counts.
    """

    least: Protection = Protection.SOFTWARE
    of_stations: Mapping[str, Protection] = field(default_factory=dict)

    def least_of(self, station: str) -> Protection:
        """The least protection that this station's key must have."""
        fitting = [
            name
            for name in self.of_stations
            if name == station or (name.endswith("*") and station.startswith(name[:-1]))
        ]
        best = max(fitting, key=lambda name: (len(name), name == station), default=None)
        return self.least if best is None else self.of_stations[best]

    def suffices(self, station: str, protection: Protection) -> bool:
        """Whether a key that is kept so is kept well enough."""
        return _ORDER.index(protection) >= _ORDER.index(self.least_of(station))


def weaker(said: Protection, enrolled: str) -> Protection:
    """What counts of a station's word in an operation and its word at enrolment.

    Args:
        said: in the operation.
        enrolled: at enrolment, as the register of devices has it; empty for a station that was
            entered without a request, of a site for development.
    """
    known = {one.value: one for one in _ORDER}.get(enrolled)
    return said if known is None else min(said, known, key=_ORDER.index)


def refusal() -> Refused:
    """What a station is told whose key is kept less well than it must be."""
    return Refused(REFUSED, None, CALL_ASSISTANCE)
