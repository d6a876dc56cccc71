"""Before an act is recorded: what it will do, the code to compare, what the administrator states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kiosk.flows.console import stations, users
from kiosk.flows.console.events import Check, CheckToggled
from kiosk.flows.console.wording import checks
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.console.reading import reading_card
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.radio import CheckBox
from kiosk.screens.widgets.desk.told_code import ToldCode, groups_of
from kiosk.screens.widgets.layout import Column, Part

ConsoleConfirm = (
    stations.RegisterConfirm
    | stations.ApproveConfirm
    | stations.CancelConfirm
    | users.InsertConfirm
    | users.ChangeConfirm
    | users.DailyConfirm
)

_GRAVE: Final = stations.CancelConfirm
"""What cannot be taken back."""


class ConsoleConfirmPage(DeskPage):
    """What will be recorded; the box, where something is to be stated first."""

    widest = 980

    def lead(self) -> Sequence[Any]:
        """What the page asks; the rest stands in the body."""
        return wording(self.session).body[:1]

    def body(self, ui: Context) -> Part:
        """Consequences, code, data, box."""
        palette = ui.theme.palette
        activity = self.session.activity
        grave = isinstance(activity, _GRAVE)
        paint, icon = palette.info, Icon.INFO_CIRCLE
        if grave:
            paint, icon = palette.error, Icon.WARNING_CIRCLE
        parts: list[Part] = [
            told(ui, ui.say(line), paint, icon) for line in wording(self.session).body[1:]
        ]
        if isinstance(activity, stations.ApproveConfirm):
            parts.append(self._code(ui, activity))
        read = reading_card(ui, self.session, columns=3)
        if read is not None:
            parts.append(read)
        parts += [self._check(ui, check, on) for check, on in self._checks]
        return Column(parts, gap=ui.px(10))

    def first_stop(self) -> str:
        """The box that is not ticked; else the way on, or back where it is for ever."""
        return next((f"check.{check.value}" for check, on in self._checks if not on), "continue")

    def follow(self, before: Session) -> None:
        """Where the box was ticked, the focus goes to the main button; never to what is for ever."""
        super().follow(before)
        main = self.stops.named("continue")
        news = len(wording(before).actions) < len(wording(self.session).actions)
        if main is not None and news and not isinstance(self.session.activity, _GRAVE):
            self.stops.go(main)

    @property
    def _checks(self) -> Sequence[tuple[Check, bool]]:
        activity = self.session.activity
        return checks(activity) if isinstance(activity, ConsoleConfirm) else ()

    def _code(self, ui: Context, page: stations.ApproveConfirm) -> Part:
        palette = ui.theme.palette
        record = page.page.record
        lines: list[Part] = [
            ui.text(
                ui.words("desk.console.check-code", station=record.name),
                DeskSize.HEADING,
                palette.card.ink,
                Font.STRONG,
            ),
            ToldCode(ui, "check-code", groups_of(record.check_code)),
        ]
        return desk_card(ui, Column(lines, gap=ui.px(10)), padding=(20, 14))

    def _check(self, ui: Context, check: Check, on: bool) -> Part:  # noqa: FBT001  as told
        box = CheckBox(
            ui,
            f"check.{check.value}",
            ui.words(f"console.check.{check.value}"),
            lambda _on: self.ui.emit(CheckToggled(check)),
            on=on,
        )
        return desk_card(ui, Column([box]), padding=(16, 8))
