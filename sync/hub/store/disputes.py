"""Acts that the registry does not hold, or holds with a doubt: told to the office that did them.

A dispute may name somebody who is not registered. Their name is kept here, and what was recorded of
them in the chain, only until the dispute is closed or a term is over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sync.hub.store import feed, people, shedding
from sync.hub.store.database import Row, Store
from sync.model.inquiry import Dispute

_COLUMNS = (
    "operation_id, number, person, kind, code, remedy, done_at, station, by_office, closed,"
    " other_number, office, parts"
)


@dataclass(frozen=True, slots=True, repr=False)
class KeptDispute:
    """A dispute and the office whose act it is.

    Attributes:
        parts: those that a refused edit was about.
    """

    dispute: Dispute
    office: str
    parts: frozenset[str] = frozenset()


def raise_dispute(
    store: Store,
    dispute: Dispute,
    office: str,
    codice_fiscale: str,
    now: int,
    parts: Collection[str] = (),
) -> None:
    """A new dispute; of the same act the latest trouble stands, and is open. Within a transaction.

    Args:
        store: the registry.
        dispute: what is told.
        office: whose act it is.
        codice_fiscale: of the person, so that their name goes when they are deleted; empty for
            a person who is deleted already.
        now: milliseconds since 1970.
        parts: of the registration, that a refused edit was about.
    """
    store.run(
        "INSERT INTO dispute (operation_id, number, codice_fiscale, person, kind, code, remedy,"
        " done_at, station, office, by_office, closed, other_number, parts, raised_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"
        " ON CONFLICT (operation_id) DO UPDATE SET number = excluded.number,"
        " codice_fiscale = excluded.codice_fiscale, person = excluded.person,"
        " code = excluded.code, remedy = excluded.remedy, by_office = excluded.by_office,"
        " other_number = excluded.other_number, raised_at = excluded.raised_at, closed = 0",
        dispute.operation_id,
        dispute.registration_number,
        codice_fiscale,
        dispute.person,
        dispute.kind,
        dispute.code,
        dispute.remedy,
        dispute.done_at,
        dispute.station,
        office,
        dispute.by_office,
        dispute.other_number,
        " ".join(sorted(parts)),
        now,
    )
    feed.dispute_changed(store, dispute.operation_id, dispute.registration_number)


def of_acts(store: Store, operation_ids: Sequence[str]) -> dict[str, KeptDispute]:
    """The disputes about some acts."""
    rows = store.rows_among(
        f"SELECT {_COLUMNS} FROM dispute WHERE operation_id IN",  # noqa: S608  constant
        operation_ids,
    )
    return {row[0]: _kept(row) for row in rows}


def close_where(
    store: Store,
    numbers: Sequence[str],
    codice_fiscale: str,
    office: str,
    is_right: Callable[[KeptDispute], bool],
) -> None:
    """Closes what an act of the office has set right about a person. Within a transaction.

    Args:
        store: the registry.
        numbers: every number of the registration.
        codice_fiscale: of the person: who was refused under another number is the same.
        office: whose disputes.
        is_right: whether the act sets one right.
    """
    rows = store.rows_among(
        f"SELECT {_COLUMNS}, codice_fiscale FROM dispute WHERE closed = 0 AND number IN",  # noqa: S608  constant
        numbers,
    ) + store.rows(
        f"SELECT {_COLUMNS}, codice_fiscale FROM dispute WHERE closed = 0 AND codice_fiscale = ?",  # noqa: S608  constant
        codice_fiscale,
    )
    found = {row[0]: _kept(row[:-1]) for row in rows if row[-1] in {"", codice_fiscale}}
    for kept in found.values():
        if kept.office == office and is_right(kept):
            close(store, kept)


def close(store: Store, kept: KeptDispute) -> None:
    """It is set right, or needs nothing any more. Within a transaction."""
    store.run("UPDATE dispute SET closed = 1 WHERE operation_id = ?", kept.dispute.operation_id)
    _forget_unregistered(store, kept.dispute.operation_id)
    feed.dispute_changed(store, kept.dispute.operation_id, kept.dispute.registration_number)


def told_again(store: Store, kept: KeptDispute) -> None:
    """Counters are to be told of it as it is. Within a transaction."""
    feed.dispute_changed(store, kept.dispute.operation_id, kept.dispute.registration_number)


def outdated(store: Store, before: int) -> list[str]:
    """Acts whose dispute names somebody who is not registered, raised before a time."""
    rows = store.rows(
        "SELECT operation_id FROM dispute WHERE codice_fiscale <> '' AND raised_at < ?"
        " AND codice_fiscale NOT IN (SELECT codice_fiscale FROM registration)",
        before,
    )
    return [operation_id for (operation_id,) in rows]


def forget_unregistered(store: Store, operation_ids: Sequence[str]) -> None:
    """The term of names is over: they go, and what the chain has of them. Within a transaction.

    The trouble stays open under its number.
    """
    for operation_id in operation_ids:
        _forget_unregistered(store, operation_id)
        for kept in of_acts(store, [operation_id]).values():
            told_again(store, kept)


def forget(store: Store, codice_fiscale: str) -> None:
    """Takes a person's name out, and closes what was open about them. Within a transaction."""
    for operation_id, number in store.rows(
        "SELECT operation_id, number FROM dispute WHERE codice_fiscale = ?", codice_fiscale
    ):
        store.run(
            "UPDATE dispute SET person = '', codice_fiscale = '', closed = 1"
            " WHERE operation_id = ?",
            operation_id,
        )
        feed.dispute_changed(store, operation_id, number)


def _forget_unregistered(store: Store, operation_id: str) -> None:
    """Nobody could have it taken out later: the name goes, and the body that it came with."""
    row = store.row(
        "SELECT 1 FROM dispute WHERE operation_id = ? AND codice_fiscale <> ''"
        " AND codice_fiscale NOT IN (SELECT codice_fiscale FROM registration)",
        operation_id,
    )
    if row is None:
        return
    store.run(
        "UPDATE dispute SET person = '', codice_fiscale = '' WHERE operation_id = ?", operation_id
    )
    entries = [
        (station, seq)
        for station, seq in store.rows(
            "SELECT station, seq FROM entry WHERE operation_id = ?", bytes.fromhex(operation_id)
        )
    ]
    shedding.note_at_once(store, entries)
    for station, seq in entries:
        people.forget_entry(store, station, seq)


def _kept(row: Row) -> KeptDispute:
    operation_id, number, person, kind, code, remedy, done_at, station = row[:8]
    by_office, closed, other_number, office, parts = row[8:]
    return KeptDispute(
        Dispute(
            *(operation_id, number, person, kind, code, remedy, done_at, station, by_office),
            closed=bool(closed),
            other_number=other_number,
        ),
        office,
        frozenset(parts.split()),
    )
