"""What paper can show: characters that no printer or typesetter can draw are made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Controls, surrogates, private use and unassigned characters have no shape. Of the formatting
# characters the bidirectional ones would let one datum reorder the text around it, so all go.
_WITHOUT_SHAPE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

# Typographic characters of our own texts that thermal printers do not have.
_PLAIN = str.maketrans(
    {
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{NO-BREAK SPACE}": " ",
    }
)


def covered(text: str, characters: Container[int]) -> str:
    """Return `text` with what a font lacks replaced by U+FFFD.

    `characters` are the code points that the fonts draw. What has no shape at all is replaced
    even where a font has a glyph for it. Line feeds stay: a multi-line text of the office is
    shown as lines.
    """
    return "".join(c if c == "\n" or _has_shape(c, characters) else REPLACEMENT for c in text)


def within(text: str, codepage: str) -> str:
    """Return `text` in characters of `codepage` only (a Python codec of one byte per character).

    A letter that the printer lacks loses its accent (`ž` becomes `z`); what has no plain form
    becomes `?`.
    """
    return "".join(_nearest(c, codepage) for c in text.translate(_PLAIN))


def _has_shape(character: str, characters: Container[int]) -> bool:
    return ord(character) in characters and unicodedata.category(character) not in _WITHOUT_SHAPE


def _nearest(character: str, codepage: str) -> str:
    if character == "\n":
        return character
    for candidate in (character, unicodedata.normalize("NFKD", character)[:1]):
        shaped = unicodedata.category(candidate) not in _WITHOUT_SHAPE
        if shaped and candidate.encode(codepage, errors="ignore"):
            return candidate
    return "?"
