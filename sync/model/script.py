"""Which characters a register that is kept in Latin script can take, and why it refuses the others.

The registers that a preregistration ends in hold names and addresses in Latin letters, as they
stand on the document. Whatever else is typed, scanned or pasted is told apart by its reason, so
that the text on the screen can say how to mend it.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import Final

_SPACES: Final = "Zs"
_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lo"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_MARKS_IN_A_ROW: Final = 2
# Signs that keyboards and word processors put in the place of the plain ones.
_PLAIN_SIGNS: Final = str.maketrans(
    {
        "\u2018": "'",  # left single quotation mark
        "\u2019": "'",  # right single quotation mark, the typographic apostrophe
        "\u02bc": "'",  # modifier letter apostrophe
        "\u0060": "'",  # grave accent, typed for an apostrophe
        "\u00b4": "'",  # acute accent, likewise
        "\u2010": "-",  # hyphen
        "\u2011": "-",  # non-breaking hyphen
    }
)


class Fault(Enum):
    """Why a character cannot stand in a register."""

    CONTROL = "control"
    INVISIBLE = "invisible"
    DIRECTION = "direction"
    SCRIPT = "script"
    SYMBOL = "symbol"


def tidy(text: str) -> str:
    """The text in Unicode form NFC, with plain spaces, apostrophes and hyphens, and trimmed.

    Runs of spaces become one. Line breaks and tabs stay where they stand inside the text: they
    are faults of a line, not spaces. Applying it twice changes nothing more.
    """
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN_SIGNS)
    spaced = "".join(
        " " if unicodedata.category(character) == _SPACES else character for character in composed
    )
    return " ".join(part for part in spaced.strip().split(" ") if part)


def is_latin_letter(character: str) -> bool:
    """Whether a letter belongs to Latin, as far as U+024F and the block U+1E00 to U+1EFF."""
    code = ord(character)
    in_latin_blocks = code < 0x250 or 0x1E00 <= code <= 0x1EFF
    return in_latin_blocks and unicodedata.category(character) in _LETTERS


def is_mark(character: str) -> bool:
    """Whether a character is a combining mark of Latin (U+0300 to U+036F)."""
    return 0x300 <= ord(character) <= 0x36F


def first_fault(text: str, *, signs: str) -> tuple[Fault, int] | None:
    """The first character that cannot stand in a line of Latin script.

    Args:
        text: a text that went through `tidy`.
        signs: the characters that are allowed beside Latin letters and their marks.

    Returns:
        The reason and the position, counted from 1; None where all is well.
    """
    marks = _MARKS_IN_A_ROW  # a mark cannot come first
    for position, character in enumerate(text, start=1):
        if is_mark(character):
            marks += 1
            if marks > _MARKS_IN_A_ROW:
                return Fault.SYMBOL, position
            continue
        marks = 0 if is_latin_letter(character) else _MARKS_IN_A_ROW
        if marks == 0 or character in signs:
            continue
        return _fault_of(character), position
    return None


def _fault_of(character: str) -> Fault:
    """The reason why a character that is neither Latin nor an allowed sign is refused."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return Fault.CONTROL
    if category == "Cf":  # zero-width characters and the hidden marks that turn the direction
        return Fault.INVISIBLE
    if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
        return Fault.DIRECTION
    if ord(character) <= 0xFFFF and category[0] in "LM":
        return Fault.SCRIPT
    return Fault.SYMBOL
