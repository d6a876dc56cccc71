"""What stands around every page of a desk: who works here, how things stand, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.desk.look import MARGIN
from kiosk.screens.widgets.frame import Rule
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText


@dataclass(frozen=True, slots=True)
class Standing:
    """One word or two in the header on how something stands.

    Attributes:
        name: stable machine name, `network.online`.
        words: what is said.
        icon: never colour alone.
        good: whether all is well.
    """

    name: str
    words: str
    icon: Icon
    good: bool


class StandingPill(Surface):
    """How something stands: a sign, a colour, and words."""

    def __init__(self, ui: Context, standing: Standing) -> None:
        palette = ui.theme.palette
        paint = palette.success if standing.good else palette.warning
        super().__init__(paint, radius=ui.px(14), border=1)
        self.name = standing.name
        self.rigid = True
        letters = ui.theme.letters(DeskSize.LABEL)
        self.fill(
            [
                Row(
                    [
                        IconText(standing.icon, round(letters * 1.15), paint.ink),
                        ui.text(standing.words, DeskSize.LABEL, paint.ink, Font.STRONG),
                    ],
                    gap=ui.px(6),
                    padding=(ui.px(10), ui.px(2)),
                )
            ]
        )


class DeskHeader(Surface):
    """The office and the operator at the left; network, copy of the registry and time at the right.

    Args:
        ui: the screen's surroundings.
        titles: the Ente, and the operator; the second may be empty.
        standings: what to say of network and copy.
        now: for the clock.
        ways_out: buttons at the right end.
    """

    def __init__(
        self,
        ui: Context,
        titles: tuple[str, str],
        standings: Sequence[Standing],
        now: datetime,
        ways_out: Sequence[Part] = (),
    ) -> None:
        paint = ui.theme.palette.header
        super().__init__(paint)
        self._ui = ui
        self._standings = tuple(standings)
        self._pills = Row([StandingPill(ui, one) for one in standings], gap=ui.px(8))
        self._pills.rigid = True
        self.clock = ui.text(f"{now:%H:%M}", DeskSize.HEADING, paint.ink, Font.STRONG)
        self.clock.rigid = True
        ente, operator = titles
        who: list[Part] = [Elided(ui, ente, DeskSize.BODY, paint.ink, Font.TITLE)]
        if operator:
            who.append(Elided(ui, operator, DeskSize.LABEL, paint.ink))
        names = Column(who)
        names.grows = True
        mark = IconText(Icon.PA, ui.px(34), paint.ink)
        row = Row(
            [mark, names, self._pills, Space(ui.px(4)), self.clock, *ways_out],
            gap=ui.px(12),
            padding=(ui.px(MARGIN), ui.px(4)),
        )
        self.fill([row])
        self._least = ui.px(58)

    def height_at(self, width: int) -> int:
        """At least its measure."""
        return max(self._least, super().height_at(width))

    def show_standings(self, standings: Sequence[Standing]) -> None:
        """How things stand now."""
        if tuple(standings) != self._standings:
            self._standings = tuple(standings)
            self._pills.fill([StandingPill(self._ui, one) for one in standings])
            self.settle()

    def show_time(self, now: datetime) -> None:
        """Another minute."""
        self.clock.say(f"{now:%H:%M}")


class ActionBar(Surface):
    """The strip at the foot: what can be done here, and with which key."""

    def __init__(self, ui: Context, left: Sequence[Part], right: Sequence[Part]) -> None:
        paint = ui.theme.palette.bar
        super().__init__(Paint(paint.ground, paint.ink))
        row = Row(
            [*left, Space(), *right],
            gap=ui.px(10),
            padding=(ui.px(MARGIN), ui.px(8)),
            across=Align.MIDDLE,
        )
        for part in row.parts:
            part.rigid = not part.grows
        self.fill([Column([Rule(ui), row])])
