"""What the assistance does without a counter (R-003-58, 59). Each act is kept: who, what, when.

A new activation code is asked for by e-mail. The sender and what the text says must be what the
registry holds; the new code goes to the registered address alone, so a forged sender gains nothing.
Whatever is wrong, the answer is the same, in both languages: go to a counter. It does not tell what
was wrong, nor whether anybody is registered; and an address gets it once a day, since a sender may
be forged.

A revocation is asked for by registered letter, which somebody has read and archived: the person is
deleted at once.
"""

from __future__ import annotations

import hmac
import secrets as chance
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sync.hub import assistance_mail, erasure, posting
from sync.hub.posting import MessageId
from sync.hub.store import letters, readings, registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.hub.store.readings import Reading
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import Attempts
from sync.model import codice_fiscale, transitions
from sync.model.codes import VALID_DAYS, make_code
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.credential import Credential
from sync.model.errors import Problem
from sync.wire import mail_seal, secret_digest
from sync.wire.sealing import SealingKey

REGENERATE: Final = "assist.regenerate-code"
REVOKE: Final = "assist.revoke"

_ROME: Final = ZoneInfo("Europe/Rome")
_ANSWER_MILLISECONDS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True, repr=False)
class _Code:
    """A new code, made before anything is changed: digesting it is slow.

    Attributes:
        renewal: names it.
        digest: PHC text.
        sealed: for its letter.
    """

    renewal: uuid.UUID
    digest: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Desk:
    """What the assistance works with.

    Attributes:
        key: the hub's, for digests.
        letter_key: seals a code until its letter is sent.
        message_id: makes names of letters.
        by: who acts for the assistance, for the record.
        now: milliseconds since 1970.
    """

    store: Store
    key: bytes
    letter_key: SealingKey
    message_id: MessageId
    by: str
    now: int

    def regenerate_code(self, mail: bytes) -> str:
        """Answers an e-mail that asks for a new activation code (R-003-58).

        Returns:
            `done`, or why not: `mail.unreadable`, `mail.automatic` (not answered), or after an
            answer that sends the person to a counter `assist.nobody`, `assist.sender`,
            `assist.data` or a code of `transitions.renew_code`.
        """
        read = assistance_mail.read(mail)
        if isinstance(read, str):
            self._note(REGENERATE, "", read)
            return read
        sender, text = read
        held = _whose(self.store, text)
        # What changed meanwhile is judged again below, where nobody else writes.
        fits = self._judge(held, sender, text, uuid.uuid4())[1] is not None
        code = self._new_code() if fits else None
        with self.store.transaction():
            held = _whose(self.store, text)
            outcome, renewed = self._judge(
                held, sender, text, uuid.uuid4() if code is None else code.renewal
            )
            if held is not None and renewed is not None and code is not None:
                self._issue(held, renewed, code)
            else:
                outcome = "assist.data" if renewed is not None else outcome
                self._send_to_a_counter(sender)
            number = "" if held is None else held.number
            readings.note(self.store, Reading(self.now, REGENERATE, self.by, "", number, outcome))
        return outcome

    def revoke(self, code: str, number: str) -> str:
        """Deletes the person who asked for it by registered letter (R-003-59, 60).

        Returns:
            `done`, or `assist.nobody` where number and codice fiscale are not one registration's.
        """
        with self.store.transaction():
            held = registrations.by_number(self.store, number)
            found = held if held is not None and held.codice_fiscale == code else None
            outcome = "assist.nobody" if found is None else "done"
            if found is not None:
                erasure.erase(self.store, found, self.now, self.message_id)
            readings.note(
                self.store,
                Reading(
                    self.now, REVOKE, self.by, "", "" if found is None else found.number, outcome
                ),
            )
        return outcome

    def _judge(
        self, held: Held | None, sender: str, text: str, renewal: uuid.UUID
    ) -> tuple[str, Credential | None]:
        """`done` with the credential as it would be, or why not."""
        if held is None:
            return "assist.nobody", None
        if not held.email or held.email.casefold() != sender.casefold():
            return "assist.sender", None
        if not _says_who_it_is(held, text):
            return "assist.data", None
        renewed = transitions.renew_code(
            held.registration.credential,
            renewal=renewal.hex,
            renewed_at=self.now,
            valid_until=_day(self.now) + timedelta(days=VALID_DAYS),
        )
        if isinstance(renewed, Problem):
            return renewed.code, None
        return "done", renewed

    def _new_code(self) -> _Code:
        renewal = uuid.uuid4()
        code = make_code(chance.randbelow)
        try:
            digest = secret_digest.digest(code)
            return _Code(renewal, digest, mail_seal.seal_code(code, self.letter_key, renewal))
        finally:
            code[:] = bytes(len(code))

    def _issue(self, held: Held, renewed: Credential, code: _Code) -> None:
        running = renewed.running
        if running is None:  # `renew_code` renews what is running
            raise LookupError("a renewed code of no operation")
        registration = replace(held.registration, credential=renewed)
        registrations.put(self.store, registration)
        context = secrets.of_operation(running.operation_id, "code")
        kept = secret_digest.protect(code.digest, self.key, context)
        secrets.keep(self.store, running.operation_id, code=kept)
        letters.withdraw_codes(self.store, held.number, self.now)
        until = "" if running.valid_until is None else running.valid_until.isoformat()
        posting.post(
            self.store,
            LetterKind.ACTIVATION_CODE,
            registration,
            self.now,
            self.message_id,
            facts={"operation": running.kind.value, "renewed": "yes", "valid_until": until},
            code=(code.renewal.hex, code.sealed),
        )

    def _send_to_a_counter(self, sender: str) -> None:
        """The one answer to whatever is wrong, to who wrote; its address is kept no longer.

        An address that had it within a day gets no other.
        """
        address = sender.casefold().encode()
        named = hmac.digest(self.key, b"sportello answer 1 " + address, "sha256")[:16].hex()
        subject = f"answer:{named}"
        before = secrets.attempts(self.store, subject)
        if before is not None and self.now < before.wait_until:
            return
        until = self.now + _ANSWER_MILLISECONDS
        secrets.note_attempts(self.store, subject, Attempts(1, self.now, until))
        letter = NewLetter(
            LetterKind.GO_TO_A_COUNTER, self.message_id(), "", sender, "it", forget=True
        )
        letters.queue(self.store, [letter], self.now)

    def _note(self, act: str, number: str, outcome: str) -> None:
        with self.store.transaction():
            readings.note(self.store, Reading(self.now, act, self.by, "", number, outcome))


def _whose(store: Store, text: str) -> Held | None:
    """Whose codice fiscale the text holds, if it holds one person's."""
    codes = set()
    for word in assistance_mail.code_words(text):
        parsed = codice_fiscale.parse(word)
        if isinstance(parsed, CodiceFiscale):
            codes.add(parsed.text)
    return registrations.of_person(store, codes.pop()) if len(codes) == 1 else None


def _says_who_it_is(held: Held, text: str) -> bool:
    """Whether the text has names, document number and its date of issue as declared (R-003-58)."""
    person, document = held.registration.person, held.registration.document
    if document is None:
        return False
    return (
        assistance_mail.has_words(text, [name for name in (person.name, person.surname) if name])
        and assistance_mail.has_number(text, document.number)
        and document.issued_on in assistance_mail.days(text)
    )


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone(_ROME).date()
