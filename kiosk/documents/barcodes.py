"""Code 39 (ISO/IEC 16388) and PDF417 (ISO/IEC 15438) as pictures for paper, drawn by zxing-cpp."""

from __future__ import annotations

import io
from itertools import groupby
from typing import Final

import zxingcpp
from PIL import Image

_PNG_DOTS: Final = 4


def code_39_dots(text: str, *, across: int, tall: int) -> list[bytes]:
    """Return the Code 39 of `text`, quiet zones included, as rows of dots: 1 is black.

    The bars are of the largest whole dots that make it at most `across` dots wide; one dot where
    even that is too wide.
    """
    row = _rows(text, zxingcpp.BarcodeFormat.Code39)[0]
    return [_stretched(row, max(1, across // len(row)))] * tall


def code_39_png(text: str) -> bytes:
    """Return the Code 39 of `text` as a black and white PNG, quiet zones included."""
    return _png(code_39_dots(text, across=1, tall=50))


def pdf_417_png(text: str) -> bytes:
    """Return the PDF417 of `text` as a black and white PNG, quiet zone included."""
    return _png(_rows(text, zxingcpp.BarcodeFormat.PDF417))


def _rows(text: str, kind: zxingcpp.BarcodeFormat) -> list[bytes]:
    """One dot a module; of several equal rows of bars all are kept."""
    drawn = zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=True)
    picture = Image.fromarray(drawn).convert("L")
    across, down = picture.size
    pixels = picture.tobytes()
    return [
        bytes(pixel < 128 for pixel in pixels[y * across : (y + 1) * across]) for y in range(down)
    ]


def _stretched(row: bytes, scale: int) -> bytes:
    return b"".join(bytes([dot]) * (len(list(run)) * scale) for dot, run in groupby(row))


def _png(rows: list[bytes]) -> bytes:
    pixels = b"".join(bytes(0 if dot else 255 for dot in row) for row in rows)
    picture = Image.frombytes("L", (len(rows[0]), len(rows)), pixels)
    size = (picture.width * _PNG_DOTS, picture.height * _PNG_DOTS)
    with io.BytesIO() as out:
        picture.resize(size, Image.Resampling.NEAREST).convert("1").save(out, "PNG")
        return out.getvalue()
