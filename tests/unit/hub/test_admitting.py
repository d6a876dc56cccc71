"""Who comes back first, whose chain is decided first, and how the hub steers it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sync.hub import admitting
from sync.hub.admitting import Admitting, Meter, Steering, Voice
from sync.hub.store import admission as kept
from sync.hub.store import chains
from sync.hub.store.admission import Load, Windows
from sync.hub.store.database import Store
from sync.hub.writer import Writer
from sync.model.operation import KINDS
from sync.model.urgency import OF_KIND, Urgency, of_kind
from sync.wire import batch
from sync.wire.admission import LONGEST_WINDOW_SECONDS
from sync.wire.batch import Absent
from sync.wire.envelope import Priority
from tests.benchmarks.coming_back import BROKER_QUEUE, Plan, simulate
from tests.unit.hub.stations import NOON, Bench, preregistration

IDLE = Load("hub", NOON, 5000, 0, 10, 0)
LATE = IDLE._replace(waited=4000, busy=5000, stored=50_000)


def test_the_table_names_kinds_that_exist() -> None:
    assert set(OF_KIND) <= KINDS
    assert of_kind("preregistration") is of_kind("a-kind-of-tomorrow") is Urgency.NORMAL


def test_a_quiet_hub_asks_nobody_to_wait() -> None:
    steering = admitting.begin(Steering(), 1000, NOON)
    assert admitting.choose(steering, 1000, NOON) == (0, 0)


def test_the_window_is_as_long_as_the_work() -> None:
    steering = admitting.learn(Steering(), [LATE._replace(waited=0)] * 3, NOON)
    steering = replace(steering, rate=10_000.0)
    steering = admitting.begin(steering, 18_000_000, NOON)
    assert admitting.choose(steering, 18_000_000, NOON) == (1800, 3600)
    half_way = admitting.begin(steering, 9_000_000, NOON + 900_000)
    assert admitting.choose(half_way, 9_000_000, NOON + 900_000)[0] == 1800
    over = admitting.begin(half_way, 0, NOON + 1_800_000)
    assert admitting.choose(over, 0, NOON + 1_800_000) == (0, 0)


def test_no_window_is_longer_than_the_longest() -> None:
    steering = admitting.begin(Steering(), 10**12, NOON)
    assert admitting.choose(steering, 10**12, NOON) == (LONGEST_WINDOW_SECONDS,) * 2


def test_who_is_too_late_lets_half_as_many_in_and_then_a_few_more() -> None:
    late = admitting.learn(Steering(), [LATE], NOON)
    assert late.share == pytest.approx(0.5)
    assert admitting.learn(late, [LATE], NOON + 5000).share == pytest.approx(0.5), "not yet"
    assert admitting.learn(late, [LATE], NOON + 15_000).share == pytest.approx(0.25)
    assert admitting.learn(late, [IDLE], NOON + 15_000).share > 0.5


def test_after_silence_it_is_as_careful_as_a_station_alone() -> None:
    steering = admitting.after_silence(Steering(), 3 * 86_400_000, NOON)
    begun = admitting.begin(steering, 0, NOON)
    assert admitting.choose(begun, 0, NOON) == (900, 1800)
    later = NOON + 1_000_000
    assert admitting.choose(admitting.begin(begun, 0, later), 0, later) == (0, 0)
    assert admitting.after_silence(Steering(), 1000, NOON) == Steering()


def test_one_station_cannot_keep_the_others_away(bench: Bench) -> None:
    liar = bench.enrolled("kiosk-0001", 1)
    bench.take(liar, batch.pack([], end=Absent(2**50, bytes(32))))
    assert kept.announced(bench.store) == (kept.MOST_ANNOUNCED, 1)


def test_what_is_still_to_come_is_known(bench: Bench) -> None:
    station = bench.enrolled("kiosk-0001", 1)
    station.record_many(1, 8)
    bench.take(station, batch.pack([], end=Absent(8, station.head)))
    assert kept.announced(bench.store) == (8, 1)
    bench.send(station, 1, 6)
    assert kept.announced(bench.store) == (2, 1)
    assert kept.undecided(bench.store) == (6, 1)
    bench.send(station, 7, 8)
    assert kept.announced(bench.store) == (0, 0)


def test_where_something_urgent_waits_is_decided_first_and_nobody_starves(bench: Bench) -> None:
    early, urgent = bench.enrolled("kiosk-0001", 1), bench.enrolled("kiosk-0002", 2)
    early.record_many(1, 60)
    urgent.record_many(101, 30)
    urgent.record(preregistration(200), priority=Priority.URGENT)
    for station in (early, urgent):
        for first in range(1, len(station.chain) + 1, 20):
            bench.send(station, first, min(first + 19, len(station.chain)))
    longest = chains.undecided(bench.store)
    assert longest is not None
    assert longest.name == "kiosk-0001"
    order = []
    while (done := bench.ingest.decide(bench.store, 10)) is not None:
        order.append(done[0].station.name)
    assert order[:3] == ["kiosk-0002"] * 3
    assert order[3] == "kiosk-0001", "one of four turns does not ask what is urgent"
    assert order[4] == "kiosk-0002"
    assert order.count("kiosk-0001") == 6


class Told:
    """Where the hub says it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.now = NOON
        self.meter = Meter()
        self.leads = True
        self.store = store
        writer = Writer(lambda: Store.open(folder / "unused.db"))
        voice = Voice("hub", lambda: self.leads, None, lambda _data: None)  # type: ignore[arg-type]  # `step` signs nothing
        self.admitting = Admitting(voice, self.meter, writer, lambda: self.now)

    def step(self) -> tuple[int, int] | None:
        said = self.admitting.step(self.store)
        self.now += 5000
        return None if said is None else (said.normal, said.bulk)


def test_it_says_what_is_new_and_says_it_again_in_time(bench: Bench, tmp_path: Path) -> None:
    told = Told(bench.store, tmp_path)
    assert told.step() == (0, 0)
    assert told.step() is None
    told.now += admitting.RENEW_MILLISECONDS
    assert told.step() == (0, 0)
    station = bench.enrolled("kiosk-0001", 1)
    bench.take(station, batch.pack([], end=Absent(40_000, bytes(32))))
    normal, bulk = told.step() or (0, 0)
    assert normal >= 20
    assert bulk >= 2 * normal - 1
    assert kept.windows(bench.store).normal == normal


def test_a_person_chooses_and_the_hub_steers_again(bench: Bench, tmp_path: Path) -> None:
    told = Told(bench.store, tmp_path)
    told.step()
    with bench.store.transaction():
        kept.say(bench.store, Windows(1, 1234, 2345, NOON))
    assert told.step() == (1234, 2345)
    with bench.store.transaction():
        kept.say(bench.store, Windows(0, 0, 0, NOON))
    assert told.step() == (0, 0)


def test_a_process_that_does_not_lead_reports_alone(bench: Bench, tmp_path: Path) -> None:
    told = Told(bench.store, tmp_path)
    told.leads = False
    told.meter.took(300, 0.25, 1.5)
    assert told.step() is None
    (load,) = kept.loads(bench.store, 0)
    assert (load.stored, load.busy, load.waited) == (300, 250, 1500)
    told.step()
    assert kept.loads(bench.store, 0)[0].stored == 0
    at = kept.loads(bench.store, 0)[0].at
    told.step()
    assert kept.loads(bench.store, 0)[0].at == at, "nothing is written while nothing happens"


def test_a_thousand_stations_come_back_one_after_the_other() -> None:
    plan = Plan(stations=1000, entries=900, rate=1000.0, reconnect=60.0, urgent=0.02)
    alone, turns = simulate(replace(plan, admits=False)), simulate(plan)
    assert alone.peak_sending > 900
    assert turns.peak_sending < 250
    assert turns.peak_queue < BROKER_QUEUE
    assert turns.dropped == turns.doubled == 0
    assert turns.urgent_done < alone.urgent_done / 5
    assert turns.all_done < alone.all_done * 1.4
