"""The unfinished form: memory only, one session, one boot."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.runtime.drafts import DraftDropped, DraftStore, boot_id
from sync.edge.vault import Vault

FORM: dict[str, object] = {"version": 1, "answers": [["surname", "NEVERMORE"]], "step": "summary"}
LASTS = 90.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def memory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder) / "station"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store(folder: Path, clock: Clock, boot: str = "boot-1") -> DraftStore:
    return DraftStore(folder, boot_id=boot, monotonic=clock, lasts=LASTS)


def test_a_form_survives_the_program(memory: Path, clock: Clock) -> None:
    store(memory, clock).save(FORM)
    clock.now += 30
    assert store(memory, clock).load() == FORM


def test_the_newest_form_counts_also_after_a_restart(memory: Path, clock: Clock) -> None:
    store(memory, clock).save({"version": 1, "step": "first"})
    again = store(memory, clock)
    assert again.load() == {"version": 1, "step": "first"}
    again.save(FORM)
    assert store(memory, clock).load() == FORM


def test_nothing_is_found_where_nothing_was_kept(memory: Path, clock: Clock) -> None:
    assert store(memory, clock).load() is None


def test_a_dropped_form_is_gone(memory: Path, clock: Clock) -> None:
    kept = store(memory, clock)
    kept.save(FORM)
    kept.drop()
    assert list(memory.iterdir()) == []
    assert store(memory, clock).load() is None


def test_nothing_readable_lies_in_memory(memory: Path, clock: Clock) -> None:
    store(memory, clock).save(FORM)
    assert all(b"NEVERMORE" not in file.read_bytes() for file in memory.iterdir())
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in memory.iterdir())
    assert stat.S_IMODE(memory.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("seconds", "boot", "code"),
    [
        (LASTS + 1, "boot-1", "draft.expired"),
        (-1, "boot-1", "draft.expired"),
        (1, "boot-2", "draft.other-boot"),
    ],
)
def test_a_form_never_outlives_its_session_or_its_boot(
    memory: Path, clock: Clock, seconds: float, boot: str, code: str
) -> None:
    store(memory, clock).save(FORM)
    clock.now += seconds
    assert store(memory, clock, boot).load() == DraftDropped(code)
    assert list(memory.iterdir()) == []


@pytest.mark.parametrize("damaged", ["draft.form", "draft.key"])
def test_a_damaged_form_is_dropped(memory: Path, clock: Clock, damaged: str) -> None:
    store(memory, clock).save(FORM)
    file = memory / damaged
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert store(memory, clock).load() == DraftDropped("draft.damaged")
    assert list(memory.iterdir()) == []


def test_a_form_cut_short_is_dropped(memory: Path, clock: Clock) -> None:
    store(memory, clock).save(FORM)
    (memory / "draft.form").write_bytes(b"short")
    assert store(memory, clock).load() == DraftDropped("draft.damaged")


def test_a_form_without_its_key_is_dropped(memory: Path, clock: Clock) -> None:
    store(memory, clock).save(FORM)
    (memory / "draft.key").unlink()
    assert store(memory, clock).load() == DraftDropped("draft.key-missing")


def test_nothing_is_kept_on_a_disk(tmp_path: Path, clock: Clock) -> None:
    kept = store(tmp_path / "station", clock)
    assert not kept.available
    kept.save(FORM)
    assert list((tmp_path / "station").iterdir()) == []
    assert kept.load() is None


def test_the_boot_id_is_the_kernels() -> None:
    assert len(boot_id()) == 36


def test_a_memory_that_fails_stops_nobody(memory: Path, clock: Clock) -> None:
    kept = store(memory, clock)
    kept.save(FORM)
    shutil.rmtree(memory)
    kept.save({"version": 1, "step": "next"})
    assert not kept.available
    kept.drop()
    kept.save(FORM)
    assert kept.load() is None


def test_a_form_that_cannot_be_removed_has_lost_its_key(memory: Path, clock: Clock) -> None:
    kept = store(memory, clock)
    kept.save(FORM)
    form = memory / "draft.form"
    form.unlink()
    form.mkdir()
    kept.drop()
    assert not (memory / "draft.key").exists()


def test_a_form_opens_with_its_own_key_store_only(memory: Path, clock: Clock) -> None:
    """Key and form of a memory that was taken along open nothing elsewhere."""

    def at(secret: bytes) -> DraftStore:
        return DraftStore(
            memory, boot_id="boot-1", monotonic=clock, lasts=LASTS, vault=Vault(secret)
        )

    at(bytes(32)).save(FORM)
    assert at(bytes(32)).load() == FORM
    assert store(memory, clock).load() == DraftDropped("draft.damaged")
    at(bytes(32)).save(FORM)
    assert at(bytes(range(32))).load() == DraftDropped("draft.damaged")
