"""Pages of the audit trail, of every station and of the hub's own terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sync.hub.store.database import ALL, Store
from sync.model import audit
from sync.model.audit import AuditPage
from sync.wire import audit_trail, canonical

_MOST_CONTENT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TrailEnd:
    """The last line that is held of a station: its number, 0 for none, and its hash."""

    number: int
    hash: bytes


def end(store: Store, station: str) -> TrailEnd:
    """Where a station's trail stands."""
    row = store.row(
        "SELECT last, hash FROM audit_page WHERE station = ? ORDER BY last DESC LIMIT 1", station
    )
    if row is None:
        return TrailEnd(0, audit_trail.genesis(station))
    return TrailEnd(row[0], bytes(row[1]))


def has(store: Store, station: str, first: int) -> bool:
    """Whether a page that begins with this line is held."""
    row = store.row("SELECT 1 FROM audit_page WHERE station = ? AND first = ?", station, first)
    return row is not None


def add(
    store: Store, station: str, page: AuditPage, seq: int | None, signature: bytes = b""
) -> None:
    """Keeps a page for good. Within a transaction.

    Args:
        store: the registry.
        station: whose it is.
        page: at least one line.
        seq: its place in the station's chain, None for the hub's own.
        signature: the hub's, of a page of its own.
    """
    times = [line.at for line in page.lines]
    store.run(
        "INSERT INTO audit_page"
        " (station, first, last, hash, began_at, ended_at, seq, content, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        station,
        page.first,
        page.first + len(page.lines) - 1,
        audit_trail.hashes(page.first, page.before, page.lines)[-1],
        min(times),
        max(times),
        seq,
        canonical.encode(audit.to_plain(page)),
        signature,
    )


@dataclass(frozen=True, slots=True)
class Vouched:
    """A page and what vouches for it.

    Attributes:
        seq: its place in the station's chain, None for the hub's own.
        signature: the hub's, of a page of its own.
        envelope: of the station's entry; None where the body is gone, or there is none.
    """

    station: str
    page: AuditPage
    hash: bytes
    seq: int | None
    signature: bytes
    envelope: bytes | None


def vouched(store: Store) -> Iterator[Vouched]:
    """Every page, by station and place, with what vouches for it."""
    for name, content, digest, seq, signature, envelope in store.rows(
        "SELECT page.station, content, page.hash, page.seq, signature, envelope"
        " FROM audit_page AS page LEFT JOIN entry"
        " ON entry.station = page.station AND entry.seq = page.seq"
        " ORDER BY page.station, first"
    ):
        yield Vouched(name, _page(content), digest, seq, signature, envelope)


def pages(
    store: Store, *, since: int = 0, until: int | None = None, station: str | None = None
) -> list[tuple[str, AuditPage]]:
    """Pages with lines of a time and all between them, by station and place.

    Clocks of stations jump: a page between two of the time belongs to it whatever it says itself, so
    what is left out begins or ends the trail and leaves no gap.

    Args:
        store: the registry.
        since: milliseconds since 1970 by the stations' clocks.
        until: likewise, not included; None for no end.
        station: of this one alone.
    """
    rows = store.rows(
        "WITH wanted AS (SELECT station, min(first) AS low, max(first) AS high FROM audit_page"
        "  WHERE ended_at >= ? AND began_at < ? AND station = coalesce(?, station)"
        "  GROUP BY station)"
        " SELECT station, content FROM audit_page JOIN wanted USING (station)"
        " WHERE first BETWEEN low AND high ORDER BY station, first",
        since,
        ALL if until is None else until,
        station,
    )
    return [(name, _page(content)) for name, content in rows]


def _page(content: bytes) -> AuditPage:
    """Raises `ValueError` where the database holds what was never put into it."""
    found = audit.from_plain(canonical.decode(content, limit=_MOST_CONTENT))
    if not isinstance(found, AuditPage):
        raise ValueError("a page of the audit trail cannot be read")  # noqa: TRY004 - no type of the caller's
    return found
