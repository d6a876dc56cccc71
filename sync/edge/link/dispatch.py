"""What to send next, and what to think of silence: decisions only, no clock, no I/O.

A few batches are on their way at a time, so that both ends have work: four where the broker takes
one at once, one where that takes seconds, since what waits in the socket delays what keeps the
connection alive. Silence is never taken for
the fault of what was sent: a question without entries goes first. Only when the hub answers that,
and still does not answer the batch, is something in the batch to blame; it is halved until one
entry is left, and that one is passed over by its hash. It counts as quarantined when the hub then
takes what follows: so an absent or a sleeping hub quarantines nothing. Where the connection or
the hub was lost in between, which a batch can cause too, it takes three times to lay blame.

All times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sync.edge import retry
from sync.wire import batch

ANSWER_SECONDS: Final = 15.0
UPLOAD_SECONDS: Final = 180.0
LONGEST_SILENCE_SECONDS: Final = 300.0
LONGEST_AWAY_SECONDS: Final = 30.0
WINDOWS: Final = ((0.25, 4), (4.0, 2))
"""How many batches may be on their way where the broker takes one within so many seconds."""

SOON_SECONDS: Final = 5.0
DECISION_SECONDS: Final = 2.0
LONGEST_DECISION_SECONDS: Final = 60.0

# A single entry must fail so often before it is passed over.
_PATIENCE: Final = 3
# So often must the connection or the hub be lost with a batch before the batch is to blame.
_DOUBTS: Final = 3
# Troubles that say nothing about the entries themselves.
_NOT_THEIR_FAULT: Final = frozenset(
    {"batch.gap", "station.unknown", "station.blocked", "station.revoked"}
)


class Hub(Enum):
    """What the link believes of the hub."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Question:
    """Asks where the hub stands: a batch without entries.

    Attributes:
        about: the place whose hash it names, so that a hub with another one there hears of it; 0 for
            the end of the journal.
    """

    about: int = 0


@dataclass(frozen=True, slots=True)
class Entries:
    """Up to `most` entries from `first` on, the first `passed_over` of them by hash alone."""

    first: int
    most: int
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class LateEntry:
    """An entry that the hub knows by its hash alone."""

    seq: int


Order = Question | Entries | LateEntry


@dataclass(slots=True)
class _Flight:
    """An order on its way.

    Attributes:
        last: the last entry that the message holds.
        deadline: when to give up hope of an answer; it is set anew when the broker has it all.
    """

    order: Order
    last: int
    sent: float
    deadline: float


class Dispatch:
    """The state of one link; calls tell it what happened, `next_order` what to do."""

    def __init__(
        self,
        *,
        draw: Callable[[], float],
        longest_retry: float = retry.LONGEST_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """A link that is not connected.

        `draw` gives a number by chance from 0 up to 1; `longest_retry` caps every wait;
        `answer_seconds` is how long the hub may take at first.
        """
        self._draw = draw
        self._longest = longest_retry
        self._connected = False
        self._hub = Hub.UNKNOWN
        self._watermark = 0
        self._decided = 0
        self._last = 0
        self._hub_head: int | None = None
        self._flights: list[_Flight] = []
        self._late: list[int] = []
        self._not_before = 0.0
        self._held_until = 0.0
        self._asked_at = -SOON_SECONDS
        self._ask_again = 0.0
        self._asked_in_vain = 0
        self._away = 0
        self._answer_seconds = answer_seconds
        self._patience = answer_seconds
        self._window = 1
        self._most = batch.MOST_ITEMS
        self._bad_until = 0
        self._alone = 0
        self._passed_in_vain = 0
        self._suspect: _Flight | None = None
        self._was_lost = False
        self._doubts = 0
        self._stuck_at: int | None = None
        self._odds_at = 0
        self._is_held = False

    # --- what it believes, for the status

    @property
    def hub(self) -> Hub:
        """Whether the hub answers."""
        return self._hub

    @property
    def in_flight(self) -> tuple[int, int] | None:
        """First and last entry on their way."""
        sent = [flight for flight in self._flights if isinstance(flight.order, Entries)]
        if not sent:
            return None
        return _first(sent[0]), sent[-1].last

    @property
    def is_isolating(self) -> bool:
        """Whether it looks for an entry that the hub does not answer."""
        return self._alone > 0 or self._most < batch.MOST_ITEMS

    @property
    def backlog(self) -> int:
        """How many entries are still to be sent."""
        return max(0, self._last - self._start + 1)

    @property
    def holds_back(self) -> bool:
        """Whether entries wait for their turn among the stations that came back."""
        return self._connected and self._held_until > self._not_before and self.backlog > 0

    @property
    def next_try(self) -> float | None:
        """When it tries again, if it waits for that."""
        if not self._connected or self._flights:
            return None
        return max(self._not_before, self._held_until) if self.holds_back else self._not_before

    def due(self, now: float) -> float | None:
        """When to ask `next_order` and `expired` again, where `next_order` had nothing now."""
        if not self._connected:
            return None
        times = [flight.deadline for flight in self._flights]
        if self._not_before > now:
            times.append(self._not_before)
        if self._held_until > now and self.backlog:
            times.append(self._held_until)
        if self._wonders and self._ask_again > now:
            times.append(self._ask_again)
        return min(times, default=None)

    # --- what happened

    def stands(self, *, watermark: int, decided: int, last: int, is_held: bool = False) -> None:
        """The store holds entries up to `last`; see `Standing`.

        One that `is_held` waits for what others bring to the hub: it is asked now and then.
        """
        self._is_held = is_held
        self._watermark = max(self._watermark, watermark)
        self._decided = max(self._decided, decided)
        if last > self._last:
            self._last = last
            self._stuck_at = None

    def hold(self, until: float) -> None:
        """Entries go from `until` on; questions go before."""
        self._held_until = until

    def connected(self, now: float, late: Iterable[int] = ()) -> None:
        """The broker is reached; `late` are entries that the hub knows by hash alone."""
        self._connected = True
        self._hub = Hub.UNKNOWN
        self._hub_head = None
        self._flights.clear()
        self._late = list(late)
        self._not_before = now
        self._away = 0

    def offer(self, late: Iterable[int]) -> None:
        """Entries to offer again at leisure: what the hub could not take it may take by now."""
        self._late = list(late)

    def disconnected(self) -> None:
        """The broker is gone, perhaps because of what was on its way."""
        self._connected = False
        for flight in self._flights:
            if isinstance(flight.order, Entries) and self._suspect is None:
                self._suspect = flight
        self._was_lost = self._suspect is not None
        self._flights.clear()

    def recorded(self, now: float) -> None:
        """A person waits: what was put off for long is tried soon."""
        if self._hub is Hub.AWAY and now - self._asked_at >= SOON_SECONDS:
            self._not_before = min(self._not_before, now)

    def sent(self, order: Order, last: int, now: float) -> None:
        """The order is on its way with entries up to `last`."""
        self._asked_at = now
        self._flights.append(_Flight(order, last, now, now + UPLOAD_SECONDS))

    def nothing_to_sign(self) -> None:
        """What is left are entries by hash alone: it waits for one that vouches for them."""
        self._stuck_at = self._last

    def taken(self, order: Order, now: float) -> None:
        """The broker has the whole message and passed it to a hub."""
        for flight in self._flights:
            if flight.order is order:
                flight.deadline = now + self._patience
                took = now - flight.sent
                self._window = next((most for within, most in WINDOWS if took < within), 1)

    def at_odds(self, now: float, up_to: int = 0) -> None:
        """The hub's chain up to `up_to` is another one: nothing is sent, it is asked now and then.

        What is asked then names our own hash at that place: a hub that took the first entry that
        came for it, and never gets ours, raises its alarm by that.
        """
        self._odds_at = up_to
        self._suspect = None
        self._wait_and_ask(now)

    def nobody_listens(self, order: Order, now: float) -> None:
        """The broker has nobody to pass the order to, or does not want it."""
        before = next((flight for flight in self._flights if flight.order is not order), None)
        if before is not None and isinstance(before.order, Entries):
            self._suspect = before  # somebody listened to that one, and does no longer
        self._flights.clear()
        self._turn_away(now)

    def expired(self, now: float) -> bool:
        """Gives up flights whose time is over; True where there was one."""
        if all(flight.deadline > now for flight in self._flights):
            return False
        first = self._flights[0]
        self._flights.clear()
        if isinstance(first.order, Question):
            self._turn_away(now)
            return True
        if isinstance(first.order, Entries):
            self._suspect = first
            self._was_lost = False
        self._hub = Hub.UNKNOWN
        self._patience = min(self._patience * 2, LONGEST_SILENCE_SECONDS)
        self._not_before = now
        return True

    def answered(
        self,
        now: float,
        *,
        watermark: int,
        decided: int,
        up_to: int,
        trouble: str | None,
        is_newest: bool,
    ) -> None:
        """A verified acknowledgement came, and the watermark is where it is because of it.

        Args:
            now: the time.
            watermark: after it.
            decided: after it.
            up_to: what the hub holds.
            trouble: why the hub did not store the message, or None.
            is_newest: False for one that was overtaken: it proves what it proves, but not where
                the hub stands now.
        """
        before = self._start
        self._watermark = max(self._watermark, watermark)
        self._hear_decisions(decided, now)
        if not is_newest:
            return
        self._hub_head = up_to
        self._odds_at = 0
        self._hub = Hub.PRESENT
        reached = self._start - 1
        open_before = self._flights
        self._flights = [
            flight
            for flight in open_before
            if isinstance(flight.order, Entries) and flight.last > reached and trouble is None
        ]
        if self._start > before:
            self._progress(now)
        elif trouble is not None:
            self._refused(now, trouble, open_before)
        else:
            self._away = 0
            self._suspect_unanswered(now)

    # --- what to do

    def next_order(self, now: float) -> Order | None:
        """What to send now, or None."""
        if not self._connected or now < self._not_before:
            return None
        if self._hub is not Hub.PRESENT:
            return None if self._flights else Question(self._odds_at)
        if any(not isinstance(flight.order, Entries) for flight in self._flights):
            return None
        if len(self._flights) >= (1 if self.is_isolating else self._window):
            return None
        if now < self._held_until:
            return None if self.backlog or self._flights else self._leisure(now)
        first = self._flights[-1].last + 1 if self._flights else self._start
        if first > self._last or self._stuck_at == self._last:
            return None if self._flights else self._leisure(now)
        passed_over = self._passed_over(first)
        return Entries(first, passed_over + 1 if passed_over else self._most, passed_over)

    # --- its own

    @property
    def _start(self) -> int:
        """The first entry that the hub does not hold, or whose outcome is not known here."""
        if self._hub_head is None:
            return self._watermark + 1
        return min(self._hub_head, self._watermark) + 1

    @property
    def _wonders(self) -> bool:
        """Whether there is something to ask when there is nothing to send."""
        return self._is_held or self._watermark > self._decided

    def _leisure(self, now: float) -> Order | None:
        """What to do when there is nothing to send."""
        if self._late:
            return LateEntry(self._late.pop(0))
        if self._wonders and now >= self._ask_again:
            self._asked_in_vain += 1
            self._ask_again = now + self._decision_wait()
            return Question()
        return None

    def _hear_decisions(self, decided: int, now: float) -> None:
        if decided > self._decided:
            self._decided = decided
            self._asked_in_vain = 0
            self._ask_again = now + self._decision_wait()

    def _decision_wait(self) -> float:
        """The hub tells by itself what it decided; that may have been lost on the way."""
        longest = min(LONGEST_DECISION_SECONDS, self._longest)
        return DECISION_SECONDS + retry.delay(self._asked_in_vain, self._draw(), longest=longest)

    def _passed_over(self, first: int) -> int:
        """How many entries to send by hash alone: 1, 2, 3 ..., at every other try none."""
        behind = min(self._last - first, batch.MOST_ITEMS - 1)
        if behind < 1 or self._alone < _PATIENCE or (self._alone - _PATIENCE) % 2:
            return 0
        return self._passed_in_vain % behind + 1

    def _turn_away(self, now: float) -> None:
        self._was_lost = self._suspect is not None
        self._hub = Hub.AWAY
        self._away += 1
        longest = min(LONGEST_AWAY_SECONDS, self._longest)
        self._not_before = now + retry.delay(self._away, self._draw(), longest=longest)

    def _progress(self, now: float) -> None:
        self._suspect = None
        self._away = 0
        self._alone = 0
        self._passed_in_vain = 0
        self._patience = self._answer_seconds
        self._not_before = now
        if self._start > self._bad_until:
            self._most = batch.MOST_ITEMS
            self._doubts = 0
        if self._watermark > self._decided:
            self._ask_again = now + self._decision_wait()

    def _refused(self, now: float, trouble: str, flights: list[_Flight]) -> None:
        """The hub answers, and does not take it."""
        sent = [flight for flight in flights if isinstance(flight.order, Entries)]
        is_at_start = bool(sent) and _first(sent[0]) == self._start
        if sent and trouble not in _NOT_THEIR_FAULT:
            self._blame(sent[0], now)
            return
        self._suspect = None
        if trouble == "batch.gap" and not is_at_start:
            return  # the hub said where it stands: from there, at once
        if trouble == "batch.gap" and len(sent) > 1:
            self._blame(sent[0], now)  # a later one was answered, and this one was not
            return
        self._wait_and_ask(now)

    def _wait_and_ask(self, now: float) -> None:
        self._flights.clear()
        self._hub = Hub.UNKNOWN
        self._away += 1
        self._not_before = now + retry.delay(self._away, self._draw(), longest=self._longest)

    def _suspect_unanswered(self, now: float) -> None:
        """The hub answers again, and did not take what was on its way when it fell silent."""
        suspect, self._suspect = self._suspect, None
        if suspect is None or self._hub_head is None or suspect.last <= self._hub_head:
            return
        if self._was_lost:
            self._doubts += 1
            if self._doubts < _DOUBTS:
                return
        self._blame(suspect, now)

    def _blame(self, flight: _Flight, now: float) -> None:
        """Something in it keeps the hub from answering: halve it, or wait and pass it over."""
        self._suspect = None
        first = _first(flight)
        if first != self._start:
            return  # part of it got through: the rest is tried on its own
        count = flight.last - first + 1
        self._bad_until = max(self._bad_until, flight.last)
        if count > 1 and isinstance(flight.order, Entries) and not flight.order.passed_over:
            self._most = count // 2
            self._not_before = now + retry.delay(1, self._draw(), longest=self._longest)
            return
        if isinstance(flight.order, Entries) and flight.order.passed_over:
            self._passed_in_vain += 1
        self._most = 1
        self._alone += 1
        self._not_before = now + retry.delay(self._alone, self._draw(), longest=self._longest)


def _first(flight: _Flight) -> int:
    return flight.order.first if isinstance(flight.order, Entries) else flight.last
