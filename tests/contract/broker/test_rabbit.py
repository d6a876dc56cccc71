"""RabbitMQ as the broker: who may speak where, what is retained, and what a worker that dies leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from sync.hub import settings
from sync.hub.amqp_link import AmqpLink
from sync.hub.broker import rabbit
from sync.hub.door import Channel, Delivery
from sync.hub.writer import start
from sync.wire import topics
from tests.emulated.mqtt import Visitor
from tests.emulated.rabbit import RabbitNode, define, node_of
from tests.emulated.services import wait_until
from tests.workbench.pki import HUB_NAME, Site, free_ports, make_site

ONE, OTHER = "kiosk-0001", "kiosk-0002"
SECONDS = 30.0

pytestmark = pytest.mark.slow  # Erlang takes half a minute to start


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("rabbit") / "site", [ONE, OTHER], workers=["hub-w1"])


@pytest.fixture(scope="module")
def ports() -> tuple[int, int, int]:
    amqp, mapper, among = free_ports(3)
    return amqp, mapper, among


@pytest.fixture(scope="module")
def node(
    site: Site, ports: tuple[int, int, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RabbitNode]:
    folder: Path = tmp_path_factory.mktemp("node")
    with node_of(site, folder, ports) as running:
        define(site, running, ["hub-w1"])
        yield running


def visitor(site: Site, station: str) -> Visitor:
    credential = (site.stations[station] / "tls", "station")
    ca = site.broker_dir / "ca.pem"
    return Visitor(
        site.ports.broker,
        credential,
        ca=ca,
        client_id=station,
        protocol=MQTTProtocolVersion.MQTTv311,
    ).connect()


def is_taken(site: Site, station: str, topic: str) -> bool:
    """Whether the broker lets a station publish there; else it hangs up."""
    one = visitor(site, station)
    try:
        sent = one.client.publish(topic, b"said", qos=1)
        wait_until(lambda: sent.is_published() or one.disconnections > 0, SECONDS, "a word of it")
        return sent.is_published()
    finally:
        one.close()


class Worker:
    """A process of the hub: its link, and what it has heard."""

    def __init__(self, site: Site, amqp: int, name: str = "", most_open: int = 20) -> None:
        loaded = replace(
            settings.load(site.hub_dir),
            worker=name,
            broker_hosts=("localhost",),
            amqp_port=amqp,
            most_open=most_open,
        )
        self.heard: list[Delivery] = []
        hearing = dict.fromkeys((Channel.ASKS, Channel.OPERATIONS), self.heard.append)
        self.link = AmqpLink(loaded, hearing)
        self.thread = start("link", self.link.run)
        wait_until(lambda: self.link.listening, SECONDS, "the link")

    def stop(self) -> None:
        self.link.stop()
        self.thread.join(SECONDS)


def test_a_station_speaks_and_hears_under_its_own_name_alone(site: Site, node: RabbitNode) -> None:
    assert node.running
    assert is_taken(site, ONE, topics.operations(ONE))
    assert not is_taken(site, ONE, topics.operations(OTHER))
    assert not is_taken(site, ONE, topics.LIST_VERSIONS)
    curious = visitor(site, ONE)
    try:
        curious.client.subscribe(topics.acknowledgements(OTHER))
        wait_until(lambda: curious.disconnections > 0, SECONDS, "it is turned away")
    finally:
        curious.close()


def test_a_silenced_station_may_hear_and_not_speak_until_it_is_greeted(
    site: Site, node: RabbitNode
) -> None:
    for silenced, may in (([OTHER], False), ([], True)):
        path = rabbit.write_definitions(site.broker_dir, [HUB_NAME], site.stations, silenced)
        node.ctl("import_definitions", str(path))
        assert is_taken(site, OTHER, topics.operations(OTHER)) is may
        visitor(site, OTHER).listen(topics.acknowledgements(OTHER)).close()


def test_what_a_worker_did_not_live_to_acknowledge_goes_to_another(
    site: Site, node: RabbitNode, ports: tuple[int, int, int]
) -> None:
    assert node.running
    first = Worker(site, ports[0], most_open=2)
    station = visitor(site, ONE).listen(topics.acknowledgements(ONE))
    try:
        for word in (b"1", b"2", b"3"):
            station.client.publish(topics.operations(ONE), word, qos=1)
        wait_until(lambda: len(first.heard) >= 2, SECONDS, "what is open at most")
        time.sleep(0.3)
        assert len(first.heard) == 2, "a process has no more in work"
        first.link.answer(first.heard[0], b"answer")
        wait_until(lambda: bool(station.heard), SECONDS, "the answer")
        assert station.heard[0][1] == b"answer"
        first.stop()
        second = Worker(site, ports[0], "hub-w1")
        wait_until(lambda: len(second.heard) >= 2, SECONDS, "the rest")
        done = first.heard[0].payload
        assert {one.payload for one in second.heard} == {b"1", b"2", b"3"} - {done}
        for one in second.heard:
            second.link.answer(one, None)
        assert second.link.drain(SECONDS)
        second.stop()
    finally:
        station.close()


def test_what_is_retained_is_there_for_whoever_comes_later(
    site: Site, node: RabbitNode, ports: tuple[int, int, int]
) -> None:
    assert node.running
    hub = Worker(site, ports[0])
    try:
        hub.link.retain(topics.LIST_VERSIONS, b"versions")

        def is_told() -> bool:
            late = visitor(site, ONE).listen(topics.LIST_VERSIONS)
            try:
                time.sleep(0.3)
                return any(data == b"versions" for _, data in late.heard)
            finally:
                late.close()

        wait_until(is_told, SECONDS, "it is retained")
    finally:
        hub.stop()
