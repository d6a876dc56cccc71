"""What the mirror holds of each person: what the hub told, and on it what this station did.

A row shows the outcome of `sync.model.reconciliation.apply`, the function by which the hub will
judge. While acts of the station are undecided, what the hub told lies underneath; it comes to the
top again as soon as they are decided and the hub's change has come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import IntEnum
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from sync.edge.mirror import form
from sync.model import places, reconciliation
from sync.model.addresses import FOREIGN_PROVINCE
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    OfAnAct,
    OldAccountDeletion,
)
from sync.model.identity import Person
from sync.model.inquiry import Dispute
from sync.model.reconciliation import Stamp
from sync.model.registration import Registration
from sync.model.searching import ABROAD, comune_of, fold
from sync.wire.receipt import Refused

UNPRINTED: Final = "letter.outstanding"
"""The letters of an act were not all printed: the person has nothing in hand."""

NEW_CODE: Final = "remedy.make-a-new-code"


class Made(IntEnum):
    """Who says that something must be set right.

    Attributes:
        HUB: the hub; it stands in place of either other.
        REFUSED: this station, of an act that the hub refused.
        UNPRINTED: this station, of letters that nobody got.
    """

    HUB = 0
    REFUSED = 1
    UNPRINTED = 2


def row_of_number(raw: sqlcipher.Connection, number: str) -> int | None:
    """The row that a registration number leads to."""
    found = raw.execute("SELECT id FROM face WHERE number = ?", (number,)).fetchone()
    found = found or raw.execute("SELECT id FROM alias WHERE number = ?", (number,)).fetchone()
    return None if found is None else int(found[0])


def row_of_code(raw: sqlcipher.Connection, codice_fiscale: str) -> int | None:
    """The row of a person."""
    found = raw.execute(
        "SELECT id FROM face WHERE codice_fiscale = ?", (fold(codice_fiscale),)
    ).fetchone()
    return None if found is None else int(found[0])


def registration_in(raw: sqlcipher.Connection, row: int) -> Registration | None:
    """The registration of a row as this station holds it."""
    found = raw.execute("SELECT plain FROM body WHERE id = ?", (row,)).fetchone()
    return None if found is None else form.registration_from(found[0])


def told(raw: sqlcipher.Connection, registration: Registration, aliases: Iterable[str]) -> None:
    """The hub told how a registration stands."""
    numbers = [registration.number, *aliases]
    rows = {row_of_number(raw, number) for number in numbers}
    rows |= _rows_of_person(raw, registration.person.codice_fiscale)
    known = sorted(row for row in rows if row is not None)
    row = known[0] if known else _new_row(raw)
    _letters_settled(raw, registration)
    for other in known[1:]:
        # Two registrations became one: what the station did to the other was done to this one.
        raw.execute("UPDATE own SET id = ? WHERE id = ?", (row, other))
        _clear(raw, other)
        raw.execute("DELETE FROM underneath WHERE id = ?", (other,))
    _set_base(raw, row, registration, numbers[1:])


def gone(raw: sqlcipher.Connection, number: str) -> None:
    """The hub told that a registration is deleted."""
    row = row_of_number(raw, number)
    if row is not None:
        _set_base(raw, row, None, ())


def done(raw: sqlcipher.Connection, act: CounterAct, when: Stamp) -> None:
    """This station recorded an act; a second time it changes nothing."""
    if isinstance(act, OfAnAct):
        _settled(raw, act)
        return
    known = raw.execute("SELECT 1 FROM own WHERE operation_id = ?", (when.operation_id,))
    if known.fetchone() is not None:
        return
    row = _row_of(raw, act)
    if row is None:
        row = _new_row(raw)
    if raw.execute("SELECT 1 FROM underneath WHERE id = ?", (row,)).fetchone() is None:
        raw.execute(
            "INSERT INTO underneath (id, plain)"
            " VALUES (?1, (SELECT plain FROM body WHERE id = ?1))",
            (row,),
        )
    kind, version, plain = form.act_to(act)
    raw.execute(
        "INSERT INTO own"
        " (operation_id, id, codice_fiscale, kind, version, plain, booked_at, station)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            when.operation_id,
            row,
            fold(_person_of(act)),
            kind,
            version,
            plain,
            when.booked_at,
            when.station,
        ),
    )
    _draw(raw, row)
    if isinstance(act, CounterRegistration | Booking | CodeRegeneration):
        _letters_void(raw, row, act)
        if awaits_letters(act):
            _letters_awaited(raw, row, act, when)


def _settled(raw: sqlcipher.Connection, act: OfAnAct) -> None:
    """Nothing is to be set right any more; where the hub says otherwise it tells the dispute again."""
    found = raw.execute(
        "SELECT made, plain FROM dispute WHERE operation_id = ? AND NOT closed", (act.operation_id,)
    ).fetchone()
    if found is None:
        return
    entry = form.dispute_from(found[1])
    if entry.code == act.code:
        raw.execute("DELETE FROM dispute WHERE operation_id = ?", (act.operation_id,))
        _put_dispute(raw, replace(entry, closed=True), Made(found[0]))


def own_acts(raw: sqlcipher.Connection) -> Iterator[tuple[CounterAct, Stamp]]:
    """The station's acts on top, in the order of recording."""
    for kind, version, plain, *when in raw.execute(
        "SELECT kind, version, plain, operation_id, booked_at, station FROM own ORDER BY seq"
    ).fetchall():
        act = form.act_from(kind, version, plain)
        if act is not None:
            yield act, Stamp(*when)


def accepted(raw: sqlcipher.Connection, operation_id: str) -> None:
    """The hub accepted an act; it stays on top until the hub's own change has come."""
    raw.execute("UPDATE own SET accepted = 1 WHERE operation_id = ?", (operation_id,))


def drop(raw: sqlcipher.Connection, operation_ids: Iterable[str]) -> None:
    """These acts count no more here: refused, or what the hub told has them."""
    for operation_id in operation_ids:
        found = raw.execute("SELECT id FROM own WHERE operation_id = ?", (operation_id,)).fetchone()
        if found is not None:
            raw.execute("DELETE FROM own WHERE operation_id = ?", (operation_id,))
            _draw(raw, found[0])
            now = registration_in(raw, found[0])
            if now is not None:
                _letters_settled(raw, now)


def refused(raw: sqlcipher.Connection, operation_id: str, outcome: Refused) -> None:
    """The hub refused an act: it counts no more here, and what became of it stays to be seen.

    The hub's own word of it may come before or after this, or never; it stands.
    """
    found = raw.execute(
        "SELECT id, kind, version, plain, booked_at, station FROM own WHERE operation_id = ?",
        (operation_id,),
    ).fetchone()
    if found is None:
        return
    row, kind, version, plain, booked_at, station = found
    act = form.act_from(kind, version, plain)
    number, person = ("", "") if act is None else _about(raw, row, act)
    drop(raw, [operation_id])
    entry = Dispute(
        operation_id=operation_id,
        registration_number=number,
        person=person,
        kind=kind,
        code=outcome.code,
        remedy=outcome.remedy,
        done_at=booked_at,
        station=station,
    )
    raw.execute("DELETE FROM dispute WHERE operation_id = ? AND made <> 0", (operation_id,))
    _put_dispute(raw, entry, Made.REFUSED)


def dispute(raw: sqlcipher.Connection, entry: Dispute) -> None:
    """An act of the office that the registry does not hold, as last told by the hub."""
    raw.execute("DELETE FROM dispute WHERE operation_id = ?", (entry.operation_id,))
    _put_dispute(raw, entry, Made.HUB)


def letters_printed(raw: sqlcipher.Connection, operation_id: str) -> None:
    """The letters of an act are out of the printer."""
    raw.execute(
        "DELETE FROM dispute WHERE operation_id = ? AND made = ?", (operation_id, Made.UNPRINTED)
    )


def _put_dispute(raw: sqlcipher.Connection, entry: Dispute, made: Made) -> None:
    raw.execute(
        "INSERT OR IGNORE INTO dispute (operation_id, number, done_at, closed, made, plain)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            entry.operation_id,
            entry.registration_number,
            entry.done_at,
            int(entry.closed),
            int(made),
            form.dispute_to(entry),
        ),
    )


def _letters_awaited(raw: sqlcipher.Connection, row: int, act: CounterAct, when: Stamp) -> None:
    """Until they are printed."""
    number, person = _about(raw, row, act)
    entry = Dispute(
        operation_id=when.operation_id,
        registration_number=number,
        person=person,
        kind=form.act_to(act)[0],
        code=UNPRINTED,
        remedy=NEW_CODE,
        done_at=when.booked_at,
        station=when.station,
    )
    _put_dispute(raw, entry, Made.UNPRINTED)


def awaits_letters(act: CounterAct) -> bool:
    """Whether something must be printed: a code that is mailed need not be."""
    if not isinstance(act, CounterRegistration | Booking | CodeRegeneration):
        return False
    return act.secrets.pin is not None or act.secrets.mailed_code is None


def _letters_void(raw: sqlcipher.Connection, row: int, act: CounterAct) -> None:
    """Letters of an earlier act on the person are wanted by nobody."""
    number, _ = _about(raw, row, act)
    raw.execute("DELETE FROM dispute WHERE number = ? AND made = ?", (number, Made.UNPRINTED))


def _letters_settled(raw: sqlcipher.Connection, registration: Registration) -> None:
    """Letters of an operation that is over are wanted by nobody."""
    running = registration.credential.running
    for (operation_id,) in raw.execute(
        "SELECT operation_id FROM dispute WHERE number = ? AND made = ?"
        " AND operation_id NOT IN (SELECT operation_id FROM own)",
        (registration.number, Made.UNPRINTED),
    ).fetchall():
        if running is None or operation_id not in {running.operation_id, running.renewal}:
            letters_printed(raw, operation_id)


def _about(raw: sqlcipher.Connection, row: int, act: CounterAct) -> tuple[str, str]:
    """The number and the name under which an act's registration is looked for."""
    shown = registration_in(raw, row)
    if isinstance(act, CounterRegistration):
        number = act.registration_number or "" if shown is None else shown.number
        return number, _name(act.person)
    if isinstance(act, OldAccountDeletion | OfAnAct):
        number = ""
    else:
        number = act.subject.registration_number
    return (number, "") if shown is None else (shown.number, _name(shown.person))


def _name(person: Person) -> str:
    return " ".join(part for part in (person.name, person.surname) if part)


def _row_of(raw: sqlcipher.Connection, act: CounterAct) -> int | None:
    row: int | None = None
    if not isinstance(act, CounterRegistration | OldAccountDeletion | OfAnAct):
        row = row_of_number(raw, act.subject.registration_number)
    if row is None:
        row = min(_rows_of_person(raw, _person_of(act)), default=None)
    return row


def _person_of(act: CounterAct) -> str:
    if isinstance(act, CounterRegistration):
        return act.person.codice_fiscale
    if isinstance(act, OldAccountDeletion):
        return act.codice_fiscale
    if isinstance(act, OfAnAct):
        return ""
    return act.subject.codice_fiscale


def _rows_of_person(raw: sqlcipher.Connection, codice_fiscale: str) -> set[int]:
    """Every row of a person, also one that holds nothing but what this station did."""
    code = fold(codice_fiscale)
    return {
        row
        for (row,) in raw.execute(
            "SELECT id FROM face WHERE codice_fiscale = ?1"
            " UNION SELECT id FROM own WHERE codice_fiscale = ?1",
            (code,),
        )
    }


def _new_row(raw: sqlcipher.Connection) -> int:
    """A number that no row has; rows without a registration are only in `underneath` and `own`."""
    found = raw.execute(
        "SELECT max(coalesce((SELECT max(id) FROM face), 0),"
        " coalesce((SELECT max(id) FROM underneath), 0),"
        " coalesce((SELECT max(id) FROM own), 0))"
    ).fetchone()
    return int(found[0]) + 1


def _set_base(
    raw: sqlcipher.Connection,
    row: int,
    registration: Registration | None,
    aliases: Iterable[str],
) -> None:
    raw.execute("DELETE FROM alias WHERE id = ?", (row,))
    raw.executemany(
        "INSERT OR REPLACE INTO alias (number, id, own) VALUES (?, ?, 0)",
        [(number, row) for number in aliases],
    )
    if raw.execute("SELECT 1 FROM own WHERE id = ?", (row,)).fetchone() is None:
        raw.execute("DELETE FROM underneath WHERE id = ?", (row,))
        _show(raw, row, registration, own=False)
        return
    plain = None if registration is None else form.registration_to(registration)
    raw.execute("INSERT OR REPLACE INTO underneath (id, plain) VALUES (?, ?)", (row, plain))
    _draw(raw, row)


def _draw(raw: sqlcipher.Connection, row: int) -> None:
    """Applies the station's acts to what the hub told, in the order of their recording."""
    base = raw.execute("SELECT plain FROM underneath WHERE id = ?", (row,)).fetchone()
    plain = None if base is None else base[0]
    now = None if plain is None else form.registration_from(plain)
    raw.execute("DELETE FROM alias WHERE id = ? AND own", (row,))
    acts = raw.execute(
        "SELECT operation_id, kind, version, plain, booked_at, station FROM own"
        " WHERE id = ? ORDER BY seq",
        (row,),
    ).fetchall()
    others: set[str] = set()
    for operation_id, kind, version, act_plain, booked_at, station in acts:
        act = form.act_from(kind, version, act_plain)
        if act is None:
            continue
        outcome = reconciliation.apply(now, act, Stamp(operation_id, booked_at, station))
        if not isinstance(outcome, Registration):
            continue  # it does not stand: the hub will say the same
        if isinstance(act, CounterRegistration) and act.registration_number:
            others.add(act.registration_number)
        if now is not None:
            others.add(now.number)
        now = outcome
    if not acts:
        raw.execute("DELETE FROM underneath WHERE id = ?", (row,))
    _show(raw, row, now, own=bool(acts))
    if now is not None:
        raw.executemany(
            "INSERT OR IGNORE INTO alias (number, id, own) VALUES (?, ?, 1)",
            [(number, row) for number in others - {now.number}],
        )


def _clear(raw: sqlcipher.Connection, row: int) -> None:
    for table in ("face", "body", "alias"):
        raw.execute(f"DELETE FROM {table} WHERE id = ?", (row,))  # noqa: S608 - constants
    raw.execute("DELETE FROM words WHERE rowid = ?", (row,))


def _show(
    raw: sqlcipher.Connection, row: int, registration: Registration | None, *, own: bool
) -> None:
    """What pages find and show of a row."""
    for table in ("face", "body"):
        raw.execute(f"DELETE FROM {table} WHERE id = ?", (row,))  # noqa: S608 - constants
    raw.execute("DELETE FROM words WHERE rowid = ?", (row,))
    if registration is None:
        return
    person, credential = registration.person, registration.credential
    surname, name = fold(person.surname or ""), fold(person.name or "")
    code, comune = fold(person.codice_fiscale), comune_of(registration)
    # Another row under this number could only be what the hub merged without telling.
    other = raw.execute("SELECT id FROM face WHERE number = ?", (registration.number,)).fetchone()
    if other is not None:
        _clear(raw, other[0])
    raw.execute(
        "INSERT INTO face VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row,
            registration.number,
            surname,
            name,
            code,
            registration.community.value,
            credential.state.value,
            int(credential.strong),
            comune,
            _province_of(comune),
            registration.registered_at,
            int(own),
        ),
    )
    plain = form.registration_to(registration)
    raw.execute("INSERT INTO body (id, plain) VALUES (?, ?)", (row, plain))
    raw.execute(
        "INSERT INTO words (rowid, codice_fiscale, surname, name) VALUES (?, ?, ?, ?)",
        (row, code, surname, name),
    )


def _province_of(comune: str) -> str:
    """As the filter has it (R-003-52); of a comune that ceased, its last one."""
    if comune == ABROAD:
        return FOREIGN_PROVINCE
    place = places.comune(comune) if comune else None
    return "" if place is None or place.province is None else place.province
