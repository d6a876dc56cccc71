"""Letters that wait for the mail server, and the links in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from sync.hub.store import shedding
from sync.hub.store.database import Row, Store


class LetterKind(Enum):
    """What the hub writes to people."""

    CONFIRM_ADDRESS = "confirm-address"
    ADDRESS_CONFIRMED = "address-confirmed"
    ALREADY_REGISTERED = "already-registered"
    ACTIVATION_CODE = "activation-code"
    REVOCATION_CODE = "revocation-code"
    CONCLUDED = "concluded"
    REVOKED = "revoked"
    OVERTAKEN = "overtaken"
    GO_TO_A_COUNTER = "go-to-a-counter"
    ADDRESS_CHANGED = "address-changed"
    NOT_CONCLUDED = "not-concluded"
    CARD_CODES = "card-codes"
    """To a user of the console: the second halves of PIN, PUK and password (R-004-22)."""
    DAILY_PASSWORD = "daily-password"  # noqa: S105  the name of a letter
    """Likewise: the second half of a daily password (R-004-34)."""
    MASTER_PASSWORD = "master-password"  # noqa: S105  likewise
    """To a Security Officer (R-001-7)."""
    USER_ADDRESS = "user-address"
    """To a user's address of until now: there is another one."""
    USER_CARD = "user-card"
    """To administrators of security: what another comune did to a card that opens theirs."""


@dataclass(frozen=True, slots=True, repr=False)
class NewLetter:
    """A letter to be queued.

    Attributes:
        message_id: its `Message-ID` without brackets; the same at every try.
        registration: number of the registration that it is about; of a letter to a user of the
            console what names the user (`users.letter_subject`).
        token_hash: of the token of the link that it carries, None where it carries none.
        community: of the registration, `sistemapiemonte`.
        facts: what its words depend on beside that, `{"operation": "reset"}`; no personal data.
        operation_id, mailed_code: the code that it carries, as it was sealed for that operation
            (or card, or user); opened when it is sent, and gone afterwards.
        forget: the person is deleted: the address goes when the letter is done.
    """

    kind: LetterKind
    message_id: str
    registration: str
    recipient: str
    language: str
    token_hash: bytes | None = None
    community: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    operation_id: str | None = None
    mailed_code: bytes | None = None
    forget: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class QueuedLetter:
    """A letter that is due; see `NewLetter`."""

    id: int
    message_id: str
    kind: LetterKind
    registration: str
    recipient: str
    language: str
    attempts: int
    community: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    operation_id: str | None = None
    mailed_code: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """What is known of a confirmation link.

    Attributes:
        sent_at: when the mail server took the letter, None before.
        email_confirmed_at: of the registration.
        superseded_by: number of the registration that has taken the place of the one that the
            letter was about; None where it is that one.
        gone: there is no such registration any more.
        moved: the registration has another address than the one that the link went to.
    """

    registration: str
    language: str
    sent_at: int | None
    used_at: int | None
    email_confirmed_at: int | None
    superseded_by: str | None
    gone: bool = False
    moved: bool = False


def queue(store: Store, written: Sequence[NewLetter], now: int) -> None:
    """Puts letters into the outbox; they are due at once. Within a transaction."""
    store.run_many(
        "INSERT INTO letter (message_id, kind, registration, recipient, language, token_hash,"
        " community, facts, operation_id, mailed_code, forget, queued_at, next_try_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.message_id,
                one.kind.value,
                one.registration,
                one.recipient,
                one.language,
                one.token_hash,
                one.community,
                json.dumps(dict(one.facts)),
                one.operation_id,
                one.mailed_code,
                int(one.forget),
                now,
                now,
            )
            for one in written
        ],
    )


def due(store: Store, now: int, most: int) -> list[QueuedLetter]:
    """Letters to send now, the oldest first."""
    rows = store.rows(
        "SELECT id, message_id, kind, registration, recipient, language, attempts, community,"
        " facts, operation_id, mailed_code"
        " FROM waiting_letter WHERE next_try_at <= ? ORDER BY next_try_at, id LIMIT ?",
        now,
        most,
    )
    return [_queued(row) for row in rows]


def next_due_at(store: Store) -> int | None:
    """When the next letter is due, or None where none waits."""
    row = store.row("SELECT min(next_try_at) FROM waiting_letter")
    return None if row is None else row[0]


def is_due(store: Store, letter: int) -> bool:
    """Whether a letter is still to be sent: it may have been withdrawn meanwhile."""
    return store.row("SELECT 1 FROM waiting_letter WHERE id = ?", letter) is not None


def trying(store: Store, letter: int, next_try_at: int) -> None:
    """A try begins; should nothing more be heard of it, the next one is at `next_try_at`."""
    store.run(
        "UPDATE letter SET attempts = attempts + 1, next_try_at = ? WHERE id = ?",
        next_try_at,
        letter,
    )


def sent(store: Store, letter: int, now: int) -> None:
    """The mail server took it: from now on its link is valid for its time (R-003-33)."""
    store.run(
        "UPDATE letter SET sent_at = ?, code = NULL, mailed_code = NULL,"
        " recipient = CASE forget WHEN 1 THEN '' ELSE recipient END WHERE id = ?",
        now,
        letter,
    )
    _scrub_after(store, letter)


def delayed(store: Store, letter: int, code: str) -> None:
    """The mail server did not take it now; `trying` said when it is tried again."""
    store.run("UPDATE letter SET code = ? WHERE id = ?", code, letter)


def refused(store: Store, letter: int, code: str, now: int) -> None:
    """The mail server will never take it."""
    store.run(
        "UPDATE letter SET code = ?, refused_at = ?, mailed_code = NULL,"
        " recipient = CASE forget WHEN 1 THEN '' ELSE recipient END WHERE id = ?",
        code,
        now,
        letter,
    )
    _scrub_after(store, letter)


def withdraw(store: Store, registration: str, now: int) -> None:
    """Takes back what was not sent yet about a registration that is superseded."""
    store.run(
        "UPDATE letter SET withdrawn_at = ?, mailed_code = NULL"
        " WHERE id IN (SELECT id FROM waiting_letter WHERE registration = ?)",
        now,
        registration,
    )


def withdraw_codes(store: Store, registration: str, now: int) -> bool:
    """Takes back codes that were not sent yet: others stand now, or none. Within a transaction.

    Returns:
        Whether there was one.
    """
    withdrawn = store.run(
        "UPDATE letter SET withdrawn_at = ?, mailed_code = NULL WHERE id IN"
        " (SELECT id FROM waiting_letter WHERE registration = ? AND mailed_code IS NOT NULL)",
        now,
        registration,
    )
    return withdrawn > 0


def withdraw_kind(store: Store, registration: str, kind: LetterKind, now: int) -> None:
    """Takes back what was not sent yet of one kind. Within a transaction."""
    store.run(
        "UPDATE letter SET withdrawn_at = ?, mailed_code = NULL WHERE id IN"
        " (SELECT id FROM waiting_letter WHERE registration = ? AND kind = ?)",
        now,
        registration,
        kind.value,
    )


def delete(store: Store, registration: str) -> None:
    """Takes every letter about a registration out, sent or not. Within a transaction."""
    store.run("DELETE FROM letter WHERE registration = ?", registration)


def last_queued_at(store: Store, registration: str, kind: LetterKind) -> int | None:
    """When a letter of that kind was last queued about a registration."""
    row = store.row(
        "SELECT max(queued_at) FROM letter WHERE registration = ? AND kind = ?",
        registration,
        kind.value,
    )
    return None if row is None else row[0]


def link(store: Store, token_hash: bytes) -> Link | None:
    """The link whose token has this hash."""
    row = store.row(
        "SELECT letter.registration, letter.language, letter.sent_at, letter.link_used_at,"
        " registration.email_confirmed_at, alias.registration,"
        " registration.number IS NULL AND alias.registration IS NULL,"
        " registration.email IS NOT NULL AND registration.email <> letter.recipient"
        " FROM letter LEFT JOIN registration ON registration.number = letter.registration"
        " LEFT JOIN alias ON alias.number = letter.registration"
        " WHERE letter.token_hash = ?",
        token_hash,
    )
    if row is None:
        return None
    *known, gone, moved = row
    registration, language, sent_at, used_at, confirmed_at, superseded_by = known
    return Link(
        *(registration, language, sent_at, used_at, confirmed_at, superseded_by),
        gone=bool(gone),
        moved=bool(moved),
    )


def use_link(store: Store, token_hash: bytes, now: int) -> None:
    """A link is used once."""
    store.run("UPDATE letter SET link_used_at = ? WHERE token_hash = ?", now, token_hash)


def _scrub_after(store: Store, letter: int) -> None:
    if store.row("SELECT 1 FROM letter WHERE id = ? AND forget = 1", letter) is not None:
        shedding.scrub_later(store)


def _queued(row: Row) -> QueuedLetter:
    number, message_id, kind, registration, recipient, language, tried, community = row[:8]
    facts, operation_id, mailed_code = row[8:]
    return QueuedLetter(
        number,
        message_id,
        LetterKind(kind),
        registration,
        recipient,
        language,
        tried,
        community=community,
        facts=json.loads(facts),
        operation_id=operation_id,
        mailed_code=mailed_code,
    )
