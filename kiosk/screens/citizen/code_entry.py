"""A number on a keypad: the six digits of an identity card, the PIN of a health card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.flows.citizen.document_reading import CAN_DIGITS, TypeCan
from kiosk.flows.citizen.identity_check import LONGEST_PIN, TypePin
from kiosk.flows.events import TextChanged, TextDone
from kiosk.flows.state import Session
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import (
    Fit,
    Screen,
    action_name,
    notice,
    notice_line,
    step_words,
    title,
)
from kiosk.screens.theme import Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.code_field import CodeField
from kiosk.screens.widgets.document_pictures import HealthCardPicture, IdentityCardPicture
from kiosk.screens.widgets.drawing import Drawing
from kiosk.screens.widgets.field import FIELD_ROOM, Field, Line
from kiosk.screens.widgets.frame import MARGIN, slim_bar
from kiosk.screens.widgets.keyboard import NumberPad
from kiosk.screens.widgets.layout import Align, Column, Flow, Inset, Part, Row, Space

_PICTURE_WIDE = 520
_PICTURE_LEAST = 150
"""Units of height below which a picture shows nothing any more."""


class CodeScreen(Screen):
    """Question, field and a picture of where the number stands; the keypad at the right."""

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui, session)
        self._line = Line(_activity(session).entry.text)
        self._field: CodeField | Field | None = None
        self._room = Fit(ui, self._builders())
        self._room.grows = True
        pad = NumberPad(ui, self.write, self.erase)
        pad.rigid = True
        self._bar = Part([slim_bar(ui, session, step_words(ui, session))])
        below = Row([self._room, pad], across=Align.STRETCH)
        below.grows = True
        rows: list[Part] = [self._bar, below]
        if session.notice is not None:
            rows.insert(1, notice_line(ui, session.notice))
        self.fill([Column(rows)])

    def update(self, session: Session) -> None:
        """Digits and problems change while the page stays."""
        before, self.session = self.session, session
        old, new = _activity(before), _activity(session)
        answer = new.problem is not None and new.problem != old.problem
        heard = self._line.hear(new.entry.text, answer=answer)
        if wording(before).problem != wording(session).problem:
            self._room.settle()
        elif heard and self._field is not None:
            self._field.draw()
        if session.speaking != before.speaking:
            self._bar.fill([slim_bar(self.ui, session, step_words(self.ui, session))])
            self._bar.settle()

    def write(self, piece: str) -> None:
        """A key wrote `piece`; only digits count, and no more than the number has."""
        room = _longest(self.session) - len(self._line.text)
        digits = "".join(sign for sign in piece if sign in "0123456789")[:room]
        if digits:
            self._line.insert(digits)
            self._changed()

    def erase(self) -> None:
        """The erasing key."""
        if self._line.erase():
            self._changed()

    def enter(self) -> None:
        """The number is complete."""
        self.ui.emit(TextDone())

    def _changed(self) -> None:
        if self._field is not None:
            self._field.draw()
        self.ui.emit(TextChanged(self._line.text))

    def _builders(self) -> Sequence[Callable[[Context], Part]]:
        return (
            lambda ui: self._question(ui, hint=True, tight=False),
            lambda ui: self._question(ui, hint=False, tight=False),
            lambda ui: self._question(ui, hint=False, tight=True),
        )

    def _question(self, ui: Context, *, hint: bool, tight: bool) -> Part:
        said = wording(self.session)
        palette = ui.theme.palette
        parts: list[Part] = [title(ui, ui.say(said.title))]
        explained, counted = said.body[:1], said.body[1:]
        if said.problem is not None:
            words = ui.say(said.problem)
            parts.append(notice(ui, words, palette.error, Icon.WARNING_CIRCLE, size=Size.LABEL))
        elif hint:
            parts += [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in explained]
        if counted:
            # How many tries are left is said whatever room there is.
            words = " ".join(ui.say(line) for line in counted)
            parts.append(notice(ui, words, palette.warning, Icon.INFO_CIRCLE, size=Size.LABEL))
        parts.append(self._entry_row(ui, said.actions[-1]))
        if len(said.actions) > 1:
            ways_out = [_way_out(ui, action) for action in said.actions[:-1]]
            parts.append(Flow(ways_out, gap=ui.px(10)))
        if not tight:
            parts.append(_Window(ui, self._picture(ui)))
        gap, margin = (8, 8) if tight else (16, 20)
        return Inset(Column(parts, gap=ui.px(gap)), (ui.px(MARGIN), ui.px(margin)))

    def _entry_row(self, ui: Context, action: Action) -> Part:
        done = Button(
            ui,
            "continue",
            ui.say(action.label),
            TextDone(),
            kind=ButtonKind.PRIMARY,
            icon=Icon.ARROW_RIGHT,
            icon_last=True,
            size=Size.BODY,
            padding=24,
            high=FIELD_ROOM + Size.ENTRY.units(large=ui.theme.large),
        )
        done.rigid = True
        if isinstance(self.session.activity, TypePin):
            self._field = Field(ui, "field", self._line, lambda: None, align="center", masked=True)
            self._field.grows = True
            return Row([self._field, done], gap=ui.px(16), across=Align.STRETCH)
        self._field = CodeField(ui, "field", self._line, CAN_DIGITS)
        return Row([self._field, Space(), done], gap=ui.px(8), across=Align.STRETCH)

    def _picture(self, ui: Context) -> Drawing:
        if isinstance(self.session.activity, TypePin):
            return HealthCardPicture(ui, _PICTURE_WIDE)
        return IdentityCardPicture(ui, _PICTURE_WIDE)


class _Window(Part):
    """What is left of a column, for a picture."""

    grows = True

    def __init__(self, ui: Context, picture: Drawing) -> None:
        super().__init__([picture])
        self._least = ui.px(_PICTURE_LEAST)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """What a picture needs at least; it takes what there is."""
        return self._least


def _way_out(ui: Context, action: Action) -> Button:
    return Button(ui, action_name(action.event), ui.say(action.label), action.event)


def _activity(session: Session) -> TypeCan | TypePin:
    if isinstance(session.activity, TypeCan | TypePin):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _longest(session: Session) -> int:
    return LONGEST_PIN if isinstance(session.activity, TypePin) else CAN_DIGITS
