"""What became of every operation: where it is, why, what would move it on, and who can help.

Every entry has an answer to all four. A refused operation is never dropped: it stays here as a
decision that a person must take, and afterwards as one that was taken, by whom and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID

from sync.edge.clock import moment
from sync.edge.link import status
from sync.edge.link.packing import is_whole
from sync.edge.link.status import LinkStatus, read_link_status
from sync.edge.store import JournalEntry, Standing, Store, Verdict
from sync.edge.trouble import StoreTrouble
from sync.model import operation
from sync.wire.receipt import Accepted, Missing, Outcome, Refused

MOST_ENTRIES: Final = 1000
MOST_OF_PAGE: Final = 200
"""So many entries a page tells; how many there are it tells as well."""


class OutboxState(Enum):
    """Where an operation is."""

    WAITING_NETWORK = "waiting-network"
    WAITING_HUB = "waiting-hub"
    WAITING_RETRY = "waiting-retry"
    IN_FLIGHT = "in-flight"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


class Why(Enum):
    """Why it is there, where the link or the store has no failure code that says so."""

    WELL = "outbox.why.well"
    TURN = "outbox.why.turn"
    ON_ITS_WAY = "outbox.why.on-its-way"
    BEING_DECIDED = "outbox.why.being-decided"
    REFUSED = "outbox.why.refused"
    DAMAGED = "outbox.why.damaged"
    UNANSWERED = "outbox.why.unanswered"
    CARRIED = "outbox.why.carried"


class ReleasedBy(Enum):
    """What would move it on."""

    NOTHING_NEEDED = "outbox.released-by.nothing-needed"
    NETWORK = "outbox.released-by.network"
    LINK_STARTED = "outbox.released-by.link-started"
    CERTIFICATE = "outbox.released-by.certificate"
    HUB = "outbox.released-by.hub"
    ENROLMENT = "outbox.released-by.enrolment"
    NEXT_TRY = "outbox.released-by.next-try"
    ANSWER = "outbox.released-by.answer"
    DECISION = "outbox.released-by.decision"
    STORE_MENDED = "outbox.released-by.store-mended"
    MEDIUM = "outbox.released-by.medium"


class Choice(Enum):
    """Which entries of the journal a page tells."""

    TO_DECIDE = "to-decide"
    """Refused, or damaged here and unknown to the hub: a person must say what becomes of them."""
    WAITING = "waiting"
    """Not decided by the hub."""
    CLOSED = "closed"
    """A person has said what becomes of them."""
    ALL = "all"


class WhoCanAct(Enum):
    """Who can help it along."""

    NOBODY_NEEDED = "outbox.who.nobody-needed"
    OPERATOR = "outbox.who.operator"
    TECHNICIAN = "outbox.who.technician"
    CENTRAL_OFFICE = "outbox.who.central-office"


@dataclass(frozen=True, slots=True)
class Closed:
    """What a person has decided on an entry.

    Attributes:
        reason: a value of `ClosingReason`.
        operator: SHA-256 of the certificate of the card that signed.
        done_again: the operation that was recorded instead, None where there is none.
        at: by the station's clock.
        is_known: whether the hub has accepted the decision.
    """

    reason: str
    operator: bytes
    done_again: UUID | None
    at: datetime
    is_known: bool


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One operation and what became of it. All texts are keys of the catalogue.

    Attributes:
        counter: its registration number's counter; None for what issues no number.
        why: a failure code of the link or the store, or a value of `Why`.
        next_try_at: when the link tries again, where it waits for that.
        released_by: a value of `ReleasedBy`.
        who_can_act: a value of `WhoCanAct`.
        recorded_at, sent_at, acknowledged_at: by the station's clock; None where it has not
            happened, or was not kept.
        outcome: what the hub decided, None where it is not known.
        closed: what a person decided on it; None where nobody has. A decision that the hub refused
            is none.
    """

    seq: int
    operation_id: UUID
    kind: str
    counter: int | None
    state: OutboxState
    why: str
    next_try_at: datetime | None
    released_by: str
    who_can_act: str
    recorded_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    outcome: Outcome | None
    closed: Closed | None = None

    @property
    def is_open(self) -> bool:
        """Whether a person must say what becomes of it."""
        damaged = self.state is OutboxState.QUARANTINED and self.why == Why.DAMAGED.value
        return self.closed is None and (damaged or self.state is OutboxState.REFUSED)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries there are of each `Choice`."""

    to_decide: int
    waiting: int
    closed: int
    recorded: int

    def of(self, choice: Choice) -> int:
        """Those of one."""
        match choice:
            case Choice.TO_DECIDE:
                return self.to_decide
            case Choice.WAITING:
                return self.waiting
            case Choice.CLOSED:
                return self.closed
            case Choice.ALL:
                return self.recorded


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Entries of one choice: those that wait and those to decide oldest first, others newest first.

    What the link does, and when each was sent, is told of an entry alone (`Outbox.entry`).
    """

    entries: tuple[OutboxEntry, ...]
    counts: Counts
    link: LinkStatus


@dataclass(frozen=True, slots=True)
class _Said:
    """What is known beside the journal, of one moment."""

    standing: Standing
    verdicts: Mapping[int, Verdict]
    closed: Mapping[int, Closed]
    link: LinkStatus


@dataclass(frozen=True, slots=True)
class _Place:
    state: OutboxState
    why: str
    released_by: ReleasedBy
    who: WhoCanAct


_TECHNICAL: Final = {
    status.STOPPED: (ReleasedBy.LINK_STARTED, WhoCanAct.TECHNICIAN),
    "link.never-started": (ReleasedBy.LINK_STARTED, WhoCanAct.TECHNICIAN),
    "link.tls": (ReleasedBy.CERTIFICATE, WhoCanAct.TECHNICIAN),
    "link.broker-certificate": (ReleasedBy.CERTIFICATE, WhoCanAct.TECHNICIAN),
    "link.refused": (ReleasedBy.CERTIFICATE, WhoCanAct.CENTRAL_OFFICE),
    status.NOT_ENROLLED: (ReleasedBy.ENROLMENT, WhoCanAct.CENTRAL_OFFICE),
}
"""Reasons that no passing of time mends, and who mends them."""


_WAITING: Final = frozenset(
    {OutboxState.WAITING_NETWORK, OutboxState.WAITING_HUB, OutboxState.WAITING_RETRY}
)


class Outbox:
    """Looks into the store; changes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def entries(self, *, most: int = MOST_ENTRIES) -> tuple[OutboxEntry, ...] | StoreTrouble:
        """The newest `most` operations, oldest first."""
        head = self._store.head()
        if isinstance(head, StoreTrouble):
            return head
        found = self._store.entries(max(1, head.seq - most + 1), most=most)
        return found if isinstance(found, StoreTrouble) else self._explain(found)

    def needing_a_person(self) -> tuple[OutboxEntry, ...] | StoreTrouble:
        """Every operation that was refused or is in quarantine, however old, until it is closed."""
        said = self._said()
        if isinstance(said, StoreTrouble):
            return said
        found = self._at(sorted(said.verdicts.keys() - said.closed.keys()))
        return found if isinstance(found, StoreTrouble) else self._explained(found, said)

    def page(self, choice: Choice, *, most: int = MOST_OF_PAGE) -> OutboxPage | StoreTrouble:
        """The entries of a choice; costs the same however long the journal is."""
        said, head = self._said(), self._store.head()
        if isinstance(said, StoreTrouble):
            return said
        if isinstance(head, StoreTrouble):
            return head
        asked = self._at(sorted(said.verdicts.keys() - said.closed.keys()))
        if isinstance(asked, StoreTrouble):
            return asked
        open_ones = self._explained(asked, said, with_times=False)
        if isinstance(open_ones, StoreTrouble):
            return open_ones
        open_ones = tuple(one for one in open_ones if one.is_open)
        waiting = head.seq - min(head.seq, said.standing.decided)
        counts = Counts(len(open_ones), waiting, len(said.closed), head.seq)
        if choice is Choice.TO_DECIDE:
            return OutboxPage(open_ones[:most], counts, said.link)
        found = self._labels(choice, said, head.seq, most)
        if isinstance(found, StoreTrouble):
            return found
        told = self._explained(found, said, with_times=False)
        return told if isinstance(told, StoreTrouble) else OutboxPage(told, counts, said.link)

    def entry(self, seq: int) -> OutboxEntry | StoreTrouble | None:
        """One entry, with all that is known of it; None where there is none."""
        found = self._store.entries(seq, most=1)
        if isinstance(found, StoreTrouble):
            return found
        told = self._explain([one for one in found if one.seq == seq])
        return told if isinstance(told, StoreTrouble) else next(iter(told), None)

    def of_registration(self, counter: int) -> OutboxEntry | StoreTrouble | None:
        """The operation that issued the station's `counter`-th registration number."""
        entry = self._store.entry_of_number(counter)
        if entry is None or isinstance(entry, StoreTrouble):
            return entry
        found = self._explain([entry])
        return found if isinstance(found, StoreTrouble) else found[0]

    def _labels(
        self, choice: Choice, said: _Said, last: int, most: int
    ) -> list[JournalEntry] | StoreTrouble:
        labels = self._store.closings.labels
        match choice:
            case Choice.WAITING:
                return labels(said.standing.decided + 1, last, most=most)
            case Choice.CLOSED:
                return self._at(sorted(said.closed, reverse=True)[:most])
            case _:
                return labels(1, last, most=most, newest_first=True)

    def _at(self, places: Iterable[int]) -> list[JournalEntry] | StoreTrouble:
        """The entries of some places, with their envelopes: what is damaged must be seen."""
        entries: list[JournalEntry] = []
        for seq in places:
            found = self._store.entries(seq, most=1)
            if isinstance(found, StoreTrouble):
                return found
            entries += found
        return entries

    def _said(self) -> _Said | StoreTrouble:
        standing, verdicts = self._store.standing(), self._store.verdicts()
        closings, link = self._store.closings.recorded(), read_link_status(self._store)
        if isinstance(standing, StoreTrouble):
            return standing
        if isinstance(verdicts, StoreTrouble):
            return verdicts
        if isinstance(closings, StoreTrouble):
            return closings
        if isinstance(link, StoreTrouble):
            return link
        closed = {
            one.seq: Closed(
                one.reason,
                one.operator,
                one.done_again,
                moment(one.recorded_at),
                is_known=one.by_seq <= standing.decided,
            )
            for one in closings
            # What the hub refused to take for a decision leaves the entry open.
            if not isinstance(verdicts.get(one.by_seq), Refused)
        }
        return _Said(standing, verdicts, closed, link)

    def _explain(self, entries: Sequence[JournalEntry]) -> tuple[OutboxEntry, ...] | StoreTrouble:
        said = self._said()
        return said if isinstance(said, StoreTrouble) else self._explained(entries, said)

    def _explained(
        self, entries: Sequence[JournalEntry], said: _Said, *, with_times: bool = True
    ) -> tuple[OutboxEntry, ...] | StoreTrouble:
        explained = []
        for entry in entries:
            found = self._entry(entry, said, with_times=with_times)
            if isinstance(found, StoreTrouble):
                return found
            explained.append(found)
        return tuple(explained)

    def _carried(self, entry: JournalEntry, place: _Place) -> _Place | StoreTrouble:
        """What waits for a network and left on a medium may come back that way too."""
        if place.state not in _WAITING:
            return place
        when = self._store.carried.when(entry.seq)
        if when is None or isinstance(when, StoreTrouble):
            return place if when is None else when
        return _Place(place.state, Why.CARRIED.value, ReleasedBy.MEDIUM, WhoCanAct.OPERATOR)

    def _entry(
        self, entry: JournalEntry, said: _Said, *, with_times: bool
    ) -> OutboxEntry | StoreTrouble:
        link, verdict = said.link, said.verdicts.get(entry.seq)
        acknowledged = self._store.acknowledged(entry.seq) if with_times else None
        if isinstance(acknowledged, StoreTrouble):
            return acknowledged
        if isinstance(verdict, Missing) and not entry.envelope:
            whole = self._at([entry.seq])
            if isinstance(whole, StoreTrouble):
                return whole
            [entry] = whole
        place = self._carried(entry, _place(entry, said.standing, verdict, link))
        if isinstance(place, StoreTrouble):
            return place
        outcome: Outcome | None = verdict
        if place.state is OutboxState.ACCEPTED:
            outcome = Accepted()
        sent_at = None if acknowledged is None else acknowledged.sent_at
        in_flight = _is_in_flight(entry, link)
        waits = place.state in {OutboxState.WAITING_RETRY, OutboxState.WAITING_HUB} or (
            place.state is OutboxState.WAITING_NETWORK and link.running
        )
        return OutboxEntry(
            seq=entry.seq,
            operation_id=entry.operation_id,
            kind=entry.kind,
            counter=entry.counter if entry.kind in operation.NUMBERED else None,
            state=place.state,
            why=place.why,
            next_try_at=link.next_try_at if waits else None,
            released_by=place.released_by.value,
            who_can_act=place.who.value,
            recorded_at=moment(entry.recorded_at),
            sent_at=moment(sent_at) if sent_at is not None else link.sent_at if in_flight else None,
            acknowledged_at=None if acknowledged is None else moment(acknowledged.received_at),
            outcome=outcome,
            closed=said.closed.get(entry.seq),
        )


def _place(
    entry: JournalEntry, standing: Standing, verdict: Verdict | None, link: LinkStatus
) -> _Place:
    match verdict:
        case Refused():
            return _Place(
                OutboxState.REFUSED, Why.REFUSED.value, ReleasedBy.DECISION, WhoCanAct.OPERATOR
            )
        case Missing() if not is_whole(entry.hash, entry.envelope):
            return _Place(
                OutboxState.QUARANTINED,
                Why.DAMAGED.value,
                ReleasedBy.STORE_MENDED,
                WhoCanAct.TECHNICIAN,
            )
        case Missing():
            return _Place(
                OutboxState.QUARANTINED,
                Why.UNANSWERED.value,
                ReleasedBy.NEXT_TRY,
                WhoCanAct.CENTRAL_OFFICE,
            )
        case None:
            pass
    if entry.seq <= standing.decided:
        return _Place(
            OutboxState.ACCEPTED,
            Why.WELL.value,
            ReleasedBy.NOTHING_NEEDED,
            WhoCanAct.NOBODY_NEEDED,
        )
    if entry.seq <= standing.watermark:
        return _Place(
            OutboxState.IN_FLIGHT,
            Why.BEING_DECIDED.value,
            ReleasedBy.ANSWER,
            WhoCanAct.NOBODY_NEEDED,
        )
    if standing.trouble is not None:
        return _Place(
            OutboxState.WAITING_HUB,
            standing.trouble,
            ReleasedBy.STORE_MENDED,
            WhoCanAct.TECHNICIAN,
        )
    return _waiting(entry, link)


def _waiting(entry: JournalEntry, link: LinkStatus) -> _Place:
    """Where an entry is that the hub does not hold."""
    if _is_in_flight(entry, link):
        return _Place(
            OutboxState.IN_FLIGHT,
            Why.ON_ITS_WAY.value,
            ReleasedBy.ANSWER,
            WhoCanAct.NOBODY_NEEDED,
        )
    if link.code in _TECHNICAL:
        state = OutboxState.WAITING_HUB if link.connected else OutboxState.WAITING_NETWORK
        return _Place(state, link.code, *_TECHNICAL[link.code])
    if link.code.startswith(("store.", "trust.")):
        return _Place(
            OutboxState.WAITING_RETRY, link.code, ReleasedBy.STORE_MENDED, WhoCanAct.TECHNICIAN
        )
    if not link.connected:
        return _Place(
            OutboxState.WAITING_NETWORK,
            link.code,
            ReleasedBy.NETWORK,
            WhoCanAct.NOBODY_NEEDED,
        )
    if link.code in {status.NO_ANSWER, status.TURN}:
        return _Place(
            OutboxState.WAITING_RETRY, link.code, ReleasedBy.NEXT_TRY, WhoCanAct.NOBODY_NEEDED
        )
    if not link.hub_present:
        return _Place(OutboxState.WAITING_HUB, link.code, ReleasedBy.HUB, WhoCanAct.CENTRAL_OFFICE)
    return _Place(
        OutboxState.WAITING_HUB, Why.TURN.value, ReleasedBy.ANSWER, WhoCanAct.NOBODY_NEEDED
    )


def _is_in_flight(entry: JournalEntry, link: LinkStatus) -> bool:
    return link.in_flight is not None and link.in_flight[0] <= entry.seq <= link.in_flight[1]
