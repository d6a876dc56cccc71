"""Two fingers: which one, what to do with it, what came of it; and always another way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hw.finger_readings import Finger, FingerPhase, FingerProgress, Hand
from kiosk.flows.device_wording import review_lines
from kiosk.flows.events import OptionChosen
from kiosk.flows.state import Session, activity_name
from kiosk.flows.steps.fingerprint import (
    COMPARE,
    HANDS,
    RETAKE,
    ChooseExcuse,
    ChooseFinger,
    ExcusedHand,
    FingerFailed,
    Fingers,
    Review,
    hand_of,
)
from kiosk.flows.wording import Action, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, action_name, heading, notice, panel
from kiosk.screens.theme import Font, Paint, Size
from kiosk.screens.widgets.at_work import at_work
from kiosk.screens.widgets.button import Button, Choice
from kiosk.screens.widgets.follows import Follows, within
from kiosk.screens.widgets.hand_picture import HandPicture
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from kiosk.screens.widgets.sensor_picture import Move, SensorPicture
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.viewfinder import Viewfinder

_HAND_WIDE = 760
_SENSOR_WIDE = 430
_PREVIEW = (250.0, 190.0)
"""In the proportions of the picture of a U.are.U 4500: 384 by 290."""
_COUNTER = 64
_MOVES = {
    FingerPhase.PREPARING: Move.WAIT,
    FingerPhase.PLACE: Move.PLACE,
    FingerPhase.TAKING: Move.HOLD,
    FingerPhase.LIFT: Move.LIFT,
    FingerPhase.RECOVERING: Move.BACK,
}


class ChooseFingerScreen(Page):
    """The hand as it lies on the desk; its fingers are touched. The index is the main answer."""

    still = True

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session)
        fingers = {OptionChosen(finger.value) for finger in Finger}
        actions = [action_button(ui, one) for one in said.actions if one.event not in fingers]
        super().__init__(ui, session, self._body, actions, now=now)

    def _body(self, ui: Context) -> Part:
        session, activity = self.session, self.session.activity
        if not isinstance(activity, ChooseFinger):
            raise TypeError(type(activity).__name__)
        said = wording(session)
        names = {finger: ui.words(f"finger.{finger.value}") for finger in Finger}
        hand = HandPicture(
            ui,
            activity.hand,
            _HAND_WIDE,
            marked=Finger.INDEX,
            names=names,
            act=lambda finger: OptionChosen(finger.value),
        )
        ink = ui.theme.palette.page.ink
        lines: list[Part] = [ui.text(ui.say(line), Size.READING, ink) for line in said.body]
        words = Column(lines, gap=ui.px(16))
        words.grows = True
        row = Row([words, hand], gap=ui.px(24), across=Align.MIDDLE)
        return Column([*heading(ui, session, said.title), row], gap=ui.px(8))


class ChooseExcuseScreen(Page):
    """Why no finger of this hand: answers below each other."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        reasons = [one for one in wording(session).actions if isinstance(one.event, OptionChosen)]
        rest = [one for one in wording(session).actions if one not in reasons]
        actions = [action_button(ui, one) for one in rest]
        super().__init__(ui, session, lambda ui: _excuses(ui, session, reasons), actions, now=now)


def _excuses(ui: Context, session: Session, reasons: Sequence[Action]) -> Part:
    if not isinstance(session.activity, ChooseExcuse):
        raise TypeError(type(session.activity).__name__)
    said = wording(session)
    soft = ui.theme.palette.page_soft.ink
    lines = [ui.text(ui.say(line), Size.READING, soft) for line in said.body]
    answers = Column([*lines, *_choices(ui, reasons)], gap=ui.px(16))
    answers.grows = True
    hand = HandPicture(ui, session.activity.hand, 380)
    row = Row([answers, hand], gap=ui.px(28))
    return Column([*heading(ui, session, said.title), row], gap=ui.px(14))


def _choices(ui: Context, actions: Sequence[Action]) -> list[Choice]:
    """Answers below each other."""
    return [
        Choice(ui, action_name(one.event), ui.say(one.label), one.event, chosen=False)
        for one in actions
    ]


class TakingScreen(Page):
    """The sensor with the finger, one line that says what to do now, counters, the live picture.

    The page stays while the taking goes on: pictures, line and counters change in place.
    """

    still = True

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, self._body, actions, now=now)

    def update(self, session: Session) -> None:
        """Another step of the taking."""
        super().update(session)
        self.name = f"screen.{activity_name(session.activity)}"
        follow(self, session)

    def _body(self, ui: Context) -> Part:
        return taking_body(ui, self.session)


def follow(page: Page, session: Session) -> None:
    """Show another step of a taking on a page that stays."""
    changed = False
    for part in list(within(page.scroll)):
        if isinstance(part, Follows):
            changed |= part.follow(session)
        elif isinstance(part, SensorPicture):
            part.show(_MOVES[_progress(session).phase])
    if changed:
        page.scroll.fit()


def taking_body(ui: Context, session: Session) -> Part:
    """What to do with the finger now, on a page of its own or of the sensor's test."""
    progress = _progress(session)
    picture = panel(ui, SensorPicture(ui, _MOVES[progress.phase], _SENSOR_WIDE), padding=(14, 12))
    picture.rigid = True
    words = Follows(session, lambda now: _now(ui, now), _said)
    counted = Follows(session, lambda now: _counted(ui, now), _said, gap=ui.px(12))
    counted.grows = True
    below: list[Part] = [counted]
    if ui.previews.finger is not None:
        below.append(_preview(ui))
    right = Column([words, Row(below, gap=ui.px(20))], gap=ui.px(20), along=Align.MIDDLE)
    right.grows = True
    parts: list[Part] = [picture, right]
    head = Follows(session, lambda now: heading(ui, now, wording(now).title), _titled)
    return Column([head, Row(parts, gap=ui.px(28))], gap=ui.px(14))


def _said(session: Session) -> object:
    return _progress(session)


def _titled(session: Session) -> object:
    return wording(session).title


def _now(ui: Context, session: Session) -> Sequence[Part]:
    """What to do now; what was wrong with the last picture stands out."""
    palette, progress = ui.theme.palette, _progress(session)
    line = ui.say(wording(session).body[0])
    if progress.advice is not None:
        return [notice(ui, line, palette.warning, Icon.WARNING_CIRCLE, size=Size.READING)]
    if progress.phase is FingerPhase.RECOVERING:
        return [at_work(ui, line)]
    return [ui.text(line, Size.READING, palette.page.ink, Font.STRONG)]


def _counted(ui: Context, session: Session) -> Sequence[Part]:
    """How many pictures are good, where more than one is wanted."""
    progress = _progress(session)
    if progress.wanted < 2:
        return []
    soft = ui.theme.palette.page_soft.ink
    said = [ui.text(ui.say(one), Size.LABEL, soft) for one in wording(session).body[1:]]
    return [counters(ui, progress), *said]


def counters(ui: Context, progress: FingerProgress) -> Part:
    """A circle for each picture that is wanted: a tick where it is good, else its number."""
    circles = [_Counter(ui, n, done=n <= progress.taken) for n in range(1, progress.wanted + 1)]
    return Row(circles, gap=ui.px(16))


class _Counter(Surface):
    """One picture: wanted, or good."""

    rigid = True

    def __init__(self, ui: Context, number: int, *, done: bool) -> None:
        palette = ui.theme.palette
        self._side = ui.px(_COUNTER)
        field = palette.field
        paint = palette.success if done else Paint(field.ground, field.ink, field.edge)
        super().__init__(paint, radius=self._side // 2, border=ui.px(3))
        self.name = f"picture.{number}.{'good' if done else 'wanted'}"
        self.fill(
            [
                IconText(Icon.CHECK, ui.px(38), paint.ink)
                if done
                else ui.text(str(number), Size.BODY, paint.ink, Font.STRONG, align="center")
            ]
        )

    def natural_width(self) -> int:
        """Its diameter."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its diameter."""
        return self._side


def _preview(ui: Context) -> Part:
    """What the sensor sees, and that it is this."""
    palette = ui.theme.palette
    caption = ui.text(
        ui.words("screen.finger.preview"), Size.LABEL, palette.page_soft.ink, align="center"
    )
    ease = ui.theme.ease
    shape = (_PREVIEW[0] * ease, _PREVIEW[1] * ease)
    column = Column([Viewfinder(ui, ui.previews.finger, shape), caption], gap=ui.px(8))
    column.rigid = True
    return _AsWide(column, ui.px(shape[0] + 12))


class _AsWide(Part):
    """A part of a given width: what is written in it wraps."""

    rigid = True

    def __init__(self, part: Part, wide: int) -> None:
        super().__init__([part])
        self._wide = wide

    def natural_width(self) -> int:
        """As wide as it was told."""
        return self._wide


def _progress(session: Session) -> FingerProgress:
    progress = getattr(session.activity, "progress", None)
    if isinstance(progress, FingerProgress):
        return progress
    raise TypeError(type(session.activity).__name__)


class FingerFailedScreen(Page):
    """What went wrong, and the ways on as answers: again, another finger, another way."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        others = [one for one in wording(session).actions if isinstance(one.event, OptionChosen)]
        rest = [one for one in wording(session).actions if one not in others]
        actions = [action_button(ui, one) for one in rest]
        super().__init__(ui, session, lambda ui: _failed(ui, session, others), actions, now=now)


def _failed(ui: Context, session: Session, others: Sequence[Action]) -> Part:
    if not isinstance(session.activity, FingerFailed):
        raise TypeError(type(session.activity).__name__)
    said, palette = wording(session), ui.theme.palette
    why, *more = [ui.say(line) for line in said.body]
    lines: list[Part] = [
        notice(ui, why, palette.error, Icon.WARNING_CIRCLE, size=Size.READING),
        *(at_work(ui, line) for line in more),
        *_choices(ui, others),
    ]
    words = Column(lines, gap=ui.px(16), along=Align.MIDDLE)
    words.grows = True
    move = Move.BACK if session.activity.away else Move.WAIT
    picture = panel(ui, SensorPicture(ui, move, 340), padding=(14, 12))
    picture.rigid = True
    row = Row([picture, words], gap=ui.px(28))
    return Column([*heading(ui, session, said.title), row], gap=ui.px(14))


class ReviewScreen(Page):
    """A card for each hand: the finger, how good it is, and to take it again."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        inside = {OptionChosen(COMPARE), *(OptionChosen(RETAKE + hand.value) for hand in HANDS)}
        said = wording(session).actions
        actions = [action_button(ui, one) for one in said if one.event not in inside]
        offers = [one for one in said if one.event in inside]
        super().__init__(ui, session, lambda ui: _review(ui, session, offers), actions, now=now)


def _review(ui: Context, session: Session, offers: Sequence[Action]) -> Part:
    activity = session.activity
    if not isinstance(activity, Review):
        raise TypeError(type(activity).__name__)
    lines = review_lines(activity)
    again = {one.event: one for one in offers}
    cards = []
    # The left hand stands at the left, as it lies on the desk.
    for hand in reversed(HANDS):
        for one, line in zip(activity.fingers.done, lines, strict=False):
            if hand_of(one) is hand:
                retake = again.get(OptionChosen(RETAKE + hand.value))
                cards.append(_hand_card(ui, activity.fingers, hand, ui.say(line), retake))
    parts = heading(ui, session, wording(session).title)
    parts.append(Grid(cards, columns=2, gap=ui.px(20)))
    trial = again.get(OptionChosen(COMPARE))
    if trial is not None:
        parts.append(_trial(ui, activity, ui.say(lines[-1]), trial))
    return Column(parts, gap=ui.px(12))


def _hand_card(ui: Context, fingers: Fingers, hand: Hand, line: str, retake: Action | None) -> Part:
    palette, one = ui.theme.palette, fingers.of(hand)
    excused = one is None or isinstance(one, ExcusedHand)
    marked = None if one is None or isinstance(one, ExcusedHand) else one.position.finger
    sign, paint = (
        (Icon.INFO_CIRCLE, palette.warning)
        if excused
        else (
            Icon.CHECK_CIRCLE,
            palette.success,
        )
    )
    picture = HandPicture(ui, hand, 300, marked=marked)
    button: list[Part] = []
    if retake is not None:
        button.append(
            Button(
                ui, action_name(retake.event), ui.say(retake.label), retake.event, icon=Icon.REFRESH
            )
        )
    content = Column(
        [picture, notice(ui, line, paint, sign), *button], gap=ui.px(10), across=Align.STRETCH
    )
    return panel(ui, content, padding=(18, 12))


def _trial(ui: Context, review: Review, result: str, trial: Action) -> Part:
    """To try whether the finger is known again, and how that went."""
    palette = ui.theme.palette
    button = Button(ui, action_name(trial.event), ui.say(trial.label), trial.event, icon=Icon.EYE)
    button.rigid = True
    if review.same is None:
        return Row([button])
    paint, sign = (
        (palette.success, Icon.CHECK_CIRCLE)
        if review.same
        else (palette.warning, Icon.WARNING_CIRCLE)
    )
    words = notice(ui, result, paint, sign)
    words.grows = True
    return Row([words, button], gap=ui.px(16))
