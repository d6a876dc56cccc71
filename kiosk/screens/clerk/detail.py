"""Allegato 7 on one page: state and what may be done first, then all data; secrets are masked."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk.actions import offered
from kiosk.flows.clerk.events import CaseAction, CaseActionChosen
from kiosk.flows.clerk.managing import CaseDetail
from kiosk.flows.clerk.rows import sections
from kiosk.flows.clerk.troubles import trouble_phrase
from kiosk.flows.state import Session
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.paper_rows import paper_rows
from kiosk.screens.clerk.read_rows import read_sections
from kiosk.screens.clerk.row_actions import ACTION_ICONS, ACTION_KEYS
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cell import Tag
from kiosk.screens.widgets.layout import Align, Column, Flow, Part, Row, Space
from sync.model import registration_number
from sync.model.errors import Problem


class DetailPage(DeskPage):
    """Who it is and where the credentials stand in the largest letters; below, every attribute."""

    def lead(self) -> Sequence[object]:
        """The head of the page says more."""
        return ()

    def first_stop(self) -> str:
        """The first thing that may be done."""
        return next((f"action.{one.value}" for one in self._allowed()), "")

    def body(self, ui: Context) -> Part:
        """Head, what waits and what is disputed, attributes, papers."""
        page = _page(self.session)
        parts: list[Part] = [self._head(ui), *self._news(ui)]
        read = sections(self.session)
        columns = 4 if ui.theme.large else 5
        parts.append(desk_card(ui, read_sections(ui, read, columns=columns), padding=(16, 4)))
        if page.papers:
            parts.append(paper_rows(ui, page.papers, frozenset()))
        return Column(parts, gap=ui.px(10))

    def _allowed(self) -> Sequence[CaseAction]:
        return offered(_page(self.session).opened.case, self.session.desk)

    def _head(self, ui: Context) -> Part:
        palette = ui.theme.palette
        registration = _page(self.session).opened.case.registration
        person = registration.person
        parsed = registration_number.parse(registration.number)
        number = registration.number if isinstance(parsed, Problem) else parsed.grouped
        who = ui.text(
            f"{person.surname} {person.name}".strip(),
            DeskSize.TITLE,
            palette.card.ink,
            Font.TITLE,
        )
        credential = registration.credential
        tags: list[Part] = [
            Tag(ui, ui.words(f"option.registration-state.{credential.state.value}"), strong=True),
            Tag(ui, ui.words("desk.strong" if credential.strong else "desk.weak")),
        ]
        if credential.running is not None:
            kind = ui.words(f"operation.{credential.running.kind.value}")
            tags.append(Tag(ui, ui.words("desk.running", kind=kind)))
        codes = ui.text(
            f"{person.codice_fiscale}  ·  {number}",
            DeskSize.HEADING,
            palette.card.ink,
        )
        first = Row([who, *tags, Space()], gap=ui.px(12), across=Align.MIDDLE)
        doings = Flow([self._doing(ui, one) for one in self._allowed()], gap=ui.px(8))
        return desk_card(ui, Column([first, codes, doings], gap=ui.px(6)), padding=(18, 12))

    def _doing(self, ui: Context, one: CaseAction) -> Part:
        return DeskButton(
            ui,
            f"action.{one.value}",
            ui.words(f"clerk.action.{one.value}"),
            lambda: self.emit(CaseActionChosen(one)),
            icon=ACTION_ICONS[one],
            key=ACTION_KEYS[one],
        )

    def _news(self, ui: Context) -> list[Part]:
        """What the hub has not decided, what it decided otherwise, where the data come from."""
        case, palette = _page(self.session).opened.case, ui.theme.palette
        news: list[Part] = []
        if case.from_paper:
            news.append(told(ui, ui.words("desk.detail.from-paper"), palette.warning, Icon.NOTE))
        for kind in case.waiting:
            words = ui.words("desk.detail.waiting", kind=ui.words(f"desk.act.{kind}"))
            news.append(told(ui, words, palette.info, Icon.UPLOAD))
        for dispute in case.disputes:
            words = ui.words(
                "desk.detail.disputed",
                kind=ui.words(f"desk.act.{dispute.kind}"),
                why=ui.say(trouble_phrase(dispute.code)),
            )
            news.append(told(ui, words, palette.error, Icon.FLAG))
        return news


def _page(session: Session) -> CaseDetail:
    if isinstance(session.activity, CaseDetail):
        return session.activity
    raise TypeError(type(session.activity).__name__)
