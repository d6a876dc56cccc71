"""Cuts ESC/POS bytes into commands, as a printer's controller does, and says how long each is.

After Epson's "ESC/POS Command Reference".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_LINE_DOTS = 30  # font A and the default gap
_CUT_DOTS = 120  # GS V 66 feeds to the cutter


class Kind(Enum):
    """What the print engine does with a command."""

    SET = "changes a setting"
    PRINT = "belongs to what is on paper"
    CUT = "cuts"
    AUTOMATIC = "GS a"
    SENSOR = "GS r"
    INFORMATION = "GS I"
    PROCESS_ID = "GS ( H"
    REAL_TIME = "was done when it arrived"


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its bytes and the paper that it moves, in dots."""

    kind: Kind
    data: bytes
    dots: int = 0


_ESC_LENGTH = {b"@": 2, b"2": 2, b"*": 5, b"$": 4, b"p": 5}
_GS_LENGTH = {b"L": 4, b"W": 4}
_GS_KIND = {b"a": Kind.AUTOMATIC, b"r": Kind.SENSOR, b"I": Kind.INFORMATION}


class Commands:
    """The controller's reading of its buffer; remembers the height of the letters."""

    def __init__(self) -> None:
        self._height = 1

    def next(self, buffer: bytearray) -> Command | None:
        """Take the next whole command out of `buffer`; None where it is not all there."""
        command = self._look(bytes(buffer))
        if command is not None:
            del buffer[: len(command.data)]
        return command

    def _look(self, data: bytes) -> Command | None:
        if not data:
            return None
        match data[:1]:
            case b"\x1b":
                return self._escape(data)
            case b"\x1d":
                return self._group(data)
            case b"\x10":
                return _whole(data, _real_time_length(data), Kind.REAL_TIME)
            case b"\n":
                return Command(Kind.PRINT, b"\n", _LINE_DOTS + 24 * (self._height - 1))
            case _:
                end = next((i for i, b in enumerate(data) if b < 0x20 and i), len(data))
                return Command(Kind.PRINT, data[:end])

    def _escape(self, data: bytes) -> Command | None:
        name = data[1:2]
        if not name:
            return None
        if name == b"@":
            self._height = 1
        if name == b"d" and len(data) > 2:
            return Command(Kind.PRINT, data[:3], data[2] * _LINE_DOTS)
        return _whole(data, _ESC_LENGTH.get(name, 3), Kind.PRINT)

    def _group(self, data: bytes) -> Command | None:
        name = data[1:2]
        if len(data) < 3:
            return None
        if name == b"!":
            self._height = (data[2] & 7) + 1
        if name == b"V":
            return _whole(data, 4 if data[2] >= 65 else 3, Kind.CUT, _CUT_DOTS)
        if name == b"(":
            kind = Kind.PROCESS_ID if data[2:3] == b"H" else Kind.PRINT
            size = int.from_bytes(data[3:5], "little")
            return _whole(data, 5 + size, kind) if len(data) >= 5 else None
        if name == b"v":
            across, rows = (int.from_bytes(data[i : i + 2], "little") for i in (4, 6))
            return _whole(data, 8 + across * rows, Kind.PRINT, rows) if len(data) >= 8 else None
        if name == b"k":
            length = 4 + data[3] if data[2] >= 65 and len(data) > 3 else data.find(b"\0", 3) + 1
            return _whole(data, length, Kind.PRINT, 162) if length > 3 else None
        return _whole(data, _GS_LENGTH.get(name, 3), _GS_KIND.get(name, Kind.PRINT))


def _real_time_length(data: bytes) -> int:
    """DLE EOT n and DLE ENQ n have three bytes, DLE DC4 8 has ten."""
    return 10 if data[1:3] == b"\x14\x08" else 3


def _whole(data: bytes, length: int, kind: Kind, dots: int = 0) -> Command | None:
    return Command(kind, data[:length], dots) if len(data) >= length else None
