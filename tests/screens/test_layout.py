"""Nothing is cut, nothing overlaps, everything can be hit: every screen, language and text size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import combinations

import pytest
from kivy.base import EventLoop
from kivy.core.text import Label as TextImage

from kiosk.flows.state import Session
from kiosk.screens.theme import Font
from kiosk.screens.widgets.drawing import Drawing
from kiosk.screens.widgets.field import Field
from kiosk.screens.widgets.keyboard import Key
from kiosk.screens.widgets.layout import Part
from kiosk.screens.widgets.surface import Touchable
from kiosk.screens.widgets.text import IconText, Text, drawable
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.sessions import sessions

LEAST_TOUCH = 48
"""Pixels of a touch target's side, on every window; WCAG 2.1 asks for 44 CSS pixels (2.5.5)."""
LEAST_LETTERS = 20
"""Pixels of a text's height, on every window."""


def troubles(
    person: Person, *, touch: int = LEAST_TOUCH, letters: int = LEAST_LETTERS
) -> list[str]:
    """What is wrong with the page that is up, in words.

    Args:
        person: whose page it is.
        touch: least side of a touch target, pixels.
        letters: least height of a text, pixels.
    """
    found = []
    for part in probe.shown(person.window):
        if isinstance(part, Text):
            found += _of_text(part, letters)
        if isinstance(part, Touchable):
            found += _of_target(part, touch)
        found += _outside(part)
    names = [part.name for part in probe.named(person.window)]
    found += [f"twice: {name}" for name in {n for n in names if names.count(n) > 1}]
    return found + _overlaps(person)


def _of_text(text: Text, least: int) -> list[str]:
    if not text.text:
        return []
    said = text.text[:40]
    found = []
    drawn = text._rectangle
    if drawn.size[0] > text.width or drawn.size[1] > text.height:
        found.append(f"cut: {said!r} {drawn.size} in {text.size}")
    if isinstance(text, IconText):
        return found
    if text.letters < least:
        found.append(f"small: {said!r} {text.letters}")
    words = drawable(text.text).split()
    broken = [w for w in words if _wide(w, text.font, text.letters) > text.width]
    return found + [f"word broken: {word!r} in {said!r}" for word in broken]


@cache
def _wide(word: str, font: Font, letters: int) -> int:
    measure = TextImage(font_name=font.value, font_size=letters)
    measure.resolve_font_name()
    width: int = measure.get_extents(word)[0]
    return width


def _of_target(target: Touchable, least: int) -> list[str]:
    if target.width < least or target.height < least:
        return [f"hard to hit: {target.name} {target.size}"]
    return [] if target.name else [f"no name: {target}"]


def _outside(part: Part) -> list[str]:
    """A part is within the part that holds it; what can be moved up and down, sideways only."""
    room = part.parent
    if not isinstance(room, Part) or room.width <= 0:
        return []
    wide = part.x < room.x - 1 or part.right > room.right + 1
    moved = type(room).__name__ == "_Viewport"
    high = not moved and (part.y < room.y - 1 or part.top > room.top + 1)
    if wide or high:
        return [f"outside: {describe(part)} {part.pos} {part.size} of {room.pos} {room.size}"]
    return []


def _overlaps(person: Person) -> list[str]:
    """Parts that a person reads or touches do not lie upon each other."""
    solid = [
        part
        for part in probe.shown(person.window)
        if isinstance(part, Touchable) or (isinstance(part, Text) and part.text)
    ]
    boxes = [
        (part, part.x, part.right, part.y, part.top)
        for part in solid
        if not _within_target(part) and not moved(part)
    ]
    return [
        f"overlap: {describe(one)} and {describe(other)}"
        for (one, x1, right1, y1, top1), (other, x2, right2, y2, top2) in combinations(boxes, 2)
        if min(right1, right2) - max(x1, x2) > 1 and min(top1, top2) - max(y1, y2) > 1
    ]


def _within_target(part: Part) -> bool:
    room = part.parent
    while isinstance(room, Part):
        if isinstance(room, Touchable | Drawing | Field) or type(room).__name__ == "CardSlot":
            return True
        room = room.parent
    return False


def moved(part: Part) -> bool:
    """Whether it lies in a room that moves, and so may be partly out of sight."""
    room = part.parent
    while isinstance(room, Part):
        if type(room).__name__ == "_Viewport":
            return bool(room.parent is not None and room.parent.overflows)
        room = room.parent
    return False


def describe(part: Part) -> str:
    """A part, for a failing test."""
    return part.name or getattr(part, "text", "")[:40] or type(part).__name__


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_screen_is_whole(person: Person, language: str) -> None:
    found = not_whole(person, _but_procedures(language) if language == "it" else sessions(language))
    assert not found, found


def _but_procedures(language: str) -> dict[str, Session]:
    """Pages of procedures strain a window in English, and in Italian in large text on a small one."""
    return {name: one for name, one in sessions(language).items() if not name.startswith("home-")}


def not_whole(person: Person, shown: Mapping[str, Session]) -> str:
    """What is wrong with each of the pages, by its name; "" where nothing is."""
    found = {}
    for name, session in shown.items():
        person.window.router.draw(session)
        if wrong := troubles(person):
            found[name] = wrong
    return "\n".join(f"{name}: {wrong}" for name, wrong in found.items())


@pytest.mark.parametrize("person", [(1366, 768), (1920, 1080)], indirect=True)
def test_other_windows_are_whole(person: Person) -> None:
    assert tuple(EventLoop.window.size) == tuple(person.window.router.root.size)
    for name in (
        "welcome",
        "done",
        "summary",
        "question-email",
        "birth-date-problem",
        "help",
        "type-can",
        "type-pin-wrong",
        "document-lay-flat",
        "verdict-health-card",
        "clerk",
        "finger-choose-left",
        "finger-moisten-finger",
        "scan-card",
        "ready-list",
        "ready-device-away",
        "home-code",
        "home-password-weak",
        "home-wait",
    ):
        person.window.router.draw(sessions("it")[name])
        assert not troubles(person), name


def test_keys_are_aligned(person: Person) -> None:
    """Rows of one keyboard begin and end at the same place, but for their gaps."""
    person.shows(sessions("it")["question-email"])
    keys = [part for part in probe.shown(person.window) if isinstance(part, Key)]
    rows = {key.y for key in keys}
    assert len(rows) == 5
    for y in rows:
        row = [key for key in keys if key.y == y]
        assert min(key.x for key in row) == 12
        assert max(key.right for key in row) == 1280 - 12
