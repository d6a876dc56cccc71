"""A registration as the registry holds it: everything that Allegato 7 shows (R-003-66).

The hub keeps it, a station's mirror holds a copy, a detail page shows it. Whether a datum may be
missing depends on when it was acquired: a registration of an older service may lack an e-mail, a
residence or the issuer of its document, and nothing is booked before they are there (R-003-20).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sync.model.addresses import ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.credential import Credential
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.preregistration import Community


class Part(Enum):
    """What is edited as one: another's change of the same part is never written over."""

    PERSON = "person"
    RESIDENCE = "residence"
    DOMICILE = "domicile"
    CONTACTS = "contacts"
    DOCUMENT = "document"
    NOTE = "note"


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """One registration.

    Attributes:
        number: registration number, canonical; the person's first one (others lead to it).
        registered_at: "Data registrazione", milliseconds since 1970.
        residence, document: None where an imported registration has none.
        contacts: its e-mail is empty where an imported registration has none (C-003-8).
        document: its issuer may be empty for registrations made online (R-003-29).
        note: "Comunicazione allo sportello", what clerks write for clerks.
        other_note: "Note": what came with the registration.
        username: only its shape, `ma•••••i`, and empty where none was chosen: the whole of it is
            told by the hub alone, once (R-003-62).
        data_at: when a clerk last took or changed the data, milliseconds since 1970 as
            `Booked.booked_at`; 0 where no clerk has.
        letters_printed, letter_printed_at: PIN letters that went by post (weak credentials of the
            older service); None where none did.
    """

    number: str
    community: Community
    language: str
    registered_at: int
    person: Person
    residence: Residence | None
    domicile: ItalianAddress | None
    contacts: Contacts
    document: IdentityDocument | None
    credential: Credential
    note: str = ""
    other_note: str = ""
    username: str = ""
    email_confirmed: bool = False
    letters_printed: int = 0
    letter_printed_at: int | None = None
    data_at: int = 0
