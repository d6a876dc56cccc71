"""Codes drawn by makers that share nothing with the decoders: Code 39, QR, PDF417."""

from __future__ import annotations

import random
from typing import Final

import segno
import zxingcpp
from barcode.codex import Code39  # type: ignore[import-untyped]  # python-barcode has no types
from codicefiscale.codicefiscale import encode_cin
from PIL import Image

QUIET_NARROW_BARS: Final = 10
"""Quiet zone of Code 39 (ISO/IEC 16388, 4.4), in narrow bars."""

_QR_QUIET: Final = 4  # modules, ISO/IEC 18004 clause 9.1
_MONTHS: Final = "ABCDEHLMPRST"
_CONSONANTS: Final = "BCDFGLMNPRSTVZ"
_PLACES: Final = ("H501", "L219", "F205", "F839", "D612", "A944", "G273", "Z330")


def codice_fiscale(dice: random.Random) -> str:
    """A codice fiscale that is right in itself and nobody's on purpose."""
    letters = "".join(dice.choice(_CONSONANTS) for _ in range(6))
    day = dice.randint(1, 28) + dice.choice((0, 40))
    year, month = dice.randint(30, 99), dice.choice(_MONTHS)
    body = f"{letters}{year:02}{month}{day:02}{dice.choice(_PLACES)}"
    return body + str(encode_cin(body))


def code_39(text: str, *, narrow: int = 1, tall: int = 60) -> Image.Image:
    """Code 39 without a check character, as the tessera sanitaria has it; quiet zone included."""
    modules = Code39(text, add_checksum=False).build()[0]
    row = b"\xff" * QUIET_NARROW_BARS
    row += bytes(0 if module == "1" else 255 for module in modules) + row
    return Image.frombytes("L", (len(row), 1), row).resize(
        (len(row) * narrow, tall * narrow), Image.Resampling.NEAREST
    )


def qr(text: str, *, module: int = 1) -> Image.Image:
    """A QR code of level M with its quiet zone."""
    rows = segno.make_qr(text, error="m").matrix_iter(border=_QR_QUIET)
    lines = [bytes(0 if dark else 255 for dark in row) for row in rows]
    side = len(lines)
    return Image.frombytes("L", (side, side), b"".join(lines)).resize(
        (side * module, side * module), Image.Resampling.NEAREST
    )


def pdf_417(text: str, *, module: int = 1) -> Image.Image:
    """A PDF417 code (ISO/IEC 15438) with a quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.PDF417)
    drawn = Image.fromarray(code.to_image(scale=1, add_quiet_zones=True)).convert("L")
    return drawn.resize((drawn.width * module, drawn.height * module), Image.Resampling.NEAREST)
