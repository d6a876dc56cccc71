"""Lines of the audit trail that stand in no page of the journal yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble
from sync.model.audit import MOST_LINES, AuditEvent, AuditLine, AuditPage
from sync.wire import audit_trail

_COLUMNS: Final = "number, before, hash, at, event, actor, words, sealed, page_key"


@dataclass(frozen=True, slots=True)
class TrailHead:
    """The last line: its number, 0 before the first, and its hash."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainedLine:
    """A line in its place.

    Attributes:
        before, hash: of the line before, and of this one.
        page_key: the key that sealed what it is about, for the auditor alone.
    """

    number: int
    before: bytes
    hash: bytes
    line: AuditLine
    page_key: bytes = field(repr=False)


class TrailLines:
    """Part of a `Store`."""

    def __init__(self, connection: Connection, station: str) -> None:
        self._connection = connection
        self._genesis = audit_trail.genesis(station)

    def head(self) -> TrailHead | StoreTrouble:
        """Where the trail stands."""

        def work(raw: sqlite3.Connection) -> TrailHead:
            found = raw.execute("SELECT number, hash FROM audit_head").fetchone()
            return TrailHead(0, self._genesis) if found is None else TrailHead(*found)

        return self._connection.read(work)

    def append(self, lines: Sequence[ChainedLine]) -> StoreTrouble | None:
        """Keeps lines that follow the head; all of them are on the disk when it returns, or none.

        Raises:
            ValueError: they do not follow it.
        """

        def work(raw: sqlite3.Connection) -> None:
            found = raw.execute("SELECT number, hash FROM audit_head").fetchone()
            if (found or (0, self._genesis)) != (lines[0].number - 1, lines[0].before):
                raise ValueError("the lines do not follow the head of the trail")
            raw.executemany(
                f"INSERT INTO audit_line ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                [
                    (
                        one.number,
                        one.before,
                        one.hash,
                        one.line.at,
                        one.line.event.value,
                        one.line.actor,
                        " ".join(one.line.words),
                        one.line.sealed,
                        one.page_key,
                    )
                    for one in lines
                ],
            )
            raw.execute(
                "INSERT INTO audit_head (id, number, hash) VALUES (1, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash",
                (lines[-1].number, lines[-1].hash),
            )

        found = self._connection.write(work)
        return found if isinstance(found, StoreTrouble) else None

    def waiting(self) -> tuple[int, int] | StoreTrouble:
        """How many lines stand in no page of the journal, and when the oldest was written; 0, 0."""
        return self._connection.read(
            lambda raw: raw.execute(
                "SELECT count(*), coalesce(min(at), 0) FROM audit_line"
            ).fetchone()
        )

    def close_page(self) -> AuditPage | StoreTrouble | None:
        """The oldest page that is to be recorded, None where there are no lines.

        A page that was closed stays as it is until `recorded`, over restarts too; so whoever records
        it twice records the same.
        """

        def work(raw: sqlite3.Connection) -> AuditPage | None:
            closed = raw.execute("SELECT min(page) FROM audit_line").fetchone()[0]
            if closed is None:
                first = raw.execute(
                    "SELECT number, page_key FROM audit_line ORDER BY number LIMIT 1"
                ).fetchone()
                if first is None:
                    return None
                closed, key = first
                raw.execute(
                    "UPDATE audit_line SET page = ? WHERE number >= ? AND number < ?"
                    " AND number < coalesce("
                    "  (SELECT min(number) FROM audit_line WHERE number > ? AND page_key <> ?),"
                    "  number + 1)",
                    (closed, closed, closed + MOST_LINES, closed, key),
                )
            rows = raw.execute(
                f"SELECT {_COLUMNS} FROM audit_line WHERE page = ? ORDER BY number",  # noqa: S608 - a constant
                (closed,),
            ).fetchall()
            return _page(rows)

        return self._connection.write(work)

    def recorded(self, page: AuditPage) -> StoreTrouble | None:
        """The page is in the journal: its lines go."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("DELETE FROM audit_line WHERE page = ?", (page.first,))

        found = self._connection.write(work)
        return found if isinstance(found, StoreTrouble) else None


def _page(
    rows: Sequence[tuple[int, bytes, bytes, int, str, bytes, str, bytes, bytes]],
) -> AuditPage:
    lines = tuple(
        AuditLine(at, AuditEvent(event), actor, tuple(words.split()), sealed)
        for _, _, _, at, event, actor, words, sealed, _ in rows
    )
    number, before, *_rest, key = rows[0]
    return AuditPage(number, before, key, lines)
