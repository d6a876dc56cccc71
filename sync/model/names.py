"""Names of persons, lines of free text and notes, as a register kept in Latin script takes them."""

from __future__ import annotations

import string
from typing import Final

from sync.model.errors import Problem
from sync.model.script import Fault, first_fault, is_latin_letter, tidy

LONGEST_NAME: Final = 100
"""Characters of a surname or name; as many as ANPR stores."""

LONGEST_NOTE: Final = 500
"""Characters of the note for the clerk (Tabella 2, "Nota per lo sportellista")."""

_NAME_SIGNS: Final = " '-.\u00b7"  # U+00B7: the middle dot of Catalan, spoken in Alghero
_LINE_SIGNS: Final = string.digits + string.punctuation + " \u00b0\u20ac\u00a7\u00ab\u00bb\u2013"


def parse_name(text: str) -> str | Problem:
    """A surname or a name in Latin letters, as it stands on the document.

    Returns:
        The name in Unicode form NFC with plain spaces and apostrophes, letters as they were
        typed; or the `Problem` that tells what to mend.
    """
    name = tidy(text)
    if not name:
        return Problem("name.empty")
    if len(name) > LONGEST_NAME:
        return Problem("name.too-long", details=(("longest", str(LONGEST_NAME)),))
    found = first_fault(name, signs=_NAME_SIGNS)
    if found is not None:
        return _name_problem(*found, name)
    if not any(is_latin_letter(character) for character in name):
        return Problem("name.letters")
    return name


def _name_problem(fault: Fault, position: int, name: str) -> Problem:
    """The problem of a name whose character at `position` has a fault."""
    details = (("position", str(position)),)
    match fault:
        case Fault.CONTROL:
            return Problem("name.control", details=details)
        case Fault.INVISIBLE:
            return Problem("name.invisible", details=details)
        case Fault.DIRECTION:
            return Problem("name.direction", details=details)
        case Fault.SCRIPT:
            return Problem("name.script", details=details)
        case Fault.SYMBOL:
            if name[position - 1] in string.digits:
                return Problem("name.digits", details=details)
            return Problem("name.characters", details=details)


def parse_line(text: str, *, longest: int, what: str) -> str | Problem:
    """One line of free text in Latin script: letters, digits and the signs of a keyboard.

    Args:
        text: as typed, scanned or pasted.
        longest: how many characters the line may have.
        what: name of the datum for the text of the problem (`street`), given back in its details.
    """
    line = tidy(text)
    about = (("what", what),)
    if not line:
        return Problem("text.empty", details=about)
    if len(line) > longest:
        return Problem("text.too-long", details=(*about, ("longest", str(longest))))
    found = first_fault(line, signs=_LINE_SIGNS)
    return line if found is None else _text_problem(*found, about)


def parse_note(text: str) -> str | Problem:
    """A note of several lines for the clerk; the same characters as a line, and line breaks.

    An empty note is a `Problem`: who has nothing to say leaves the note out (None).
    """
    about = (("what", "note"),)
    lines = [tidy(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    note = "\n".join(lines).strip("\n")
    if not note:
        return Problem("text.empty", details=about)
    if len(note) > LONGEST_NOTE:
        return Problem("text.too-long", details=(*about, ("longest", str(LONGEST_NOTE))))
    found = first_fault(note, signs=_LINE_SIGNS + "\n")
    return note if found is None else _text_problem(*found, about)


def _text_problem(fault: Fault, position: int, about: tuple[tuple[str, str], ...]) -> Problem:
    """The problem of a line or note whose character at `position` has a fault."""
    details = (*about, ("position", str(position)))
    match fault:
        case Fault.CONTROL:
            return Problem("text.control", details=details)
        case Fault.INVISIBLE:
            return Problem("text.invisible", details=details)
        case Fault.DIRECTION:
            return Problem("text.direction", details=details)
        case Fault.SCRIPT:
            return Problem("text.script", details=details)
        case Fault.SYMBOL:
            return Problem("text.characters", details=details)
