"""Procedures that a person concludes with their codes, at home or at a kiosk (R-003-19, 28, 38).

The codes are looked at first (`look`, slow, changes nothing), then judged in the transaction that
counts the try and gives the ticket (`settle`). Who has the ticket may choose and conclude. A
conclusion may reach the hub later than it was recorded: a kiosk without a network keeps it.
"""

from __future__ import annotations

import hashlib
import secrets as chance
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sync.hub import erasure, posting
from sync.hub.home import pace
from sync.hub.home.checking import BusyError, Comparer, Looked
from sync.hub.home.pace import Origin, Pace
from sync.hub.posting import MessageId
from sync.hub.store import registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import IssuedTicket, Login, OperationSecrets
from sync.model import home_plain, transitions
from sync.model.codes import parse_code, parse_pin
from sync.model.credential import OperationKind
from sync.model.delegation import DelegationKind
from sync.model.errors import Problem
from sync.model.home import Conclusion, HomeStep
from sync.model.inquiry import CodesShown, Denied, Done, Ticket, UsernameProposed
from sync.model.passwords import fold_username, own_words, username_problems, username_shape
from sync.texts.acceptance import to_accept
from sync.wire.receipt import Accepted, Outcome, Refused

TICKET_BYTES: Final = 32
TICKET_MILLISECONDS: Final = 30 * 60 * 1000
"""Long enough to read the texts slowly."""

LATE_MILLISECONDS: Final = 7 * 24 * 60 * 60 * 1000
"""So long a conclusion that was recorded in time may take to reach the hub."""

COUNTER: Final = "remedy.go-to-a-counter"
AGAIN: Final = "remedy.begin-again"
OTHER: Final = "remedy.choose-another"

_ROME: Final = ZoneInfo("Europe/Rome")
_BUSY_SECONDS: Final = 5
_PROPOSALS: Final = Pace(10, 10, 60, 60 * 60)
_NOTHING: Final = (b"", b"")
_STATIONS: Final = "station:"  # how the name of a station's origin begins (`pace.Origin`)


@dataclass(frozen=True, slots=True, repr=False)
class Proceeding:
    """What a ticket is good for.

    Attributes:
        held: the person's registration.
        steps: what is to be done, in order.
        valid_until: milliseconds since 1970.
        represented: somebody may act for the person: the operation has a declaration (R-003-74).
        old_username: shape of the username that ends, empty where none does.
    """

    held: Held
    kind: OperationKind
    steps: tuple[HomeStep, ...]
    valid_until: int
    represented: bool
    old_username: str


class Procedures:
    """What citizens may do, for the web pages, for inquiries and for the decider."""

    def __init__(
        self,
        comparer: Comparer,
        key: bytes,
        message_id: MessageId,
        new_ticket: Callable[[int], bytes] = chance.token_bytes,
    ) -> None:
        """Set the procedures up.

        Args:
            comparer: compares with digests.
            key: makes of an address what may be kept of it.
            message_id: for letters.
            new_ticket: random bytes.
        """
        self._comparer = comparer
        self._key = key
        self._message_id = message_id
        self._new_ticket = new_ticket

    def place(self) -> AbstractContextManager[None]:
        """One of the places for what is slow on purpose (`Comparer.place`).

        Raises:
            BusyError: when it is entered.
        """
        return self._comparer.place()

    # --- the codes

    def check_codes(
        self, store: Store, shown: CodesShown, origin: Origin, now: int
    ) -> Ticket | Denied:
        """Looks and settles with one connection; not within a transaction.

        Who has a writer of its own calls `look` beside it, and `settle` in it: looking is slow.
        """
        looked = self.look(store, shown, origin, now)
        if isinstance(looked, Denied):
            return looked
        with store.transaction():
            return self.settle(store, looked, now)

    def look(self, reader: Store, shown: CodesShown, origin: Origin, now: int) -> Looked | Denied:
        """Compares the codes with what is kept. Changes nothing, takes a good part of a second.

        Returns:
            What `settle` judges, or `codes.wait`, `home.busy`.
        """
        seconds = pace.waiting(reader, origin.subject(self._key), now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        code, pin = parse_code(shown.code), None if shown.pin is None else parse_pin(shown.pin)
        typed_code = b"" if isinstance(code, Problem) else code.encode()
        typed_pin = pin.encode() if isinstance(pin, str) else b""
        held = registrations.of_person(reader, shown.codice_fiscale)
        running = None if held is None else secrets.running(reader, held.number)
        asked = running is not None and (shown.pin is None) == (
            running.kind is OperationKind.REVOCA
        )
        kept_code = running.code if running is not None and asked else None
        kept_pin = running.pin if running is not None and asked else None
        operation_id = "" if running is None else running.operation_id
        try:
            with self._comparer.place():
                code_is_right = self._comparer.matches(
                    kept_code, typed_code, secrets.of_operation(operation_id, "code")
                )
                pin_is_right = self._comparer.matches(
                    kept_pin, typed_pin, secrets.of_operation(operation_id, "pin")
                )
        except BusyError:
            return Denied("home.busy", AGAIN, _BUSY_SECONDS)
        if held is None or running is None or not asked:
            return Looked(origin, "", "", _NOTHING, first=False, second=False)
        return Looked(
            origin=origin,
            number=held.number,
            operation_id=running.operation_id,
            kept=(running.code or b"", running.pin or b""),
            first=code_is_right,
            second=pin_is_right or shown.pin is None,
        )

    def settle(self, store: Store, looked: Looked, now: int) -> Ticket | Denied:
        """Judges what `look` has shown and counts the try. Within a transaction.

        Tries that were looked at side by side are judged one after the other, each by what the
        ones before it left.

        Returns:
            A ticket, or `codes.wrong`, `codes.wait`, `codes.spent`, `codes.expired`,
            `credential.state-moved`.
        """
        pace.sweep(store, now)
        origin = looked.origin.subject(self._key)
        seconds = pace.waiting(store, origin, now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        running = secrets.running(store, looked.number) if looked.number else None
        same = running is not None and (
            (running.operation_id, running.code or b"", running.pin or b"")
            == (looked.operation_id, *looked.kept)
        )
        if running is None or not same or not looked.first:
            _, seconds = pace.failed(store, origin, looked.origin.pace, now)
            return Denied("codes.wrong", AGAIN, seconds)
        subject = pace.secret_subject(looked.kept[0])
        seconds = pace.waiting(store, subject, now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        if not looked.second:
            return self._wrong_pin(store, looked, subject, now)
        secrets.forget_attempts(store, subject)
        return self._ticket(store, running, looked, now)

    def _wrong_pin(self, store: Store, looked: Looked, subject: str, now: int) -> Denied:
        """Right code, wrong PIN: by the owner, or by who has the owner's mailbox."""
        origin = looked.origin.subject(self._key)
        _, seconds = pace.failed(store, origin, looked.origin.pace, now)
        failures, wait = pace.failed(store, subject, pace.SECRET, now)
        if failures >= pace.MOST_OF_A_CODE:
            secrets.keep(store, looked.operation_id, code=None)
            return Denied("codes.spent", COUNTER)
        return Denied("codes.wrong", AGAIN, max(seconds, wait))

    def _ticket(
        self, store: Store, running: OperationSecrets, looked: Looked, now: int
    ) -> Ticket | Denied:
        held = registrations.by_number(store, looked.number)
        booked = None if held is None else held.registration.credential.running
        if held is None or booked is None or booked.operation_id != running.operation_id:
            return Denied("credential.state-moved", COUNTER)
        if not transitions.in_validity(booked, now):
            return Denied("codes.expired", COUNTER)
        ticket = self._new_ticket(TICKET_BYTES)
        issued = IssuedTicket(
            hash=_hash(ticket),
            number=held.number,
            operation_id=running.operation_id,
            kind=running.kind,
            origin=looked.origin.subject(self._key),
            issued_at=now,
            valid_until=now + TICKET_MILLISECONDS,
        )
        secrets.forget_tickets(store, now - LATE_MILLISECONDS)
        secrets.add_ticket(store, issued)
        steps = transitions.home_steps(running.kind)
        chooses = HomeStep.PASSWORD in steps
        return Ticket(
            ticket=ticket,
            kind=running.kind,
            steps=steps,
            valid_until=issued.valid_until,
            old_username=_old_username(held, running.kind),
            own=own_words(held.registration.person) if chooses else frozenset(),
        )

    # --- with a ticket

    def proceeding(self, reader: Store, ticket: bytes, now: int) -> Proceeding | None:
        """What a ticket is good for; None where it is unknown, used or past its time."""
        issued = secrets.ticket(reader, _hash(ticket))
        if issued is None or issued.used_at is not None or now > issued.valid_until:
            return None
        held = registrations.by_number(reader, issued.number)
        booked = None if held is None else held.registration.credential.running
        if held is None or booked is None or booked.operation_id != issued.operation_id:
            return None
        return Proceeding(
            held=held,
            kind=issued.kind,
            steps=transitions.home_steps(issued.kind),
            valid_until=issued.valid_until,
            represented=_represented(held),
            old_username=_old_username(held, issued.kind),
        )

    def propose_username(self, store: Store, proposed: UsernameProposed, now: int) -> Done | Denied:
        """Whether the person of a ticket may have that username. Within a transaction.

        Returns:
            `Done`, or `ticket.expired`, `username.taken`, `username.old`, `codes.wait` or a code
            of `username_problems`.
        """
        proceeding = self.proceeding(store, proposed.ticket, now)
        if proceeding is None:
            return Denied("ticket.expired", AGAIN)
        subject = f"ticket:{_hash(proposed.ticket).hex()[:32]}"
        seconds = pace.waiting(store, subject, now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        problem = self._username_problem(store, proceeding.held, proposed.username)
        if problem is None:
            return Done()
        _, seconds = pace.failed(store, subject, _PROPOSALS, now)
        return Denied(problem, OTHER, seconds)

    def conclude(
        self,
        store: Store,
        conclusion: Conclusion,
        now: int,
        recorded_at: int | None = None,
        station: str = "",
    ) -> Outcome:
        """Ends the procedure. Within a transaction.

        Args:
            store: the registry.
            conclusion: what was accepted and chosen.
            now: milliseconds since 1970, the hub's clock.
            recorded_at: when the station recorded it, by its clock; None for now.
            station: which station; empty for the hub's own pages. A ticket is good only where it
                was issued: at that station, or on the pages.

        Returns:
            `Accepted`, or `Refused`: `ticket.expired`, `texts.changed`, `username.taken`,
            `username.old`, `conclusion.not-represented`, `credential.state-moved`,
            `registration.gone`, or a code of `home_plain.problems`.
        """
        issued = secrets.ticket(store, _hash(conclusion.ticket))
        if (
            issued is None
            or issued.used_at is not None
            or not _in_time(issued, now, now if recorded_at is None else recorded_at)
            or not _is_of(issued, station)
        ):
            return Refused("ticket.expired", "R-003-38", AGAIN)
        held = registrations.by_number(store, issued.number)
        if held is None:  # the ticket would have gone with it
            return Refused("registration.gone", "R-003-60", COUNTER)
        booked = held.registration.credential.running
        if booked is None or booked.operation_id != issued.operation_id:
            return Refused("credential.state-moved", "R-003-22", COUNTER)
        refused = self._refused(store, conclusion, issued, held, now)
        if refused is not None:
            return refused
        secrets.use_ticket(store, issued.hash, now)
        return self._enter(store, conclusion, held, now)

    def _refused(
        self, store: Store, conclusion: Conclusion, issued: IssuedTicket, held: Held, now: int
    ) -> Refused | None:
        if conclusion.kind is not issued.kind:
            return Refused("conclusion.other-kind", "R-003-19", AGAIN)
        today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(_ROME).date()
        for problem in home_plain.problems(conclusion, today=today):
            return Refused(problem.code, problem.rule, AGAIN)
        if conclusion.accepted != to_accept(conclusion.kind):
            return Refused("texts.changed", "R-003-38", AGAIN)
        if conclusion.for_another and not _represented(held):
            return Refused("conclusion.not-represented", "R-003-74", AGAIN)
        if conclusion.chosen is not None:
            taken = self._username_problem(store, held, conclusion.chosen.username)
            if taken is not None:
                return Refused(taken, "R-003-19", OTHER)
        return None

    def _enter(self, store: Store, conclusion: Conclusion, held: Held, now: int) -> Outcome:
        registration = held.registration
        moved = transitions.conclude(registration.credential, conclusion.kind, now)
        if isinstance(moved, Problem):
            return Refused("credential.state-moved", moved.rule, COUNTER)
        if moved is None:
            erasure.erase(store, held, now, self._message_id)
            return Accepted()
        running = secrets.running(store, held.number)
        chosen = conclusion.chosen
        # What the person logs in with from now on: the new PIN counts only now (R-003-19).
        before = secrets.login(store, held.number) or Login(
            held.number, None, None, None, None, None, now
        )
        person = held.codice_fiscale
        login = replace(before, pin=None if running is None else self._pin_of(running, person))
        if chosen is not None:
            registration = replace(registration, username=username_shape(chosen.username))
            login = replace(
                login,
                username=chosen.username,
                password=self._protect(chosen.password, person, "password"),
                question=chosen.question,
                answer=self._protect(chosen.answer, person, "answer"),
                chosen_at=now,
            )
        secrets.put_login(store, login)
        registration = replace(registration, credential=moved)
        registrations.put(store, registration)
        posting.concluded(store, registration, conclusion.kind.value, now, self._message_id)
        return Accepted()

    def _pin_of(self, running: OperationSecrets, person: str) -> bytes | None:
        """The PIN of an operation as that of the log-in."""
        if running.pin is None:
            return None
        context = secrets.of_operation(running.operation_id, "pin")
        phc = self._comparer.unprotect(running.pin, context)
        return None if phc is None else self._protect(phc, person, "pin")

    def _protect(self, phc: str, person: str, column: str) -> bytes:
        return self._comparer.protect(phc, secrets.of_login(person, column))

    def _username_problem(self, store: Store, held: Held, username: str) -> str | None:
        for problem in username_problems(username):
            return problem.code
        owner = secrets.username_owner(store, fold_username(username))
        if owner is None:
            return None
        return "username.old" if owner == held.number else "username.taken"


def _represented(held: Held) -> bool:
    running = held.registration.credential.running
    delegation = None if running is None else running.delegation
    return delegation is not None and delegation.kind is DelegationKind.DICHIARAZIONE_SOSTITUTIVA


def _old_username(held: Held, kind: OperationKind) -> str:
    return held.registration.username if kind is OperationKind.RESET else ""


def _in_time(issued: IssuedTicket, now: int, recorded_at: int) -> bool:
    """Whether it is concluded in time, or was recorded in time and is not too late.

    A station's clock is believed only where it says what can be.
    """
    if now <= issued.valid_until:
        return True
    recorded_in_time = issued.issued_at <= recorded_at <= issued.valid_until
    return recorded_in_time and now <= issued.valid_until + LATE_MILLISECONDS


def _is_of(issued: IssuedTicket, station: str) -> bool:
    if not station:
        return not issued.origin.startswith(_STATIONS)
    return issued.origin == f"{_STATIONS}{station}"


def _hash(ticket: bytes) -> bytes:
    return hashlib.sha256(ticket).digest()
