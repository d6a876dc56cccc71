"""Every page of a counter is whole: in both languages and text sizes, on the smallest window too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.clerk import signing_in
from kiosk.flows.clerk.states import NAMES
from kiosk.flows.console.states import NAMES as CONSOLE_NAMES
from kiosk.flows.state import screen_name
from kiosk.screens.theme import contrast
from kiosk.screens.widgets.text import Text
from tests.screens import probe
from tests.screens.clerk_sessions import clerk_activities, clerk_sessions
from tests.screens.conftest import Person
from tests.screens.test_contrast import ground
from tests.screens.test_layout import moved, troubles

LEAST_TOUCH = 32
"""Pixels; WCAG 2.2 asks for 24 CSS pixels (2.5.8), and who sits at a desk has a mouse."""
LEAST_LETTERS = 14


def desk_troubles(person: Person) -> list[str]:
    """What is wrong with the page that is up, by the measures of a desk."""
    return troubles(person, touch=LEAST_TOUCH, letters=LEAST_LETTERS)


def test_every_page_of_a_counter_has_a_session() -> None:
    """Those of the console, and the sign-in by daily password, are in test_console_layout.py."""
    pages = set(NAMES) - set(CONSOLE_NAMES) - {signing_in.DaySignIn}
    assert {type(activity) for activity in clerk_activities().values()} == pages


@pytest.mark.parametrize(
    ("person", "language", "large"),
    [((1280, 800), "en", False), ((1024, 600), "it", True)],
    indirect=["person"],
)
def test_every_page_is_whole_and_named_as_its_state(
    person: Person, language: str, *, large: bool
) -> None:
    found = {}
    for name, session in clerk_sessions(language).items():
        person.window.router.draw(replace(session, large_text=large))
        if wrong := desk_troubles(person):
            found[name] = wrong
        screen = person.window.router.screen
        assert screen is not None
        assert screen.name == f"screen.{screen_name(session)}"
    assert not found


@pytest.mark.parametrize("person", [(1920, 1080)], indirect=True)
@pytest.mark.parametrize("name", ["form-wrong", "search", "detail-news", "confirm", "letters"])
def test_the_widest_window_is_whole(person: Person, name: str) -> None:
    person.window.router.draw(clerk_sessions()[name])
    assert not desk_troubles(person)


@pytest.mark.parametrize("high_contrast", [False, True], ids=["standard", "high-contrast"])
@pytest.mark.parametrize("name", ["form", "search", "confirm", "letters-failed", "menu"])
def test_what_is_drawn_is_legible(person: Person, name: str, *, high_contrast: bool) -> None:
    """Measured on the picture, as for citizens (WCAG 2.1, 1.4.3)."""
    person.shows(replace(clerk_sessions()[name], high_contrast=high_contrast))
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
