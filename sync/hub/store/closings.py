"""What persons decided on operations that do not stand: closed by whom, why, and when.

The operation and the hub's answer to it stay as they are; nothing here changes a decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sync.hub.store.database import Store
from sync.wire import envelope, remnant
from sync.wire.canonical import Malformed

LOST: Final = "lost"


@dataclass(frozen=True, slots=True)
class Closing:
    """One decision.

    Attributes:
        station, seq: the entry that it is about.
        by_seq: the entry of the same station that decides.
        operation_id: of the entry, as the station names it, 32 hexadecimal digits.
        kind: of the entry's operation.
        code: of its refusal; empty for what never came whole.
        reason: a value of `ClosingReason`.
        done_again: operation that was recorded instead; empty where there is none.
        office: for which it was decided.
        operator: SHA-256 of the certificate that signed.
        closed_at: when it counts as done, milliseconds since 1970.
    """

    station: str
    seq: int
    by_seq: int
    operation_id: str
    kind: str
    code: str
    reason: str
    done_again: str
    office: str
    operator: bytes
    closed_at: int


@dataclass(frozen=True, slots=True)
class OpenOutcome:
    """An entry that was refused, or of which the hub has the hash alone, and nobody has decided.

    Attributes:
        kind: empty where the hub has not the entry.
        code: of the refusal; empty where the entry is missing.
        decided_at: milliseconds since 1970.
    """

    station: str
    seq: int
    kind: str
    code: str
    decided_at: int


_COLUMNS: Final = (
    "station, seq, by_seq, operation_id, kind, code, reason, done_again, office, operator,"
    " closed_at"
)


def keep(store: Store, closing: Closing) -> None:
    """Keeps a decision; a second one about the same entry is kept beside it. In a transaction."""
    store.run(
        f"INSERT INTO closing ({_COLUMNS})"  # noqa: S608  constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        closing.station,
        closing.seq,
        closing.by_seq,
        closing.operation_id,
        closing.kind,
        closing.code,
        closing.reason,
        closing.done_again,
        closing.office,
        closing.operator,
        closing.closed_at,
    )


def closings(store: Store, station: str = "") -> Sequence[Closing]:
    """Every decision of a station in its order; of all stations where none is named."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM closing"  # noqa: S608  constant
        " WHERE station = ? OR CAST(? AS TEXT) = '' ORDER BY station, by_seq",
        station,
        station,
    )
    return [Closing(*row) for row in rows]


def still_open(store: Store, station: str = "") -> Sequence[OpenOutcome]:
    """What nobody has decided yet, by station and place; of all stations where none is named."""
    rows = store.rows(
        "SELECT station, seq, coalesce(code, ''), decided_at, envelope"
        " FROM decision JOIN entry USING (station, seq)"
        " WHERE outcome <> 'accepted' AND (station = ? OR CAST(? AS TEXT) = '')"
        " AND NOT EXISTS (SELECT 1 FROM closing"
        " WHERE closing.station = decision.station AND closing.seq = decision.seq)"
        " ORDER BY station, seq",
        station,
        station,
    )
    return [OpenOutcome(name, seq, _kind(data), code, at) for name, seq, code, at, data in rows]


def kind_of_entry(store: Store, station: str, seq: int) -> str:
    """The kind of an entry's operation; empty where the hub has not the entry."""
    row = store.row("SELECT envelope FROM entry WHERE station = ? AND seq = ?", station, seq)
    return "" if row is None else _kind(row[0])


def _kind(data: bytes | None) -> str:
    """From the header, which stays when a body is taken out."""
    if data is None:
        return ""
    try:
        return envelope.parse(bytes(data)).header.kind
    except Malformed:
        return remnant.parse(bytes(data)).header.kind
