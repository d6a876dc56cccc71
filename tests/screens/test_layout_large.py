"""No screen is cut in large text: in both languages, and on the smallest window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.state import Session
from tests.screens.conftest import Person
from tests.screens.sessions import sessions
from tests.screens.test_layout import not_whole


def _large(language: str, *, but: str) -> dict[str, Session]:
    return {
        name: replace(one, large_text=True)
        for name, one in sessions(language).items()
        if not name.startswith(but)
    }


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_screen_is_whole_in_large_text(person: Person, language: str) -> None:
    """But pages of procedures: those are drawn on the smallest window below."""
    found = not_whole(person, _large(language, but="home-"))
    assert not found, found


@pytest.mark.parametrize("person", [(1024, 768)], indirect=True)
def test_the_smallest_window_with_the_largest_text_is_whole(person: Person) -> None:
    found = not_whole(person, _large("it", but="question-"))
    assert not found, found
