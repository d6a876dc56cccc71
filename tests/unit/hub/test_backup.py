"""Backups: nobody reads them but the holder of the recovery key, and a hub comes of them again."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub import backup, settings, setup
from sync.hub.device_ca import publishing
from sync.hub.keeping_commands import difference_table
from sync.hub.setup import SetupError
from sync.hub.store import alarms, backups, chains, operators, registrations
from sync.hub.store.database import Store
from sync.wire import batch, trust
from sync.wire.batch import Absent
from sync.wire.sealing import UnsealingKey
from sync.wire.trust import HubTrust
from tests.unit.hub.stations import Bench, Station, codice_fiscale
from tests.unit.hub.test_rotation import folder, root, run

NOW = time.time_ns() // 1_000_000
RECOVERY = UnsealingKey.generate()
UNSEALING = UnsealingKey.generate()

__all__ = ["folder", "root"]  # fixtures


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on another file system than the hub's: in memory, taken for a disk."""
    monkeypatch.setattr(backup, "_in_memory", lambda _path: False)
    made = Path(tempfile.mkdtemp(prefix="sportello-away-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made)


def filled(folder: Path, people: int) -> tuple[Station, int]:
    """A station whose operations the hub has decided; and how many."""
    store = Store.open(folder / "registry.db")
    try:
        bench = Bench(store)
        bench.unsealing = UNSEALING
        bench.restart(store)
        station = bench.enrolled("kiosk-0001", 17)
        station.record_many(1, people)
        bench.send(station, 1, people)
        bench.settle()
    finally:
        store.close()
    return station, people


def test_a_backup_elsewhere_secures_what_was_decided(folder: Path, away: Path) -> None:
    _, count = filled(folder, 7)
    made = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW)
    assert made.is_away
    assert made.entries == count
    store = Store.open_reader(folder / "registry.db")
    (station,) = chains.stations(store)
    assert station.secured_seq == count
    assert backups.last_away(store) == NOW
    store.close()
    assert not list(folder.glob(".backup-*"))


def test_a_backup_on_the_same_disk_secures_nothing(folder: Path, tmp_path: Path) -> None:
    filled(folder, 2)
    beside = tmp_path / "beside"
    beside.mkdir()
    made = backup.make(settings.load(folder), beside, RECOVERY.sealing_key, NOW)
    assert not made.is_away
    store = Store.open_reader(folder / "registry.db")
    assert chains.stations(store)[0].secured_seq == 0
    store.close()


def test_nothing_can_be_read_in_it(folder: Path, away: Path) -> None:
    filled(folder, 3)
    data = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW).path.read_bytes()
    assert data.startswith(backup.MAGIC)
    for secret in (codice_fiscale(1).encode(), b"persona1@", b"PRIVATE KEY", b"SQLite format 3"):
        assert secret not in data
    # What is looked for is there to be found.
    held = (folder / "registry.db").read_bytes()
    assert codice_fiscale(1).encode() in held


def test_a_hub_comes_of_it_with_its_keys(folder: Path, away: Path, tmp_path: Path) -> None:
    filled(folder, 3)
    (folder / "keys" / "feed.json").write_text("{}")
    made = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW)
    again = tmp_path / "again"
    backup.restore(made.path, RECOVERY, again, NOW + 1000)
    loaded = settings.load(again)
    before = setup.load_keys(settings.load(folder))
    assert setup.load_keys(loaded).signing.key_id == before.signing.key_id
    assert not (again / "keys" / "feed.json").exists()  # its feed is another one now
    store = Store.open_reader(loaded.registry_path)
    assert len(registrations.registrations(store)) == 3
    assert backups.rebuilding(store) is not None
    store.close()
    assert (again.stat().st_mode & 0o777) == 0o700


def test_no_other_key_opens_it_and_no_change_goes_unnoticed(
    folder: Path, away: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PIECE_BYTES", 4096)
    filled(folder, 3)
    path = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW).path
    data = path.read_bytes()
    into = tmp_path / "again"

    def refused(content: bytes, key: UnsealingKey = RECOVERY) -> None:
        path.write_bytes(content)
        with pytest.raises(SetupError):
            backup.restore(path, key, into, NOW)
        assert not into.exists()
        assert not list(tmp_path.glob(".restore-*"))

    refused(data, UnsealingKey.generate())
    piece = 4096 + 16
    head = len(data) % piece  # the last piece is shorter; any offset in the body will do
    for place in (0, len(backup.MAGIC) + 8, len(data) // 2, len(data) - 1):
        refused(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    refused(data[:-1])
    refused(data + b"x")
    for cut in (10, head, len(data) - piece, len(backup.MAGIC) + 3):
        refused(data[:cut])
    refused(b"")
    refused(b"something else")


def test_backups_of_any_size_come_back(folder: Path, away: Path, tmp_path: Path) -> None:
    """Tar fills its last record up; whether anything of that is left unread depends on the size."""
    for size in (0, 1, 300, 5_000, 9_999, 20_000):
        (folder / "trust" / "filling").write_bytes(bytes(1) * size + b"x")
        made = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW + size * 1000)
        again = tmp_path / f"again-{size}"
        backup.restore(made.path, RECOVERY, again, NOW)
        assert (again / "trust" / "filling").stat().st_size == size + 1


def test_a_folder_in_use_is_left_alone(folder: Path, away: Path) -> None:
    path = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW).path
    with pytest.raises(SetupError, match="not empty"):
        backup.restore(path, RECOVERY, folder, NOW)
    with pytest.raises(SetupError, match="no folder"):
        backup.make(settings.load(folder), away / "nowhere", RECOVERY.sealing_key, NOW)


def test_stations_bring_again_what_came_after_the_backup(
    folder: Path, away: Path, tmp_path: Path
) -> None:
    station, count = filled(folder, 4)
    path = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW).path
    store = Store.open(folder / "registry.db")
    bench = Bench(store)
    bench.unsealing = UNSEALING
    bench.restart(store)
    later = station.record_many(count + 1, 3)
    bench.send(station, count + 1, count + 3)
    bench.settle()
    assert len(registrations.registrations(store)) == count + 3
    store.close()
    again = tmp_path / "again"
    backup.restore(path, RECOVERY, again, NOW)
    store = Store.open(again / "registry.db")
    bench.restart(store)
    assert len(registrations.registrations(store)) == count
    # It asks first, hears where the hub stands, and goes on from there.
    (_, stands) = bench.take(station, batch.pack([], known=count + 3))
    assert stands.up_to == count
    bench.send(station, count + 1, count + 1)
    forgotten, last = later[1:]
    bench.take(station, batch.pack([Absent(forgotten.header.seq, forgotten.hash), last]))
    bench.settle()
    (rebuilt,) = backups.rebuilt(store)
    assert (rebuilt.before, rebuilt.again, rebuilt.missing) == (4, 2, 1)
    table = difference_table([rebuilt], bench.now, NOW)
    assert table.endswith("REBUILD stations=1 again=2 lost=1 silent=0")
    table = difference_table([rebuilt], bench.now + 3600_000, NOW)
    assert table.endswith("REBUILD stations=1 again=2 lost=1 silent=1")
    assert len(registrations.registrations(store)) == 6
    store.close()


def test_recovery_keys_are_never_written_over(tmp_path: Path, folder: Path, away: Path) -> None:
    words = ("--private", tmp_path / "recovery.pem", "--public", tmp_path / "recovery.pub")
    assert run("recovery-key", *words) == 0
    assert run("recovery-key", *words) == 2
    made = ("backup", "--into", away, "--recovery-key", tmp_path / "recovery.pub")
    assert run(*made, "--hub-dir", folder) == 0
    (path,) = away.glob("*.backup")
    private = ("--recovery-key", tmp_path / "recovery.pem", "--hub-dir", tmp_path / "again")
    assert run("restore", "--from", path, *private) == 0
    assert run("difference", "--hub-dir", tmp_path / "again") == 0
    assert run("difference", "--hub-dir", folder) == 2


def end_of(station: Station, seq: int) -> bytes:
    """Asks where the hub stands, as a station whose chain ends there."""
    return batch.pack([], end=Absent(seq, station.chain[seq - 1].hash))


def test_a_station_whose_chain_ends_early_is_told_of(bench: Bench, station: Station) -> None:
    station.record_many(1, 3)
    bench.send(station, 1, 2)
    bench.settle()
    bench.take(station, end_of(station, 2))
    bench.take(station, end_of(station, 3))  # has recorded on
    assert not alarms.alarms(bench.store)
    bench.take(station, end_of(station, 1))
    assert [alarm.code for alarm in alarms.alarms(bench.store)] == ["station.knows-less"]


def test_a_station_whose_chain_is_another_is_told_of(bench: Bench, station: Station) -> None:
    copied = station.copy()
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    bench.settle()
    copied.record_many(5, 1)
    bench.take(copied, end_of(copied, 1))
    assert [alarm.code for alarm in alarms.alarms(bench.store)] == ["chain.fork"]


def test_a_backup_in_memory_is_not_elsewhere(folder: Path) -> None:
    filled(folder, 2)
    with tempfile.TemporaryDirectory(prefix="sportello-memory-", dir="/dev/shm") as memory:
        made = backup.make(settings.load(folder), Path(memory), RECOVERY.sealing_key, NOW)
    assert not made.is_away


def test_lists_go_on_above_all_that_the_lost_hub_can_have_signed(
    folder: Path, root: Path, away: Path, tmp_path: Path
) -> None:
    path = backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW).path
    again = tmp_path / "again"
    backup.restore(path, RECOVERY, again, NOW)
    assert run("init", "--hub-dir", again, "--root-key", root) == 0
    made = trust.load(
        (again / "trust" / "hub.cose").read_bytes(), setup.believed_root(settings.load(again))
    )
    assert isinstance(made, HubTrust)
    assert made.version > NOW // 1000
    store = Store.open_reader(again / "registry.db")
    assert operators.version(store) >= NOW // 1000
    assert publishing.version(store) >= NOW // 1000
    store.close()


def test_what_a_killed_backup_left_in_clear_goes_with_the_next(folder: Path, away: Path) -> None:
    left = folder / ".backup-killed"
    left.mkdir()
    (left / "registry.db").write_bytes(b"in clear")
    backup.make(settings.load(folder), away, RECOVERY.sealing_key, NOW)
    assert not list(folder.glob(".backup-*"))


def test_one_backup_at_a_time(folder: Path, away: Path) -> None:
    loaded = settings.load(folder)
    with backup._alone(folder), pytest.raises(SetupError, match="another backup"):
        backup.make(loaded, away, RECOVERY.sealing_key, NOW)
    assert backup.make(loaded, away, RECOVERY.sealing_key, NOW).is_away
