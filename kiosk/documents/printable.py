"""What paper can show: characters that no printer or typesetter can draw are made visible."""

from __future__ import annotations

import unicodedata

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


def printable(text: str) -> str:
    """Return `text` with every character that has no shape replaced by U+FFFD.

    Line feeds stay: a multi-line text of the office is shown as lines.
    """
    return "".join(
        REPLACEMENT if c != "\n" and unicodedata.category(c) in _WITHOUT_SHAPE else c for c in text
    )


def within(text: str, codepage: str) -> str:
    """Return `text` in characters of `codepage` only (a Python codec of one byte per character).

    A letter that the printer lacks loses its accent (`ž` becomes `z`); what has no plain form
    becomes `?`.
    """
    return "".join(_nearest(c, codepage) for c in printable(text).translate(_PLAIN))


def _nearest(character: str, codepage: str) -> str:
    for candidate in (character, unicodedata.normalize("NFKD", character)[:1]):
        if candidate.encode(codepage, errors="ignore"):
            return candidate
    return "?"
