"""To confirm to be the holder of a document: the ways, what will be recorded, what comes next."""

from __future__ import annotations

from datetime import datetime

from hw.finger_readings import Finger, Hand
from kiosk.flows import identification_rows
from kiosk.flows.citizen.identification import ChooseWay, Confirm
from kiosk.flows.events import OptionChosen
from kiosk.flows.papers import Papers
from kiosk.flows.state import Session
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.papers import papers_grid
from kiosk.screens.screen import Page, action_button, action_name, heading, notice, panel
from kiosk.screens.theme import Paint, Size
from kiosk.screens.widgets.button import Badge, PictureChoice
from kiosk.screens.widgets.document_pictures import HealthCardPicture
from kiosk.screens.widgets.facts import facts_grid
from kiosk.screens.widgets.hand_picture import HandPicture
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from sync.model.identification import Way

_PICTURE_WIDE = 280


class ChooseWayScreen(Page):
    """The ways beside each other, each with its picture; none stands out: all are worth the same."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        super().__init__(ui, session, lambda ui: _ways(ui, session), now=now)


def _ways(ui: Context, session: Session) -> Part:
    if not isinstance(session.activity, ChooseWay):
        raise TypeError(type(session.activity).__name__)
    said = wording(session)
    soft = ui.theme.palette.page_soft.ink
    lines = [ui.text(ui.say(line), Size.READING, soft) for line in said.body]
    choices = [_way(ui, action) for action in said.actions]
    grid = Grid(choices, columns=len(choices), gap=ui.px(20), least=ui.px(300))
    return Column([*heading(ui, session, said.title), *lines, grid], gap=ui.px(16))


def _way(ui: Context, action: Action) -> Part:
    name, words = action_name(action.event), ui.say(action.label)
    match action.event:
        case OptionChosen(Way.FINGERPRINTS.value):
            picture: Part = HandPicture(ui, Hand.RIGHT, _PICTURE_WIDE, marked=Finger.INDEX)
        case OptionChosen(Way.CARD_PIN.value):
            picture = HealthCardPicture(ui, _PICTURE_WIDE * 0.8)
        case _:
            picture = Badge(ui, Icon.USER, ui.theme.palette.badge, 132)
    return PictureChoice(ui, name, picture, words, action.event)


class ConfirmScreen(Page):
    """All that will be recorded, to be looked at."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _confirm(ui, session), actions, now=now)


def _confirm(ui: Context, session: Session) -> Part:
    activity = session.activity
    if not isinstance(activity, Confirm):
        raise TypeError(type(activity).__name__)
    said, palette = wording(session), ui.theme.palette
    lead, *more = [ui.say(line) for line in said.body]
    facts = panel(ui, facts_grid(ui, identification_rows.rows(activity), columns=2))
    parts: list[Part] = [
        *heading(ui, session, said.title),
        ui.text(lead, Size.READING, palette.page_soft.ink),
        facts,
        *(notice(ui, line, palette.info, Icon.INFO_CIRCLE) for line in more),
    ]
    return Column(parts, gap=ui.px(14))


class ActDoneScreen(Page):
    """It is recorded: what that means, what to do next, the papers."""

    def __init__(
        self, ui: Context, session: Session, now: datetime, papers: Papers, *, clerk: bool = False
    ) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(
            ui, session, lambda ui: _done(ui, session, papers, clerk=clerk), actions, now=now
        )


def _done(ui: Context, session: Session, papers: Papers, *, clerk: bool) -> Part:
    said, palette = wording(session), ui.theme.palette
    steps = [ui.text(ui.say(line), Size.READING, palette.card.ink) for line in said.body]
    words = Column(steps, gap=ui.px(12), along=Align.MIDDLE)
    words.grows = True
    sign, paint = _sign(ui, session)
    card = panel(ui, Row([Badge(ui, sign, paint, 112), words], gap=ui.px(30)))
    parts: list[Part] = [*heading(ui, session, said.title), card]
    if papers:
        parts.append(papers_grid(ui, papers, clerk=clerk))
    return Column(parts, gap=ui.px(16))


def _sign(ui: Context, session: Session) -> tuple[Icon, Paint]:
    """A tick; an arrow where something is still to be done at the counter."""
    palette = ui.theme.palette
    if wording(session).title.key.endswith(f".{Way.OPERATOR.value}"):
        return Icon.ARROW_RIGHT, palette.warning
    return Icon.CHECK_CIRCLE, palette.success
