"""Pages that tell one thing: a notice, a wait, a failure, a farewell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.events import OptionChosen, Standing
from kiosk.flows.phrases import Phrase
from kiosk.flows.state import Session
from kiosk.flows.welcome import Ended, EndReason
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, action_name, heading, notice, panel
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.button import Badge, Choice
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.waiting import Waiting


class MessageScreen(Page):
    """Title, a card with an icon and paragraphs, the page's buttons."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session)
        actions = [action_button(ui, a) for a in said.actions if not _is_choice(a)]
        super().__init__(ui, session, lambda ui: _body(ui, session), actions, now=now)


def _is_choice(action: Action) -> bool:
    return isinstance(action.event, OptionChosen)


def _body(ui: Context, session: Session) -> Part:
    said = wording(session)
    choices = [action for action in said.actions if _is_choice(action)]
    parts = heading(ui, session, said.title)
    if said.problem is not None:
        words, paint = ui.say(said.problem), ui.theme.palette.error
        parts.append(notice(ui, words, paint, Icon.WARNING_CIRCLE, size=Size.READING))
    if choices:
        parts += [_soft(ui, ui.say(line)) for line in said.body]
        parts.append(_choices(ui, choices))
    elif said.body and not _without_reader(session):
        parts.append(_card(ui, session, said.body))
    return Column(parts, gap=ui.px(16))


def _without_reader(session: Session) -> bool:
    """Whether there is nothing to put a card into: then the page does not show how."""
    activity = session.activity
    return isinstance(activity, form_states.InsertCard) and activity.failure is not None


def _soft(ui: Context, words: str) -> Part:
    return ui.text(words, Size.READING, ui.theme.palette.page_soft.ink)


def _choices(ui: Context, choices: Sequence[Action]) -> Part:
    return Grid(
        [Choice(ui, action_name(a.event), ui.say(a.label), a.event, chosen=False) for a in choices],
        columns=len(choices),
        gap=ui.px(20),
    )


def _card(ui: Context, session: Session, body: Sequence[Phrase]) -> Part:
    palette = ui.theme.palette
    paragraphs: list[Part] = []
    for number, line in enumerate(body):
        size, ink, font = Size.READING, palette.card.ink, Font.TEXT
        if number == 0 and _first_is_large(session):
            size, ink, font = Size.TITLE, palette.card_link.ink, Font.TITLE
        paragraphs.append(ui.text(ui.say(line), size, ink, font))
    words = Column(paragraphs, gap=ui.px(16), along=Align.MIDDLE)
    words.grows = True
    icon, paint = _sign(palette, session)
    mark: Part = Badge(ui, icon, paint, 112)
    if isinstance(
        session.activity,
        form_states.ReadingCard | form_states.Recording | status_states.LookingUp,
    ):
        mark = Waiting(ui)
    elif isinstance(session.activity, form_states.InsertCard):
        mark = CardSlot(ui)
    across = Align.END if len(body) > 3 else Align.MIDDLE
    return panel(ui, Row([mark, words], gap=ui.px(32), across=across))


def _first_is_large(session: Session) -> bool:
    """Whether the first paragraph is what the page is about: an address, a number."""
    return isinstance(
        session.activity,
        form_states.CheckEmail | status_states.Found | status_states.NotFound,
    )


def _sign(palette: Palette, session: Session) -> tuple[Icon, Paint]:
    match session.activity:
        case form_states.AskMembership() | form_states.AlreadyMember():
            return Icon.USER, palette.badge
        case form_states.Privacy():
            return Icon.LOCKED, palette.badge
        case form_states.CheckEmail():
            return Icon.MAIL, palette.badge
        case form_states.CardFailed() | form_states.RecordFailed() | status_states.LookUpFailed():
            return Icon.WARNING_CIRCLE, palette.error
        case status_states.Found(standing=Standing.ACCEPTED):
            return Icon.CHECK_CIRCLE, palette.success
        case (
            status_states.Found(standing=Standing.REFUSED | Standing.QUARANTINED)
            | status_states.NotFound()
        ):
            return Icon.INFO_CIRCLE, palette.warning
        case status_states.Found():
            return Icon.CLOCK, palette.badge
        case Ended(reason=EndReason.FINISHED):
            return Icon.CHECK_CIRCLE, palette.success
        case Ended():
            return Icon.LOCKED, palette.badge
        case _:
            return Icon.INFO_CIRCLE, palette.badge


class CardSlot(Part):
    """A picture: a card with its chip ahead, going into a slot."""

    rigid = True

    def __init__(self, ui: Context) -> None:
        super().__init__()
        self._ui = ui
        palette = ui.theme.palette
        self._card = Surface(palette.chosen, radius=ui.px(14), border=ui.px(3))
        chip_paint = Paint(palette.warning.ground, palette.warning.ink, palette.warning.ink)
        self._chip = Surface(chip_paint, radius=ui.px(6), border=ui.px(3))
        self._lines = [Surface(Paint(palette.focus, palette.focus)) for _ in range(2)]
        self._slot = Surface(Paint(palette.page.ink, palette.page.ground), radius=ui.px(10))
        self._arrow = IconText(Icon.ARROW_DOWN, ui.px(64), palette.focus)
        self.fill([self._card, self._chip, *self._lines, self._slot, self._arrow])

    def natural_width(self) -> int:
        """Wide enough to be a picture."""
        return self._ui.px(300)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """As high as wide."""
        return self._ui.px(300)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The card stands on its short side, chip downwards, above the slot."""
        px = self._ui.px
        base = bottom + (height - px(300)) // 2
        middle = left + width // 2
        self._slot.place(middle - px(130), base + px(10), px(260), px(26))
        self._card.place(middle - px(80), base + px(62), px(160), px(228))
        self._chip.place(middle - px(24), base + px(84), px(48), px(40))
        for number, line in enumerate(self._lines):
            line.place(middle - px(54), base + px(250 - 26 * number), px(108 - 44 * number), px(8))
        side = px(64)
        self._arrow.place(middle - side // 2, base + px(146), side, side)
