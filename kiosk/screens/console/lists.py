"""Stations and users: filters above, how old the list is, rows below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from kiosk.flows.clerk.troubles import trouble_phrase
from kiosk.flows.console import filtering, stations, users
from kiosk.flows.console.events import Asked, SentChosen, StationChosen, UserChosen
from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.views import SentState, StationsView, UsersView
from kiosk.flows.state import Session
from kiosk.flows.wording import Action, wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.console.asking import ask_button
from kiosk.screens.console.fields import ConsoleFields
from kiosk.screens.console.words import (
    NOTHING,
    clock_words,
    day_words,
    moment_words,
    profile_words,
    state_cell,
)
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cells import with_sign
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.desk.table import Filling, Table, TableColumn, TableRow
from kiosk.screens.widgets.layout import Column, Part, Row, Space
from kiosk.screens.widgets.waiting import Waiting
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console_views import StationRecord, UserRecord
from sync.model.users import UserState

_I = FieldId
_SENT_KEY: Final = "f6"
_OWN: Final = Asked | SentChosen
"""Events of buttons that stand beside the list, not in the strip of actions."""


class RecordListPage(DeskPage):
    """What both lists share.

    Attributes:
        kind: of the records, in the keys of the texts.
        filters: fields and their columns of twelve.
        columns: of the table: name, least width, share, window below which it is left out.
    """

    scrolls = False
    kind: str = ""
    filters: ClassVar[Mapping[FieldId, int]] = {}
    columns: ClassVar[Sequence[tuple[str, int, int, int]]] = ()

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._fields = ConsoleFields(self, ui.emit)
        self._now = now
        self._chosen = 0
        super().__init__(ui, session, now)

    # --- what each list has of its own

    @property
    def view(self) -> StationsView | UsersView:
        """The list as it was told."""
        raise TypeError(type(self.session.activity).__name__)

    @property
    def sheet(self) -> Sheet:
        """What stands in the filters."""
        raise TypeError(type(self.session.activity).__name__)

    def rows(self, ui: Context) -> Sequence[TableRow]:  # noqa: ARG002  each list has its own
        """The rows that the filters let through."""
        return ()

    def open_row(self, row: int) -> None:
        """Enter in a row."""

    def news(self, ui: Context) -> Sequence[Part]:  # noqa: ARG002  for lists that have some
        """What is to be known before anything else."""
        return ()

    # --- drawing

    def seen(self, session: Session) -> object:
        """The acts that wait stand beside the list."""
        return super().seen(session), _sent(session)

    def lead(self) -> Sequence[Any]:
        """The title says it; the room is for rows."""
        return ()

    def show_problem(self) -> bool:
        """Said below the filters."""
        return False

    def actions(self) -> Sequence[Action]:
        """Those that do not stand beside the list."""
        return [one for one in wording(self.session).actions if not isinstance(one.event, _OWN)]

    def first_stop(self) -> str:
        """The rows, where there are some; else the first filter."""
        return "rows" if self.view.records else ""

    def show_time(self, now: datetime) -> None:
        """Another minute, perhaps another day."""
        self._now = now
        super().show_time(now)

    def follow(self, before: Session) -> None:
        """Filters keep what is typed while the rows change below them."""
        old = before.activity
        if isinstance(old, stations.StationList | users.UserList):
            self._fields.follow(old.filters, self.sheet)
        self.rebuild()
        if _records(before) is None and self.stops.at is not None:
            rows = self.stops.named("rows")
            if rows is not None and not any(text for _field, text in self.sheet.texts):
                self.stops.go(rows)

    def place_now(self) -> object:
        """Rows or filters, and the chosen row."""
        return self.stops.at.name if self.stops.at is not None else "", self._chosen

    def go_back_to(self, place: object) -> None:
        """Only to rows that are there."""
        match place:
            case (name, int(chosen)):
                self._chosen = chosen
                self.rebuild()
                super().go_back_to(name)
            case _:
                pass

    def body(self, ui: Context) -> Part:
        """Filters, news, how many and how old, rows."""
        self._fields.begin()
        filters = self._fields.grid(ui, self.sheet, tuple(self.filters), self.filters)
        parts: list[Part] = [desk_card(ui, filters, padding=(14, 8))]
        code = self.view.code
        if code is not None:
            words = ui.say(trouble_phrase(code))
            if self.view.records is not None:
                words = ui.words("desk.console.not-asked", why=words)
            parts.append(told(ui, words, ui.theme.palette.warning, Icon.EXCHANGE_CIRCLE))
        parts += self.news(ui)
        rows = self.rows(ui)
        parts.append(self._standing(ui, len(rows)))
        if not rows:
            parts.append(self._nothing(ui))
            return Column(parts, gap=ui.px(8))
        titles = [
            TableColumn(ui.words(f"desk.console.column.{name}"), units, share, not place, below)
            for place, (name, units, share, below) in enumerate(self.columns)
        ]
        self._chosen = min(self._chosen, len(rows) - 1)
        parts.append(Table(ui, "rows", titles, rows, self._chosen, self._choose, self.open_row))
        return Column(parts, gap=ui.px(8))

    def press(self, key: str) -> None:
        """Enter in a filter goes to the rows."""
        at, rows = self.stops.at, self.stops.named("rows")
        filters = at is not None and at.name.startswith("field.")
        if key == "enter" and filters and rows is not None and not self._listed(at):
            self.stops.go(rows)
            return
        super().press(key)

    @staticmethod
    def _listed(at: Stop | None) -> bool:
        """Whether a menu's list is open: then Enter is for it."""
        return bool(getattr(at, "opened", False))

    def _choose(self, row: int) -> None:
        self._chosen = row

    def _standing(self, ui: Context, shown: int) -> Part:
        """How many rows, of when, what waits; and the button that asks again."""
        view, palette = self.view, ui.theme.palette
        known = view.records
        said = ""
        if known is not None:
            said = ui.words(f"desk.console.{self.kind}.count", n=shown, of=len(known))
        if view.told_at is not None:
            at = clock_words(view.told_at, self._now)
            said += " · " + ui.words("desk.console.told-at", when=at)
        if view.waiting:
            said = ui.words("desk.console.asking")
        words = Elided(ui, said, DeskSize.BODY, palette.page.ink, Font.STRONG)
        words.grows = True
        parts: list[Part] = [words]
        sent = _sent_button(ui, self.session, lambda: self.emit(SentChosen()))
        if sent is not None:
            parts.append(sent)
        parts.append(ask_button(ui, lambda: self.emit(Asked())))
        return Row(parts, gap=ui.px(8))

    def _nothing(self, ui: Context) -> Part:
        """Why there are no rows, and what to do."""
        view, palette = self.view, ui.theme.palette
        waiting = view.records is None and view.waiting
        key = "none" if view.records == () else "no-match"
        if view.records is None:
            key = "asking-first" if view.waiting else "never-told"
        named = f"desk.console.{self.kind}.none" if key == "none" else f"desk.console.{key}"
        words = ui.text(ui.words(named), DeskSize.HEADING, palette.page_soft.ink, align="center")
        line: list[Part] = [Waiting(ui), words] if waiting else [words]
        return Column([Space(ui.px(36)), Row([Space(), *line, Space()], gap=ui.px(14))])


class StationListPage(RecordListPage):
    """Ricerca Postazione (R-004-12, 14)."""

    kind = "stations"
    filters: ClassVar = {_I.STATION: 5, _I.STATION_STATE: 4}
    columns: ClassVar = (
        ("station", 158, 0, 0),
        ("label", 150, 4, 0),
        ("kind", 110, 0, 1130),
        ("state", 232, 0, 0),
        ("expires", 142, 0, 0),
        ("place", 140, 4, 900),
        ("last-seen", 150, 0, 1130),
    )

    @property
    def _page(self) -> stations.StationList:
        if isinstance(self.session.activity, stations.StationList):
            return self.session.activity
        raise TypeError(type(self.session.activity).__name__)

    @property
    def view(self) -> StationsView:
        """The stations."""
        return self._page.view

    @property
    def sheet(self) -> Sheet:
        """Code or name, and state."""
        return self._page.filters

    def news(self, ui: Context) -> Sequence[Part]:
        """Requests that wait for the administrator, certificates that end soon (R-004-19)."""
        palette = ui.theme.palette
        said: list[Part] = []
        asking = [one for one in self.view.records or () if one.check_code]
        if asking:
            words = ui.words("desk.console.stations.to-approve", n=len(asking))
            said.append(told(ui, words, palette.info, Icon.INFO_CIRCLE))
        said += [
            told(ui, ui.say(line), palette.warning, Icon.WARNING_CIRCLE)
            for line in wording(self.session).body[1:]
        ]
        return said

    def rows(self, ui: Context) -> Sequence[TableRow]:
        """A row for each certificate."""
        ending = {one.name for one in filtering.expiring(self.view, self.session.today)}
        return [
            TableRow(f"station.{one.name}", _station_cells(ui, one, soon=one.name in ending))
            for one in filtering.stations(self._page)
        ]

    def open_row(self, row: int) -> None:
        """Its page."""
        self.emit(StationChosen(filtering.stations(self._page)[row].name))


class UserListPage(RecordListPage):
    """Modifica/Visualizza, and the lists of Gestione SmartCard (R-004-33)."""

    kind = "users"
    filters: ClassVar = {
        _I.CODICE_FISCALE: 3,
        _I.SURNAME: 2,
        _I.NAME: 2,
        _I.USER_STATE: 2,
        _I.CARD_STATE: 3,
    }
    columns: ClassVar = (
        ("person", 190, 3, 0),
        ("codice-fiscale", 186, 0, 0),
        ("user-state", 118, 0, 0),
        ("card-state", 262, 0, 0),
        ("profiles", 190, 5, 900),
    )

    @property
    def _page(self) -> users.UserList:
        if isinstance(self.session.activity, users.UserList):
            return self.session.activity
        raise TypeError(type(self.session.activity).__name__)

    @property
    def view(self) -> UsersView:
        """The users."""
        return self._page.view

    @property
    def sheet(self) -> Sheet:
        """R-004-33."""
        return self._page.filters

    def rows(self, ui: Context) -> Sequence[TableRow]:
        """A row for each user; its machine name tells nothing of the person."""
        return [
            TableRow(f"user.{place}", _user_cells(ui, one))
            for place, one in enumerate(filtering.users(self._page))
        ]

    def open_row(self, row: int) -> None:
        """Their page."""
        self.emit(UserChosen(filtering.users(self._page)[row].codice_fiscale))


def _station_cells(ui: Context, one: StationRecord, *, soon: bool) -> tuple[Filling, ...]:
    expires: Filling = day_words(one.expires)
    if soon:
        expires = with_sign(day_words(one.expires), Icon.WARNING_CIRCLE)
    state: Filling = state_cell(ui, one.state)
    if one.check_code and one.state is CertificateState.REQUESTED:
        state = with_sign(ui.words("desk.console.to-approve"), Icon.FLAG)
    kind = "station" if one.kind is CertificateKind.STATION else "server"
    return (
        one.name or NOTHING,
        one.label or NOTHING,
        ui.words(f"desk.console.kind.{kind}"),
        state,
        expires,
        one.place or NOTHING,
        moment_words(one.last_seen),
    )


def _user_cells(ui: Context, one: UserRecord) -> tuple[Filling, ...]:
    card: Filling = ui.words("console.card-state.no-card")
    if one.card is not None:
        card = state_cell(ui, one.card.state)
    state: Filling = ui.words(f"console.user-state.{one.state.name.lower()}")
    if one.state is not UserState.ACTIVE:
        state = state_cell(ui, one.state)
    return (
        f"{one.surname} {one.name}".strip() or NOTHING,
        one.codice_fiscale,
        state,
        card,
        profile_words(ui, one.profiles),
    )


def _records(session: Session) -> object:
    activity = session.activity
    if isinstance(activity, stations.StationList | users.UserList):
        return activity.view.records
    return ()


def _sent(session: Session) -> tuple[int, int]:
    """How many acts of this sign-in wait, and how many were refused."""
    sent = session.desk.sent if session.desk is not None else ()
    states = [one.state for one in sent]
    return states.count(SentState.WAITING), states.count(SentState.REFUSED)


def _sent_button(ui: Context, session: Session, act: Any) -> Part | None:
    """The way to the acts that were recorded; None where none was."""
    if session.desk is None or not session.desk.sent:
        return None
    waiting, refused = _sent(session)
    key, n, icon = "done", len(session.desk.sent), Icon.CHECK_CIRCLE
    if refused:
        key, n, icon = "refused", refused, Icon.WARNING_CIRCLE
    elif waiting:
        key, n, icon = "waiting", waiting, Icon.UPLOAD
    words = ui.words(f"desk.console.sent.{key}", n=n)
    button = DeskButton(ui, "sent", words, act, icon=icon, key=_SENT_KEY, high=36)
    button.rigid = True
    return button
