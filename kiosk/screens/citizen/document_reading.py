"""A contactless document is read: where to put it, how far it is, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kiosk.flows.citizen.document_reading import ReadingDocument, WrongKey
from kiosk.flows.document_check import Coaching, ReadingProgress, ReadingStage
from kiosk.flows.phrases import Phrase
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, heading, notice, panel
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Badge
from kiosk.screens.widgets.countdown import Circle
from kiosk.screens.widgets.document_pictures import IdentityCardPicture
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.progress import ProgressBar, Step, StepList, StepState
from kiosk.screens.widgets.reader_pictures import Pose, ReaderPicture
from kiosk.screens.widgets.text import Text

_PICTURE_WIDE = 400
_COUNTED = ".wait"
"""How the key of the text ends that tells the seconds."""
_COACHED = {
    Coaching.HOLD_STILL: Pose.STILL,
    Coaching.LAY_FLAT: Pose.FLAT,
    Coaching.TURN_OVER: Pose.TURN,
    Coaching.TAKE_OUT_OF_WALLET: Pose.BARE,
}


class ReadingScreen(Page):
    """A picture of what to do, the steps with the one under way, the bytes as a bar."""

    still = True

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, self._body, actions, now=now)

    def update(self, session: Session) -> None:
        """The bar goes on; another stage or another advice is another screen."""
        super().update(session)
        progress = _progress(session)
        for part in _inside(self.scroll):
            if isinstance(part, ProgressBar):
                part.advance(progress.percent)
            elif isinstance(part, Percent):
                part.show(progress.percent)

    def _body(self, ui: Context) -> Part:
        session = self.session
        said, progress = wording(session), _progress(session)
        parts = heading(ui, session, said.title)
        lines = [_line(ui, ui.say(line), advice=_advised(progress)) for line in said.body]
        picture = panel(ui, ReaderPicture(ui, pose(progress), _PICTURE_WIDE), padding=(20, 20))
        picture.rigid = True
        right: list[Part] = [StepList(ui, _steps(ui, progress))]
        if progress.stage is ReadingStage.READING:
            bar = ProgressBar(ui, progress.percent)
            bar.grows = True
            right.append(Row([bar, Percent(ui, progress.percent)], gap=ui.px(16)))
        steps = panel(ui, Column(right, gap=ui.px(14)), padding=(20, 18))
        steps.grows = True
        row = Row([picture, steps], gap=ui.px(20), across=Align.STRETCH)
        return Column([*parts, *lines, row], gap=ui.px(14))


class WrongKeyScreen(Page):
    """The number does not open the chip: where it stands, and how long the chip makes one wait."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, self._body, actions, now=now)

    def update(self, session: Session) -> None:
        """A second less."""
        super().update(session)
        for part in _inside(self.scroll):
            if isinstance(part, Countdown):
                part.count_down(session)

    def _body(self, ui: Context) -> Part:
        session = self.session
        said, palette = wording(session), ui.theme.palette
        words: list[Part] = [
            Countdown(ui, session, line)
            if line.key.endswith(_COUNTED)
            else ui.text(ui.say(line), Size.READING, palette.card.ink)
            for line in said.body
        ]
        column = Column(words, gap=ui.px(18), along=Align.MIDDLE)
        column.grows = True
        parts: list[Part] = [column]
        if _opened_by_digits(session):
            parts.insert(0, IdentityCardPicture(ui, _PICTURE_WIDE))
        else:
            parts.insert(0, Badge(ui, Icon.WARNING_CIRCLE, palette.error, 112))
        card = panel(ui, Row(parts, gap=ui.px(32)))
        return Column([*heading(ui, session, said.title), card], gap=ui.px(16))


class Countdown(Row):
    """Seconds in a circle, and what they are for."""

    def __init__(self, ui: Context, session: Session, said: Phrase) -> None:
        palette = ui.theme.palette
        self._ui = ui
        count = str(_wait(session))
        self._count = ui.text(count, Size.DISPLAY, palette.warning.ink, Font.TITLE, align="center")
        self._words = ui.text(ui.say(said), Size.READING, palette.card.ink, Font.STRONG)
        self._words.grows = True
        super().__init__([Circle(ui, palette.warning, self._count), self._words], gap=ui.px(20))

    def count_down(self, session: Session) -> None:
        """So many are left."""
        self._count.say(str(_wait(session)))
        for line in wording(session).body:
            if line.key.endswith(_COUNTED):
                self._words.say(self._ui.say(line))


class Percent(Text):
    """How much is read, in words; as wide as all of it."""

    rigid = True

    def __init__(self, ui: Context, percent: int) -> None:
        letters = ui.theme.letters(Size.LABEL)
        super().__init__("", Font.STRONG, letters, ui.theme.palette.card.ink, align="right")
        self._ui = ui
        self.show(100)
        self._widest = super().natural_width()
        self.show(percent)

    def natural_width(self) -> int:
        """The same for every share: the bar keeps its length."""
        return self._widest

    def show(self, percent: int) -> None:
        """Another share."""
        self.say(self._ui.words("screen.progress.percent", n=percent))


def pose(progress: ReadingProgress) -> Pose:
    """What the picture shows of a reading: the same that its text asks for."""
    if progress.lost:
        return Pose.AWAY
    if progress.coaching is not None:
        return _COACHED[progress.coaching]
    return Pose.LAY if progress.stage is ReadingStage.WAITING else Pose.LIES


def _advised(progress: ReadingProgress) -> bool:
    return progress.coaching is not None and not progress.lost


def _line(ui: Context, words: str, *, advice: bool) -> Part:
    """What the page says: what would help stands out."""
    palette = ui.theme.palette
    if advice:
        return notice(ui, words, palette.warning, Icon.INFO_CIRCLE, size=Size.READING)
    return ui.text(words, Size.READING, palette.page.ink)


def _steps(ui: Context, progress: ReadingProgress) -> list[Step]:
    stages = list(ReadingStage)
    # A card that is away must be laid down again, and its chip opened.
    reached = 0 if progress.lost else stages.index(progress.stage)
    steps = []
    for number, stage in enumerate(stages):
        state = StepState.LATER
        if number < reached:
            state = StepState.DONE
        elif number == reached:
            state = StepState.AWAITED if stage is ReadingStage.WAITING else StepState.NOW
        words = ui.words(f"screen.progress.step.{stage.value}")
        steps.append(Step(words, state, ui.words(f"screen.progress.{state.value}")))
    return steps


def _progress(session: Session) -> ReadingProgress:
    if isinstance(session.activity, ReadingDocument):
        return session.activity.progress
    raise TypeError(type(session.activity).__name__)


def _wait(session: Session) -> int:
    return _wrong(session).wait_seconds


def _opened_by_digits(session: Session) -> bool:
    return _wrong(session).entries is None


def _wrong(session: Session) -> WrongKey:
    if isinstance(session.activity, WrongKey):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _inside(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.parts:
        yield from _inside(inner)
