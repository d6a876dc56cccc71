"""Before something is recorded: all data to be read once more, and what the clerk states."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk import managing, registering
from kiosk.flows.clerk.events import Check, CheckToggled
from kiosk.flows.clerk.rows import sections
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.paper_rows import paper_rows
from kiosk.screens.clerk.read_rows import read_sections
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.form_grid import Beside
from kiosk.screens.widgets.desk.radio import CheckBox
from kiosk.screens.widgets.layout import Column, Part

_Stated = (
    registering.RegistrationConfirm
    | managing.BookingConfirm
    | managing.CodeConfirm
    | managing.UsernameConfirm
)


class ConfirmPage(DeskPage):
    """What will be recorded, then the boxes; the main button is there once all are ticked."""

    def body(self, ui: Context) -> Part:
        """Sections, papers, boxes."""
        activity = self.session.activity
        checks = checks_of(activity)
        read = sections(self.session)
        parts: list[Part] = []
        if read:
            columns = 3 if checks else 4 if ui.theme.large else 5
            parts.append(desk_card(ui, read_sections(ui, read, columns=columns), padding=(16, 4)))
        if isinstance(activity, registering.OldCredentials):
            parts.append(paper_rows(ui, activity.papers, frozenset()))
        if not checks:
            return Column(parts, gap=ui.px(10))
        stated = self._checks(ui, checks)
        if not parts:
            return Column([stated])
        shown = Column(parts, gap=ui.px(10))
        return Column([Beside(ui, shown, stated, wide=400, from_width=1080)])

    def follow(self, before: Session) -> None:
        """Where the last box was ticked, the focus goes to the main button."""
        super().follow(before)
        main = self.stops.named("continue")
        if main is not None and len(wording(before).actions) < len(wording(self.session).actions):
            self.stops.go(main)

    def first_stop(self) -> str:
        """The first box that is not ticked."""
        checked = checked_of(self.session.activity)
        for check in checks_of(self.session.activity):
            if check not in checked:
                return f"check.{check.value}"
        return "continue"

    def _checks(self, ui: Context, checks: Sequence[Check]) -> Part:
        palette = ui.theme.palette
        checked = checked_of(self.session.activity)
        title = ui.words("desk.checks")
        parts: list[Part] = [ui.text(title, DeskSize.BODY, palette.card_link.ink, Font.TITLE)]
        parts += [
            CheckBox(
                ui,
                f"check.{check.value}",
                ui.words(f"clerk.check.{check.value}"),
                lambda _on, check=check: self.ui.emit(CheckToggled(check)),  # type: ignore[misc]
                on=check in checked,
            )
            for check in checks
        ]
        if any(check not in checked for check in checks):
            words = ui.words("desk.checks.missing")
            parts.append(told(ui, words, palette.info, Icon.INFO_CIRCLE))
        return desk_card(ui, Column(parts, gap=ui.px(4)), padding=(16, 10))


def checks_of(activity: object) -> Sequence[Check]:
    """What the page asks the clerk to state."""
    if isinstance(activity, registering.OldCredentials):
        return (Check.REQUEST_ARCHIVED,)
    return activity.checks if isinstance(activity, _Stated) else ()


def checked_of(activity: object) -> frozenset[Check]:
    """What the clerk has stated."""
    if isinstance(activity, registering.OldCredentials | _Stated):
        return activity.checked
    return frozenset()
