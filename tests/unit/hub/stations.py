"""A station as the hub meets it: it signs, seals and chains what it is told to, right or wrong."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from codicefiscale import codicefiscale

from sync.hub import ingest, posting
from sync.hub.confirmation import KEY_BYTES, TokenKey
from sync.hub.decide import Decider
from sync.hub.home.checking import Comparer
from sync.hub.home.procedures import Procedures
from sync.hub.ingest import Ingest, Ingested
from sync.hub.registry import Registry
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.model import operation, registration_number
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.identification import Identification
from sync.model.operation import Operation
from sync.model.preregistration import Preregistration
from sync.wire import batch, envelope, receipt
from sync.wire.envelope import ClockQuality, ClockReading, Envelope, Label, Position, Priority
from sync.wire.receipt import Acknowledgement
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.model import examples

NOON = 1_795_694_400_000  # 2026-11-26T12:00:00Z, in milliseconds
HOUR = 3_600_000
CLOCK = ClockReading(NOON, 1, bytes(16), ClockQuality.SYNCHRONISED)


def codice_fiscale(person: int) -> str:
    """A code of nobody: of the `person`-th of a made-up family."""
    born = date(1900, 1, 1) + timedelta(days=person)
    return str(
        codicefiscale.encode(
            lastname="Prova",
            firstname="Persona",
            gender="M",
            birthdate=born.strftime("%d/%m/%Y"),
            birthplace="L219",
        )
    )


def preregistration(person: int, **changes: Any) -> Preregistration:
    """What the `person`-th of a made-up family registers; the station adds the number."""
    email = changes.pop("email", f"persona{person}@example.org")
    return replace(
        examples.LEAST,
        person=replace(
            examples.MARIO,
            codice_fiscale=codice_fiscale(person),
            birth_date=PartialDate(1980, 1, 1),
        ),
        contacts=Contacts(email),
        **changes,
    )


def identification(person: int, **changes: Any) -> Identification:
    """How the `person`-th of a made-up family was identified; each with fingers of its own."""
    fingers = tuple(
        replace(one, template=template(person, one.hand.value))
        for one in examples.IDENTIFIED.fingers
    )
    act = replace(examples.IDENTIFIED, codice_fiscale=codice_fiscale(person), fingers=fingers)
    return replace(act, **changes)


def template(person: int, hand: str) -> bytes:
    """Bytes like a template's, which nothing else has and nothing compresses."""
    return b"FP3" + random.Random(f"{person} {hand}").randbytes(2997)


@dataclass
class Station:
    """A station with its key and its chain."""

    name: str
    code: int
    sealing_key: SealingKey
    signer: SoftwareSigner = field(default_factory=SoftwareSigner.generate)
    chain: list[Envelope] = field(default_factory=list)
    counter: int = 0

    @property
    def head(self) -> bytes:
        return self.chain[-1].hash if self.chain else envelope.genesis(self.name)

    def number(self) -> str:
        """A registration number that was never used."""
        self.counter += 1
        return registration_number.issue(self.code, self.counter).text

    def compose(self, body: object, **changes: Any) -> Envelope:
        """The next envelope of the chain, not put into it; any part may be wrong."""
        position = Position(
            changes.get("station", self.name),
            changes.get("seq", len(self.chain) + 1),
            changes.get("prev", self.head),
        )
        label = Label(
            operation_id=changes.get("operation_id") or uuid.uuid4(),
            kind=changes.get("kind", operation.PREREGISTRATION),
            kind_version=changes.get("kind_version", operation.VERSION),
            clock=CLOCK,
            priority=changes.get("priority", Priority.NORMAL),
            hybrid=changes.get("hybrid"),
            parts=changes.get("parts", ()),
        )
        return envelope.compose(
            position,
            label,
            body,
            signer=changes.get("signer", self.signer),
            sealing_key=changes.get("sealing_key", self.sealing_key),
        )

    def record(self, entered: Operation, **changes: Any) -> Envelope:
        """Issues a number where one is lacking, and puts the operation into the chain."""
        if isinstance(entered, Preregistration) and entered.registration_number is None:
            entered = replace(entered, registration_number=self.number())
        changes = {"kind": operation.kind_of(entered)} | changes
        self.chain.append(self.compose(operation.to_plain(entered), **changes))
        return self.chain[-1]

    def record_many(self, first: int, count: int) -> list[Envelope]:
        """Records the `first`-th person and those after."""
        return [self.record(preregistration(person)) for person in range(first, first + count)]

    def copy(self) -> Station:
        """The same station once more, as from a copied disk: whatever both record is a fork."""
        return replace(self, chain=list(self.chain))

    def message(self, first: int, last: int) -> bytes:
        """Entries `first` to `last` in one batch."""
        return batch.pack(self.chain[first - 1 : last])


class Bench:
    """A hub's ingest over a store, with a clock that the test sets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.unsealing = UnsealingKey.generate()
        self.signer = SoftwareSigner.generate()
        self.tokens = TokenKey(bytes(KEY_BYTES))
        self.letters = UnsealingKey.generate()
        self.digests = bytes(range(32))
        comparer = Comparer(self.digests)
        message_id = posting.message_ids("hub.example")
        self.home = Procedures(comparer, self.digests, message_id)
        self.registry = Registry(self.tokens, message_id, comparer.protect, self.home.conclude)
        self.trust = HubTrust(
            1,
            NOON,
            (self.signer.verifying_key,),
            (self.unsealing.sealing_key,),
            self.letters.sealing_key,
        )
        self.restart(store)

    def restart(self, store: Store) -> None:
        """A new hub program over the same keys."""
        self.store = store
        decider = Decider(self.registry, [self.unsealing], lambda: self.now)
        self.ingest = Ingest(decider, self.signer, lambda: self.now)

    def enrolled(self, name: str, code: int) -> Station:
        """A new station that the hub knows."""
        station = Station(name, code, self.unsealing.sealing_key)
        with self.store.transaction():
            chains.enrol(self.store, name, code, station.signer.verifying_key.spki, self.now)
        return station

    def take(self, station: str | Station, message: bytes) -> tuple[Ingested, Acknowledgement]:
        """Hands a message in and opens the hub's answer as the station would."""
        name = station if isinstance(station, str) else station.name
        self.now += 1000
        ingested = self.ingest.take(self.store, name, ingest.read(message))
        acknowledgement = receipt.verify(ingested.acknowledgement, self.trust)
        assert acknowledgement is not None
        assert acknowledgement.station == name
        return ingested, acknowledgement

    def send(self, station: Station, first: int, last: int) -> Acknowledgement:
        """Hands entries `first` to `last` in."""
        return self.take(station, station.message(first, last))[1]

    def settle(self, most: int = 50) -> list[Acknowledgement]:
        """Lets the hub decide on everything that is stored; what it tells the stations."""
        told = []
        while (done := self.ingest.decide(self.store, most)) is not None:
            acknowledgement = receipt.verify(done[1], self.trust)
            assert acknowledgement is not None
            told.append(acknowledgement)
        return told
