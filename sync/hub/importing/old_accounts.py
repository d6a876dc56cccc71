"""Who owns credentials of the older service, released without a look at the person (R-003-46).

Nothing but the codice fiscale is kept: it tells a counter that the person cannot be promoted and
must ask for the deletion first.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from sync.hub.importing import values
from sync.hub.importing.importer import ImportReport
from sync.hub.importing.mapping import PERSON_FIELDS, load
from sync.hub.importing.table import open_table
from sync.hub.importing.values import RowReader
from sync.hub.registers.local import RejectedRow, rejection
from sync.hub.store.database import Store

_NEEDED: Final = frozenset({"codice_fiscale"})


def enter(
    store: Store, table: Path, mapping_file: Path, today: date, now: int, *, dry_run: bool = False
) -> ImportReport:
    """Notes everybody in a file who is in no registration; who is noted already stays noted.

    Raises:
        MappingError, TableError: the file or its mapping cannot be used; nothing was noted.
        OSError, StoreError: likewise.
    """
    mapping = load(mapping_file, PERSON_FIELDS, _NEEDED)
    report = ImportReport()
    with (
        open_table(table, mapping.form, frozenset(mapping.columns.values())) as rows,
        store.transaction(),
    ):
        for row in rows:
            if row.fields is None:
                report.rejected.append(RejectedRow(row.line, "", "row.length"))
                continue
            reader = RowReader(mapping.data(row.fields), mapping, today)
            code = values.canonical_code(reader)
            if code is None:
                report.rejected += [rejection(row.line, problem) for problem in reader.problems]
                continue
            if store.row("SELECT 1 FROM registration WHERE codice_fiscale = ?", code) is not None:
                report.rejected.append(
                    RejectedRow(row.line, "codice_fiscale", "registration.exists", "R-003-45")
                )
                continue
            if not dry_run:
                store.run(
                    "INSERT INTO old_account (codice_fiscale, imported_at) VALUES (?, ?)"
                    " ON CONFLICT DO NOTHING",
                    code,
                    now,
                )
            report.taken += 1
    return report
