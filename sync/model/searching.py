"""What clerks search registrations by, and the rows that they find (R-003-52, 53).

The station's mirror answers (`sync.edge.mirror`), so a search needs no network. Here are the values
that pages and mirror share, and how a text is folded before it is compared.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from sync.model.addresses import FOREIGN_COMUNE, ItalianAddress
from sync.model.credential import Credential, Function, OperationKind, State
from sync.model.preregistration import Community
from sync.model.registration import Registration

ROWS_OF_A_PAGE: Final = 50
MOST_COUNTED: Final = 1000
"""Beyond so many rows a search counts no further; nobody reads them."""

ABROAD: Final = FOREIGN_COMUNE
"""What stands for a comune, in filters and rows, where the residence is abroad (R-003-42)."""


class Strength(Enum):
    """The filter "Reg. forte" (R-003-52)."""

    STRONG = "Y"
    WEAK = "N"
    ANY = "tutti"


@dataclass(frozen=True, slots=True, repr=False)
class Filters:
    """The filters of R-003-52; all that are given must hold.

    Attributes:
        codice_fiscale, surname, name: the whole or any part, found anywhere in the text; capitals,
            accents, spaces and apostrophes make no difference. Empty: not asked.
        number: registration number, whole, canonical or as written; other filters count beside it.
        province: letters of the province, `TO`, or `STATO ESTERO`; empty: not asked.
        comune: Belfiore code, `L219`, or `ABROAD`; empty: not asked.
        registered_from, registered_to: both days included, in the station's time zone.
    """

    community: Community | None = None
    codice_fiscale: str = ""
    surname: str = ""
    name: str = ""
    province: str = ""
    comune: str = ""
    registered_from: date | None = None
    registered_to: date | None = None
    state: State | None = None
    strength: Strength = Strength.ANY
    number: str = ""

    @property
    def are_empty(self) -> bool:
        """Whether none is given: a search needs one (R-003-52)."""
        return self == Filters()


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row of the result (R-003-53).

    Attributes:
        number: registration number, canonical.
        comune: Belfiore code of the residence, `ABROAD`, or empty where no residence is known.
        registered_at: milliseconds since 1970.
        running: the operation in progress.
        functions: what may be done with it now (R-003-11), in the order of the page.
        own_undecided: this station did something to it that the hub has not decided yet.
    """

    number: str
    surname: str
    name: str
    codice_fiscale: str
    comune: str
    registered_at: int
    community: Community
    state: State
    strong: bool
    running: OperationKind | None
    functions: tuple[Function, ...] = ()
    own_undecided: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """One page of rows, by surname, name and number.

    Attributes:
        total: how many rows there are in all, `MOST_COUNTED` at most.
        more_than_total: there are more than were counted.
        page: which page this is, from 0.
    """

    rows: tuple[Row, ...]
    total: int
    more_than_total: bool
    page: int

    @property
    def more(self) -> bool:
        """Whether a next page has rows."""
        return self.total > (self.page + 1) * ROWS_OF_A_PAGE


def fold(text: str) -> str:
    """A text as it is compared: letters and digits alone, small, without accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parted if letter.isalnum())


def comune_of(registration: Registration) -> str:
    """The comune of residence as a row and a filter have it."""
    residence = registration.residence
    if residence is None:
        return ""
    return residence.comune if isinstance(residence, ItalianAddress) else ABROAD


def running_of(credential: Credential) -> OperationKind | None:
    """The operation in progress, as a row shows it."""
    running = credential.running
    return None if running is None else running.kind
