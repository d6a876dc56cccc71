"""The link that proves that a person reads the address they gave (R-003-33).

A token is 128 bits that nobody can guess, valid for 24 hours from the moment the mail server took
its letter, and good for one use. It is computed from a key that lies outside the database and
from the letter's `Message-ID`: a letter that has to be sent again carries the same link, and who
reads the database (which holds the token's hash) cannot make one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sync.hub.store import letters, registrations
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, Link, NewLetter
from sync.hub.store.registrations import Held
from sync.model import registration_number

VALID_MILLISECONDS: Final = 24 * 60 * 60 * 1000
KEY_BYTES: Final = 32

_TOKEN_BYTES: Final = 16
_TOKEN: Final = re.compile(r"[a-z2-7]{26}")


class LinkState(Enum):
    """What a link is good for now."""

    OPEN = "open"
    EXPIRED = "expired"
    USED = "used"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """What a token stands for.

    Attributes:
        language: the person's, None where the link is unknown.
        number: the registration number, grouped, given only where the link has just been used.
        delegation: kind of the registration's delegation or empty, likewise.
    """

    state: LinkState
    language: str | None = None
    number: str = ""
    delegation: str = ""


class TokenKey:
    """Makes the tokens of one hub."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """From the hub's secret.

        Raises:
            ValueError: not 32 bytes.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"a token key has {KEY_BYTES} bytes")
        self._key = key

    def token(self, message_id: str) -> str:
        """The token of the letter with this `Message-ID`: 26 characters of `a-z2-7`.

        They survive mail programs that change case or break words at signs.
        """
        text = f"sportello confirmation 1 {message_id}".encode()
        digest = hmac.digest(self._key, text, "sha256")[:_TOKEN_BYTES]
        return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def token_hash(token: str) -> bytes:
    """What the database holds of a token."""
    return hashlib.sha256(token.encode()).digest()


def look(store: Store, token: str, now: int) -> Finding:
    """What a link is good for. Changes nothing: mail scanners follow links on their own."""
    link = _link(store, token)
    return Finding(LinkState.UNKNOWN) if link is None else Finding(_state(link, now), link.language)


def use(store: Store, token: str, now: int, message_id: str) -> Finding:
    """Confirms the address if the link is open, and queues the letter with the number.

    Within a transaction. `message_id` is that letter's.
    """
    link = _link(store, token)
    if link is None:
        return Finding(LinkState.UNKNOWN)
    state = _state(link, now)
    if state is not LinkState.OPEN:
        return Finding(state, link.language)
    letters.use_link(store, token_hash(token), now)
    registrations.confirm_email(store, link.registration, now)
    registration = registrations.by_number(store, link.registration)
    if registration is None:  # its state would be another
        raise LookupError("a link without its registration")
    letter = NewLetter(
        LetterKind.ADDRESS_CONFIRMED,
        message_id,
        registration.number,
        registration.email,
        registration.language,
        community=registration.registration.community.value,
    )
    letters.queue(store, [letter], now)
    return Finding(
        LinkState.OPEN,
        link.language,
        grouped(registration.number),
        delegation_kind(registration),
    )


def grouped(number: str) -> str:
    """A registration number as people read it, in threes."""
    parsed = registration_number.parse(number)
    return parsed.grouped if isinstance(parsed, registration_number.RegistrationNumber) else number


def delegation_kind(registration: Held) -> str:
    """Who goes to the counter: kind of the delegation, empty where the person goes."""
    return "" if registration.delegation is None else registration.delegation.kind.value


def _link(store: Store, token: str) -> Link | None:
    if not _TOKEN.fullmatch(token):
        return None
    return letters.link(store, token_hash(token))


def _state(link: Link, now: int) -> LinkState:
    if link.superseded_by is not None or link.gone or link.moved:
        return LinkState.SUPERSEDED
    if link.used_at is not None or link.email_confirmed_at is not None:
        return LinkState.USED
    # A letter whose hand-over could not be noted (the hub died in that moment) will be sent again:
    # who has its link already holds the right one.
    if link.sent_at is not None and now >= link.sent_at + VALID_MILLISECONDS:
        return LinkState.EXPIRED
    return LinkState.OPEN
