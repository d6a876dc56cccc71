"""A clerk at the keyboard: every page by keys alone, and what each key says to the flow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.flows.clerk import managing, registering
from kiosk.flows.clerk.events import (
    CaseAction,
    CaseActionChosen,
    Check,
    CheckToggled,
    Cleared,
    FieldLeft,
    FieldTyped,
    MenuChosen,
    MenuEntry,
    OperationChosen,
    PageTurned,
    RowChosen,
    SignInAsked,
    SignOutAsked,
)
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.sheet import Form, Sheet
from kiosk.flows.events import (
    Back,
    Continued,
    HelpOpened,
    PaperConfirmed,
    PrintAsked,
    ScreenTouched,
    StopCancelled,
    StopConfirmed,
)
from kiosk.flows.office import Network
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.state import IdleState, Overlay, Session
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.desk.table import Table
from kiosk.screens.widgets.desk.text_box import TextBox
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.rosters import Right
from sync.model.searching import Row
from tests.screens import probe
from tests.screens.clerk_sessions import DESK, at_desk, clerk_sessions
from tests.screens.conftest import Person

_I = FieldId


def presses(person: Person, *keys: str) -> None:
    """Keys of a real keyboard: a sign is written, a name is pressed."""
    router = person.window.router
    for key in keys:
        if len(key) == 1:
            router.typed(key)
        elif key == "enter":
            router.entered()
        elif key == "backspace":
            router.erased()
        else:
            router.pressed(key)
    person.waits(1)


def page(person: Person) -> DeskPage:
    """The page that is up."""
    screen = person.window.router.screen
    assert isinstance(screen, DeskPage)
    return screen


def focused(person: Person) -> str:
    """Name of the part with the focus."""
    at = page(person).stops.at
    return at.name if at is not None else ""


def shows(person: Person, name: str, **changes: Any) -> Session:
    """Show one of the sessions."""
    session = replace(clerk_sessions()[name], **changes)
    person.window.router.session = None  # another clerk's, of which nothing is remembered
    person.window.router._desks.clear()
    person.shows(session)
    person.events.clear()
    return session


def told(person: Person, kind: type[Any]) -> list[Any]:
    """What the flow was told of one kind."""
    return [event for event in person.events if isinstance(event, kind)]


@pytest.mark.rule("R-003-64")
def test_tab_goes_through_every_field_in_the_order_of_the_form(person: Person) -> None:
    activity = shows(person, "form-wrong").activity
    assert isinstance(activity, registering.RegistrationForm)
    sheet = activity.sheet
    wanted = [f"field.{row.id.value}" for row in sheet.fields if row.id not in sheet.locked]
    order = [stop.name for stop in page(person).stops]
    assert order[: len(wanted)] == wanted
    page(person).stops.go(page(person).stops.named(wanted[0]))
    for name in wanted[1:]:
        presses(person, "tab")
        assert focused(person) == name
    for name in wanted[-2::-1]:
        presses(person, "shift-tab")
        assert focused(person) == name


def test_what_cannot_be_changed_is_no_stop(person: Person) -> None:
    shows(person, "form")
    names = {stop.name for stop in page(person).stops}
    assert "field.codice-fiscale" not in names
    assert "RSSMRA48C59L219O" in person.sees()


def test_the_first_empty_field_has_the_keys(person: Person) -> None:
    shows(person, "form")
    assert focused(person) == "field.email"
    shows(person, "form-empty")
    assert focused(person) == "field.community"


def test_the_first_wrong_field_has_the_keys_where_a_form_was_sent(person: Person) -> None:
    shows(person, "form-wrong")
    assert focused(person) == "field.email"


def test_each_key_is_told_and_leaving_is_told(person: Person) -> None:
    shows(person, "form")
    presses(person, "a", "@", "b")
    assert [event.text for event in told(person, FieldTyped)] == ["a", "a@", "a@b"]
    presses(person, "tab")
    assert told(person, FieldLeft) == [FieldLeft(_I.EMAIL)]
    assert focused(person) == "field.mobile"


def test_enter_goes_on_in_a_form_and_f2_ends_it(person: Person) -> None:
    shows(person, "form")
    presses(person, "x", "enter")
    assert focused(person) == "field.mobile"
    assert not told(person, Continued)
    presses(person, "f2")
    assert told(person, Continued) == [Continued()]
    assert person.events.index(FieldLeft(_I.MOBILE)) < person.events.index(Continued())


@pytest.mark.parametrize("name", ["form", "detail", "confirm", "search", "letters-failed"])
def test_help_and_sign_out_have_their_keys_everywhere(person: Person, name: str) -> None:
    shows(person, name)
    presses(person, "f1")
    assert told(person, HelpOpened)
    shows(person, name)
    presses(person, "f12")
    assert told(person, SignOutAsked)


def test_escape_goes_back(person: Person) -> None:
    shows(person, "form")
    presses(person, "escape")
    assert told(person, Back) == [Back()]


def test_a_prefilled_field_is_replaced_by_typing(person: Person) -> None:
    """Who comes with Tab finds all of it selected."""
    shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.surname"))
    presses(person, "B")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.SURNAME, "B")


def test_what_the_flow_answers_stays_where_it_is_typed(person: Person) -> None:
    """The mark of a prefilled field goes with the first key: the field is made anew below it."""
    session = shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.surname"))
    presses(person, "B")
    activity = session.activity
    assert isinstance(activity, registering.RegistrationForm)
    answered = replace(activity, sheet=activity.sheet.with_text(_I.SURNAME, "B"))
    person.shows(replace(session, activity=answered))
    presses(person, "i")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.SURNAME, "Bi")
    assert focused(person) == "field.surname"


def test_typing_builds_nothing_anew(person: Person) -> None:
    session = shows(person, "form")
    activity = session.activity
    assert isinstance(activity, registering.RegistrationForm)
    box = page(person).stops.at
    for text in ("a", "ab", "abc"):
        presses(person, text[-1])
        sheet = activity.sheet.with_text(_I.EMAIL, text)
        person.shows(replace(session, activity=replace(activity, sheet=sheet)))
        assert page(person).stops.at is box


@pytest.mark.rule("R-003-42")
def test_province_and_comune_are_typed_and_taken_by_tab(person: Person) -> None:
    shows(person, "start")
    assert focused(person) == "field.codice-fiscale"
    presses(person, *"rssmra48c59l219o", "tab", *"to", "tab")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.RESIDENCE_PROVINCE, "TO")
    codes = [e.text for e in told(person, FieldTyped) if e.field is _I.CODICE_FISCALE]
    assert codes[-1] == "RSSMRA48C59L219O"
    with_province = registering.Start(Sheet(Form.START).with_text(_I.RESIDENCE_PROVINCE, "TO"))
    person.shows(at_desk(with_province))
    page(person).stops.go(page(person).stops.named("field.residence-comune"))
    presses(person, *"mon", "down", "enter")
    assert told(person, FieldTyped)[-1].field is _I.RESIDENCE_COMUNE


@pytest.mark.rule("R-003-42")
def test_a_residence_abroad_is_in_the_same_menu(person: Person) -> None:
    shows(person, "start")
    page(person).stops.go(page(person).stops.named("field.residence-province"))
    presses(person, *"stato", "enter")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.RESIDENCE_PROVINCE, "EE")


def test_escape_closes_a_menu_and_then_goes_back(person: Person) -> None:
    shows(person, "start")
    page(person).stops.go(page(person).stops.named("field.residence-province"))
    presses(person, "t")
    assert "Trapani" in person.sees()
    presses(person, "escape")
    assert "Trapani" not in person.sees()
    assert not told(person, Back)
    presses(person, "escape")
    assert told(person, Back)


def test_a_list_that_is_open_stays_when_the_page_is_made_anew(person: Person) -> None:
    """An answer that has nothing to do with it (a lease, a register) comes in between."""
    session = shows(person, "start")
    page(person).stops.go(page(person).stops.named("field.residence-province"))
    presses(person, *"to", "down")
    before = page(person).stops.at
    problems = ((_I.CODICE_FISCALE, Problem("text.empty")),)
    sheet = replace(Sheet(Form.START), problems=problems)
    person.shows(replace(session, activity=registering.Start(sheet)))
    assert page(person).stops.at is not before
    assert not told(person, FieldTyped)
    assert "Tortona" not in person.sees()
    assert "Torino" in person.sees()
    presses(person, "up", "enter")
    assert told(person, FieldTyped) == [FieldTyped(_I.RESIDENCE_PROVINCE, "TO")]
    assert "Torino" in person.sees()


def test_a_menu_that_is_left_untouched_keeps_what_was_chosen(person: Person) -> None:
    shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.residence-comune"))
    presses(person, "tab")
    assert not told(person, FieldTyped)


def test_a_menu_is_opened_and_chosen_by_touch(person: Person) -> None:
    shows(person, "form")
    person.taps("field.document-kind")
    person.taps("Passaporto")
    assert told(person, FieldTyped) == [FieldTyped(_I.DOCUMENT_KIND, "passaporto")]


def test_radio_buttons_go_by_arrow_and_by_letter(person: Person) -> None:
    shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.sex"))
    presses(person, "left")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.SEX, "M")
    presses(person, "f")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.SEX, "F")


def test_a_box_is_turned_by_space(person: Person) -> None:
    shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.domicile"))
    presses(person, " ")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.DOMICILE, "yes")


def test_a_date_is_typed_as_digits(person: Person) -> None:
    shows(person, "form")
    page(person).stops.go(page(person).stops.named("field.document-issued-on"))
    presses(person, *"30112021")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.DOCUMENT_ISSUED_ON, "30/11/2021")
    presses(person, "backspace", "backspace", "backspace", "backspace", "backspace")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.DOCUMENT_ISSUED_ON, "30/1")


def test_a_field_takes_no_more_than_it_may_hold(person: Person) -> None:
    shows(person, "start")
    presses(person, *("a" * 30))
    assert told(person, FieldTyped)[-1].text == "A" * 16


def test_the_field_with_the_keys_is_in_sight(person: Person) -> None:
    shows(person, "form-wrong")
    room = page(person)._scroll
    assert room is not None
    for stop in list(page(person).stops):
        if stop.name.startswith("field."):
            page(person).stops.go(stop)
            assert stop.y >= room.y - 1, stop.name
            assert stop.top <= room.top + 1, stop.name


# --- signing in


def test_a_pin_is_told_once_and_is_nowhere_on_the_screen(person: Person) -> None:
    shows(person, "sign-in")
    assert person.window.router.secret
    presses(person, *"12345x", "backspace")
    assert "1234" not in person.sees()
    assert person.sees().count("\N{BULLET}" * 4) == 1
    presses(person, "enter")
    assert told(person, SignInAsked) == [SignInAsked(bytearray(b"1234"))]
    assert "\N{BULLET}" not in person.sees()


def test_a_pin_that_was_half_typed_goes_with_the_card(person: Person) -> None:
    session = shows(person, "sign-in")
    presses(person, "1", "2")
    person.shows(replace(session, operator_card=False))
    person.shows(session)
    presses(person, "3", "enter")
    assert told(person, SignInAsked) == [SignInAsked(bytearray(b"3"))]


def test_nothing_of_a_kept_page_is_drawn_while_the_card_is_away(person: Person) -> None:
    shows(person, "card-pulled")
    assert "Rossi" not in person.sees()
    assert "Bianchi Giovanna" not in person.sees()


# --- menu, search, detail


@pytest.mark.rule("R-003-55")
def test_the_menu_has_what_the_rights_give_and_the_header_says_who(person: Person) -> None:
    shows(person, "menu")
    entries = [name for name in _names(person) if name.startswith("menu.")]
    # The console's stand in the menu of whoever administers a comune.
    console = {MenuEntry.USERS, MenuEntry.CARDS, MenuEntry.STATIONS}
    assert entries == [f"menu.{one.value}" for one in MenuEntry if one not in console]
    assert "Bianchi Giovanna" in person.sees()
    assert "Comune di Esempio, ufficio anagrafe" in person.sees()
    rights = frozenset(Right) - {Right.FSE}
    without = replace(DESK, operator=replace(DESK.operator, rights=rights))
    shows(person, "menu", desk=without)
    assert "menu.fse" not in _names(person)


def test_a_digit_of_the_menu_goes_there(person: Person) -> None:
    shows(person, "menu")
    presses(person, "2")
    assert person.events == [MenuChosen(MenuEntry.MANAGEMENT)]
    shows(person, "menu")
    presses(person, "down", "down", "enter")
    assert person.events == [MenuChosen(MenuEntry.FSE)]


def test_how_many_acts_are_to_be_set_right_stands_in_the_menu(person: Person) -> None:
    session = shows(person, "menu")
    assert "3" in person.sees().split("\n")
    person.shows(replace(session, desk=replace(DESK, mirror=replace(DESK.mirror, disputes=8))))
    assert "8" in person.sees().split("\n")


def test_what_works_without_network_is_said_where_work_begins(person: Person) -> None:
    session = shows(person, "menu")
    assert "Senza rete puoi lavorare lo stesso" not in person.sees()
    person.shows(replace(session, network=Network.OFFLINE))
    assert "Senza rete puoi lavorare lo stesso" in person.sees()


def test_network_and_age_of_the_copy_are_said(person: Person) -> None:
    session = shows(person, "menu")
    assert {"network.online", "mirror.age", "mirror.waiting"} <= set(_names(person))
    old = replace(DESK.mirror, age_seconds=3 * 86_400)
    person.shows(replace(session, network=Network.OFFLINE, desk=replace(DESK, mirror=old)))
    assert "Senza rete" in person.sees()
    assert "Archivio: 3 giorni fa" in person.sees()


@pytest.mark.rule("R-003-52")
def test_a_search_has_every_filter_and_enter_runs_it(person: Person) -> None:
    shows(person, "search-empty")
    for name in (
        *("community", "codice-fiscale", "surname", "name", "residence-province"),
        *("residence-comune", "registered-from", "registered-to", "state", "strong", "number"),
    ):
        assert f"field.{name}" in _names(person)
    presses(person, "tab", *"ro", "enter")
    assert told(person, FieldTyped)[-1] == FieldTyped(_I.SURNAME, "ro")
    assert told(person, Continued) == [Continued()]
    shows(person, "search")
    presses(person, "f3")
    assert told(person, Cleared)


@pytest.mark.rule("R-003-53")
def test_rows_have_their_columns_and_their_actions_have_keys(person: Person) -> None:
    session = shows(person, "search")
    seen = person.sees()
    for title in (
        *("Numero", "Cognome", "Nome", "Codice fiscale", "Comune", "Registrato il"),
        *("Community", "Stato", "Forte"),
    ):
        assert title in seen
    rows = _rows(session)
    assert focused(person) == "rows"
    presses(person, "down", "down")
    for key, action in (("f5", CaseAction.EDIT), ("f6", CaseAction.BOOK)):
        person.window.router._unanswered_since = 0.0
        presses(person, key)
        assert person.events[-1] == RowChosen(rows[2].number, action)


@pytest.mark.rule("R-003-54")
def test_enter_and_a_second_click_open_the_detail(person: Person) -> None:
    session = shows(person, "search")
    rows = _rows(session)
    presses(person, "enter")
    assert told(person, RowChosen) == [RowChosen(rows[0].number, CaseAction.DETAIL)]
    shows(person, "search")
    person.taps(f"row.{rows[4].number}")
    assert not told(person, RowChosen)
    person.taps(f"row.{rows[4].number}")
    assert told(person, RowChosen) == [RowChosen(rows[4].number, CaseAction.DETAIL)]


def test_a_table_walks_to_its_end_and_draws_only_what_is_in_sight(person: Person) -> None:
    shows(person, "search")
    table = next(p for p in probe.shown(person.window) if isinstance(p, Table))
    presses(person, "end")
    assert table.chosen == 49
    assert len(table.parts) < 16
    presses(person, "pageup", "home")
    assert table.chosen == 0


def test_pages_of_rows_are_turned(person: Person) -> None:
    shows(person, "search-next")
    presses(person, "f10")
    assert told(person, PageTurned) == [PageTurned(2)]
    shows(person, "search-next")
    presses(person, "f9")
    assert told(person, PageTurned) == [PageTurned(0)]


def test_who_comes_back_from_a_detail_finds_the_row(person: Person) -> None:
    search = shows(person, "search")
    presses(person, "down", "down", "down")
    person.shows(clerk_sessions()["detail"])
    person.shows(search)
    table = next(p for p in probe.shown(person.window) if isinstance(p, Table))
    assert table.chosen == 3
    assert focused(person) == "rows"


@pytest.mark.rule("R-003-66")
def test_the_detail_begins_what_the_state_allows(person: Person) -> None:
    shows(person, "detail")
    presses(person, "f6")
    assert told(person, CaseActionChosen) == [CaseActionChosen(CaseAction.BOOK)]


@pytest.mark.rule("R-003-67")
def test_secrets_are_masked_in_the_detail(person: Person) -> None:
    shows(person, "detail")
    assert "ma\N{BULLET}" in person.sees()
    assert "\N{BULLET}" * 12 in person.sees()


@pytest.mark.rule("R-003-21")
def test_only_the_allowed_operations_are_offered(person: Person) -> None:
    shows(person, "choose-operation")
    offered = [name for name in _names(person) if name.startswith("operation.")]
    assert offered == ["operation.rigenera_pin", "operation.reset", "operation.revoca"]
    presses(person, "3")
    assert person.events == [OperationChosen(OperationKind.REVOCA)]


# --- confirm, letters, username


@pytest.mark.rule("R-003-65")
def test_boxes_come_first_and_the_record_last(person: Person) -> None:
    session = shows(person, "confirm")
    assert focused(person) == "check.identity-seen"
    assert "continue" not in _names(person)
    presses(person, "f2")
    assert not told(person, Continued)
    presses(person, " ")
    assert told(person, CheckToggled) == [CheckToggled(Check.IDENTITY_SEEN)]
    person.shows(replace(session, activity=clerk_sessions()["confirm-checked"].activity))
    assert focused(person) == "continue"
    presses(person, "enter")
    assert told(person, Continued) == [Continued()]


@pytest.mark.parametrize("name", ["confirm-deletion", "leaving", "letters-giving-up"])
def test_an_enter_too_many_destroys_nothing(person: Person, name: str) -> None:
    shows(person, name)
    presses(person, "enter")
    assert told(person, Continued) == []


@pytest.mark.rule("R-003-26")
def test_what_to_do_with_a_letter_is_said_when_it_is_in_the_hand(person: Person) -> None:
    shows(person, "letters")
    assert "chiudila" not in person.sees()
    shows(person, "letters-unseen")
    assert "Piegala con il PIN all'interno, senza guardarlo" in person.sees()
    assert "Rossi Maria" in person.sees()


@pytest.mark.rule("R-003-24")
def test_enter_prints_one_letter_after_the_other(person: Person) -> None:
    shows(person, "letters")
    assert "continue" not in _names(person)
    presses(person, "enter")
    assert told(person, PrintAsked) == [PrintAsked(PrintedDocument.PIN_LETTER)]
    shows(person, "letters-unseen")
    assert focused(person) == "paper.activation-letter.yes"
    presses(person, "enter")
    document = PrintedDocument.ACTIVATION_LETTER
    assert told(person, PaperConfirmed) == [PaperConfirmed(document, came=True)]
    shows(person, "letters-there")
    assert focused(person) == "continue"


@pytest.mark.rule("R-003-24")
def test_a_letter_that_failed_says_why_and_what_to_do(person: Person) -> None:
    shows(person, "letters-failed")
    assert "Carta finita" in person.sees()
    assert focused(person) == "print.pin-letter"


@pytest.mark.rule("C-003-23")
def test_no_page_of_a_counter_has_a_place_for_the_pin_of_a_citizen(person: Person) -> None:
    for name in ("letters", "letters-there", "done", "detail"):
        shows(person, name)
        assert not any(isinstance(part, TextBox) for part in probe.shown(person.window))


@pytest.mark.rule("R-003-62")
def test_a_username_counts_down_in_place(person: Person) -> None:
    session = shows(person, "username")
    assert "maria.rossi48" in person.sees()
    screen = person.window.router.screen
    shown = session.activity
    assert isinstance(shown, managing.UsernameShown)
    person.shows(replace(session, activity=replace(shown, seconds_left=12)))
    assert "12" in person.sees()
    assert person.window.router.screen is screen


# --- what lies over a page


def test_any_key_says_that_somebody_is_there(person: Person) -> None:
    shows(person, "form", idle=IdleState(580, 20))
    presses(person, "down")
    assert person.events == [ScreenTouched()]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("enter",), StopCancelled()),
        (("escape",), StopCancelled()),
        (("tab", "tab", "enter"), StopConfirmed()),
    ],
)
def test_a_question_over_a_page_is_answered_by_keys(
    person: Person, keys: tuple[str, ...], answer: object
) -> None:
    shows(person, "form", overlay=Overlay.STOP)
    presses(person, *keys)
    assert person.events == [answer]


def test_keys_below_a_question_go_nowhere(person: Person) -> None:
    shows(person, "form", overlay=Overlay.STOP)
    presses(person, "a", "f2")
    assert person.events == []


@pytest.mark.parametrize("name", sorted(clerk_sessions()))
def test_every_page_is_worked_by_keys_alone(person: Person, name: str) -> None:
    """Whatever can be clicked is a stop, or has a key of its own, or is an entry of one."""
    shows(person, name)
    up = page(person)
    stops = [stop.name for stop in up.stops]
    assert len(stops) == len(set(stops))
    at = up.stops.at
    assert at is None or isinstance(at, Stop)
    for _ in stops:
        person.window.router.pressed("tab")
    assert up.stops.at is at


def _rows(session: Session) -> tuple[Row, ...]:
    assert isinstance(session.activity, managing.Search)
    assert session.activity.found is not None
    return session.activity.found.rows


def _names(person: Person) -> list[str]:
    return [part.name for part in probe.named(person.window)]
