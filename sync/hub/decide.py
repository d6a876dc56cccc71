"""Decisions follow storing: what each stored entry does to the registry, in the station's order.

Storing a chain is quick and needs no look inside; opening an operation, applying every rule to it
and entering it takes ten times as long. So a station that comes back with a long journal has it
safe at the hub first, and is told the outcomes as they are decided.

Several processes may have opened the same entries: within its transaction each asks once more what
is decided by now, and what has come of the missing, and decides on the rest alone.

A missing entry that has come is decided by whoever stored it. Should that process not live to do it,
or fail, it is decided when it is sent again, or found by a sweep.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sync.hub import protection, time_bounds
from sync.hub.acting import Recorded
from sync.hub.device_ca import devices
from sync.hub.log_events import Event, log, where
from sync.hub.protection import ProtectionPolicy
from sync.hub.registry import Opened, Registry, whose
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.retention import is_shed
from sync.hub.store import alarms, boots, chains, people, shedding
from sync.hub.store.chains import Decision, Station
from sync.hub.store.database import Store, StoreError
from sync.hub.time_bounds import Judged, Tie
from sync.model import operation
from sync.model.errors import Problem
from sync.wire import envelope
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from sync.wire.receipt import Missing, Outcome, Refused
from sync.wire.sealing import UnsealingKey

FAILED = "operation.failed"

TURNS = 4
"""Of so many choices of a station, one does not ask what is urgent: nobody waits for ever."""

_BESIDE = 8
"""Among so many stations that have waited longest processes choose, once they have met at one."""

_TRIES = 4

SWEEP_SECONDS = 60.0
"""Between two sweeps for what nobody lived to decide."""

_SWEPT_AT_ONCE = 1000  # some milliseconds
_MOST_UNREADABLE = 100

Waiting = Sequence[tuple[int, Envelope | None]]
"""Entries to decide on: number, and the envelope unless it is missing."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided: entries `first` to `last` of a station, `refused` of them refused."""

    station: Station
    first: int
    last: int
    refused: int


class Decider:
    """Decides, entry by entry."""

    def __init__(
        self,
        registry: Registry,
        unsealing: Sequence[UnsealingKey],
        clock: Callable[[], int],
        policy: ProtectionPolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up the decisions.

        Args:
            registry: knows what an operation does.
            unsealing: every key that stations may have sealed to.
            clock: milliseconds since 1970.
            policy: how well keys of stations must be kept; None for in any way.
            monotonic: seconds, for the time between two sweeps.
        """
        self._policy = policy or ProtectionPolicy()
        self._registry = registry
        self._unsealing: Mapping[bytes, UnsealingKey] = {key.key_id: key for key in unsealing}
        self._clock = clock
        self._monotonic = monotonic
        self._turn = 0
        self._beside = 1
        self._sweep_due = monotonic()
        self._swept = ("", 0)
        # Stations whose next envelope this program cannot read: a newer one may.
        self._unreadable: set[str] = set()

    def next(self, store: Store, most: int) -> Decided | None:
        """Decides on the entries that have waited longest: up to `most` of one station.

        Returns:
            What was decided, or None where nothing waits, or others were quicker.

        Raises:
            StoreError: nothing was decided, and everything still waits.
        """
        self._turn += 1
        found = self._sweep(store, most)
        if found is not None:
            return found
        for _ in range(_TRIES):
            station = chains.undecided(
                store,
                urgent_first=self._turn % TURNS != 0,
                behind=random.randrange(self._beside),  # noqa: S311  spreads work, guards nothing
                without=sorted(self._unreadable),
            )
            if station is None:
                return None
            first = station.decided_seq + 1
            last = min(station.head_seq, station.decided_seq + most)
            waiting = _readable(chains.envelopes(store, station.name, first, last))
            if not waiting:
                self._pass_over(store, station)
                continue
            decided = self.decide(store, station, waiting)
            if decided.last >= decided.first:
                return decided
            # Another process opened the same: from now on each takes one of the first few.
            self._beside = _BESIDE
        return None

    def overdue(self, store: Store, station: Station, first: int, last: int) -> Waiting:
        """Entries `first` to `last` that were missing when their turn came, and have come since."""
        return _readable(list(chains.overdue(store, station.name, first, last)))

    def _sweep(self, store: Store, most: int) -> Decided | None:
        """Decides on missing entries that have come, where whoever stored them did not."""
        if self._monotonic() < self._sweep_due:
            return None
        found = chains.next_missing(store, self._swept, _SWEPT_AT_ONCE)
        for name, seq, has_come in found:
            self._swept = (name, seq)
            station = chains.station(store, name) if has_come else None
            if station is None:
                continue
            waiting = self.overdue(store, station, seq, seq + most - 1)
            if waiting:
                decided = self.decide(store, station, waiting)
                if decided.last >= decided.first:
                    return decided  # the sweep goes on from here the next time
        rest = 1.0
        if len(found) < _SWEPT_AT_ONCE:
            self._swept, rest = ("", 0), SWEEP_SECONDS
            self._unreadable.clear()
        self._sweep_due = self._monotonic() + rest
        return None

    def _pass_over(self, store: Store, station: Station) -> None:
        """An envelope that cannot be read: another process has shed its body, or is newer."""
        now = chains.station(store, station.name)
        if now is None or now.decided_seq > station.decided_seq:
            return
        if len(self._unreadable) < _MOST_UNREADABLE:
            self._unreadable.add(station.name)
        seq = station.decided_seq + 1
        log(Event.DECISION_FAILED, station=station.name, seq=seq, error="Malformed", where="parse")
        with store.transaction(of=station.name):
            alarms.raise_alarm(store, station.name, FAILED, self._clock(), seq=seq)

    def decide(self, store: Store, station: Station, waiting: Waiting) -> Decided:
        """Decides on entries of one station; a transaction of its own.

        An operation at which the hub itself fails is refused, visibly, and an alarm: the entry is
        kept, and the rest of the chain does not wait for the defect to be mended.

        Returns:
            What was decided here; `last` is before `first` where others had decided on all of it.

        Raises:
            StoreError: nothing was decided.
        """
        try:
            decisions = self._decide(store, station, waiting)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  see above
            log(
                Event.DECISION_FAILED,
                station=station.name,
                seq=waiting[0][0],
                error=type(error).__name__,
                where=where(error),
            )
            if len(waiting) > 1:
                # One of them is to blame: each alone.
                refused = sum(self.decide(store, station, [one]).refused for one in waiting)
                return Decided(station, waiting[0][0], waiting[-1][0], refused)
            decisions = self._give_up(store, station, waiting)
        if not decisions:
            return Decided(station, waiting[0][0], waiting[0][0] - 1, 0)
        refused = sum(isinstance(decision.outcome, Refused) for decision in decisions)
        return Decided(station, decisions[0].seq, decisions[-1].seq, refused)

    def _decide(self, store: Store, station: Station, waiting: Waiting) -> list[Decision]:
        now = self._clock()
        opened_here, tie = self._contents(store, station, waiting, now)
        with store.transaction(deciding=station.name):
            come = _come(store, station.name, waiting)
            if come:  # seldom: another process has just taken it
                waiting = [(seq, come.get(seq, item)) for seq, item in waiting]
                opened_here, tie = self._contents(store, station, waiting, now)
            still = _undecided(store, station.name, waiting)
            if not still:
                return []
            waiting = [one for one in waiting if one[0] in still]
            contents = [one for one in opened_here if one[0] in still]
            decided = chains.operations_decided(
                store, [item.header.operation_id for _, item in waiting if item is not None]
            )
            opened = [content for _, _, content in contents if isinstance(content, Opened)]
            sitting = self._registry.sitting(store, station, opened, now)
            decisions, repeated = [], []
            for seq, item, content in contents:
                outcome: Outcome
                number = None
                if item is not None and item.header.operation_id in decided:
                    outcome = Refused("operation.repeated", None, CALL_ASSISTANCE)
                    repeated.append((station.name, seq))
                elif isinstance(content, Opened):
                    outcome, number = sitting.enter(content, seq)
                else:
                    outcome = content
                if item is not None:
                    decided.add(item.header.operation_id)
                sitting.tell(seq, item, outcome)
                counts_at = content.recorded.counts_at if isinstance(content, Opened) else None
                decisions.append(Decision(seq, outcome, number, counts_at))
            sitting.close()
            chains.decide(store, station.name, decisions, now)
            if tie is not None and decisions[-1].seq > station.decided_seq:
                boots.keep(store, station.name, tie)
            _note_bodies(store, station, waiting, now)
            self._tie_unprotected(store, station, contents, now)
            # Nothing was entered of them, so no deletion of a person would find them.
            if repeated:
                shedding.note_at_once(store, repeated)
        return decisions

    def _contents(
        self, store: Store, station: Station, waiting: Waiting, now: int
    ) -> tuple[list[tuple[int, Envelope | None, Opened | Refused | Missing]], Tie | None]:
        """What the entries hold, when they count as done, and what they tell of their boot."""
        arrived = chains.arrivals(store, station.name, waiting[0][0], waiting[-1][0])
        contents: list[tuple[int, Envelope | None, Opened | Refused | Missing]] = []
        enrolled = devices.by_name(store, station.name)
        kept = "" if enrolled is None else enrolled.protection
        # What is not believed to be its station's, or is not kept well enough, tells no time.
        telling = [
            (seq, item.header, arrived.get(seq, now))
            for seq, item in waiting
            if item is not None and self._weak(item, kept) is None
        ]
        told = {seq for seq, _, _ in telling}
        not_before = {
            seq: chains.counted_before(store, station.name, seq)
            for seq in told
            if seq - 1 not in told
        }
        judged, tie = time_bounds.judge(telling, boots.of_station(store, station.name), not_before)
        for seq, item in waiting:
            content = self._weak(item, kept) or self._read(
                item, arrived.get(seq, now), judged.get(seq)
            )
            contents.append((seq, item, content))
        return contents, tie

    def _weak(self, item: Envelope | None, enrolled: str) -> Refused | None:
        """Why an entry does not stand whose key is kept less well than it must be."""
        if item is None or self._policy.suffices(
            item.header.station, protection.weaker(item.header.protection, enrolled)
        ):
            return None
        return protection.refusal()

    def _tie_unprotected(
        self,
        store: Store,
        station: Station,
        contents: Sequence[tuple[int, Envelope | None, Opened | Refused | Missing]],
        now: int,
    ) -> None:
        """Notes whose data the entries hold that were refused for their key; an alarm for it."""
        weak = [
            (seq, item)
            for seq, item, content in contents
            if isinstance(content, Refused) and content.code == protection.REFUSED
        ]
        for entry in weak:
            self._tie(store, station, entry)
        if weak:
            alarms.raise_alarm(store, station.name, protection.REFUSED, now, seq=weak[0][0])

    def _read(
        self, item: Envelope | None, arrived_at: int, judged: Judged | None
    ) -> Opened | Refused | Missing:
        """What an entry holds, or why nobody can read it."""
        if item is None:
            return Missing()
        key = self._unsealing.get(item.header.sealing_key_id)
        if key is None:
            return Refused("body.sealing-key", None, CALL_ASSISTANCE)
        plain = envelope.open_body(item, key)
        if plain is None:
            return Refused("body.sealed", None, CALL_ASSISTANCE)
        found = operation.from_plain(item.header.kind, item.header.kind_version, plain)
        if isinstance(found, Problem):
            return Refused(found.code, found.rule, CALL_ASSISTANCE)
        recorded = Recorded(
            item.header.seq,
            item.header,
            arrived_at,
            lambda operator: envelope.is_signed_by(item, operator, key),
            judged=judged,
        )
        return Opened(found, plain, recorded)

    def _give_up(self, store: Store, station: Station, waiting: Waiting) -> list[Decision]:
        now, (seq, item) = self._clock(), waiting[0]
        refusal = Decision(seq, Refused(FAILED, None, CALL_ASSISTANCE))
        with store.transaction(deciding=station.name):
            come = _come(store, station.name, waiting)
            waiting = [(seq, come.get(seq, item))]
            if not _undecided(store, station.name, waiting):
                return []
            chains.decide(store, station.name, [refusal], now)
            _note_bodies(store, station, waiting, now)
            self._tie(store, station, waiting[0])
            alarms.raise_alarm(store, station.name, FAILED, now, seq=seq)
        return [refusal]

    def _tie(self, store: Store, station: Station, entry: tuple[int, Envelope | None]) -> None:
        """Notes whose data an entry holds that could not be entered, so that they can be deleted.

        What the hub can open, and cannot say whose it is, goes.
        """
        seq, item = entry
        key = None if item is None else self._unsealing.get(item.header.sealing_key_id)
        plain = None if item is None or key is None else envelope.open_body(item, key)
        if item is None or plain is None:
            return
        try:
            found = operation.from_plain(item.header.kind, item.header.kind_version, plain)
            person = None if isinstance(found, Problem) else whose(store, found)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001  the defect may be here
            person = None
        if person is None:
            shedding.note_at_once(store, [(station.name, seq)])
        elif person:
            people.note(store, station.name, [(seq, person)])


def _readable(rows: Sequence[tuple[int, bytes | None]]) -> list[tuple[int, Envelope | None]]:
    """Entries up to the first that this program cannot read: shed meanwhile, or a newer form."""
    waiting: list[tuple[int, Envelope | None]] = []
    for seq, data in rows:
        try:
            waiting.append((seq, None if data is None else envelope.parse(data)))
        except Malformed:
            break
    return waiting


def _come(store: Store, name: str, waiting: Waiting) -> dict[int, Envelope | None]:
    """Those of the entries, by number, that were missing when they were opened and have come.

    Within a transaction. What cannot be read is left to the sweep.
    """
    absent = [seq for seq, item in waiting if item is None]
    if not absent:
        return {}
    held = chains.envelopes(store, name, absent[0], absent[-1])
    return dict(_readable([one for one in held if one[0] in absent and one[1] is not None]))


def _undecided(store: Store, name: str, waiting: Waiting) -> set[int]:
    """Those of the entries, by number, whose turn it still is. Within a transaction.

    One that was missing when its turn came is decided once it is there.
    """
    outcomes = {
        answer.seq: answer.outcome
        for answer in chains.answers(store, name, waiting[0][0], waiting[-1][0])
    }
    return {
        seq
        for seq, item in waiting
        if seq not in outcomes or (item is not None and isinstance(outcomes[seq], Missing))
    }


def _note_bodies(store: Store, station: Station, waiting: Waiting, now: int) -> None:
    """Notes the bodies that are not kept, whatever became of their operations."""
    seqs = [seq for seq, item in waiting if item is not None and is_shed(item.header.kind)]
    if seqs:
        shedding.note(store, station.name, seqs, now)
