"""`python -m sync.hub import-registrations`, `import-old-accounts`, `load-register`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sync.hub import list_making, settings
from sync.hub.importing import importer, old_accounts
from sync.hub.importing.importer import ImportRefusedError, ImportReport, Source
from sync.hub.importing.mapping import MappingError
from sync.hub.importing.table import TableError
from sync.hub.registers import configured, local
from sync.hub.store import opening
from sync.model.inquiry import RegisterName

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_ROME: Final = ZoneInfo("Europe/Rome")


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands to the program's."""
    registrations = commands.add_parser(
        "import-registrations", help="take over the registrations of another service from CSV"
    )
    registrations.add_argument(
        "--number-code",
        type=int,
        required=True,
        metavar="CODE",
        help="station code of the numbers they get; no station may have it",
    )
    registrations.add_argument(
        "--accept-rejections", action="store_true", help="import the rows that are good"
    )
    registrations.set_defaults(run=_import)

    accounts = commands.add_parser(
        "import-old-accounts", help="note who owns credentials of the older service (CSV)"
    )
    accounts.set_defaults(run=_old_accounts)

    register = commands.add_parser("load-register", help="fill a population register from CSV")
    register.add_argument(
        "--register", required=True, choices=[name.value for name in RegisterName]
    )
    register.set_defaults(run=_load_register)

    for command in (registrations, accounts, register):
        command.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
        command.add_argument("--table", type=Path, required=True, help="CSV file")
        command.add_argument("--mapping", type=Path, required=True, help="which column is what")
        command.add_argument("--report", type=Path, help="write every rejected row and why, CSV")
        command.add_argument("--dry-run", action="store_true", help="judge, change nothing")


def _import(options: argparse.Namespace) -> int:
    source = Source(options.table, options.mapping, options.number_code)
    loaded, today, now = settings.load(options.hub_dir), _today(), time.time_ns() // 1_000_000
    list_making.adopt_places_in(loaded.trust_dir)
    try:
        if options.dry_run:
            reader = opening.open_reader(loaded)
            try:
                report = importer.judge(reader, source, today)
            finally:
                reader.close()
        else:
            store = opening.open_store(loaded)
            try:
                report = importer.enter(
                    store, source, today, now, accept_rejections=options.accept_rejections
                )
            finally:
                store.close()
    except (MappingError, TableError) as error:
        return _refused(str(error))
    except ImportRefusedError as error:
        if error.report is not None:
            _tell(error.report, options.report, "would be imported")
        return _refused(str(error))
    _tell(report, options.report, "would be imported" if options.dry_run else "imported")
    return 0 if not report.rejected or options.accept_rejections else 1


def _old_accounts(options: argparse.Namespace) -> int:
    store = opening.open_store(settings.load(options.hub_dir))
    try:
        report = old_accounts.enter(
            store,
            options.table,
            options.mapping,
            _today(),
            time.time_ns() // 1_000_000,
            dry_run=options.dry_run,
        )
    except (MappingError, TableError) as error:
        return _refused(str(error))
    finally:
        store.close()
    _tell(report, options.report, "would be noted" if options.dry_run else "noted")
    return 0 if not report.rejected else 1


def _load_register(options: argparse.Namespace) -> int:
    folder = settings.load(options.hub_dir).folder
    path = configured.database(folder, RegisterName(options.register))
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        loaded = local.fill(
            path, options.table, options.mapping, today=_today(), dry_run=options.dry_run
        )
    except (MappingError, TableError) as error:
        return _refused(str(error))
    report = ImportReport(loaded.taken, list(loaded.rejected))
    _tell(report, options.report, "would be taken" if options.dry_run else "taken")
    return 0 if not report.rejected else 1


def _tell(report: ImportReport, into: Path | None, what: str) -> None:
    print(f"rows {what}: {report.taken}; rejected: {report.rejected_rows}")
    _count(report.reasons())
    if report.discarded:
        print(f"  operations in progress that are taken as discarded: {len(report.discarded)}")
    if into is not None:
        report.write(into)


def _count(reasons: Counter[str]) -> None:
    for code, times in reasons.most_common():
        print(f"  {times:>7}  {code}")


def _refused(reason: str) -> int:
    print(f"sync.hub: {reason}", file=sys.stderr)
    return 2


def _today() -> date:
    return datetime.now(tz=UTC).astimezone(_ROME).date()
