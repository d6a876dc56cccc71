"""What clerks do, to test with: acts that are right, and strategies for any that are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from hypothesis import strategies as st

from sync.model import registration_number
from sync.model.counter import (
    Booking,
    ClosingReason,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    IssuedSecrets,
    OldAccountDeletion,
    OutcomeClosing,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import (
    Basis,
    Booked,
    Credential,
    OperationKind,
    OperationStatus,
    State,
    basis_of,
)
from sync.model.delegation import Delegation
from sync.model.home import Chosen, Conclusion
from sync.model.preregistration import DataSource
from sync.model.reconciliation import Stamp
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest, registration_of, value
from sync.model.transitions import OPERATIONS, Gives
from tests.unit.model.examples import (
    ABROAD,
    COMPLETE,
    DELEGATION,
    HOME,
    LEAST,
    MARIO,
    PASSPORT,
    preregistrations,
)

NUMBER: Final = registration_number.issue(17, 3).text
OTHER_NUMBER: Final = registration_number.issue(18, 3).text
THIRD_NUMBER: Final = registration_number.issue(19, 3).text
OFFICE: Final = "Comune di Torino"
OTHER_OFFICE: Final = "ASL Citta di Torino"
NOON: Final = 1_795_000_000_000
"""Milliseconds since 1970, in November 2026."""

UNTIL: Final = date(2027, 1, 17)
PHC: Final = "$argon2id$v=19$m=65536,t=3,p=1$" + "A" * 22 + "$" + "B" * 42 + "A"
CODE_ONLY: Final = IssuedSecrets(None, PHC, b"sealed", UNTIL)
WITH_PIN: Final = IssuedSecrets(PHC, PHC, b"sealed", UNTIL)
SUBJECT: Final = Subject(MARIO.codice_fiscale, NUMBER)
SEEN: Final = bytes(32)

REGISTRATION: Final = registration_of(COMPLETE, number=NUMBER, registered_at=NOON - 1_000_000)
"""As a preregistration leaves it: "registrato", weak."""


def operation_id(number: int) -> str:
    """The id of an operation, in the order of the numbers."""
    return f"{number:032x}"


def booked(kind: OperationKind, number: int = 1, at: int = NOON, **changes: object) -> Booked:
    """An operation in progress."""
    fields: dict[str, object] = {
        "operation_id": operation_id(number),
        "kind": kind,
        "status": OperationStatus.ACTIVE,
        "booked_at": at,
        "office": OFFICE,
        "station": "to-0001",
        "valid_until": UNTIL,
        "delegation": None,
    }
    return Booked(**(fields | changes))  # type: ignore[arg-type]


def secrets_of(kind: OperationKind) -> IssuedSecrets:
    """What is issued with an operation."""
    return WITH_PIN if Gives.NEW_PIN in OPERATIONS[kind].gives else CODE_ONLY


def booking(
    kind: OperationKind,
    seen: Credential | Basis,
    *,
    delegation: Delegation | None = None,
    office: str = OFFICE,
) -> Booking:
    """A booking by somebody who saw `seen`."""
    basis = basis_of(seen) if isinstance(seen, Credential) else seen
    return Booking(SUBJECT, kind, basis, delegation, True, secrets_of(kind), office)  # noqa: FBT003


def stamp(number: int = 1, at: int = NOON, station: str = "to-0001") -> Stamp:
    """Which act, and when."""
    return Stamp(operation_id(number), at, station)


def edit(seen: Registration, *parts: tuple[Part, object]) -> RecordEdit:
    """An edit by somebody who saw `seen`."""
    changes = tuple(
        PartChange(part, digest(value(seen, part)), new)  # type: ignore[arg-type]
        for part, new in parts
    )
    return RecordEdit(SUBJECT, changes, OFFICE)


EX_NOVO: Final = CounterRegistration(
    registration_number=OTHER_NUMBER,
    community=COMPLETE.community,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.HEALTH_CARD,
    register="CIA",
    person=MARIO,
    residence=HOME,
    domicile=None,
    contacts=replace(COMPLETE.contacts, landline=None),
    document=PASSPORT,
    delegation=DELEGATION,
    note="Ha portato la copia",
    identified=True,
    secrets=WITH_PIN,
    office=OFFICE,
)

BOOKING: Final = replace(
    booking(OperationKind.RISCONTRO_FORTE, Credential()), delegation=DELEGATION
)
REGENERATION: Final = CodeRegeneration(
    SUBJECT,
    Basis(State.RISCONTRATO, strong=False, running=operation_id(1), last=operation_id(1)),
    identified=True,
    secrets=CODE_ONLY,
    office=OFFICE,
)
EDIT: Final = RecordEdit(
    SUBJECT,
    (
        PartChange(Part.PERSON, SEEN, MARIO),
        PartChange(Part.RESIDENCE, SEEN, ABROAD),
        PartChange(Part.DOMICILE, SEEN, None),
        PartChange(Part.CONTACTS, SEEN, COMPLETE.contacts),
        PartChange(Part.DOCUMENT, SEEN, PASSPORT),
        PartChange(Part.NOTE, SEEN, "Torna martedi"),
    ),
    OFFICE,
)
MOVE: Final = ResidenceChange(SUBJECT, PartChange(Part.RESIDENCE, SEEN, HOME), OFFICE)
DELEGATE: Final = DelegationChange(SUBJECT, operation_id(1), SEEN, DELEGATION, OFFICE)
DELETION: Final = OldAccountDeletion(MARIO.codice_fiscale, request_archived=True, office=OFFICE)
SETTLEMENT: Final = DisputeSettlement(operation_id(2), "credential.overtaken", OFFICE)
CLOSING: Final = OutcomeClosing(
    12,
    operation_id(3),
    "booking",
    "credential.state-moved",
    ClosingReason.DONE_AGAIN,
    operation_id(4),
    OFFICE,
)
ACTS: Final[tuple[CounterAct, ...]] = (
    EX_NOVO,
    BOOKING,
    REGENERATION,
    EDIT,
    MOVE,
    DELEGATE,
    DELETION,
    SETTLEMENT,
    CLOSING,
)

CONCLUSION: Final = Conclusion(
    ticket=bytes(range(32)),
    kind=OperationKind.RISCONTRO_FORTE,
    accepted=("regulation:2026-1", "privacy:2026-1"),
    chosen=Chosen("mario.rossi", PHC, "Il nome del primo gatto?", PHC),
    language="it",
)

registrations_at_counter = preregistrations.map(
    lambda form: replace(
        EX_NOVO,
        registration_number=form.registration_number,
        community=form.community,
        language=form.language,
        source=form.source,
        person=form.person,
        residence=form.residence,
        domicile=form.domicile,
        contacts=form.contacts,
        document=form.document,
        delegation=form.delegation,
        note=form.note,
    )
)
"""Any registration at a counter that is right, as `preregistrations`."""

bases = st.builds(
    Basis,
    state=st.sampled_from(State),
    strong=st.booleans(),
    running=st.sampled_from(["", operation_id(1)]),
    last=st.sampled_from(["", operation_id(1)]),
    renewal=st.sampled_from(["", operation_id(2)]),
    seen_at=st.integers(0, NOON),
)
bookings = st.builds(
    lambda kind, basis, delegation, office: Booking(
        SUBJECT,
        kind,
        basis,
        delegation,
        True,  # noqa: FBT003
        secrets_of(kind),
        office,
    ),
    kind=st.sampled_from(OperationKind),
    basis=bases,
    delegation=st.sampled_from([None, DELEGATION]),
    office=st.sampled_from([OFFICE, OTHER_OFFICE]),
)
acts: st.SearchStrategy[CounterAct] = st.one_of(
    registrations_at_counter, bookings, st.sampled_from(ACTS)
)
"""Any act that is right."""

LEAST_REGISTRATION: Final = registration_of(LEAST, number=NUMBER, registered_at=NOON)
