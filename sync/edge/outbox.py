"""What became of every operation: where it is, why, what would move it on, and who can help.

Every entry has an answer to all four. A refused operation is never dropped: it stays here as a
decision that a person must take.
"""

from __future__ import annotations

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


class WhoCanAct(Enum):
    """Who can help it along."""

    NOBODY_NEEDED = "outbox.who.nobody-needed"
    OPERATOR = "outbox.who.operator"
    TECHNICIAN = "outbox.who.technician"
    CENTRAL_OFFICE = "outbox.who.central-office"


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
        """Every operation that was refused or is in quarantine, however old."""
        verdicts = self._store.verdicts()
        if isinstance(verdicts, StoreTrouble):
            return verdicts
        entries: list[JournalEntry] = []
        for seq in verdicts:
            found = self._store.entries(seq, most=1)
            if isinstance(found, StoreTrouble):
                return found
            entries += found
        return self._explain(entries)

    def of_registration(self, counter: int) -> OutboxEntry | StoreTrouble | None:
        """The operation that issued the station's `counter`-th registration number."""
        entry = self._store.entry_of_number(counter)
        if entry is None or isinstance(entry, StoreTrouble):
            return entry
        found = self._explain([entry])
        return found if isinstance(found, StoreTrouble) else found[0]

    def _explain(self, entries: list[JournalEntry]) -> tuple[OutboxEntry, ...] | StoreTrouble:
        standing = self._store.standing()
        if isinstance(standing, StoreTrouble):
            return standing
        verdicts = self._store.verdicts()
        if isinstance(verdicts, StoreTrouble):
            return verdicts
        link = read_link_status(self._store)
        if isinstance(link, StoreTrouble):
            return link
        explained = []
        for entry in entries:
            found = self._entry(entry, standing, verdicts.get(entry.seq), link)
            if isinstance(found, StoreTrouble):
                return found
            explained.append(found)
        return tuple(explained)

    def _entry(
        self, entry: JournalEntry, standing: Standing, verdict: Verdict | None, link: LinkStatus
    ) -> OutboxEntry | StoreTrouble:
        acknowledged = self._store.acknowledged(entry.seq)
        if isinstance(acknowledged, StoreTrouble):
            return acknowledged
        place = _place(entry, standing, verdict, link)
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
