"""What a preregistration does to the registry: every rule again, then one of four things.

A station in a hallway is not trusted: that a form was checked there counts for nothing here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sync.hub.confirmation import TokenKey, token_hash
from sync.hub.store import letters, registrations
from sync.hub.store.chains import Station
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.hub.store.registrations import Registration
from sync.model import operation, preregistration, registration_number
from sync.model.errors import Problem
from sync.model.operation import Operation
from sync.model.preregistration import Preregistration
from sync.wire import canonical
from sync.wire.receipt import Accepted, Outcome, Refused

CORRECT_AND_REPEAT: Final = "remedy.correct-and-repeat"
"""The data are wrong: the person gives them again, at the kiosk or at the counter."""

STRONG_CREDENTIALS: Final = "remedy.strong-credentials"
"""The person is a member already: the steps for strong credentials (R-003-34)."""

CALL_ASSISTANCE: Final = "remedy.call-assistance"
"""The station does what it must not: the assistance looks at the station."""

_ROME: Final = ZoneInfo("Europe/Rome")
_REMINDER_MILLISECONDS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an operation stands: its station, its number in the chain, when it was received."""

    station: Station
    seq: int
    received_at: int

    @property
    def day(self) -> date:
        """The day of receipt where the people are."""
        return datetime.fromtimestamp(self.received_at / 1000, tz=UTC).astimezone(_ROME).date()


@dataclass(frozen=True, slots=True)
class Registry:
    """The decisions. It keeps nothing: the store does.

    Attributes:
        tokens: makes the links of the letters.
        domain: what stands after the @ in the `Message-ID` of a letter.
        new_id: a fresh name, unique among all letters ever.
    """

    tokens: TokenKey
    domain: str
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    def message_id(self) -> str:
        """A fresh `Message-ID`, without brackets (RFC 5322 3.6.4)."""
        return f"{self.new_id()}@{self.domain}"

    def enter(self, store: Store, entered: Operation, origin: Origin) -> Outcome:
        """Enters an operation. Within the transaction that stores its entry."""
        refusal = _number_refusal(store, entered, origin)
        if refusal is not None:
            return refusal
        found = preregistration.problems(entered, today=origin.day)
        if found:
            return _refusal(found[0])
        present = registrations.of_person(store, entered.person.codice_fiscale)
        if present is not None and present.email_confirmed_at is not None:
            self._remind(store, present, origin.received_at)
            return Refused("registration.already-member", "R-003-34", STRONG_CREDENTIALS)
        registration = _registration(entered, origin)
        if present is not None:
            # The newer takes the older's place; links to the older are dead from here on.
            letters.withdraw(store, present.number, origin.received_at)
            registrations.supersede(store, present.number, registration.number)
        registrations.add(store, registration)
        self._ask_to_confirm(store, registration)
        return Accepted()

    def _ask_to_confirm(self, store: Store, registration: Registration) -> None:
        message_id = self.message_id()
        letter = letters.queue(
            store,
            LetterKind.CONFIRM_ADDRESS,
            message_id=message_id,
            registration=registration.number,
            recipient=registration.email,
            language=registration.language,
            now=registration.received_at,
        )
        letters.add_link(store, token_hash(self.tokens.token(message_id)), letter)

    def _remind(self, store: Store, present: Registration, now: int) -> None:
        """Writes to the address that the registry holds, never to the one just given.

        Who types somebody else's codice fiscale must not learn by mail that the person is a
        member; and the member must not be flooded: at most one letter a day.
        """
        last = letters.last_queued_at(store, present.number, LetterKind.ALREADY_REGISTERED)
        if last is not None and now < last + _REMINDER_MILLISECONDS:
            return
        letters.queue(
            store,
            LetterKind.ALREADY_REGISTERED,
            message_id=self.message_id(),
            registration=present.number,
            recipient=present.email,
            language=present.language,
            now=now,
        )


def _number_refusal(store: Store, entered: Preregistration, origin: Origin) -> Refused | None:
    """The number must be one that this station may issue, and must never have been used."""
    parsed = registration_number.parse(entered.registration_number or "")
    if isinstance(parsed, Problem):
        return _refusal(parsed)
    if parsed.text != entered.registration_number:
        return Refused("operation.not-canonical", None, CALL_ASSISTANCE)
    if parsed.station != origin.station.code:
        return Refused("registration-number.other-station", None, CALL_ASSISTANCE)
    if not registrations.take_number(store, parsed.text, origin.station.name, origin.seq):
        return Refused("registration-number.used", None, CALL_ASSISTANCE)
    return None


def _refusal(problem: Problem) -> Refused:
    return Refused(problem.code, problem.rule, CORRECT_AND_REPEAT)


def _registration(entered: Preregistration, origin: Origin) -> Registration:
    person = entered.person
    return Registration(
        number=entered.registration_number or "",
        codice_fiscale=person.codice_fiscale,
        community=entered.community.value,
        language=entered.language,
        surname=person.surname,
        name=person.name,
        email=entered.contacts.email,
        operation=canonical.encode(
            [
                operation.kind_of(entered),
                operation.VERSION,
                operation.to_plain(entered),
            ]
        ),
        station=origin.station.name,
        seq=origin.seq,
        received_at=origin.received_at,
    )
