"""The hub and the broker die at any moment; rubbish arrives; everything is in the registry once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from sync.hub.store import alarms, chains, registrations
from sync.hub.store.database import Store
from sync.wire import batch
from sync.wire.signer import SoftwareSigner
from tests.emulated.services import (
    Broker,
    CuttableNetwork,
    HubProcess,
    MailServer,
    Service,
    port_answers,
    wait_until,
)
from tests.story.hub.conftest import WireStation
from tests.unit.hub.stations import preregistration
from tests.workbench.pki import Ports, Site, make_site

OPERATIONS = 300


def registry(site: Site) -> Store:
    return Store.open_reader(site.hub_dir / "registry.db")


def killing(services: list[Service], times: int, stop: threading.Event) -> threading.Thread:
    """Kills one of the services after the other at moments by chance, and starts it again."""
    chance = random.Random(7)

    def work() -> None:
        for _ in range(times):
            if stop.wait(chance.uniform(0.05, 0.5)):
                return
            victim = chance.choice(services)
            victim.kill()
            stop.wait(chance.uniform(0.0, 0.2))
            victim.start()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def assert_all_once(site: Site, station: WireStation) -> None:
    chain = station.station.chain
    store = registry(site)
    try:
        held = chains.entries(store, station.station.name, 1, len(chain) + 1)
        assert [entry.hash for entry in held] == [one.hash for one in chain]
        entered = Counter(one.codice_fiscale for one in registrations.registrations(store))
        assert len(entered) == len(chain)
        assert set(entered.values()) == {1}
        assert alarms.alarms(store) == []
    finally:
        store.close()


@pytest.mark.parametrize("which", ["hub", "broker", "both"])
def test_killed_again_and_again_during_a_drain(
    site: Site, broker: Broker, hub: HubProcess, station: WireStation, which: str
) -> None:
    station.station.record_many(1, OPERATIONS)
    victims: dict[str, list[Service]] = {
        "hub": [hub],
        "broker": [broker],
        "both": [hub, broker],
    }
    stop = threading.Event()
    killer = killing(victims[which], 6, stop)
    try:
        sent = 0
        # A slow station, so that the killer meets the drain at every stage.
        while sent < OPERATIONS and killer.is_alive():
            sent = min(sent + 10, OPERATIONS)
            station.ask(
                batch.pack(station.station.chain[station.watermark : station.watermark + 10])
            )
            time.sleep(0.02)
    finally:
        stop.set()
        killer.join()
    for service in (broker, hub):
        service.start()
    station.drain()
    assert_all_once(site, station)


def test_killed_while_letters_go_out_loses_none(
    site: Site, hub: HubProcess, mail: MailServer, station: WireStation
) -> None:
    """At least once; a second copy carries the same name, so that mail programs show one."""
    station.station.record_many(1, 25)
    station.drain()
    chance = random.Random(3)
    for _ in range(4):
        time.sleep(chance.uniform(0.05, 0.4))
        hub.kill()
        hub.start()
    wait_until(lambda: len({str(one["To"]) for one in mail.messages()}) == 25, 60, "25 people")
    names = {str(one["Message-ID"]) for one in mail.messages()}
    assert len(names) == 25
    assert len(mail.messages()) <= 25 + 4
    assert_all_once(site, station)


def test_rubbish_and_forgeries_hurt_nobody(
    site: Site, hub: HubProcess, station: WireStation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign_site = make_site(tmp_path_factory.mktemp("foreign") / "site", ["kiosk-0001"])
    own = station.station
    own.record_many(1, 2)
    station.drain()

    forger = replace(own, signer=SoftwareSigner.generate(), chain=list(own.chain))
    forger.record(preregistration(66))
    elsewhere = WireStation(foreign_site, "kiosk-0001", 17).station
    elsewhere.record(preregistration(67))
    copy = own.copy()
    copy.chain.pop()
    copy.record(preregistration(68))
    expected = {
        b"rubbish": "batch.malformed",
        b"\xff" * 80_000: "",
        forger.message(3, 3): "envelope.signature",
        batch.pack([elsewhere.chain[0]]): "envelope.signature",
        copy.message(2, 2): "chain.fork",
        own.message(1, 2): None,
    }
    for message, trouble in expected.items():
        acknowledgement = station.ask(message)
        if trouble == "":
            assert acknowledgement is None  # no batch can be so large: not even looked at
            continue
        assert acknowledgement is not None
        assert (acknowledgement.up_to, acknowledgement.trouble) == (2, trouble)

    other = WireStation(site, "kiosk-0002", 18)
    try:
        other.station.record_many(100, 3)
        other.drain()
    finally:
        other.close()
    own.record(preregistration(3))
    station.drain()
    assert hub.running
    store = registry(site)
    try:
        assert len(registrations.registrations(store)) == 6
        found = {alarm.code: alarm.times for alarm in alarms.alarms(store)}
    finally:
        store.close()
    assert found == {"batch.malformed": 1, "envelope.signature": 2, "chain.fork": 1}


def test_station_that_nobody_enrolled_is_told_so(
    site: Site, hub: HubProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It has a certificate for the broker, and the hub does not know its key."""
    assert hub.running
    folder = site.issue_client("kiosk-0999", tmp_path_factory.mktemp("stranger"))
    stranger = WireStation(site, "kiosk-0001", 17)
    stranger.station.name = "kiosk-0999"
    own_tls = site.stations["kiosk-0001"].parent / "kiosk-0999" / "tls"
    own_tls.mkdir(parents=True)
    for name in ("pem", "key"):
        (own_tls / f"station.{name}").write_bytes((folder / f"kiosk-0999.{name}").read_bytes())
    stranger.site = replace(site, stations={**site.stations, "kiosk-0999": own_tls.parent})
    try:
        stranger.station.record(preregistration(1))
        acknowledgement = stranger.ask(stranger.station.message(1, 1), 10)
    finally:
        stranger.close()
    assert acknowledgement is not None
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, "station.unknown")


def test_hub_waits_for_its_broker_and_ends_without_it(site: Site) -> None:
    with HubProcess(site) as hub:
        assert not hub.linked()
        with Broker(site):
            wait_until(hub.linked, 20, "the hub's link")
        wait_until(lambda: not hub.linked(), 20, "the hub notices")
        assert hub.stop() < 2
        assert hub.exit_code == 0


def test_second_hub_at_the_same_address_says_why_it_does_not_start(
    site: Site, hub: HubProcess
) -> None:
    second = HubProcess(site)
    second.log = site.folder / "logs" / "second.log"
    second.start(wait=False)
    wait_until(lambda: second.exit_code is not None, 10, "the second hub's end")
    assert second.exit_code == 2
    assert "in use" in second.log_end()
    assert hub.linked()


def test_cut_and_stalled_network(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make_site(
        tmp_path_factory.mktemp("cut") / "site", ["kiosk-0001"], ports=Ports.free(relay=True)
    )
    with Broker(site), HubProcess(site) as hub, CuttableNetwork(site) as network:
        wait_until(hub.linked, 10, "the hub's link")
        station = WireStation(site, "kiosk-0001", 17)
        try:
            station.station.record_many(1, 9)
            assert station.ask(station.station.message(1, 3)) is not None
            network.stall()
            assert station.ask(station.station.message(4, 6), 0.5) is None
            network.restore()
            station.drain()
            network.cut()
            assert not port_answers(site.ports.stations)
            network.restore()
            station.station.record(preregistration(10))
            station.drain()
            network.sever()
            station.station.record(preregistration(11))
            station.drain()
        finally:
            station.close()
        assert_all_once(site, station)
