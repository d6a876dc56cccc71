"""Which entries left on a removable medium. They stay where they are: a copy is no deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble

MOST_KEPT: Final = 1000
"""Parcels whose answers can still be read; of older ones that hold nothing unanswered, none."""

_COLUMNS: Final = "id, key, first, last, made_at, size, sealed_to, answered_at"


@dataclass(frozen=True, slots=True)
class CarriedParcel:
    """A parcel that was written.

    Attributes:
        parcel_id: its id.
        key: opens its answer, sealed by the vault where there is one.
        first, last: the entries in it; `last` is below `first` where it only asks.
        made_at: milliseconds since 1970 by the station's clock.
        size: bytes of its file.
        sealed_to: id of the hub's key that opens it.
        answered_at: when its answer was read; None while it is awaited.
    """

    parcel_id: bytes
    key: bytes = field(repr=False)
    first: int
    last: int
    made_at: int
    size: int
    sealed_to: bytes
    answered_at: int | None = None


class Carried:
    """Part of a `Store`, whose `hand_out` marks what leaves."""

    def __init__(
        self, connection: Connection, hand_out: Callable[[int], StoreTrouble | None]
    ) -> None:
        self._connection = connection
        self._hand_out = hand_out

    def add(self, parcel: CarriedParcel) -> StoreTrouble | None:
        """Remembers a parcel, before it is written: an answer that cannot be opened is lost."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                f"INSERT INTO carried ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                (
                    parcel.parcel_id,
                    parcel.key,
                    parcel.first,
                    parcel.last,
                    parcel.made_at,
                    parcel.size,
                    parcel.sealed_to,
                    parcel.answered_at,
                ),
            )
            raw.execute(
                "DELETE FROM carried WHERE id IN (SELECT id FROM carried"
                " WHERE last <= (SELECT up_to FROM watermark)"
                " ORDER BY made_at DESC LIMIT -1 OFFSET ?)",
                (MOST_KEPT,),
            )

        return self._hand_out(parcel.last) or _refusal(self._connection.write_on_ballast(work))

    def parcels(self) -> list[CarriedParcel] | StoreTrouble:
        """Every parcel that is remembered, the newest first."""
        return self._connection.read(
            lambda raw: [
                CarriedParcel(*row)
                for row in raw.execute(
                    f"SELECT {_COLUMNS} FROM carried ORDER BY made_at DESC, rowid DESC"  # noqa: S608 - a constant
                )
            ]
        )

    def forget(self, parcel_id: bytes) -> StoreTrouble | None:
        """A parcel that was never written whole."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("DELETE FROM carried WHERE id = ?", (parcel_id,))

        return _refusal(self._connection.write_on_ballast(work))

    def answered(self, parcel_id: bytes, at: int) -> StoreTrouble | None:
        """Its answer was read and kept, `at` milliseconds since 1970."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("UPDATE carried SET answered_at = ? WHERE id = ?", (at, parcel_id))

        return _refusal(self._connection.write_on_ballast(work))

    def when(self, seq: int) -> int | StoreTrouble | None:
        """When the entry at `seq` left for the last time without an answer yet; None: never."""

        def work(raw: sqlite3.Connection) -> int | None:
            (found,) = raw.execute(
                "SELECT max(made_at) FROM carried"
                " WHERE first <= ? AND last >= ? AND answered_at IS NULL",
                (seq, seq),
            ).fetchone()
            return None if found is None else int(found)

        return self._connection.read(work)

    def stands(self, up_to: int, hub_time: int) -> StoreTrouble | None:
        """The hub's chain ended at `up_to` at that time of its clock; an older word says nothing."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "INSERT INTO carried_from (id, up_to, hub_time) VALUES (1, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET up_to = excluded.up_to,"
                " hub_time = excluded.hub_time WHERE excluded.hub_time > hub_time",
                (up_to, hub_time),
            )

        return _refusal(self._connection.write_on_ballast(work))

    def stood(self) -> int | StoreTrouble | None:
        """Where the hub's chain ended by its newest word that a medium brought; None for none.

        Where the broker brought a newer one, that counts instead.
        """

        def work(raw: sqlite3.Connection) -> int | None:
            row = raw.execute(
                "SELECT up_to FROM carried_from WHERE hub_time >= (SELECT hub_time FROM watermark)"
            ).fetchone()
            return None if row is None else int(row[0])

        return self._connection.read(work)


def _refusal(found: object) -> StoreTrouble | None:
    return found if isinstance(found, StoreTrouble) else None
