"""An office's registrations into the registry: judged row by row first, then taken at once or not.

The file is read twice: the first time every row is judged, by itself, against the rows before it
and against the registry; the second time, only if nothing is wrong or the office says that the
rest shall do, all rows that were found good are entered in one transaction.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from sync.hub.importing.mapping import REGISTRATION_FIELDS, ColumnMapping, load
from sync.hub.importing.rows import NEEDED, ImportedRow, read
from sync.hub.importing.table import open_table
from sync.hub.importing.values import RowReader
from sync.hub.registers.local import RejectedRow, rejection
from sync.hub.store import registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import Login
from sync.model import registration_number
from sync.model.errors import Problem
from sync.model.passwords import fold_username, username_shape

_BLOCK: Final = 500


class ImportRefusedError(Exception):
    """Nothing was imported; the text says why and what to do.

    Attributes:
        report: what was found, where rows were the reason.
    """

    def __init__(self, reason: str, report: ImportReport | None = None) -> None:
        super().__init__(reason)
        self.report = report


@dataclass(slots=True)
class ImportReport:
    """What became of a file, or would.

    Attributes:
        taken: rows that are, or would be, in the registry.
        rejected: the others, each with all that is wrong with it, in the file's order.
        discarded: lines of rows whose operation in progress is taken as discarded.
    """

    taken: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    discarded: list[int] = field(default_factory=list)

    @property
    def rejected_rows(self) -> int:
        """How many rows are not taken."""
        return len({row.line for row in self.rejected})

    def reasons(self) -> Counter[str]:
        """How many times each reason was found."""
        return Counter(row.code for row in self.rejected)

    def write(self, path: Path) -> None:
        """The report as CSV: line, datum, reason, rule; free of the rows' data."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(("line", "datum", "reason", "rule"))
            for row in self.rejected:
                writer.writerow((row.line, row.field, row.code, row.rule))
            for line in self.discarded:
                writer.writerow((line, "operation_status", "operation.discarded", "R-003-22"))


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported.

    Attributes:
        table: CSV file.
        mapping: mapping file.
        code: station code under which the registrations get numbers; no station may have it.
    """

    table: Path
    mapping: Path
    code: int


def judge(store: Store, source: Source, today: date) -> ImportReport:
    """Reads and judges everything, changes nothing.

    Raises:
        MappingError, TableError: the file or its mapping cannot be used.
        OSError, StoreError: a file or the registry cannot be read.
    """
    report = ImportReport()
    mapping = load(source.mapping, REGISTRATION_FIELDS, NEEDED)
    for _ in _good_rows(store, source.table, mapping, today, report):
        report.taken += 1
    return report


def enter(
    store: Store, source: Source, today: date, now: int, *, accept_rejections: bool = False
) -> ImportReport:
    """Imports all rows in one transaction, or none.

    Args:
        store: the registry, open for writing.
        source: what is imported.
        today: against which days are judged.
        now: when it is imported, milliseconds since 1970.
        accept_rejections: rows that cannot be taken are left out; otherwise one such row keeps
            everything out.

    Raises:
        ImportRefusedError: a row is rejected, a station has the code, or the file was changed
            meanwhile; nothing was imported.
        MappingError, TableError, OSError, StoreError: as `judge`; nothing was imported.
    """
    before = _digest(source)
    judged = judge(store, source, today)
    if judged.rejected and not accept_rejections:
        raise ImportRefusedError(
            f"{judged.rejected_rows} rows are rejected, nothing was imported: mend them, or import"
            " the others with --accept-rejections",
            judged,
        )
    mapping = load(source.mapping, REGISTRATION_FIELDS, NEEDED)
    report = ImportReport()
    with store.transaction():
        counter = _first_counter(store, source.code)
        block: list[tuple[ImportedRow, str]] = []
        for row in _good_rows(store, source.table, mapping, today, report):
            block.append((row, registration_number.issue(source.code, counter).text))
            counter += 1
            if len(block) == _BLOCK:
                _enter(store, block, now)
                report.taken += len(block)
                block = []
        _enter(store, block, now)
        report.taken += len(block)
        if report.taken != judged.taken or _digest(source) != before:
            raise ImportRefusedError("the file changed while it was read, nothing was imported")
    return report


def _good_rows(
    store: Store, table: Path, mapping: ColumnMapping, today: date, report: ImportReport
) -> Iterator[ImportedRow]:
    """The rows that can be taken; `report` gets the others."""
    people: set[str] = set()
    numbers: set[str] = set()
    usernames: set[str] = set()
    with open_table(table, mapping.form, frozenset(mapping.columns.values())) as rows:
        for row in rows:
            if row.fields is None:
                report.rejected.append(RejectedRow(row.line, "", "row.length"))
                continue
            reader = RowReader(mapping.data(row.fields), mapping, today)
            found = read(reader)
            if found is None or reader.problems:
                report.rejected += [rejection(row.line, problem) for problem in reader.problems]
                continue
            repeated = _repeated(store, found, people, numbers, usernames)
            if repeated is not None:
                report.rejected.append(rejection(row.line, repeated))
                continue
            if found.running:
                report.discarded.append(row.line)
            yield found


def _repeated(
    store: Store, row: ImportedRow, people: set[str], numbers: set[str], usernames: set[str]
) -> Problem | None:
    """Whether the person, the number or the username is there already, in the file or before it."""
    code, username = row.registration.person.codice_fiscale, fold_username(row.username)
    if code in people:
        return Problem("row.repeated", "codice_fiscale", "R-003-9")
    if row.number and row.number in numbers:
        return Problem("registration-number.used", "number")
    if username and username in usernames:
        return Problem("username.taken", "username")
    if store.row("SELECT 1 FROM registration WHERE codice_fiscale = ?", code) is not None:
        return Problem("registration.exists", "codice_fiscale", "R-003-9")
    if row.number and registrations.by_number(store, row.number) is not None:
        return Problem("registration-number.used", "number")
    if row.username and secrets.username_owner(store, row.username) is not None:
        return Problem("username.taken", "username")
    people.add(code)
    numbers.add(row.number)
    usernames.add(username)
    return None


def _first_counter(store: Store, code: int) -> int:
    """The first number that was never issued under the code.

    Raises:
        ImportRefusedError: the code is out of range, or a station's.
    """
    if not 0 <= code < registration_number.STATIONS:
        raise ImportRefusedError(f"the code must be from 0 to {registration_number.STATIONS - 1}")
    if store.row("SELECT 1 FROM station WHERE code = ?", code) is not None:
        raise ImportRefusedError("a station has that code: imported numbers need one of their own")
    prefix = registration_number.issue(code, 0).text[:3]
    used = store.rows(
        "SELECT number FROM registration WHERE substr(number, 1, 3) = ?"
        " UNION SELECT number FROM alias WHERE substr(number, 1, 3) = ?"
        " UNION SELECT number FROM change WHERE substr(number, 1, 3) = ?",
        *(prefix,) * 3,
    )
    counters = [
        parsed.counter
        for (number,) in used
        if not isinstance(parsed := registration_number.parse(number), Problem)
        and parsed.station == code
    ]
    return max(counters, default=0) + 1


def _enter(store: Store, block: list[tuple[ImportedRow, str]], now: int) -> None:
    held = []
    for row, number in block:
        one, last = row.registration, row.registration.credential.last
        if last is not None:
            last = replace(last, operation_id=_operation_id(number))
        one = replace(
            one,
            number=number,
            credential=replace(one.credential, last=last),
            username=username_shape(row.username),
        )
        held.append(
            Held(one, now, email_confirmed_at=one.registered_at if one.email_confirmed else None)
        )
    registrations.add(store, held)
    for row, number in block:
        if row.number and row.number != number:
            registrations.add_alias(store, row.number, number)
        if row.username:
            login = Login(
                number, row.username, None, None, None, None, row.registration.registered_at
            )
            if not secrets.put_login(store, login):
                raise ImportRefusedError("a username was taken meanwhile, nothing was imported")


def _operation_id(number: str) -> str:
    """A name for an imported operation, the same for the same registration."""
    return hashlib.sha256(f"imported operation 1 {number}".encode()).hexdigest()[:32]


def _digest(source: Source) -> bytes:
    digest = hashlib.sha256()
    for path in (source.table, source.mapping):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.digest()
