"""Sessions of the outbox's pages to draw: one for each, and those that strain one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kiosk.flows.outbox import states
from kiosk.flows.outbox.states import OutboxState
from kiosk.flows.outbox.views import (
    Choice,
    ClosedView,
    EntryState,
    EntryView,
    LinkView,
    OutboxCounts,
    OutboxView,
)
from sync.model import registration_number
from sync.model.counter import ClosingReason

AT = datetime(2026, 5, 4, 7, 41, tzinfo=UTC)
COUNTS = OutboxCounts(to_decide=2, waiting=3, closed=1, recorded=214)
WELL = LinkView(connected=True, hub_present=True, code="", since=AT)
OFFLINE = LinkView(
    connected=False, hub_present=False, code="link.no-network", since=AT, next_try_seconds=42
)

REFUSED = EntryView(
    seq=187,
    operation_id="ab" * 16,
    kind="registration",
    number=registration_number.issue(21, 4711).text,
    state=EntryState.REFUSED,
    why="outbox.why.refused",
    released_by="outbox.released-by.decision",
    who="outbox.who.operator",
    next_try_seconds=None,
    recorded_at=AT - timedelta(days=2),
    sent_at=AT - timedelta(days=2),
    acknowledged_at=AT - timedelta(days=2),
    code="duplicate.person",
    remedy="remedy.compare-registrations",
    is_open=True,
)
DAMAGED = replace(
    REFUSED,
    seq=190,
    operation_id="cd" * 16,
    kind="booking",
    number="",
    state=EntryState.QUARANTINED,
    why="outbox.why.damaged",
    released_by="outbox.released-by.store-mended",
    who="outbox.who.technician",
    code="",
    remedy="",
    lost=True,
)
CLOSED = replace(
    REFUSED,
    seq=150,
    state=EntryState.CLOSED,
    is_open=False,
    closed=ClosedView(ClosingReason.OTHERWISE, "Bianchi Giovanna", AT, is_known=False),
)
WAITING = tuple(
    EntryView(
        seq=212 + place,
        operation_id=f"{place:032x}",
        kind=kind,
        number=number,
        state=EntryState.WAITING_NETWORK,
        why="link.no-network",
        released_by="outbox.released-by.network",
        who="outbox.who.nobody-needed",
        next_try_seconds=42,
        recorded_at=AT - timedelta(minutes=30 - 10 * place),
    )
    for place, (kind, number) in enumerate(
        (
            ("registration", registration_number.issue(21, 4720).text),
            ("record_edit", ""),
            ("booking", ""),
        )
    )
)


def outbox_sessions() -> dict[str, OutboxState]:
    """By name; each is drawn in a session of a counter."""
    to_decide = states.OutboxList(
        view=OutboxView(Choice.TO_DECIDE, (REFUSED, DAMAGED), COUNTS, WELL), asking=False
    )
    page = states.EntryPage(to_decide, REFUSED)
    damaged = states.EntryPage(to_decide, DAMAGED)
    reason = states.ChooseReason(
        page, (ClosingReason.NOT_NEEDED, ClosingReason.OTHERWISE, ClosingReason.MISTAKE)
    )
    none = OutboxCounts(recorded=214)
    return {
        "outbox": to_decide,
        "outbox-none": states.OutboxList(
            view=OutboxView(Choice.TO_DECIDE, (), none, WELL), asking=False
        ),
        "outbox-telling": states.OutboxList(),
        "outbox-waiting": states.OutboxList(
            Choice.WAITING,
            OutboxView(Choice.WAITING, WAITING, COUNTS, OFFLINE),
            waited=12,
            asking=False,
        ),
        "outbox-entry": page,
        "outbox-entry-damaged": damaged,
        "outbox-entry-waiting": states.EntryPage(to_decide, WAITING[0], waited=12),
        "outbox-entry-closed": states.EntryPage(to_decide, CLOSED),
        "outbox-reason": replace(reason, chosen=ClosingReason.OTHERWISE),
        "outbox-reason-lost": states.ChooseReason(
            damaged, (ClosingReason.LOST,), ClosingReason.LOST
        ),
        "outbox-asking": states.AskingRefused(page),
        "outbox-not-correctable": states.NotCorrectable(page, "inquiry.offline"),
        "outbox-closing": states.Closing(reason),
        "outbox-not-closed": states.NotClosed(reason, "operator.card-away"),
    }
