"""What the keys can go to, and in which order they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kivy.graphics import Color, Line

from kiosk.screens.context import Context
from kiosk.screens.widgets.follows import within
from kiosk.screens.widgets.layout import Part


class Stop(Part):
    """A part that takes the keys while it has the focus.

    Attributes:
        enabled: whether it can have the focus at all.
        focused: whether it has it.
        wanted: asks whoever holds the stops for the focus; a mouse does.
    """

    enabled: bool = True
    focused: bool = False
    wanted: Callable[[Stop], None] | None = None

    def focus(self, *, focused: bool) -> None:
        """Take the focus or give it away, and show which."""
        self.focused = focused

    def regain(self) -> None:
        """Have the focus again after the page was built anew: as if it had never gone."""
        self.focus(focused=True)

    def write(self, piece: str) -> bool:  # noqa: ARG002  the protocol's piece
        """The keyboard wrote; whether it meant something here."""
        return False

    def press(self, key: str) -> bool:  # noqa: ARG002  likewise
        """A key without a letter (`Keys`); whether it meant something here."""
        return False

    def want_focus(self) -> None:
        """Ask for the focus."""
        if self.wanted is not None:
            self.wanted(self)


class Ring:
    """The line around a part that has the focus, a little outside of it."""

    def __init__(self, ui: Context, part: Part) -> None:
        self._part = part
        self._away = ui.px(3)
        self._radius = ui.px(8)
        with part.canvas.after:
            self._colour = Color(rgba=ui.theme.palette.page.ink)
            self._line = Line(width=max(1.1, ui.theme.scale * 1.4))

    def show(self, *, shown: bool) -> None:
        """Draw it around the part where it is now, or not at all."""
        if not shown or self._part.width <= 0:
            self._line.points = []
            return
        away, part = self._away, self._part
        self._line.rounded_rectangle = (
            part.x - away,
            part.y - away,
            part.width + 2 * away,
            part.height + 2 * away,
            self._radius,
        )


class Stops:
    """The stops of a page, in the order in which Tab goes through them."""

    def __init__(self, moved: Callable[[Stop | None, Stop | None], None]) -> None:
        """No stops yet; `moved` is told from where to where the focus went."""
        self._stops: list[Stop] = []
        self._at: Stop | None = None
        self._moved = moved

    def __iter__(self) -> Iterator[Stop]:
        return iter(self._stops)

    @property
    def at(self) -> Stop | None:
        """Who has the focus."""
        return self._at

    def gather(self, roots: Sequence[Part]) -> None:
        """Take all stops within `roots`; the focus stays with the one of the same name."""
        name = self._at.name if self._at is not None else ""
        self._stops = [
            part
            for root in roots
            for part in within(root)
            if isinstance(part, Stop) and part.enabled
        ]
        for stop in self._stops:
            stop.wanted = self.go
        same = next((stop for stop in self._stops if name and stop.name == name), None)
        if self._at is not same:
            self._at = None
        if same is not None and not same.focused:
            self._at = same
            same.regain()

    def go(self, stop: Stop | None) -> None:
        """Give the focus to `stop`."""
        if stop is self._at:
            return
        before, self._at = self._at, stop
        if before is not None:
            before.focus(focused=False)
        # Who lost it may have said something that moved it on.
        if stop is not None and self._at is stop:
            stop.focus(focused=True)
        self._moved(before, stop)

    def named(self, name: str) -> Stop | None:
        """The stop of this name."""
        return next((stop for stop in self._stops if stop.name == name), None)

    def move(self, by: int) -> None:
        """Go on by so many stops, round and round."""
        if not self._stops:
            return
        if self._at not in self._stops:
            self.go(self._stops[0 if by > 0 else -1])
            return
        at = self._stops.index(self._at)
        self.go(self._stops[(at + by) % len(self._stops)])
