"""A counter as the hub meets it: a station, and an operator whose card signs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub.store import chains, disputes, feed, letters, operators, registrations
from sync.hub.store.disputes import KeptDispute
from sync.hub.store.letters import QueuedLetter
from sync.hub.store.operators import KnownOperator
from sync.hub.store.registrations import Held
from sync.model import operation, registration_parts
from sync.model.codes import make_code
from sync.model.console import ConsoleAct
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    IssuedSecrets,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import OperationKind, basis_of
from sync.model.dates import PartialDate
from sync.model.registration import Part, Registration
from sync.model.rosters import OperatorEntry, Right
from sync.wire import envelope, mail_seal
from sync.wire.envelope import ClockQuality, ClockReading, Envelope, Label, Position
from sync.wire.operator_key import OperatorKey
from sync.wire.receipt import Outcome
from tests.unit.hub.stations import NOON, Bench, Station, codice_fiscale
from tests.unit.model.counter_examples import EX_NOVO, PHC, secrets_of
from tests.unit.wire.test_operator_signature import Card, certificate

ALL: Final = frozenset(Right)
UNTIL: Final = date(2027, 1, 17)


@dataclass
class CardOfOne(Card):
    """A card whose certificate was made once."""

    def __post_init__(self) -> None:
        self.made = certificate(self.key)
        self.public = OperatorKey(self.made)

    @property
    def certificate(self) -> bytes:
        return self.made


@dataclass
class Desk:
    """One counter with one operator signed in."""

    bench: Bench
    station: Station
    office: str
    card: Card = field(default_factory=lambda: CardOfOne(ec.generate_private_key(ec.SECP256R1())))
    ahead: int = 0
    """Milliseconds by which the station's clock is ahead of the hub's."""

    def known(self, **changes: Any) -> KnownOperator:
        """The operator's line of the roster."""
        entry = OperatorEntry(
            self.card.thumbprint, "Ada Prova", self.office, ALL, (), date(2030, 12, 31)
        )
        return KnownOperator(replace(entry, **changes), self.card.certificate)

    def record(self, act: CounterAct | ConsoleAct, **changes: Any) -> Envelope:
        """Puts the act into the station's chain, signed by the card."""
        clock = ClockReading(
            changes.get("at", self.bench.now) + self.ahead, 1, bytes(16), ClockQuality.SYNCHRONISED
        )
        label = Label(
            changes.get("operation_id") or uuid.uuid4(),
            operation.kind_of(act),
            operation.VERSION,
            clock,
        )
        made = envelope.compose_signed(
            Position(self.station.name, len(self.station.chain) + 1, self.station.head),
            label,
            operation.to_plain(act),
            signer=self.station.signer,
            sealing_key=self.station.sealing_key,
            operator=changes.get("card", self.card),
        )
        assert isinstance(made, Envelope)
        self.station.chain.append(made)
        return made

    def send(self) -> Outcome:
        """Sends the last act; what became of it."""
        last = len(self.station.chain)
        return self.bench.send(self.station, last, last).answers[-1].outcome

    def send_all(self) -> None:
        """Sends everything that was recorded without a network."""
        store = self.bench.store
        held = chains.station(store, self.station.name)
        assert held is not None
        self.bench.send(self.station, held.head_seq + 1, len(self.station.chain))
        self.bench.settle()

    def do(self, act: CounterAct | ConsoleAct, **changes: Any) -> Outcome:
        """Records and sends."""
        self.record(act, **changes)
        return self.send()

    def secrets(self, kind: OperationKind, operation_id: uuid.UUID) -> IssuedSecrets:
        """What is given out with an operation; its code is sealed to the hub's letter key."""
        code = make_code(lambda below: below - 1)
        sealed = mail_seal.seal_code(code, self.bench.letters.sealing_key, operation_id)
        return replace(secrets_of(kind), mailed_code=sealed, valid_until=UNTIL)

    def ex_novo(self, person: int, **changes: Any) -> CounterRegistration:
        """The `person`-th of a made-up family, registered at this counter."""
        one = replace(
            EX_NOVO.person,
            codice_fiscale=codice_fiscale(person),
            surname=f"Prova{'abcdefghij'[person % 10]}",
            birth_date=PartialDate(1980, 1, 1 + person % 28),
        )
        act = replace(
            EX_NOVO,
            registration_number=self.station.number(),
            person=one,
            document=replace(EX_NOVO.document, number=f"YA{person:07}"),
            contacts=replace(EX_NOVO.contacts, email=f"persona{person}@example.org"),
            delegation=None,
            office=self.office,
        )
        return replace(act, **changes)

    def register(self, person: int, **changes: Any) -> Outcome:
        """Registers somebody, with a code that the hub can mail."""
        operation_id = changes.pop("operation_id", None) or uuid.uuid4()
        at = changes.pop("at", self.bench.now)
        act = self.ex_novo(person, **changes)
        act = replace(act, secrets=self.secrets(OperationKind.RISCONTRO_FORTE, operation_id))
        return self.do(act, operation_id=operation_id, at=at)

    def booking(self, seen: Registration, kind: OperationKind, operation_id: uuid.UUID) -> Booking:
        """A booking by who saw `seen`."""
        return Booking(
            Subject(seen.person.codice_fiscale, seen.number),
            kind,
            basis_of(seen.credential),
            None,
            identified=True,
            secrets=self.secrets(kind, operation_id),
            office=self.office,
        )

    def book(self, seen: Registration, kind: OperationKind, **changes: Any) -> Outcome:
        """Books, and sends."""
        operation_id = changes.pop("operation_id", None) or uuid.uuid4()
        act = self.booking(seen, kind, operation_id)
        return self.do(act, operation_id=operation_id, **changes)

    def renewal(self, seen: Registration, operation_id: uuid.UUID) -> CodeRegeneration:
        """A new activation code."""
        secrets = self.secrets(OperationKind.RISCONTRO_FORTE, operation_id)
        return CodeRegeneration(
            Subject(seen.person.codice_fiscale, seen.number),
            basis_of(seen.credential),
            identified=True,
            secrets=replace(secrets, pin=None),
            office=self.office,
        )

    def edit(self, seen: Registration, part: Part, value: Any) -> RecordEdit:
        """Modifica of one part."""
        return RecordEdit(
            Subject(seen.person.codice_fiscale, seen.number),
            (_change(seen, part, value),),
            self.office,
        )

    def move(self, seen: Registration, residence: Any) -> ResidenceChange:
        """Cambio residenza."""
        return ResidenceChange(
            Subject(seen.person.codice_fiscale, seen.number),
            _change(seen, Part.RESIDENCE, residence),
            self.office,
        )


def _change(seen: Registration, part: Part, value: Any) -> PartChange:
    return PartChange(part, registration_parts.digest(registration_parts.value(seen, part)), value)


@dataclass
class Office:
    """Two counters of two offices, and what the registry has of them."""

    bench: Bench

    def __post_init__(self) -> None:
        self.here = Desk(self.bench, self.bench.enrolled("desk-0001", 21), "Comune di Torino")
        self.there = Desk(self.bench, self.bench.enrolled("desk-0002", 22), "ASL di Esempio")
        self.employ(self.here.known(), self.there.known())

    def employ(self, *known: KnownOperator) -> None:
        """Puts a roster in force."""
        with self.bench.store.transaction():
            operators.replace_all(self.bench.store, known, self.bench.now - 1000)

    def held(self, person: int) -> Held:
        found = registrations.of_person(self.bench.store, codice_fiscale(person))
        assert found is not None
        return found

    def seen(self, person: int) -> Registration:
        return self.held(person).registration

    def due(self) -> list[QueuedLetter]:
        return letters.due(self.bench.store, self.bench.now + 10**12, 100)

    def disputes(self) -> list[KeptDispute]:
        """Every dispute, in the order of the feed."""
        entries = feed.entries(self.bench.store, 0, 1000)
        ids = [entry.operation_id for entry in entries if entry.operation_id is not None]
        found = disputes.of_acts(self.bench.store, ids)
        return [found[one] for one in ids]


__all__ = ["NOON", "PHC", "UNTIL", "Desk", "Office"]
