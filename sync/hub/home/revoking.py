"""Asking for revocation online, with username, password and PIN (R-003-59, C-003-12).

It books a Revoca as a counter does; the code comes by e-mail, and the credentials end only when it
is shown. So who has stolen username, password and PIN still needs the mailbox (R-003-1).
"""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sync.hub import posting
from sync.hub.home import pace
from sync.hub.home.checking import BusyError, Comparer, Looked
from sync.hub.home.pace import Origin, Pace
from sync.hub.home.procedures import AGAIN, COUNTER
from sync.hub.posting import MessageId
from sync.hub.store import letters, registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.model import transitions
from sync.model.codes import VALID_DAYS, Below, make_code, parse_pin
from sync.model.credential import Booked, OperationKind, OperationStatus
from sync.model.errors import Problem
from sync.model.inquiry import Denied, Done
from sync.model.passwords import LONGEST_PASSWORD, fold_username, normal_password
from sync.wire import mail_seal, secret_digest
from sync.wire.sealing import SealingKey

_ROME: Final = ZoneInfo("Europe/Rome")
_LOGIN: Final = Pace(3, 60, 60 * 60, 24 * 60 * 60)
"""Right password, wrong PIN: of one person, wherever from."""

_AT_MOST_EVERY: Final = 10 * 60 * 1000
"""One code by e-mail in so many milliseconds: nobody's mailbox is flooded."""


@dataclass(frozen=True, slots=True, repr=False)
class NewCode:
    """A code that is made and digested before it is known whether it is needed.

    Attributes:
        operation_id: of the operation that it would be of.
        digest: PHC text.
        sealed: for its letter.
    """

    operation_id: UUID
    digest: str
    sealed: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What looking has shown, and the code that is booked with where all was right."""

    looked: Looked
    code: NewCode


class OnlineRevocation:
    """Books a Revoca for who logs in with all three parts of the credentials."""

    def __init__(
        self,
        comparer: Comparer,
        key: bytes,
        message_id: MessageId,
        letter_key: SealingKey,
        office: str,
        *,
        random: Below = chance.randbelow,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        """Set it up.

        Args:
            comparer: compares with digests.
            key: makes of an address what may be kept of it.
            message_id: for letters.
            letter_key: seals the code until its letter is sent.
            office: "presso ente" of what is booked here: the authority.
            random: makes the code.
            new_id: names the operation.
        """
        self._comparer = comparer
        self._key = key
        self._message_id = message_id
        self._letter_key = letter_key
        self._office = office
        self._random = random
        self._new_id = new_id

    def look(
        self, reader: Store, typed: tuple[str, str, str], origin: Origin, now: int
    ) -> Asked | Denied:
        """Compares username, password and PIN with what is kept. Changes nothing.

        Returns:
            What `settle` judges, or `codes.wait`, `home.busy`.
        """
        seconds = pace.waiting(reader, origin.subject(self._key), now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        username, password, pin_text = typed
        pin = parse_pin(pin_text)
        number = secrets.username_owner(reader, fold_username(username))
        login = None if number is None else secrets.login(reader, number)
        held = None if login is None else registrations.by_number(reader, login.number)
        person = "" if held is None else held.codice_fiscale
        kept = (b"", b"") if login is None else (login.password or b"", login.pin or b"")
        try:
            with self._comparer.place():
                password_is_right = self._comparer.matches(
                    kept[0] or None,
                    normal_password(password)[:LONGEST_PASSWORD].encode(),
                    secrets.of_login(person, "password"),
                )
                pin_is_right = self._comparer.matches(
                    kept[1] or None,
                    pin.encode() if isinstance(pin, str) else b"",
                    secrets.of_login(person, "pin"),
                )
                # Always, so that the time tells nothing; and here, not where the registry waits.
                code = self._new_code()
        except BusyError:
            return Denied("home.busy", AGAIN, 5)
        looked = Looked(
            origin, number or "", "", kept, first=password_is_right, second=pin_is_right
        )
        return Asked(looked, code)

    def settle(self, store: Store, asked: Asked, now: int) -> Done | Denied:
        """Judges what `look` has shown, counts the try and books. Within a transaction.

        Returns:
            `Done`: a code is on its way; or `codes.wrong`, `codes.wait`, `revocation.unable`.
        """
        looked = asked.looked
        pace.sweep(store, now)
        origin = looked.origin.subject(self._key)
        seconds = pace.waiting(store, origin, now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        login = secrets.login(store, looked.number) if looked.number else None
        same = login is not None and (login.password or b"", login.pin or b"") == looked.kept
        if not same or not looked.first:
            _, seconds = pace.failed(store, origin, looked.origin.pace, now)
            return Denied("codes.wrong", AGAIN, seconds)
        subject = pace.secret_subject(b"".join(looked.kept))
        seconds = pace.waiting(store, subject, now)
        if seconds:
            return Denied("codes.wait", AGAIN, seconds)
        if not looked.second:
            _, seconds = pace.failed(store, origin, looked.origin.pace, now)
            _, wait = pace.failed(store, subject, _LOGIN, now)
            return Denied("codes.wrong", AGAIN, max(seconds, wait))
        secrets.forget_attempts(store, subject)
        return self._book(store, looked.number, asked.code, now)

    def _new_code(self) -> NewCode:
        new_id = self._new_id()
        code = make_code(self._random)
        try:
            digest = secret_digest.digest(code)
            return NewCode(new_id, digest, mail_seal.seal_code(code, self._letter_key, new_id))
        finally:
            code[:] = bytes(len(code))

    def _book(self, store: Store, number: str, code: NewCode, now: int) -> Done | Denied:
        held = registrations.by_number(store, number)
        if held is None or not held.email:
            return Denied("revocation.unable", COUNTER)
        last = letters.last_queued_at(store, held.number, LetterKind.REVOCATION_CODE)
        if last is not None and now < last + _AT_MOST_EVERY:
            return Done()  # the code of a moment ago is on its way, and stays good
        operation_id = code.operation_id.hex
        today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(_ROME).date()
        last_day = today + timedelta(days=VALID_DAYS)
        booked = Booked(
            operation_id=operation_id,
            kind=OperationKind.REVOCA,
            status=OperationStatus.ACTIVE,
            booked_at=now,
            office=self._office,
            station="",
            valid_until=last_day,
            delegation=None,
        )
        moved = transitions.book(held.registration.credential, booked)
        if isinstance(moved, Problem):
            return Denied("revocation.unable", COUNTER)
        registration = replace(held.registration, credential=moved)
        letters.withdraw_codes(store, held.number, now)
        registrations.put(store, registration)
        context = secrets.of_operation(operation_id, "code")
        secrets.keep(store, operation_id, code=self._comparer.protect(code.digest, context))
        posting.post(
            store,
            LetterKind.REVOCATION_CODE,
            registration,
            now,
            self._message_id,
            facts={"operation": OperationKind.REVOCA.value, "valid_until": last_day.isoformat()},
            code=(operation_id, code.sealed),
        )
        return Done()
