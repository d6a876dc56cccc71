"""Workers share what stations send: in order, once, whichever of them dies at whichever moment."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from sync.hub import settings
from sync.hub.store import alarms, chains, opening, registrations
from tests.emulated.postgres import PrivatePostgres
from tests.emulated.services import Broker, HubProcess, WorkerProcess, wait_until
from tests.story.hub.conftest import WireStation
from tests.workbench.pki import Site, free_ports, make_site

STATIONS = tuple(f"kiosk-{number:04}" for number in range(1, 5))
WORKERS = ("hub-w1", "hub-w2")
OPERATIONS = 60
SECONDS = 60.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    with PrivatePostgres() as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, postgres: PrivatePostgres) -> Site:
    url = postgres.fresh()
    return make_site(tmp_path / "site", STATIONS, hub={"registry": {"url": url}}, workers=WORKERS)


def record(site: Site, operations: int) -> list[WireStation]:
    made = [WireStation(site, name, code) for code, name in enumerate(STATIONS, 17)]
    for place, one in enumerate(made):
        one.station.record_many(1 + place * operations, operations)
    return made


def drain(stations: list[WireStation]) -> None:
    """All at once, each until everything is acknowledged and decided; raises what one raised."""
    failed: list[BaseException] = []

    def work(one: WireStation) -> None:
        try:
            one.drain(SECONDS)
        except BaseException as error:  # noqa: BLE001  told below
            failed.append(error)
        finally:
            one.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in stations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def assert_all_once(site: Site, stations: list[WireStation]) -> None:
    store = opening.open_reader(settings.load(site.hub_dir))
    try:
        for one in stations:
            chain = one.station.chain
            held = chains.entries(store, one.station.name, 1, len(chain) + 1)
            assert [entry.hash for entry in held] == [item.hash for item in chain]
        entered = Counter(one.codice_fiscale for one in registrations.registrations(store))
        assert len(entered) == sum(len(one.station.chain) for one in stations)
        assert set(entered.values()) == {1}
        assert alarms.alarms(store) == []
    finally:
        store.close()


def stored_by(worker: WorkerProcess) -> int:
    return worker.log_end(1_000_000).count("batch.stored")


def test_two_workers_share_a_drain_and_one_is_killed_again_and_again(site: Site) -> None:
    stations = record(site, OPERATIONS)
    with ExitStack() as running:
        running.enter_context(Broker(site))
        hub = running.enter_context(HubProcess(site))
        workers = [running.enter_context(WorkerProcess(site, name)) for name in WORKERS]
        wait_until(hub.linked, SECONDS, "the hub's link")
        for worker in workers:
            wait_until(worker.linked, SECONDS, f"{worker.name}'s link")
        stop = threading.Event()

        def kill() -> None:
            while not stop.wait(0.4):
                workers[0].kill()
                workers[0].start()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            drain(stations)
        finally:
            stop.set()
            killer.join()
        assert_all_once(site, stations)
        assert stored_by(workers[1])


def test_the_hub_may_go_while_a_worker_goes_on_and_a_worker_leaves_in_order(site: Site) -> None:
    first, second = record(site, 20)[:2], record(site, 20)[2:]
    with ExitStack() as running:
        running.enter_context(Broker(site))
        with HubProcess(site) as hub:
            wait_until(hub.linked, SECONDS, "the hub's link")
            worker = running.enter_context(WorkerProcess(site, "hub-w1"))
            wait_until(worker.linked, SECONDS, "the worker's link")
        drain(first)
        assert stored_by(worker)
        other = running.enter_context(WorkerProcess(site, "hub-w2"))
        wait_until(other.linked, SECONDS, "the other worker's link")
        worker.stop(SECONDS)
        assert worker.exit_code == 0
        assert "worker.left answered=1" in worker.log_end()
        drain(second)
    assert_all_once(site, [*first, *second])


def test_a_second_hub_waits_and_takes_over_when_the_first_one_dies(site: Site) -> None:
    (web,) = free_ports(1)
    other = replace(site, folder=site.folder / "other", ports=replace(site.ports, web=web))
    shutil.copytree(site.hub_dir, other.hub_dir)
    written = other.hub_dir / settings.FILE
    words = written.read_text("utf-8").replace(f"port = {site.ports.web}", f"port = {web}")
    written.write_text(words, "utf-8")
    stations = record(site, 10)
    with ExitStack() as running:
        running.enter_context(Broker(site))
        first = running.enter_context(HubProcess(site))
        wait_until(first.linked, SECONDS, "the first hub's link")
        wait_until(lambda: "hub.leading" in first.log_end(), SECONDS, "the first one leads")
        second = running.enter_context(HubProcess(other, name=WORKERS[0]))
        wait_until(second.linked, SECONDS, "the second hub's link")
        drain(stations[:2])
        assert "hub.leading" not in second.log_end(100_000)
        first.kill()
        wait_until(lambda: "hub.leading" in second.log_end(100_000), SECONDS, "it takes over")
        drain(stations[2:])
        wait_until(lambda: "stations.published" in second.log_end(100_000), SECONDS, "its lists")
        first.start()
        wait_until(first.linked, SECONDS, "the first one again, behind the second")
        assert second.running
        assert first.log_end(100_000).count("hub.leading") == 1
    assert_all_once(site, stations)


def test_a_file_has_one_process(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site", workers=WORKERS)
    with Broker(site), HubProcess(site) as hub:
        wait_until(hub.linked, SECONDS, "the hub's link")
        worker = WorkerProcess(site, "hub-w1")
        with worker:
            wait_until(lambda: not worker.running, SECONDS, "the worker's end")
        assert worker.exit_code == 2
        assert "store.in-use" in worker.log_end()
        assert hub.linked()
