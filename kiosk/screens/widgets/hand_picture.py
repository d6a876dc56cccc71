"""A hand seen from above, palm down, whose fingers can be touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hw.finger_readings import Finger, Hand
from kiosk.flows.events import Event
from kiosk.screens.context import Context
from kiosk.screens.theme import Colour, Font, Paint, Size
from kiosk.screens.widgets.button import ButtonKind
from kiosk.screens.widgets.drawing import Drawing, Pen, Point, box, outline_of
from kiosk.screens.widgets.layout import Inset
from kiosk.screens.widgets.surface import Surface, Touchable

_WITH_NAMES = (1000.0, 574.0)
_ALONE = (1000.0, 480.0)
_THICK = 106.0
_EDGE = 14.0
_CLEAR = (0.0, 0.0, 0.0, 0.0)
_COLUMN = 190.0
_NAME_HIGH = 76.0
_NAME_ABOVE = 8.0

# Of a right hand: from the knuckle to the tip. A left hand is its mirror picture.
_FINGERS: Mapping[Finger, tuple[Point, Point]] = {
    Finger.THUMB: ((448.0, 84.0), (112.0, 196.0)),
    Finger.INDEX: ((398.0, 190.0), (310.0, 384.0)),
    Finger.MIDDLE: ((512.0, 200.0), (502.0, 418.0)),
    Finger.RING: ((622.0, 190.0), (694.0, 384.0)),
    Finger.LITTLE: ((718.0, 160.0), (886.0, 290.0)),
}
_PALM = [(376.0, 0.0), (774.0, 0.0), *box(376.0, 0.0, 398.0, 226.0, 84.0)[:14]]
_SIDES = (((376.0, 14.0), (376.0, 130.0)), ((774.0, 14.0), (774.0, 140.0)))
_LOWEST = {Finger.THUMB: 64.0}
_KNUCKLES = 180.0


class HandPicture(Drawing):
    """The back of a hand.

    Args:
        ui: the screen's surroundings.
        hand: which.
        wide: in the theme's units.
        marked: the finger that is spoken of, drawn in the colour of what is touched.
        names: what the fingers are called, where they can be touched.
        act: what a touch on a finger says.
    """

    def __init__(
        self,
        ui: Context,
        hand: Hand,
        wide: float,
        *,
        marked: Finger | None = None,
        names: Mapping[Finger, str] | None = None,
        act: Callable[[Finger], Event] | None = None,
    ) -> None:
        super().__init__(ui, _WITH_NAMES if names else _ALONE, wide)
        self.name = f"hand.{hand.value}"
        self._mirrored = hand is Hand.LEFT
        self._marked = marked
        self._pressed: Finger | None = None
        self._targets: dict[Finger, FingerTarget] = {}
        if names and act:
            self._targets = {
                finger: FingerTarget(
                    ui, finger, words, act(finger), self._press, main=finger is marked
                )
                for finger, words in names.items()
            }
        self.fill(tuple(self._targets.values()))

    def draw(self, pen: Pen) -> None:
        """Outline, skin, the marked finger, nails: what is seen of a hand that lies on a desk."""
        skin = self.ui.theme.palette.document
        edge = outline_of(skin)
        palm = [self._at(point) for point in _PALM]
        for start, end in _FINGERS.values():
            pen.line([self._at(start), self._at(end)], edge, _THICK + 2 * _EDGE)
        for side in _SIDES:
            pen.line([self._at(point) for point in side], edge, 2 * _EDGE)
        for start, end in _FINGERS.values():
            pen.line([self._at(start), self._at(end)], skin.ground, _THICK)
        pen.fill(palm, skin.ground)
        for finger in {self._marked, self._pressed} - {None}:
            self._mark(pen, finger)
        for finger in Finger:
            self._nail(pen, finger)

    def place_texts(self, pen: Pen, scale: float) -> None:
        """Each finger's target: its name above its tip, and the finger itself."""
        for finger, target in self._targets.items():
            x, tip = self._at(_FINGERS[finger][1])
            top = tip + _THICK / 2 + _EDGE + _NAME_ABOVE + _NAME_HIGH
            low = _LOWEST.get(finger, _KNUCKLES)
            left, bottom = pen.at((x - _COLUMN / 2, low))
            target.place(
                round(left), round(bottom), round(_COLUMN * scale), round((top - low) * scale)
            )

    def _mark(self, pen: Pen, finger: Finger | None) -> None:
        if finger is None:
            return
        start, end = (self._at(point) for point in _FINGERS[finger])
        (x1, y1), (x2, y2) = start, end
        begin = x1 + 0.12 * (x2 - x1), y1 + 0.12 * (y2 - y1)
        pen.line([begin, end], self._colour(finger), _THICK)

    def _colour(self, finger: Finger) -> Colour:
        palette = self.ui.theme.palette
        return palette.document_print.ground if finger is self._pressed else palette.mark.ground

    def _nail(self, pen: Pen, finger: Finger) -> None:
        (x1, y1), (x2, y2) = (self._at(point) for point in _FINGERS[finger])
        skin = self.ui.theme.palette.document
        low, high = 0.94, 1.07
        ends = [(x1 + part * (x2 - x1), y1 + part * (y2 - y1)) for part in (low, high)]
        pen.line(ends, outline_of(skin), 58)
        pen.line(ends, skin.ground, 40)

    def _at(self, point: Point) -> Point:
        x, y = point
        return (_ALONE[0] - x, y) if self._mirrored else (x, y)

    def _press(self, finger: Finger | None) -> None:
        self._pressed = finger
        self.settle()


class FingerTarget(Touchable):
    """A finger with its name above it; both are touched."""

    def __init__(
        self,
        ui: Context,
        finger: Finger,
        words: str,
        act: Event,
        pressed: Callable[[Finger | None], None],
        *,
        main: bool,
    ) -> None:
        clear = Paint(_CLEAR, ui.theme.palette.page.ink)
        super().__init__(f"option.{finger.value}", lambda: ui.emit(act), (clear, clear), radius=0)
        self._finger = finger
        self._told = pressed
        kind = ButtonKind.PRIMARY if main else ButtonKind.SECONDARY
        self._paints = kind.paints(ui.theme.palette)
        self._high = ui.px(_NAME_HIGH * 0.72)
        letters = ui.text(words, Size.LABEL, self._paints[0].ink, Font.STRONG, align="center")
        self._words = letters
        self._plate = Surface(self._paints[0], radius=ui.px(9), border=ui.px(2))
        self._plate.fill([Inset(letters, (ui.px(3), 0))])
        self.fill([self._plate])

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The name at the top."""
        high = max(self._high, self._words.height_at(width))
        self._plate.place(left, bottom + height - high, width, high)

    def show_pressed(self, *, pressed: bool) -> None:
        """Name and finger change together."""
        paint = self._paints[pressed]
        self._plate.repaint(paint)
        self._words.ink = paint.ink
        self._told(self._finger if pressed else None)
