"""Readiness: the list of the devices, one of them, its test, and the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import Finger, Hand
from kiosk.flows.events import DeviceChosen
from kiosk.flows.installer.readiness import (
    DeviceList,
    DevicePage,
    JudgingTest,
    ReportPage,
    TestingDevice,
)
from kiosk.flows.installer.readiness_steps import can_be_tested
from kiosk.flows.readiness_rows import DeviceRow, device_rows, list_rows
from kiosk.flows.state import Session, activity_name
from kiosk.flows.verdicts import Fact
from kiosk.flows.wording import wording
from kiosk.screens.citizen.fingerprint import follow, taking_body
from kiosk.screens.citizen.scanning import viewfinder
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.installer.device_states import StateTag
from kiosk.screens.screen import Page, action_button, heading, notice, panel
from kiosk.screens.theme import Colour, Font, Size
from kiosk.screens.widgets.button import Badge, ButtonKind
from kiosk.screens.widgets.facts import facts_grid
from kiosk.screens.widgets.hand_picture import HandPicture
from kiosk.screens.widgets.layout import Align, Column, Flow, Grid, Inset, Part, Row
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText, Text
from kiosk.screens.widgets.viewfinder import SQUARE
from kiosk.screens.widgets.waiting import Waiting

DEVICE_ICONS = {
    DeviceKind.CARD_READER: Icon.CARD,
    DeviceKind.CAMERA: Icon.CAMERA,
    DeviceKind.PAGE_PRINTER: Icon.PRINT,
    DeviceKind.SLIP_PRINTER: Icon.NOTE,
    DeviceKind.SPEAKER: Icon.HEARING,
}

_LEAST_TILE: Final = 520
"""Units in which a device's name and state stand beside each other; narrower ones stand alone."""


class DeviceListScreen(Page):
    """Every device in a row that can be touched: name, state, test, code of what is wrong."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _list(ui, session), actions, now=now)


def _list(ui: Context, session: Session) -> Part:
    if not isinstance(session.activity, DeviceList):
        raise TypeError(type(session.activity).__name__)
    said, known = wording(session), session.activity.known
    soft = ui.theme.palette.page_soft.ink
    lines: list[Part] = [ui.text(ui.say(line), Size.BODY, soft) for line in said.body]
    if not known.fitted:
        lines = [Row([Waiting(ui), *lines], gap=ui.px(24))]
    rows = [DeviceTile(ui, row) for row in list_rows(known)]
    columns = 1 if ui.theme.large else 2
    grid = Grid(rows, columns=columns, gap=ui.px(12), least=ui.px(_LEAST_TILE))
    return Column([*heading(ui, session, said.title), *lines, grid], gap=ui.px(10))


class DeviceTile(Touchable):
    """One device of the list."""

    def __init__(self, ui: Context, row: DeviceRow) -> None:
        super().__init__(
            f"device.{row.kind.value}",
            lambda: ui.emit(DeviceChosen(row.kind)),
            ButtonKind.SECONDARY.paints(ui.theme.palette),
            radius=ui.px(10),
            border=ui.px(2),
        )
        ink = self.paint.ink
        words, self._inked = _row_words(ui, row, Size.BODY, ink)
        arrow = IconText(Icon.CHEVRON_RIGHT, ui.px(34), ink)
        sign = device_sign(ui, row.kind, 48, ink)
        self._inked += [part for part in (sign, arrow) if isinstance(part, Text)]
        line = Row([sign, words, arrow], gap=ui.px(16))
        self.fill([Inset(line, (ui.px(18), ui.px(10)))])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together; the state keeps its colours."""
        super().show_pressed(pressed=pressed)
        for text in self._inked:
            text.ink = self.paint.ink


def device_sign(ui: Context, kind: DeviceKind, wide: float, ink: Colour) -> Part:
    """An icon of a device; the sensor's is a hand."""
    if kind is DeviceKind.FINGERPRINT:
        return HandPicture(ui, Hand.RIGHT, wide * 1.2, marked=Finger.INDEX)
    return IconText(DEVICE_ICONS[kind], ui.px(wide), ink)


def _row_words(ui: Context, row: DeviceRow, size: Size, ink: Colour) -> tuple[Part, list[Text]]:
    """Name and state, then the test and the code of what is wrong; and the texts among them."""
    name = ui.text(ui.say(row.name), size, ink, Font.STRONG)
    name.grows = True
    mark = IconText(_TESTED[row.passed], ui.px(26), ink)
    texts: list[Text] = [name, mark, ui.text(ui.say(row.test), Size.LABEL, ink)]
    below: list[Part] = [Row(texts[1:], gap=ui.px(8))]
    if row.state is DeviceState.NOT_FITTED:
        below, texts = [], [name]  # nothing to test
    if row.code is not None:
        code = ui.text(row.code, Size.LABEL, ink, Font.STRONG)
        texts.append(code)
        below.append(code)
    first = Row([name, StateTag(ui, row.kind, row.state)], gap=ui.px(12))
    column = Column([first, Flow(below, gap=ui.px(14))], gap=ui.px(2), along=Align.MIDDLE)
    column.grows = True
    return column, texts


_TESTED = {True: Icon.CHECK, False: Icon.CLOSE, None: Icon.CLOCK}
"""Signs of a test that passed, that failed, that was not run."""


class DeviceScreen(Page):
    """All that is known of one device; what is wrong and what to do stand first."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _device(ui, session), actions, now=now)


def _device(ui: Context, session: Session) -> Part:
    page = session.activity
    if not isinstance(page, DevicePage):
        raise TypeError(type(page).__name__)
    said, health = wording(session), page.known.of(page.kind)
    *step, words = heading(ui, session, said.title)
    words.grows = True
    sign = device_sign(ui, page.kind, 60, ui.theme.palette.page.ink)
    tag = StateTag(ui, page.kind, health.state, size=Size.BODY)
    soft = ui.theme.palette.page_soft.ink
    lines = [ui.text(ui.say(line), Size.BODY, soft) for line in said.body]
    failures, facts = _sorted_facts(device_rows(page)[1:])
    boxes = [_failure(ui, one) for one in failures]
    columns = 2 if ui.theme.large else 4
    card = panel(ui, facts_grid(ui, facts, columns=columns), padding=(24, 14))
    head = Row([sign, words, tag], gap=ui.px(20))
    known = [card] if can_be_tested(health) else []
    return Column([*step, head, *lines, *boxes, *known], gap=ui.px(12))


def _sorted_facts(facts: Sequence[Fact]) -> tuple[list[list[Fact]], list[Fact]]:
    """Failures, each with what is said of it, and all else."""
    failures: list[list[Fact]] = []
    rest = []
    for fact in facts:
        name = fact.label.key.removeprefix("readiness.row.")
        if name in _FAILED:
            failures.append([fact])
        elif name in _OF_FAILURE and failures:
            failures[-1].append(fact)
        else:
            rest.append(fact)
    return failures, rest


_FAILED = ("test-failure", "failure", "last-failure")
_OF_FAILURE = ("meaning", "remedy", "actor")


def _failure(ui: Context, facts: Sequence[Fact]) -> Part:
    """What is wrong, its code, what to do about it, and who can."""
    palette = ui.theme.palette
    name = facts[0].label.key.removeprefix("readiness.row.")
    past = name == "last-failure"
    paint = palette.card if past else palette.error if name == "failure" else palette.warning
    box = Surface(paint, radius=ui.px(10), border=ui.px(2))
    box.name = f"failure.{name}"
    sign = IconText(Icon.INFO_CIRCLE if past else Icon.WARNING_CIRCLE, ui.px(44), paint.ink)
    texts: list[Part] = [
        ui.text(f"{ui.say(facts[0].label)}: {ui.say(facts[0].value)}", Size.LABEL, paint.ink)
    ]
    for fact in facts[1:]:
        label, value = ui.say(fact.label), ui.say(fact.value)
        if fact.label.key.endswith(".actor"):
            texts.append(ui.text(f"{label}: {value}", Size.LABEL, paint.ink))
        elif fact.label.key.endswith(".remedy"):
            texts.append(ui.text(value, Size.BODY, paint.ink, Font.STRONG))
        else:
            texts.append(ui.text(value, Size.BODY, paint.ink))
    words = Column(texts, gap=ui.px(2))
    words.grows = True
    box.fill([Inset(Row([sign, words], gap=ui.px(18)), (ui.px(20), ui.px(10)))])
    return box


class TestingScreen(Page):
    """A test runs: what to do, and what the device sees of it."""

    __test__ = False
    still = True

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, self._body, actions, now=now)

    def update(self, session: Session) -> None:
        """Another step of the fingerprint sensor's test."""
        super().update(session)
        self.name = f"screen.{activity_name(session.activity)}"
        follow(self, session)

    def _body(self, ui: Context) -> Part:
        session, activity = self.session, self.session.activity
        if not isinstance(activity, TestingDevice):
            raise TypeError(type(activity).__name__)
        if activity.kind is DeviceKind.FINGERPRINT:
            return taking_body(ui, session)
        said = wording(session)
        if activity.kind is DeviceKind.CAMERA:
            words = _paragraphs(ui, [ui.say(line) for line in said.body], on_card=False)
            row = Row([viewfinder(ui, SQUARE), words], gap=ui.px(26))
            return Column([*heading(ui, session, said.title), row], gap=ui.px(14))
        words = _paragraphs(ui, [ui.say(line) for line in said.body])
        sign = Badge(ui, DEVICE_ICONS[activity.kind], ui.theme.palette.badge, 112)
        card = panel(ui, Row([sign, words, Waiting(ui, units=84)], gap=ui.px(30)))
        return Column([*heading(ui, session, said.title), card], gap=ui.px(16))


def _paragraphs(ui: Context, lines: Sequence[str], *, on_card: bool = True) -> Part:
    palette = ui.theme.palette
    ink = palette.card.ink if on_card else palette.page.ink
    column = Column([ui.text(line, Size.READING, ink) for line in lines], gap=ui.px(14))
    column.along = Align.MIDDLE
    column.grows = True
    return column


class JudgingScreen(Page):
    """Whether paper or voice came out well: only a person can say."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _judging(ui, session), actions, now=now)


def _judging(ui: Context, session: Session) -> Part:
    if not isinstance(session.activity, JudgingTest):
        raise TypeError(type(session.activity).__name__)
    said = wording(session)
    sign = Badge(ui, DEVICE_ICONS[session.activity.kind], ui.theme.palette.badge, 112)
    words = _paragraphs(ui, [ui.say(line) for line in said.body])
    card = panel(ui, Row([sign, words], gap=ui.px(30)))
    return Column([*heading(ui, session, said.title), card], gap=ui.px(16))


class ReportScreen(Page):
    """The report as it will be recorded: whether all is well, then a line for each device."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _report(ui, session), actions, now=now)


def _report(ui: Context, session: Session) -> Part:
    if not isinstance(session.activity, ReportPage):
        raise TypeError(type(session.activity).__name__)
    said, palette = wording(session), ui.theme.palette
    verdict, *more = said.body
    ready = verdict.key.endswith(".ready")
    paint, sign = (
        (palette.success, Icon.CHECK_CIRCLE) if ready else (palette.warning, Icon.WARNING_CIRCLE)
    )
    lines = [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in more]
    rows = [_report_row(ui, row) for row in list_rows(session.activity.known)]
    table = Grid(rows, columns=1 if ui.theme.large else 2, gap=ui.px(10))
    banner = notice(ui, ui.say(verdict), paint, sign)
    return Column([*heading(ui, session, said.title), banner, *lines, table], gap=ui.px(10))


def _report_row(ui: Context, row: DeviceRow) -> Part:
    """Device, state and test."""
    palette = ui.theme.palette
    card = Surface(palette.card, radius=ui.px(9), border=ui.px(2))
    words, _texts = _row_words(ui, row, Size.LABEL, palette.card.ink)
    card.fill([Inset(words, (ui.px(18), ui.px(8)))])
    return card
