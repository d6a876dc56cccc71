"""What the text of a code means to a flow, whether a camera read it or a hand scanner typed it.

Nothing but a codice fiscale or a registration number whose check characters are right is ever told.
"""

from __future__ import annotations

import re
from typing import Final

from sync.model import codice_fiscale, registration_number
from sync.model.errors import Problem

TEST_CODICE_FISCALE: Final = "XXXXXX00A01L219C"
"""In the Code 39 of the test papers: right in itself, and nobody's (a person called X X)."""
TEST_TEXT: Final = "SPORTELLO TEST"
"""Begins the text of the QR and PDF417 codes of the test papers."""

_PROOF: Final = "SPT1:"
_LONGEST: Final = 608
"""Characters; the text of a receipt's proof has up to 600, and a scanner's own word stands before."""
_CODE: Final = re.compile(r"(?<![0-9A-Z])[A-Z]{6}[0-9A-Z]{10}(?![0-9A-Z])")
_CASE: Final = re.compile(r"SPORTELLO[0-9]{1,2}:")
"""Begins the text of a summary's code (`sync.wire.case`), whatever its version."""
_LONGEST_CASE: Final = 1100
"""Characters; the text has up to 1000."""
_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
"""What a scanner may put before a code to say its kind (ISO/IEC 15424)."""


def codice_fiscale_in(text: str) -> str | None:
    """The one codice fiscale in a text, check character and all; None where there is none.

    The Code 39 of a health card and of an identity card is the bare code; what may stand around
    it (start and stop signs, other data) is passed over. Two different ones mean nothing. The
    provisional one of eleven digits is for typing: eleven digits are on many things that are sold,
    and of ten one would pass for it.
    """
    if len(text) > _LONGEST or not text.isascii():
        return None
    found = {code for code in _CODE.findall(_bare(text).upper()) if _is_right(code)}
    return found.pop() if len(found) == 1 else None


def registration_number_in(text: str) -> str | None:
    """The registration number of a receipt's QR code, or a bare one; None where there is none.

    Of a proof the structure is right; whether the station that signed it is believed is for who
    opens the registration.
    """
    if len(text) > _LONGEST:
        return None
    bare = _bare(text)
    if bare.startswith(_PROOF):
        # Not at the top: it brings the cryptography of signatures with it, a fifth of a second that
        # the first page would wait for.
        from sync.wire.proof import Proof, read_proof  # noqa: PLC0415

        proof = read_proof(bare)
        bare = proof.registration_number if isinstance(proof, Proof) else ""
    number = registration_number.parse(bare)
    return None if isinstance(number, Problem) else number.text


def case_in(text: str) -> str | None:
    """The text of a summary's case code, to be opened with the office's key; None where it is none.

    It is asked for before anything else: in so many letters a codice fiscale may stand by chance.
    """
    bare = _bare(text) if len(text) <= _LONGEST_CASE else ""
    return bare if _CASE.match(bare) else None


def scan_sheet_in(text: str) -> str | None:
    """The text of one of the test papers' codes; None where it is none of them."""
    bare = _bare(text)
    return bare if bare == TEST_CODICE_FISCALE or bare.startswith(TEST_TEXT) else None


def _bare(text: str) -> str:
    """Without the scanner's own word on the kind, Code 39's asterisks and blanks at the ends."""
    bare = text.strip()
    if _AIM.match(bare):
        bare = bare[3:]
    return bare.strip().strip("*").strip()


def _is_right(code: str) -> bool:
    parsed = codice_fiscale.parse(code)
    return not isinstance(parsed, Problem) and parsed.text == code
