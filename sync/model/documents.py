"""The identity documents that a counter accepts (R-003-40)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from sync.model.errors import Problem
from sync.model.names import parse_line

LONGEST_ISSUER: Final = 100
"""Characters of "Rilasciato da"."""

_SHORTEST_NUMBER: Final = 5
_LONGEST_NUMBER: Final = 20
_SEPARATORS: Final = str.maketrans("", "", " -./\u00a0\u2010\u2011")


class DocumentKind(Enum):
    """Accepted identity documents; "patente nautica" stands for "carta nautica" too (C-003-17)."""

    CARTA_IDENTITA = "carta_identita"
    PASSAPORTO = "passaporto"
    PATENTE_GUIDA = "patente_guida"
    PERMESSO_SOGGIORNO = "permesso_soggiorno"
    PATENTE_NAUTICA = "patente_nautica"


# The forms that Italian offices print. A foreign document may look otherwise, so a number outside
# them is a doubt to show, never a reason to refuse.
_USUAL_NUMBERS: Final = {
    # Paper AA1234567, electronic 2.0 1234567AA, electronic 3.0 CA12345AA
    DocumentKind.CARTA_IDENTITA: re.compile(
        r"[A-Z]{2}[0-9]{7}|[0-9]{7}[A-Z]{2}|C[A-Z][0-9]{5}[A-Z]{2}"
    ),
    DocumentKind.PASSAPORTO: re.compile(r"[A-Z]{2}[0-9]{7}|[A-Z][0-9]{6}"),
    DocumentKind.PATENTE_GUIDA: re.compile(r"[A-Z]{2}[0-9]{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]"),
}


@dataclass(frozen=True, slots=True, repr=False)
class IdentityDocument:
    """The extremes of an identity document; `issuer` is "Rilasciato da" (R-003-29)."""

    kind: DocumentKind
    number: str
    issued_on: date
    issuer: str


def shows_residence(kind: DocumentKind) -> bool:
    """Whether a document of this kind states the holder's residence.

    With any other, the citizen brings a self-certification or a document that proves the
    residence (R-003-40).
    """
    return kind is DocumentKind.CARTA_IDENTITA


def parse_document_number(kind: DocumentKind, text: str) -> str | Problem:
    """The number of a document, as capital letters and digits without separators.

    The form of the number is not judged by `kind` (foreign identity cards and passports are
    accepted too); `is_usual_number` tells when a second look is worth it.
    """
    del kind  # one rule for all today; the caller names the document because a number alone is none
    packed = text.strip().translate(_SEPARATORS)
    if not packed:
        return Problem("document-number.empty")
    if len(packed) > _LONGEST_NUMBER:
        return Problem("document-number.too-long", details=(("longest", str(_LONGEST_NUMBER)),))
    if not (packed.isascii() and packed.isalnum()):
        return Problem("document-number.characters")
    if len(packed) < _SHORTEST_NUMBER:
        return Problem("document-number.too-short", details=(("fewest", str(_SHORTEST_NUMBER)),))
    if not any(character.isdigit() for character in packed):
        return Problem("document-number.digits")
    return packed.upper()


def is_usual_number(kind: DocumentKind, number: str) -> bool:
    """Whether a parsed number has a form that Italian offices print for this kind."""
    usual = _USUAL_NUMBERS.get(kind)
    return usual is None or usual.fullmatch(number) is not None


def parse_issuer(text: str) -> str | Problem:
    """Who issued the document, as written on it: "Comune di Torino", "MIT-UCO"."""
    return parse_line(text, longest=LONGEST_ISSUER, what="issuer")
