"""The outbox's pages: what is shown to whom, what a person may decide, how a refused act is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from kiosk.flows import events as ev
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.office import StationRole
from kiosk.flows.outbox import effects as wanted
from kiosk.flows.outbox import events as ob
from kiosk.flows.outbox.states import ChooseReason, EntryPage, OutboxList
from kiosk.flows.outbox.views import Choice, EntryState, EntryView, OutboxView
from kiosk.flows.outbox.wording import next_try
from kiosk.flows.wording import can_go_back, wording
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.counter import (
    ClosingReason,
    CounterRegistration,
    IssuedSecrets,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.inquiry import LeaseGranted
from sync.model.preregistration import Community, DataSource
from sync.model.registration import Part
from sync.model.rosters import Right
from tests.flows.clerk.counter import (
    CLERK,
    CODE,
    DOCUMENT,
    HOME,
    NUMBER,
    OFFICE,
    PERSON,
    REGISTRATION,
    SESSION,
    TODAY,
    Walk,
    signed_in,
)
from tests.screens.outbox_sessions import COUNTS, DAMAGED, OFFLINE, REFUSED, WELL

NEW_HOME = ItalianAddress("Corso Francia", "8", "L219", "10143")
ACT = CounterRegistration(
    registration_number=NUMBER,
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.TYPED,
    register="",
    person=PERSON,
    residence=HOME,
    domicile=None,
    contacts=Contacts("mario@esempio.it"),
    document=DOCUMENT,
    delegation=None,
    note=None,
    identified=True,
    secrets=IssuedSecrets(None, "", None, date.min),
    office="Comune di Esempio",
)
EDIT = RecordEdit(
    Subject(CODE, NUMBER),
    (PartChange(Part.RESIDENCE, bytes(32), NEW_HOME),),
    "Comune di Esempio",
)
CLOSED = replace(REFUSED, state=EntryState.CLOSED, is_open=False)


def listed(*entries: EntryView, walk: Walk | None = None) -> Walk:
    """From the menu to the list, told."""
    walk = walk or signed_in()
    walk(cl.MenuChosen(MenuEntry.OUTBOX))
    view = OutboxView(Choice.TO_DECIDE, entries, COUNTS, WELL)
    return walk(ob.OutboxTold(SESSION, view))


def opened(entry: EntryView = REFUSED, walk: Walk | None = None) -> Walk:
    walk = listed(entry, walk=walk)
    return walk(ob.EntryChosen(entry.seq), ob.EntryTold(SESSION, entry))


def with_rights(*rights: Right, role: StationRole = StationRole.COUNTER) -> Walk:
    return signed_in(
        replace(CLERK, rights=frozenset(rights)), replace(OFFICE, role=role, signs_in=True)
    )


def offered(walk: Walk) -> list[object]:
    return [one.event for one in wording(walk.session).actions]


def test_the_list_is_asked_for_and_stands_while_it_looks_again() -> None:
    walk = listed(REFUSED)
    assert walk.page == "outbox.list"
    assert walk.last(wanted.TellOutbox).choice is Choice.TO_DECIDE
    walk(ev.TimePassed(1, TODAY), ev.TimePassed(1, TODAY))
    assert len(walk.asked_for(wanted.TellOutbox)) == 1
    walk(ev.TimePassed(1, TODAY), ev.TimePassed(30, TODAY))
    assert len(walk.asked_for(wanted.TellOutbox)) == 2, "one at a time"
    assert walk.activity.view is not None
    walk(ob.ChoiceMade(Choice.WAITING))
    assert (walk.activity.view, walk.activity.choice) == (None, Choice.WAITING)
    walk(ob.OutboxTold(SESSION, OutboxView(Choice.TO_DECIDE, (REFUSED,), COUNTS, WELL)))
    assert walk.activity.view is None, "of the choice that was left"
    assert walk(ev.Back()).page == "clerk.menu"


def test_a_store_that_cannot_be_read_is_told() -> None:
    walk = signed_in()(cl.MenuChosen(MenuEntry.OUTBOX))
    walk(ob.OutboxTold(SESSION, None, "store.damaged"))
    problem = wording(walk.session).problem
    assert problem is not None
    assert problem.key == "failure.store.damaged.clerk"


def test_the_next_try_is_counted_down() -> None:
    assert next_try(None, 4) is None
    said = [next_try(42, waited) for waited in (0, 41, 42, 99)]
    assert [one.values if one else None for one in said] == [
        (("n", 42),),
        (("n", 1),),
        (),
        (),
    ]
    minutes = next_try(290, 0)
    assert minutes is not None
    assert (minutes.key, minutes.values) == ("outbox.next-try.minutes", (("n", 5),))
    view = OutboxView(Choice.WAITING, (), COUNTS, OFFLINE)
    page = OutboxList(Choice.WAITING, view, asking=False)
    walk = signed_in()
    walk.session = replace(walk.session, activity=page)
    assert walk(ev.TimePassed(2, TODAY)).activity.waited == 2


def test_the_menu_counts_what_is_to_be_decided() -> None:
    walk = signed_in()
    for _ in range(6):
        walk(ev.TimePassed(1, TODAY))
    assert walk.asked_for(wanted.CountOutbox)
    walk(ob.OutboxCounted(COUNTS))
    assert walk.session.desk is not None
    assert walk.session.desk.outbox == COUNTS


def test_a_registration_is_found_by_its_number() -> None:
    walk = listed()(ob.NumberTyped("abc"), ob.NumberSought())
    assert walk.activity.code == "registration-number.length"
    walk(ob.NumberTyped(NUMBER.lower()), ob.NumberSought())
    assert walk.last(wanted.TellEntry).number == NUMBER
    walk(ob.EntryTold(SESSION, None, "outbox.number-unknown"))
    assert (walk.page, walk.activity.code) == ("outbox.list", "outbox.number-unknown")
    walk(ev.BarcodeTyped(NUMBER), ob.EntryTold(SESSION, REFUSED))
    assert walk.page == "outbox.entry"


def test_who_serves_nobody_looks_nobody_up() -> None:
    walk = listed(walk=with_rights(Right.DEVICES, role=StationRole.INSTALLER))
    asked_before = len(walk.asked_for(wanted.TellEntry))
    walk(ob.NumberTyped(NUMBER), ob.NumberSought(), ev.BarcodeTyped(NUMBER))
    assert len(walk.asked_for(wanted.TellEntry)) == asked_before


@pytest.mark.parametrize(
    ("entry", "rights", "role", "expected"),
    [
        (REFUSED, {Right.REGISTER}, StationRole.COUNTER, [ob.CloseChosen, ob.CorrectChosen]),
        (REFUSED, {Right.MANAGE}, StationRole.COUNTER, [ob.CloseChosen]),
        (REFUSED, {Right.REGISTER}, StationRole.INSTALLER, [ob.CloseChosen]),
        (REFUSED, {Right.DEVICES}, StationRole.INSTALLER, []),
        (DAMAGED, {Right.DEVICES}, StationRole.INSTALLER, [ob.CloseChosen]),
        (DAMAGED, {Right.MANAGE}, StationRole.COUNTER, [ob.CloseChosen]),
        (CLOSED, {Right.REGISTER, Right.MANAGE}, StationRole.COUNTER, []),
        (replace(REFUSED, kind="user_change"), {Right.MANAGE}, StationRole.COUNTER, []),
        (
            replace(REFUSED, kind="user_change"),
            {Right.USERS},
            StationRole.INSTALLER,
            [ob.CloseChosen],
        ),
        (
            replace(REFUSED, kind="readiness"),
            {Right.DEVICES},
            StationRole.INSTALLER,
            [ob.CloseChosen],
        ),
    ],
)
def test_what_is_offered_follows_from_right_and_entry(
    entry: EntryView, rights: set[Right], role: StationRole, expected: list[type]
) -> None:
    walk = opened(entry, with_rights(*rights, role=role))
    assert [type(one) for one in offered(walk)] == expected
    for touch in (ob.CorrectChosen(), ob.CloseChosen()):
        if type(touch) not in expected:
            assert walk(touch).page == "outbox.entry"


def test_an_entry_is_closed_with_a_reason_and_shown_closed() -> None:
    walk = opened()(ob.CloseChosen())
    assert walk.page == "outbox.reason"
    assert offered(walk) == [], "first a reason"
    assert walk(ev.Continued()).page == "outbox.reason"
    walk(ob.ReasonChosen(ClosingReason.LOST))
    assert walk.activity.chosen is None, "no reason of this entry"
    walk(ob.ReasonChosen(ClosingReason.OTHERWISE), ev.Continued())
    assert walk.page == "outbox.closing"
    assert not can_go_back(walk.session)
    effect = walk.last(wanted.CloseOutcome)
    assert (effect.seq, effect.operation_id, effect.kind, effect.code) == (
        REFUSED.seq,
        REFUSED.operation_id,
        "registration",
        "duplicate.person",
    )
    assert (effect.reason, effect.done_again) == (ClosingReason.OTHERWISE, "")
    walk(ob.OutcomeNotClosed(SESSION, REFUSED.seq, "operator.card-away"))
    assert walk.page == "outbox.not-closed"
    assert walk(ev.Continued()).page == "outbox.closing"
    walk(ob.OutcomeClosed(SESSION, REFUSED.seq, CLOSED))
    assert isinstance(walk.activity, EntryPage)
    assert walk.activity.entry is CLOSED


def test_a_damaged_entry_has_one_reason() -> None:
    walk = opened(DAMAGED)(ob.CloseChosen())
    assert isinstance(walk.activity, ChooseReason)
    assert walk.activity.chosen is ClosingReason.LOST
    assert wording(walk.session).body[0].key == "outbox.reason.of-lost"


def test_a_refused_registration_is_corrected_and_closed_by_the_new_one() -> None:
    walk = opened()(ob.CorrectChosen())
    assert walk.page == "outbox.asking"
    assert walk.last(wanted.AskRefusedAct).operation_id == REFUSED.operation_id
    walk(ob.RefusedActTold(SESSION, REFUSED.seq, ACT))
    assert walk.page == "clerk.registration-form"
    sheet = walk.activity.sheet
    assert sheet.text(FieldId.CODICE_FISCALE) == CODE
    assert sheet.text(FieldId.DOCUMENT_NUMBER) == DOCUMENT.number
    assert FieldId.CODICE_FISCALE not in sheet.locked, "it may be what was wrong"
    walk.types({FieldId.DOCUMENT_NUMBER: "CA99999ZZ"})(ev.Continued())
    assert walk.page == "clerk.registration-confirm"
    walk.checks()(ev.Continued())
    new = walk.last(asked.RecordCounterAct)
    assert new.wanted.document.number == "CA99999ZZ"
    assert not walk.asked_for(wanted.CloseOutcome), "not before it is durable"
    walk.records(replace(REGISTRATION, number=NUMBER))
    closing = walk.last(wanted.CloseOutcome)
    assert (closing.seq, closing.reason) == (REFUSED.seq, ClosingReason.DONE_AGAIN)
    assert closing.done_again == new.operation_id.hex
    assert walk.session.desk is not None
    assert walk.session.desk.correcting is None


def test_a_refused_edit_is_entered_anew_on_the_registration_as_it_is() -> None:
    entry = replace(REFUSED, kind="record_edit", code="edit.overtaken")
    walk = opened(entry)(ob.CorrectChosen(), ob.RefusedActTold(SESSION, entry.seq, EDIT))
    assert walk.page == "clerk.opening"
    walk(cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    walk(cl.LeaseTold(SESSION, NUMBER, LeaseGranted(1)))
    assert walk.page == "clerk.edit-form"
    assert walk.activity.sheet.text(FieldId.RESIDENCE_STREET) == "Corso Francia"
    walk(ev.Continued())
    assert walk.page == "clerk.edit-confirm"
    (change,) = walk.activity.changes
    assert change.value == NEW_HOME
    walk(ev.Continued()).records(REGISTRATION)
    assert walk.last(wanted.CloseOutcome).reason is ClosingReason.DONE_AGAIN


def test_a_refused_change_of_residence_is_entered_anew() -> None:
    entry = replace(REFUSED, kind="residence_change", code="edit.overtaken")
    act = ResidenceChange(EDIT.subject, EDIT.changes[0], EDIT.office)
    walk = opened(entry)(ob.CorrectChosen(), ob.RefusedActTold(SESSION, entry.seq, act))
    walk(cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    walk(cl.LeaseTold(SESSION, NUMBER, LeaseGranted(1)))
    assert walk.page == "clerk.residence-form"
    assert walk.activity.sheet.text(FieldId.RESIDENCE_STREET) == "Corso Francia"


def test_another_act_closes_nothing_and_who_leaves_corrects_no_more() -> None:
    entry = replace(REFUSED, kind="booking", code="credential.state-moved")
    walk = opened(entry)(ob.CorrectChosen(), ob.RefusedActTold(SESSION, entry.seq, EDIT))
    walk(cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    walk(cl.LeaseTold(SESSION, NUMBER, LeaseGranted(1)), ev.Continued(), ev.Continued())
    walk.records(REGISTRATION)
    assert not walk.asked_for(wanted.CloseOutcome), "an edit is no booking"
    assert walk.session.desk is not None
    assert walk.session.desk.correcting is not None
    walk(ev.Continued(), ev.Continued(), ev.Back(), ev.Back())
    assert walk.page == "clerk.menu"
    assert walk.session.desk.correcting is None


def test_without_the_hub_the_page_says_so_and_goes_back() -> None:
    walk = opened()(ob.CorrectChosen())
    walk(ob.RefusedActTold(SESSION, REFUSED.seq, None, "inquiry.offline"))
    assert walk.page == "outbox.not-correctable"
    assert walk(ev.Continued()).page == "outbox.asking"
    assert walk(ev.Back()).page == "outbox.entry"
    walk(ob.RefusedActTold(SESSION, REFUSED.seq, ACT))
    assert walk.page == "outbox.entry", "nobody waits for it any more"


def test_answers_for_another_session_or_entry_change_nothing() -> None:
    walk = opened()(ob.CloseChosen(), ob.ReasonChosen(ClosingReason.MISTAKE), ev.Continued())
    walk(ob.OutcomeClosed(UUID(int=9), REFUSED.seq, CLOSED), ob.OutcomeClosed(SESSION, 1, None))
    assert walk.page == "outbox.closing"
