"""RabbitMQ as the broker: who may speak where, what is retained, and what a worker that dies leaves."""

from __future__ import annotations

import select
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from sync.edge.link.pipe import REVOKED, Down, Event, Pipe, Up
from sync.edge.station import load
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


def visitor(site: Site, station: str, client_id: str = "") -> Visitor:
    credential = (site.stations[station] / "tls", "station")
    ca = site.broker_dir / "ca.pem"
    return Visitor(
        site.ports.broker,
        credential,
        ca=ca,
        client_id=client_id or topics.client_id(station),
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


def silence(site: Site, node: RabbitNode, *stations: str) -> None:
    path = rabbit.write_definitions(
        site.broker_dir, [HUB_NAME, "hub-w1"], site.stations, list(stations)
    )
    node.ctl("import_definitions", str(path))


def answer_to(site: Site, station: str) -> str:
    """What the broker says to the link's own connection; empty where it lets it in."""
    pipe = Pipe(load(site.stations[station]), is_clock_wrong=False, protocol_5=False, will=b"")
    assert pipe.open() is None
    said: list[Event] = []

    def is_answered() -> bool:
        channel = pipe.channel
        is_readable = channel is not None and bool(select.select([channel], [], [], 0)[0])
        said.extend(pipe.serve(is_readable=is_readable or pipe.holds_data))
        return any(isinstance(one, Up | Down) for one in said)

    try:
        wait_until(is_answered, SECONDS, "an answer")
    finally:
        pipe.close()
    return next((one.code for one in said if isinstance(one, Down)), "")


def test_a_blocked_station_is_not_let_in_until_it_is_greeted_again(
    site: Site, node: RabbitNode
) -> None:
    open_still = visitor(site, OTHER)
    try:
        silence(site, node, OTHER)
        assert answer_to(site, OTHER) == REVOKED, "it is told that it is blocked"
        assert answer_to(site, ONE) == ""
        with pytest.raises((TimeoutError, OSError)):
            visitor(site, OTHER)
        open_still.client.publish(topics.operations(OTHER), b"said", qos=1)
        wait_until(lambda: open_still.disconnections > 0, SECONDS, "its first word ends it")
    finally:
        open_still.close()
        silence(site, node)
    assert answer_to(site, OTHER) == ""
    assert is_taken(site, OTHER, topics.operations(OTHER))


def test_nobody_throws_a_station_off_who_does_not_know_its_client_id(
    site: Site, node: RabbitNode
) -> None:
    victim = visitor(site, ONE).listen(topics.acknowledgements(ONE))
    try:
        for guess in (ONE, topics.client_id(ONE)):
            visitor(site, OTHER, guess).close()
        silence(site, node, OTHER)
        known = victim.client._client_id.decode()  # what a thief would have to know
        with pytest.raises((TimeoutError, OSError)):
            visitor(site, OTHER, known)
        assert victim.disconnections == 0
        victim.say(topics.operations(ONE))
        assert victim.disconnections == 0
    finally:
        victim.close()
        silence(site, node)


def test_a_client_id_of_another_gets_no_queue(site: Site, node: RabbitNode) -> None:
    assert node.running
    thief = visitor(site, OTHER, topics.client_id(ONE))
    try:
        thief.client.subscribe(topics.acknowledgements(OTHER))
        wait_until(lambda: thief.disconnections > 0, SECONDS, "it is turned away")
    finally:
        thief.close()


def test_what_is_too_long_is_refused_and_a_full_queue_drops_nothing(
    site: Site, node: RabbitNode, ports: tuple[int, int, int]
) -> None:
    Worker(site, ports[0]).stop()  # the queues are there
    long = visitor(site, ONE)
    try:
        long.client.publish(topics.operations(ONE), bytes(98_305), qos=1)
        log = node.folder / "node.log"
        wait_until(lambda: "larger than configured" in log.read_text(), SECONDS, "it is too long")
        assert not long.answers
    finally:
        long.close()
    bounds = '{"max-length": 3, "overflow": "reject-publish"}'
    node.ctl("set_policy", "--apply-to", "queues", "bounds.hub", "^hub-", bounds)
    said = []
    try:
        for number in range(40):
            one = visitor(site, ONE)
            try:
                word = str(number).encode()
                sent = one.client.publish(topics.operations(ONE), word, qos=1)
                wait_until(
                    lambda sent=sent, one=one: sent.is_published() or one.disconnections > 0,  # type: ignore[misc]
                    SECONDS,
                    "a word of it",
                )
                if not sent.is_published():
                    break
                said.append(word)
            finally:
                one.close()
        assert 3 <= len(said) < 40, "it is full"
    finally:
        silence(site, node)
    worker = Worker(site, ports[0])
    try:
        wait_until(lambda: len(worker.heard) >= len(said), SECONDS, "all that was taken")
        assert [heard.payload for heard in worker.heard][: len(said)] == said
        for heard in worker.heard:
            worker.link.answer(heard, None)
        assert worker.link.drain(SECONDS)
    finally:
        worker.stop()
    assert is_taken(site, ONE, topics.operations(ONE))
    Worker(site, ports[0]).stop()


def test_only_what_has_tls_listens_beyond_the_nodes_own_network(
    site: Site, node: RabbitNode, ports: tuple[int, int, int]
) -> None:
    listening = node.ctl("eval", 'io:format("~p~n", [rabbit_networking:active_listeners()]).')
    assert "prometheus" not in listening
    for port in ports[1:]:  # the port mapper, and the nodes among themselves
        assert addresses_of(port) <= {"127.0.0.1", "::1"}, port
    assert site.ports.broker not in ports


def addresses_of(port: int) -> set[str]:
    """Where a port of this machine is listened at."""
    said = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
    ends = [line.split()[3].rpartition(":") for line in said.splitlines()]
    found = {address.strip("[]") for address, _, number in ends if number == str(port)}
    assert found, port
    return found


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
