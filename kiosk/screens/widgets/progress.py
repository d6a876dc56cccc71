"""How far the machine is: a bar for what is counted, a list of steps for what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Size
from kiosk.screens.widgets.layout import Column, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.waiting import Waiting

_MARK = 38
"""Units of the sign before a step."""


class ProgressBar(Surface):
    """A bar that fills from the left.

    Args:
        ui: the screen's surroundings.
        percent: 0 to 100.
    """

    def __init__(self, ui: Context, percent: int) -> None:
        palette = ui.theme.palette
        edge = palette.field.edge or palette.field.ink
        self._high = ui.px(34)
        self._inset = ui.px(4)
        super().__init__(
            Paint(palette.card.ground, palette.card.ink, edge),
            radius=self._high // 2,
            border=ui.px(2),
        )
        self.name = "progress"
        self._filled = Surface(
            Paint(palette.focus, palette.card.ground), radius=self._high // 2 - self._inset
        )
        self.percent = percent

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its thickness."""
        return self._high

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The filled part: a dot at least once something is done, nothing before."""
        if not self.percent:
            self.fill([])
            return
        if not self.parts:
            self.fill([self._filled])
        inset = self._inset
        room, thick = width - 2 * inset, height - 2 * inset
        filled = max(thick, room * self.percent // 100)
        self._filled.place(left + inset, bottom + inset, filled, thick)

    def advance(self, percent: int) -> None:
        """Another share, in the same room."""
        if percent != self.percent:
            self.percent = percent
            if self.width > 0:
                self.settle()


class StepState(Enum):
    """Where a step stands; the value is the end of its text's key."""

    DONE = "done"
    NOW = "now"
    """The machine is at it."""
    AWAITED = "lost"
    """The machine waits for the person."""
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list.

    Attributes:
        words: what the step does.
        state: where it stands.
        said: the state in a word or two: never told by colour or sign alone.
    """

    words: str
    state: StepState
    said: str


class StepList(Column):
    """Steps below each other: sign, name, state."""

    def __init__(self, ui: Context, steps: Sequence[Step]) -> None:
        super().__init__([_step(ui, step) for step in steps], gap=ui.px(4))


def _step(ui: Context, step: Step) -> Part:
    palette = ui.theme.palette
    paint, side = palette.card, ui.px(_MARK * ui.theme.ease)
    mark: Part
    match step.state:
        case StepState.DONE:
            mark = IconText(Icon.CHECK_CIRCLE, side, palette.success.ink)
        case StepState.NOW:
            paint = palette.chosen
            mark = Waiting(ui, units=_MARK * ui.theme.ease, paint=paint)
        case StepState.AWAITED:
            paint = palette.chosen
            mark = IconText(Icon.ARROW_RIGHT, side, paint.ink)
        case StepState.LATER:
            mark = IconText(Icon.CLOCK, side, palette.card_soft.ink)
    now = step.state in {StepState.NOW, StepState.AWAITED}
    words = ui.text(step.words, Size.READING, paint.ink, Font.STRONG if now else Font.TEXT)
    words.grows = True
    soft = paint.ink if now else palette.card_soft.ink
    said = ui.text(step.said, Size.LABEL, soft, align="right")
    said.rigid = True
    line = Surface(paint, radius=ui.px(9), border=ui.px(2) if now else 0)
    line.fill([Row([mark, words, said], gap=ui.px(16), padding=(ui.px(16), ui.px(5)))])
    return line
