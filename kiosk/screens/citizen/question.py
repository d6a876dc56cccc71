"""One question on one page: a field with its keyboard, a date, or answers to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kiosk.flows import questions
from kiosk.flows.citizen.document_reading import KeyField, TypeMrz
from kiosk.flows.citizen.preregistration import Asking
from kiosk.flows.citizen.procedure import AskCodiceFiscale, ChooseUsername, WriteQuestion
from kiosk.flows.citizen.registration_status import AskNumber
from kiosk.flows.entries import (
    ChoiceEntry,
    DateEntry,
    DatePart,
    DatePrecision,
    Entry,
    Option,
    OptionRole,
    SearchEntry,
    TextEntry,
)
from kiosk.flows.events import (
    DatePartFocused,
    DatePrecisionChosen,
    OptionChosen,
    TextChanged,
    TextDone,
)
from kiosk.flows.questions import Keyboard
from kiosk.flows.state import Session
from kiosk.flows.steps.scanning import SCAN
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import (
    Fit,
    Page,
    Screen,
    action_name,
    heading,
    notice,
    notice_line,
    step_words,
    title,
)
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Button, ButtonKind, Choice
from kiosk.screens.widgets.field import FIELD_ROOM, Field, Line
from kiosk.screens.widgets.frame import MARGIN, slim_bar
from kiosk.screens.widgets.keyboard import KeyboardPanel
from kiosk.screens.widgets.layout import Align, Column, Flow, Grid, Inset, Part, Row
from sync.model.errors import Problem


class ChoiceScreen(Page):
    """A question whose answers are touched."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        super().__init__(ui, session, lambda ui: _choices(ui, session), now=now)


def _choices(ui: Context, session: Session) -> Part:
    said = wording(session)
    palette = ui.theme.palette
    parts = heading(ui, session, said.title)
    parts += [ui.text(ui.say(line), Size.READING, palette.page_soft.ink) for line in said.body]
    if said.problem is not None:
        parts.append(_complaint(ui, session, ui.say(said.problem), Size.BODY))
    entry = _entry(session)
    if isinstance(entry, ChoiceEntry):
        answers = [
            Choice(
                ui,
                f"option.{option.value}",
                ui.say(option.label),
                OptionChosen(option.value),
                chosen=option.value == entry.chosen,
            )
            for option in entry.options
        ]
        columns = 2 if len(answers) in {2, 4} or len(answers) > 4 else 1
        parts.append(Grid(answers, columns=columns, gap=ui.px(16)))
    return Column(parts, gap=ui.px(14))


class QuestionScreen(Screen):
    """A question whose answer is typed: everything above the keyboard fits, whatever it says."""

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui, session)
        entry = _entry(session)
        self._lines = {part: Line(text) for part, text in _texts(entry).items()}
        self._fields: dict[DatePart | None, Field] = {}
        self._keyboard = KeyboardPanel(ui, _keyboard(session), self.write, self.erase)
        self._room = Fit(ui, self._builders())
        self._bar = Part([slim_bar(ui, session, step_words(ui, session))])
        rows: list[Part] = [self._bar, self._room, self._keyboard]
        if session.notice is not None:
            rows.insert(1, notice_line(ui, session.notice))
        self.fill([Column(rows)])
        self._expect_capitals()

    def update(self, session: Session) -> None:
        """Keys, suggestions and problems change while the page stays."""
        before, self.session = self.session, session
        old, new = _entry(before), _entry(session)
        # A complaint is an answer to what was told last; a key would have taken it away.
        complaint = _problem(session)
        answer = complaint is not None and complaint != _problem(before)
        typed = False
        for part, text in _texts(new).items():
            typed |= self._lines[part].hear(text, answer=answer)
        if _around(before) != _around(session):
            self._room.settle()
        elif typed or old != new:
            for field in self._fields.values():
                field.draw()
        if session.speaking != before.speaking:
            self._bar.fill([slim_bar(self.ui, session, step_words(self.ui, session))])
            self._bar.settle()
        self._expect_capitals()

    def write(self, piece: str) -> None:
        """A key wrote `piece`."""
        line = self._line
        line.insert(piece)
        self._changed(line)

    def erase(self) -> None:
        """The erasing key."""
        line = self._line
        if line.erase():
            self._changed(line)

    def enter(self) -> None:
        """The answer is complete."""
        self.ui.emit(TextDone())

    @property
    def _line(self) -> Line:
        entry = _entry(self.session)
        return self._lines[entry.focus if isinstance(entry, DateEntry) else None]

    def _changed(self, line: Line) -> None:
        for field in self._fields.values():
            if field.line is line:
                field.draw()
        self._expect_capitals()
        self.ui.emit(TextChanged(line.text))

    def _expect_capitals(self) -> None:
        line = self._line
        self._keyboard.expect(line.text[: line.caret])

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
        if said.problem is not None:
            parts.append(_complaint(ui, self.session, ui.say(said.problem), Size.LABEL))
        elif hint:
            parts += [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in said.body]
        entry = _entry(self.session)
        parts.append(self._entry_row(ui, entry, ui.say(said.actions[-1].label)))
        options = [*self._scans(ui, said.actions), *self._options(ui, entry)]
        if options:
            parts.append(Flow(options, gap=ui.px(10)))
        gap, margin = (6, 8) if tight else (14, 16)
        return Inset(Column(parts, gap=ui.px(gap)), (ui.px(MARGIN), ui.px(margin)))

    def _entry_row(self, ui: Context, entry: Entry, action: str) -> Part:
        done = Button(
            ui,
            "continue",
            action,
            TextDone(),
            kind=ButtonKind.PRIMARY,
            icon=Icon.ARROW_RIGHT,
            icon_last=True,
            size=Size.BODY,
            padding=28,
            high=FIELD_ROOM + Size.ENTRY.units(large=ui.theme.large),
        )
        done.rigid = True
        if isinstance(entry, DateEntry):
            return self._date_row(ui, entry, done)
        field = Field(ui, "field", self._lines[None], self._caret_moved)
        field.grows = True
        self._fields = {None: field}
        return Row([field, done], gap=ui.px(16), across=Align.STRETCH)

    def _date_row(self, ui: Context, entry: DateEntry, done: Button) -> Part:
        palette = ui.theme.palette
        columns: list[Part] = []
        self._fields = {}
        for part in entry.parts:
            field = Field(
                ui,
                f"field.{part.value}",
                self._lines[part],
                lambda part=part: self._part_touched(part),  # type: ignore[misc]
                focused=part is entry.focus,
                align="center",
            )
            self._fields[part] = field
            caption = ui.text(
                ui.words(f"date.{part.value}"), Size.LABEL, palette.page.ink, Font.STRONG
            )
            column = Column([caption, field], gap=ui.px(6))
            column.grows = True
            columns.append(column)
        return Row([*columns, done], gap=ui.px(16), across=Align.START)

    def _part_touched(self, part: DatePart) -> None:
        entry = _entry(self.session)
        if isinstance(entry, DateEntry) and entry.focus is not part:
            self.ui.emit(DatePartFocused(part))

    def _caret_moved(self) -> None:
        self._expect_capitals()

    def _options(self, ui: Context, entry: Entry) -> list[Part]:
        match entry:
            case TextEntry(options=options) | SearchEntry(options=options):
                return [_option_button(ui, option) for option in options]
            case DateEntry():
                return self._precisions(ui, entry)
            case ChoiceEntry():
                return []

    @staticmethod
    def _scans(ui: Context, actions: Sequence[Action]) -> list[Part]:
        """To read the answer with the camera, where the flow offers it."""
        return [
            Button(
                ui,
                action_name(one.event),
                ui.say(one.label),
                one.event,
                kind=ButtonKind.CHOSEN,
                icon=Icon.CAMERA,
                size=Size.BODY,
            )
            for one in actions
            if one.event == OptionChosen(SCAN)
        ]

    def _precisions(self, ui: Context, entry: DateEntry) -> list[Part]:
        if not self._partial:
            return []
        return [
            Button(
                ui,
                f"precision.{precision.value}",
                ui.words(f"date.precision.{precision.value}"),
                DatePrecisionChosen(precision),
            )
            for precision in DatePrecision
            if precision is not entry.precision
        ]

    @property
    def _partial(self) -> bool:
        activity = self.session.activity
        if isinstance(activity, TypeMrz):
            return activity.part is KeyField.BIRTH_DATE
        return isinstance(activity, Asking) and questions.question(activity.question).partial


def _option_button(ui: Context, option: Option) -> Button:
    way_out = option.role in {OptionRole.SKIP, OptionRole.NONE}
    return Button(
        ui,
        f"option.{option.value}",
        ui.say(option.label),
        OptionChosen(option.value),
        kind=ButtonKind.SECONDARY if way_out else ButtonKind.CHOSEN,
    )


def _entry(session: Session) -> Entry:
    activity = session.activity
    if isinstance(activity, _Asking):
        return activity.entry
    raise TypeError(type(activity).__name__)


_Asking = Asking | AskNumber | TypeMrz | AskCodiceFiscale | ChooseUsername | WriteQuestion
"""States with one question and its field."""


def _problem(session: Session) -> Problem | None:
    activity = session.activity
    return activity.problem if isinstance(activity, _Asking) else None


def _complaint(ui: Context, session: Session, words: str, size: Size) -> Part:
    """What is wrong beside the field; a doubt, which may be passed over, is milder."""
    palette = ui.theme.palette
    doubt = isinstance(session.activity, Asking) and session.activity.doubtful
    paint, icon = (
        (palette.warning, Icon.INFO_CIRCLE) if doubt else (palette.error, Icon.WARNING_CIRCLE)
    )
    return notice(ui, words, paint, icon, size=size)


def _texts(entry: Entry) -> dict[DatePart | None, str]:
    match entry:
        case DateEntry():
            return {
                DatePart.DAY: entry.day,
                DatePart.MONTH: entry.month,
                DatePart.YEAR: entry.year,
            }
        case TextEntry(text=text) | SearchEntry(text=text):
            return {None: text}
        case ChoiceEntry():
            return {}


def _around(session: Session) -> object:
    """What stands around the field; when it changes, the page above the keys is built anew."""
    entry, problem = _entry(session), wording(session).problem
    match entry:
        case DateEntry():
            return problem, entry.focus, entry.precision
        case TextEntry() | SearchEntry() | ChoiceEntry():
            return problem, entry.options


def _keyboard(session: Session) -> Keyboard:
    if isinstance(session.activity, Asking):
        keyboard = questions.question(session.activity.question).keyboard
        if keyboard is not None:
            return keyboard
    if isinstance(session.activity, ChooseUsername):
        return Keyboard.USERNAME
    if isinstance(session.activity, WriteQuestion):
        return Keyboard.FREE
    return Keyboard.DIGITS if isinstance(_entry(session), DateEntry) else Keyboard.CODE
