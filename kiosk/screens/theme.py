"""Colours and sizes of the screens: two contrasts, two text sizes, any window from 1024x768 up.

Sizes are given for a window 800 units high; `Theme.px` turns units into pixels of this window.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_FONTS = Path(__file__).parent / "fonts"

DESIGN_HEIGHT = 800
"""Height, in units, of the window that the sizes are given for."""
DESIGN_WIDTH = 1100
"""Least width in units that every screen fits in: 1024x768 has 1101."""

LEAST_LETTERS = 23
"""Height in units below which no text is drawn: 21 pixels on the smallest window."""

Colour = tuple[float, float, float, float]
"""Red, green, blue, opacity, each from 0 to 1."""


def colour(text: str) -> Colour:
    """The colour of `#RRGGBB`."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, 1.0


class Font(Enum):
    """Files of the fonts; weights by what they are for."""

    TEXT = str(_FONTS / "TitilliumWeb-Regular.ttf")
    STRONG = str(_FONTS / "TitilliumWeb-SemiBold.ttf")
    TITLE = str(_FONTS / "TitilliumWeb-Bold.ttf")
    ICONS = str(_FONTS / "SportelloIcons.ttf")


class Size(Enum):
    """Height of a text in units, on screens that are read standing: normal and large."""

    DISPLAY = (48, 54)
    TITLE = (40, 46)
    HEADING = (30, 36)
    BODY = (25, 31)
    READING = (29, 34)
    LABEL = (23, 27)
    ENTRY = (44, 50)
    KEY = (31, 37)
    NUMBER = (64, 68)

    def units(self, *, large: bool) -> int:
        """Height of a line's letters in units."""
        return self.value[large]


class DeskSize(Enum):
    """The same at a desk, where who reads sits before the screen all day and wants to see much."""

    TITLE = (25, 30)
    HEADING = (20, 24)
    BODY = (18, 22)
    ENTRY = (19, 23)
    LABEL = (16, 20)
    CELL = (16, 21)
    TOLD = (60, 66)
    """What is read out to somebody, and shown for a moment."""

    def units(self, *, large: bool) -> int:
        """Height of a line's letters in units."""
        return self.value[large]


LetterSize = Size | DeskSize


@dataclass(frozen=True, slots=True)
class Paint:
    """A surface with the text that may stand on it.

    Attributes:
        ground: colour of the surface.
        ink: colour of a text or icon on it; contrast at least 4.5 to 1 (WCAG 2.1, 1.4.3).
        edge: colour of its border, or None where it needs none.
    """

    ground: Colour
    ink: Colour
    edge: Colour | None = None


@dataclass(frozen=True, slots=True)
class Palette:
    """One contrast: every pair of colours that the screens use."""

    page: Paint
    page_soft: Paint
    """Explanations on the page."""
    page_link: Paint
    """Headings and buttons that stand free on the page."""
    card: Paint
    card_soft: Paint
    card_link: Paint
    header: Paint
    bar: Paint
    """The strips of buttons below the header and at the foot."""
    primary: Paint
    primary_pressed: Paint
    secondary: Paint
    secondary_pressed: Paint
    help: Paint
    chosen: Paint
    badge: Paint
    """The circle behind a tile's icon."""
    badge_on_primary: Paint
    warning: Paint
    error: Paint
    success: Paint
    info: Paint
    field: Paint
    field_hint: Paint
    keyboard: Paint
    key: Paint
    key_special: Paint
    key_pressed: Paint
    device: Paint
    """A device in a drawing; the ink marks what is on it."""
    device_side: Paint
    """The side of it that faces the person."""
    document: Paint
    """A card in a drawing."""
    document_print: Paint
    """Pictures and lines that are printed on it."""
    mark: Paint
    """The place in a drawing that a text speaks of."""
    focus: Colour
    """Edge of the field that takes the keys; at least 3 to 1 on its neighbours (1.4.11)."""
    veil: Colour
    """Over the screen while a dialogue is open."""
    shadow: float
    """Opacity of the shadow below cards; 0 for none."""


def _paint(ground: str, ink: str, edge: str | None = None) -> Paint:
    return Paint(colour(ground), colour(ink), colour(edge) if edge else None)


STANDARD = Palette(
    page=_paint("#F2F5F8", "#17324D"),
    page_soft=_paint("#F2F5F8", "#455A74"),
    page_link=_paint("#F2F5F8", "#004D99"),
    card=_paint("#FFFFFF", "#17324D", "#D3DCE6"),
    card_soft=_paint("#FFFFFF", "#455A74"),
    card_link=_paint("#FFFFFF", "#004D99"),
    header=_paint("#0066CC", "#FFFFFF"),
    bar=_paint("#FFFFFF", "#17324D", "#768594"),
    primary=_paint("#0066CC", "#FFFFFF", "#0066CC"),
    primary_pressed=_paint("#003B75", "#FFFFFF", "#003B75"),
    secondary=_paint("#FFFFFF", "#004D99", "#0066CC"),
    secondary_pressed=_paint("#CFE2F5", "#003B75", "#003B75"),
    help=_paint("#004D99", "#FFFFFF", "#004D99"),
    chosen=_paint("#E5F0FB", "#004D99", "#0066CC"),
    badge=_paint("#E5F0FB", "#0059B3"),
    badge_on_primary=_paint("#1F75D0", "#FFFFFF"),
    warning=_paint("#FFF3DB", "#7A4A00", "#8F6A1F"),
    error=_paint("#FDEDEF", "#A5152C", "#C02B42"),
    success=_paint("#E2F4EB", "#00603E", "#00804F"),
    info=_paint("#E5F0FB", "#17324D", "#0066CC"),
    field=_paint("#FFFFFF", "#17324D", "#768594"),
    field_hint=_paint("#FFFFFF", "#5B6F82"),
    keyboard=_paint("#D3DCE6", "#17324D"),
    key=_paint("#FFFFFF", "#17324D"),
    key_special=_paint("#E5F0FB", "#17324D"),
    key_pressed=_paint("#8FBBE8", "#17324D"),
    device=_paint("#2B4A68", "#FFFFFF", "#17324D"),
    device_side=_paint("#17324D", "#FFFFFF", "#17324D"),
    document=_paint("#EAF3FC", "#17324D", "#0066CC"),
    document_print=_paint("#A9CBEC", "#17324D"),
    mark=_paint("#FFE27A", "#17324D", "#B3261E"),
    focus=colour("#0066CC"),
    veil=(0.05, 0.12, 0.2, 0.72),
    shadow=0.22,
)

HIGH_CONTRAST = Palette(
    page=_paint("#000000", "#FFFFFF"),
    page_soft=_paint("#000000", "#FFFFFF"),
    page_link=_paint("#000000", "#FFE100"),
    card=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    card_soft=_paint("#000000", "#FFFFFF"),
    card_link=_paint("#000000", "#FFE100"),
    header=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    bar=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    primary=_paint("#FFE100", "#000000", "#FFE100"),
    primary_pressed=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    secondary=_paint("#000000", "#FFE100", "#FFE100"),
    secondary_pressed=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    help=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    chosen=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    badge=_paint("#000000", "#FFE100", "#FFE100"),
    badge_on_primary=_paint("#FFE100", "#000000", "#000000"),
    warning=_paint("#000000", "#FFE100", "#FFE100"),
    error=_paint("#000000", "#FF9E9E", "#FF9E9E"),
    success=_paint("#000000", "#7DFF9B", "#7DFF9B"),
    info=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    field=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    field_hint=_paint("#000000", "#D8D8D8"),
    keyboard=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    key=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    key_special=_paint("#000000", "#FFE100", "#FFE100"),
    key_pressed=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    device=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    device_side=_paint("#000000", "#FFFFFF", "#FFFFFF"),
    document=_paint("#FFFFFF", "#000000", "#FFFFFF"),
    document_print=_paint("#B8B8B8", "#000000"),
    mark=_paint("#FFE100", "#000000", "#000000"),
    focus=colour("#FFE100"),
    veil=(0.0, 0.0, 0.0, 0.85),
    shadow=0.0,
)


@dataclass(frozen=True, slots=True)
class Theme:
    """How screens look in one window for one person.

    Attributes:
        palette: the colours.
        large: whether the person asked for large text.
        scale: pixels per unit.
        ease: factor on the height of texts, below 1 where a text must give way.
    """

    palette: Palette
    large: bool
    scale: float
    ease: float = 1.0

    def px(self, units: float) -> int:
        """Whole pixels of a length in units."""
        return round(units * self.scale)

    def letters(self, size: LetterSize) -> int:
        """Height of a text in pixels; never below the least that may be shown."""
        units = size.units(large=self.large)
        return self.px(max(min(units, LEAST_LETTERS), units * self.ease))


def theme_for(width: int, height: int, *, large: bool, high_contrast: bool) -> Theme:
    """The theme for a window of `width` x `height` pixels."""
    scale = min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT)
    return Theme(HIGH_CONTRAST if high_contrast else STANDARD, large, scale)


DESK_WIDTH, DESK_HEIGHT = 1280, 760
"""Window, in units, that a desk's page is laid out for."""
_DESK_SCALES = 0.9, 1.25


def desk_theme_for(width: int, height: int, *, large: bool, high_contrast: bool) -> Theme:
    """The theme of a desk's pages: a larger window shows more, and only a little larger letters."""
    least, most = _DESK_SCALES
    scale = max(least, min(most, width / DESK_WIDTH, height / DESK_HEIGHT))
    return Theme(HIGH_CONTRAST if high_contrast else STANDARD, large, scale)


def contrast(first: Colour, second: Colour) -> float:
    """Contrast ratio of two opaque colours (WCAG 2.1, "contrast ratio"), from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(of: Colour) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in of[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
