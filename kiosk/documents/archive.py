"""The bar code by which an office's archive files a paper: whose it is, and which paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kiosk.documents.barcodes import code_39_dots, code_39_png

_DOT: Final = 25.4 / 300
_WIDEST: Final = 88.0


class ArchivePaper(Enum):
    """Papers that an office may keep; the value is the letter that ends the code."""

    SUMMARY = "R"
    REGULATION = "A"
    DELEGATION_MODULE = "D"
    SUBSTITUTIVE_DECLARATION = "T"
    REVOCATION_REQUEST = "V"


def archive_code(whose: str, paper: ArchivePaper) -> str:
    """The text of the code, `23456789A-D`; empty where nobody is known yet.

    Args:
        whose: registration number, canonical, or the codice fiscale of who has none. Both are
            capital letters and digits, which Code 39 (ISO/IEC 16388) holds, and `-` too.
        paper: which paper.
    """
    return f"{whose}-{paper.value}" if whose else ""


@dataclass(frozen=True, slots=True)
class ArchiveBars:
    """The bar code as a page shows it.

    Attributes:
        text: what it holds, printed below it.
        png: black and white, quiet zones included.
        width: millimetres; a bar is of whole dots of a printer of 300 an inch, four where they fit
            (0.34 mm), else three (0.25 mm), so that hand scanners read it.
    """

    text: str = field(repr=False)
    png: bytes = field(repr=False)
    width: float


def archive_bars(text: str) -> ArchiveBars | None:
    """The bars of `text`; None where there is nothing to hold."""
    if not text:
        return None
    modules = len(code_39_dots(text, across=1, tall=1)[0])
    dots = 4 if modules * 4 * _DOT <= _WIDEST else 3
    return ArchiveBars(text, code_39_png(text), round(modules * dots * _DOT, 2))
