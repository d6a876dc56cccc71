"""Parcels at the hub: each entry once, whichever way and however often it came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sync.hub.courier.commands import report_lines
from sync.hub.courier.drop import REPORT, DropFolder, Watch
from sync.hub.courier.taking import Report, Sources, Taking
from sync.hub.ingest import Ingested
from sync.hub.store import alarms, chains, registrations
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire import courier, receipt
from sync.wire.courier import CarriedAnswer, Parcel
from sync.wire.receipt import Acknowledgement
from tests.emulated.services import wait_until
from tests.unit.hub.stations import Bench, Station

KEY = bytes(range(32))


@dataclass
class Counter:
    """A hub's writer with the courier at its side."""

    bench: Bench
    writer: Writer
    registry: Path
    folder: Path
    thread: threading.Thread | None = None
    took: int = 0
    made: int = 0
    lists: dict[str, tuple[int, bytes]] | None = None

    def taking(self) -> Taking:
        def took(store: Store, station: str, ingested: Ingested) -> None:
            assert store is not None
            assert station
            self.took += ingested.stored

        return Taking(
            Sources(
                lambda: Store.open_reader(self.registry),
                self.writer,
                self.bench.ingest,
                took,
                [self.bench.unsealing],
                (self.lists or {}).get,
                decide_seconds=20,
            )
        )

    def parcel(self, station: Station, *messages: bytes, known: int = 0, **changes: object) -> Path:
        """A parcel on a medium; its file."""
        self.made += 1
        made = Parcel(courier.new_id(), station.name, self.made, known, {"trust": 0}, KEY, messages)
        made = replace(made, **changes)  # type: ignore[arg-type]
        path = self.folder / f"{made.parcel_id.hex()}.parcel"
        path.write_bytes(courier.seal(made, station.signer, self.bench.unsealing.sealing_key))
        return path

    def acknowledgements(self, report: Report) -> list[Acknowledgement]:
        """What the answers say, opened as the stations would."""
        told = []
        for name, data in report.answers.items():
            answer = courier.open_answer(data, bytes.fromhex(name.split(".")[0]), KEY)
            assert isinstance(answer, CarriedAnswer)
            for one in answer.acknowledgements:
                found = receipt.verify(one, self.bench.trust)
                assert found is not None
                told.append(found)
        return told


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    registry = tmp_path / "registry.db"
    ready = Store.open(registry)
    bench = Bench(ready)

    def decide(store: Store) -> float | None:
        return None if bench.ingest.decide(store, 50) is None else 0.0

    writer = Writer(lambda: Store.open(registry), decide)
    (tmp_path / "stick").mkdir()
    made = Counter(bench, writer, registry, tmp_path / "stick")
    made.thread = threading.Thread(target=writer.run)
    made.thread.start()
    yield made
    writer.stop()
    made.thread.join(20)
    ready.close()


def test_a_parcel_is_taken_decided_and_answered(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 50)
    files = [
        counter.parcel(station, station.message(21, 40), station.message(41, 50)),
        counter.parcel(station, station.message(1, 20)),
    ]
    report = counter.taking().take(files)
    assert (len(report.taken), report.refused) == (2, {})
    assert (report.stations["kiosk-0001"].stored, counter.took) == (50, 50)
    told = counter.acknowledgements(report)
    assert [one.up_to for one in told] == [50] * len(told)
    assert [answer.seq for one in told for answer in one.answers] == list(range(1, 51))
    reader = Store.open_reader(counter.registry)
    assert len(registrations.registrations(reader)) == 50
    assert alarms.alarms(reader) == []
    reader.close()


def test_what_came_by_the_broker_too_counts_once(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 10)
    counter.bench.send(station, 1, 6)
    path = counter.parcel(station, station.message(1, 10))
    first = counter.taking().take([path])
    again = counter.taking().take([path])
    assert first.stations["kiosk-0001"].stored == 4
    assert again.stations["kiosk-0001"].stored == 0
    assert again.stations["kiosk-0001"].up_to == 10


def test_two_stations_on_one_medium_and_one_on_two(counter: Counter) -> None:
    one, other = (counter.bench.enrolled(f"kiosk-000{n}", n) for n in (1, 2))
    one.record_many(1, 8)
    other.record_many(101, 3)
    first = [counter.parcel(one, one.message(1, 5)), counter.parcel(other, other.message(1, 3))]
    second = [counter.parcel(one, one.message(4, 8))]
    report = counter.taking().take(first)
    assert sorted(report.stations) == ["kiosk-0001", "kiosk-0002"]
    assert len(report.answers) == 2
    assert counter.taking().take(second).stations["kiosk-0001"].up_to == 8


def test_an_old_parcel_changes_nothing_and_alarms_nobody(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 3)
    old = counter.parcel(station, station.message(1, 3))
    station.record_many(4, 3)
    counter.taking().take([counter.parcel(station, station.message(1, 6))])
    report = counter.taking().take([old])
    assert counter.acknowledgements(report)[-1].up_to == 6
    reader = Store.open_reader(counter.registry)
    assert alarms.alarms(reader) == []
    reader.close()


def test_what_is_wrong_is_named_and_stops_nothing_else(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 2)
    good = counter.parcel(station, station.message(1, 2))
    stranger = Station("kiosk-0001", 17, station.sealing_key)
    forged = counter.parcel(stranger, station.message(1, 2))
    unknown = counter.parcel(Station("kiosk-0009", 9, station.sealing_key))
    endless = counter.folder / f"{'ee' * 16}.parcel"
    with endless.open("wb") as stream:
        stream.truncate(1 << 40)
    link = counter.folder / f"{'cc' * 16}.parcel"
    link.symlink_to(good)
    damaged = counter.folder / f"{bytes(16).hex()}.parcel"
    damaged.write_bytes(good.read_bytes()[:-1] + b"x")
    holiday = counter.folder / "holiday.jpg"
    holiday.write_bytes(b"\xff\xd8" * 4000)
    report = counter.taking().take([forged, damaged, endless, link, holiday, good, unknown])
    assert report.refused == {
        forged.name: "courier.signature",
        damaged.name: "courier.unreadable",
        endless.name: "courier.size",
        link.name: "courier.size",
        holiday.name: "courier.unreadable",
        unknown.name: "station.unknown",
    }
    assert report.stations["kiosk-0001"].stored == 2


def test_a_gap_is_told_so_that_the_station_goes_back(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 9)
    report = counter.taking().take([counter.parcel(station, station.message(5, 9))])
    assert report.stations["kiosk-0001"].trouble == "batch.gap"
    assert counter.acknowledgements(report)[-1].up_to == 0


def test_lists_go_back_where_they_are_newer_and_wanted(counter: Counter) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    counter.lists = {"trust": (4, b"trust list"), "documents": (9, b"documents")}
    path = counter.parcel(station, lists={"trust": 3})
    (data,) = counter.taking().take([path]).answers.values()
    answer = courier.open_answer(data, bytes.fromhex(path.stem), KEY)
    assert answer is not None
    assert answer.lists == {"trust": b"trust list"}
    path = counter.parcel(station, lists={"trust": 4})
    (data,) = counter.taking().take([path]).answers.values()
    answer = courier.open_answer(data, bytes.fromhex(path.stem), KEY)
    assert answer is not None
    assert answer.lists == {}


def test_a_folder_is_taken_by_itself_and_what_is_wrong_stays(
    counter: Counter, tmp_path: Path
) -> None:
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 4)
    drop = DropFolder(tmp_path / "hub")
    drop.make()
    good = counter.parcel(station, station.message(1, 4))
    medium = drop.inbox / ".copying"
    medium.mkdir()
    good.rename(medium / good.name)
    (medium / "notes.txt").write_text("not ours")
    (medium / "photos").mkdir()
    (medium / "photos" / "one.jpg").write_bytes(b"likewise")
    watch = Watch(drop, counter.taking(), look_seconds=0.02)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        medium.rename(drop.inbox / "stick")
        done = drop.outbox / "stick"
        wait_until((done / REPORT).is_file, 20, "the report")
        wait_until(lambda: drop.waiting() == [], 20, "the end")
    finally:
        watch.stop()
        thread.join(20)
    assert len(list(done.glob("*.answer"))) == 1
    assert (drop.refused / "stick" / "notes.txt").read_text() == "not ours"
    assert (drop.refused / "stick" / "photos" / "one.jpg").read_bytes() == b"likewise"
    assert json.loads((done / REPORT).read_text())["refused"] == {}
    reader = Store.open_reader(counter.registry)
    found = chains.station(reader, "kiosk-0001")
    reader.close()
    assert found is not None
    assert found.head_seq == 4


def test_the_report_ends_with_a_line_for_scripts() -> None:
    told = {
        "taken": ["y.parcel", "z.parcel"],
        "stations": {"k": {"stored": 3, "up_to": 5, "decided": 5, "trouble": "batch.gap"}},
        "refused": {"x.parcel": "courier.unreadable"},
    }
    assert report_lines(told, 1) == [
        "k: stored 3, holds 5, decided 5, batch.gap",
        "x.parcel: refused, courier.unreadable",
        "COURIER parcels=2 stations=1 stored=3 answers=1 refused=1",
    ]


def test_a_failure_of_the_hub_itself_loses_nothing_and_stops_nobody(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a message it fails, then the registry fails, then all is well: the folder is taken again."""
    one, other = (counter.bench.enrolled(f"kiosk-000{n}", n) for n in (1, 2))
    one.record_many(1, 4)
    other.record_many(11, 2)
    drop = DropFolder(tmp_path / "hub")
    drop.make()

    def put(name: str) -> None:
        (drop.inbox / name).mkdir()
        for path in (
            counter.parcel(one, one.message(1, 4)),
            counter.parcel(other, other.message(1, 2)),
        ):
            path.rename(drop.inbox / name / path.name)

    real = counter.bench.ingest.take
    failures: list[Exception] = [ValueError("a defect")]

    def failing(*arguments: object, **options: object) -> Ingested:
        if failures:
            raise failures.pop()
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(counter.bench.ingest, "take", failing)
    put("first")
    watch = Watch(drop, counter.taking())
    watch.take_all()
    told = json.loads((drop.outbox / "first" / REPORT).read_text())
    assert told["stations"]["kiosk-0001"]["trouble"] == "ingest.failed"
    assert told["stations"]["kiosk-0002"]["stored"] == 2
    failures.append(StoreError("store.full"))
    put("second")
    with pytest.raises(StoreError):
        watch.take_all()
    assert drop.waiting() == [drop.inbox / "second"]
    assert not (drop.outbox / "second").exists()
    watch.take_all()
    told = json.loads((drop.outbox / "second" / REPORT).read_text())
    assert told["stations"]["kiosk-0001"] == {"stored": 4, "up_to": 4, "decided": 4, "trouble": ""}
    assert drop.waiting() == []


def test_media_in_any_order_add_up(counter: Counter, tmp_path: Path) -> None:
    """What goes on where an entry is missing stays, and is taken with the medium that has it."""
    station = counter.bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 9)
    drop = DropFolder(tmp_path / "hub")
    drop.make()
    watch = Watch(drop, counter.taking())

    def bring(medium: str, first: int, last: int) -> dict[str, object]:
        (drop.inbox / medium).mkdir()
        path = counter.parcel(station, station.message(first, last))
        path.rename(drop.inbox / medium / path.name)
        watch.take_all()
        told: dict[str, object] = json.loads((drop.outbox / medium / REPORT).read_text())
        return told

    told = bring("second", 5, 9)
    assert told["taken"] == []
    assert list(told["refused"].values()) == ["batch.gap"]  # type: ignore[attr-defined]
    assert len(list(drop.later.iterdir())) == 1
    told = bring("first", 1, 4)
    assert len(told["taken"]) == 2  # type: ignore[arg-type]
    assert told["refused"] == {}
    assert told["stations"]["kiosk-0001"]["up_to"] == 9  # type: ignore[index]
    assert [*drop.later.iterdir(), *drop.refused.iterdir(), *drop.waiting()] == []


def test_processes_that_share_a_folder_take_one_after_the_other(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path)
    drop.make()
    put(drop, "stick")
    with drop.alone() as is_alone:
        assert is_alone
        Watch(DropFolder(tmp_path), Trying()).take_all()
        assert len(drop.waiting()) == 1
    Watch(DropFolder(tmp_path), Trying()).take_all()
    assert drop.waiting() == []


class Trying(Taking):
    """Refuses what it is given, or fails at one medium."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing

    def take(self, files: Iterable[Path], _until: object = None) -> Report:
        report = Report()
        for one in files:
            if one.parent.name == self.failing:
                raise MemoryError
            report.refused[one.name] = "courier.size"
        return report


def put(drop: DropFolder, name: str) -> None:
    """A medium of that name with a file and a folder that are no parcels, and one that may be."""
    (drop.inbox / name / "sub").mkdir(parents=True)
    (drop.inbox / name / "sub" / "x").write_text(name)
    (drop.inbox / name / f"{bytes(16).hex()}.parcel").write_text(name)


def test_a_name_that_comes_again_stops_nothing(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path)
    drop.make()
    (drop.inbox / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    watch = Watch(drop, Trying())
    for _ in range(3):
        put(drop, "stick")
        watch.take_all()
        assert drop.waiting() == []
    kept = sorted(drop.refused.iterdir())
    assert [one.name.partition("-")[0] for one in kept] == ["stick"] * 3
    assert [(one / "sub" / "x").read_text() for one in kept] == ["stick"] * 3
    assert (tmp_path / "elsewhere").is_dir()


def test_a_medium_that_cannot_be_taken_keeps_no_other_waiting(tmp_path: Path) -> None:
    """Not even for want of memory; it is tried again later and later."""
    drop, now = DropFolder(tmp_path), [0.0]
    drop.make()
    taking = Trying("first")
    watch = Watch(drop, taking, clock=lambda: now[0])
    for name in ("first", "second"):
        put(drop, name)
    watch.take_all()
    assert [one.name for one in drop.waiting()] == ["first"]
    taking.failing = ""
    watch.take_all()
    assert [one.name for one in drop.waiting()] == ["first"]
    now[0] += 11
    watch.take_all()
    assert drop.waiting() == []
