"""What a health card says of its holder, as the runtime hands it over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class CardData:
    """The personal data record of a TS-CNS, in the words of the card, nothing checked yet.

    Every field may be empty. Dates are eight digits DDMMYYYY, places are Belfiore codes.
    """

    codice_fiscale: str = field(default="", repr=False)
    surname: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)
    residence_comune: str = field(default="", repr=False)
    residence_address: str = field(default="", repr=False)
    expires_on: str = field(default="", repr=False)


def day_of(text: str) -> date | None:
    """Eight digits DDMMYYYY as a day; None where they are none."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None
