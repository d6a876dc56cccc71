"""Who did an act at a counter, when it counts as done, and whether they might (R-003-55, 61, 63).

A station's clock may be set to any time by whoever holds the station. So an act counts no earlier
than what stands before it in its chain, rights are looked up no further back than a station may be
without a network, and a right that was lost since is used with an alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sync.hub.store import alarms, operators
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator, Source
from sync.hub.time_bounds import Judged
from sync.model import reconciliation, rosters
from sync.model.addresses import Residence
from sync.model.console import ConsoleAct
from sync.model.counter import CounterAct
from sync.model.errors import Problem
from sync.model.rosters import OperatorEntry
from sync.wire.canonical import Malformed
from sync.wire.envelope import ClockQuality, Header
from sync.wire.operator_key import OperatorKey

OLDEST_MILLISECONDS: Final = 90 * 24 * 60 * 60 * 1000
"""Rights of longer before the arrival of an act do not count: no counter is so long without a hub."""

PAST_RIGHT: Final = "operator.past-right"
"""Alarm: an act stands by a right that its operator has no more."""

_ROME: Final = ZoneInfo("Europe/Rome")


@dataclass(frozen=True, slots=True)
class Recorded:
    """How an act came.

    Attributes:
        seq: its place in its station's chain.
        header: of its envelope.
        arrived_at: by the hub's clock, milliseconds since 1970.
        signed_by: whether the card with this key signed header and body.
        not_before: when what stands before it in the chain counts as done.
        judged: when it was recorded, by all that is known of its station's clocks; None where only
            its own header counts.
    """

    seq: int
    header: Header
    arrived_at: int
    signed_by: Callable[[OperatorKey], bool]
    not_before: int = 0
    judged: Judged | None = None

    @property
    def station(self) -> str:
        """Where it was recorded."""
        return self.header.station

    @property
    def operation_id(self) -> str:
        """32 hexadecimal digits."""
        return self.header.operation_id.hex

    @property
    def counts_at(self) -> int | None:
        """When it counts as done, None where its clocks say nothing.

        By what can be trusted of the station's clocks (`sync.hub.time_bounds`), never ahead of the
        hub's, never before what was recorded before it.
        """
        if self.judged is not None:
            return self.judged.counts_at
        clock = self.header.clock
        if clock.quality is ClockQuality.IMPOSSIBLE:
            return None
        recorded_at = max(clock.wall, self.not_before)
        return reconciliation.effective_time(recorded_at, arrived_at=self.arrived_at)

    @property
    def at(self) -> int:
        """When it counts as done; where the clocks say nothing, the latest that it can have been."""
        counts_at = self.counts_at
        if counts_at is not None:
            return counts_at
        return self.arrived_at if self.judged is None else self.judged.latest


@dataclass(frozen=True, slots=True)
class Acting:
    """What is known of who did an act.

    Attributes:
        office: of the operator whose card signed it; empty where nobody's did. Only this office is
            told what became of the act.
        problem: why they may not, None where they may.
        known: the line of the roster by which they act, None where nobody's signature is there.
    """

    office: str
    problem: Problem | None
    known: KnownOperator | None = None


def judge(
    store: Store, act: CounterAct, recorded: Recorded, residence: Residence | None, now: int
) -> Acting:
    """Whether the operator might do an act when it was recorded, and did it. Within a transaction.

    Args:
        store: the registry.
        act: what was done.
        recorded: how it came.
        residence: of the person as the registry has it, None where it has none.
        now: for an alarm.
    """
    return _judged(
        store,
        recorded,
        now,
        lambda entry: entry.office == act.office,
        lambda entry, on: rosters.act_problem(entry, act, on=on, residence=residence),
    )


def judge_console(store: Store, act: ConsoleAct, recorded: Recorded, now: int) -> Acting:
    """Whether the administrator might do an act of the console, as `judge` does of a clerk's.

    A key of the day does none, whatever its line says: for the console a card is needed (R-004-3).

    Args:
        store: the registry.
        act: what was done.
        recorded: how it came.
        now: for an alarm.
    """
    found = _judged(
        store,
        recorded,
        now,
        lambda entry: entry.comune == act.comune,
        lambda entry, on: rosters.console_problem(entry, act, on=on),
    )
    if found.problem is None and found.known is not None and found.known.source is Source.DAY:
        return replace(found, problem=Problem("operator.no-right", rule="R-004-3"))
    return found


def _judged(
    store: Store,
    recorded: Recorded,
    now: int,
    is_meant: Callable[[OperatorEntry], bool],
    problem_of: Callable[[OperatorEntry | None, date], Problem | None],
) -> Acting:
    """By the line that is meant, of the lines of the card that signed; else by any of them."""
    claimed, arrived_at = recorded.header.operator, recorded.arrived_at
    if claimed is None:
        return Acting("", Problem("operator.unknown"))
    then = max(recorded.at, arrived_at - OLDEST_MILLISECONDS)
    lines = _there(operators.when_recorded(store, claimed.thumbprint, then, arrived_at), recorded)
    known = _meant(lines, is_meant)
    # Who was struck off is told too: what they recorded is not to vanish in silence.
    shown = known or _meant(_there(operators.last(store, claimed.thumbprint), recorded), is_meant)
    if shown is None:
        return Acting("", Problem("operator.unknown"))
    if not _has_signed(shown, recorded):
        return Acting("", Problem("operator.signature"))
    if known is None:
        return Acting(shown.entry.office, Problem("operator.unknown"))
    problem = problem_of(known.entry, day(then))
    if problem is None:
        present = _meant(operators.lines_at(store, claimed.thumbprint, arrived_at), is_meant)
        entry = None if present is None else present.entry
        if problem_of(entry, day(arrived_at)) is not None:
            alarms.raise_alarm(store, recorded.station, PAST_RIGHT, now, seq=recorded.seq)
    return Acting(known.entry.office, problem, known)


def _there(lines: Sequence[KnownOperator], recorded: Recorded) -> list[KnownOperator]:
    """Those that may act at the station: a key of the day does at the one that asked for it alone."""
    return [known for known in lines if known.is_at(recorded.station)]


def _meant(
    lines: Sequence[KnownOperator], is_meant: Callable[[OperatorEntry], bool]
) -> KnownOperator | None:
    return next((known for known in lines if is_meant(known.entry)), next(iter(lines), None))


def day(milliseconds: int) -> date:
    """The day in Italy of a time, milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone(_ROME).date()


def _has_signed(shown: KnownOperator, recorded: Recorded) -> bool:
    try:
        key = shown.key()
    except Malformed:
        return False
    return recorded.signed_by(key)
