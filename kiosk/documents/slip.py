"""A slip of 80 mm thermal paper in ESC/POS: the only place that knows python-escpos.

Text goes out in the printer's own letters and in one code page (858: Western Europe with the
euro sign), which every ESC/POS printer of the last twenty years has under the same number; what
the page lacks is brought near by `printable.within`. The QR code goes out as dots: what the
printer would draw of a native QR command cannot be checked here, dots can.
"""

from __future__ import annotations

import io
import textwrap

from escpos.printer import Dummy
from PIL import Image

from kiosk.documents.printable import within
from kiosk.documents.qr import qr_modules, qr_png

COLUMNS = 48
"""Characters of font A (12 dots wide) across the paper."""
DOTS = 576
"""Dots across the printable 72 mm, at 203 dpi."""

_PROFILE = "TM-T20II"  # the reference 80 mm printer: 48 columns, 576 dots, page 19 is 858
_CODEPAGE = "cp858"
_QR_DOTS = 400  # 50 mm: a module of the proof is then above half a millimetre


class Slip:
    """A slip under construction; every method adds below what is there."""

    def __init__(self) -> None:
        self._printer = Dummy(profile=_PROFILE)
        self._printer.hw("INIT")
        self._printer.charcode("CP858")

    def name(self, text: str) -> None:
        """Add the office's name in the middle."""
        self._lines(text, align="center", bold=True, height=2)

    def title(self, text: str) -> None:
        """Add wide letters in the middle, with air around them."""
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
        self._lines(text, height=2, first=f"{mark} ")

    def rule(self) -> None:
        """Add a line across the paper."""
        self._lines("-" * COLUMNS)

    def feed(self) -> None:
        """Add an empty line."""
        self._lines("")

    def qr(self, text: str) -> None:
        """Add the QR code of `text` in the middle, as large as 50 mm allow."""
        scale = max(1, _QR_DOTS // qr_modules(text))
        with Image.open(io.BytesIO(qr_png(text, scale=scale))) as picture:
            self._printer.image(picture.convert("1"), impl="bitImageRaster", center=True)

    def cut(self) -> bytes:
        """Cut the paper and return all of the slip."""
        self._printer.cut()
        output: bytes = self._printer.output
        return output

    def _lines(
        self,
        text: str,
        *,
        align: str = "left",
        bold: bool = False,
        width: int = 1,
        height: int = 1,
        first: str = "",
    ) -> None:
        self._printer.set(
            align=align, bold=bold, custom_size=True, width=width, height=height, font="a"
        )
        columns = COLUMNS // width
        for paragraph in within(text, _CODEPAGE).split("\n"):
            lines = textwrap.wrap(
                first + paragraph,
                columns,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )
            for line in lines or [""]:
                self._printer.text(f"{line}\n")
