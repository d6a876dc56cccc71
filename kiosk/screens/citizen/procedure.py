"""Activation, promotion, reset, new PIN, revocation: the pages that no other service has."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows import procedure_wording
from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.events import OptionChosen
from kiosk.flows.procedure_wording import COUNTED
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.citizen.message import MessageScreen
from kiosk.screens.citizen.question import QuestionScreen
from kiosk.screens.citizen.secret_entry import SecretScreen
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import (
    Page,
    Screen,
    action_button,
    action_name,
    heading,
    notice,
    panel,
)
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Badge, Choice
from kiosk.screens.widgets.countdown import Circle
from kiosk.screens.widgets.facts import facts_grid
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from sync.texts.reading import Block

_SECONDS_SHOWN = 100
"""From so many seconds on, minutes and seconds are shown."""
_WIDEST_CHOICE = 420


def procedure_page(
    ui: Context, session: Session, activity: ProcedureState, now: datetime
) -> Screen:
    """The screen of a procedure's state."""
    match activity:
        case (
            states.AskCode()
            | states.AskPin()
            | states.ChoosePassword()
            | states.RepeatPassword()
            | states.AnswerQuestion()
        ):
            return SecretScreen(ui, session)
        case states.AskCodiceFiscale() | states.ChooseUsername() | states.WriteQuestion():
            return QuestionScreen(ui, session)
        case states.ReadText():
            return LegalScreen(ui, session, now)
        case states.CodesRefused():
            return RefusedScreen(ui, session, now)
        case states.ChooseQuestion():
            return QuestionsScreen(ui, session, now)
        case states.Confirm():
            return ConfirmScreen(ui, session, now)
        case _:
            return MessageScreen(ui, session, now)


def lasting_part(activity: ProcedureState) -> object:
    """What makes another screen of a state: not what is typed, judged or counted on its page."""
    match activity:
        case states.AskCodiceFiscale():
            return type(activity), activity.visit.for_another
        case states.AskCode() | states.AskPin():
            return type(activity), activity.visit
        case states.CodesRefused():
            return type(activity), activity.code, min(1, activity.wait_seconds)
        case states.ReadText(procedure, step):
            return type(activity), procedure.kind, step
        case states.Concluding():
            return type(activity), activity.recorded
        case _ if isinstance(activity, states.Opened):
            return type(activity), activity.procedure.kind, activity.procedure.visit
        case _:
            return activity


# --- a text to accept


class LegalScreen(Page):
    """A text as it is accepted: its sections below each other; the page moves up and down."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _legal(ui, session), actions, now=now)


def _legal(ui: Context, session: Session) -> Part:
    activity = session.activity
    if not isinstance(activity, states.ReadText):
        raise TypeError(type(activity).__name__)
    said, palette = wording(session), ui.theme.palette
    text = procedure_wording.legal_text(session, activity)
    parts: list[Part] = []
    for section in text.sections:
        lines = [_block(ui, block) for block in section.blocks]
        head = ui.text(section.heading, Size.HEADING, palette.card_link.ink, Font.TITLE)
        parts.append(Column([head, *lines], gap=ui.px(8)))
    card = panel(ui, Column(parts, gap=ui.px(24)))
    notices = [notice(ui, ui.say(line), palette.info, Icon.USER) for line in said.body]
    return Column([*heading(ui, session, said.title), *notices, card], gap=ui.px(14))


def _block(ui: Context, block: Block) -> Part:
    ink = ui.theme.palette.card.ink
    if not block.points:
        return ui.text(block.paragraph, Size.READING, ink)
    return Column([_point(ui, point) for point in block.points], gap=ui.px(6))


def _point(ui: Context, point: str) -> Part:
    ink = ui.theme.palette.card.ink
    words = ui.text(point, Size.READING, ink)
    words.grows = True
    dot = ui.text("\N{BULLET}", Size.READING, ink, Font.STRONG)
    dot.rigid = True
    return Row([dot, words], gap=ui.px(14), across=Align.START)


# --- codes that the hub does not take


class RefusedScreen(Page):
    """Why, and how long to wait."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        self._counts: list[Wait] = []
        super().__init__(ui, session, self._body, actions, now=now)

    def update(self, session: Session) -> None:
        """A second less."""
        super().update(session)
        for count in self._counts:
            count.show(_wait(session))

    def _body(self, ui: Context) -> Part:
        session = self.session
        said, palette = wording(session), ui.theme.palette
        words: list[Part] = []
        for line in said.body:
            if line.key == COUNTED:
                count = Wait(ui, _wait(session), ui.say(line))
                self._counts.append(count)
                words.append(count)
            else:
                words.append(ui.text(ui.say(line), Size.READING, palette.card.ink))
        column = Column(words, gap=ui.px(18), along=Align.MIDDLE)
        column.grows = True
        sign = Badge(ui, Icon.WARNING_CIRCLE, palette.error, 112)
        card = panel(ui, Row([sign, column], gap=ui.px(32)))
        return Column([*heading(ui, session, said.title), card], gap=ui.px(16))


class Wait(Row):
    """What is left of a wait in a circle, and what it is for."""

    def __init__(self, ui: Context, seconds: int, words: str) -> None:
        palette = ui.theme.palette
        size = Size.DISPLAY if seconds < _SECONDS_SHOWN else Size.HEADING
        self._count = ui.text("", size, palette.warning.ink, Font.TITLE, align="center")
        line = ui.text(words, Size.READING, palette.card.ink, Font.STRONG)
        line.grows = True
        super().__init__([Circle(ui, palette.warning, self._count), line], gap=ui.px(20))
        self.show(seconds)

    def show(self, seconds: int) -> None:
        """So many are left."""
        minutes, rest = divmod(seconds, 60)
        self._count.say(str(seconds) if seconds < _SECONDS_SHOWN else f"{minutes}:{rest:02}")


def _wait(session: Session) -> int:
    activity = session.activity
    return activity.wait_seconds if isinstance(activity, states.CodesRefused) else 0


# --- the secret questions


class QuestionsScreen(Page):
    """The questions on offer, two in a row, and one's own."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        super().__init__(ui, session, lambda ui: _questions(ui, session), now=now)


def _questions(ui: Context, session: Session) -> Part:
    said, activity = wording(session), session.activity
    chosen = activity.procedure.question if isinstance(activity, states.ChooseQuestion) else ""
    choices = [
        Choice(
            ui,
            action_name(action.event),
            ui.say(action.label),
            action.event,
            chosen=action.event == OptionChosen(chosen),
        )
        for action in said.actions
    ]
    grid = Grid(choices, columns=2, gap=ui.px(12), least=ui.px(_WIDEST_CHOICE))
    return Column([*heading(ui, session, said.title), grid], gap=ui.px(12))


# --- before it counts


class ConfirmScreen(Page):
    """What was chosen, without what nobody may see."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _confirm(ui, session), actions, now=now)


def _confirm(ui: Context, session: Session) -> Part:
    activity = session.activity
    if not isinstance(activity, states.Confirm):
        raise TypeError(type(activity).__name__)
    said, palette = wording(session), ui.theme.palette
    facts = panel(ui, facts_grid(ui, procedure_wording.chosen(activity), columns=2))
    lines = [ui.text(ui.say(line), Size.READING, palette.page_soft.ink) for line in said.body]
    return Column([*heading(ui, session, said.title), facts, *lines], gap=ui.px(16))
