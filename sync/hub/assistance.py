"""What the assistance does without a counter (R-003-58, 59). Each act is kept: who, what, when.

A new activation code is asked for by e-mail. The sender and what the text says must be what the
registry holds; the new code goes to the registered address alone, so a forged sender gains nothing.
Whatever is wrong, the answer is the same: go to a counter. It does not tell what was wrong, nor
whether anybody is registered.

A revocation is asked for by registered letter, which somebody has read and archived: the person is
deleted at once.
"""

from __future__ import annotations

import re
import secrets as chance
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import getaddresses
from typing import Final

from sync.hub import erasure, posting
from sync.hub.posting import MessageId
from sync.hub.store import letters, readings, registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.hub.store.readings import Reading
from sync.hub.store.registrations import Held
from sync.model import codice_fiscale, transitions
from sync.model.codes import VALID_DAYS, make_code
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.contacts import parse_email
from sync.model.credential import Credential
from sync.model.errors import Problem
from sync.wire import mail_seal, secret_digest
from sync.wire.sealing import SealingKey

REGENERATE: Final = "assist.regenerate-code"
REVOKE: Final = "assist.revoke"

MOST_MAIL_BYTES: Final = 1024 * 1024

_CODE_WORD: Final = re.compile(r"\b[A-Za-z0-9]{16}\b")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the assistance works with.

    Attributes:
        protect: puts a digest under the hub's key.
        letter_key: seals a code until its letter is sent.
        message_id: makes names of letters.
        by: who acts for the assistance, for the record.
        now: milliseconds since 1970.
    """

    store: Store
    protect: Callable[[str], bytes]
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
        read = _read(mail)
        if isinstance(read, str):
            self._note(REGENERATE, "", read)
            return read
        sender, text = read
        held = _whose(self.store, text)
        outcome, renewed = self._judge(held, sender, text)
        with self.store.transaction():
            if held is not None and renewed is not None:
                self._issue(held, *renewed)
            else:
                self._send_to_a_counter(held, sender)
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
        self, held: Held | None, sender: str, text: str
    ) -> tuple[str, tuple[Credential, uuid.UUID] | None]:
        """`done` with the credential as it would be, or why not."""
        if held is None:
            return "assist.nobody", None
        if not held.email or held.email.casefold() != sender.casefold():
            return "assist.sender", None
        if not _says_who_it_is(held, text):
            return "assist.data", None
        renewal = uuid.uuid4()
        renewed = transitions.renew_code(
            held.registration.credential,
            renewal=renewal.hex,
            renewed_at=self.now,
            valid_until=_day(self.now) + timedelta(days=VALID_DAYS),
        )
        if isinstance(renewed, Problem):
            return renewed.code, None
        return "done", (renewed, renewal)

    def _issue(self, held: Held, renewed: Credential, renewal: uuid.UUID) -> None:
        running = renewed.running
        if running is None:  # `renew_code` renews what is running
            raise LookupError("a renewed code of no operation")
        code = make_code(chance.randbelow)
        try:
            digest = self.protect(secret_digest.digest(code))
            sealed = mail_seal.seal_code(code, self.letter_key, renewal)
        finally:
            code[:] = bytes(len(code))
        registration = replace(held.registration, credential=renewed)
        registrations.put(self.store, registration)
        secrets.keep(self.store, running.operation_id, code=digest)
        letters.withdraw_codes(self.store, held.number, self.now)
        until = "" if running.valid_until is None else running.valid_until.isoformat()
        posting.post(
            self.store,
            LetterKind.ACTIVATION_CODE,
            registration,
            self.now,
            self.message_id,
            facts={"operation": running.kind.value, "renewed": "yes", "valid_until": until},
            code=(renewal.hex, sealed),
        )

    def _send_to_a_counter(self, held: Held | None, sender: str) -> None:
        """The one answer to whatever is wrong, to who wrote; its address is kept no longer."""
        letter = NewLetter(
            LetterKind.GO_TO_A_COUNTER,
            self.message_id(),
            "",
            sender,
            "it" if held is None else held.language,
            forget=True,
        )
        letters.queue(self.store, [letter], self.now)

    def _note(self, act: str, number: str, outcome: str) -> None:
        with self.store.transaction():
            readings.note(self.store, Reading(self.now, act, self.by, "", number, outcome))


def _read(mail: bytes) -> tuple[str, str] | str:
    """Sender and text of an e-mail, or why there are none."""
    if len(mail) > MOST_MAIL_BYTES:
        return "mail.unreadable"
    message = message_from_bytes(mail, policy=policy.default)
    # RFC 3834 2: what a machine has written is not answered, or two machines write for ever.
    if str(message.get("Auto-Submitted", "no")).strip().lower() != "no":
        return "mail.automatic"
    if message.get("List-Id") is not None:
        return "mail.automatic"
    senders = getaddresses([str(value) for value in message.get_all("From", [])])
    sender = parse_email(senders[0][1]) if len(senders) == 1 else ""
    body = message.get_body(("plain", "html"))
    if not isinstance(sender, str) or not sender or body is None:
        return "mail.unreadable"
    try:
        content = str(body.get_content())
    except (LookupError, ValueError):
        return "mail.unreadable"
    return sender, re.sub(r"<[^>]{0,500}>", " ", content)


def _whose(store: Store, text: str) -> Held | None:
    """Whose codice fiscale the text holds, if it holds one person's."""
    codes = set()
    for word in _CODE_WORD.findall(text):
        parsed = codice_fiscale.parse(word)
        if isinstance(parsed, CodiceFiscale):
            codes.add(parsed.text)
    return registrations.of_person(store, codes.pop()) if len(codes) == 1 else None


def _says_who_it_is(held: Held, text: str) -> bool:
    """Whether the text has names, document number and its date of issue as declared (R-003-58)."""
    person, document = held.registration.person, held.registration.document
    if document is None:
        return False
    words = f" {_folded(text)} "
    names = [name for name in (person.name, person.surname) if name]
    packed = re.sub(r"[^A-Z0-9]", "", text.upper())
    return (
        all(f" {_folded(name)} " in words for name in names)
        and document.number in packed
        and document.issued_on in _days(text)
    )


def _folded(text: str) -> str:
    """Words in small letters without accents, with one space between."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())


def _days(text: str) -> set[date]:
    """Every day that stands in the text in figures, day first or year first."""
    found = set()
    for first, second, third in re.findall(r"\b(\d{1,4})[./ -](\d{1,2})[./ -](\d{1,4})\b", text):
        year, day = (first, third) if len(first) == 4 else (third, first)
        if len(year) == 4 and len(day) <= 2:
            try:
                found.add(date(int(year), int(second), int(day)))
            except ValueError:
                continue
    return found


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).date()
