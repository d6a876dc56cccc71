"""The console by keys alone: lists, forms, confirmations, secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.clerk.events import DaySignInAsked
from kiosk.flows.console.events import (
    ActivationAsked,
    Asked,
    Check,
    CheckToggled,
    FieldTyped,
    OptionToggled,
    RegistrationChosen,
    StationChosen,
    StationTaskChosen,
    UserTaskChosen,
)
from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import UserTask
from kiosk.flows.events import Continued, Event
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.widgets.desk.secret_box import SecretBox
from tests.screens.conftest import Person
from tests.screens.console_sessions import RECORDS, console_sessions
from tests.screens.test_desk_keys import focused, presses


def shows(person: Person, name: str) -> DeskPage:
    """A page of the console comes up."""
    person.window.router._desks.clear()
    person.shows(console_sessions()[name])
    screen = person.window.router.screen
    assert isinstance(screen, DeskPage)
    return screen


def told(person: Person, kind: type[Event]) -> list[Event]:
    """The events of a kind that the page has emitted."""
    return [event for event in person.events if isinstance(event, kind)]


def works(person: Person, *keys: str) -> None:
    """Keys, one after the other; the flow is quick."""
    for key in keys:
        person.window.router._unanswered_since = 0.0
        presses(person, key)
        person.waits(1)


@pytest.mark.rule("R-004-14")
def test_a_list_is_walked_and_opened_by_keys(person: Person) -> None:
    shows(person, "stations")
    assert focused(person) == "rows"
    works(person, "down", "enter")
    assert told(person, StationChosen) == [StationChosen(RECORDS[1].name)]
    works(person, "f2", "f5")
    assert told(person, RegistrationChosen) == [RegistrationChosen()]
    assert told(person, Asked) == [Asked()]


@pytest.mark.rule("R-004-12")
def test_a_filter_takes_letters_and_enter_goes_to_the_rows(person: Person) -> None:
    page = shows(person, "stations")
    page.stops.go(page.stops.named("field.station"))
    works(person, "t")
    assert told(person, FieldTyped) == [FieldTyped(FieldId.STATION, "t")]
    works(person, "tab", "r", "e", "v", "o", "enter")
    assert told(person, FieldTyped)[-1] in {
        FieldTyped(FieldId.STATION_STATE, "revoking"),
        FieldTyped(FieldId.STATION_STATE, "revoked"),
    }
    page.stops.go(page.stops.named("field.station"))
    works(person, "enter")
    assert focused(person) == "rows"


def test_the_main_key_goes_on_from_a_form(person: Person) -> None:
    shows(person, "register")
    for key in ("x", "f2"):  # at once: a letter needs no answer of the flow
        presses(person, key)
    person.waits(1)
    assert told(person, Continued) == [Continued()]


@pytest.mark.rule("R-004-15")
def test_a_task_has_its_key_and_no_task_that_stops_has_the_focus(person: Person) -> None:
    shows(person, "station-active")
    assert focused(person) not in {"task.block", "task.cancel"}
    works(person, "f9")
    assert told(person, StationTaskChosen) == [StationTaskChosen(StationTask.BLOCK)]
    shows(person, "user")
    works(person, "f4")
    assert told(person, UserTaskChosen) == [UserTaskChosen(UserTask.DAILY_PASSWORD)]


@pytest.mark.rule("R-004-5")
def test_a_profile_is_ticked_by_space(person: Person) -> None:
    page = shows(person, "insert")
    page.stops.go(page.stops.named("field.profiles.als"))
    works(person, " ")
    assert told(person, OptionToggled) == [OptionToggled(FieldId.PROFILES, "als")]


def test_what_is_for_ever_is_never_pressed_by_an_enter_too_many(person: Person) -> None:
    shows(person, "cancel-confirm")
    assert focused(person) == "check.for-ever"
    works(person, " ")
    assert told(person, CheckToggled) == [CheckToggled(Check.FOR_EVER)]
    person.shows(console_sessions()["cancel-understood"])
    assert focused(person) == "check.for-ever"


def test_a_code_that_was_compared_leads_to_the_main_button(person: Person) -> None:
    shows(person, "approve")
    assert focused(person) == "check.compared"
    person.shows(console_sessions()["approve-compared"])
    assert focused(person) == "continue"


def test_a_master_password_is_given_once_and_kept_nowhere(person: Person) -> None:
    page = shows(person, "officer-activate")
    box = page.stops.named("field.master")
    assert isinstance(box, SecretBox)
    page.stops.go(box)
    works(person, *"Ab9")
    assert "Ab9" not in person.sees()
    assert "•••" in person.sees()
    works(person, "f2")
    (given,) = told(person, ActivationAsked)
    assert isinstance(given, ActivationAsked)
    assert bytes(given.master) == b"Ab9"
    assert not box._digits
    assert told(person, Continued) == []


@pytest.mark.rule("R-004-34")
def test_a_daily_password_is_given_with_the_codice_fiscale(person: Person) -> None:
    shows(person, "day-sign-in")
    works(person, *"rssmra80a41h501y", "tab", *"K7Q-PX4ABCDEF", "enter")
    (given,) = told(person, DaySignInAsked)
    assert isinstance(given, DaySignInAsked)
    assert given.codice_fiscale == "RSSMRA80A41H501Y"
    assert bytes(given.password) == b"K7QPX4ABCDEF"
    assert person.window.router.secret


@pytest.mark.rule("R-004-34")
def test_while_nobody_may_sign_in_there_is_nothing_to_type(person: Person) -> None:
    for name in ("sign-in-held-off", "day-sign-in-held-off"):
        page = shows(person, name)
        assert page.stops.named("field.pin") is None
        assert page.stops.named("field.password") is None


@pytest.mark.rule("R-004-34")
def test_a_sign_in_by_day_says_until_when(person: Person) -> None:
    shows(person, "menu-daily")
    assert "mezzanotte" in person.sees()


@pytest.mark.rule("R-004-14")
def test_seconds_run_down_in_place(person: Person) -> None:

    page = shows(person, "code")
    session = console_sessions()["code"]
    later = replace(session.activity, seconds_left=7)  # type: ignore[arg-type]  # a page
    person.shows(replace(session, activity=later))
    assert person.window.router.screen is page
    assert "7 s" in person.sees()
