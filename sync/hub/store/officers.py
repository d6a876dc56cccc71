"""Security Officers' master passwords, and what is asked of the ministry (R-001-7, 28)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True, repr=False)
class MasterPassword:
    """What is kept of a master password.

    Attributes:
        user: id of the Security Officer.
        key: what proves it, under the hub's key.
        received_at: when the Security Officer confirmed it, milliseconds since 1970; None before.
    """

    user: int
    key: bytes = field(repr=False)
    made_at: int
    received_at: int | None = None


class OfficerRequest(NamedTuple):
    """What is asked of the ministry's assistance.

    Attributes:
        kind: of `OfficerAction`.
        serial: of the card that is to be revoked, empty for an additional card.
        person: codice fiscale, empty where the user is deleted meanwhile.
        told_at: when the assistance was told, milliseconds since 1970; None before.
    """

    id: int
    kind: str
    comune: str
    serial: str
    asked_at: int
    told_at: int | None
    person: str

    def __repr__(self) -> str:
        return f"OfficerRequest(id={self.id})"


def put_master(store: Store, password: MasterPassword) -> None:
    """Keeps a master password in the place of an earlier one. Within a transaction.

    From the first confirmed receipt on, the comune's cards need activation: for good.
    """
    store.run(
        "INSERT INTO master_password (user, key, made_at, received_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user) DO UPDATE SET key = excluded.key, made_at = excluded.made_at,"
        " received_at = excluded.received_at",
        password.user,
        password.key,
        password.made_at,
        password.received_at,
    )
    if password.received_at is not None:
        store.run(
            "INSERT INTO officer_control (comune, since)"
            " SELECT comune, CAST(? AS INTEGER) FROM console_user WHERE id = ?"
            " ON CONFLICT DO NOTHING",
            password.received_at,
            password.user,
        )


def master(store: Store, user: int) -> MasterPassword | None:
    """The master password of a user, None where there is none."""
    row = store.row(
        "SELECT user, key, made_at, received_at FROM master_password WHERE user = ?", user
    )
    return None if row is None else MasterPassword(*row)


def masters_of(store: Store, comune: str) -> list[MasterPassword]:
    """Those of every Security Officer of a comune."""
    rows = store.rows(
        "SELECT user, key, made_at, received_at FROM master_password"
        " JOIN console_user ON id = user WHERE comune = ? ORDER BY user",
        comune,
    )
    return [MasterPassword(*row) for row in rows]


def received_since(store: Store, comune: str) -> int | None:
    """When the first Security Officer of a comune confirmed a master password; None for nobody.

    It stays when that one is deleted: who deletes users must not switch the control off.
    """
    row = store.row("SELECT since FROM officer_control WHERE comune = ?", comune)
    return None if row is None else int(row[0])


def ask(store: Store, kind: str, comune: str, user: int, serial: str, now: int) -> bool:
    """Keeps a request, once while the same one waits. Within a transaction.

    Returns:
        Whether it is new.
    """
    waiting = store.row(
        "SELECT 1 FROM officer_request WHERE kind = ? AND user = ? AND serial = ?"
        " AND told_at IS NULL",
        kind,
        user,
        serial,
    )
    if waiting is not None:
        return False
    store.run(
        "INSERT INTO officer_request (kind, comune, user, serial, asked_at) VALUES (?, ?, ?, ?, ?)",
        kind,
        comune,
        user,
        serial,
        now,
    )
    return True


def requests(store: Store, *, waiting: bool = True) -> list[OfficerRequest]:
    """Requests in order: those that the assistance was not told of yet, or all."""
    rows = store.rows(
        "SELECT request.id, kind, request.comune, serial, asked_at, told_at,"
        " coalesce(codice_fiscale, '') FROM officer_request AS request"
        " LEFT JOIN console_user ON console_user.id = user"
        " WHERE told_at IS NULL OR 0 = ? ORDER BY request.id",
        int(waiting),
    )
    return [OfficerRequest(*row) for row in rows]


def told(store: Store, request: int, now: int) -> bool:
    """The assistance was told. Within a transaction. Returns whether it had not been."""
    return (
        store.run(
            "UPDATE officer_request SET told_at = ? WHERE id = ? AND told_at IS NULL", now, request
        )
        == 1
    )
