"""Brokers and networks that are away, hang, forget and come back."""

from __future__ import annotations

import os
import signal
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.edge.outbox import OutboxState, ReleasedBy, WhoCanAct
from sync.wire import presence, topics
from tests.emulated.mqtt import Visitor
from tests.emulated.older_broker import OlderBroker
from tests.emulated.services import Broker, CuttableNetwork, LinkProcess, wait_until
from tests.faults.edge.conftest import NAME, Kiosk, running_link
from tests.faults.edge.scripted_hub import ScriptedHub
from tests.unit.edge.disks import small_disk
from tests.workbench.pki import Ports, Site, make_site


@pytest.fixture
def far_kiosk(site: Site) -> Kiosk:
    return Kiosk.open(site.stations[NAME])


def test_offline_at_the_start(direct_site: Site, kiosk: Kiosk) -> None:
    kiosk.record(3)
    assert kiosk.status().code == "link.stopped"
    entry = kiosk.entries()[0]
    assert entry.state is OutboxState.WAITING_NETWORK
    assert entry.released_by == ReleasedBy.LINK_STARTED.value
    assert entry.who_can_act == WhoCanAct.TECHNICIAN.value
    with running_link(kiosk):
        kiosk.wait_code("link.no-network")
        status = kiosk.status()
        assert not status.connected
        assert status.next_try_at is not None
        entry = kiosk.entries()[0]
        assert entry.state is OutboxState.WAITING_NETWORK
        assert entry.why == "link.no-network"
        assert entry.released_by == ReleasedBy.NETWORK.value
        assert entry.who_can_act == WhoCanAct.NOBODY_NEEDED.value
        assert entry.next_try_at is not None
        with Broker(direct_site):
            kiosk.wait_code("link.hub-away")
            entry = kiosk.entries()[0]
            assert entry.state is OutboxState.WAITING_HUB
            assert entry.why == "link.hub-away"
            assert entry.released_by == ReleasedBy.HUB.value
            with ScriptedHub(direct_site, NAME) as hub:
                kiosk.wait_accepted()
                assert hub.up_to == 3
                assert kiosk.status().hub_present


def test_the_broker_dies_and_comes_back(broker: Broker, direct_site: Site, kiosk: Kiosk) -> None:
    with ScriptedHub(direct_site, NAME) as hub, running_link(kiosk):
        kiosk.record(40)
        kiosk.wait_accepted()
        broker.kill()
        kiosk.wait_code("link.no-network")
        kiosk.record(40)
        broker.start()
        kiosk.wait_accepted(30)
        assert hub.up_to == 80
        assert hub.whole == list(range(1, 81))


def test_the_hub_is_away_and_comes_back(broker: Broker, direct_site: Site, kiosk: Kiosk) -> None:
    assert broker.running
    with running_link(kiosk):
        kiosk.record(5)
        kiosk.wait_code("link.hub-away")
        hub = ScriptedHub(direct_site, NAME)
        with hub:
            kiosk.wait_accepted()
        kiosk.record(5)
        kiosk.wait_code("link.hub-away")
        with hub:
            kiosk.wait_accepted()
        assert hub.whole == list(range(1, 11))


def test_a_cable_is_pulled_and_put_back(site: Site, far_kiosk: Kiosk) -> None:
    kiosk = far_kiosk
    with CuttableNetwork(site) as network, Broker(site), ScriptedHub(site, NAME) as hub:
        with running_link(kiosk):
            for _ in range(3):
                kiosk.record(30)
                kiosk.wait_accepted()
                network.cut()
                kiosk.record(20)
                kiosk.wait_code("link.no-network")
                network.restore()
                kiosk.wait_accepted()
                network.sever()
                kiosk.record(10)
                kiosk.wait_accepted()
        assert hub.whole == list(range(1, 181))
    kiosk.close()


def test_a_network_that_swallows_everything(site: Site, far_kiosk: Kiosk) -> None:
    """Connections stay open and nothing gets through, then it does."""
    kiosk = far_kiosk
    with CuttableNetwork(site) as network, Broker(site), ScriptedHub(site, NAME) as hub:
        with running_link(kiosk, answer_seconds=1.0):
            kiosk.record(5)
            kiosk.wait_accepted()
            network.stall()
            kiosk.record(30)
            time.sleep(3)
            assert kiosk.standing().watermark == 5
            network.restore()
            kiosk.wait_accepted()
            assert kiosk.states() == [OutboxState.ACCEPTED] * 35
        assert hub.whole == list(range(1, 36))
    kiosk.close()


def test_a_broker_that_hangs(broker: Broker, direct_site: Site, kiosk: Kiosk) -> None:
    with ScriptedHub(direct_site, NAME) as hub, running_link(kiosk, answer_seconds=1.0):
        kiosk.record(5)
        kiosk.wait_accepted()
        broker.freeze()
        kiosk.record(30)
        time.sleep(3)
        broker.thaw()
        kiosk.wait_accepted(40)
        assert hub.whole == list(range(1, 36))


def test_another_authoritys_broker_is_not_believed(tmp_path: Path, kiosk: Kiosk) -> None:
    ports = Ports(kiosk.profile.broker_port, kiosk.profile.broker_port, 1, 2)
    other = make_site(tmp_path / "other", [NAME], ports=ports)
    with Broker(other), running_link(kiosk):
        kiosk.record(1)
        kiosk.wait_code("link.broker-certificate")
        entry = kiosk.entries()[0]
        assert entry.state is OutboxState.WAITING_NETWORK
        assert entry.released_by == ReleasedBy.CERTIFICATE.value
        assert entry.who_can_act == WhoCanAct.TECHNICIAN.value


def test_a_broker_that_does_not_believe_us(tmp_path: Path, direct_site: Site, kiosk: Kiosk) -> None:
    """The station's certificate comes from another authority than the broker's."""
    other = make_site(tmp_path / "other", [NAME])
    for name in ("station.pem", "station.key"):
        (direct_site.stations[NAME] / "tls" / name).write_bytes(
            (other.stations[NAME] / "tls" / name).read_bytes()
        )
    with Broker(direct_site), running_link(kiosk):
        kiosk.record(1)
        kiosk.wait_code("link.refused")
        assert kiosk.entries()[0].who_can_act == WhoCanAct.CENTRAL_OFFICE.value


def test_a_revoked_station_is_told_so(direct_site: Site, kiosk: Kiosk) -> None:
    direct_site.revoke(NAME)
    with Broker(direct_site), running_link(kiosk):
        kiosk.wait_code("standing.refused")


def test_an_older_broker_is_enough(
    direct_site: Site, kiosk: Kiosk, log_lines: Callable[[str], list[str]]
) -> None:
    """MQTT 3.1.1: a broker that refuses version 5 with the code of its own version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = direct_site.broker_dir
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    port = kiosk.profile.broker_port
    with OlderBroker(port, context, b"\x20\x02\x00\x01") as older, running_link(kiosk):
        wait_until(lambda: log_lines("link.up") != [], 20, "it is connected")
        assert older.levels[:2] == [5, 4]
        assert topics.acknowledgements(NAME) in older.subscriptions
        assert log_lines("link.up")[0] == "link.up protocol=3"


def test_a_broker_that_hangs_up_on_mqtt_5_is_spoken_to_in_the_older_one(
    direct_site: Site, kiosk: Kiosk, log_lines: Callable[[str], list[str]]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = direct_site.broker_dir
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with OlderBroker(kiosk.profile.broker_port, context, b"") as older, running_link(kiosk):
        wait_until(lambda: log_lines("link.up") != [], 40, "it is connected")
        assert older.levels[:3] == [5, 5, 4]


def test_presence_is_retained_and_the_will_replaces_it(
    broker: Broker, direct_site: Site, kiosk: Kiosk
) -> None:
    assert broker.running
    credential = (direct_site.hub_dir / "tls", "hub")
    watcher = Visitor(direct_site.ports.broker, credential, ca=direct_site.broker_dir / "ca.pem")
    watcher.connect().listen(topics.STATES_OF_ALL)
    with LinkProcess(direct_site, NAME) as link:
        wait_until(lambda: len(watcher.heard) == 1, 20, "it is online")
        link.kill()
        wait_until(lambda: len(watcher.heard) == 2, 20, "the will is published")
    states = [presence.decode(payload) for _, payload in watcher.heard]
    assert [state.online for state in states] == [True, False]
    watcher.close()
    assert kiosk.status().code == "link.stopped"


def test_only_one_link_serves_a_station(direct_site: Site, broker: Broker, kiosk: Kiosk) -> None:
    assert broker.running
    with LinkProcess(direct_site, NAME):
        wait_until(lambda: kiosk.status().connected, 20, "it is connected")
        second = LinkProcess(direct_site, NAME)
        second.start()
        wait_until(lambda: not second.running, 20, "the second ends")
        assert second.exit_code == 3
        assert kiosk.status().connected


def test_a_folder_that_cannot_be_used_is_told(direct_site: Site) -> None:
    (direct_site.stations[NAME] / "station.toml").write_text("[station]\n")
    link = LinkProcess(direct_site, NAME)
    link.start(wait=False)
    wait_until(lambda: link.exit_code is not None, 20, "it ends")
    assert link.exit_code == 2
    assert "link.profile problem=station.name" in link.log_end()


def test_without_hub_keys_nothing_is_believed_until_they_come(
    broker: Broker, direct_site: Site, kiosk: Kiosk
) -> None:
    listed = kiosk.profile.trust_list
    data = listed.read_bytes()
    listed.unlink()
    kiosk.record(2)
    with ScriptedHub(direct_site, NAME) as hub, running_link(kiosk):
        kiosk.wait_code("trust.absent")
        assert kiosk.entries()[0].why == "trust.absent"
        listed.write_bytes(data)
        broker.kill()
        broker.start()
        kiosk.wait_accepted(30)
        assert hub.up_to == 2


def test_the_link_ends_when_it_is_told(direct_site: Site, broker: Broker, kiosk: Kiosk) -> None:
    assert broker.running
    with LinkProcess(direct_site, NAME) as link:
        wait_until(lambda: kiosk.status().connected, 20, "it is connected")
        os.kill(link.pid, signal.SIGTERM)
        wait_until(lambda: not link.running, 5, "it ends")


def test_a_store_that_cannot_be_had_is_waited_for(direct_site: Site, broker: Broker) -> None:
    """A disk that is read-only at the start and is mended later: nobody starts the link anew."""
    assert broker.running
    folder = direct_site.stations[NAME]
    with small_disk(folder / "store", 32 << 20) as disk:
        disk.lock()
        with LinkProcess(direct_site, NAME) as link:
            wait_until(lambda: "code=store.read-only" in link.log_end(), 20, "it says so")
            disk.unlock()
            wait_until(lambda: "link.up" in link.log_end(), 20, "it goes on")
            assert link.running
