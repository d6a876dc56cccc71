"""The preregistration: a citizen leaves the data of Tabella 2 and gets a registration number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sync.model.addresses import ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person


class Community(Enum):
    """The communities of R-003-8; chosen once, not editable later (R-003-32)."""

    SISTEMA_PIEMONTE = "sistemapiemonte"
    TORINO_FACILE = "torinofacile"
    TORINO_FACILE_LIGHT = "torinofacile_light"


class DataSource(Enum):
    """Where the personal data came from. Read from a card is not proven (issue of the cards)."""

    TYPED = "typed"
    HEALTH_CARD = "health_card"
    HEALTH_CARD_CORRECTED = "health_card_corrected"


@dataclass(frozen=True, slots=True)
class Preregistration:
    """Everything of Tabella 2 (R-003-64).

    Attributes:
        registration_number: None until the station has issued it, which happens in the same
            transaction that records the operation.
        language: language of the session, `it` or `en`; the hub writes to the person in it.
        privacy_notice: version of the notice that was shown and accepted (R-003-47).
    """

    registration_number: str | None
    community: Community
    language: str
    privacy_notice: str
    source: DataSource
    person: Person
    residence: Residence
    domicile: ItalianAddress | None
    contacts: Contacts
    document: IdentityDocument
    delegation: Delegation | None
    note: str | None
