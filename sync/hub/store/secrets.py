"""Digests of PINs, codes and passwords, and who may use them: as the home procedures need them.

Every digest here is under the hub's key, which is no part of the database, and bound to its place
(`sync.wire.secret_digest.protect`): whoever may write to the database can put nobody's digest into
the place of another's.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.hub.store.database import Store
from sync.model.credential import OperationKind
from sync.model.passwords import fold_username


def of_operation(operation_id: str, column: str) -> bytes:
    """What a digest of an operation is bound to; `column` is `pin` or `code`."""
    return f"credential_operation {operation_id} {column}".encode()


def of_login(codice_fiscale: str, column: str) -> bytes:
    """What a digest of a log-in is bound to: `password`, `answer` or `pin`.

    To the person, not to the number: a registration may get another one.
    """
    return f"login {codice_fiscale} {column}".encode()


@dataclass(frozen=True, slots=True, repr=False)
class OperationSecrets:
    """What proves that somebody may conclude the operation in progress.

    Attributes:
        pin: None where no PIN goes with the operation.
        valid_until: ISO date, the last day on which they are good; None for an imported operation.
    """

    operation_id: str
    kind: OperationKind
    pin: bytes | None
    code: bytes | None
    valid_until: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """What a person logs in with; None for what an imported registration lacks."""

    number: str
    username: str | None
    password: bytes | None
    question: str | None
    answer: bytes | None
    pin: bytes | None
    chosen_at: int


@dataclass(frozen=True, slots=True, repr=False)
class IssuedTicket:
    """A ticket: its hash, what it is good for, and until when.

    Attributes:
        origin: name of the station, or a hash of the address, that it was issued to.
    """

    hash: bytes
    number: str
    operation_id: str
    kind: OperationKind
    origin: str
    issued_at: int
    valid_until: int
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """Tries that failed.

    Attributes:
        wait_until: no further one before.
    """

    failures: int
    last_at: int
    wait_until: int


def running(store: Store, number: str) -> OperationSecrets | None:
    """The secrets of the operation in progress of a registration."""
    row = store.row(
        "SELECT operation_id, kind, pin, code, valid_until FROM credential_operation"
        " WHERE number = ? AND status = 'A'",
        number,
    )
    if row is None:
        return None
    return OperationSecrets(row[0], OperationKind(row[1]), *row[2:])


def keep(store: Store, operation_id: str, *, code: bytes | None, pin: bytes | None = None) -> None:
    """Keeps the digests of an operation in progress; a PIN that is None stays as it was.

    Tickets that an earlier code has made end before they began; whose they were is still known, for
    who has concluded at a kiosk without a network and is to be told. Within a transaction.
    """
    store.run(
        "UPDATE ticket SET valid_until = issued_at - 1 WHERE used_at IS NULL AND number ="
        " (SELECT number FROM credential_operation WHERE operation_id = ?)",
        operation_id,
    )
    store.run(
        "UPDATE credential_operation SET code = ?, pin = coalesce(?, pin)"
        " WHERE operation_id = ? AND status = 'A'",
        code,
        pin,
        operation_id,
    )


def login(store: Store, number: str) -> Login | None:
    """What the person of a registration logs in with."""
    row = store.row(
        "SELECT number, username, password, question, answer, pin, chosen_at"
        " FROM login WHERE number = ?",
        number,
    )
    return None if row is None else Login(*row)


def put_login(store: Store, chosen: Login) -> bool:
    """Keeps it in the place of what was. Within a transaction.

    Returns:
        False where somebody else has that username; then nothing was changed.
    """
    if chosen.username is not None:
        owner = username_owner(store, chosen.username)
        if owner is not None and owner != chosen.number:
            return False
    store.run("DELETE FROM login WHERE number = ?", chosen.number)
    store.run(
        "INSERT INTO login (number, username, folded, password, question, answer, pin, chosen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        chosen.number,
        chosen.username,
        None if chosen.username is None else fold_username(chosen.username),
        chosen.password,
        chosen.question,
        chosen.answer,
        chosen.pin,
        chosen.chosen_at,
    )
    return True


def username_owner(store: Store, username: str) -> str | None:
    """Number of the registration that has that username, whatever its case."""
    row = store.row("SELECT number FROM login WHERE folded = ?", fold_username(username))
    return None if row is None else row[0]


def add_ticket(store: Store, ticket: IssuedTicket) -> None:
    """A new ticket; earlier ones of the same registration are void. Within a transaction."""
    store.run("DELETE FROM ticket WHERE number = ?", ticket.number)
    store.run(
        "INSERT INTO ticket (hash, number, operation_id, kind, origin, issued_at, valid_until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        ticket.hash,
        ticket.number,
        ticket.operation_id,
        ticket.kind.value,
        ticket.origin,
        ticket.issued_at,
        ticket.valid_until,
    )


def ticket(store: Store, hash_: bytes) -> IssuedTicket | None:
    """The ticket with that SHA-256."""
    row = store.row(
        "SELECT hash, number, operation_id, kind, origin, issued_at, valid_until, used_at"
        " FROM ticket WHERE hash = ?",
        hash_,
    )
    if row is None:
        return None
    digest, number, operation_id, kind, origin, issued_at, valid_until, used_at = row
    return IssuedTicket(
        *(digest, number, operation_id, OperationKind(kind), origin, issued_at, valid_until),
        used_at=used_at,
    )


def use_ticket(store: Store, hash_: bytes, now: int) -> bool:
    """A ticket is used once. Within a transaction. Returns whether it was unused."""
    return (
        store.run("UPDATE ticket SET used_at = ? WHERE hash = ? AND used_at IS NULL", now, hash_)
        == 1
    )


def forget_tickets(store: Store, before: int) -> None:
    """Takes out tickets that ended before. Within a transaction."""
    store.run("DELETE FROM ticket WHERE valid_until < ?", before)


def attempts(store: Store, subject: str) -> Attempts | None:
    """How often somebody has failed; None for never, or long ago."""
    row = store.row("SELECT failures, last_at, wait_until FROM attempt WHERE subject = ?", subject)
    return None if row is None else Attempts(*row)


def note_attempts(store: Store, subject: str, counted: Attempts) -> None:
    """Keeps the count of a subject. Within a transaction."""
    store.run(
        "INSERT INTO attempt (subject, failures, last_at, wait_until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,"
        " last_at = excluded.last_at, wait_until = excluded.wait_until",
        subject,
        counted.failures,
        counted.last_at,
        counted.wait_until,
    )


def forget_attempts(store: Store, subject: str) -> None:
    """The right codes were shown. Within a transaction."""
    store.run("DELETE FROM attempt WHERE subject = ?", subject)
