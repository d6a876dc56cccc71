"""A device that becomes a station, the report of its installation, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kiosk.flows import station_facts, station_rows
from kiosk.flows.events import OptionChosen
from kiosk.flows.installer import courier, installation, provisioning
from kiosk.flows.installer.installation import EndpointResult, StepList, Work
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.installer_wording import endpoint_rows, step_rows
from kiosk.flows.phrases import literal, phrase
from kiosk.flows.state import Session
from kiosk.flows.verdicts import Fact
from kiosk.flows.wording import wording
from kiosk.screens.citizen.scanning import viewfinder
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, heading, notice, panel
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.button import Badge, ButtonKind, Choice
from kiosk.screens.widgets.facts import facts_grid
from kiosk.screens.widgets.layout import Align, Column, Grid, Inset, Part, Row
from kiosk.screens.widgets.surface import Touchable
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.viewfinder import SQUARE
from kiosk.screens.widgets.waiting import Waiting
from sync.model.installation import InstallationStep, StepOutcome

_MARKS: Final = {
    None: Icon.ARROW_RIGHT,
    StepOutcome.DONE: Icon.CHECK_CIRCLE,
    StepOutcome.NOT_APPLICABLE: Icon.MINUS_CIRCLE,
    StepOutcome.FAILED: Icon.WARNING_CIRCLE,
}


class SettingUpScreen(Page):
    """One page of these; what stands in its middle depends on the state."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [
            action_button(ui, action)
            for action in wording(session).actions
            if not isinstance(session.activity, provisioning.ChooseWay)
        ]
        super().__init__(ui, session, lambda ui: _body(ui, session), actions, now=now)


def _body(ui: Context, session: Session) -> Part:
    said, palette = wording(session), ui.theme.palette
    parts = heading(ui, session, said.title)
    if said.problem is not None:
        words = ui.say(said.problem)
        parts.append(notice(ui, words, palette.error, Icon.WARNING_CIRCLE))
    return Column([*parts, *_middle(ui, session)], gap=ui.px(12))


def _middle(ui: Context, session: Session) -> list[Part]:
    activity, said = session.activity, wording(session)
    lines = [ui.say(line) for line in said.body]
    match activity:
        case provisioning.ChooseWay():
            ways = [
                Choice(ui, f"way.{number}", ui.say(one.label), one.event, chosen=False)
                for number, one in enumerate(said.actions)
            ]
            return [*_soft(ui, lines), Grid(ways, columns=1, gap=ui.px(14))]
        case provisioning.ScanningToken():
            words = Column([ui.text(line, Size.BODY, ui.theme.palette.page.ink) for line in lines])
            words.grows = True
            return [Row([viewfinder(ui, SQUARE), words], gap=ui.px(26))]
        case provisioning.WaitForApproval(told=told):
            return [_check_code(ui, told.check_code), *_soft(ui, lines)]
        case StepList(work=work, incomplete=incomplete):
            return [*_list_lines(ui, lines, incomplete=incomplete), _steps(ui, work)]
        case installation.ReportSummary(work=work):
            people = (("referente", work.referente), ("installer", work.installer))
            named = [Fact(phrase(f"installation.{who}"), literal(name)) for who, name in people]
            return [*_soft(ui, lines), _facts(ui, [*step_rows(work), *named], columns=4)]
        case installation.TestingEndpoints(results=results):
            return [
                Row([Waiting(ui, units=64), *_soft(ui, lines)], gap=ui.px(24)),
                *_tried(ui, results),
            ]
        case installation.StepPage(work=work, step=InstallationStep.ENDPOINTS):
            return [*_said(ui, session, lines), *_tried(ui, work.endpoints)]
        case courier.CourierPage(stage=stage, told=told) if (
            told is not None and stage is not courier.CourierStage.WORKING and courier.rows(told)
        ):
            return [*_said(ui, session, lines), _facts(ui, courier.rows(told), columns=3)]
        case StationPage():
            facts = station_rows.rows(session.facts, session.office.station, session.today)
            warned = station_facts.warnings(session.facts, session.today)
            shown = _warned(ui, lines) if warned else _soft(ui, lines)
            return [*shown, _facts(ui, facts, columns=3)]
        case _:
            return _said(ui, session, lines)


def _soft(ui: Context, lines: Sequence[str]) -> list[Part]:
    return [ui.text(line, Size.BODY, ui.theme.palette.page_soft.ink) for line in lines]


def _warned(ui: Context, lines: Sequence[str]) -> list[Part]:
    paint = ui.theme.palette.warning
    return [notice(ui, line, paint, Icon.WARNING_CIRCLE) for line in lines]


def _list_lines(ui: Context, lines: Sequence[str], *, incomplete: bool) -> list[Part]:
    return _warned(ui, lines) if incomplete else _soft(ui, lines)


def _check_code(ui: Context, code: str) -> Part:
    """Eight letters, as large as they go: they are compared from two screens."""
    palette = ui.theme.palette
    words = ui.text(code, Size.DISPLAY, palette.card.ink, Font.TITLE)
    words.name = "check-code"
    caption = ui.text(ui.words("provisioning.wait.caption"), Size.BODY, palette.card_soft.ink)
    column = Column([caption, words], gap=ui.px(6), across=Align.MIDDLE)
    column.grows = True
    return panel(ui, Row([column, Waiting(ui, units=72)], gap=ui.px(30)))


def _facts(ui: Context, facts: Sequence[Fact], *, columns: int) -> Part:
    across = 2 if ui.theme.large else columns
    return panel(ui, facts_grid(ui, facts, columns=across), padding=(24, 14))


def _tried(ui: Context, results: tuple[EndpointResult, ...]) -> list[Part]:
    return [_facts(ui, endpoint_rows(results), columns=2)] if results else []


def _said(ui: Context, session: Session, lines: Sequence[str]) -> list[Part]:
    """A card with a sign and paragraphs."""
    palette = ui.theme.palette
    paragraphs = [ui.text(line, Size.READING, palette.card.ink) for line in lines]
    words = Column(paragraphs, gap=ui.px(14), along=Align.MIDDLE)
    words.grows = True
    working = provisioning.AtWork | installation.RecordingInstallation
    mark: Part
    activity = session.activity
    carrying = (
        isinstance(activity, courier.CourierPage) and activity.stage is courier.CourierStage.WORKING
    )
    if carrying or isinstance(activity, working):
        mark = Waiting(ui)
    else:
        icon, paint = _sign(palette, session)
        mark = Badge(ui, icon, paint, 112)
    return [panel(ui, Row([mark, words], gap=ui.px(30)))]


def _sign(palette: Palette, session: Session) -> tuple[Icon, Paint]:
    match session.activity:
        case provisioning.EnrolmentFailed() | installation.InstallationFailed():
            return Icon.WARNING_CIRCLE, palette.error
        case provisioning.Ready() | courier.CourierPage(stage=courier.CourierStage.DONE):
            return Icon.CHECK_CIRCLE, palette.success
        case courier.CourierPage(stage=courier.CourierStage.STOPPED):
            return Icon.WARNING_CIRCLE, palette.warning
        case courier.CourierPage():
            return Icon.DOWNLOAD, palette.badge
        case _:
            return Icon.TOOL, palette.badge


# --- the list of steps


def _steps(ui: Context, work: Work) -> Part:
    tiles = [StepTile(ui, work, step) for step in InstallationStep]
    return Grid(tiles, columns=2 if ui.theme.large else 3, gap=ui.px(12))


class StepTile(Touchable):
    """One step, with its outcome in words and as a sign."""

    def __init__(self, ui: Context, work: Work, step: InstallationStep) -> None:
        super().__init__(
            f"step.{step.value}",
            lambda: ui.emit(OptionChosen(step.value)),
            ButtonKind.SECONDARY.paints(ui.theme.palette),
            radius=ui.px(10),
            border=ui.px(2),
        )
        found = work.of(step)
        ink = self.paint.ink
        outcome = "open" if found is None else found.outcome.value
        name = ui.words(f"installation.step.{step.value}.title")
        said = ui.words(f"installation.outcome.{outcome}")
        mark = IconText(_MARKS[None if found is None else found.outcome], ui.px(34), ink)
        texts = [
            ui.text(name, Size.BODY, ink, Font.STRONG),
            ui.text(said, Size.LABEL, ink),
        ]
        words = Column(texts, gap=ui.px(2), along=Align.MIDDLE)
        words.grows = True
        self._inked = [mark, *texts]
        self.fill([Inset(Row([mark, words], gap=ui.px(14)), (ui.px(16), ui.px(10)))])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self._inked:
            text.ink = self.paint.ink
