"""The print page: letters and summary in the hand before anything else opens (R-003-24)."""

from __future__ import annotations

from kiosk.flows.clerk.outcomes import Letters
from kiosk.flows.state import Session
from kiosk.screens.clerk.cards import told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.numbers import grouped, surname_first
from kiosk.screens.clerk.paper_rows import next_to_print, paper_rows
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.layout import Column, Part


class LettersPage(DeskPage):
    """Enter prints the next one, and the next, until all are there; then it goes on."""

    widest = 980

    def body(self, ui: Context) -> Part:
        """A row for each paper; while it is asked whether to leave without them, nothing else."""
        page = _page(self.session)
        if page.giving_up:
            return Part()
        palette = ui.theme.palette
        parts: list[Part] = [paper_rows(ui, page.papers, page.required)]
        missing = len(
            [
                paper
                for paper in page.papers
                if paper.document in page.required and paper.state.value != "printed"
            ]
        )
        if missing:
            words = ui.words("desk.letters.missing", n=missing)
            parts.append(told(ui, words, palette.info, Icon.INFO_CIRCLE))
        return Column(parts, gap=ui.px(12))

    def aside(self, ui: Context) -> Part | None:
        """Whose papers they are, and of what."""
        recorded = _page(self.session).recorded
        if recorded.registration is None:
            return None
        whose = f"{surname_first(recorded.registration)} · {grouped(recorded.registration.number)}"
        return ui.text(whose, DeskSize.HEADING, ui.theme.palette.page.ink, Font.STRONG)

    def first_stop(self) -> str:
        """What is to be printed next, or on; never what throws letters away."""
        page = _page(self.session)
        if page.giving_up:
            return "back"
        return next_to_print(page.papers, page.required) or "continue"

    def follow(self, before: Session) -> None:
        """The focus goes with what is to be done next."""
        super().follow(before)
        stop = self.stops.named(self.first_stop())
        if stop is not None:
            self.stops.go(stop)


def _page(session: Session) -> Letters:
    if isinstance(session.activity, Letters):
        return session.activity
    raise TypeError(type(session.activity).__name__)
