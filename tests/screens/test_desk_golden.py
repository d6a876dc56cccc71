"""Each page of a counter looks as it did when somebody last looked at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.screens.clerk_sessions import clerk_sessions
from tests.screens.conftest import Person

# Others that differ from one with a picture in their words alone.
WORDS_ALONE = {
    "signing-in-again",
    "looking-up",
    "already-strong",
    "confirm-deletion",
    "search-waiting",
    "search-none",
    "opening",
    "asking-lease",
    "not-possible",
    "residence-opening",
    "delegation-confirm",
    "asking-username",
    "username-not-told",
    "recording",
    "not-recorded",
    "done-letters-missing",
    "opening-failed",
    "code-confirm",
    "username-confirm",
    "disputes-none",
    "booking-delegation",
    "residence-start",
    "confirm-checked",
    "letters-printing",
    "outbox-none",
    "outbox-telling",
    "outbox-reason-lost",
    "outbox-asking",
    "outbox-not-correctable",
    "outbox-closing",
    "outbox-not-closed",
}
IN_ENGLISH_TOO = {
    *("sign-in-wrong", "menu", "form-wrong", "search", "detail", "confirm", "letters"),
    *("outbox", "outbox-waiting", "outbox-entry", "outbox-reason"),
}
STRAINED = {
    *("form-wrong", "search", "detail-news", "confirm", "letters-failed"),
    *("outbox-waiting", "outbox-entry-damaged"),
}


@pytest.mark.parametrize("name", sorted(set(clerk_sessions()) - WORDS_ALONE))
def test_pages_in_italian(person: Person, name: str) -> None:
    _draw(person, name)
    person.looks_like(f"desk-{name}.it")


@pytest.mark.parametrize("name", sorted(IN_ENGLISH_TOO))
def test_pages_in_english(person: Person, name: str) -> None:
    _draw(person, name, language="en")
    person.looks_like(f"desk-{name}.en")


@pytest.mark.parametrize("person", [(1024, 600)], indirect=True)
@pytest.mark.parametrize("name", sorted(STRAINED))
def test_pages_in_large_text_on_the_smallest_window(person: Person, name: str) -> None:
    _draw(person, name, large=True)
    person.looks_like(f"desk-{name}.it.large.1024x600")


@pytest.mark.parametrize("name", sorted(STRAINED))
def test_pages_in_high_contrast(person: Person, name: str) -> None:
    _draw(person, name, contrast=True)
    person.looks_like(f"desk-{name}.it.contrast")


@pytest.mark.parametrize("person", [(1920, 1080)], indirect=True)
@pytest.mark.parametrize("name", ["form", "search"])
def test_pages_on_a_large_window(person: Person, name: str) -> None:
    _draw(person, name)
    person.looks_like(f"desk-{name}.it.1920x1080")


def test_a_menu_that_is_open(person: Person) -> None:
    _draw(person, "start")
    for key in ("tab", "m"):
        if len(key) == 1:
            person.window.router.typed(key)
        else:
            person.window.router.pressed(key)
    person.waits(1)
    person.looks_like("desk-start-menu.it")


def _draw(
    person: Person, name: str, *, language: str = "it", large: bool = False, contrast: bool = False
) -> None:
    person.window.router._desks.clear()
    session = clerk_sessions(language)[name]
    person.shows(replace(session, large_text=large, high_contrast=contrast))
