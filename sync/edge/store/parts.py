"""Parts that travel apart from their operations: kept with them, sent after them, destroyed with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sync.edge.store.connection import Connection
from sync.edge.store.segments import Segments
from sync.edge.trouble import StoreTrouble
from sync.wire.parts import SealedPart


class KeptPart(NamedTuple):
    """A part on its way.

    Attributes:
        seq: its operation's place in the chain.
        digest: SHA-256 of it as it is sealed to the hub.
        size, held: bytes of it, and how many of them the hub says it has.
    """

    seq: int
    digest: bytes
    kind: str
    size: int
    held: int


Row = tuple[str, tuple[object, ...]]
"""A statement and its values."""

_INSERT = "INSERT INTO part (digest, seq, kind, size, segment, data) VALUES (?, ?, ?, ?, ?, ?)"
_KEPT = "SELECT seq, digest, kind, size, held FROM part"


class PartsKept:
    """The parts of one store."""

    def __init__(
        self, connection: Connection, segments: Segments, emptied: Callable[[], None]
    ) -> None:
        """The parts in `connection`; `emptied` is called when one was given up."""
        self._emptied = emptied
        self._connection = connection
        self._segments = segments

    def rows(self, seq: int, parts: Sequence[SealedPart]) -> list[Row] | StoreTrouble:
        """What puts the parts of a new entry into the store, in the entry's own transaction."""
        rows: list[Row] = []
        for part in parts:
            sealed = self._segments.seal(seq, part.ref.digest, part.data)
            if isinstance(sealed, StoreTrouble):
                return sealed
            segment, data = sealed
            rows.append(
                (_INSERT, (part.ref.digest, seq, part.ref.kind, part.ref.size, segment, data))
            )
        return rows

    def to_send(self, up_to: int) -> list[KeptPart] | StoreTrouble:
        """Parts that the hub does not hold yet, of entries that it holds up to `up_to`; some."""
        return self._connection.read(
            lambda raw: [
                KeptPart(*row)
                for row in raw.execute(
                    f"{_KEPT} WHERE secured = 0 AND held < size AND seq <= ? ORDER BY seq LIMIT 16",
                    (up_to,),
                )
            ]
        )

    def to_ask(self) -> list[KeptPart] | StoreTrouble:
        """Parts that the hub holds, and of which it is to be heard whether a backup does; some."""
        return self._connection.read(
            lambda raw: [
                KeptPart(*row)
                for row in raw.execute(
                    f"{_KEPT} WHERE secured = 0 AND held = size ORDER BY seq LIMIT 64"
                )
            ]
        )

    def waiting(self) -> tuple[int, int] | StoreTrouble:
        """How many parts the hub does not hold yet, and how many bytes of them."""

        def work(raw: sqlite3.Connection) -> tuple[int, int]:
            count, size = raw.execute(
                "SELECT count(*), coalesce(sum(size - held), 0) FROM part"
                " WHERE secured = 0 AND held < size"
            ).fetchone()
            return int(count), int(size)

        return self._connection.read(work)

    def data(self, part: KeptPart) -> bytes | StoreTrouble:
        """The part as it travels; empty where it was destroyed."""

        def work(raw: sqlite3.Connection) -> bytes:
            row = raw.execute(
                "SELECT segment, data FROM part WHERE digest = ?", (part.digest,)
            ).fetchone()
            if row is None:
                return b""
            return self._segments.unseal(raw, part.seq, part.digest, row[0], row[1])

        return self._connection.read(work)

    def held(self, digest: bytes, size: int) -> StoreTrouble | None:
        """The hub says how much of a part it has; may be lost with the power, and asked again."""
        return self._connection.note(
            lambda raw: _run(raw, "UPDATE part SET held = ? WHERE digest = ?", (size, digest))
        )

    def secured(self, digest: bytes) -> StoreTrouble | None:
        """A backup of the hub's holds the part: its bytes are overwritten here."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("PRAGMA secure_delete = ON").fetchone()
            raw.execute(
                "UPDATE part SET secured = 1, held = size, data = x'' WHERE digest = ?", (digest,)
            )

        found = self._connection.write(work)
        if isinstance(found, StoreTrouble):
            return found
        self._emptied()
        return None


def _run(raw: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> None:
    raw.execute(statement, values)
