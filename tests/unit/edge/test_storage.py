"""Space that is taken before a person begins; what a disk says of its own wear."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.space import Space
from sync.edge.storage_watch import ENTRIES_LOST, StorageWatch
from sync.edge.storage_wear import FAILING, SLOW, WORN, StorageWear, Wear
from sync.edge.store import Rebuilt, Store
from sync.edge.trouble import StoreTrouble
from tests.unit.edge.stations import Station, preregistration

MB = 1 << 20


class Disk:
    """A disk whose free space a test sets; what is taken on it counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
        self.free = free
        monkeypatch.setattr(Space, "free", lambda _: self.free)


def test_who_was_let_begin_can_finish_when_the_disk_fills_meanwhile(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, 100 * MB)
    store = station.store(floor=16 * MB)
    assert store.ready() is None

    disk.free = 1 * MB
    first = station.journal(store).record(uuid7(1), preregistration)
    second = station.journal(store).record(uuid7(2), preregistration)

    assert isinstance(first, Recorded)
    assert second == StoreTrouble("store.full")
    assert store.ready() == StoreTrouble("store.full")
    store.close()


def test_what_is_taken_is_really_taken(station: Station, store: Store) -> None:
    assert store.ready() is None
    assert store.ready() is None

    taken = (station.profile.store / "reserve").stat()
    assert taken.st_blocks * 512 >= 4 * MB


def test_nobody_is_let_begin_on_a_full_disk(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, 100 * MB)
    store = station.store(floor=16 * MB)
    disk.free = 17 * MB

    assert store.ready() == StoreTrouble("store.full")
    disk.free = 21 * MB
    assert store.ready() is None
    store.close()


def test_nobody_is_let_begin_while_the_store_is_held(store: Store) -> None:
    store.hold("store.forked", hub_time=1)

    assert store.ready() == StoreTrouble("store.forked")


# --- wear


class Kernel:
    """A folder that looks like /sys for one card."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card = folder / "devices" / "mmcblk0"
        part = self.card / "mmcblk0p2"
        part.mkdir(parents=True)
        (part / "partition").write_text("2\n")
        (self.card / "device").mkdir()
        self.writes(0, 0)
        (folder / "dev" / "block").mkdir(parents=True)
        (folder / "dev" / "block" / "179:2").symlink_to(part)

    def says(self, name: str, text: str) -> None:
        (self.card / "device" / name).write_text(text)

    def writes(self, count: int, milliseconds: int) -> None:
        (self.card / "stat").write_text(f"1 0 8 1 {count} 0 8 {milliseconds} 0 0 0\n")

    def wear(self) -> StorageWear:
        return StorageWear(self.folder, sys=self.folder, device=lambda: (179, 2))


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path / "sys")


@pytest.mark.parametrize(
    ("life", "reserve", "expected"),
    [
        ("0x01 0x01", "0x01", Wear(10)),
        ("0x03 0x08", "0x01", Wear(80)),
        ("0x09 0x01", "0x01", Wear(90, (WORN,))),
        ("0x0b 0x0b", "0x01", Wear(100, (WORN,))),
        ("0x02 0x02", "0x02", Wear(20, (WORN,))),
        ("0x00 0x00", "0x00", Wear()),
        ("nonsense", "?", Wear()),
    ],
)
def test_a_card_says_how_worn_it_is(
    kernel: Kernel, life: str, reserve: str, expected: Wear
) -> None:
    kernel.says("life_time", f"{life}\n")
    kernel.says("pre_eol_info", f"{reserve}\n")

    assert kernel.wear().look() == expected


def test_errors_that_the_file_system_found_are_told(kernel: Kernel) -> None:
    counted = kernel.folder / "fs" / "ext4" / "mmcblk0p2"
    counted.mkdir(parents=True)
    (counted / "errors_count").write_text("3\n")

    assert kernel.wear().look().codes == (FAILING,)


def test_errors_of_the_disk_count_from_the_start_on(kernel: Kernel) -> None:
    wear = kernel.wear()
    kernel.says("ioerr_cnt", "0x5\n")
    assert wear.look().codes == ()

    kernel.says("ioerr_cnt", "0x6\n")

    assert wear.look().codes == (FAILING,)


def test_writes_that_become_slow_are_told_and_not_taken_for_usual(kernel: Kernel) -> None:
    wear = kernel.wear()
    count, spent = 0, 0
    found = []
    for each in [5] * 8 + [400] * 4 + [6] * 2:
        count, spent = count + 100, spent + 100 * each
        kernel.writes(count, spent)
        found.append(wear.look().codes)

    assert found[:8] == [()] * 8
    assert found[8:12] == [(SLOW,)] * 4
    assert found[12:] == [()] * 2


def test_a_file_system_without_a_disk_says_nothing(tmp_path: Path) -> None:
    assert StorageWear(tmp_path, sys=tmp_path, device=lambda: (0, 42)).look() == Wear()


def test_this_machine_answers(tmp_path: Path) -> None:
    assert isinstance(StorageWear(tmp_path).look(), Wear)


# --- the watch


def test_a_store_that_was_made_anew_is_told(
    store: Store, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.says("life_time", "0x0a 0x01\n")
    watch = StorageWatch(store, wear=kernel.wear())
    watch.look()
    assert (watch.percent(), watch.codes()) == (100, (WORN,))

    monkeypatch.setattr(Store, "rebuilt", lambda _: Rebuilt("set-aside-1", 0, (3,), 1, waits=True))

    assert watch.codes() == (WORN, "store.rebuilt", ENTRIES_LOST)
