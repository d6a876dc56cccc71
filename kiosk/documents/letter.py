"""The letter that hands over secret codes (C-003-23): composed in memory, never recorded.

Nothing here keeps a code, and no value of this module shows one when it is printed by a program.
What is returned goes to a printer that takes secret jobs, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from kiosk.documents.press import Sheet, typeset
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue

_GROUP: Final = 4


class CodeKind(Enum):
    """What a secret code opens."""

    USER_CODE = "user-code"
    PASSWORD = "password"  # noqa: S105 - the kind's name
    PIN = "pin"
    PUK = "puk"


@dataclass(frozen=True, slots=True, repr=False)
class SecretCode:
    """One code of a letter."""

    kind: CodeKind
    value: str

    def __repr__(self) -> str:
        return f"SecretCode({self.kind.value})"


@dataclass(frozen=True, slots=True)
class SecretLetter:
    """A letter with codes; lives until it is printed.

    Attributes:
        person: whom it is for, as one is addressed.
        codes: in the order in which they are read.
        made_on: aware time of the letter.
    """

    person: str = field(repr=False)
    codes: tuple[SecretCode, ...]
    made_on: datetime


def secret_letter(letter: SecretLetter, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    """Return the letter as one PDF/UA-1 file in A4, in the language of `catalogue`."""
    text = catalogue.text
    values = {
        "office_name": office.name,
        "person": letter.person,
        "codes": tuple(
            (text(f"document.secret.{code.kind.value}"), _shown(code)) for code in letter.codes
        ),
    }
    return typeset([Sheet("secret.html", catalogue, values)], created=letter.made_on)


def _shown(code: SecretCode) -> str:
    """Digits in groups of four; anything else as it is, because a space could be part of it."""
    value = code.value
    if not value.isdecimal() or len(value) <= _GROUP + 1:
        return value
    return " ".join(value[i : i + _GROUP] for i in range(0, len(value), _GROUP))
