"""PIN and codes of a counter: made here, digested, held in memory until their letters are printed.

Nobody sees them: they go to a printer that takes secret jobs, and as digests into the operation. The
code for the mailbox travels sealed to the hub's key for letters. What is held is wiped with the next
act, with the session, and with the program; after that only new ones help (R-003-1, 25, 26).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never
from uuid import UUID

from kiosk.flows.clerk.wanted import (
    Wanted,
    WantedBooking,
    WantedCode,
    WantedRegistration,
)
from sync.model import codes
from sync.model.contacts import Contacts
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    IssuedSecrets,
    OldAccountDeletion,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import OperationKind
from sync.model.delegation import Delegation
from sync.model.identity import Person
from sync.model.registration import Registration
from sync.model.transitions import CODE_RENEWAL_GIVES, OPERATIONS, Gives
from sync.wire import mail_seal, secret_digest
from sync.wire.sealing import SealingKey


@dataclass(slots=True, repr=False)
class Letters:
    """What was made for one operation, until it is wiped.

    Attributes:
        operation: what was booked; of a new code the operation in progress.
        pin: its digits; None where no PIN goes with the act.
        code: of activation or revocation.
        issued: what the operation holds of them.
        renewed: the code alone is new (R-003-56).
        made_at: when the act was recorded; None until it was.
        pin_printed, code_printed: which letters are out of the printer.
    """

    operation: OperationKind
    pin: bytearray | None
    code: bytearray
    issued: IssuedSecrets
    delegation: Delegation | None
    renewed: bool = False
    made_at: datetime | None = None
    pin_printed: bool = False
    code_printed: bool = False

    @property
    def in_hand(self) -> bool:
        """Whether the person has all letters: a code that is mailed need not be printed."""
        code = self.code_printed or self.issued.mailed_code is not None
        return code and (self.pin_printed or self.pin is None)

    def wipe(self) -> None:
        """Overwrite PIN and code."""
        for secret in (self.pin, self.code):
            if secret is not None:
                secret[:] = bytes(len(secret))


@dataclass(slots=True)
class _Held:
    operation_id: UUID | None = None
    letters: Letters | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    making: threading.Lock = field(default_factory=threading.Lock)
    forgotten: int = 0


class Issuing:
    """Makes secrets for what is wanted, and holds those of the last operation.

    Args:
        today: the civil date of the station.
        below: gives a whole number by chance, from 0 and below its argument.
    """

    def __init__(
        self,
        today: Callable[[], date],
        below: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._today = today
        self._below = below
        self._held = _Held()

    def prepare(self, operation_id: UUID, wanted: Wanted, letter_key: SealingKey) -> Letters | None:
        """The secrets that go with what is wanted; None where none do.

        Asked again for the same operation it gives the same: what was recorded a moment ago must
        be what is printed. Those of another operation are wiped. Takes some tenths of a second, in
        which `of` and `forget` wait for nothing; what is forgotten meanwhile is wiped at once.
        """
        with self._held.making:
            with self._held.lock:
                if self._held.operation_id == operation_id:
                    return self._held.letters
                self._wipe()
                began = self._held.forgotten
            letters = self._make(operation_id, wanted, letter_key)
            with self._held.lock:
                if self._held.forgotten == began:
                    self._held.operation_id, self._held.letters = operation_id, letters
                elif letters is not None:
                    letters.wipe()
            return letters

    def of(self, operation_id: UUID) -> Letters | None:
        """What is held of an operation; None where it is nothing, or no more."""
        with self._held.lock:
            return self._held.letters if self._held.operation_id == operation_id else None

    def forget(self) -> None:
        """Wipe what is held, and what is being made. Returns at once."""
        with self._held.lock:
            self._held.forgotten += 1
            self._wipe()

    def _wipe(self) -> None:
        if self._held.letters is not None:
            self._held.letters.wipe()
        self._held.operation_id = self._held.letters = None

    def _make(self, operation_id: UUID, wanted: Wanted, letter_key: SealingKey) -> Letters | None:
        match wanted:
            case WantedRegistration():
                kind, gives = OperationKind.RISCONTRO_FORTE, _gives(OperationKind.RISCONTRO_FORTE)
                who: tuple[Person, Contacts] = (wanted.person, wanted.contacts)
                delegation = wanted.delegation
            case WantedBooking():
                kind, gives = wanted.kind, _gives(wanted.kind)
                who = (wanted.registration.person, wanted.registration.contacts)
                delegation = wanted.delegation
            case WantedCode(registration=registration):
                running = registration.credential.running
                if running is None:
                    return None  # judged again, and refused, where it is recorded
                kind, gives = running.kind, CODE_RENEWAL_GIVES
                who = (registration.person, registration.contacts)
                delegation = running.delegation
            case (
                RecordEdit()
                | ResidenceChange()
                | DelegationChange()
                | OldAccountDeletion()
                | DisputeSettlement()
            ):
                return None
            case _:
                assert_never(wanted)
        person, contacts = who
        pin = None
        if Gives.NEW_PIN in gives:
            pin = codes.make_pin(self._below, codes.birth_texts(person.birth_date))
        code = codes.make_code(self._below)
        mailed = mail_seal.seal_code(code, letter_key, operation_id) if contacts.email else None
        issued = IssuedSecrets(
            pin=None if pin is None else secret_digest.digest(pin),
            code=secret_digest.digest(code),
            mailed_code=mailed,
            valid_until=self._today() + timedelta(days=codes.VALID_DAYS),
        )
        renewed = isinstance(wanted, WantedCode)
        return Letters(kind, pin, code, issued, delegation, renewed=renewed)


def act_of(wanted: Wanted, letters: Letters | None, office: str) -> CounterAct:
    """The act as the model has it.

    Args:
        wanted: what the clerk wants.
        letters: `Issuing.prepare` of it.
        office: of the operator who acts (R-003-63).

    Raises:
        ValueError: secrets are needed and there are none.
    """
    match wanted:
        case (
            RecordEdit()
            | ResidenceChange()
            | DelegationChange()
            | OldAccountDeletion()
            | DisputeSettlement()
        ):
            return replace(wanted, office=office)
        case _ if letters is None:
            raise ValueError("this act goes with secrets")
        case WantedRegistration():
            return CounterRegistration(
                registration_number=None,
                community=wanted.community,
                language=wanted.language,
                privacy_notice=wanted.privacy_notice,
                source=wanted.source,
                register=wanted.register,
                person=wanted.person,
                residence=wanted.residence,
                domicile=wanted.domicile,
                contacts=wanted.contacts,
                document=wanted.document,
                delegation=wanted.delegation,
                note=wanted.note,
                identified=wanted.identified,
                secrets=letters.issued,
                office=office,
            )
        case WantedBooking():
            return Booking(
                subject=_subject(wanted.registration),
                kind=wanted.kind,
                basis=wanted.basis,
                delegation=wanted.delegation,
                identified=wanted.identified,
                secrets=letters.issued,
                office=office,
            )
        case WantedCode():
            return CodeRegeneration(
                subject=_subject(wanted.registration),
                basis=wanted.basis,
                identified=wanted.identified,
                secrets=letters.issued,
                office=office,
            )
        case _:
            assert_never(wanted)


def _gives(kind: OperationKind) -> frozenset[Gives]:
    return OPERATIONS[kind].gives


def _subject(registration: Registration) -> Subject:
    return Subject(registration.person.codice_fiscale, registration.number)
