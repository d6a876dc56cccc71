"""Acts that the registry does not hold, or holds with a doubt: told to the office that did them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.hub.setting_right import sets_right
from sync.hub.store import feed
from sync.hub.store.database import Row, Store
from sync.model.counter import CounterAct
from sync.model.inquiry import Dispute
from sync.model.registration import Part

_COLUMNS = (
    "operation_id, number, person, kind, code, remedy, done_at, station, by_office, closed, office"
)


@dataclass(frozen=True, slots=True, repr=False)
class KeptDispute:
    """A dispute and the office whose act it is."""

    dispute: Dispute
    office: str


def raise_dispute(
    store: Store,
    dispute: Dispute,
    office: str,
    codice_fiscale: str,
    parts: frozenset[Part] = frozenset(),
) -> bool:
    """A new dispute; one about the same act stays as it is. Within a transaction.

    Args:
        store: the registry.
        dispute: what is told.
        office: whose act it is.
        codice_fiscale: of the person, so that their name goes when they are deleted; empty for
            a person who is deleted already.
        parts: of the registration, which the act was to edit.

    Returns:
        Whether it is new.
    """
    added = store.run(
        "INSERT INTO dispute (operation_id, number, codice_fiscale, person, kind, code, remedy,"
        " done_at, station, office, by_office, closed, parts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (operation_id) DO NOTHING",
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
        int(dispute.closed),
        " ".join(sorted(part.value for part in parts)),
    )
    if added:
        feed.dispute_changed(store, dispute.operation_id, dispute.registration_number)
    return bool(added)


def of_acts(store: Store, operation_ids: Sequence[str]) -> dict[str, KeptDispute]:
    """The disputes about some acts."""
    rows = store.rows_among(
        f"SELECT {_COLUMNS} FROM dispute WHERE operation_id IN",  # noqa: S608  constant
        operation_ids,
    )
    return {row[0]: _kept(row) for row in rows}


def close(store: Store, number: str, act: CounterAct) -> None:
    """An act on that registration has been accepted: closes what it sets right of its office.

    Within a transaction.
    """
    for operation_id, kind, code, parts in store.rows(
        "SELECT operation_id, kind, code, parts FROM dispute"
        " WHERE number = ? AND office = ? AND closed = 0",
        number,
        act.office,
    ):
        if not sets_right(act, kind, code, frozenset(Part(part) for part in parts.split())):
            continue
        store.run("UPDATE dispute SET closed = 1 WHERE operation_id = ?", operation_id)
        feed.dispute_changed(store, operation_id, number)


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


def _kept(row: Row) -> KeptDispute:
    operation_id, number, person, kind, code, remedy, done_at, station = row[:8]
    by_office, closed, office = row[8:]
    return KeptDispute(
        Dispute(
            *(operation_id, number, person, kind, code, remedy, done_at, station, by_office),
            closed=bool(closed),
        ),
        office,
    )
