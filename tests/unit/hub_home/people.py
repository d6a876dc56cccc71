"""A registry with one person in it, whose codes these tests know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sync.hub.home.checking import Comparer
from sync.hub.home.pace import Origin
from sync.hub.home.procedures import Procedures
from sync.hub.home.revoking import OnlineRevocation
from sync.hub.store import letters, registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, QueuedLetter
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import Login
from sync.model import transitions
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, State
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.home import Chosen, Conclusion
from sync.model.inquiry import CodesShown, Denied, Ticket
from sync.model.registration import Registration
from sync.model.secret_digests import DIGEST_BYTES, LEAST_MEMORY, LEAST_PASSES, SALT_BYTES
from sync.texts.acceptance import to_accept
from sync.wire.receipt import Outcome
from sync.wire.sealing import UnsealingKey
from tests.unit.model.counter_examples import NUMBER, REGISTRATION

NOW: Final = 1_795_694_400_000
KEY: Final = bytes(range(32))
CODE: Final = "NASDURZVSPY8"
OTHER_CODE: Final = "J2VGTZ9P3X7R"
PIN: Final = "48205917"
PASSWORD: Final = "nuvola martello ottobre lanterna"
UNTIL: Final = date(2027, 1, 25)
HERE: Final = Origin.address("192.0.2.7")
KIOSK: Final = Origin.station("kiosk-0001")

STATES: Final = {
    OperationKind.RISCONTRO_FORTE: (State.REGISTRATO, False),
    OperationKind.PROMOZIONE: (State.ATTIVATO, False),
    OperationKind.RESET: (State.ATTIVATO, True),
    OperationKind.RIGENERA_PIN: (State.ATTIVATO, True),
    OperationKind.REVOCA: (State.ATTIVATO, True),
}
"""A state from which each may be booked."""

_DIGESTS: Final[dict[str, str]] = {}


def digest(secret: str) -> str:
    """Of the least work that is believed, and made once: these are slow on purpose."""
    if secret not in _DIGESTS:
        maker = Argon2id(
            salt=bytes(SALT_BYTES),
            length=DIGEST_BYTES,
            iterations=LEAST_PASSES,
            lanes=1,
            memory_cost=LEAST_MEMORY,
        )
        _DIGESTS[secret] = maker.derive_phc_encoded(secret.encode())
    return _DIGESTS[secret]


@dataclass
class Registry:
    """A hub's registry, with the procedures over it."""

    store: Store
    now: int = NOW
    key: bytes = KEY
    letters_key: UnsealingKey = field(default_factory=UnsealingKey.generate)
    written: int = 0

    def __post_init__(self) -> None:
        self.comparer = Comparer(self.key)
        self.home = Procedures(self.comparer, self.key, self.message_id)
        self.online = OnlineRevocation(
            self.comparer,
            self.key,
            self.message_id,
            letter_key=self.letters_key.sealing_key,
            office="Comune di Esempio",
        )

    def message_id(self) -> str:
        self.written += 1
        return f"{self.written}@hub.example"

    def book(
        self,
        kind: OperationKind,
        *,
        delegation: Delegation | None = None,
        email: str = "persona@example.org",
        username: str = "",
    ) -> Registration:
        """The person, with an operation in progress whose codes are `CODE` and `PIN`."""
        state, strong = STATES[kind]
        booked = Booked(
            operation_id=f"{kind.value:x>32}"[:32].encode().hex()[:32],
            kind=kind,
            status=OperationStatus.ACTIVE,
            booked_at=self.now,
            office="Comune di Esempio",
            station="to-0001",
            valid_until=UNTIL,
            delegation=delegation,
        )
        before = Credential(state=state, strong=strong)
        moved = transitions.book(before, booked)
        assert not isinstance(moved, Problem)
        person = replace(
            REGISTRATION,
            credential=moved,
            contacts=replace(REGISTRATION.contacts, email=email),
            username="ma•••••i" if username else "",
            email_confirmed=True,
        )
        with self.store.transaction():
            registrations.add(self.store, [Held(person, self.now)])
            revokes = kind is OperationKind.REVOCA
            self.keep(CODE, None if revokes else PIN, operation_id=booked.operation_id)
            if username:
                self.log_in_with(username)
        return person

    def keep(self, code: str, pin: str | None, *, operation_id: str) -> None:
        """Keeps code and PIN of an operation; within a transaction."""
        protect = self.comparer.protect
        code_kept = protect(digest(code), secrets.of_operation(operation_id, "code"))
        pin_kept = pin and protect(digest(pin), secrets.of_operation(operation_id, "pin"))
        secrets.keep(self.store, operation_id, code=code_kept, pin=pin_kept or None)

    def log_in_with(self, username: str, number: str = NUMBER) -> None:
        """The person has chosen that username, `PASSWORD`, and has `PIN`."""
        person = REGISTRATION.person.codice_fiscale

        def protect(phc: str, column: str) -> bytes:
            return self.comparer.protect(phc, secrets.of_login(person, column))

        secrets.put_login(
            self.store,
            Login(
                number,
                username,
                protect(digest(PASSWORD), "password"),
                "La mia domanda?",
                protect(digest("risposta"), "answer"),
                protect(digest(PIN), "pin"),
                self.now,
            ),
        )

    def show(
        self,
        code: str = CODE,
        pin: str | None = PIN,
        origin: Origin = HERE,
        codice_fiscale: str = REGISTRATION.person.codice_fiscale,
    ) -> Ticket | Denied:
        return self.home.check_codes(
            self.store, CodesShown(codice_fiscale, code, pin), origin, self.now
        )

    def ticket(self, pin: str | None = PIN, *, at: Origin = HERE) -> Ticket:
        shown = self.show(pin=pin, origin=at)
        assert isinstance(shown, Ticket)
        return shown

    def conclude(self, ticket: Ticket, **changes: object) -> Outcome:
        recorded_at = changes.pop("recorded_at", None)
        station = str(changes.pop("station", ""))
        conclusion = conclusion_of(ticket, **changes)
        with self.store.transaction():
            return self.home.conclude(
                self.store,
                conclusion,
                self.now,
                recorded_at,  # type: ignore[arg-type]
                station,
            )

    def person(self) -> Registration | None:
        held = registrations.by_number(self.store, NUMBER)
        return None if held is None else held.registration

    def due(self) -> list[QueuedLetter]:
        return letters.due(self.store, self.now, 100)

    def letters(self) -> list[LetterKind]:
        return [letter.kind for letter in self.due()]


def chosen(username: str = "mario.rossi80") -> Chosen:
    return Chosen(username, digest(PASSWORD), "Come si chiamava il mio gatto?", digest("micio"))


def conclusion_of(ticket: Ticket, **changes: object) -> Conclusion:
    """What the person of a ticket concludes, all as it should be."""
    chooses = ticket.kind in {OperationKind.RISCONTRO_FORTE, OperationKind.RESET}
    made = Conclusion(
        ticket=ticket.ticket,
        kind=ticket.kind,
        accepted=to_accept(ticket.kind),
        chosen=chosen() if chooses else None,
        language="it",
    )
    return replace(made, **changes)  # type: ignore[arg-type]
