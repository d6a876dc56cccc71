"""Pages that say something: what happens now, why not, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.flows import italian_time
from kiosk.flows.clerk import managing, outcomes, registering, signing_in
from kiosk.flows.clerk.managing import HeldElsewhere
from kiosk.flows.clerk.states import FsePage
from kiosk.flows.outbox import states as outbox
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.numbers import grouped, surname_first
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import Badge
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.qr import QrCode, qr_modules
from kiosk.screens.widgets.waiting import Waiting

_WIDE = 860
_WAITING = (
    signing_in.SigningIn
    | signing_in.SigningInAgain
    | registering.LookingUp
    | managing.AskingLease
    | managing.ResidenceOpening
    | managing.AskingUsername
    | outcomes.RecordingAct
    | outbox.AskingRefused
    | outbox.Closing
)
_WRONG = (
    managing.NotPossible
    | managing.UsernameNotTold
    | outcomes.ActNotRecorded
    | registering.AlreadyStrong
    | outbox.NotCorrectable
    | outbox.NotClosed
)
_CAREFUL = (
    registering.AlreadyWeak
    | registering.ConfirmDeletion
    | HeldElsewhere
    | managing.DisputePage
    | managing.SettlementConfirm
    | managing.Leaving
)


def is_waiting(activity: object) -> bool:
    """Whether the page passes by itself."""
    return isinstance(activity, _WAITING) or (
        isinstance(activity, managing.Opening) and activity.code is None
    )


class MessagePage(DeskPage):
    """A sign and some lines in a card; a turning one where something is waited for."""

    widest = _WIDE

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def first_stop(self) -> str:
        """What deletes or throws away is never pressed by an Enter too many."""
        loses = registering.ConfirmDeletion | managing.Leaving | managing.SettlementConfirm
        return "back" if isinstance(self.session.activity, loses) else ""

    def body(self, ui: Context) -> Part:
        """The card, in the upper middle of the window."""
        lines = Column(self.lines(ui), gap=ui.px(10))
        lines.grows = True
        row = Row([self._sign(ui), lines], gap=ui.px(22), across=Align.MIDDLE)
        parts: list[Part] = [row, *self.below(ui)]
        card = desk_card(ui, Column(parts, gap=ui.px(16)), padding=(28, 24))
        return Column([card])

    def lines(self, ui: Context) -> list[Part]:
        """What is said, one paragraph each."""
        ink = ui.theme.palette.card.ink
        activity = self.session.activity
        said: list[Part] = [
            ui.text(words, DeskSize.HEADING, ink, Font.STRONG) for words in _about(ui, activity)
        ]
        lines = [ui.say(line) for line in wording(self.session).body]
        if isinstance(activity, managing.DisputePage) and activity.dispute.by_office:
            lines.insert(1, ui.words("desk.dispute.by", office=activity.dispute.by_office))
        if isinstance(activity, managing.DisputePage) and activity.dispute.other_number:
            number = grouped(activity.dispute.other_number)
            lines.insert(1, ui.words("desk.dispute.other", number=number))
        said += [ui.text(words, DeskSize.HEADING, ink) for words in lines]
        if isinstance(activity, HeldElsewhere):
            until = italian_time.at(activity.held.until)
            words = ui.words("desk.held-until", time=f"{until:%H:%M}")
            said.append(ui.text(words, DeskSize.HEADING, ink, Font.STRONG))
        return said

    def below(self, ui: Context) -> list[Part]:
        """More in the card: an address that another screen can scan."""
        address = self.session.office.fse_address
        if not isinstance(self.session.activity, FsePage) or not address:
            return []
        code = QrCode(ui, qr_modules(address), 260)
        return [Row([Space(), code, Space()])]

    def _sign(self, ui: Context) -> Part:
        activity, palette = self.session.activity, ui.theme.palette
        if is_waiting(activity):
            return Waiting(ui)
        icon, paint = Icon.INFO_CIRCLE, palette.badge
        if isinstance(activity, _WRONG | managing.Opening):
            icon, paint = Icon.CLOSE_CIRCLE, palette.error
        elif isinstance(activity, _CAREFUL):
            icon, paint = Icon.WARNING_CIRCLE, palette.warning
        elif isinstance(activity, outcomes.ActDone):
            icon, paint = Icon.CHECK_CIRCLE, palette.success
            if activity.letters_missing:
                icon, paint = Icon.WARNING_CIRCLE, palette.warning
        return Badge(ui, icon, Paint(paint.ground, paint.ink), 64)


def _about(ui: Context, activity: object) -> list[str]:
    """Whose case it is, and which act of it."""
    match activity:
        case (
            managing.DisputePage(dispute=dispute)
            | managing.SettlementConfirm(page=managing.DisputePage(dispute=dispute))
        ):
            when = italian_time.at(dispute.done_at)
            act = ui.words(f"desk.act.{dispute.kind}")
            day, time = f"{when:%d/%m/%Y}", f"{when:%H:%M}"
            about = (dispute.person, grouped(dispute.registration_number))
            return [
                " · ".join(part for part in about if part),
                ui.words("desk.dispute.about", act=act, day=day, time=time),
            ]
        case outcomes.ActDone(recorded=recorded) if recorded.registration is not None:
            one = recorded.registration
            return [f"{surname_first(one)} · {grouped(one.number)}"]
        case _:
            return []
