"""Whose form it is: a registered person, somebody known by the codice fiscale alone, or nobody yet."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.documents import rows, wording
from kiosk.documents.rows import Row
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import Residence
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """Who a form is about; whatever is missing is left blank, to be filled in by hand.

    Attributes:
        number: registration number, canonical; empty where there is none.
        codice_fiscale: where it is all that is known; `person` has its own.
        email: where an answer is sent.
    """

    number: str = ""
    codice_fiscale: str | None = None
    person: Person | None = None
    document: IdentityDocument | None = None
    residence: Residence | None = None
    email: str | None = None

    @classmethod
    def of(cls, registration: Registration) -> Applicant:
        """The person of a registration."""
        return cls(
            registration.number,
            registration.person.codice_fiscale,
            registration.person,
            registration.document,
            registration.residence,
            registration.contacts.email or None,
        )

    def identity(self, catalogue: Catalogue) -> tuple[Row, ...]:
        """Name, codice fiscale, birth, document and residence, as rows of a form."""
        residence = self.residence
        return (
            *rows.identity(self.person, self.document, catalogue, self.codice_fiscale),
            Row(
                catalogue.text("document.field.residence"),
                None if residence is None else wording.address(residence, catalogue),
            ),
        )
