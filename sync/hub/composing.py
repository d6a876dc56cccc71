"""The message of a letter, made at every try; a code is opened here and nowhere else (R-003-1, 25)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sync.hub import letters
from sync.hub.confirmation import TokenKey, delegation_kind, grouped
from sync.hub.letters import Content
from sync.hub.mailer import UnsendableError
from sync.hub.settings import HubSettings
from sync.hub.store import registrations
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, QueuedLetter
from sync.model import codes, daily_password
from sync.model.credential import OperationKind
from sync.wire import mail_seal, officer_proof
from sync.wire.mail_seal import CardCodes
from sync.wire.sealing import UnsealingKey

UNREADABLE_CODE: Final = "letter.unreadable-code"
"""The code in a letter was not sealed to this hub, or for another operation."""

OVER: Final = "letter.over"
"""What it would say is void by now."""

TO_USERS: Final = frozenset(
    {LetterKind.CARD_CODES, LetterKind.DAILY_PASSWORD, LetterKind.MASTER_PASSWORD}
)
"""Letters with a secret to users of the console; they are about no registration."""

NEWS: Final = frozenset({LetterKind.USER_ADDRESS, LetterKind.USER_CARD})
"""Letters without one to users of the console."""

_PATHS: Final = {LetterKind.REVOCATION_CODE: "/revoke"}
"""Where people go on at home (`sync.hub.web`); with every other code to `/activate`."""

_ROME: Final = ZoneInfo("Europe/Rome")
_PAGES: Final = {LetterKind.ACTIVATION_CODE: "/activate", LetterKind.REVOCATION_CODE: "/revoke"}
"""Letters with a code, and the page of the hub that takes it (`sync.hub.web`)."""


class Composer:
    """Makes messages of letters."""

    def __init__(
        self, settings: HubSettings, tokens: TokenKey, keys: Sequence[UnsealingKey]
    ) -> None:
        """Set it up.

        Args:
            settings: who writes, and where the hub's pages are.
            tokens: makes confirmation links.
            keys: open codes, the newest first.
        """
        self._settings = settings
        self._tokens = tokens
        self._keys = keys

    def compose(self, reader: Store, letter: QueuedLetter) -> EmailMessage:
        """The message of a letter; only its date differs from try to try.

        Raises:
            UnsendableError: the letter can never be sent as it is.
        """
        if letter.kind in TO_USERS:
            return self._message(letter, self._to_user(letter))
        if letter.kind in NEWS:
            return self._message(letter, self._news(letter))
        code = self._code(letter)
        try:
            content = self._content(reader, letter, code)
        finally:
            code[:] = bytes(len(code))
        return self._message(letter, content)

    def _message(self, letter: QueuedLetter, content: Content) -> EmailMessage:
        return letters.message(
            letters.write(letter.kind, letter.language, content),
            language=letter.language,
            sender=self._settings.smtp.sender,
            recipient=letter.recipient,
            message_id=letter.message_id,
            sent_at=time.time(),
        )

    def _code(self, letter: QueuedLetter) -> bytearray:
        """The code of a letter, empty for one that carries none."""
        if letter.kind not in _PAGES:
            return bytearray()
        code = None
        if letter.mailed_code is not None and letter.operation_id is not None:
            operation_id = UUID(letter.operation_id)
            opened = (
                mail_seal.open_code(letter.mailed_code, key, operation_id) for key in self._keys
            )
            code = next((found for found in opened if found is not None), None)
        if code is None:
            raise UnsendableError(UNREADABLE_CODE)
        return code

    def _to_user(self, letter: QueuedLetter) -> Content:
        """What a letter to a user of the console says."""
        sealed, bound_to = letter.mailed_code, letter.operation_id
        until = letter.facts.get("valid_until")
        day = None if until is None else date.fromisoformat(until)
        if day is not None and daily_password.ends_at(day) <= time.time() * 1000:
            raise UnsendableError(OVER)
        found = None
        if sealed is not None and bound_to is not None:
            opened = (_open(letter.kind, sealed, key, bound_to) for key in self._keys)
            found = next((one for one in opened if one is not None), None)
        if found is None:
            raise UnsendableError(UNREADABLE_CODE)
        return Content(
            authority=self._settings.authority,
            community="",
            code=found.pin,
            puk=found.puk,
            card_password=found.password,
            renewed=bool(letter.facts.get("renewed")),
            valid_until=day,
        )

    def _news(self, letter: QueuedLetter) -> Content:
        """What a user of the console is told of what was done."""
        facts = letter.facts
        return Content(
            authority=self._settings.authority,
            community="",
            number=facts.get("card", ""),
            operation=facts.get("operation", ""),
            office=facts.get("office", ""),
            done_on=_day(facts, "done_at"),
        )

    def _content(self, reader: Store, letter: QueuedLetter, code: bytearray) -> Content:
        base, facts = self._settings.web.base_url, letter.facts
        link, delegation = "", ""
        if letter.kind is LetterKind.CONFIRM_ADDRESS:
            link = f"{base}/confirm/{self._tokens.token(letter.message_id)}"
        if letter.kind is LetterKind.ADDRESS_CONFIRMED:
            held = registrations.by_number(reader, letter.registration)
            delegation = "" if held is None else delegation_kind(held)
        until = facts.get("valid_until")
        return Content(
            authority=self._settings.authority,
            community=letter.community,
            number=grouped(letter.registration),
            link=link,
            delegation=delegation,
            code=codes.shown(code),
            operation=facts.get("operation", ""),
            renewed=bool(facts.get("renewed")),
            valid_until=None if until is None else date.fromisoformat(until),
            address=f"{base}{_path(letter)}",
            office=facts.get("office", ""),
            done_on=_day(facts, "done_at"),
            standing=facts.get("standing", ""),
            by_office=facts.get("by_office", ""),
            standing_on=_day(facts, "standing_at"),
            letters=facts.get("letters", ""),
            standing_letters=facts.get("standing_letters", ""),
        )


def _open(kind: LetterKind, sealed: bytes, key: UnsealingKey, bound_to: str) -> CardCodes | None:
    """What a letter to a user carries; of a single one the PIN's place is taken."""
    if kind is LetterKind.CARD_CODES:
        return mail_seal.open_card_codes(sealed, key, bound_to)
    master = kind is LetterKind.MASTER_PASSWORD
    if master:
        secret = mail_seal.open_master(sealed, key, bound_to)
    else:
        secret = mail_seal.open_half(sealed, key, UUID(bound_to))
    if secret is None:
        return None
    try:
        text = officer_proof.shown(secret) if master else secret.decode("ascii")
    finally:
        secret[:] = bytes(len(secret))
    return CardCodes(text, "", "")


def _path(letter: QueuedLetter) -> str:
    """The page where the procedure of a letter is gone on with."""
    revokes = letter.facts.get("operation") == OperationKind.REVOCA.value
    return _PATHS.get(letter.kind, "/revoke" if revokes else "/activate")


def _day(facts: Mapping[str, str], name: str) -> date | None:
    """The day, in Italy, of a time in milliseconds since 1970."""
    if name not in facts:
        return None
    return datetime.fromtimestamp(int(facts[name]) / 1000, tz=UTC).astimezone(_ROME).date()
