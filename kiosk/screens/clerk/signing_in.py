"""Card and PIN, or the daily password: the first pages of a counter, and that of a pulled card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kiosk.flows.clerk.events import DaySignInAsked, SignInAsked
from kiosk.flows.clerk.signing_in import CardPulled, DaySignIn, SignIn
from kiosk.flows.console import users
from kiosk.flows.console.users import UserTask
from kiosk.flows.events import Continued, Event, StopAsked
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.sheet_fields import CodeBox
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.button import Badge, ButtonKind
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cell import Cell
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.pin_box import PinBox
from kiosk.screens.widgets.desk.secret_box import SecretBox
from kiosk.screens.widgets.desk.text_box import BoxState
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.text import Text

_WIDE = 640
_MINUTE = 60
_CODE_LETTERS = 16


class SignInPage(DeskPage):
    """The card, the PIN, and why the last try failed."""

    widest = _WIDE

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._pin: PinBox | None = None
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """The card may come and go."""
        return session.activity, session.notice, session.operator_card

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def follow(self, before: Session) -> None:
        """A PIN that was half typed goes with the card."""
        if self._pin is not None:
            self._pin.wipe()
        super().follow(before)
        pin = self.stops.named("field.pin")
        if pin is not None:
            self.stops.go(pin)

    def show_problem(self) -> bool:
        """Said in the card."""
        return False

    def body(self, ui: Context) -> Part:
        """One card in the middle of the window."""
        palette = ui.theme.palette
        said = wording(self.session)
        there = self.session.operator_card
        badge = Badge(ui, Icon.KEY if there else Icon.CARD, palette.badge, 64)
        words = Column(
            [ui.text(ui.say(line), DeskSize.HEADING, palette.card.ink) for line in said.body],
            gap=ui.px(6),
        )
        words.grows = True
        parts: list[Part] = [Row([badge, words], gap=ui.px(18))]
        wait = wait_of(self.session)
        if said.problem is not None and not wait:
            parts.append(told(ui, ui.say(said.problem), palette.error, Icon.WARNING_CIRCLE))
        self._pin = None
        if wait:
            parts.append(held_off(ui, wait))
        elif there:
            parts.append(self._entry(ui, wrong=_is_wrong(self.session)))
        card = desk_card(ui, Column(parts, gap=ui.px(18)), padding=(28, 24))
        return Column([card])

    def _entry(self, ui: Context, *, wrong: bool) -> Part:
        self._pin = PinBox(
            ui,
            "field.pin",
            lambda pin: self.ui.emit(SignInAsked(pin)),
            state=BoxState(wrong=wrong),
        )
        cell = Cell(ui, ui.words("desk.pin"), self._pin)
        cell.grows = True
        enter = DeskButton(
            ui,
            "sign-in",
            ui.words("desk.sign-in"),
            self._pin.give,
            kind=ButtonKind.PRIMARY,
            key="f2",
        )
        return Row([cell, enter], gap=ui.px(12), across=Align.START)

    def actions(self) -> Sequence[Any]:
        """To the devices; a kept page can be given up."""
        return [one for one in wording(self.session).actions if not one.main]

    def more_actions(self, ui: Context) -> Sequence[Part]:
        """To end the kept work, while a card is away."""
        if not isinstance(self.session.activity, CardPulled):
            return ()
        return [
            DeskButton(
                ui, "stop", ui.words("desk.give-up"), lambda: self.ui.emit(StopAsked()), key="f9"
            )
        ]

    def first_stop(self) -> str:
        """The PIN, while there is a card."""
        return "field.pin"


def _is_wrong(session: Session) -> bool:
    """Whether it is the PIN that was refused, and not somebody who was signed out."""
    activity = session.activity
    code = activity.code if isinstance(activity, SignIn | CardPulled) else None
    return code is not None and code.startswith("token.")


class DaySignInPage(DeskPage):
    """Who forgot their card: codice fiscale and daily password (R-004-34)."""

    widest = _WIDE
    enter_is_main = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._code = DeskLine()
        self._password: SecretBox | None = None
        self._person_wait: Text | None = None
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """The seconds of who has tried change in place: somebody else may be typing."""
        activity = session.activity
        if not isinstance(activity, DaySignIn):
            return super().seen(session)
        fixed = replace(activity, person_seconds=min(activity.person_seconds, 1))
        return fixed, session.notice, self.online(session)

    def update(self, session: Session) -> None:
        """A second less."""
        super().update(session)
        if self._person_wait is not None and _person_seconds(session):
            self._person_wait.say(_wait_words(self.ui, _person_seconds(session)))

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def show_problem(self) -> bool:
        """Said in the card."""
        return False

    def first_stop(self) -> str:
        """The codice fiscale."""
        return "field.codice-fiscale"

    def follow(self, before: Session) -> None:
        """While nobody can sign in, the password does not wait in the box."""
        if self._password is not None:
            self._password.wipe()
        super().follow(before)

    def emit(self, event: Event) -> None:
        """The main button gives both away."""
        if isinstance(event, Continued):
            self._sign_in()
            return
        super().emit(event)

    def body(self, ui: Context) -> Part:
        """One card in the middle of the window."""
        palette = ui.theme.palette
        said = wording(self.session)
        parts: list[Part] = [
            ui.text(ui.say(line), DeskSize.BODY, palette.card.ink) for line in said.body
        ]
        wait = wait_of(self.session)
        if said.problem is not None and not wait:
            parts.append(told(ui, ui.say(said.problem), palette.error, Icon.WARNING_CIRCLE))
        self._password = self._person_wait = None
        if wait:
            parts.append(held_off(ui, wait))
        else:
            person = _person_seconds(self.session)
            if person:
                ink = palette.card.ink
                self._person_wait = ui.text(_wait_words(ui, person), DeskSize.BODY, ink)
                parts.append(self._person_wait)
            parts += self._entry(ui)
        return Column([desk_card(ui, Column(parts, gap=ui.px(16)), padding=(28, 24))])

    def actions(self) -> Sequence[Any]:
        """The button that signs in stands beside the password."""
        return [one for one in wording(self.session).actions if not one.main]

    def _entry(self, ui: Context) -> list[Part]:
        code = CodeBox(
            ui, "field.codice-fiscale", self._code, lambda _text: None, longest=_CODE_LETTERS
        )
        self._password = SecretBox(ui, "field.password", self._given)
        cell = Cell(ui, ui.words("desk.day.password"), self._password)
        cell.grows = True
        enter = DeskButton(
            ui,
            "sign-in",
            ui.words("desk.sign-in"),
            self._sign_in,
            kind=ButtonKind.PRIMARY,
            key="f2",
        )
        row = Row([cell, enter], gap=ui.px(12), across=Align.START)
        return [Cell(ui, ui.words("desk.day.codice-fiscale"), code), row]

    def _sign_in(self) -> None:
        if self._password is not None and self._code.text:
            self._password.give()

    def _given(self, password: bytearray) -> None:
        self.ui.emit(DaySignInAsked(self._code.text, password))


def wait_of(session: Session) -> int:
    """Seconds for which nobody can sign in at this station."""
    activity = session.activity
    return activity.wait_seconds if isinstance(activity, SignIn | DaySignIn | CardPulled) else 0


def held_off(ui: Context, seconds: int) -> Part:
    """That it goes on by itself, and when."""
    return told(ui, _wait_words(ui, seconds), ui.theme.palette.warning, Icon.CLOCK)


def _wait_words(ui: Context, seconds: int) -> str:
    if seconds < 2 * _MINUTE:
        return ui.words("desk.hold-off.seconds", n=seconds)
    return ui.words("desk.hold-off.minutes", n=-(-seconds // _MINUTE))


def _person_seconds(session: Session) -> int:
    """Seconds for which the hub compares no password of who has tried."""
    activity = session.activity
    return activity.person_seconds if isinstance(activity, DaySignIn) else 0


def is_secret(session: Session) -> bool:
    """Whether a PIN or a password is typed on the page."""
    match session.activity:
        case users.OfficerConfirm(task=UserTask.ACTIVATE_CARD):
            return True
        case activity:
            return isinstance(activity, SignIn | DaySignIn | CardPulled)
