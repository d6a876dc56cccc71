"""Who a person is, as far as a registration needs it.

Values with personal data have no `repr` of their own: what stands in an exception or a log must
not tell who the person is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sync.model.dates import PartialDate


class Sex(Enum):
    """Sex as the codice fiscale encodes it (Tabella 2, R-003-64)."""

    MALE = "M"
    FEMALE = "F"


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A person of the form (Tabella 2, "Informazioni personali" and "Delegato").

    `surname` or `name` is None for who legally has none (ANPR senzaCognome, senzaNome); both
    missing is refused.
    """

    codice_fiscale: str
    surname: str | None
    name: str | None
    birth_date: PartialDate
    sex: Sex
