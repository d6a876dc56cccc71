"""Decisions follow storing: what each stored entry does to the registry, in the station's order.

Storing a chain is quick and needs no look inside; opening an operation, applying every rule to it
and entering it takes ten times as long. So a station that comes back with a long journal has it
safe at the hub first, and is told the outcomes as they are decided.

Several processes may have opened the same entries: within its transaction each asks once more what
is decided by now, and decides on the rest alone.
"""

from __future__ import annotations

import random
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
from sync.wire.envelope import Envelope
from sync.wire.receipt import Missing, Outcome, Refused
from sync.wire.sealing import UnsealingKey

FAILED = "operation.failed"

TURNS = 4
"""Of so many choices of a station, one does not ask what is urgent: nobody waits for ever."""

_BESIDE = 8
"""Among so many stations that have waited longest processes choose, once they have met at one."""

_TRIES = 4

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
    ) -> None:
        """Set up the decisions.

        Args:
            registry: knows what an operation does.
            unsealing: every key that stations may have sealed to.
            clock: milliseconds since 1970.
            policy: how well keys of stations must be kept; None for in any way.
        """
        self._policy = policy or ProtectionPolicy()
        self._registry = registry
        self._unsealing: Mapping[bytes, UnsealingKey] = {key.key_id: key for key in unsealing}
        self._clock = clock
        self._turn = 0
        self._beside = 1

    def next(self, store: Store, most: int) -> Decided | None:
        """Decides on the entries that have waited longest: up to `most` of one station.

        Returns:
            What was decided, or None where nothing waits, or others were quicker.

        Raises:
            StoreError: nothing was decided, and everything still waits.
        """
        self._turn += 1
        for _ in range(_TRIES):
            station = chains.undecided(
                store,
                urgent_first=self._turn % TURNS != 0,
                behind=random.randrange(self._beside),  # noqa: S311  spreads work, guards nothing
            )
            if station is None:
                return None
            first = station.decided_seq + 1
            last = min(station.head_seq, station.decided_seq + most)
            waiting = [
                (seq, None if data is None else envelope.parse(data))
                for seq, data in chains.envelopes(store, station.name, first, last)
            ]
            decided = self.decide(store, station, waiting)
            if decided.last >= decided.first:
                return decided
            # Another process opened the same: from now on each takes one of the first few.
            self._beside = _BESIDE
        return None

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
        now, seq = self._clock(), waiting[0][0]
        refusal = Decision(seq, Refused(FAILED, None, CALL_ASSISTANCE))
        with store.transaction(deciding=station.name):
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
