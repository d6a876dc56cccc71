"""What touches do: every button says its event, and the window follows the flow."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep

import pytest
from kivy.base import EventLoop
from kivy.tests.common import UnitTestTouch

from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.entries import DateEntry, DatePart
from kiosk.flows.events import (
    Back,
    Continued,
    DatePartFocused,
    EditAsked,
    HelpOpened,
    LanguageChosen,
    OptionChosen,
    PrintAsked,
    Refused,
    ResumeChosen,
    ScreenTouched,
    Service,
    ServiceChosen,
    StopAsked,
    StopCancelled,
    StopConfirmed,
    TextChanged,
    TextDone,
)
from kiosk.flows.office import Network
from kiosk.flows.state import IdleState, Overlay
from kiosk.flows.welcome import Welcome
from kiosk.screens.widgets.field import Field
from kiosk.screens.widgets.keyboard import ErasingKey, Key
from kiosk.screens.widgets.text import Text
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.sessions import asking, session, sessions, typed

EVENTS = [
    ("welcome", "service.preregistration", ServiceChosen(Service.PREREGISTRATION)),
    ("welcome", "language.en", LanguageChosen("en")),
    ("welcome", "help", HelpOpened()),
    ("ask-membership", "option.no", OptionChosen("no")),
    ("privacy", "continue", Continued()),
    ("privacy", "refuse", Refused()),
    ("privacy", "back", Back()),
    ("privacy", "stop", StopAsked()),
    ("insert-card", "refuse", Refused()),
    ("review", "edit.surname", EditAsked(QuestionId.SURNAME)),
    ("question-surname", "option.none", OptionChosen("none")),
    ("question-surname", "continue", TextDone()),
    ("question-sex", "option.F", OptionChosen("F")),
    ("birth-date-half", "field.year", DatePartFocused(DatePart.YEAR)),
    ("done", "print.summary", PrintAsked(PrintedDocument.SUMMARY)),
    ("stop", "stop.confirm", StopConfirmed()),
    ("stop", "stop.cancel", StopCancelled()),
    ("resumed", "resumed.confirm", ResumeChosen()),
    ("resumed", "resumed.refuse", StopConfirmed()),
    ("idle", "stay", ScreenTouched()),
]


@pytest.mark.parametrize(("screen", "button", "event"), EVENTS)
def test_a_button_says_its_event(person: Person, screen: str, button: str, event: object) -> None:
    person.shows(sessions()[screen])
    person.taps(button)
    assert person.events == [event]


def test_language_changes_while_the_person_looks(person: Person) -> None:
    person.shows(session())
    person.live = True
    assert "Benvenuto" in person.sees()
    person.taps("English")
    assert "Welcome" in person.sees()
    assert "Benvenuto" not in person.sees()
    person.taps("Italiano")
    assert "Benvenuto" in person.sees()


def _letters(person: Person, words: str) -> int:
    parts = [p for p in probe.shown(person.window) if isinstance(p, Text)]
    return next(part.letters for part in parts if part.text == words)


def test_text_grows_and_contrast_changes(person: Person) -> None:
    person.shows(session())
    person.live = True
    before = _letters(person, "Ascolta")
    person.taps("text-size")
    assert _letters(person, "Ascolta") > before
    dark = probe.picture().getpixel((5, 500))
    person.taps("contrast")
    assert probe.picture().getpixel((5, 500)) != dark


def test_a_finger_that_slides_off_takes_the_touch_back(person: Person) -> None:
    person.shows(sessions()["privacy"])
    x, y = probe.place_of(person.window, "continue").centre
    touch = UnitTestTouch(x, 800 - y)
    touch.touch_down()
    touch.touch_move(x, 500)
    touch.touch_up()
    assert person.events == []


def test_a_name_is_typed_with_capitals_where_they_belong(person: Person) -> None:
    person.shows(session(asking(QuestionId.SURNAME, Form())))
    person.live = True
    person.types("de ")
    person.taps("key.capitals")
    person.types("luca")
    assert isinstance(person.events[-1], TextChanged)
    assert person.events[-1].text == "De luca"
    person.taps("key.delete")
    assert person.events[-1].text == "De luc"


def test_accents_and_capitals_have_their_keys(person: Person) -> None:
    person.shows(session(asking(QuestionId.SURNAME, Form())))
    person.live = True
    person.types("d")
    person.taps("key.accents")
    person.taps("key.ò")
    person.taps("key.letters")
    person.taps("key.capitals")
    person.types("x")
    assert person.events[-1] == TextChanged("DòX")


def test_each_keyboard_has_only_the_keys_that_its_field_takes(person: Person) -> None:
    def keys(question: QuestionId) -> set[str]:
        person.shows(session(asking(question, Form())))
        return {part.cap.writes for part in probe.shown(person.window) if isinstance(part, Key)}

    assert keys(QuestionId.RESIDENCE_CAP) == {*"0123456789", ""}
    assert "+" in keys(QuestionId.MOBILE)
    assert {"@", "."} <= keys(QuestionId.EMAIL)
    assert not keys(QuestionId.SURNAME) & set("0123456789@")
    assert keys(QuestionId.CODICE_FISCALE) == {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", ""}


def test_every_sign_of_an_email_can_be_typed(person: Person) -> None:
    """RFC 5322 3.2.3 atext, the dot and the at sign."""
    person.shows(session(asking(QuestionId.EMAIL, Form())))
    written = set()
    for page in (None, "key.symbols"):
        if page:
            person.taps(page)
        written |= {p.cap.writes for p in probe.shown(person.window) if isinstance(p, Key)}
    assert set("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.@") <= written


def test_a_held_delete_key_empties_the_field(person: Person) -> None:
    person.shows(session(typed(asking(QuestionId.SURNAME, Form()), "Rossi")))
    key = next(p for p in probe.shown(person.window) if p.name == "key.delete")
    assert isinstance(key, ErasingKey)
    key.show_pressed(pressed=True)
    for _ in range(3):
        key._held(0)
    key.show_pressed(pressed=False)
    field = next(p for p in probe.shown(person.window) if isinstance(p, Field))
    assert field.text == "Ro"


def test_a_touch_puts_the_caret_between_letters(person: Person) -> None:
    person.shows(session(typed(asking(QuestionId.SURNAME, Form()), "Rosi")))
    field = next(p for p in probe.shown(person.window) if isinstance(p, Field))
    left = field._text_left() + field._wide("Ros")
    person.taps_at(left, int(800 - field.center_y))
    person.types("s")
    assert field.text == "Rossi"


def test_a_real_keyboard_types_too(person: Person) -> None:
    person.shows(session(asking(QuestionId.EMAIL, Form())))
    person.live = True
    person.writes("a@b.it")
    EventLoop.window.dispatch("on_key_down", 8, 0, None, [])
    assert person.events[-1] == TextChanged("a@b.i")
    EventLoop.window.dispatch("on_key_down", 13, 0, None, [])
    assert person.events[-1:] == [TextDone()]


def test_a_date_goes_on_to_the_next_part(person: Person) -> None:
    person.shows(session(asking(QuestionId.BIRTH_DATE, Form())))
    person.live = True
    person.types("19031948")
    person.waits()
    assert person.session is not None
    activity = person.session.activity
    assert isinstance(activity, form_states.Asking)
    assert isinstance(activity.entry, DateEntry)
    assert (activity.entry.day, activity.entry.month, activity.entry.year) == ("19", "03", "1948")


def test_a_comune_is_found_and_touched(person: Person) -> None:
    person.shows(session(asking(QuestionId.RESIDENCE_COMUNE, Form())))
    person.live = True
    person.types("tori")
    person.waits()
    assert "Torino (TO)" in person.sees()
    person.taps("Torino (TO)")
    assert person.events[-1] == OptionChosen("L219")


def test_a_problem_goes_away_with_the_next_key(person: Person) -> None:
    person.shows(sessions()["codice-fiscale-problem"])
    person.live = True
    assert "13" in person.sees()
    person.types("1")
    person.waits()
    assert "13" not in person.sees()


def test_a_trembling_finger_presses_one_page_only(person: Person) -> None:
    person.shows(session(form_states.Privacy()))
    x, y = probe.place_of(person.window, "continue").centre

    def tap() -> None:
        touch = UnitTestTouch(x, 800 - y)
        touch.touch_down()
        touch.touch_up()

    tap()
    person.shows(
        session(form_states.CheckEmail(Form(answers=asking(QuestionId.EMAIL).form.answers)))
    )
    person.window.router.root.changed_at = monotonic()  # however slow this machine is today
    tap()
    assert person.events == [Continued()]


def test_a_page_that_changes_below_the_finger_keeps_the_touch(person: Person) -> None:
    """A paper came out while the finger was on "Ho finito": the page waits for the finger."""
    done = sessions()["done"]
    assert isinstance(done.activity, form_states.Done)
    person.shows(done)
    x, y = probe.place_of(person.window, "continue").centre
    touch = UnitTestTouch(x, 800 - y)
    touch.touch_down()
    person.window.show(replace(done, activity=replace(done.activity, papers=())))
    person.waits(4)
    touch.touch_up()
    assert person.events[-1] == Continued()
    sleep(0.1)
    person.waits(4)
    assert not [name for name in probe.named(person.window) if name.name.startswith("print.")]


def test_a_page_is_answered_once_while_the_flow_thinks(person: Person) -> None:
    person.shows(sessions()["check-email"])
    person.taps("continue")
    person.taps("refuse")
    assert person.events == [Continued()]
    person.shows(sessions()["check-email"])
    person.taps("refuse")
    assert person.events == [Continued(), Refused()]


def test_fast_keys_are_all_typed(person: Person) -> None:
    """The guard against trembling is for another page, not for a double letter."""
    person.shows(session(asking(QuestionId.SURNAME, Form())))
    person.live = True
    x, y = probe.place_of(person.window, "key.s").centre
    for _ in range(3):
        touch = UnitTestTouch(x, 800 - y)
        touch.touch_down()
        touch.touch_up()
    person.waits(4)
    assert person.events[-1] == TextChanged("Sss")


def test_more_is_shown_by_the_button_and_by_the_finger(person: Person) -> None:
    person.shows(sessions()["summary"])
    scroll = person.window.router.screen.scroll  # type: ignore[union-attr]
    person.taps("scroll.down")
    moved = scroll.offset
    assert moved > 0
    person.taps("scroll.up")
    assert scroll.offset < moved
    x, y = probe.place_of(person.window, "edit.surname").centre
    touch = UnitTestTouch(x, 800 - y)
    touch.touch_down()
    touch.touch_move(x, 800 - y + 150)
    touch.touch_up()
    assert scroll.offset >= 150
    assert person.events == []


def test_coming_back_finds_the_place_again(person: Person) -> None:
    person.shows(sessions()["summary"])
    person.taps("scroll.down")
    before = person.window.router.screen.scroll.offset  # type: ignore[union-attr]
    person.shows(sessions()["question-surname"])
    person.shows(sessions()["summary"])
    assert person.window.router.screen.scroll.offset == before  # type: ignore[union-attr]


def test_the_network_changes_without_a_new_page(person: Person) -> None:
    person.shows(sessions()["privacy"])
    screen = person.window.router.screen
    person.shows(replace(sessions()["privacy"], network=Network.ONLINE))
    assert person.window.router.screen is screen
    assert "In rete" in person.sees()


def test_the_warning_counts_down_and_any_touch_stays(person: Person) -> None:
    page = sessions()["privacy"]
    person.shows(replace(page, idle=IdleState(75, 15)))
    assert "15" in person.sees().split("\n")
    dialogue = person.window.router.overlay
    person.shows(replace(page, idle=IdleState(76, 14)))
    assert person.window.router.overlay is dialogue
    assert "14" in person.sees().split("\n")
    person.taps_at(5, 5)
    assert person.events == [ScreenTouched()]


def test_nothing_below_a_dialogue_is_reached(person: Person) -> None:
    person.shows(sessions()["privacy"])
    x, y = probe.place_of(person.window, "back").centre
    person.shows(sessions()["stop"])
    person.taps_at(x, y)
    assert person.events == []


def test_a_form_found_after_a_crash_stays_hidden(person: Person) -> None:
    person.shows(sessions()["resumed"])
    assert "Rossi" not in person.sees()
    person.shows(replace(sessions()["resumed"], idle=IdleState(75, 15)))
    parts = [p.text for p in probe.walk(person.window.router.root) if isinstance(p, Text)]
    assert not any("Rossi" in text for text in parts)


def test_the_next_person_sees_nothing_of_the_last(person: Person) -> None:
    person.shows(sessions()["summary"])
    person.shows(session(Welcome()))
    parts = [p.text for p in probe.walk(person.window.router.root) if isinstance(p, Text)]
    assert not any("Rossi" in text for text in parts)


def test_somebody_is_told_to_be_there_once_a_second(person: Person) -> None:
    person.shows(sessions()["privacy"])
    person.window.router._told_at = 0.0
    person.taps_at(5, 300)
    person.taps_at(5, 320)
    assert person.events == [ScreenTouched()]


def test_a_number_can_be_asked_for(person: Person) -> None:
    person.shows(session(status_states.AskNumber()))
    person.live = True
    person.types("jk4b2m7qx")
    person.taps("Cerca la pratica")
    assert person.session is not None
    assert isinstance(person.session.activity, status_states.LookingUp | status_states.AskNumber)


def test_stop_is_over_the_page_and_goes_away(person: Person) -> None:
    page = sessions()["privacy"]
    person.shows(replace(page, overlay=Overlay.STOP))
    assert "Vuoi uscire?" in person.sees()
    person.shows(page)
    assert "Vuoi uscire?" not in person.sees()
