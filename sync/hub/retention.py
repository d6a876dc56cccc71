"""How long the hub holds what it may not keep: templates of fingers, by the office's rule.

The registry never has them: they are in the sealed bodies of identifications and nowhere else. When
an identification is decided, the station has been told, and its envelope's own signature was
checked, its body goes after as many days as the rule says, none by default. What remains is
`sync.wire.remnant`; the chain, the signature and the outcome can be looked at as before, and the
same envelope sent again is still known by its hash.

An envelope whose own signature fails is kept whole: it is evidence, and `sync.hub.audit` has raised
its alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from sync.hub.store import chains, disputes, shedding
from sync.hub.store.database import Store
from sync.model import operation
from sync.wire import envelope, remnant
from sync.wire.signer import VerifyingKey

AGAIN_SECONDS: Final = 5.0
LATER_SECONDS: Final = 30.0

NAMES_MILLISECONDS: Final = 90 * 24 * 60 * 60 * 1000
"""How long a dispute may name somebody who is not registered, where nobody sets it right."""

_AT_ONCE: Final = 25
_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000


def is_shed(kind: str) -> bool:
    """Whether bodies of this kind of operation are not kept for ever."""
    return kind == operation.IDENTIFICATION


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How many days the hub holds templates of fingers after its decision.

    Attributes:
        days: for every station that has no rule of its own.
        of_stations: days by the station's name, or by the beginning of names where it ends in `*`,
            as of all stations of one comune. The longest that fits counts.
    """

    days: int = 0
    of_stations: Mapping[str, int] = field(default_factory=dict)

    def days_of(self, station: str) -> int:
        """How many days it is for `station`."""
        fitting = [
            name
            for name in self.of_stations
            if name == station or (name.endswith("*") and station.startswith(name[:-1]))
        ]
        # The name itself goes before a beginning of the same length.
        best = max(fitting, key=lambda name: (len(name), name == station), default=None)
        return self.days if best is None else self.of_stations[best]


class Telling(Protocol):
    """Who tells stations what was decided."""

    def told(self, name: str) -> int:
        """Up to where the station was told outcomes, or says that it knows them."""
        ...

    def tell(self, store: Store, name: str, seq: int) -> bytes:
        """A signed acknowledgement with the outcomes from `seq` on."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did.

    Attributes:
        pause: seconds until there may be more to do; None where nothing waits.
        station: of which station bodies were shed, or who is to be told.
        shed: how many bodies were shed.
        acknowledgement: to be sent to the station before its bodies may go; None where all is told.
    """

    pause: float | None
    station: str = ""
    shed: int = 0
    acknowledgement: bytes | None = None


class Retention:
    """Sheds bodies, a few at a time. For the thread that writes to the registry."""

    def __init__(self, rule: RetentionRule, telling: Telling, clock: Callable[[], int]) -> None:
        """Set it up.

        Args:
            rule: the office's.
            telling: tells stations; a body goes after its station was told.
            clock: milliseconds since 1970.
        """
        self._rule = rule
        self._telling = telling
        self._clock = clock

    def step(self, store: Store) -> Step:
        """Does the next piece. Safe to be killed anywhere: the next program goes on.

        Raises:
            StoreError: the disk is in trouble; nothing is lost.
        """
        mark, again = shedding.overwritten(store), None
        if mark is not None and store.scrub():
            with store.transaction():
                shedding.gone(store, mark)
        elif mark is not None:
            again = AGAIN_SECONDS
        outdated = disputes.outdated(store, self._clock() - NAMES_MILLISECONDS)
        if outdated:
            with store.transaction():
                disputes.forget_unregistered(store, outdated)
        names = shedding.stations(store)
        for name in names:
            done = self._of_station(store, name)
            if done is not None:
                return done
        return Step(again or (LATER_SECONDS if names else None))

    def _of_station(self, store: Store, name: str) -> Step | None:
        before = self._clock() - self._rule.days_of(name) * _DAY_MILLISECONDS
        due = shedding.due(store, name, before, _AT_ONCE)
        if not due:
            return None
        told = self._telling.told(name)
        ready = [(seq, data) for seq, data in due if seq <= told]
        if not ready:
            first = min(seq for seq, _ in due)
            return Step(0.0, name, acknowledgement=self._telling.tell(store, name, first))
        station = chains.station(store, name)
        if station is None:  # the schema's foreign key forbids it
            raise LookupError("a body of a station that is not enrolled")
        key = VerifyingKey.from_spki(station.spki)
        shed, now = 0, self._clock()
        with store.transaction():
            for seq, data in ready:
                whole = envelope.parse(data)
                if envelope.verify(whole, key):
                    shedding.shed(store, name, seq, remnant.leave(whole), now)
                    shed += 1
                else:
                    shedding.withhold(store, name, seq)
        return Step(0.0, name, shed)
