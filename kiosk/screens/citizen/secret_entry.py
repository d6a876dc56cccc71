"""A field whose text the flow does not keep: code, PIN, password, secret answer.

What is typed stands in the field alone; the flow is told at every key and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.flows import procedure_wording
from kiosk.flows.citizen.procedure import (
    AnswerQuestion,
    AskCode,
    AskPin,
    ChoosePassword,
    RepeatPassword,
    Rule,
    SecretPage,
    secret_of,
)
from kiosk.flows.events import TextDone
from kiosk.flows.home_effects import SecretField
from kiosk.flows.home_events import RevealToggled, SecretTyped
from kiosk.flows.question import Keyboard
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Fit, Screen, notice, notice_line, step_words, title
from kiosk.screens.theme import Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.code_field import CodeField
from kiosk.screens.widgets.field import FIELD_ROOM, Field, Line
from kiosk.screens.widgets.frame import MARGIN, slim_bar
from kiosk.screens.widgets.keyboard import KeyboardPanel, NumberPad
from kiosk.screens.widgets.layout import Align, Column, Grid, Inset, Part, Row
from kiosk.screens.widgets.text import IconText
from sync.model.codes import CODE_LETTERS, PIN_DIGITS
from sync.model.passwords import LONGEST_ANSWER, LONGEST_PASSWORD

_GROUP = 4
"""Letters of a code that stand together, as on its letter."""
_LONGEST = {
    SecretField.CODE: CODE_LETTERS,
    SecretField.PIN: PIN_DIGITS,
    SecretField.PASSWORD: LONGEST_PASSWORD + 1,
    SecretField.PASSWORD_AGAIN: LONGEST_PASSWORD + 1,
    SecretField.ANSWER: LONGEST_ANSWER + 1,
}
"""Signs that a field takes; one more than allowed where too many are a fault to be told."""
_KEYS = {
    SecretField.CODE: Keyboard.LETTER_CODE,
    SecretField.PASSWORD: Keyboard.PASSWORD,
    SecretField.PASSWORD_AGAIN: Keyboard.PASSWORD,
    SecretField.ANSWER: Keyboard.FREE,
}


class SecretScreen(Screen):
    """Question and field above the keys, or beside the keypad of a PIN.

    Attributes:
        which: the secret that is typed.
        line: what stands in the field.
    """

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui, session)
        self.which = secret_of(_activity(session))
        self.line = Line()
        self._field: CodeField | Field | None = None
        self._room = Fit(ui, self._builders())
        self._bar = Part([slim_bar(ui, session, step_words(ui, session))])
        self._keys: KeyboardPanel
        if self.which is SecretField.PIN:
            self._keys = NumberPad(ui, self.write, self.erase)
            self._keys.rigid = True
            self._room.grows = True
            below = Row([self._room, self._keys], across=Align.STRETCH)
            below.grows = True
            rows: list[Part] = [self._bar, below]
        else:
            self._keys = KeyboardPanel(ui, _KEYS[self.which], self.write, self.erase)
            rows = [self._bar, self._room, self._keys]
        if session.notice is not None:
            rows.insert(1, notice_line(ui, session.notice))
        self.fill([Column(rows)])

    def take_over(self, before: Screen) -> None:
        """The same page in other letters or another language: what was typed stays."""
        if isinstance(before, SecretScreen) and before.which is self.which:
            here, there = _activity(self.session), _activity(before.session)
            if self.session.id == before.session.id and here.typed.length == there.typed.length:
                self.line = before.line
                self._room.settle()

    def update(self, session: Session) -> None:
        """Problems, rules, strength and whether it is shown change while the page stays."""
        before, self.session = self.session, session
        if _around(before) != _around(session):
            self._room.settle()
        if session.speaking != before.speaking:
            self._bar.fill([slim_bar(self.ui, session, step_words(self.ui, session))])
            self._bar.settle()

    def write(self, piece: str) -> None:
        """A key wrote `piece`."""
        allowed = _allowed(self.which, piece)[: _LONGEST[self.which] - len(self.line.text)]
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
        self.ui.emit(SecretTyped(self.which, self.line.text))

    # --- what stands above the keys

    def _builders(self) -> Sequence[Callable[[Context], Part]]:
        return (
            lambda ui: self._question(ui, hint=True, tight=False),
            lambda ui: self._question(ui, hint=True, tight=True),
            lambda ui: self._question(ui, hint=False, tight=True),
        )

    def _question(self, ui: Context, *, hint: bool, tight: bool) -> Part:
        said, activity = wording(self.session), _activity(self.session)
        palette = ui.theme.palette
        parts: list[Part] = [title(ui, ui.say(said.title))]
        if isinstance(activity, ChoosePassword):
            parts.append(_rules(ui, activity))
        if said.problem is not None:
            words = ui.say(said.problem)
            parts.append(notice(ui, words, palette.error, Icon.WARNING_CIRCLE, size=Size.LABEL))
        elif isinstance(activity, ChoosePassword) and activity.strength is not None:
            parts.append(_strength(ui, activity))
        elif hint:
            parts += [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in said.body]
        parts.append(self._entry_row(ui))
        gap, margin = (8, 8) if tight else (14, 16)
        return Inset(Column(parts, gap=ui.px(gap)), (ui.px(MARGIN), ui.px(margin)))

    def _entry_row(self, ui: Context) -> Part:
        said = wording(self.session)
        high = FIELD_ROOM + Size.ENTRY.units(large=ui.theme.large)
        done = Button(
            ui,
            "continue",
            ui.say(said.actions[-1].label),
            TextDone(),
            kind=ButtonKind.PRIMARY,
            icon=Icon.ARROW_RIGHT,
            icon_last=True,
            size=Size.BODY,
            padding=24,
            high=high,
        )
        done.rigid = True
        if self.which in {SecretField.CODE, SecretField.PIN}:
            boxes = CodeField(
                ui,
                "field",
                self.line,
                _LONGEST[self.which],
                group=_GROUP,
                masked=self.which is SecretField.PIN,
            )
            self._field = boxes
            if self.which is SecretField.PIN:
                below = Row([done], along=Align.END)
                return Column([boxes, below], gap=ui.px(16))
            boxes.grows = True
            return Row([boxes, done], gap=ui.px(16), across=Align.STRETCH)
        return Row([self._plain_field(ui), *self._reveal(ui, high), done], gap=ui.px(12))

    def _plain_field(self, ui: Context) -> Part:
        masked = not _revealed(_activity(self.session))
        self._field = Field(ui, "field", self.line, lambda: None, masked=masked)
        self._field.grows = True
        return self._field

    def _reveal(self, ui: Context, high: int) -> list[Part]:
        """The button that shows or hides what is typed."""
        return [
            Button(
                ui,
                "reveal",
                ui.say(action.label),
                action.event,
                icon=Icon.EYE,
                size=Size.LABEL,
                padding=18,
                high=high,
            )
            for action in wording(self.session).actions
            if isinstance(action.event, RevealToggled)
        ]


def _rules(ui: Context, page: ChoosePassword) -> Part:
    """The rules beside each other, each with a tick once it is met."""
    said = zip(Rule, procedure_wording.rules(), strict=True)
    cells = [_rule(ui, ui.say(words), met=rule in page.met) for rule, words in said]
    return Grid(cells, columns=3, gap=ui.px(16))


def _rule(ui: Context, words: str, *, met: bool) -> Part:
    palette = ui.theme.palette
    ink = palette.success.ink if met else palette.page.ink
    text = ui.text(words, Size.LABEL, palette.page.ink, down=Align.END)
    text.grows = True
    sign = IconText(Icon.CHECK_CIRCLE if met else Icon.MINUS_CIRCLE, ui.px(30), ink)
    return Row([sign, text], gap=ui.px(10), across=Align.END)


def _strength(ui: Context, page: ChoosePassword) -> Part:
    palette = ui.theme.palette
    enough = Rule.GUESSABLE in page.met
    paint, icon = (
        (palette.success, Icon.CHECK_CIRCLE) if enough else (palette.warning, Icon.INFO_CIRCLE)
    )
    words = " ".join(ui.say(line) for line in procedure_wording.strength(page))
    return notice(ui, words, paint, icon, size=Size.LABEL)


def _allowed(which: SecretField, piece: str) -> str:
    """What of a key counts in a field."""
    match which:
        case SecretField.CODE:
            return "".join(sign for sign in piece.upper() if sign.isascii() and sign.isalnum())
        case SecretField.PIN:
            return "".join(sign for sign in piece if sign in "0123456789")
        case _:
            return piece


def _activity(session: Session) -> SecretPage:
    if isinstance(session.activity, SecretPage):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _revealed(page: SecretPage) -> bool:
    match page:
        case ChoosePassword() | RepeatPassword() | AnswerQuestion():
            return page.revealed
        case AskCode():
            return True
        case AskPin():
            return False


def _around(session: Session) -> object:
    """What stands around the field; when it changes, the page above the keys is built anew."""
    page = _activity(session)
    if isinstance(page, ChoosePassword):
        weighed = page.strength if page.typed.length else None
        return page.typed.problem, page.met, weighed, page.revealed
    return page.typed.problem, _revealed(page)
