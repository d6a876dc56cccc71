"""One entry: where it is, why, since when, what moves it on, who can help, who decided what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kiosk.flows.outbox import wording as words
from kiosk.flows.outbox.events import ReasonChosen
from kiosk.flows.outbox.states import ChooseReason, EntryPage
from kiosk.flows.outbox.views import EntryView
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.outbox.words import STATE_ICONS, moment_words, number_words, paint_of
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import Badge
from kiosk.screens.widgets.desk.menu import MenuEntry
from kiosk.screens.widgets.desk.radio import RadioGroup
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.text import Text
from sync.model.counter import ClosingReason

_LABEL_WIDE = 250
_REASON_WIDE = 460


class EntryDetailPage(DeskPage):
    """Its state in large letters; below, question and answer, one line each."""

    widest = 1060

    def __init__(self, ui: Context, session: Session, now: Any) -> None:
        self._countdown: Text | None = None
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """Seconds change in place."""
        page = session.activity
        if not isinstance(page, EntryPage):
            return super().seen(session)
        entry = replace(page.entry, next_try_seconds=None)
        return entry, page.entry.next_try_seconds is None, session.notice

    def update(self, session: Session) -> None:
        """A second less until the next try."""
        super().update(session)
        if self._countdown is not None and isinstance(session.activity, EntryPage):
            self._countdown.say(_until_try(self.ui, session.activity))

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def first_stop(self) -> str:
        """What most will do."""
        return "continue"

    def body(self, ui: Context) -> Part:
        """State, then what is known."""
        page = _page(self.session)
        return Column([self._head(ui, page.entry), self._facts(ui, page)], gap=ui.px(10))

    def _head(self, ui: Context, entry: EntryView) -> Part:
        ink = ui.theme.palette.card.ink
        paint = paint_of(ui, entry)
        badge = Badge(ui, STATE_ICONS[entry.state], Paint(paint.ground, paint.ink), 56)
        what = f"{ui.words(f'outbox.kind.{entry.kind}')} · {number_words(ui, entry)}"
        lines: list[Part] = [
            ui.text(ui.words(f"outbox.state.{entry.state.value}"), DeskSize.TITLE, ink, Font.TITLE),
            ui.text(what, DeskSize.HEADING, ink, Font.STRONG),
        ]
        said = Column(lines, gap=ui.px(2))
        said.grows = True
        card = desk_card(
            ui, Row([badge, said], gap=ui.px(18), across=Align.MIDDLE), padding=(20, 14)
        )
        card.name = f"entry.{entry.state.value}"
        return card

    def _facts(self, ui: Context, page: EntryPage) -> Part:
        entry = page.entry
        self._countdown = None
        why = " ".join(ui.say(line) for line in wording(self.session).body)
        rows: list[tuple[str, str]] = [("why", why)]
        if entry.closed is not None:
            rows.append(("closed", self._closed(ui, entry)))
        else:
            rows.append(("moves", ui.words(entry.released_by)))
            rows.append(("who", ui.words(entry.who)))
        facts = [self._fact(ui, name, said) for name, said in rows]
        if entry.next_try_seconds is not None:
            said = _until_try(ui, page)
            self._countdown = ui.text(
                said, DeskSize.HEADING, ui.theme.palette.card.ink, Font.STRONG
            )
            facts.append(self._labelled(ui, "next-try", self._countdown))
        facts.append(self._fact(ui, "recorded", moment_words(entry.recorded_at)))
        if entry.sent_at is not None:
            facts.append(self._fact(ui, "sent", moment_words(entry.sent_at)))
        if entry.acknowledged_at is not None:
            facts.append(self._fact(ui, "acknowledged", moment_words(entry.acknowledged_at)))
        return desk_card(ui, Column(facts, gap=ui.px(10)), padding=(20, 14))

    @staticmethod
    def _closed(ui: Context, entry: EntryView) -> str:
        closed = entry.closed
        if closed is None:
            return ""
        by = closed.by or ui.words("outbox.closed-by.unknown")
        said = ui.words("outbox.closed-by", by=by, when=moment_words(closed.at))
        known = ui.words("outbox.closed-known" if closed.is_known else "outbox.closed-waits")
        return f"{said} {known}"

    def _fact(self, ui: Context, name: str, said: str) -> Part:
        ink = ui.theme.palette.card.ink
        return self._labelled(ui, name, ui.text(said, DeskSize.HEADING, ink))

    @staticmethod
    def _labelled(ui: Context, name: str, value: Part) -> Part:
        soft = ui.theme.palette.card_soft.ink
        label = _Fixed(
            ui.text(ui.words(f"outbox.fact.{name}"), DeskSize.HEADING, soft), ui.px(_LABEL_WIDE)
        )
        value.grows = True
        return Row([label, value], gap=ui.px(16), across=Align.END)


class ReasonPage(DeskPage):
    """Why nothing more is done: one of a few reasons, then the main button."""

    widest = 860
    enter_is_main = False

    def first_stop(self) -> str:
        """The reasons."""
        return "reason"

    def body(self, ui: Context) -> Part:
        """What it is about, and the reasons below each other."""
        page = self.session.activity
        if not isinstance(page, ChooseReason):
            raise TypeError(type(page).__name__)
        entry, ink = page.page.entry, ui.theme.palette.card.ink
        what = f"{ui.words(f'outbox.kind.{entry.kind}')} · {number_words(ui, entry)}"
        entries = [
            MenuEntry(one.value, ui.words(f"outbox.reason.{one.value}")) for one in page.reasons
        ]
        chosen = "" if page.chosen is None else page.chosen.value
        parts: list[Part] = [
            ui.text(what, DeskSize.HEADING, ink, Font.STRONG),
            Row(
                [
                    _Fixed(
                        RadioGroup(
                            ui, "reason", entries, chosen, lambda value: self.emit(_reason(value))
                        ),
                        ui.px(_REASON_WIDE),
                    ),
                    Space(),
                ]
            ),
        ]
        return Column([desk_card(ui, Column(parts, gap=ui.px(14)), padding=(24, 18))])


def _reason(value: str) -> ReasonChosen:
    return ReasonChosen(ClosingReason(value))


class _Fixed(Part):
    """A part of one width: labels, so that all values begin below each other; reasons, one a line."""

    rigid = True

    def __init__(self, part: Part, wide: int) -> None:
        super().__init__([part])
        self._wide = wide

    def natural_width(self) -> int:
        return self._wide


def _page(session: Session) -> EntryPage:
    if isinstance(session.activity, EntryPage):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _until_try(ui: Context, page: EntryPage) -> str:
    said = words.next_try(page.entry.next_try_seconds, page.waited)
    return "" if said is None else ui.say(said)
