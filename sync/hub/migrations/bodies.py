"""The fourth step: bodies that came to a hub which did not know yet that they are not kept.

A station may be updated before its hub. That hub refuses an identification by the name of its kind,
which it does not know, and keeps it like everything else.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

from sync.wire import envelope, remnant
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope

KIND: Final = "identification"
"""As it stood in headers when this step was made."""


def note_decided(db: Database) -> None:
    """Notes for shedding every decided entry with such a body, from the day of its decision."""
    found = db.execute(
        "SELECT station, seq, decided_at, envelope FROM entry JOIN decision USING (station, seq)"
        " WHERE outcome <> 'missing' AND envelope IS NOT NULL AND shed_at IS NULL"
        # The header is not sealed: most entries need not be taken apart.
        " AND instr(envelope, CAST(? AS BLOB)) > 0"
        " AND (station, seq) NOT IN (SELECT station, seq FROM shedding)",
        (KIND,),
    )
    noted = [
        (station, seq, decided_at)
        for station, seq, decided_at, data in found
        if _with_body(data) is not None
    ]
    db.conn.executemany("INSERT INTO shedding (station, seq, since) VALUES (?, ?, ?)", noted)


def leave_forks(db: Database) -> None:
    """Puts the remnant in the place of such an envelope that proves a second history.

    It stands in the log until the next body is shed, or the log is taken in.
    """
    found = db.execute(
        "SELECT station, seq, hash, envelope FROM fork WHERE instr(envelope, CAST(? AS BLOB)) > 0",
        (KIND,),
    ).fetchall()
    for station, seq, digest, data in found:
        whole = _with_body(data)
        if whole is not None:
            db.conn.execute(
                "UPDATE fork SET envelope = ? WHERE station = ? AND seq = ? AND hash = ?",
                (remnant.leave(whole), station, seq, digest),
            )


def _with_body(data: bytes) -> Envelope | None:
    """The envelope, where it is whole and of the kind."""
    try:
        found = envelope.parse(data)
    except Malformed:
        return None
    return found if found.header.kind == KIND else None
