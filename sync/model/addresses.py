"""Where a person lives and wants to be written to (Tabella 2, R-003-64)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
