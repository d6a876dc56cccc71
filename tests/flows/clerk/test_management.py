"""Search, detail, Modifica, Prenota, code, delegation, residence, username, disputes, letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.clerk import actions, rows, sheet_steps
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.events import CaseAction, Check, MenuEntry
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import LeaseStanding, NotPossible
from kiosk.flows.clerk.wanted import WantedBooking, WantedCode
from kiosk.flows.phrases import literal
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.wording import wording
from sync.model import registration_parts, transitions
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.counter import DelegationChange, DisputeSettlement, RecordEdit, ResidenceChange
from sync.model.credential import Function, OperationKind, State, basis_of
from sync.model.inquiry import Dispute, LeaseHeld
from sync.model.preregistration import Community
from sync.model.registration import Part
from sync.model.rosters import Right
from sync.model.searching import Filters, Found, Row, Strength
from tests.flows.clerk.counter import (
    CLERK,
    CODE,
    DELEGATE_FIELDS,
    DELEGATION,
    DOCUMENT,
    NUMBER,
    OFFICE,
    REGISTRATION,
    REST_OF_FORM,
    SESSION,
    TODAY,
    Walk,
    at_form,
    booked,
    registered,
    signed_in,
)

ROW = Row(
    number=NUMBER,
    surname="Rossi",
    name="Mario",
    codice_fiscale=CODE,
    comune="L219",
    registered_at=1,
    community=Community.SISTEMA_PIEMONTE,
    state=State.REGISTRATO,
    strong=False,
    running=None,
    functions=(Function.RICERCA, Function.MODIFICA, Function.PRENOTA),
)
RISCONTRATO = registered(State.RISCONTRATO, booked(OperationKind.RISCONTRO_FORTE))
DELEGATED = registered(State.RISCONTRATO, booked(OperationKind.RISCONTRO_FORTE, DELEGATION))


def at_search() -> Walk:
    return signed_in()(cl.MenuChosen(MenuEntry.MANAGEMENT))


def found(*, total: int = 1, page: int = 0) -> cl.SearchFinished:
    return cl.SearchFinished(SESSION, Found((ROW,), total, more_than_total=False, page=page))


def choosing(state: State, *, strong: bool = False) -> Walk:
    return signed_in().opens(registered(state, strong=strong), CaseAction.BOOK)


def confirming(kind: OperationKind, state: State, *, strong: bool = False, **more: str) -> Walk:
    walk = choosing(state, strong=strong)(cl.OperationChosen(kind))
    assert not more
    return walk(ev.Continued())


# --- search


@pytest.mark.rule("R-003-52")
def test_every_filter_of_the_search() -> None:
    walk = at_search()
    assert [row.id.value for row in walk.activity.sheet.fields] == [
        *("community", "codice-fiscale", "surname", "name"),
        *("residence-province", "residence-comune"),
        *("registered-from", "registered-to", "state", "strong", "number"),
    ]
    around = walk.session.surroundings
    states = sheet_steps.options(walk.activity.sheet, FieldId.STATE, around)
    assert {one.value for one in states} == {one.value for one in State}
    strengths = sheet_steps.options(walk.activity.sheet, FieldId.STRONG, around)
    assert [one.value for one in strengths] == ["tutti", "Y", "N"]
    walk.types(
        {
            FieldId.COMMUNITY: "torinofacile",
            FieldId.CODICE_FISCALE: "RSSMRA",
            FieldId.SURNAME: "ros",
            FieldId.NAME: "mar",
            FieldId.RESIDENCE_PROVINCE: "TO",
            FieldId.RESIDENCE_COMUNE: "L219",
            FieldId.REGISTERED_FROM: "1/1/2026",
            FieldId.REGISTERED_TO: "31/10/2026",
            FieldId.STATE: "attivato",
            FieldId.STRONG: "Y",
            FieldId.NUMBER: NUMBER,
        }
    )(ev.Continued())
    assert walk.last(asked.SearchRegistrations).filters == Filters(
        community=Community.TORINO_FACILE,
        codice_fiscale="RSSMRA",
        surname="ros",
        name="mar",
        province="TO",
        comune="L219",
        registered_from=date(2026, 1, 1),
        registered_to=date(2026, 10, 31),
        state=State.ATTIVATO,
        strength=Strength.STRONG,
        number=NUMBER,
    )


@pytest.mark.rule("R-003-52")
def test_a_search_needs_a_filter_and_annulla_clears_all() -> None:
    walk = at_search()(ev.Continued())
    assert not walk.asked_for(asked.SearchRegistrations)
    walk.types({FieldId.SURNAME: "rossi"})(ev.Continued(), found(), cl.Cleared())
    assert walk.activity.found is None
    assert walk.activity.sheet.texts == ()


def test_rows_turn_by_pages_and_a_late_answer_after_clearing_is_nobodys() -> None:
    walk = at_search().types({FieldId.SURNAME: "rossi"})(ev.Continued(), found(total=120))
    walk(cl.PageTurned(1))
    assert walk.last(asked.SearchRegistrations).page == 1
    walk(found(total=120, page=2), cl.PageTurned(3))
    assert walk.last(asked.SearchRegistrations).page == 1
    walk(cl.PageTurned(1), cl.Cleared(), found())
    assert walk.activity.found is None


@pytest.mark.rule("R-003-53")
def test_a_row_offers_its_functions_and_leads_into_them() -> None:
    walk = at_search().types({FieldId.SURNAME: "rossi"})(ev.Continued(), found())
    desk = walk.session.desk
    assert desk is not None
    assert actions.of_row(ROW, desk) == (CaseAction.DETAIL, CaseAction.EDIT, CaseAction.BOOK)
    walk(cl.RowChosen(NUMBER, CaseAction.BOOK))
    walk(cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    assert walk.page == "clerk.asking-lease"
    assert walk(cl.LeaseTold(SESSION, NUMBER, None)).page == "clerk.choose-operation"
    walk(ev.Back(), ev.Back())
    assert walk.page == "clerk.search"
    assert walk.activity.waiting, "the rows are asked for anew"


def test_a_registration_that_is_not_here_is_told_with_what_to_do() -> None:
    walk = at_search()(ev.BarcodeTyped(NUMBER))
    walk(cl.RegistrationNotOpened(SESSION, "registration.not-here"))
    assert walk.page == "clerk.opening"
    assert "problem.registration.not-here" in {one.key for one in wording(walk.session).body}
    assert walk(ev.Back()).page == "clerk.search"


def test_a_code_of_a_newer_program_is_told_as_it_stands() -> None:
    walk = at_search()(ev.BarcodeTyped(NUMBER), cl.RegistrationNotOpened(SESSION, "new.code"))
    assert "clerk.trouble" in {one.key for one in wording(walk.session).body}


def test_the_code_of_a_summary_goes_on_with_its_case() -> None:
    text = "SPORTELLO1:" + "A1B2" * 100 + f" {CODE} "
    walk = at_search()(ev.BarcodeTyped("]Q1" + text + "X"))
    assert walk.last(asked.ReadCase).text == text + "X"
    walk(cl.RegistrationOpened(SESSION, CaseFile(RISCONTRATO, from_paper=True)))
    assert walk.page == "clerk.detail"


# --- detail


@pytest.mark.rule("R-003-54")
@pytest.mark.rule("R-003-66")
@pytest.mark.rule("R-003-67")
def test_the_detail_shows_allegato_7_and_masks_the_code() -> None:
    walk = signed_in().opens(replace(DELEGATED, username="ma\u2022\u2022\u2022i"))
    shown = rows.sections(walk.session)
    assert [section.title.key.rpartition(".")[2] for section in shown] == [
        *("registration", "person", "document", "residence", "contacts", "operation"),
        *("delegation", "notes"),
    ]
    registration = {row.label.key.rpartition(".")[2]: row.value for row in shown[0].rows}
    assert list(registration) == [
        *("number", "community", "registered-at", "state", "has-pin", "checked-at", "strong"),
        *("checked-by", "activation-code", "username", "letter-printed-at", "activated-at"),
        *("letters-printed", "promoted-at"),
    ]
    assert dict(registration["activation-code"].values)["text"] == rows.HIDDEN
    assert walk(cl.FieldTyped(FieldId.SURNAME, "X")).page == "clerk.detail"


@pytest.mark.rule("R-003-13")
def test_a_rejected_registration_can_only_be_read() -> None:
    walk = signed_in().opens(registered(State.RESPINTO))
    desk = walk.session.desk
    assert actions.offered(walk.activity.opened.case, desk) == ()


def test_without_the_right_nothing_is_offered() -> None:
    clerk = replace(CLERK, rights=frozenset({Right.REGISTER}))
    walk = signed_in(clerk)(cl.MenuChosen(MenuEntry.MANAGEMENT))
    assert walk.page == "clerk.menu"


@pytest.mark.rule("C-003-13")
def test_a_code_is_made_anew_only_while_an_operation_waits_for_one() -> None:
    for last, code in (
        (None, "transition.nothing-running"),
        (booked(OperationKind.REVOCA), "transition.revocation-running"),
    ):
        walk = signed_in().opens(registered(State.ATTIVATO, last), CaseAction.RENEW_CODE)
        assert isinstance(walk.activity, NotPossible)
        assert walk.activity.problem.code == code
        assert walk(ev.Back()).page == "clerk.detail"


@pytest.mark.rule("C-003-14")
def test_a_delegation_is_changed_only_where_there_is_one() -> None:
    walk = signed_in().opens(RISCONTRATO, CaseAction.CHANGE_DELEGATION)
    assert isinstance(walk.activity, NotPossible)
    assert walk.activity.problem.code == "transition.no-delegate"


def test_who_edits_elsewhere_is_named_and_waited_for() -> None:
    walk = signed_in().opens(REGISTRATION)(cl.CaseActionChosen(CaseAction.EDIT))
    held = LeaseHeld("Bruno Esempio", "ASL di Esempio", 1)
    walk(cl.LeaseTold(SESSION, NUMBER, held))
    assert walk.page == "clerk.held-elsewhere"
    said = wording(walk.session).body[0]
    assert dict(said.values) == {"by": "Bruno Esempio", "office": "ASL di Esempio"}
    assert walk(ev.Continued()).page == "clerk.asking-lease"
    assert walk(cl.LeaseTold(SESSION, NUMBER, None)).activity.opened.lease is LeaseStanding.UNKNOWN


# --- Modifica


@pytest.mark.rule("R-003-32")
def test_everything_is_prefilled_and_may_be_changed_but_the_community() -> None:
    walk = signed_in().opens(REGISTRATION, CaseAction.EDIT)
    sheet = walk.activity.sheet
    assert sheet.locked == {FieldId.COMMUNITY, FieldId.CODICE_FISCALE}
    assert sheet.text(FieldId.RESIDENCE_STREET) == "Via Garibaldi"
    walk(cl.FieldTyped(FieldId.COMMUNITY, "torinofacile"))
    assert walk.activity.sheet.text(FieldId.COMMUNITY) == "sistemapiemonte"
    walk(cl.FieldTyped(FieldId.EMAIL, "nuova@esempio.it"), ev.Continued())
    assert walk.page == "clerk.edit-confirm"
    changed = [row for section in rows.sections(walk.session) for row in section.rows if row.before]
    assert [row.label.key for row in changed] == ["clerk.row.email"]
    walk(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, RecordEdit)
    (change,) = wanted.changes
    assert change.part is Part.CONTACTS
    assert change.seen == registration_parts.digest(REGISTRATION.contacts)
    assert change.value == Contacts("nuova@esempio.it")
    assert walk.records(REGISTRATION).page == "clerk.done"
    assert walk.last(asked.ReturnLease).number == NUMBER


def test_an_edit_that_changes_nothing_is_none() -> None:
    walk = signed_in().opens(REGISTRATION, CaseAction.EDIT)(ev.Continued())
    assert walk.page == "clerk.edit-form"
    assert [one.code for _, one in walk.activity.sheet.problems] == ["edit.nothing"]
    assert walk(ev.Back()).page == "clerk.detail"


def test_leaving_a_changed_form_asks_first() -> None:
    walk = signed_in().opens(REGISTRATION, CaseAction.EDIT)
    walk(cl.FieldTyped(FieldId.NAME, "Maria"), ev.Back())
    assert walk.page == "clerk.leaving"
    assert walk(ev.Continued()).page == "clerk.detail"


# --- Prenota


@pytest.mark.rule("R-003-21")
@pytest.mark.parametrize("pair", list(transitions.TABLE), ids=str)
def test_only_what_the_table_allows_can_be_chosen(pair: tuple[State, bool]) -> None:
    state, strong = pair
    walk = choosing(state, strong=strong)
    allowed = transitions.TABLE[pair].operations
    if not allowed:
        assert walk.page == "clerk.detail"
        return
    assert walk.activity.kinds == allowed
    for kind in set(OperationKind) - set(allowed):
        assert walk(cl.OperationChosen(kind)).page == "clerk.choose-operation"


@pytest.mark.rule("R-003-20")
@pytest.mark.rule("R-003-29")
@pytest.mark.rule("R-003-30")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document": replace(DOCUMENT, issuer="")}, "document.issuer"),
        ({"contacts": Contacts("")}, "contacts.email"),
        ({"residence": None}, "residence"),
        ({"document": None}, "document"),
    ],
)
def test_nothing_is_booked_while_mandatory_data_are_missing(
    changes: dict[str, Any], field: str
) -> None:
    incomplete = registered(State.REGISTRATO, **changes)
    walk = signed_in().opens(incomplete, CaseAction.BOOK)
    assert walk.page == "clerk.missing-data"
    assert [one.field for one in walk.activity.problems] == [field]
    shown = [row for section in rows.sections(walk.session) for row in section.rows if row.problem]
    assert len(shown) == 1
    assert walk(ev.Continued()).page == "clerk.edit-form"
    assert walk.activity.then_book


@pytest.mark.rule("R-003-20")
@pytest.mark.rule("R-003-23")
def test_the_wizard_completes_the_data_and_then_books() -> None:
    incomplete = registered(State.REGISTRATO, contacts=Contacts(""))
    walk = signed_in().opens(incomplete, CaseAction.BOOK)(ev.Continued())
    walk.types({FieldId.EMAIL: "m@esempio.it"})(ev.Continued(), ev.Continued())
    walk.records(REGISTRATION)
    walk(cl.CaseActionChosen(CaseAction.BOOK))
    walk(cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    walk(cl.LeaseTold(SESSION, NUMBER, None), cl.OperationChosen(OperationKind.RISCONTRO_FORTE))
    assert walk.page == "clerk.booking-delegation"
    assert walk.activity.sheet.text(FieldId.DELEGATION) == "no"
    assert walk(ev.Continued()).page == "clerk.booking-confirm"
    assert walk(ev.Back()).page == "clerk.booking-delegation"
    walk(ev.Continued()).checks()(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, WantedBooking)
    assert wanted.basis == basis_of(REGISTRATION.credential)
    assert walk.records(RISCONTRATO).page == "clerk.letters"


@pytest.mark.rule("R-003-22")
def test_a_new_booking_says_what_it_replaces() -> None:
    walk = signed_in().opens(RISCONTRATO, CaseAction.BOOK)
    walk(cl.OperationChosen(OperationKind.RISCONTRO_FORTE), ev.Continued())
    labels = {row.label.key for section in rows.sections(walk.session) for row in section.rows}
    assert "clerk.row.replaces" in labels
    walk.checks()(ev.Continued())
    assert walk.last(asked.RecordCounterAct).wanted.basis.running == "0" * 31 + "1"


def test_a_booking_with_a_delegate() -> None:
    walk = choosing(State.ATTIVATO)(cl.OperationChosen(OperationKind.REVOCA))
    walk.types(DELEGATE_FIELDS)(ev.Continued())
    assert walk.activity.delegation.delegate.surname == "Verdi"
    assert Check.DELEGATION_KEPT in walk.activity.checks


def test_nobody_is_their_own_delegate() -> None:
    walk = choosing(State.ATTIVATO)(cl.OperationChosen(OperationKind.REVOCA))
    walk.types({**DELEGATE_FIELDS, FieldId.DELEGATE_CODICE_FISCALE: CODE})(ev.Continued())
    codes = [one.code for _, one in walk.activity.sheet.problems]
    assert "delegation.same-person" in codes


# --- letters


def printed(walk: Walk) -> set[PrintedDocument]:
    return {one.document for one in walk.asked_for(asked.PrintCounterPaper)}


@pytest.mark.rule("R-003-24")
@pytest.mark.rule("R-003-26")
@pytest.mark.rule("R-003-27")
def test_nothing_opens_before_pin_and_summary_are_there() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued()).checks()(ev.Continued())
    walk.records(RISCONTRATO)
    assert printed(walk) == {PrintedDocument.PIN_LETTER, PrintedDocument.CASE_SUMMARY}
    for touch in (ev.Continued(), ev.Back(), cl.MenuChosen(MenuEntry.FSE), ev.Refused()):
        assert walk(touch).page == "clerk.letters"
    walk(ev.Printed(SESSION, PrintedDocument.PIN_LETTER, Certainty.PRINTED))
    assert walk(ev.Continued()).page == "clerk.letters"
    walk(ev.Printed(SESSION, PrintedDocument.CASE_SUMMARY, Certainty.PRINTED), ev.Continued())
    assert walk.page == "clerk.done"


@pytest.mark.rule("R-003-25")
def test_the_code_can_always_be_printed() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued()).checks()(ev.Continued())
    walk.records(RISCONTRATO)(ev.PrintAsked(PrintedDocument.ACTIVATION_LETTER))
    assert PrintedDocument.ACTIVATION_LETTER in printed(walk)


@pytest.mark.rule("C-003-11")
@pytest.mark.parametrize(
    ("kind", "state", "strong", "required"),
    [
        (OperationKind.PROMOZIONE, State.ATTIVATO, False, {"pin-letter", "case-summary"}),
        (OperationKind.RESET, State.ATTIVATO, True, {"pin-letter", "case-summary"}),
        (OperationKind.RIGENERA_PIN, State.ATTIVATO, True, {"pin-letter", "case-summary"}),
        (OperationKind.REVOCA, State.REGISTRATO, False, {"revocation-letter", "case-summary"}),
    ],
)
def test_the_gate_of_each_operation(
    kind: OperationKind,
    state: State,
    strong: bool,  # noqa: FBT001  a column of the table
    required: set[str],
) -> None:
    walk = confirming(kind, state, strong=strong).checks()(ev.Continued())
    walk.records(registered(state, booked(kind), strong=strong))
    assert {one.value for one in walk.activity.required} == required
    assert {one.value for one in printed(walk)} == required
    assert walk.prints()(ev.Continued()).page == "clerk.done"


@pytest.mark.rule("C-003-11")
@pytest.mark.rule("R-003-56")
@pytest.mark.rule("R-003-57")
@pytest.mark.rule("R-003-73")
def test_a_renewed_code_has_its_letter_alone_and_comes_in_person() -> None:
    no_email = replace(RISCONTRATO, contacts=Contacts(""))
    for registration in (RISCONTRATO, no_email):
        walk = signed_in().opens(registration, CaseAction.RENEW_CODE)
        assert walk.activity.checks == (Check.IDENTITY_SEEN, Check.DATA_CHECKED)
        walk.checks()(ev.Continued())
        assert isinstance(walk.last(asked.RecordCounterAct).wanted, WantedCode)
        walk.records(registration)
        assert printed(walk) == {PrintedDocument.ACTIVATION_LETTER}
        assert walk.prints()(ev.Continued()).page == "clerk.done"


@pytest.mark.rule("R-003-50")
def test_the_paper_regolamento_is_on_request_only() -> None:
    walk = confirming(OperationKind.PROMOZIONE, State.ATTIVATO).checks()(ev.Continued())
    walk.records(registered(State.ATTIVATO, booked(OperationKind.PROMOZIONE)))
    assert PrintedDocument.REGULATION in {one.document for one in walk.activity.papers}
    assert PrintedDocument.REGULATION not in printed(walk)
    assert PrintedDocument.REGULATION not in walk.activity.required


@pytest.mark.rule("C-003-23")
def test_no_secret_is_in_what_is_asked_for_or_shown() -> None:
    walk = confirming(OperationKind.RESET, State.ATTIVATO).checks()(ev.Continued())
    walk.records(registered(State.ATTIVATO, booked(OperationKind.RESET)))
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert not hasattr(wanted, "secrets")
    content = walk.asked_for(asked.PrintCounterPaper)[0].content
    assert not {"pin", "code", "secrets"} & set(content.__slots__)


def test_a_printer_that_fails_can_be_given_up_after_a_question() -> None:
    walk = confirming(OperationKind.RESET, State.ATTIVATO).checks()(ev.Continued())
    walk.records(registered(State.ATTIVATO, booked(OperationKind.RESET)))
    walk(ev.PrintFailed(SESSION, PrintedDocument.PIN_LETTER, "printer.jam"), ev.Refused())
    assert walk.activity.giving_up
    assert walk(ev.Back()).activity.giving_up is False
    walk(ev.Refused(), ev.Continued())
    assert walk.page == "clerk.done"
    assert walk.activity.letters_missing
    assert "clerk.done.letters-missing" in {one.key for one in wording(walk.session).body}


def test_a_record_that_failed_is_tried_again_under_its_id() -> None:
    walk = confirming(OperationKind.RESET, State.ATTIVATO).checks()(ev.Continued())
    first = walk.last(asked.RecordCounterAct)
    following = first.operation_id.__class__(int=99)
    walk(cl.CounterActNotRecorded(SESSION, first.operation_id, following, "operator.card-away"))
    assert walk.page == "clerk.not-recorded"
    assert walk(ev.Continued()).last(asked.RecordCounterAct).operation_id == first.operation_id
    walk(cl.CounterActNotRecorded(SESSION, first.operation_id, following, "store.full"))
    walk(ev.Back(), ev.Continued())
    assert walk.last(asked.RecordCounterAct).operation_id == following


@pytest.mark.rule("R-003-49")
def test_the_online_services_follow_with_the_right_and_only_then() -> None:
    for rights, page in ((CLERK.rights, "clerk.fse"), (CLERK.rights - {Right.FSE}, "clerk.done")):
        walk = signed_in(replace(CLERK, rights=rights)).opens(
            registered(State.ATTIVATO), CaseAction.BOOK
        )
        walk(cl.OperationChosen(OperationKind.RESET), ev.Continued()).checks()(ev.Continued())
        walk.records(registered(State.ATTIVATO, booked(OperationKind.RESET))).prints()
        assert walk(ev.Continued(), cl.MenuChosen(MenuEntry.FSE)).page == page
    assert (
        signed_in(office=replace(OFFICE, fse_address=""))(cl.MenuChosen(MenuEntry.FSE)).page
        == "clerk.menu"
    )


# --- Modifica delega


@pytest.mark.rule("R-003-71")
@pytest.mark.rule("R-003-72")
@pytest.mark.rule("C-003-16")
def test_the_delegate_is_changed_but_for_the_codice_fiscale() -> None:
    walk = signed_in().opens(DELEGATED, CaseAction.CHANGE_DELEGATION)
    sheet = walk.activity.sheet
    assert [row.id.value for row in sheet.fields] == [
        *("delegation-kind", "delegate-codice-fiscale", "delegate-surname", "delegate-name"),
        *("delegate-document-kind", "delegate-document-number", "delegate-document-issued-on"),
        *("delegate-document-issuer", "delegate-email", "delegate-phone"),
    ]
    assert sheet.locked == {FieldId.DELEGATE_CODICE_FISCALE}
    assert [one.code for _, one in walk(ev.Continued()).activity.sheet.problems] == ["edit.nothing"]
    walk.types({FieldId.DELEGATE_PHONE: "011 1234567"})(ev.Continued())
    assert walk.page == "clerk.delegation-confirm"
    walk(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, DelegationChange)
    assert wanted.booking == "0" * 31 + "1"
    assert wanted.seen == registration_parts.digest(DELEGATION)
    assert wanted.delegation == replace(DELEGATION, phone="0111234567")
    assert walk.records(DELEGATED)(ev.Continued()).page == "clerk.menu"


# --- Cambio residenza


@pytest.mark.rule("R-003-61")
@pytest.mark.rule("R-003-63")
def test_a_residence_moves_within_the_operators_competence() -> None:
    clerk = replace(CLERK, comuni=("A074", "L219"), rights=frozenset({Right.RESIDENCE}))
    walk = signed_in(clerk)(cl.MenuChosen(MenuEntry.RESIDENCE), ev.BarcodeTyped(CODE))
    walk(ev.Continued())
    assert walk.last(asked.OpenRegistration).codice_fiscale == CODE
    roman = replace(REGISTRATION, residence=ItalianAddress("Via Roma", "1", "H501", "00100"))
    walk(cl.RegistrationOpened(SESSION, CaseFile(roman)), cl.LeaseTold(SESSION, NUMBER, None))
    assert walk.page == "clerk.residence-form"
    around = walk.session.surroundings
    provinces = sheet_steps.options(walk.activity.sheet, FieldId.RESIDENCE_PROVINCE, around)
    assert [one.value for one in provinces] == ["TO"]
    walk(cl.FieldTyped(FieldId.RESIDENCE_PROVINCE, "RM"))
    assert walk.activity.sheet.text(FieldId.RESIDENCE_PROVINCE) == ""
    walk(cl.FieldTyped(FieldId.RESIDENCE_PROVINCE, "TO"))
    comuni = sheet_steps.options(walk.activity.sheet, FieldId.RESIDENCE_COMUNE, around)
    assert {one.value for one in comuni} == {"A074", "L219"}
    walk.types(
        {
            FieldId.RESIDENCE_COMUNE: "A074",
            FieldId.RESIDENCE_STREET: "Via Roma",
            FieldId.RESIDENCE_NUMBER: "3",
        }
    )(ev.Continued())
    assert walk.page == "clerk.residence-confirm"
    walk(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, ResidenceChange)
    assert wanted.change.value == ItalianAddress("Via Roma", "3", "A074", "10011")
    assert wanted.office == clerk.office
    assert walk.records(roman).page == "clerk.done"
    assert walk(ev.Continued()).page == "clerk.menu"


@pytest.mark.rule("R-003-73")
def test_neither_residence_nor_username_asks_for_a_delegate() -> None:
    walk = signed_in().opens(replace(REGISTRATION, username="m\u2022i"), CaseAction.TELL_USERNAME)
    assert not {Check.DELEGATE_IDENTIFIED, Check.DELEGATION_KEPT} & set(walk.activity.checks)


# --- username


@pytest.mark.rule("R-003-62")
def test_a_username_is_shown_once_and_hidden_by_itself() -> None:
    known = replace(registered(State.ATTIVATO), username="ma\u2022\u2022i")
    walk = signed_in().opens(known, CaseAction.TELL_USERNAME)
    assert walk.page == "clerk.username-confirm"
    assert not walk(ev.Continued()).asked_for(asked.AskUsername)
    walk.checks()(ev.Continued(), cl.UsernameAnswered(SESSION, "mario80"))
    assert walk.page == "clerk.username-shown"
    assert "mario80" not in repr(walk.session)
    assert walk(ev.TimePassed(29, TODAY)).activity.seconds_left == 1
    assert walk(ev.TimePassed(1, TODAY)).page == "clerk.detail"
    walk(cl.UsernameAnswered(SESSION, "mario80"))
    assert walk.page == "clerk.detail"


@pytest.mark.rule("R-003-62")
def test_without_a_network_no_username_is_told() -> None:
    known = replace(registered(State.ATTIVATO), username="ma\u2022\u2022i")
    walk = signed_in().opens(known, CaseAction.TELL_USERNAME).checks()
    walk(ev.Continued(), cl.UsernameAnswered(SESSION, None, "inquiry.offline"))
    assert walk.page == "clerk.username-not-told"


# --- disputes


def test_a_dispute_says_what_happened_and_leads_to_the_registration() -> None:
    dispute = Dispute(
        operation_id="ab" * 16,
        registration_number=NUMBER,
        person="Rossi Mario",
        kind="booking",
        code="credential.overtaken",
        remedy="remedy.other-letters-stand",
        done_at=1,
        station="kiosk-0002",
        by_office="ASL di Esempio",
    )
    walk = signed_in()(cl.MenuChosen(MenuEntry.DISPUTES))
    assert walk.asked_for(asked.ListDisputes)
    walk(cl.DisputesListed(SESSION, (dispute,)))
    walk(cl.RowChosen(NUMBER, operation_id="ab" * 16))
    assert walk.page == "clerk.dispute"
    assert [one.key for one in wording(walk.session).body] == [
        "problem.credential.overtaken",
        "remedy.other-letters-stand",
        "clerk.dispute.body",
    ]
    walk(ev.Continued(), cl.RegistrationOpened(SESSION, CaseFile(REGISTRATION)))
    assert walk.page == "clerk.detail"
    assert walk(ev.Back()).page == "clerk.disputes"


def settled_page() -> Walk:
    dispute = Dispute(
        *("ab" * 16, NUMBER, "Rossi Mario", "booking", "credential.overtaken"),
        remedy="remedy.other-letters-stand",
        done_at=1,
        station="kiosk-0002",
    )
    walk = signed_in()(cl.MenuChosen(MenuEntry.DISPUTES), cl.DisputesListed(SESSION, (dispute,)))
    return walk(cl.RowChosen(NUMBER, operation_id="ab" * 16))


def test_what_is_set_right_is_confirmed_and_recorded() -> None:
    walk = settled_page()
    assert walk(cl.SettlementChosen()).page == "clerk.settlement-confirm"
    assert walk(ev.Back()).page == "clerk.dispute"
    walk(cl.SettlementChosen(), ev.Continued())
    assert walk.page == "clerk.recording"
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, DisputeSettlement)
    assert (wanted.operation_id, wanted.code) == ("ab" * 16, "credential.overtaken")


@pytest.mark.rule("R-003-55")
def test_who_only_registers_settles_nothing() -> None:
    walk = settled_page()
    desk = walk.session.desk
    assert desk is not None
    operator = replace(desk.operator, rights=frozenset({Right.REGISTER}))
    walk.session = replace(walk.session, desk=replace(desk, operator=operator))
    assert [one.event for one in wording(walk.session).actions] == [ev.Continued()]
    assert walk(cl.SettlementChosen()).page == "clerk.dispute"


def test_the_days_of_a_detail_are_those_of_italian_calendars() -> None:
    late = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    found = replace(registered(), registered_at=round(late.timestamp() * 1000))
    told = {row.label.key: row.value for part in rows.detail(found) for row in part.rows}
    assert told["clerk.row.registered-at"] == literal("01/02/2026")
