"""A slip of 80 mm thermal paper in ESC/POS.

The commands are the dozen that every ESC/POS printer has had for twenty years (Epson, "ESC/POS
Command Reference"). Text goes out in the printer's own letters and in code page 858 (Western
Europe with the euro sign); what the page lacks is brought near by `printable.within`. The QR code
goes out as dots: what a printer would draw of its own QR command cannot be checked here, dots can.
"""

from __future__ import annotations

import textwrap
from typing import Final

from kiosk.documents.printable import within
from kiosk.documents.qr import qr_dots

COLUMNS: Final = 48
"""Characters of font A (12 by 24 dots) across the paper."""

DOTS: Final = 576
"""Dots across the printable 72 mm, 8 a millimetre."""

_INITIALISE: Final = b"\x1b@"  # ESC @
_CODE_PAGE: Final = "cp858"
_SELECT_CODE_PAGE: Final = b"\x1bt\x13"  # ESC t 19
_ALIGN: Final = {"left": b"\x1ba\x00", "center": b"\x1ba\x01"}  # ESC a
_CUT: Final = b"\x1dVB\x00"  # GS V 66 0: feed to the cutter, cut all but one point
_QR_DOTS: Final = 400  # 50 mm: a module of the proof is then above half a millimetre


class Slip:
    """A slip under construction; every method adds below what is there."""

    def __init__(self) -> None:
        self._data = bytearray(_INITIALISE + _SELECT_CODE_PAGE)

    @property
    def dots(self) -> int:
        """Dots across the paper."""
        return DOTS

    def reprint(self, text: str) -> None:
        """Add the word that marks a second printing of the same."""
        self._lines(text, align="center", bold=True, height=2)

    def name(self, text: str) -> None:
        """Add the office's name in the middle."""
        self._lines(text, align="center", bold=True, height=2)

    def title(self, text: str) -> None:
        """Add wide letters in the middle, with air below them."""
        self._lines(text, align="center", bold=True, width=2, height=2)
        self.feed()

    def heading(self, text: str) -> None:
        """Add bold letters, set off from what is above."""
        self.feed()
        self._lines(text, bold=True, height=2)

    def big(self, text: str) -> None:
        """Add the one thing to find again, in the largest letters that fit on a line."""
        width = max(1, min(4, COLUMNS // max(1, len(text))))
        self._lines(text, align="center", bold=True, width=width, height=4)

    def paragraph(self, text: str) -> None:
        """Add tall letters, wrapped; line feeds in `text` are kept."""
        self._lines(text, height=2)

    def item(self, mark: str, text: str) -> None:
        """Add a paragraph of a list with its number or dash hanging left of it."""
        self._lines(text, height=2, mark=f"{mark} ")

    def line(self, text: str) -> None:
        """Add letters of one line's height."""
        self._lines(text)

    def rule(self) -> None:
        """Add a line across the paper."""
        self._lines("-" * COLUMNS)

    def feed(self) -> None:
        """Add an empty line."""
        self._lines("")

    def qr(self, text: str) -> None:
        """Add the QR code of `text` in the middle, as large as 50 mm allow (GS v 0)."""
        self.picture(qr_dots(text, across=_QR_DOTS))

    def picture(self, rows: list[bytes]) -> None:
        """Add rows of dots in the middle: 1 is black, all of one length up to `dots` (GS v 0)."""
        left = (DOTS - len(rows[0])) // 2
        packed = b"".join(_pack(bytes(left) + row) for row in rows)
        size = (DOTS // 8).to_bytes(2, "little") + len(rows).to_bytes(2, "little")
        self._data += b"\x1dv0\x00" + size + packed

    def cut(self) -> bytes:
        """Cut the paper and return all of the slip."""
        return bytes(self._data + _CUT)

    def _lines(
        self,
        text: str,
        *,
        align: str = "left",
        bold: bool = False,
        width: int = 1,
        height: int = 1,
        mark: str = "",
    ) -> None:
        self._data += _ALIGN[align]
        self._data += bytes((0x1B, ord("E"), bold))
        self._data += bytes((0x1D, ord("!"), (width - 1) << 4 | (height - 1)))
        for paragraph in within(mark + text, _CODE_PAGE).split("\n"):
            lines = textwrap.wrap(
                paragraph,
                COLUMNS // width,
                subsequent_indent=" " * len(mark),
                break_on_hyphens=False,
            )
            for line in lines or [""]:
                self._data += line.encode(_CODE_PAGE) + b"\n"


def _pack(dots: bytes) -> bytes:
    """One row of the paper, eight dots a byte, the leftmost in the highest bit."""
    row = int("".join(map(str, dots)).ljust(DOTS, "0"), 2)
    return row.to_bytes(DOTS // 8, "big")
