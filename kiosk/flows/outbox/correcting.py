"""Correct and send again: what a refused act held, in the form of a new one.

The new act is another operation, with its own number, letters and signature. When it is durable, the
refused one is closed by it, and both stay to be seen.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows.clerk import beginning, managing, moves, registering, registering_steps
from kiosk.flows.clerk import sheet_filling as filling
from kiosk.flows.clerk.events import CaseAction, CounterActRecorded
from kiosk.flows.clerk.managing import FromMenu
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.outcomes import ActNotRecorded, RecordingAct
from kiosk.flows.clerk.sheet import Mark
from kiosk.flows.clerk.states import Menu, Work
from kiosk.flows.clerk.wanted import Wanted, WantedBooking, WantedCode, WantedRegistration
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.installer.readiness import DeviceList
from kiosk.flows.office import Surroundings
from kiosk.flows.outbox.effects import CloseOutcome
from kiosk.flows.outbox.states import OutboxState
from kiosk.flows.outbox.views import Correcting
from sync.model import counter_plain, operation
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.counter import (
    Booking,
    ClosingReason,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    RecordEdit,
    ResidenceChange,
)
from sync.model.registration_parts import with_part

_LEFT = (
    Menu
    | OutboxState
    | managing.Search
    | managing.DisputeList
    | registering.Notice
    | registering.Start
    | DeviceList
)
"""Pages on which nobody corrects any more."""


def begin(act: CounterAct, around: Surroundings) -> WorkMove | None:
    """The form of a new act, or the way to it; None where there is none."""
    match act:
        case CounterRegistration():
            return registering_steps.corrected(act, around), ()
        case Booking():
            action = CaseAction.BOOK
        case CodeRegeneration():
            action = CaseAction.RENEW_CODE
        case RecordEdit():
            action = CaseAction.EDIT
        case ResidenceChange():
            action = CaseAction.CHANGE_RESIDENCE
        case DelegationChange():
            action = CaseAction.CHANGE_DELEGATION
        case _:
            return None
    return moves.open_number(act.subject.registration_number, FromMenu(), around, action)


def filled(page: Work | DeviceList, correcting: Correcting) -> tuple[Work | DeviceList, Correcting]:
    """The form with what the refused act would have changed, the first time that it is open."""
    act, mark = correcting.act, Mark.REFUSED
    match page, act:
        case _ if correcting.filled:
            return page, correcting
        case managing.EditForm(opened=opened), RecordEdit():
            seen = opened.case.registration
            for change in act.changes:
                seen = with_part(seen, change.part, change.value)
            sheet = beginning.edit_sheet(seen)
            after: Work = replace(page, sheet=sheet)
        case managing.ResidenceForm(sheet=sheet), ResidenceChange(change=change):
            where = change.value
            if not isinstance(where, ItalianAddress | ForeignAddress):
                return page, correcting
            after = replace(page, sheet=filling.with_residence(sheet, where, mark))
        case managing.DelegationForm(sheet=sheet), DelegationChange(delegation=given):
            after = replace(page, sheet=filling.with_delegation(sheet, given, mark))
        case _:
            return page, correcting
    return after, replace(correcting, filled=True)


def followed(
    before: Work,
    event: Event,
    after: Work | DeviceList,
    correcting: Correcting,
    around: Surroundings,
) -> tuple[Correcting | None, tuple[Effect, ...]]:
    """Whether somebody still corrects; what closes the refused act once another is recorded."""
    match before, event:
        case RecordingAct() | ActNotRecorded(), CounterActRecorded(to, operation_id) if (
            to,
            operation_id,
        ) == (around.session_id, before.operation_id):
            if kind_of(before.wanted) != correcting.entry.kind:
                return correcting, ()
            entry = correcting.entry
            closed = CloseOutcome(
                around.session_id,
                entry.seq,
                entry.operation_id,
                entry.kind,
                entry.code,
                ClosingReason.DONE_AGAIN,
                operation_id.hex,
            )
            return None, (closed,)
        case _:
            return (None if isinstance(after, _LEFT) else correcting), ()


def kind_of(wanted: Wanted) -> str:
    """The kind of the operation that a wanted act becomes."""
    match wanted:
        case WantedRegistration():
            return operation.REGISTRATION
        case WantedBooking():
            return operation.BOOKING
        case WantedCode():
            return operation.CODE_REGENERATION
        case _:
            return counter_plain.kind_of(wanted)
