"""The kiosk's own keyboard: only the keys that the field needs, as large as the screen allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kivy.clock import Clock

from kiosk.flows.questions import Keyboard
from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import Text


class Act(Enum):
    """What a key does that writes nothing."""

    SHIFT = "capitals"
    ERASE = "delete"
    LETTERS = "letters"
    ACCENTS = "accents"
    SIGNS = "symbols"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class KeyCap:
    """One key: what it writes or does, and its width in keys."""

    writes: str = ""
    act: Act | None = None
    width: float = 1.0


_ERASE = KeyCap(act=Act.ERASE, width=1.5)
_SHIFT = KeyCap(act=Act.SHIFT, width=1.5)
_SPACE = KeyCap(" ", width=5)
_DIGITS = tuple(KeyCap(d) for d in "1234567890")
_GAP_HALF = KeyCap(act=Act.GAP, width=0.5)

Rows = tuple[tuple[KeyCap, ...], ...]


def _caps(text: str) -> tuple[KeyCap, ...]:
    return tuple(KeyCap(c) for c in text)


def _wide(text: str) -> tuple[KeyCap, ...]:
    return tuple(KeyCap(c, width=2) for c in text)


_ACCENT_ROWS: Rows = (
    _caps("àèéìòùâêîô"),
    _caps("äëïöüáíóúñ"),
    (_SHIFT, *_caps("ăçčșțšž"), _ERASE),
)
_SIGN_ROWS: Rows = (
    _caps("!#$%&'*/=?"),
    _caps("^`{|}~+-_."),
    (KeyCap(act=Act.GAP, width=8.5), _ERASE),
)
_TO_LETTERS = KeyCap(act=Act.LETTERS, width=2)
_TO_ACCENTS = KeyCap(act=Act.ACCENTS, width=2)
_TO_SIGNS = KeyCap(act=Act.SIGNS, width=2)
_NUMBER_PAD: Rows = (_caps("123"), _caps("456"), _caps("789"))

_LAYOUTS: dict[tuple[Keyboard, Act], Rows] = {
    (Keyboard.NAME, Act.LETTERS): (
        _caps("qwertyuiop"),
        (*_caps("asdfghjkl"), KeyCap("'")),
        (_SHIFT, *_caps("zxcvbnm"), _ERASE),
        (_TO_ACCENTS, KeyCap("-"), KeyCap(" ", width=7)),
    ),
    (Keyboard.NAME, Act.ACCENTS): (
        *_ACCENT_ROWS,
        (_TO_LETTERS, KeyCap("-"), KeyCap(" ", width=6), KeyCap("'")),
    ),
    (Keyboard.FREE, Act.LETTERS): (
        _DIGITS,
        _caps("qwertyuiop"),
        (*_caps("asdfghjkl"), KeyCap("'")),
        (_SHIFT, *_caps("zxcvbnm"), _ERASE),
        (_TO_ACCENTS, *_caps(",."), KeyCap(" ", width=4), *_caps("-/")),
    ),
    (Keyboard.FREE, Act.ACCENTS): (
        _DIGITS,
        *_ACCENT_ROWS,
        (_TO_LETTERS, *_caps("()"), KeyCap(" ", width=4), *_caps(":;")),
    ),
    (Keyboard.CODE, Act.LETTERS): (
        _DIGITS,
        _caps("QWERTYUIOP"),
        (_GAP_HALF, *_caps("ASDFGHJKL"), _GAP_HALF),
        (KeyCap(act=Act.GAP, width=1.5), *_caps("ZXCVBNM"), _ERASE),
    ),
    (Keyboard.LETTER_CODE, Act.LETTERS): (
        _caps("23456789"),
        _caps("QWERTYUP"),
        _caps("ASDFGHJK"),
        (*_caps("ZXCVBNM"), KeyCap(act=Act.ERASE)),
    ),
    (Keyboard.USERNAME, Act.LETTERS): (
        _DIGITS,
        _caps("qwertyuiop"),
        (_GAP_HALF, *_caps("asdfghjkl"), _GAP_HALF),
        (KeyCap(act=Act.GAP, width=1.5), *_caps("zxcvbnm"), _ERASE),
        (KeyCap(act=Act.GAP, width=2), *_wide(".-_"), KeyCap(act=Act.GAP, width=2)),
    ),
    (Keyboard.PASSWORD, Act.LETTERS): (
        _DIGITS,
        _caps("qwertyuiop"),
        (*_caps("asdfghjkl"), KeyCap("'")),
        (_SHIFT, *_caps("zxcvbnm"), _ERASE),
        (_TO_SIGNS, *_caps(",."), KeyCap(" ", width=4), *_caps("-@")),
    ),
    (Keyboard.PASSWORD, Act.SIGNS): (
        _DIGITS,
        _caps("!?#$%&*/+="),
        _caps("()[]{}<>_~"),
        (*_caps('"^`|\\:;'), KeyCap("€"), _ERASE),
        (_TO_LETTERS, *_caps(",."), KeyCap(" ", width=4), *_caps("-@")),
    ),
    (Keyboard.EMAIL, Act.LETTERS): (
        _DIGITS,
        _caps("qwertyuiop"),
        (*_caps("asdfghjkl"), KeyCap("_")),
        (KeyCap("-", width=1.5), *_caps("zxcvbnm"), _ERASE),
        (
            _TO_SIGNS,
            KeyCap("@", width=3),
            KeyCap(".", width=2),
            KeyCap(".it"),
            KeyCap(".com", width=2),
        ),
    ),
    (Keyboard.EMAIL, Act.SIGNS): (
        _DIGITS,
        *_SIGN_ROWS,
        (
            _TO_LETTERS,
            KeyCap("@", width=3),
            KeyCap(".", width=2),
            KeyCap(".it"),
            KeyCap(".com", width=2),
        ),
    ),
    (Keyboard.DIGITS, Act.LETTERS): (
        *_NUMBER_PAD,
        (KeyCap(act=Act.GAP), KeyCap("0"), KeyCap(act=Act.ERASE)),
    ),
    (Keyboard.PHONE, Act.LETTERS): (
        *_NUMBER_PAD,
        (KeyCap("+"), KeyCap("0"), KeyCap(act=Act.ERASE)),
    ),
}

_CAPITALISING = {Keyboard.NAME, Keyboard.FREE}
_CAPITAL_AFTER = {Keyboard.NAME: " '-", Keyboard.FREE: ""}
_PAD_SHARE = 0.5  # of the window's width for a pad of three columns


def capital_expected(keyboard: Keyboard, before: str) -> bool:
    """Whether the next letter is usually a capital, given what stands before the caret."""
    if keyboard not in _CAPITALISING:
        return False
    return not before or before[-1] in _CAPITAL_AFTER[keyboard]


class Key(Touchable):
    """One key."""

    def __init__(self, ui: Context, cap: KeyCap, face: Text, act: Callable[[], None]) -> None:
        palette = ui.theme.palette
        special = cap.act is not None
        paint = palette.key_special if special else palette.key
        name = f"key.{cap.act.value}" if cap.act else f"key.{cap.writes}"
        super().__init__(
            "key.space" if cap.writes == " " else name,
            act,
            (paint, palette.key_pressed),
            radius=ui.px(8),
            border=ui.px(2) if paint.edge or cap.act is Act.SHIFT else 0,
        )
        self._rest_paint, self._held_paint = paint, palette.chosen
        self.cap = cap
        self.face = face
        self.fill([face])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        self.face.ink = self.paint.ink

    def hold(self, *, held: bool) -> None:
        """Draw the key as held down while it is not touched: capitals are on."""
        self.idle_paint = self._held_paint if held else self._rest_paint
        self.show_pressed(pressed=False)


class ErasingKey(Key):
    """The key that takes a sign away, and goes on while it is held."""

    def __init__(self, ui: Context, cap: KeyCap, face: Text, act: Callable[[], None]) -> None:
        super().__init__(ui, cap, face, self._lifted)
        self._erase = act
        self._repeat: Any = Clock.create_trigger(self._held, 0.5)
        self._repeated = False

    def show_pressed(self, *, pressed: bool) -> None:
        """Held: after half a second a sign goes every tenth of a second."""
        super().show_pressed(pressed=pressed)
        self._repeat.cancel()
        if pressed:
            self._repeated = False
            self._repeat = Clock.schedule_once(self._held, 0.5)

    def _held(self, _seconds: float) -> None:
        if self.get_root_window() is None:
            return  # another page is up
        self._repeated = True
        self._erase()
        self._repeat.cancel()
        self._repeat = Clock.schedule_once(self._held, 0.1)

    def _lifted(self) -> None:
        if not self._repeated:
            self._erase()


class KeyboardPanel(Surface):
    """The keys for one field.

    Args:
        ui: the screen's surroundings.
        keyboard: which keys.
        write: takes what a key writes.
        erase: takes the sign before the caret away.
    """

    def __init__(
        self,
        ui: Context,
        keyboard: Keyboard,
        write: Callable[[str], None],
        erase: Callable[[], None],
    ) -> None:
        super().__init__(ui.theme.palette.keyboard)
        self.keyboard = keyboard
        self._keys_size = Size.KEY
        self._share = _PAD_SHARE if keyboard in {Keyboard.DIGITS, Keyboard.PHONE} else 1.0
        self.page = Act.LETTERS
        self.capital = capital_expected(keyboard, "")
        self._ui, self._write, self._erase = ui, write, erase
        self._build()

    @property
    def rows(self) -> Rows:
        """The keys that are up."""
        return _LAYOUTS[self.keyboard, self.page]

    def expect(self, before: str) -> None:
        """Put the capitals up or down for the text that stands before the caret."""
        self._capitalise(capital=capital_expected(self.keyboard, before))

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """The same for every keyboard: what is above does not jump between two questions."""
        return self._ui.px(364)

    def _build(self) -> None:
        ui = self._ui
        gap = ui.px(8)
        lines = []
        for row in self.rows:
            line = _KeyRow([self._key(cap) for cap in row], gap=gap)
            lines.append(line)
        self.keys = [part for line in lines for part in line.parts if isinstance(part, Key)]
        stack = _KeyRows(lines, gap=gap)
        self.fill([_Inset(stack, ui.px(12), self._share)])
        self._show_capitals()

    def _key(self, cap: KeyCap) -> Part:
        ui = self._ui
        if cap.act is Act.GAP:
            gap = _KeyGap()
            gap.cap = cap
            return gap
        palette = ui.theme.palette
        ink = (palette.key_special if cap.act else palette.key).ink
        size = Size.LABEL if len(cap.writes) > 2 or cap.act else self._keys_size
        face = Text(
            self._caption(cap),
            Font.STRONG,
            ui.theme.letters(size),
            ink,
            align="center",
            known=True,
        )
        kind = ErasingKey if cap.act is Act.ERASE else Key
        return kind(ui, cap, face, lambda: self._pressed(cap))

    def _caption(self, cap: KeyCap) -> str:
        if cap.act is not None:
            return self._ui.words(f"keyboard.{cap.act.value}")
        if cap.writes == " ":
            return self._ui.words("keyboard.space")
        return cap.writes.upper() if self.capital else cap.writes

    def _pressed(self, cap: KeyCap) -> None:
        if cap.act is Act.ERASE:
            self._erase()
        elif cap.act is Act.SHIFT:
            self._capitalise(capital=not self.capital)
        elif cap.act is not None:
            self.page = cap.act
            self._build()
            self.settle()
        else:
            self._write(cap.writes.upper() if self.capital else cap.writes)

    def _capitalise(self, *, capital: bool) -> None:
        if capital == self.capital:
            return
        self.capital = capital
        self._show_capitals()

    def _show_capitals(self) -> None:
        for key in self.keys:
            if key.cap.act is Act.SHIFT:
                key.hold(held=self.capital)
            elif key.cap.writes.strip():
                key.face.say(self._caption(key.cap))


class NumberPad(KeyboardPanel):
    """Ten digits as large as a thumb, in a column of their own beside the page."""

    _WIDE, _HIGHEST = 420, 620

    def __init__(
        self, ui: Context, write: Callable[[str], None], erase: Callable[[], None]
    ) -> None:
        super().__init__(ui, Keyboard.DIGITS, write, erase)
        self._keys_size, self._share = Size.DISPLAY, 1.0
        self._build()

    def natural_width(self) -> int:
        """Three keys and their gaps."""
        return self._ui.px(self._WIDE)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The keys in the middle of the column, no higher than they are wide."""
        high = min(height, self._ui.px(self._HIGHEST))
        super().arrange(left, bottom + (height - high) // 2, width, high)


class _KeyGap(Space):
    """Room without a key."""

    cap: KeyCap


class _KeyRow(Row):
    """Keys side by side, each as wide as its cap says."""

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Shares of the width, in whole pixels, without a rest at the end."""
        caps = [part.cap for part in self.parts]
        total = sum(cap.width for cap in caps)
        unit = (width + self.gap) / total
        done = 0.0
        for part, cap in zip(self.parts, caps, strict=True):
            start, done = round(done * unit) if done else 0, done + cap.width
            end = round(done * unit) - self.gap
            part.place(left + start, bottom, end - start, height)


class _KeyRows(Column):
    """Rows of keys of one height."""

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """From the top; every row is as high as the others."""
        count = len(self.parts)
        each = (height - self.gap * (count - 1)) // count
        for number, part in enumerate(self.parts):
            part.place(left, bottom + height - (number + 1) * each - number * self.gap, width, each)


class _Inset(Part):
    """One part in the middle of a room, with a margin around it."""

    def __init__(self, part: Part, margin: int, share: float) -> None:
        super().__init__([part])
        self._margin, self._share = margin, share

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The part takes its share of the width, and all of the height."""
        margin = self._margin
        offset, inner = Align.MIDDLE.within(width - 2 * margin, int(width * self._share))
        self.parts[0].place(left + margin + offset, bottom + margin, inner, height - 2 * margin)
