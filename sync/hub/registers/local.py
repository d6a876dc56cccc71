"""A population register that lies at the hub: filled from a CSV file, asked in microseconds.

The file of an office comes whole and takes the place of the one before, at once or not at all: the
new database is written beside the old one and renamed over it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sync.hub.importing import values
from sync.hub.importing.mapping import PERSON_FIELDS, ColumnMapping, load
from sync.hub.importing.table import Row, open_table
from sync.hub.importing.values import RowReader
from sync.hub.registers import RegisterTrouble
from sync.model import plain
from sync.model.errors import Problem
from sync.model.inquiry import PersonFound, RegisterName
from sync.model.plain_reader import PlainReader

NEEDED: Final = frozenset({"codice_fiscale", "birth_date", "sex"})
"""Without these data a row says of nobody who they are."""

_SCHEMA: Final = (
    "CREATE TABLE person (codice_fiscale TEXT PRIMARY KEY, comune TEXT NOT NULL,"
    " data TEXT NOT NULL) STRICT, WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not taken, and why; free of its data."""

    line: int
    field: str
    code: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RegisterLoad:
    """What became of a file.

    Attributes:
        taken: rows that are in the register now (of a dry run: would be).
        rejected: the others, in the file's order.
    """

    taken: int
    rejected: tuple[RejectedRow, ...]

    def reasons(self) -> Counter[str]:
        """How many rows were rejected for each reason."""
        return Counter(row.code for row in self.rejected)


class LocalRegister:
    """Implements `PopulationRegister` over the database that `fill` makes."""

    def __init__(self, name: RegisterName, path: Path) -> None:
        """The register `name` in the file `path`, which may come later."""
        self._name = name
        self._path = path
        self._local = threading.local()

    @property
    def name(self) -> RegisterName:
        """Which of the registers it is."""
        return self._name

    def find(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | RegisterTrouble | None:
        """What the register knows; CIA knows people only in the comune that was asked for."""
        del asked_by  # the hub's own record of inquiries tells who asked
        try:
            found = self._connection().execute(
                "SELECT comune, data FROM person WHERE codice_fiscale = ?", (codice_fiscale,)
            )
            row = found.fetchone()
        except (sqlite3.Error, OSError) as error:
            return RegisterTrouble("register.away", type(error).__name__)
        if row is None or (self._name is RegisterName.CIA and row[0] != comune):
            return None
        known = _from_json(self._name, row[1])
        return RegisterTrouble("register.nonsense") if known is None else known

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, opened anew where the register was filled again."""
        stamp = self._path.stat().st_ino
        held: tuple[int, sqlite3.Connection] | None = getattr(self._local, "held", None)
        if held is not None and held[0] == stamp:
            return held[1]
        if held is not None:
            held[1].close()
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        self._local.held = (stamp, connection)
        return connection


def fill(
    path: Path, source: Path, mapping_file: Path, *, today: date, dry_run: bool = False
) -> RegisterLoad:
    """Fills a register from a CSV file; rows that cannot be used are told and left out.

    Args:
        path: database of the register; its folder must exist.
        source: the CSV file.
        mapping_file: which column holds what.
        today: against which days are judged.
        dry_run: read and judge everything, change nothing.

    Raises:
        MappingError, TableError: the file or its mapping cannot be used; nothing has changed.
        OSError: a file cannot be read or written; nothing has changed.
    """
    mapping = load(mapping_file, PERSON_FIELDS, NEEDED)
    rejected: list[RejectedRow] = []
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    taken = 0
    try:
        with (
            open_table(source, mapping.form, frozenset(mapping.columns.values())) as rows,
            closing(sqlite3.connect(":memory:" if dry_run else fresh)) as database,
        ):
            database.execute(_SCHEMA)
            for line, known in _people(rows, mapping, today, rejected):
                try:
                    database.execute(
                        "INSERT INTO person VALUES (?, ?, ?)",
                        (known.person.codice_fiscale, _comune(known), _to_json(known)),
                    )
                except sqlite3.IntegrityError:
                    rejected.append(RejectedRow(line, "codice_fiscale", "row.repeated"))
                else:
                    taken += 1
            database.commit()
        if not dry_run:
            _put(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return RegisterLoad(taken, tuple(rejected))


def _people(
    rows: Iterator[Row], mapping: ColumnMapping, today: date, rejected: list[RejectedRow]
) -> Iterator[tuple[int, PersonFound]]:
    for row in rows:
        if row.fields is None:
            rejected.append(RejectedRow(row.line, "", "row.length"))
            continue
        reader = RowReader(mapping.data(row.fields), mapping, today)
        person = values.person(reader)
        residence = values.residence(reader)
        contacts = values.contacts(reader)
        document = values.document(reader)
        if person is None or reader.problems:
            rejected += [rejection(row.line, problem) for problem in reader.problems[:1]]
            continue
        # Which register it is does not lie in the file: who asks knows it.
        yield row.line, PersonFound(RegisterName.CIA, person, residence, contacts, document)


def rejection(line: int, problem: Problem) -> RejectedRow:
    """A row that is not taken for one problem."""
    return RejectedRow(line, problem.field, problem.code, problem.rule or "")


def _comune(known: PersonFound) -> str:
    return getattr(known.residence, "comune", "")


def _put(fresh: Path, path: Path) -> None:
    """The new file in the old one's place, durable (rename, then the folder)."""
    fresh.chmod(0o600)
    with fresh.open("rb") as stream:
        os.fsync(stream.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _to_json(known: PersonFound) -> str:
    residence, document = known.residence, known.document
    return json.dumps(
        {
            "person": plain.from_person(known.person),
            "residence": None if residence is None else plain.from_address(residence),
            "contacts": None if known.contacts is None else plain.from_contacts(known.contacts),
            "document": None if document is None else plain.from_document(document),
        },
        ensure_ascii=False,
    )


def _from_json(name: RegisterName, text: str) -> PersonFound | None:
    try:
        reader = PlainReader(json.loads(text))
    except ValueError:
        return None
    residence, contacts = reader.part_or_none("residence"), reader.part_or_none("contacts")
    document = reader.part_or_none("document")
    known = PersonFound(
        name,
        plain.to_person(reader.part("person")),
        None if residence is None else plain.to_address(residence),
        None if contacts is None else plain.to_contacts(contacts),
        None if document is None else plain.to_document(document),
    )
    reader.finish()
    return None if reader.problem else known
