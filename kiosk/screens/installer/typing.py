"""Fields that an installer types: the hub's address, the one-time code, who signs a report."""

from __future__ import annotations

from typing import Final

from kiosk.flows.events import TextChanged, TextDone
from kiosk.flows.installer.events import CodeTyped
from kiosk.flows.installer.installation import AskName
from kiosk.flows.installer.provisioning import TypeAddress, TypeCode
from kiosk.flows.question import Keyboard
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Fit, Screen, notice, notice_line, title
from kiosk.screens.theme import Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.field import FIELD_ROOM, Field, Line
from kiosk.screens.widgets.frame import MARGIN, slim_bar
from kiosk.screens.widgets.keyboard import KeyboardPanel
from kiosk.screens.widgets.layout import Align, Column, Inset, Part, Row

_LONGEST: Final = 200
_Typed = TypeAddress | TypeCode | AskName

_KEYS: Final[dict[type[_Typed], Keyboard]] = {
    TypeAddress: Keyboard.EMAIL,
    TypeCode: Keyboard.LETTER_CODE,
    AskName: Keyboard.NAME,
}


class TypingScreen(Screen):
    """Question, field, keys. The one-time code stands in the field alone: the flow keeps none."""

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui, session)
        page = _page(session)
        self.line = Line("" if isinstance(page, TypeCode) else page.entry.text)
        self._field: Field | None = None
        self._keys = KeyboardPanel(ui, _KEYS[type(page)], self.write, self.erase)
        builders = (
            lambda ui: self._question(ui, hint=True),
            lambda ui: self._question(ui, hint=False),
        )
        self._room = Fit(ui, builders)
        self._bar = Part([slim_bar(ui, session, "")])
        rows: list[Part] = [self._bar, self._room, self._keys]
        if session.notice is not None:
            rows.insert(1, notice_line(ui, session.notice))
        self.fill([Column(rows)])
        self._keys.expect(self.line.text)

    def take_over(self, before: Screen) -> None:
        """The same page in other letters or another language: what was typed stays."""
        if isinstance(before, TypingScreen) and before.session.id == self.session.id:
            here, there = _page(self.session), _page(before.session)
            if isinstance(here, TypeCode) and isinstance(there, TypeCode) and here.length:
                self.line = before.line
                self._room.settle()

    def update(self, session: Session) -> None:
        """What is wrong, and whether the page is read aloud, change while it stays."""
        before, self.session = self.session, session
        if wording(before).problem != wording(session).problem:
            self._room.settle()
        if session.speaking != before.speaking:
            self._bar.fill([slim_bar(self.ui, session, "")])
            self._bar.settle()

    def write(self, piece: str) -> None:
        """A key wrote `piece`."""
        allowed = piece[: _LONGEST - len(self.line.text)]
        if allowed:
            self.line.insert(allowed)
            self._changed()

    def erase(self) -> None:
        """The erasing key."""
        if self.line.erase():
            self._changed()

    def enter(self) -> None:
        """The text is complete."""
        self.ui.emit(TextDone())

    def _changed(self) -> None:
        if self._field is not None:
            self._field.draw()
        self._keys.expect(self.line.text[: self.line.caret])
        code = isinstance(_page(self.session), TypeCode)
        self.ui.emit(CodeTyped(self.line.text) if code else TextChanged(self.line.text))

    def _question(self, ui: Context, *, hint: bool) -> Part:
        said, palette = wording(self.session), ui.theme.palette
        parts: list[Part] = [title(ui, ui.say(said.title))]
        if said.problem is not None:
            words = ui.say(said.problem)
            parts.append(notice(ui, words, palette.error, Icon.WARNING_CIRCLE))
        elif hint:
            parts += [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in said.body]
        done = Button(
            ui,
            "continue",
            ui.say(said.actions[-1].label),
            TextDone(),
            kind=ButtonKind.PRIMARY,
            icon=Icon.ARROW_RIGHT,
            icon_last=True,
            size=Size.BODY,
            padding=28,
            high=FIELD_ROOM + Size.ENTRY.units(large=ui.theme.large),
        )
        done.rigid = True
        self._field = field = Field(ui, "field", self.line, lambda: None)
        field.grows = True
        parts.append(Row([field, done], gap=ui.px(16), across=Align.STRETCH))
        return Inset(Column(parts, gap=ui.px(14)), (ui.px(MARGIN), ui.px(16)))


def _page(session: Session) -> _Typed:
    if isinstance(session.activity, _Typed):
        return session.activity
    raise TypeError(type(session.activity).__name__)
