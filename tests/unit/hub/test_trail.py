"""The audit trail at the hub: kept in order, told where it is not, read by the auditor alone."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from sync.hub import settings, trail
from sync.hub.migrations import APPLICATION_ID, MIGRATIONS, STEPS
from sync.hub.setup import SetupError
from sync.hub.store import alarms, chains
from sync.hub.store import trail as pages
from sync.hub.store.database import Store, StoreError
from sync.model import audit
from sync.model.audit import AuditEvent, AuditLine, AuditPage
from sync.wire import audit_trail, canonical
from sync.wire.audit_trail import Export, PageSeal, read_export, sign_export
from sync.wire.receipt import Accepted, Refused
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.hub.stations import NOON, Bench, Station
from tests.unit.hub.test_rotation import folder, keys, root, run
from tests.unit.wire.material import flipped

AUDITOR = UnsealingKey.generate()
CODE = "RSSMRA80A01L219M"

__all__ = ["folder", "root"]  # fixtures


class Writer:
    """Writes pages as a station does."""

    def __init__(self, station: str) -> None:
        self.number, self.hash = 0, audit_trail.genesis(station)

    def page(self, *subjects: str, at: int = NOON) -> AuditPage:
        seal, first, before, lines = PageSeal(AUDITOR.sealing_key), self.number, self.hash, []
        for subject in subjects:
            self.number += 1
            sealed = seal.seal(subject, self.number, self.hash)
            lines.append(AuditLine(at, AuditEvent.OPENED, bytes(16), ("found",), sealed))
            self.hash = audit_trail.line_hash(self.number, self.hash, lines[-1])
        return AuditPage(first + 1, before, seal.wrapped, tuple(lines))


def sent(bench: Bench, station: Station, page: AuditPage) -> object:
    station.record(page)
    last = len(station.chain)
    bench.send(station, last, last)
    bench.settle()
    answer = bench.take(station, station.message(last, last))[1].answers[-1]
    return answer.outcome


def codes(bench: Bench) -> list[str]:
    return [alarm.code for alarm in alarms.alarms(bench.store)]


def test_pages_are_kept_in_order(bench: Bench, station: Station) -> None:
    writer = Writer(station.name)
    assert sent(bench, station, writer.page("a", "b")) == Accepted()
    assert sent(bench, station, writer.page("c")) == Accepted()
    assert not codes(bench)
    held = pages.pages(bench.store)
    assert [(name, page.first, len(page.lines)) for name, page in held] == [
        (station.name, 1, 2),
        (station.name, 3, 1),
    ]
    assert audit_trail.broken(held) == []


@pytest.mark.rule("R-000-18")
def test_lines_that_are_missing_changed_or_doubled_are_told(bench: Bench, station: Station) -> None:
    writer = Writer(station.name)
    first = writer.page("a", "b")
    assert sent(bench, station, first) == Accepted()
    writer.page("somebody took this page out")
    assert sent(bench, station, writer.page("d")) == Accepted()
    assert codes(bench) == [trail.BROKEN]
    assert audit_trail.broken(pages.pages(bench.store)) == [(station.name, 4)]
    doubled = replace(first, lines=first.lines[:1])
    refused = sent(bench, station, doubled)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule) == (trail.BROKEN, "R-000-18")


def test_a_page_that_is_none_is_refused(bench: Bench, station: Station) -> None:
    page = Writer(station.name).page("a")
    talkative = replace(page, lines=(replace(page.lines[0], words=("Mario Rossi",)),))
    assert isinstance(sent(bench, station, talkative), Refused)
    assert not pages.pages(bench.store)


@pytest.mark.rule("R-000-18")
def test_the_registry_keeps_the_trail_and_nobody_reads_whom_it_is_about(
    bench: Bench, station: Station, registry_path: Path
) -> None:
    sent(bench, station, Writer(station.name).page(CODE))
    raw = sqlite3.connect(registry_path)
    try:
        for statement in ("DELETE FROM audit_page", "UPDATE audit_page SET first = 9"):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(statement)
    finally:
        raw.close()
    for file in registry_path.parent.iterdir():
        assert CODE.encode() not in file.read_bytes()


def filled(folder: Path) -> HubTrust:
    store = Store.open(folder / "registry.db")
    writer = Writer("kiosk-0001")
    with store.transaction():
        for subject in (CODE, "other"):
            pages.add(store, "kiosk-0001", writer.page(subject), 1)
    store.close()
    return trust_of(folder)


def trust_of(folder: Path) -> HubTrust:
    key = keys(folder)
    return HubTrust(1, 0, (key.signing.verifying_key,), (key.unsealing[0].sealing_key,))


@pytest.mark.rule("R-000-18")
def test_the_auditor_reads_a_signed_export_and_cannot_change_it(folder: Path) -> None:
    hub = filled(folder)
    data = trail.export(settings.load(folder), since=0, until=NOON + 1, now=NOON)
    read = trail.read(data, hub, AUDITOR)
    assert [line.subject for line in read if line.station == "kiosk-0001"] == [CODE, "other"]
    assert [line.subject for line in trail.read(data, hub, None)] == [None, None]
    assert CODE.encode() not in data
    # The auditor has no key of the hub's: a changed export is worth nothing.
    export = read_export(data, hub)
    assert export is not None
    fewer = Export(export.made_at, export.pages[:1])
    from_the_auditor = sign_export(fewer, SoftwareSigner.generate())
    for other in (from_the_auditor, data[:-1], b""):
        with pytest.raises(SetupError):
            trail.read(other, hub, AUDITOR)
    for place, changed in enumerate(flipped(data)):
        if place % 40 == 0:
            assert read_export(changed, hub) is None


def test_a_trail_that_was_changed_in_the_database_is_found(folder: Path) -> None:
    filled(folder)
    loaded = settings.load(folder)
    assert trail.verify(loaded) == []
    raw = sqlite3.connect(folder / "registry.db")
    raw.execute("DROP TRIGGER audit_page_is_kept")
    raw.execute("DELETE FROM audit_page WHERE first = 1")
    raw.commit()
    raw.close()
    assert trail.verify(loaded) == [("kiosk-0001", 2)]


@pytest.mark.rule("R-000-18")
def test_a_page_that_was_rewritten_with_fresh_hashes_is_found(
    bench: Bench, station: Station, folder: Path
) -> None:
    """Whoever runs the database can compute hashes; signatures of the station they cannot."""
    loaded = settings.load(folder)
    store = Store.open(loaded.registry_path)
    bench.unsealing = keys(folder).unsealing[0]
    bench.restart(store)
    with store.transaction():
        key = station.signer.verifying_key.spki
        chains.enrol(store, station.name, station.code, key, NOON)
    station.sealing_key = bench.unsealing.sealing_key
    assert sent(bench, station, Writer(station.name).page("a")) == Accepted()
    trail.note_command(loaded, store, "registry", "anna", NOON)
    assert trail.verify(loaded) == []
    other = AuditLine(NOON, AuditEvent.SEARCHED, bytes(16), ("9",))
    for name in (station.name, "hub"):
        forged = AuditPage(1, audit_trail.genesis(name), b"", (other,))
        store.run("DROP TRIGGER IF EXISTS audit_page_is_final")
        store.run(
            "UPDATE audit_page SET content = ?, hash = ? WHERE station = ?",
            canonical.encode(audit.to_plain(forged)),
            audit_trail.hashes(1, forged.before, forged.lines)[-1],
            name,
        )
        assert (name, 1) in trail.verify(loaded)
    store.close()


def test_an_export_leaves_no_gap_where_a_clock_jumped(folder: Path) -> None:
    store = Store.open(folder / "registry.db")
    writer = Writer("kiosk-0001")
    with store.transaction():
        for at in (NOON, NOON + 9_000_000, NOON + 1000):
            page = writer.page("a", at=at)
            pages.add(store, "kiosk-0001", page, None)
    store.close()
    data = trail.export(settings.load(folder), since=NOON, until=NOON + 2000, now=NOON)
    read = read_export(data, trust_of(folder))
    assert read is not None
    assert [page.first for _, page in read.pages] == [1, 2, 3]


def test_an_export_with_a_gap_is_not_read_as_whole(folder: Path) -> None:
    hub = filled(folder)
    writer = Writer("kiosk-0001")
    run_of_pages = [writer.page("a"), writer.page("b"), writer.page("c")]
    gapped = Export(NOON, tuple(("kiosk-0001", page) for page in run_of_pages[::2]))
    data = sign_export(gapped, keys(folder).signing)
    with pytest.raises(SetupError, match="kiosk-0001 before line 3"):
        trail.read(data, hub, AUDITOR)


def test_commands_of_the_terminal_leave_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("registry", "--hub-dir", folder) == 0
    assert run("audit", "verify", "--hub-dir", folder) == 0
    out = tmp_path / "trail.cose"
    assert run("audit", "export", "--out", out, "--hub-dir", folder) == 0
    capsys.readouterr()
    trusted = (
        "--trust-list",
        folder / "trust" / "hub.cose",
        "--root",
        folder / "trust" / "root.pem",
    )
    assert run("audit", "read", out, *trusted) == 0
    lines = capsys.readouterr().out.splitlines()
    said = [line.split("\t")[5].split()[0] for line in lines[:-1]]
    assert said == ["registry", "audit.verify", "audit.export"]
    assert run("audit", "read", tmp_path / "nothing", *trusted) == 2


def test_a_command_that_brings_the_registry_up_to_date_leaves_a_line(folder: Path) -> None:
    registry = folder / "registry.db"
    for one in folder.glob("registry.db*"):
        one.unlink()
    database = Database(registry)
    database.execute(f"PRAGMA application_id={APPLICATION_ID}")
    MIGRATIONS.apply(database, stop_before=STEPS[-1])
    database.close()
    with pytest.raises(StoreError, match=r"store\.older"):
        Store.open_reader(registry)
    assert run("audit", "verify", "--hub-dir", folder) == 0
    reader = Store.open_reader(registry)
    (kept,) = reader.rows("SELECT count(*) FROM audit_page")
    reader.close()
    assert kept == (1,)


def test_with_two_registries_no_command_is_carried_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("registry", "--hub-dir", folder) == 0
    toml = folder / "hub.toml"
    toml.write_text(f'{toml.read_text("utf-8")}\n[registry]\nurl = "postgresql://nowhere/hub"\n')
    assert run("rotate", "status", "--hub-dir", folder) == 2
    assert "store.ambiguous" in capsys.readouterr().err
