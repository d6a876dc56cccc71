"""Each page of the console looks as it did when somebody last looked at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.screens.conftest import Person
from tests.screens.console_sessions import console_sessions

# Others that differ from one with a picture in their words alone.
WORDS_ALONE = {
    "stations-none",
    "station-issued",
    "station-revoking",
    "asking-code",
    "asking-code-failed",
    "code-saving",
    "cancel-understood",
    "downloading",
    "new-token",
    "recording",
    "users-asking",
    "users-none",
    "insert-looking",
    "register-card",
    "delete-last",
    "day-sign-in-wrong",
    "officer-received",
    "sent-accepted",
    "user-find-card",
}
IN_ENGLISH_TOO = {
    "stations",
    "station-to-approve",
    "approve",
    "code",
    "cancel-confirm",
    "users",
    "insert-wrong",
    "user",
    "daily-shown",
    "cards",
    "menu-alp",
}
STRAINED = {"stations", "station-to-approve", "users", "insert-wrong", "code"}


@pytest.mark.parametrize("name", sorted(set(console_sessions()) - WORDS_ALONE))
def test_pages_in_italian(person: Person, name: str) -> None:
    _draw(person, name)
    person.looks_like(f"console-{name}.it")


@pytest.mark.parametrize("name", sorted(IN_ENGLISH_TOO))
def test_pages_in_english(person: Person, name: str) -> None:
    _draw(person, name, language="en")
    person.looks_like(f"console-{name}.en")


@pytest.mark.parametrize("person", [(1024, 600)], indirect=True)
@pytest.mark.parametrize("name", sorted(STRAINED))
def test_pages_in_large_text_on_the_smallest_window(person: Person, name: str) -> None:
    _draw(person, name, large=True)
    person.looks_like(f"console-{name}.it.large.1024x600")


@pytest.mark.parametrize("name", sorted(STRAINED))
def test_pages_in_high_contrast(person: Person, name: str) -> None:
    _draw(person, name, contrast=True)
    person.looks_like(f"console-{name}.it.contrast")


def _draw(
    person: Person, name: str, *, language: str = "it", large: bool = False, contrast: bool = False
) -> None:
    person.window.router._desks.clear()
    session = console_sessions(language)[name]
    person.shows(replace(session, large_text=large, high_contrast=contrast))
