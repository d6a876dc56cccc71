"""Decisions of persons on operations that do not stand, and the entries without their envelopes."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from sync.edge.store.connection import Connection
from sync.edge.store.rows import JournalEntry
from sync.edge.trouble import StoreTrouble


@dataclass(frozen=True, slots=True)
class Closing:
    """One decision that is recorded.

    Attributes:
        seq: of the entry that it is about.
        by_seq: of the entry that decides.
        operation_id: of the operation that decides.
        reason: a value of `sync.model.counter.ClosingReason`.
        operator: SHA-256 of the certificate of the card that signed.
        done_again: the operation that was recorded instead, None where there is none.
        recorded_at: milliseconds since 1970 by the station's clock.
    """

    seq: int
    by_seq: int
    operation_id: UUID
    reason: str
    operator: bytes
    done_again: UUID | None
    recorded_at: int


class Closings:
    """Part of a `Store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def intend(
        self,
        operation_id: UUID,
        seq: int,
        reason: str,
        operator: bytes,
        done_again: UUID | None = None,
    ) -> StoreTrouble | None:
        """Notes a decision that is about to be recorded under `operation_id`; again, nothing happens.

        It counts as soon as the journal has the operation, and never where it does not come to it.
        """

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "INSERT INTO closing (operation_id, seq, reason, operator, done_again)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    operation_id.bytes,
                    seq,
                    reason,
                    operator,
                    None if done_again is None else done_again.bytes,
                ),
            )

        found = self._connection.write_on_ballast(work)
        return found if isinstance(found, StoreTrouble) else None

    def recorded(self) -> tuple[Closing, ...] | StoreTrouble:
        """Every decision that the journal has, in its order."""

        def work(raw: sqlite3.Connection) -> tuple[Closing, ...]:
            return tuple(
                Closing(
                    seq,
                    by_seq,
                    UUID(bytes=operation_id),
                    reason,
                    operator,
                    None if again is None else UUID(bytes=again),
                    at,
                )
                for seq, by_seq, operation_id, reason, operator, again, at in raw.execute(
                    "SELECT closing.seq, journal.seq, closing.operation_id, reason, operator,"
                    " done_again, recorded_at FROM closing CROSS JOIN journal USING (operation_id)"
                    " ORDER BY journal.seq"  # the few first: the journal is never gone through
                )
            )

        return self._connection.read(work)

    def labels(
        self, first: int, last: int, *, most: int, newest_first: bool = False
    ) -> list[JournalEntry] | StoreTrouble:
        """Up to `most` entries of the places `first` to `last`, without their envelopes.

        What a list shows of an entry stands beside its envelope: nothing is unsealed for it.
        """
        order = "DESC" if newest_first else "ASC"

        def work(raw: sqlite3.Connection) -> list[JournalEntry]:
            return [
                JournalEntry(seq, UUID(bytes=operation_id), kind, counter, at, digest, b"")
                for seq, operation_id, kind, counter, at, digest in raw.execute(
                    "SELECT seq, operation_id, kind, counter, recorded_at, hash FROM journal"  # noqa: S608 - a constant
                    f" WHERE seq BETWEEN ? AND ? ORDER BY seq {order} LIMIT ?",
                    (first, last, most),
                )
            ]

        return self._connection.read(work)
