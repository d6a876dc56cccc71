"""What the outbox's pages ask for: the journal's entries, the hub's copy of a refused act, decisions.

An entry is told without anything of a person but its registration number, and that only to who serves
people. A decision is an operation like any other: signed by the operator's card, recorded, sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from kiosk import log_events
from kiosk.flows.events import Event
from kiosk.flows.outbox import effects as asked
from kiosk.flows.outbox import events as told
from kiosk.flows.outbox.views import (
    Choice,
    ClosedView,
    EntryState,
    EntryView,
    LinkView,
    OutboxCounts,
    OutboxView,
)
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.counter import card_code
from kiosk.runtime.duty import Duty
from kiosk.runtime.records import Records
from sync.edge import outbox
from sync.edge.inquiries import Inquiries, Trouble
from sync.edge.journal import RecordedAct
from sync.edge.link.status import UP, LinkStatus
from sync.edge.outbox import Counts, Outbox, OutboxEntry, OutboxPage
from sync.edge.trouble import StoreTrouble
from sync.model import operation, registration_number
from sync.model.audit import AuditEvent
from sync.model.counter import ClosingReason, CounterAct, CounterRegistration, OutcomeClosing
from sync.model.errors import Problem
from sync.model.inquiry import Denied, RefusedAsked, RefusedTold
from sync.model.reconciliation import Stamp
from sync.wire.envelope import Unsigned
from sync.wire.receipt import Refused

CARD_AWAY: Final = "operator.card-away"
NO_SUCH_NUMBER: Final = "outbox.number-unknown"
_ANSWER_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class OutboxMeans:
    """What the pages work with.

    Attributes:
        name_of: the operator whose card has a certificate of this SHA-256; empty where the roster
            does not say.
        station: the station's code, its part of registration numbers.
        noted: told of a decision that is durable, for the station's copy of the registry.
        post: takes the events.
        now: aware time of the station.
    """

    records: Records
    inquiries: Inquiries
    auditing: Auditing
    name_of: Callable[[bytes], str]
    station: int
    noted: Callable[[CounterAct, Stamp], None]
    post: Callable[[Event], None]
    now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)


class OutboxDesk:
    """Carries out the outbox's effects. Each method blocks; call it on a thread of its own.

    Args:
        duty: who is signed in.
        means: what it works with.
    """

    def __init__(self, duty: Duty, means: OutboxMeans) -> None:
        self._duty = duty
        self._means = means
        self._post = means.post

    # --- what is told

    def count(self) -> None:
        """Posts `OutboxCounted`; nothing where the store cannot be read."""
        page = self._page(Choice.TO_DECIDE)
        if isinstance(page, OutboxPage):
            self._post(told.OutboxCounted(_counts(page.counts)))

    def tell(self, effect: asked.TellOutbox) -> None:
        """Posts `OutboxTold`, and what the menu counts."""
        page = self._page(effect.choice)
        if isinstance(page, StoreTrouble):
            self._post(told.OutboxTold(effect.session_id, None, page.code))
            return
        view = OutboxView(
            effect.choice,
            tuple(self._view(one) for one in page.entries),
            _counts(page.counts),
            self._link(page.link),
        )
        self._post(told.OutboxTold(effect.session_id, view))
        self._post(told.OutboxCounted(view.counts))

    def tell_entry(self, effect: asked.TellEntry) -> None:
        """Posts `EntryTold`: by place, or by registration number."""
        entry = self._entry(effect.seq, effect.number)
        if isinstance(entry, OutboxEntry):
            self._post(told.EntryTold(effect.session_id, self._view(entry)))
        else:
            code = NO_SUCH_NUMBER if entry is None else entry.code
            self._post(told.EntryTold(effect.session_id, None, code))

    def ask_refused(self, effect: asked.AskRefusedAct) -> None:
        """Posts `RefusedActTold`: the hub opens what this station cannot; who reads it is kept."""
        on_duty = self._duty.on_duty
        reply: object = Trouble(CARD_AWAY)
        if on_duty is not None:
            reply = self._means.inquiries.ask(
                RefusedAsked(effect.seq, effect.operation_id),
                operator=on_duty.presence,
                seconds=_ANSWER_SECONDS,
            )
        answer = told.RefusedActTold(effect.session_id, effect.seq, None, _code_of(reply))
        if isinstance(reply, RefusedTold):
            act = reply.act
            subject = getattr(act, "subject", None)
            about = "" if subject is None else subject.registration_number
            if isinstance(act, CounterRegistration):
                about = act.registration_number or ""
            refusal = self._means.auditing.before_showing(
                AuditEvent.OPENED, "refused", subject=about
            )
            answer = told.RefusedActTold(
                effect.session_id, effect.seq, None if refusal else act, refusal
            )
        self._post(answer)

    # --- what is decided

    def close(self, effect: asked.CloseOutcome) -> None:
        """Posts `OutcomeClosed` or `OutcomeNotClosed`. Blocks for disk and card."""
        code = self._close(effect)
        if code:
            self._means.auditing.note(AuditEvent.NOT_RECORDED, code)
            log_events.write(log_events.EFFECT_FAILED, code=code)
            self._post(told.OutcomeNotClosed(effect.session_id, effect.seq, code))
            return
        entry = self._entry(effect.seq)
        view = self._view(entry) if isinstance(entry, OutboxEntry) else None
        self._post(told.OutcomeClosed(effect.session_id, effect.seq, view))
        self.count()

    def _close(self, effect: asked.CloseOutcome) -> str:
        """Empty once the decision is durable, else the code of why it is not."""
        on_duty = self._duty.on_duty
        if on_duty is None:
            return CARD_AWAY
        entry = self._entry(effect.seq)
        if isinstance(entry, StoreTrouble):
            return entry.code
        if entry is None or entry.operation_id.hex != effect.operation_id:
            return "closing.not-open"
        if not entry.is_open:
            # Closed by an earlier try, or by somebody else: it needs no second decision.
            return "" if entry.closed is not None else "closing.not-open"
        act = OutcomeClosing(
            effect.seq,
            effect.operation_id,
            effect.kind,
            effect.code,
            effect.reason,
            effect.done_again,
            on_duty.entry.office,
        )
        refusal = self._duty.may_not(act, None)
        if refusal:
            return refusal
        return self._record(act)

    def _record(self, act: OutcomeClosing) -> str:
        """First what it will be, then the record that makes it so."""
        records, signer = self._means.records, self._duty.signer()
        if isinstance(signer, Unsigned):
            return card_code(signer)
        store = records.store()
        if isinstance(store, StoreTrouble):
            return store.code
        operation_id = records.new_operation_id()
        again = UUID(hex=act.done_again) if act.done_again else None
        refusal = store.closings.intend(
            operation_id, act.seq, act.reason.value, signer.thumbprint, again
        )
        if refusal is not None:
            return refusal.code
        done = records.act(operation_id, act, signer)
        if not isinstance(done, RecordedAct):
            return card_code(done)
        self._means.auditing.note(AuditEvent.RECORDED, operation.kind_of(act), str(done.seq))
        at = round(done.recorded_at.timestamp() * 1000)
        self._means.noted(act, Stamp(operation_id.hex, at, store.station))
        return ""

    # --- its own

    def _page(self, choice: Choice) -> OutboxPage | StoreTrouble:
        store = self._means.records.store()
        if isinstance(store, StoreTrouble):
            return store
        return Outbox(store).page(outbox.Choice(choice.value))

    def _entry(self, seq: int, number: str = "") -> OutboxEntry | StoreTrouble | None:
        store = self._means.records.store()
        if isinstance(store, StoreTrouble):
            return store
        if seq:
            return Outbox(store).entry(seq)
        parsed = registration_number.parse(number)
        if isinstance(parsed, Problem) or parsed.station != self._means.station:
            return None
        return Outbox(store).of_registration(parsed.counter)

    def _view(self, entry: OutboxEntry) -> EntryView:
        closed, outcome, on_duty = entry.closed, entry.outcome, self._duty.on_duty
        lost = entry.is_open and not isinstance(outcome, Refused)
        number = ""
        if entry.counter is not None and on_duty is not None and on_duty.serves:
            number = registration_number.issue(self._means.station, entry.counter).text
        return EntryView(
            seq=entry.seq,
            operation_id=entry.operation_id.hex,
            kind=entry.kind,
            number=number,
            state=EntryState.CLOSED if closed is not None else EntryState(entry.state.value),
            why=entry.why,
            released_by=entry.released_by,
            who=entry.who_can_act,
            next_try_seconds=self._until(entry.next_try_at),
            recorded_at=entry.recorded_at,
            sent_at=entry.sent_at,
            acknowledged_at=None if lost else entry.acknowledged_at,
            code=outcome.code if isinstance(outcome, Refused) else "",
            remedy=outcome.remedy if isinstance(outcome, Refused) else "",
            is_open=entry.is_open,
            lost=lost,
            closed=None
            if closed is None
            else ClosedView(
                ClosingReason(closed.reason),
                self._means.name_of(closed.operator),
                closed.at,
                closed.is_known,
            ),
        )

    def _link(self, link: LinkStatus) -> LinkView:
        return LinkView(
            connected=link.connected,
            hub_present=link.hub_present,
            code="" if link.code == UP else link.code,
            since=link.since,
            next_try_seconds=self._until(link.next_try_at),
        )

    def _until(self, moment: datetime | None) -> int | None:
        if moment is None:
            return None
        return max(0, round((moment - self._means.now()).total_seconds()))


def _counts(counts: Counts) -> OutboxCounts:
    return OutboxCounts(counts.to_decide, counts.waiting, counts.closed, counts.recorded)


def _code_of(reply: object) -> str:
    """Why there is no answer."""
    return reply.code if isinstance(reply, Trouble | Denied) else "inquiry.malformed"
