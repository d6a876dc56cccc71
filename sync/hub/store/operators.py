"""Who may act at counters, as every roster since the first had them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync.hub.store.database import Row, Store
from sync.model.rosters import OperatorEntry, Right


@dataclass(frozen=True, slots=True, repr=False)
class KnownOperator:
    """An operator and the certificate of their card, in DER."""

    entry: OperatorEntry
    certificate: bytes


_COLUMNS = "thumbprint, name, office, rights, comuni, until, certificate"


def at(store: Store, thumbprint: bytes, when: int) -> KnownOperator | None:
    """The operator as the roster had them at a time.

    Args:
        store: the registry.
        thumbprint: SHA-256 of the certificate.
        when: milliseconds since 1970.
    """
    row = store.row(
        f"SELECT {_COLUMNS} FROM operator WHERE thumbprint = ?"  # noqa: S608  constant
        " AND since <= ? AND (ended_at IS NULL OR ended_at > ?) ORDER BY since DESC LIMIT 1",
        thumbprint,
        when,
        when,
    )
    return None if row is None else _known(row)


def when_recorded(
    store: Store, thumbprint: bytes, recorded_at: int, arrived_at: int
) -> KnownOperator | None:
    """The operator for an act of some time ago.

    By the line that was in force then. Where none was, by the one at arrival, if it began later: a
    station's clock may be behind, and a card is not given out before its holder is believed. A line
    that ended does not come back by a clock that says a time before it.

    Args:
        store: the registry.
        thumbprint: SHA-256 of the certificate.
        recorded_at: milliseconds since 1970.
        arrived_at: when the act came.
    """
    return at(store, thumbprint, recorded_at) or at(store, thumbprint, arrived_at)


def last(store: Store, thumbprint: bytes) -> KnownOperator | None:
    """The operator as the last roster that named them had them, in force or not."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM operator WHERE thumbprint = ? ORDER BY since DESC LIMIT 1",  # noqa: S608  constant
        thumbprint,
    )
    return None if row is None else _known(row)


def in_force(store: Store) -> list[KnownOperator]:
    """The roster of now, by office and name."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM operator WHERE ended_at IS NULL ORDER BY office, name, thumbprint"  # noqa: S608  constant
    )
    return [_known(row) for row in rows]


def replace_all(store: Store, operators: Sequence[KnownOperator], now: int) -> int:
    """Puts another roster in the place of the one of now. Within a transaction.

    Returns:
        How many entries are new, changed or gone.
    """
    before = {known.entry.thumbprint: known for known in in_force(store)}
    after = {known.entry.thumbprint: known for known in operators}
    changed = [
        print_ for print_ in before.keys() | after.keys() if before.get(print_) != after.get(print_)
    ]
    for thumbprint in sorted(changed):
        # A list that is replaced within the same millisecond leaves no entry of its own.
        store.run(
            "UPDATE operator SET ended_at = max(?, since + 1)"
            " WHERE thumbprint = ? AND ended_at IS NULL",
            now,
            thumbprint,
        )
        known = after.get(thumbprint)
        if known is not None:
            _add(store, known, now)
    return len(changed)


def version(store: Store) -> int:
    """Of the last roster that was signed; 0 where there is none."""
    row = store.row("SELECT coalesce(max(version), 0) FROM roster_version")
    return 0 if row is None else row[0]


def is_signed(store: Store, number: int, hash_: bytes) -> bool:
    """Whether the roster with that SHA-256 is the one signed under that version."""
    row = store.row("SELECT hash FROM roster_version WHERE version = ?", number)
    return row is not None and bytes(row[0]) == hash_


def signed(store: Store, number: int, hash_: bytes, now: int) -> None:
    """Keeps that a roster of that version was signed, by its SHA-256. Within a transaction."""
    store.run(
        "INSERT INTO roster_version (version, hash, signed_at) VALUES (?, ?, ?)",
        number,
        hash_,
        now,
    )


def _add(store: Store, known: KnownOperator, now: int) -> None:
    entry = known.entry
    row = store.row(
        "SELECT coalesce(max(ended_at), 0) FROM operator WHERE thumbprint = ?", entry.thumbprint
    )
    store.run(
        f"INSERT INTO operator (since, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  constant
        max(now, 0 if row is None else row[0]),
        entry.thumbprint,
        entry.name,
        entry.office,
        json.dumps(sorted(right.value for right in entry.rights)),
        json.dumps(list(entry.comuni)),
        entry.until.isoformat(),
        known.certificate,
    )


def _known(row: Row) -> KnownOperator:
    thumbprint, name, office, rights, comuni, until, certificate = row
    return KnownOperator(
        OperatorEntry(
            thumbprint=thumbprint,
            name=name,
            office=office,
            rights=frozenset(Right(right) for right in json.loads(rights)),
            comuni=tuple(json.loads(comuni)),
            until=date.fromisoformat(until),
        ),
        certificate,
    )
