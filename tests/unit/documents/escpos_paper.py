"""A reader of ESC/POS that knows the commands of our slips and refuses every other.

It does not share a line with python-escpos: the commands are those of Epson's "ESC/POS Application
Programming Guide". What it returns is what the paper would show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DOTS = 576
_FONT_A_DOTS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line of text."""

    text: str
    width: int
    height: int
    bold: bool
    align: str

    @property
    def dots(self) -> int:
        return len(self.text) * _FONT_A_DOTS * self.width


@dataclass(frozen=True, slots=True)
class Raster:
    """One picture, True where the paper turns black."""

    dots: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Paper:
    items: tuple[Line | Raster, ...]
    cut: bool

    @property
    def lines(self) -> list[Line]:
        return [item for item in self.items if isinstance(item, Line)]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> str:
        """All text with the line breaks undone."""
        return " ".join(self.text.split())

    @property
    def picture(self) -> NDArray[np.bool_]:
        """The pictures one below the other (a printer takes a high one in several pieces)."""
        pieces = [item.dots for item in self.items if isinstance(item, Raster)]
        return np.vstack(pieces)


class _Printer:
    """The state of the printer while it reads a slip."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.items: list[Line | Raster] = []
        self.text = bytearray()
        self.cut = False
        self._initialise()

    @property
    def more(self) -> bool:
        return self._at < len(self._data)

    def step(self) -> None:
        byte = self._take(1)
        if byte == b"\n":
            line = self.text.decode(self._page)
            self.items.append(Line(line, self._width, self._height, self._bold, self._align))
            self.text.clear()
        elif byte == b"\x1b":
            self._escape(self._take(1))
        elif byte == b"\x1d":
            self._group(self._take(1))
        else:
            assert byte >= b" ", f"control character {byte!r} on paper"
            self.text += byte

    def _initialise(self) -> None:
        self._align, self._bold, self._width, self._height, self._page = (
            "left",
            False,
            1,
            1,
            "cp437",
        )

    def _take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        assert len(piece) == count, "the slip ends inside a command"
        self._at += count
        return piece

    def _escape(self, command: bytes) -> None:
        if command == b"@":
            self._initialise()
            return
        (value,) = self._take(1)
        if command == b"t":
            self._page = {0: "cp437", 19: "cp858"}[value]
        elif command == b"a":
            self._align = {0: "left", 1: "center", 2: "right"}[value % 48]
        elif command == b"E":
            self._bold = bool(value & 1)
        elif command == b"d":
            self.items += [Line("", 1, 1, bold=False, align="left")] * value
        else:
            assert command in b"M-!{", f"unknown ESC {command!r}"
            assert value in (0, 48), f"ESC {command!r} is not used on our slips"

    def _group(self, command: bytes) -> None:
        (value,) = self._take(1)
        if command == b"!":
            self._width, self._height = (value >> 4) + 1, (value & 15) + 1
        elif command == b"v":
            assert (value, self._take(1)) == (ord("0"), b"\0")
            across, down = np.frombuffer(self._take(4), "<u2").tolist()
            packed = np.frombuffer(self._take(across * down), np.uint8)
            self.items.append(Raster(np.unpackbits(packed).reshape(down, -1).astype(bool)))
        elif command == b"V":
            if value >= 65:
                self._take(1)
            self.cut = True
        else:
            assert (command, value) == (b"B", 0), f"unknown GS {command!r}"


def read_slip(data: bytes) -> Paper:
    """Read a whole slip; an unknown command fails the test."""
    printer = _Printer(data)
    while printer.more:
        printer.step()
    assert not printer.text, "text after the last line feed never comes out of the printer"
    return Paper(tuple(printer.items), printer.cut)
