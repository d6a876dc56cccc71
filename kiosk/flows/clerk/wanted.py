"""What a clerk wants recorded, before the runtime makes PIN and codes for it.

An act that needs no secret is asked for as the model has it (`sync.model.counter`); one that does is
asked for without: the runtime makes the secrets, and no flow ever holds one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.model.addresses import ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.counter import (
    DelegationChange,
    DisputeSettlement,
    OldAccountDeletion,
    RecordEdit,
    ResidenceChange,
)
from sync.model.credential import Basis, OperationKind
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.preregistration import Community, DataSource
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class WantedRegistration:
    """A `CounterRegistration` without number, secrets and office: PIN, code, summary are printed."""

    community: Community
    language: str
    privacy_notice: str
    source: DataSource
    register: str
    person: Person
    residence: Residence
    domicile: ItalianAddress | None
    contacts: Contacts
    document: IdentityDocument
    delegation: Delegation | None
    note: str | None
    identified: bool


@dataclass(frozen=True, slots=True, repr=False)
class WantedBooking:
    """A `Booking` without secrets and office; `registration` is as the clerk saw it."""

    registration: Registration
    kind: OperationKind
    basis: Basis
    delegation: Delegation | None
    identified: bool


@dataclass(frozen=True, slots=True, repr=False)
class WantedCode:
    """A `CodeRegeneration` without secrets and office; `registration` is as the clerk saw it."""

    registration: Registration
    basis: Basis
    identified: bool


Wanted = (
    WantedRegistration
    | WantedBooking
    | WantedCode
    | RecordEdit
    | ResidenceChange
    | DelegationChange
    | OldAccountDeletion
    | DisputeSettlement
)
"""Everything that the flow of a clerk has recorded."""
