"""A station whose key lies in a file says so above every page, whatever lies over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.state import Overlay, Session
from kiosk.screens.banner import NAME
from tests.screens import probe
from tests.screens.clerk_sessions import clerk_sessions
from tests.screens.conftest import Person
from tests.screens.sessions import sessions
from tests.screens.test_desk_layout import desk_troubles
from tests.screens.test_layout import troubles


def with_software_key(session: Session) -> Session:
    """The same at a station whose key lies in a file."""
    return replace(session, office=replace(session.office, software_key=True))


@pytest.mark.parametrize("person", [(1024, 768)], indirect=True)
def test_it_stands_above_pages_for_citizens_and_none_loses_its_room(person: Person) -> None:
    """Every fourth page will do: the strip is the window's, no page knows of it."""
    found = {}
    for name, session in [*sessions().items()][::4]:
        person.window.router.draw(with_software_key(session))
        assert NAME in [part.name for part in probe.named(person.window)], name
        if wrong := troubles(person):
            found[name] = wrong
    assert not found


@pytest.mark.parametrize("person", [(1024, 600)], indirect=True)
def test_it_stands_above_pages_of_a_counter(person: Person) -> None:
    found = {}
    for name, session in [*clerk_sessions("en").items()][::4]:
        person.window.router.draw(replace(with_software_key(session), large_text=True))
        assert NAME in [part.name for part in probe.named(person.window)], name
        if wrong := desk_troubles(person):
            found[name] = wrong
    assert not found


@pytest.mark.parametrize("overlay", list(Overlay))
def test_nothing_lies_over_it(person: Person, overlay: Overlay) -> None:
    session = with_software_key(sessions()["review"])
    person.shows(replace(session, overlay=overlay))
    strip = probe.place_of(person.window, NAME)
    assert strip.y == 0
    assert strip.width == person.window.router.root.width
    for part in person.window.router.root.parts:
        assert part.name == NAME or part.top <= person.window.router.root.height - strip.height


def test_a_station_with_a_kept_key_shows_nothing(person: Person) -> None:
    person.shows(sessions()["review"])
    assert NAME not in [part.name for part in probe.named(person.window)]


def test_it_goes_with_language_and_contrast(person: Person) -> None:
    session = with_software_key(sessions()["welcome"])
    person.shows(session)
    assert "Postazione di prova" in person.sees()
    person.shows(replace(session, language="en"))
    assert "Test station" in person.sees()


@pytest.mark.parametrize("name", ["welcome", "review+help"])
def test_it_looks_as_it_did(person: Person, name: str) -> None:
    page, _, over = name.partition("+")
    session = with_software_key(sessions()[page])
    person.shows(replace(session, help_open=bool(over)))
    person.looks_like(f"banner-{page}.it")


def test_it_looks_as_it_did_at_a_counter(person: Person) -> None:
    person.shows(with_software_key(clerk_sessions()["menu"]))
    person.looks_like("banner-desk-menu.it")
