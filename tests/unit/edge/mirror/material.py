"""Registrations, changes and acts for the mirror's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sync.model import registration_number
from sync.model.addresses import Residence
from sync.model.counter import (
    Booking,
    CounterRegistration,
    IssuedSecrets,
    PartChange,
    RecordEdit,
    Subject,
)
from sync.model.credential import Credential, OperationKind, State, basis_of
from sync.model.identity import Person
from sync.model.inquiry import Change, Changes, Dispute, EntryKind
from sync.model.preregistration import Community, DataSource
from sync.model.reconciliation import Stamp
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest, value
from tests.unit.model.examples import CARD, COMPLETE, HOME, MARIO, MARTA

KEY = bytes(range(32))
DIGEST = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
SECRETS = IssuedSecrets(DIGEST, DIGEST, None, date(2027, 1, 1))
DAY_MS = 86_400_000
T0 = 1_790_000_000_000


def number(counter: int, station: int = 7) -> str:
    return registration_number.issue(station, counter).text


def registration(
    counter: int = 1,
    *,
    person: Person = MARIO,
    residence: Residence | None = HOME,
    community: Community = Community.SISTEMA_PIEMONTE,
    credential: Credential | None = None,
    registered_at: int = T0,
) -> Registration:
    return Registration(
        number=number(counter),
        community=community,
        language="it",
        registered_at=registered_at,
        person=person,
        residence=residence,
        domicile=None,
        contacts=COMPLETE.contacts,
        document=CARD,
        credential=credential or Credential(),
    )


def told(*registrations: Registration, start: int = 0, aliases: tuple[str, ...] = ()) -> Changes:
    entries = tuple(
        Change(start + place, EntryKind.REGISTRATION, each.number, each, aliases)
        for place, each in enumerate(registrations, 1)
    )
    end = start + len(entries)
    return Changes(entries, end, end, more=False)


def gone(one: str, position: int) -> Changes:
    return Changes((Change(position, EntryKind.GONE, one),), position, position, more=False)


def disputed(entry: Dispute, position: int) -> Changes:
    change = Change(position, EntryKind.DISPUTE, entry.registration_number, dispute=entry)
    return Changes((change,), position, position, more=False)


def dispute(operation_id: str, one: str, **more: object) -> Dispute:
    fields: dict[str, object] = {
        "operation_id": operation_id,
        "registration_number": one,
        "person": "Mario Rossi",
        "kind": "booking",
        "code": "credential.overtaken",
        "remedy": "remedy.overtaken",
        "done_at": T0,
        "station": "counter-1",
    }
    return Dispute(**(fields | more))  # type: ignore[arg-type]


def booking(seen: Registration, kind: OperationKind = OperationKind.RISCONTRO_FORTE) -> Booking:
    subject = Subject(seen.person.codice_fiscale, seen.number)
    return Booking(
        subject=subject,
        kind=kind,
        basis=basis_of(seen.credential),
        delegation=None,
        identified=True,
        secrets=SECRETS,
        office="Comune",
    )


def edit(seen: Registration, residence: Residence) -> RecordEdit:
    subject = Subject(seen.person.codice_fiscale, seen.number)
    change = PartChange(Part.RESIDENCE, digest(value(seen, Part.RESIDENCE)), residence)
    return RecordEdit(subject, (change,), "Comune")


def new_registration(counter: int, person: Person = MARTA) -> CounterRegistration:
    return CounterRegistration(
        registration_number=number(counter),
        community=Community.SISTEMA_PIEMONTE,
        language="it",
        privacy_notice="2026-1",
        source=DataSource.TYPED,
        register="",
        person=person,
        residence=HOME,
        domicile=None,
        contacts=COMPLETE.contacts,
        document=CARD,
        delegation=None,
        note=None,
        identified=True,
        secrets=SECRETS,
        office="Comune",
    )


def stamp(place: int, at: int = T0 + 1000) -> Stamp:
    return Stamp(f"{place:032x}", at, "counter-1")


def active(one: Registration) -> Registration:
    return replace(one, credential=Credential(State.ATTIVATO, strong=True, has_pin=True))
