"""Pictures of things, drawn from shapes: sharp in any window, in the colours of either contrast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, hypot, pi, sin

from kivy.graphics import Color, Mesh, SmoothEllipse, SmoothLine

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour, Paint, contrast
from kiosk.screens.widgets.layout import Part

Point = tuple[float, float]
"""Right and up, in the units of a drawing."""
Place = Callable[[float, float], Point]
"""Where a point of a surface lies in the drawing."""

_CORNER_STEPS = 6
_EDGE_AT_LEAST = 3.0  # WCAG 2.1, 1.4.11
_DEPTH_RIGHT = 0.42
_DEPTH_UP = 0.52
# How a length that goes away from the eye is drawn: oblique, a little from the right above.


def outline_of(paint: Paint) -> Colour:
    """What the edges of a thing are drawn in: its ink where its edge cannot be told from it."""
    edge = paint.edge
    seen = edge is not None and contrast(edge, paint.ground) >= _EDGE_AT_LEAST
    return edge if edge is not None and seen else paint.ink


def flat(x: float, y: float) -> Point:
    """A surface that faces the eye."""
    return x, y


def lying(left: float, front: float, high: float = 0.0) -> Place:
    """A surface that lies on a desk, `high` above it, seen from above its front edge."""

    def place(x: float, y: float) -> Point:
        return left + x + y * _DEPTH_RIGHT, front + high + y * _DEPTH_UP

    return place


def tilted(left: float, front: float, high: float, fall: float) -> Place:
    """A surface whose left edge is `high` above a desk and that falls by `fall` a unit."""

    def place(x: float, y: float) -> Point:
        return left + x + y * _DEPTH_RIGHT, front + high + y * _DEPTH_UP - x * fall

    return place


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> list[Point]:
    """The corners of a rectangle, rounded where asked, against the clock."""
    if radius <= 0:
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    centres = [
        (x + width - radius, y + height - radius, 0.0),
        (x + radius, y + height - radius, pi / 2),
        (x + radius, y + radius, pi),
        (x + width - radius, y + radius, 3 * pi / 2),
    ]
    corners = []
    for centre_x, centre_y, start in centres:
        for step in range(_CORNER_STEPS + 1):
            angle = start + step * pi / 2 / _CORNER_STEPS
            corners.append((centre_x + radius * cos(angle), centre_y + radius * sin(angle)))
    return corners


def arc(x: float, y: float, radius: float, start: float, end: float) -> list[Point]:
    """Points of an arc around (x, y), in degrees against the clock from the right."""
    count = max(4, int(abs(end - start) / 8))
    angles = [(start + (end - start) * step / count) * pi / 180 for step in range(count + 1)]
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]


class Pen:
    """Draws into the canvas that is open, in a drawing's own units.

    Args:
        left: of the drawing, pixels.
        bottom: of the drawing, pixels.
        scale: pixels a unit.
    """

    def __init__(self, left: float, bottom: float, scale: float) -> None:
        self._left, self._bottom, self._scale = left, bottom, scale

    def at(self, point: Point) -> Point:
        """Pixels of a point."""
        return self._left + point[0] * self._scale, self._bottom + point[1] * self._scale

    def fill(
        self, corners: Sequence[Point], colour: Colour, place: Place = flat, *, edge: bool = True
    ) -> None:
        """A convex shape; its edge is drawn over it in the same colour, to be smooth."""
        placed = [self.at(place(*corner)) for corner in corners]
        Color(rgba=colour)
        vertices = [number for x, y in placed for number in (x, y, 0.0, 0.0)]
        Mesh(vertices=vertices, indices=list(range(len(placed))), mode="triangle_fan")
        if edge:
            self._line(placed, colour, 1.0, close=True)

    def boxes(self, rooms: Sequence[tuple[float, float, float, float]], colour: Colour) -> None:
        """Many upright rectangles in one go: left, bottom, width, height of each."""
        Color(rgba=colour)
        vertices: list[float] = []
        indices: list[int] = []
        for x, y, width, height in rooms:
            first = len(vertices) // 4
            for corner in box(x, y, width, height):
                vertices += (*self.at(corner), 0.0, 0.0)
            indices += (first, first + 1, first + 2, first, first + 2, first + 3)
        Mesh(vertices=vertices, indices=indices, mode="triangles")

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        thick: float,
        place: Place = flat,
        *,
        close: bool = False,
    ) -> None:
        """A line through points, `thick` units, with round ends."""
        placed = [self.at(place(*point)) for point in points]
        self._line(placed, colour, max(1.0, thick * self._scale / 2), close=close)
        if not close:
            for x, y in (placed[0], placed[-1]):
                self._dot(x, y, thick * self._scale / 2)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        Color(rgba=colour)
        self._dot(*self.at((x, y)), radius * self._scale)

    def arrow(self, start: Point, end: Point, colour: Colour, thick: float) -> None:
        """An arrow; its head is as wide as five lines."""
        (x1, y1), (x2, y2) = start, end
        long = hypot(x2 - x1, y2 - y1) or 1.0
        self.line([start, end], colour, thick)
        self.head(end, ((x2 - x1) / long, (y2 - y1) / long), colour, thick)

    def head(self, tip: Point, way: Point, colour: Colour, thick: float) -> None:
        """The head of an arrow that goes the way of a unit vector."""
        (x, y), (dx, dy) = tip, way
        back, side = 3.2 * thick, 2.6 * thick
        barbs = [
            (x - dx * back - dy * side, y - dy * back + dx * side),
            (x - dx * back + dy * side, y - dy * back - dx * side),
        ]
        self.line([barbs[0], tip], colour, thick)
        self.line([tip, barbs[1]], colour, thick)

    def _line(self, placed: Sequence[Point], colour: Colour, width: float, *, close: bool) -> None:
        Color(rgba=colour)
        numbers = [number for point in placed for number in point]
        SmoothLine(points=numbers, width=width, close=close)

    @staticmethod
    def _dot(x: float, y: float, radius: float) -> None:
        SmoothEllipse(pos=(x - radius, y - radius), size=(2 * radius, 2 * radius))


class Drawing(Part):
    """A picture that is drawn anew for the room it gets, and keeps its shape.

    Where letters give way, it does too.

    Args:
        ui: the screen's surroundings.
        shape: width and height of the drawing, in units of its own.
        wide: its width on the screen, in the theme's units.
    """

    rigid = True

    def __init__(self, ui: Context, shape: tuple[float, float], wide: float) -> None:
        super().__init__()
        self.ui = ui
        self.shape = shape
        self._wide = wide

    def natural_width(self) -> int:
        """Its width."""
        return self.ui.px(self._wide * self.ui.theme.ease)

    def height_at(self, width: int) -> int:
        """By its shape; no higher than at its own width."""
        across, up = self.shape
        return round(min(width, self.natural_width()) * up / across)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """As large as the room allows, in its middle."""
        across, up = self.shape
        scale = min(width / across, height / up, self.natural_width() / across)
        x = left + (width - across * scale) / 2
        y = bottom + (height - up * scale) / 2
        pen = Pen(x, y, scale)
        self.canvas.before.clear()
        with self.canvas.before:
            self.draw(pen)
        self.place_texts(pen, scale)

    def draw(self, pen: Pen) -> None:
        """Draw the picture; within its canvas."""

    def place_texts(self, pen: Pen, scale: float) -> None:
        """Place the texts of the picture, if it has any."""
