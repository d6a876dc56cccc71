"""The fifth step: what counters do. One registration a person, its operations, secrets and feed.

Until this step a person's newer preregistration stood beside the older one as a row of its own. From
here on a person has one row (R-003-9), and every other number leads to it.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlite_utils import Database

from sync.hub.migrations.counter_tables import HOME, LETTERS, OFFICE, REGISTRY
from sync.wire import envelope, remnant
from sync.wire.canonical import Malformed

RECORD_VERSION: Final = 1
"""Of the plain form in `registration.record`, as it was when this step was made."""


def take_over(db: Database) -> None:
    """Makes the new tables and brings over what there was."""
    # A table is made anew while others refer to it; at the end of the step all is in its place.
    db.execute("PRAGMA defer_foreign_keys = ON")
    before = db.execute(
        "SELECT number, codice_fiscale, state, strong, community, language, surname, name, email,"
        " email_confirmed_at, operation, station, seq, received_at, superseded_by"
        " FROM registration ORDER BY received_at, station, seq"
    ).fetchall()
    for statement in LETTERS:
        db.execute(statement)
    db.execute("DROP TABLE registration")
    for statement in (*REGISTRY, *OFFICE, *HOME):
        db.execute(statement)
    newer: dict[str, str | None] = {row[0]: row[14] for row in before}
    for row in before:
        if row[14] is None:
            _enter(db, row)
        db.execute(
            "INSERT INTO entry_person (station, seq, codice_fiscale) VALUES (?, ?, ?)",
            (row[11], row[12], row[1]),
        )
    for number in newer:
        last = _end(newer, number)
        if last != number:
            db.execute("INSERT INTO alias (number, registration) VALUES (?, ?)", (number, last))
    _note_identified(db)
    _leave_forks(db)


def _end(newer: dict[str, str | None], number: str) -> str:
    """The registration in force that has taken the place of `number`, over however many others."""
    while (follower := newer[number]) is not None:
        number = follower
    return number


def _enter(db: Database, row: tuple[Any, ...]) -> None:
    """One registration in force, and that it is new to everybody."""
    number, codice_fiscale, state, strong, community, language, surname, name, email, *rest = row
    confirmed_at, operation, station, seq, received_at, _ = rest
    plain = json.loads(operation)[2]
    record = {
        "number": number,
        "community": community,
        "language": language,
        "registered_at": received_at,
        "person": plain["person"],
        "residence": plain["residence"],
        "domicile": plain["domicile"],
        "contacts": plain["contacts"],
        "document": plain["document"],
        "credential": {
            "state": state,
            "strong": strong == "Y",
            "has_pin": False,
            "checked_at": None,
            "checked_by": "",
            "activated_at": None,
            "promoted_at": None,
            "last": None,
        },
        "note": plain["note"] or "",
        "other_note": "",
        "username": "",
        "email_confirmed": confirmed_at is not None,
        "letters_printed": 0,
        "letter_printed_at": None,
        "data_at": 0,
    }
    residence, delegation = plain["residence"], plain["delegation"]
    db.execute(
        "INSERT INTO registration (number, codice_fiscale, surname, name, birth_date, document,"
        " comune, state, strong, email, email_confirmed_at, registered_at, record, delegation,"
        " privacy_notice, station, seq, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, codice_fiscale, surname, name, plain["person"]["birth_date"]),
            *(plain["document"]["number"], "" if residence["abroad"] else residence["comune"]),
            *(state, strong, email, confirmed_at, received_at),
            json.dumps([RECORD_VERSION, record], ensure_ascii=False),
            None if delegation is None else json.dumps(delegation, ensure_ascii=False),
            *(plain["privacy_notice"], station, seq, received_at),
        ),
    )
    db.execute("INSERT INTO change (kind, number) VALUES ('registration', ?)", (number,))


def _note_identified(db: Database) -> None:
    db.execute(
        "INSERT OR IGNORE INTO entry_person (station, seq, codice_fiscale)"
        " SELECT station, seq, codice_fiscale FROM identification"
    )


def _leave_forks(db: Database) -> None:
    """Puts the remnant in the place of every envelope that proves a second history."""
    for station, seq, digest, data in db.execute(
        "SELECT station, seq, hash, envelope FROM fork"
    ).fetchall():
        try:
            whole = envelope.parse(data)
        except Malformed:  # a remnant already
            continue
        db.execute(
            "UPDATE fork SET envelope = ? WHERE station = ? AND seq = ? AND hash = ?",
            (remnant.leave(whole), station, seq, digest),
        )
