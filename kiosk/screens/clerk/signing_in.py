"""Card and PIN: the first page of a counter, and the page of a card that was pulled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kiosk.flows.clerk.events import SignInAsked
from kiosk.flows.clerk.signing_in import CardPulled, SignIn
from kiosk.flows.events import StopAsked
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.button import Badge, ButtonKind
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cell import Cell
from kiosk.screens.widgets.desk.pin_box import PinBox
from kiosk.screens.widgets.desk.text_box import BoxState
from kiosk.screens.widgets.layout import Align, Column, Part, Row

_WIDE = 640


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
        if said.problem is not None:
            parts.append(told(ui, ui.say(said.problem), palette.error, Icon.WARNING_CIRCLE))
        self._pin = None
        if there:
            parts.append(self._entry(ui, wrong=said.problem is not None))
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


def is_secret(session: Session) -> bool:
    """Whether a PIN is typed on the page."""
    return isinstance(session.activity, SignIn | CardPulled)
