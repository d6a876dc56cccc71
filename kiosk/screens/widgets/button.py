"""Things to touch: buttons, tiles, choices."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from kiosk.flows.events import Event
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText, Text

LEAST_TOUCH = 64
"""Least side of a touch target in units; WCAG 2.5.5 asks for 44 CSS pixels."""


class ButtonKind(Enum):
    """How much a button wants to be touched."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    HELP = "help"
    CHOSEN = "chosen"
    ON_HEADER = "on-header"

    def paints(self, palette: Palette) -> tuple[Paint, Paint]:
        """At rest and pressed."""
        pressed = palette.secondary_pressed
        return {
            ButtonKind.PRIMARY: (palette.primary, palette.primary_pressed),
            ButtonKind.SECONDARY: (palette.secondary, pressed),
            ButtonKind.HELP: (palette.help, palette.primary_pressed),
            ButtonKind.CHOSEN: (palette.chosen, pressed),
            ButtonKind.ON_HEADER: (
                Paint(palette.header.ground, palette.header.ink, palette.header.ink),
                pressed,
            ),
        }[self]


class Button(Touchable):
    """A rounded button with a text, an icon, or both; its text wraps where it has no room."""

    def __init__(  # noqa: PLR0913  a button has as many sides
        self,
        ui: Context,
        name: str,
        words: str,
        act: Event | Callable[[], None],
        *,
        kind: ButtonKind = ButtonKind.SECONDARY,
        icon: Icon | None = None,
        icon_last: bool = False,
        stacked: bool = False,
        size: Size = Size.LABEL,
        high: int = LEAST_TOUCH,
        padding: int = 22,
    ) -> None:
        paints = kind.paints(ui.theme.palette)
        super().__init__(
            name,
            act if callable(act) else lambda: ui.emit(act),
            paints,
            radius=ui.px(9),
            border=ui.px(2),
        )
        ink = paints[0].ink
        letters = ui.theme.letters(size)
        self.texts: list[Text] = []
        if words:
            self.texts.append(Text(words, Font.STRONG, letters, ink, align="center", known=True))
        if icon is not None:
            at = len(self.texts) if icon_last else 0
            self.texts.insert(at, IconText(icon, round(letters * 1.25), ink))
        self._least = ui.px(high)
        if stacked:
            column = Column(self.texts, padding=(ui.px(padding), ui.px(8)), across=Align.MIDDLE)
            column.along = Align.MIDDLE
            self.fill([column])
            return
        padded = ui.px(padding), ui.px(6)
        self.fill([Row(self.texts, gap=ui.px(12), padding=padded, along=Align.MIDDLE)])

    def natural_width(self) -> int:
        """Its content, and never less than a finger needs."""
        return max(self._least, super().natural_width())

    def height_at(self, width: int) -> int:
        """Its content, and never less than a finger needs."""
        return max(self._least, super().height_at(width))

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self.texts:
            text.ink = self.paint.ink


class Tile(Touchable):
    """A large card for a service: icon, title, one line that says what it does, an arrow.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        texts: title and line; an empty line takes no room.
        act: what a touch says.
        icon: in the circle.
        main: whether it is the one that most people come for.
        arrow: whether an arrow stands at the end; a narrow tile has no room for it.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        texts: tuple[str, str],
        act: Event,
        icon: Icon,
        *,
        main: bool,
        arrow: bool = True,
    ) -> None:
        palette = ui.theme.palette
        paints = (palette.primary if main else palette.card, palette.primary_pressed)
        super().__init__(
            name,
            lambda: ui.emit(act),
            paints,
            radius=ui.px(12),
            border=ui.px(2),
            shadow=palette.shadow,
        )
        self._soft = paints[0].ink if main else palette.card_soft.ink
        self._strong = paints[0].ink if main else palette.card_link.ink
        badge_paint = palette.badge_on_primary if main else palette.badge
        side, padding = (64, 12) if ui.theme.large else (76, 18)
        badge = Badge(ui, icon, badge_paint, side)
        self._title = ui.text(texts[0], Size.HEADING, self._strong, Font.TITLE)
        self._line = ui.text(texts[1], Size.BODY, self._soft)
        said = [self._title, self._line] if texts[1] else [self._title]
        words = Column(said, gap=ui.px(4))
        words.grows = True
        self._arrow = IconText(Icon.ARROW_RIGHT, ui.px(32), self._strong)
        self.fill(
            [
                Row(
                    [badge, words, self._arrow] if arrow else [badge, words],
                    gap=ui.px(20),
                    padding=(ui.px(26), ui.px(padding)),
                )
            ]
        )

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        self._line.ink = self.paint.ink if pressed else self._soft
        self._title.ink = self._arrow.ink = self.paint.ink if pressed else self._strong


class Badge(Surface):
    """An icon in a circle."""

    rigid = True

    def __init__(self, ui: Context, icon: Icon, paint: Paint, units: int) -> None:
        self._side = ui.px(units)
        super().__init__(paint, radius=self._side // 2, border=ui.px(2) if paint.edge else 0)
        self.fill([Column([IconText(icon, self._side // 2, paint.ink)], across=Align.MIDDLE)])
        self.parts[0].along = Align.MIDDLE

    def natural_width(self) -> int:
        """Its diameter."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its diameter."""
        return self._side


class Choice(Touchable):
    """One answer of a question: as wide as its column, with a mark where it was chosen before."""

    def __init__(self, ui: Context, name: str, words: str, act: Event, *, chosen: bool) -> None:
        kind = ButtonKind.CHOSEN if chosen else ButtonKind.SECONDARY
        paints = kind.paints(ui.theme.palette)
        super().__init__(
            name, lambda: ui.emit(act), paints, radius=ui.px(12), border=ui.px(4 if chosen else 2)
        )
        ink = paints[0].ink
        label = ui.text(words, Size.READING, ink, Font.STRONG)
        label.grows = True
        sign = Icon.CHECK_CIRCLE if chosen else Icon.CHEVRON_RIGHT
        self.texts = [label, IconText(sign, ui.px(38), ink)]
        self._least = ui.px(84)
        self.fill([Row(self.texts, gap=ui.px(16), padding=(ui.px(30), ui.px(14)))])

    def height_at(self, width: int) -> int:
        """Its text, and never less than a thumb needs."""
        return max(self._least, super().height_at(width))

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self.texts:
            text.ink = self.paint.ink


class PictureChoice(Touchable):
    """One answer as a picture with its words below."""

    def __init__(self, ui: Context, name: str, picture: Part, words: str, act: Event) -> None:
        palette = ui.theme.palette
        super().__init__(
            name,
            lambda: ui.emit(act),
            ButtonKind.SECONDARY.paints(palette),
            radius=ui.px(12),
            border=ui.px(3),
            shadow=palette.shadow,
        )
        ink = palette.secondary.ink
        label = ui.text(words, Size.READING, ink, Font.TITLE)
        label.grows = True
        self.texts = [label, IconText(Icon.ARROW_RIGHT, ui.px(34), ink)]
        line = Row(self.texts, gap=ui.px(12))
        room = Column([picture], across=Align.MIDDLE)
        room.grows = True
        self.fill([Column([room, line], gap=ui.px(14), padding=(ui.px(26), ui.px(22)))])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self.texts:
            text.ink = self.paint.ink
