"""What a counter's paper says where it says no secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sync.model.addresses import Residence
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class CounterContent:
    """What goes with a paper of a counter (R-003-76 to 83).

    Attributes:
        language: of the paper, `it` or `en`.
        operation_id: the act whose paper it is; None for a form that belongs to none.
        registration: as the station holds it after the act; None before there is one.
        codice_fiscale: whose form it is, where nothing else is known of them; empty otherwise.
        person: whose form it is, before anything is recorded; None for a blank one.
        document, residence: of that person, as the clerk has typed them; None where not yet.
        delegation: prefills module and declaration.
        today: civil date of the station.
    """

    language: str
    today: date
    operation_id: UUID | None = None
    registration: Registration | None = None
    codice_fiscale: str = ""
    person: Person | None = None
    document: IdentityDocument | None = None
    residence: Residence | None = None
    delegation: Delegation | None = None
