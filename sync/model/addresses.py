"""Where a person lives and wants to be written to (Tabella 2, R-003-64)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.model.errors import Problem
from sync.model.names import parse_line

FOREIGN_PROVINCE: Final = "STATO ESTERO"
"""What the menu "Provincia" holds for a resident abroad (R-003-42)."""

FOREIGN_COMUNE: Final = "ESTERO"
"""What the menu "Comune" holds for a resident abroad (R-003-42)."""

LONGEST_STREET: Final = 100
LONGEST_HOUSE_NUMBER: Final = 30
LONGEST_CITY: Final = 60
LONGEST_CARE_OF: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class ItalianAddress:
    """An address in an Italian comune.

    Attributes:
        street: species and name of the street.
        number: house number with exponent and flat, as written on the door.
        comune: Belfiore code of the comune, `L219`.
        cap: five digits, or None; suggested from the comune, never refused for not matching it.
        care_of: "presso", only for a domicile.
    """

    street: str
    number: str
    comune: str
    cap: str | None = None
    care_of: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ForeignAddress:
    """An address abroad: Provincia "STATO ESTERO", Comune "ESTERO" (R-003-42).

    Attributes:
        nation: Belfiore Z-code of the state where the person chose it from the list, else None.
        nation_text: the nation as written; the city abroad is free text too.
    """

    street: str
    number: str
    city: str
    nation_text: str
    nation: str | None = None


Residence = ItalianAddress | ForeignAddress


def parse_street(text: str) -> str | Problem:
    """Species and name of a street: "Via Giuseppe Garibaldi"."""
    return parse_line(text, longest=LONGEST_STREET, what="street")


def parse_house_number(text: str) -> str | Problem:
    """A house number with exponent, flat and its exponent: "12/A int. 3"; "SNC" where there is none."""
    return parse_line(text, longest=LONGEST_HOUSE_NUMBER, what="house_number")


def parse_city(text: str) -> str | Problem:
    """A city abroad, free text (Tabella 2, "Città")."""
    return parse_line(text, longest=LONGEST_CITY, what="city")


def parse_nation(text: str) -> str | Problem:
    """A nation as written (Tabella 2, "Nazione"); Italy is not abroad (R-003-42)."""
    nation = parse_line(text, longest=LONGEST_CITY, what="nation")
    if isinstance(nation, str) and nation.casefold() in {"italia", "italy"}:
        return Problem("nation.italy", rule="R-003-42")
    return nation


def parse_care_of(text: str) -> str | Problem:
    """Whose name is on the door of a domicile (Tabella 2, "C/O Presso")."""
    return parse_line(text, longest=LONGEST_CARE_OF, what="care_of")


def parse_cap(text: str) -> str | Problem:
    """A postal code of Italy: five digits.

    Whether it belongs to the comune is not judged: no authoritative open list exists.
    """
    packed = "".join(text.split())
    if not packed:
        return Problem("cap.empty")
    if len(packed) > 5:
        return Problem("cap.length")
    if not (packed.isascii() and packed.isdigit()):
        return Problem("cap.characters")
    if len(packed) != 5:
        return Problem("cap.length")
    return packed
