"""One station, one user: state and what may be done first, then all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.flows.clerk.troubles import trouble_phrase
from kiosk.flows.console import actions, stations, users
from kiosk.flows.console.events import Asked, StationTaskChosen, UserTaskChosen
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import UserTask
from kiosk.flows.state import Session
from kiosk.flows.wording import Action, wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.console.asking import ask_button
from kiosk.screens.console.reading import reading_card
from kiosk.screens.console.signs import SIGNS, Sign
from kiosk.screens.console.tasks import STATION_TASKS, USER_TASKS
from kiosk.screens.console.words import clock_words, state_pill, state_words, whose
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cell import Tag
from kiosk.screens.widgets.desk.told_code import ToldCode, groups_of
from kiosk.screens.widgets.layout import Align, Column, Flow, Part, Row, Space
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console_views import StationRecord, UserRecord

_OWN: Final = Asked | StationTaskChosen | UserTaskChosen


class RecordPage(DeskPage):
    """Who or what it is in the largest letters; below, every attribute."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._now = now
        super().__init__(ui, session, now)

    # --- what each has of its own

    def head(self, ui: Context) -> Sequence[Part]:  # noqa: ARG002  every page has its own
        """Name and states on one line, more lines below."""
        raise TypeError(f"{type(self).__name__} has no head")

    def doings(self, ui: Context) -> Sequence[Part]:  # noqa: ARG002  every page has its own
        """A button for each thing that may be begun."""
        raise TypeError(f"{type(self).__name__} does nothing")

    def news(self, ui: Context) -> Sequence[Part]:  # noqa: ARG002  for pages that have some
        """What is to be done next."""
        return ()

    # --- drawing

    def seen(self, session: Session) -> object:
        """Not how long ago the hub was asked."""
        activity = session.activity
        if not isinstance(activity, stations.StationPage | users.UserPage):
            return activity
        return activity.behind, activity.record, session.notice

    def lead(self) -> Sequence[Any]:
        """The head of the page says more."""
        return ()

    def show_problem(self) -> bool:
        """Said below the head."""
        return False

    def actions(self) -> Sequence[Action]:
        """What may be done stands in the head, the way to ask again beside the title."""
        return [one for one in wording(self.session).actions if not isinstance(one.event, _OWN)]

    def aside(self, ui: Context) -> Part | None:
        """Of when it is, and the button that asks again."""
        view = _behind(self.session).view
        ink = ui.theme.palette.page_soft.ink
        said = ""
        if view.waiting:
            said = ui.words("desk.console.asking")
        elif view.told_at is not None:
            said = ui.words("desk.console.told-at", when=clock_words(view.told_at, self._now))
        again = ask_button(ui, lambda: self.emit(Asked()), stop=False)
        return Row([ui.text(said, DeskSize.LABEL, ink), again], gap=ui.px(14))

    def body(self, ui: Context) -> Part:
        """Head with what may be done, what is next, attributes."""
        doings = Flow(self.doings(ui), gap=ui.px(8))
        head = Column([*self.head(ui), doings], gap=ui.px(8))
        parts: list[Part] = [desk_card(ui, head, padding=(18, 12))]
        code = _behind(self.session).view.code
        if code is not None:
            words = ui.words("desk.console.not-asked", why=ui.say(trouble_phrase(code)))
            parts.append(told(ui, words, ui.theme.palette.warning, Icon.EXCHANGE_CIRCLE))
        parts += self.news(ui)
        paint = ui.theme.palette.warning
        parts += [
            told(ui, ui.say(line), paint, Icon.WARNING_CIRCLE)
            for line in wording(self.session).body[1:]
        ]
        read = reading_card(ui, self.session, columns=3 if ui.theme.large else 4)
        if read is not None:
            parts.append(read)
        return Column(parts, gap=ui.px(10))

    def _title(self, ui: Context, words: str) -> Part:
        return ui.text(words, DeskSize.TITLE, ui.theme.palette.card.ink, Font.TITLE)


class StationDetailPage(RecordPage):
    """A certificate of the Register (R-004-14, 15)."""

    @property
    def _record(self) -> StationRecord:
        if isinstance(self.session.activity, stations.StationPage):
            return self.session.activity.record
        raise TypeError(type(self.session.activity).__name__)

    @property
    def _tasks(self) -> Sequence[StationTask]:
        desk = self.session.desk
        return actions.of_station(self._record, desk) if desk is not None else ()

    def first_stop(self) -> str:
        """The first thing that may be done, but never what stops a station."""
        quiet = {StationTask.BLOCK, StationTask.CANCEL}
        return next((f"task.{one.value}" for one in self._tasks if one not in quiet), "")

    def head(self, ui: Context) -> Sequence[Part]:
        """Name, state, kind; the label below."""
        record = self._record
        parts: list[Part] = [
            self._title(ui, record.name),
            state_pill(ui, f"state.{record.state.name.lower()}", record.state),
        ]
        if record.kind is CertificateKind.SERVER:
            parts.append(Tag(ui, ui.words("console.certificate-kind.server")))
        lines: list[Part] = [Row([*parts, Space()], gap=ui.px(14), across=Align.MIDDLE)]
        if record.label:
            ink = ui.theme.palette.card.ink
            lines.append(ui.text(record.label, DeskSize.HEADING, ink))
        return lines

    def news(self, ui: Context) -> Sequence[Part]:
        """Where a certificate stands on its way, in words; the code that is to be compared."""
        record, palette = self._record, ui.theme.palette
        lines: list[Part] = []
        if record.check_code and record.state is CertificateState.REQUESTED:
            words = ui.words("desk.console.station.compare")
            lines = [
                ui.text(words, DeskSize.HEADING, palette.card.ink),
                ToldCode(ui, "check-code", groups_of(record.check_code)),
            ]
            return [desk_card(ui, Column(lines, gap=ui.px(10)), padding=(18, 14))]
        sign = SIGNS[record.state]
        words = ui.words(f"desk.console.station.{record.state.name.lower()}")
        return [told(ui, words, sign.mood.paint(palette), sign.icon)]

    def doings(self, ui: Context) -> Sequence[Part]:
        """Functions of the state, each with its key."""
        return [self._doing(ui, one) for one in self._tasks]

    def _doing(self, ui: Context, task: StationTask) -> Part:
        icon, key = STATION_TASKS[task]
        return DeskButton(
            ui,
            f"task.{task.value}",
            ui.words(f"console.station-task.{task.value}"),
            lambda: self.emit(StationTaskChosen(task)),
            icon=icon,
            key=key,
        )


class UserDetailPage(RecordPage):
    """A user of the comune, with the smart card (R-004-25, 33)."""

    @property
    def _page(self) -> users.UserPage:
        if isinstance(self.session.activity, users.UserPage):
            return self.session.activity
        raise TypeError(type(self.session.activity).__name__)

    @property
    def _record(self) -> UserRecord:
        return self._page.record

    @property
    def _tasks(self) -> Sequence[UserTask]:
        desk = self.session.desk
        area = self._page.behind.area
        return actions.of_user(self._record, area, desk) if desk is not None else ()

    def first_stop(self) -> str:
        """The first thing that may be done, but never what stops somebody."""
        quiet = {UserTask.BLOCK, UserTask.DELETE}
        return next((f"task.{one.value}" for one in self._tasks if one not in quiet), "")

    def head(self, ui: Context) -> Sequence[Part]:
        """Name, state of user and card; the codice fiscale below."""
        record = self._record
        user = ui.words("desk.console.user.state", state=state_words(ui, record.state))
        pills: list[Part] = [state_pill(ui, "state.user", record.state, user)]
        if record.card is None:
            pills.append(Tag(ui, ui.words("desk.console.card.none")))
        else:
            state = record.card.state
            card = ui.words("desk.console.card.state", state=state_words(ui, state))
            pills.append(state_pill(ui, "state.card", state, card))
        first = Row(
            [self._title(ui, whose(record)), *pills, Space()], gap=ui.px(14), across=Align.MIDDLE
        )
        ink = ui.theme.palette.card.ink
        return [first, ui.text(record.codice_fiscale, DeskSize.HEADING, ink)]

    def news(self, ui: Context) -> Sequence[Part]:
        """Where a card stands on its way."""
        card, palette = self._record.card, ui.theme.palette
        if card is None:
            return ()
        sign: Sign = SIGNS[card.state]
        words = ui.words(f"desk.console.card.{card.state.name.lower()}")
        return [told(ui, words, sign.mood.paint(palette), sign.icon)]

    def doings(self, ui: Context) -> Sequence[Part]:
        """Functions of the state, each with its key."""
        return [self._doing(ui, one) for one in self._tasks]

    def _doing(self, ui: Context, task: UserTask) -> Part:
        icon, key = USER_TASKS[task]
        return DeskButton(
            ui,
            f"task.{task.value}",
            ui.words(f"console.user-task.{task.value}"),
            lambda: self.emit(UserTaskChosen(task)),
            icon=icon,
            key=key,
        )


def _behind(session: Session) -> stations.StationList | users.UserList:
    activity = session.activity
    if isinstance(activity, stations.StationPage | users.UserPage):
        return activity.behind
    raise TypeError(type(activity).__name__)
