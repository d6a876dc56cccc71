"""Pages that tell one thing: a notice, a wait, a failure, a farewell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen import document_reading as document_states
from kiosk.flows.citizen import identification as act_states
from kiosk.flows.citizen import identity_check as check_states
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import procedure as procedure_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.events import OptionChosen, Standing
from kiosk.flows.home_events import Conclusive
from kiosk.flows.installer import readiness as ready_states
from kiosk.flows.out_of_service import OutOfService
from kiosk.flows.phrases import Phrase
from kiosk.flows.state import Session
from kiosk.flows.steps import fingerprint as finger_states
from kiosk.flows.welcome import Ended, EndReason
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, action_name, heading, notice, panel
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.button import Badge, Choice, PictureChoice
from kiosk.screens.widgets.document_pictures import HealthCardPicture, IdentityCardPicture
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from kiosk.screens.widgets.reader_pictures import Pose, ReaderPicture
from kiosk.screens.widgets.sensor_picture import Move, SensorPicture
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.waiting import Waiting

_CARD_WIDE = 360


class MessageScreen(Page):
    """Title, a card with an icon and paragraphs, the page's buttons."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session)
        actions = [action_button(ui, a) for a in said.actions if not _is_choice(session, a)]
        super().__init__(ui, session, lambda ui: _body(ui, session), actions, now=now)


def _is_choice(session: Session, action: Action) -> bool:
    """Whether the page shows a button as one of its answers, not at its foot."""
    asks = isinstance(
        session.activity,
        form_states.AskMembership
        | form_states.InsertCard
        | check_states.ChooseCard
        | procedure_states.Intro,
    )
    return asks and isinstance(action.event, OptionChosen)


def _body(ui: Context, session: Session) -> Part:
    said = wording(session)
    choices = [action for action in said.actions if _is_choice(session, action)]
    parts = heading(ui, session, said.title)
    if said.problem is not None:
        words, paint = ui.say(said.problem), ui.theme.palette.error
        parts.append(notice(ui, words, paint, Icon.WARNING_CIRCLE, size=Size.READING))
    if isinstance(session.activity, form_states.InsertCard):
        parts += _cards(ui, session, said.body, choices)
    elif choices:
        parts += [_soft(ui, ui.say(line)) for line in said.body]
        parts.append(_choices(ui, choices))
    elif said.body and not _without_reader(session):
        parts.append(_card(ui, session, said.body))
    return Column(parts, gap=ui.px(16))


def _cards(
    ui: Context, session: Session, body: Sequence[Phrase], choices: Sequence[Action]
) -> list[Part]:
    """The health card, which is put into its slot, and the identity card, which is chosen."""
    parts: list[Part] = []
    if body and not _without_reader(session):
        parts.append(_card(ui, session, body, over=bool(choices)))
    parts += [_choice(ui, action) for action in choices]
    if len(parts) < 2:
        return parts
    return [Grid(parts, columns=len(parts), gap=ui.px(20))]


def _without_reader(session: Session) -> bool:
    """Whether there is nothing to put a card into: then the page does not show how."""
    activity = session.activity
    asks = form_states.InsertCard | check_states.InsertHealthCard
    return isinstance(activity, asks) and activity.failure is not None


def _soft(ui: Context, words: str) -> Part:
    return ui.text(words, Size.READING, ui.theme.palette.page_soft.ink)


def _choices(ui: Context, choices: Sequence[Action]) -> Part:
    return Grid([_choice(ui, a) for a in choices], columns=len(choices), gap=ui.px(20))


def _choice(ui: Context, action: Action) -> Part:
    """An answer: with a picture where it is one of the cards."""
    name, words = action_name(action.event), ui.say(action.label)
    match action.event:
        case OptionChosen(check_states.IDENTITY_CARD):
            picture: Part = IdentityCardPicture(ui, _CARD_WIDE, marked=False)
        case OptionChosen(check_states.HEALTH_CARD):
            picture = HealthCardPicture(ui, _CARD_WIDE)
        case _:
            return Choice(ui, name, words, action.event, chosen=False)
    return PictureChoice(ui, name, picture, words, action.event)


def _card(ui: Context, session: Session, body: Sequence[Phrase], *, over: bool = False) -> Part:
    """What the page says, with its sign: beside it, or over it where there is little width."""
    palette = ui.theme.palette
    paragraphs: list[Part] = []
    for number, line in enumerate(body):
        size, ink, font = Size.READING, palette.card.ink, Font.TEXT
        if number == 0 and _first_is_large(session):
            size, ink, font = Size.TITLE, palette.card_link.ink, Font.TITLE
        if number > 0 and isinstance(session.activity, OutOfService):
            size, ink = Size.LABEL, palette.card_soft.ink  # for who works here
        paragraphs.append(ui.text(ui.say(line), size, ink, font))
    words = Column(paragraphs, gap=ui.px(16), along=Align.MIDDLE)
    words.grows = True
    icon, paint = _sign(palette, session)
    mark: Part = Badge(ui, icon, paint, 112)
    if isinstance(session.activity, _AT_WORK):
        mark = Waiting(ui)
    elif isinstance(session.activity, form_states.InsertCard | check_states.InsertHealthCard):
        mark = CardSlot(ui, units=220 if over else 300)
    elif isinstance(session.activity, document_states.DocumentFailed) and session.activity.key:
        mark = ReaderPicture(ui, Pose.LAY, _CARD_WIDE)  # only the contact failed
    elif isinstance(session.activity, check_states.Intro):
        mark = IdentityCardPicture(ui, _CARD_WIDE, marked=False)
    elif isinstance(session.activity, finger_states.Notice):
        mark = SensorPicture(ui, Move.HOLD, _CARD_WIDE)
    if over:
        return panel(ui, Column([mark, words], gap=ui.px(10), across=Align.MIDDLE))
    shut = isinstance(session.activity, OutOfService)
    across = Align.END if len(body) > 3 and not shut else Align.MIDDLE
    return panel(ui, Row([mark, words], gap=ui.px(32), across=across))


_AT_WORK = (
    form_states.ReadingCard
    | form_states.Recording
    | status_states.LookingUp
    | check_states.ReadingHealthCard
    | check_states.AskingTries
    | check_states.ProvingPin
    | act_states.Recording
    | procedure_states.ReadingCard
    | procedure_states.CheckingCodes
    | procedure_states.CheckingUsername
    | procedure_states.Concluding
    | ready_states.RecordingReport
)


def _first_is_large(session: Session) -> bool:
    """Whether the first paragraph is what the page is about: an address, a number."""
    return isinstance(
        session.activity,
        form_states.CheckEmail | status_states.Found | status_states.NotFound,
    )


def _sign(palette: Palette, session: Session) -> tuple[Icon, Paint]:
    match session.activity:
        case (
            form_states.CardFailed()
            | form_states.RecordFailed()
            | status_states.LookUpFailed()
            | document_states.DocumentFailed()
            | check_states.HealthCardFailed()
            | check_states.PinRefused()
            | act_states.RecordFailed()
            | procedure_states.CodesUnchecked()
            | procedure_states.UsernameUnchecked()
            | procedure_states.ConcludeFailed()
            | procedure_states.Done(outcome=Conclusive.REFUSED)
            | ready_states.ReportFailed()
        ):
            return Icon.WARNING_CIRCLE, palette.error
        case (
            status_states.Found(standing=Standing.ACCEPTED)
            | procedure_states.Done(outcome=Conclusive.ACCEPTED)
        ):
            return Icon.CHECK_CIRCLE, palette.success
        case OutOfService():
            return Icon.BAN, palette.warning
        case procedure_states.Done() | procedure_states.TimeOver():
            return Icon.CLOCK, palette.warning
        case (
            status_states.Found(standing=Standing.REFUSED | Standing.QUARANTINED)
            | status_states.NotFound()
        ):
            return Icon.INFO_CIRCLE, palette.warning
        case Ended(reason=EndReason.FINISHED):
            return Icon.CHECK_CIRCLE, palette.success
        case activity:
            return _ICONS.get(type(activity), Icon.INFO_CIRCLE), palette.badge


_ICONS: dict[type, Icon] = {
    Ended: Icon.LOCKED,
    form_states.AskMembership: Icon.USER,
    form_states.AlreadyMember: Icon.USER,
    form_states.Privacy: Icon.LOCKED,
    form_states.CheckEmail: Icon.MAIL,
    act_states.Intro: Icon.IDENTITY_CARD,
    status_states.Found: Icon.CLOCK,
    procedure_states.Intro: Icon.KEY,
    procedure_states.Sign: Icon.SIGN,
}


class CardSlot(Part):
    """A picture: a card with its chip ahead, going into a slot."""

    rigid = True

    def __init__(self, ui: Context, *, units: int = 300) -> None:
        super().__init__()
        self._side = ui.px(units)
        palette = ui.theme.palette
        self._card = Surface(palette.chosen, radius=ui.px(14), border=ui.px(3))
        chip_paint = Paint(palette.warning.ground, palette.warning.ink, palette.warning.ink)
        self._chip = Surface(chip_paint, radius=ui.px(6), border=ui.px(3))
        self._lines = [Surface(Paint(palette.focus, palette.focus)) for _ in range(2)]
        self._slot = Surface(Paint(palette.page.ink, palette.page.ground), radius=ui.px(10))
        self._arrow = IconText(Icon.ARROW_DOWN, self._scaled(64), palette.focus)
        self.fill([self._card, self._chip, *self._lines, self._slot, self._arrow])

    def natural_width(self) -> int:
        """Wide enough to be a picture."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """As high as wide."""
        return self._side

    def _scaled(self, part: float) -> int:
        """Pixels of a length, of which the picture has 300."""
        return round(self._side * part / 300)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The card stands on its short side, chip downwards, above the slot."""
        px = self._scaled
        base = bottom + (height - px(300)) // 2
        middle = left + width // 2
        self._slot.place(middle - px(130), base + px(10), px(260), px(26))
        self._card.place(middle - px(80), base + px(62), px(160), px(228))
        self._chip.place(middle - px(24), base + px(84), px(48), px(40))
        for number, line in enumerate(self._lines):
            line.place(middle - px(54), base + px(250 - 26 * number), px(108 - 44 * number), px(8))
        side = px(64)
        self._arrow.place(middle - side // 2, base + px(146), side, side)
