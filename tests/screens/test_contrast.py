"""Every pair of colours that the screens use can be told apart (WCAG 2.1)."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from PIL import Image

from kiosk.screens.theme import (
    HIGH_CONTRAST,
    STANDARD,
    Colour,
    Paint,
    Palette,
    Size,
    Theme,
    colour,
    contrast,
    theme_for,
)
from kiosk.screens.widgets.text import Text
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.sessions import sessions

PALETTES = {"standard": STANDARD, "high-contrast": HIGH_CONTRAST}
TEXT_AT_LEAST = {"standard": 4.5, "high-contrast": 7.0}  # 1.4.3 (AA), 1.4.6 (AAA)
EDGE_AT_LEAST = 3.0  # 1.4.11
QUIET_EDGES = {"card"}
"""A card's edge is decoration: nothing is lost where it is not seen."""


def paints(palette: Palette) -> dict[str, Paint]:
    return {
        field.name: value
        for field in fields(palette)
        if isinstance(value := getattr(palette, field.name), Paint)
    }


@pytest.mark.parametrize("name", PALETTES)
def test_texts_stand_out_from_their_ground(name: str) -> None:
    weak = {
        part: round(contrast(paint.ink, paint.ground), 2)
        for part, paint in paints(PALETTES[name]).items()
        if contrast(paint.ink, paint.ground) < TEXT_AT_LEAST[name]
    }
    assert not weak


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("ground", ["page", "card", "bar"])
def test_edges_of_controls_stand_out_from_what_is_around_them(name: str, ground: str) -> None:
    palette = PALETTES[name]
    around = getattr(palette, ground).ground
    controls = {"primary", "secondary", "help", "chosen", "field", "error", "warning", "success"}
    controls |= {"info"}
    weak = {}
    for part in controls:
        paint = getattr(palette, part)
        if contrast(paint.edge, around) < EDGE_AT_LEAST:
            weak[part] = round(contrast(paint.edge, around), 2)
    assert not weak
    assert contrast(palette.focus, around) >= EDGE_AT_LEAST


@pytest.mark.parametrize("name", PALETTES)
def test_what_a_drawing_tells_stands_out_in_it(name: str) -> None:
    """The mark on the card, the card on the reader, the reader on its page (1.4.11)."""
    palette = PALETTES[name]
    document, mark = palette.document, palette.mark
    assert mark.edge is not None
    assert contrast(mark.edge, document.ground) >= EDGE_AT_LEAST
    assert contrast(mark.edge, mark.ground) >= EDGE_AT_LEAST
    assert contrast(document.ground, palette.device.ground) >= EDGE_AT_LEAST
    assert palette.device.edge is not None
    assert contrast(palette.device.edge, palette.card.ground) >= EDGE_AT_LEAST
    assert contrast(palette.focus, palette.card.ground) >= EDGE_AT_LEAST


def test_contrast_is_that_of_the_guidelines() -> None:
    black, white = colour("#000000"), colour("#FFFFFF")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, white) == 1
    assert contrast(colour("#0066CC"), white) == pytest.approx(5.57, abs=0.01)


def test_letters_never_fall_below_the_least() -> None:
    for size in [(1024, 768), (1280, 800), (1366, 768), (1920, 1080)]:
        theme = theme_for(*size, large=False, high_contrast=False)
        tight = Theme(theme.palette, large=False, scale=theme.scale, ease=0.1)
        assert min(tight.letters(s) for s in Size) >= 20


@pytest.mark.parametrize(
    "name",
    [
        "done",
        "summary-missing",
        "question-email",
        "help",
        "welcome",
        "type-can",
        "type-pin-wrong",
        "document-lay-flat",
        "wrong-can-wait",
        "verdict-wrong",
        "clerk",
        "finger-choose-right",
        "finger-moisten-finger",
        "scan-card",
        "identify-done",
        "ready-list",
        "ready-device-away",
    ],
)
@pytest.mark.parametrize("palette", PALETTES)
def test_what_is_drawn_is_legible(person: Person, name: str, palette: str) -> None:
    """Measured on the picture: the ink of each text against the ground that is really there."""
    session = replace(sessions("it")[name], high_contrast=palette == "high-contrast")
    person.shows(session)
    picture = probe.picture()
    for part in probe.shown(person.window):
        if isinstance(part, Text) and part.text.strip():
            assert contrast(part.ink, ground(picture, part)) >= 4.5, part.text


def ground(picture: Image.Image, text: Text) -> Colour:
    """The most frequent colour within a text's room."""
    left, upper = int(text.x), int(picture.height - text.top)
    box = (left, upper, int(text.right), int(picture.height - text.y))
    inside = picture.crop(box).convert("RGB")
    colours, counts = np.unique(np.asarray(inside).reshape(-1, 3), axis=0, return_counts=True)
    red, green, blue = (int(part) for part in colours[counts.argmax()])
    return red / 255, green / 255, blue / 255, 1.0
