"""A comune at the hub: a desk, people, the producer of their cards, the roster that comes of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.hub import posting
from sync.hub.console import production
from sync.hub.console.derivation import Offices
from sync.hub.console.desk import Console, Desk
from sync.hub.console.production import Delivered
from sync.hub.store import cards, letters, operators, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.letters import QueuedLetter
from sync.hub.store.users import User
from sync.model.console import UserAction, UserActionAct, UserInsertion
from sync.model.rosters import OperatorEntry
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserType
from sync.wire import mail_seal
from sync.wire.mail_seal import CardCodes
from sync.wire.sealing import UnsealingKey
from tests.unit.hub.console.people import ROME
from tests.unit.hub.stations import NOON, codice_fiscale

CODES = CardCodes("4321", "87654", "p4ss")


def certificate(key: ec.EllipticCurvePrivateKey, person: int) -> bytes:
    """Of a card of the `person`-th, as a CNS names its holder; DER."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"{codice_fiscale(person)}/1234567890123.abc=")]
    )
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(person + 1)
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=1095))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


@dataclass
class Town:
    """Rome, unless another is said."""

    store: Store
    now: int = NOON
    letters_key: UnsealingKey = field(default_factory=UnsealingKey.generate)
    digests: bytes = bytes(range(32))
    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.console = Console(
            Offices({ROME: "Roma Capitale"}),
            self.letters_key.sealing_key,
            self.digests,
            posting.message_ids("hub.example"),
            random.Random(1).randrange,
        )

    def desk(self, by: User | None = None) -> Desk:
        return Desk(self.store, self.console, by, self.now)

    def insertion(self, person: int, *profiles: Profile, **changes: Any) -> UserInsertion:
        act = UserInsertion(
            ROME,
            codice_fiscale(person),
            "PROVA",
            "PERSONA",
            f"persona{person}@example.org",
            "",
            UserType.OPERATOR,
            frozenset({Environment.PRODUCTION}),
            frozenset(profiles or {Profile.ENROLMENT}),
            card=True,
        )
        return replace(act, **changes)

    def insert(self, person: int, *profiles: Profile, **changes: Any) -> User:
        with self.store.transaction():
            found = self.desk().insert(self.insertion(person, *profiles, **changes), of_census=True)
        assert isinstance(found, User)
        return found

    def user(self, person: int, comune: str = ROME) -> User:
        found = users.of(self.store, comune, codice_fiscale(person))
        assert found is not None
        return found

    def card(self, person: int) -> Card:
        found = cards.of_person(self.store, codice_fiscale(person))
        assert found is not None
        return found

    def act(self, person: int, what: UserAction, **changes: Any) -> str:
        """Does it; the code of the problem, or empty."""
        by = changes.pop("by", None)
        act = UserActionAct(ROME, codice_fiscale(person), what)
        act = replace(act, **changes)
        with self.store.transaction():
            found = self.desk(by).act(act, self.user(person, act.comune))
        return "" if found is None else found.code

    def delivery(self, person: int, **changes: Any) -> Delivered:
        """The card that the producer made of the person's request."""
        self.made += 1
        serial = f"SN{self.made:06}"
        self.keys[serial] = ec.generate_private_key(ec.SECP256R1())
        card = self.card(person)
        one = Delivered(
            card.id,
            codice_fiscale(person),
            serial,
            certificate(self.keys[serial], person),
            mail_seal.seal_card_codes(CODES, self.letters_key.sealing_key, serial),
        )
        return replace(one, **changes)

    def give_card(self, person: int) -> Card:
        """From the request to the active card."""
        assert production.deliver(self.store, [self.delivery(person)]) == []
        card = self.card(person)
        for what in (UserAction.HAND_OVER_CARD, UserAction.REGISTER_CARD):
            assert self.act(person, what, serial=card.serial, comune=card.comune) == ""
        assert self.card(person).state is CardState.ACTIVE
        return self.card(person)

    def employ(self, person: int, *profiles: Profile, **changes: Any) -> User:
        """A user with an active card."""
        self.insert(person, *profiles, **changes)
        self.give_card(person)
        return self.user(person, changes.get("comune", ROME))

    def roster(self) -> list[OperatorEntry]:
        return [known.entry for known in operators.in_force(self.store)]

    def in_roster(self, person: int, comune: str = ROME) -> OperatorEntry | None:
        prints = {
            known.entry.thumbprint: known.entry
            for known in operators.in_force(self.store)
            if known.entry.comune == comune
        }
        card = cards.of_person(self.store, codice_fiscale(person))
        if card is None or card.thumbprint is None:
            return None
        return prints.get(card.thumbprint)

    def due(self) -> list[QueuedLetter]:
        return letters.due(self.store, self.now + 10**12, 100)


def thumbprint(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
