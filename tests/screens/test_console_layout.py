"""Every page of the console is whole, named as its state, and legible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.console.states import NAMES
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import UserTask
from kiosk.flows.state import screen_name
from kiosk.screens.console.signs import SIGNS
from kiosk.screens.console.tasks import STATION_TASKS, USER_TASKS
from kiosk.screens.theme import contrast
from kiosk.screens.widgets.text import Text
from sync.model.certificates import CertificateState
from sync.model.smart_cards import CardState
from sync.model.users import UserState
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.console_sessions import console_activities, console_sessions
from tests.screens.test_contrast import ground
from tests.screens.test_desk_layout import desk_troubles
from tests.screens.test_layout import moved


def test_every_page_of_the_console_has_a_session() -> None:
    assert {type(activity) for activity in console_activities().values()} == set(NAMES)


@pytest.mark.rule("R-004-12")
@pytest.mark.rule("R-004-33")
def test_every_state_has_its_sign() -> None:
    assert set(SIGNS) == {*CertificateState, *CardState, *UserState}


def test_every_task_has_its_sign_and_key() -> None:
    assert set(STATION_TASKS) == set(StationTask)
    assert set(USER_TASKS) == set(UserTask)
    taken = {"escape", "f1", "f2", "f5", "f10", "f12"}
    keys = [key for _icon, key in (*STATION_TASKS.values(), *USER_TASKS.values())]
    assert not taken & set(keys)


@pytest.mark.parametrize(
    ("person", "language", "large"),
    [((1280, 800), "en", False), ((1024, 600), "it", True)],
    indirect=["person"],
)
def test_every_page_is_whole_and_named_as_its_state(
    person: Person, language: str, *, large: bool
) -> None:
    found = {}
    for name, session in console_sessions(language).items():
        person.window.router.draw(replace(session, large_text=large))
        if wrong := desk_troubles(person):
            found[name] = wrong
        screen = person.window.router.screen
        assert screen is not None
        assert screen.name == f"screen.{screen_name(session)}"
    assert not found


@pytest.mark.parametrize("person", [(1920, 1080)], indirect=True)
@pytest.mark.parametrize("name", ["stations", "users", "code", "insert-wrong", "user"])
def test_the_widest_window_is_whole(person: Person, name: str) -> None:
    person.window.router.draw(console_sessions()[name])
    assert not desk_troubles(person)


@pytest.mark.parametrize("high_contrast", [False, True], ids=["standard", "high-contrast"])
@pytest.mark.parametrize(
    "name", ["stations", "station-to-approve", "insert-confirm", "user", "code"]
)
def test_what_is_drawn_is_legible(person: Person, name: str, *, high_contrast: bool) -> None:
    """Measured on the picture, as for citizens (WCAG 2.1, 1.4.3)."""
    person.shows(replace(console_sessions()[name], high_contrast=high_contrast))
    picture = probe.picture()
    weak = [
        part.text
        for part in probe.shown(person.window)
        if isinstance(part, Text)
        and part.text.strip()
        and not moved(part)
        and contrast(part.ink, ground(picture, part)) < 4.5
    ]
    assert not weak
