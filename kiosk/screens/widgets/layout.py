"""Parts of a screen and how they share its room.

Kivy's own layouts settle over several frames; these are placed in one pass, top down, so that the
first frame is right and a text that does not fit is known before it is drawn. A part is asked for
its height at a width, then placed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from kivy.uix.widget import Widget


class Part(Widget):
    """One piece of a screen. Sizes are pixels, `bottom` counts upwards as Kivy does.

    Attributes:
        name: stable machine name of what a person can touch or fill, `option.yes`; "" for none.
        grows: whether it takes what its row or column has left.
        rigid: whether it keeps its width in a row that is too narrow for all.
    """

    name: str = ""
    grows: bool = False
    rigid: bool = False

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        # Kivy's style rules have nothing to say to our parts, and looking them up costs time.
        super().__init__(__no_builder=True, size_hint=(None, None))
        self.parts: tuple[Part, ...] = ()
        self.fill(parts)

    def fill(self, parts: Sequence[Part]) -> None:
        """Put `parts` in the place of those that are there; takes effect when placed."""
        self.clear_widgets()
        self.parts = tuple(parts)
        for part in self.parts:
            self.add_widget(part)

    def natural_width(self) -> int:
        """The width at which nothing has to wrap."""
        return max((part.natural_width() for part in self.parts), default=0)

    def height_at(self, width: int) -> int:
        """The height it needs at `width`."""
        return max((part.height_at(width) for part in self.parts), default=0)

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """Take this room, and share it among the parts."""
        self.pos, self.size = (left, bottom), (width, height)
        self.arrange(left, bottom, width, height)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Place the parts in this room: one upon the other."""
        for part in self.parts:
            part.place(left, bottom, width, height)

    def settle(self) -> None:
        """Share the room anew after a part changed."""
        self.arrange(int(self.x), int(self.y), int(self.width), int(self.height))


class Align(Enum):
    """Where a part stands that is smaller than its room."""

    START = 0.0
    MIDDLE = 0.5
    END = 1.0
    STRETCH = -1.0

    def within(self, room: int, wish: int) -> tuple[int, int]:
        """Offset and length of a part that wishes for `wish` of `room`."""
        if self is Align.STRETCH:
            return 0, room
        length = min(room, wish)
        return int((room - length) * self.value), length


class Space(Part):
    """Nothing, of a size; without a size it takes what is left."""

    rigid = True

    def __init__(self, size: int = 0) -> None:
        super().__init__()
        self._size = size
        self.grows = not size

    def natural_width(self) -> int:
        """Its size, as wide as it is high."""
        return self._size

    def height_at(self, width: int) -> int:  # noqa: ARG002  the protocol's width
        """Its size, as wide as it is high."""
        return self._size


class Column(Part):
    """Parts below each other; those that grow share what is left."""

    def __init__(
        self,
        parts: Sequence[Part] = (),
        *,
        gap: int = 0,
        padding: tuple[int, int] = (0, 0),
        across: Align = Align.STRETCH,
        along: Align = Align.START,
    ) -> None:
        self.gap = gap
        self.padding = padding
        self.across = across
        self.along = along
        super().__init__(parts)

    def natural_width(self) -> int:
        """The widest part and the padding."""
        return super().natural_width() + 2 * self.padding[0]

    def height_at(self, width: int) -> int:
        """All parts with the gaps between them."""
        inner = width - 2 * self.padding[0]
        gaps = self.gap * max(0, len(self.parts) - 1)
        return sum(part.height_at(inner) for part in self.parts) + gaps + 2 * self.padding[1]

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """From the top downwards."""
        inner = width - 2 * self.padding[0]
        left_over = height - self.height_at(width)
        growing = [part for part in self.parts if part.grows]
        top = bottom + height - self.padding[1]
        if not growing and left_over > 0:
            top -= Align(max(self.along.value, 0.0)).within(height, height - left_over)[0]
        for part in self.parts:
            part_height = part.height_at(inner)
            if part.grows and left_over > 0:
                part_height += left_over // len(growing)
            offset, part_width = (0, inner)
            if not part.grows:
                offset, part_width = self.across.within(inner, part.natural_width())
            top -= part_height
            part.place(left + self.padding[0] + offset, top, part_width, part_height)
            top -= self.gap


class Row(Part):
    """Parts beside each other; those that grow share what is left."""

    def __init__(
        self,
        parts: Sequence[Part] = (),
        *,
        gap: int = 0,
        padding: tuple[int, int] = (0, 0),
        across: Align = Align.MIDDLE,
        along: Align = Align.START,
    ) -> None:
        self.gap = gap
        self.padding = padding
        self.across = across
        self.along = along
        super().__init__(parts)

    def natural_width(self) -> int:
        """All parts with the gaps between them."""
        gaps = self.gap * max(0, len(self.parts) - 1)
        return sum(part.natural_width() for part in self.parts) + gaps + 2 * self.padding[0]

    def height_at(self, width: int) -> int:
        """The highest part."""
        widths = self._widths(width)
        pairs = zip(self.parts, widths, strict=True)
        return max((part.height_at(w) for part, w in pairs), default=0) + 2 * self.padding[1]

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """From the left."""
        inner = height - 2 * self.padding[1]
        widths = self._widths(width)
        taken = sum(widths) + self.gap * max(0, len(widths) - 1) + 2 * self.padding[0]
        at = left + self.padding[0] + self.along.within(width, min(width, taken))[0]
        for part, part_width in zip(self.parts, widths, strict=True):
            offset, part_height = self.across.within(inner, part.height_at(part_width))
            part.place(at, bottom + self.padding[1] + offset, part_width, part_height)
            at += part_width + self.gap

    def _widths(self, width: int) -> list[int]:
        room = width - 2 * self.padding[0] - self.gap * max(0, len(self.parts) - 1)
        wishes = [part.natural_width() for part in self.parts]
        spare = room - sum(wishes)
        if spare < 0:
            # Too narrow for all: those that can give do so in proportion, and their text wraps.
            soft = sum(w for part, w in zip(self.parts, wishes, strict=True) if not part.rigid)
            kept = max(0, soft + spare)
            return [
                w if part.rigid or not soft else w * kept // soft
                for part, w in zip(self.parts, wishes, strict=True)
            ]
        growing = [part for part in self.parts if part.grows]
        if not growing:
            return wishes
        rest = room - sum(w for part, w in zip(self.parts, wishes, strict=True) if not part.grows)
        # Those that grow are equally wide, unless one of them needs more than its share.
        share = rest // len(growing)
        if any(part.natural_width() > share for part in growing):
            extra = spare // len(growing)
            return [
                w + extra if part.grows else w for part, w in zip(self.parts, wishes, strict=True)
            ]
        return [share if part.grows else w for part, w in zip(self.parts, wishes, strict=True)]


class Flow(Part):
    """Parts beside each other, going on in a new line where there is no room."""

    def __init__(self, parts: Sequence[Part] = (), *, gap: int = 0) -> None:
        self.gap = gap
        super().__init__(parts)

    def natural_width(self) -> int:
        """All parts in one line."""
        gaps = self.gap * max(0, len(self.parts) - 1)
        return sum(part.natural_width() for part in self.parts) + gaps

    def height_at(self, width: int) -> int:
        """All lines."""
        lines = self._lines(width)
        return sum(height for height, _ in lines) + self.gap * max(0, len(lines) - 1)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Line by line."""
        top = bottom + height
        for line_height, line in self._lines(width):
            at = left
            for part, part_width in line:
                part.place(at, top - line_height, part_width, line_height)
                at += part_width + self.gap
            top -= line_height + self.gap

    def _lines(self, width: int) -> list[tuple[int, list[tuple[Part, int]]]]:
        lines: list[list[tuple[Part, int]]] = []
        at = width
        for part in self.parts:
            part_width = min(width, part.natural_width())
            if at + self.gap + part_width > width:
                lines.append([])
                at = -self.gap
            lines[-1].append((part, part_width))
            at += self.gap + part_width
        return [(max(part.height_at(w) for part, w in line), line) for line in lines]


class Inset(Part):
    """One part with a margin around it, no wider than it should be for the eye."""

    def __init__(self, part: Part, margin: tuple[int, int], widest: int | None = None) -> None:
        super().__init__([part])
        self._margin = margin
        self._widest = widest
        self.grows = part.grows

    def natural_width(self) -> int:
        """The part and its margins."""
        return super().natural_width() + 2 * self._margin[0]

    def height_at(self, width: int) -> int:
        """The part and its margins."""
        return super().height_at(self._inner(width)) + 2 * self._margin[1]

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The part in the middle of the room."""
        inner, high = self._inner(width), height - 2 * self._margin[1]
        self.parts[0].place(left + (width - inner) // 2, bottom + self._margin[1], inner, high)

    def _inner(self, width: int) -> int:
        inner = width - 2 * self._margin[0]
        return min(inner, self._widest) if self._widest else inner


class Grid(Part):
    """Parts in columns of one width and rows of one height.

    Args:
        parts: row by row.
        columns: how many, at most.
        gap: between columns and between rows.
        least: width that a column needs; where there is less, there are fewer columns.
    """

    def __init__(
        self, parts: Sequence[Part], *, columns: int, gap: int = 0, least: int = 0
    ) -> None:
        self._most = columns
        self._least = least
        self.gap = gap
        super().__init__(parts)

    def _columns(self, width: int) -> int:
        room = (width + self.gap) // (self._least + self.gap) if self._least else self._most
        return max(1, min(self._most, room))

    def height_at(self, width: int) -> int:
        """All rows."""
        heights = self._rows(width)
        return sum(heights) + self.gap * max(0, len(heights) - 1)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Row by row; what is left of the height is shared by the rows."""
        rows = self._rows(width)
        if not rows:
            return
        extra = max(0, height - self.height_at(width)) // len(rows) if self.grows else 0
        part_width, columns = self._part_width(width), self._columns(width)
        top = bottom + height
        for number, row_height in enumerate(rows):
            top -= row_height + extra
            row = self.parts[number * columns : (number + 1) * columns]
            for column, part in enumerate(row):
                at = left + column * (part_width + self.gap)
                part.place(at, top, part_width, row_height + extra)
            top -= self.gap

    def _part_width(self, width: int) -> int:
        columns = self._columns(width)
        return (width - self.gap * (columns - 1)) // columns

    def _rows(self, width: int) -> list[int]:
        heights = [part.height_at(self._part_width(width)) for part in self.parts]
        columns = self._columns(width)
        return [max(heights[i : i + columns]) for i in range(0, len(heights), columns)]
