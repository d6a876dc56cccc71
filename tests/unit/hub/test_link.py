"""The hub's link where the broker is an older one, or not one at all."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest

from sync.hub import settings
from sync.hub.door import Channel, Delivery
from sync.hub.link import Link
from sync.hub.writer import start
from tests.emulated.older_broker import LEVEL_3_1_1, OlderBroker
from tests.emulated.services import wait_until
from tests.workbench.pki import Site, make_site


def server_context(site: Site) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(site.broker_dir / "broker.pem", site.broker_dir / "broker.key")
    context.load_verify_locations(site.broker_dir / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def link(site: Site) -> Link:
    def receive(_delivery: Delivery) -> None:
        raise AssertionError

    return Link(settings.load(site.hub_dir), {Channel.ASKS: receive, Channel.OPERATIONS: receive})


@pytest.mark.parametrize(
    "refusal",
    [
        b"\x20\x02\x00\x01",  # CONNACK of MQTT 3.1.1: unacceptable protocol version
        b"\x20\x03\x00\x84\x00",  # CONNACK of MQTT 5: unsupported protocol version
    ],
)
def test_falls_back_to_mqtt_3_1_1(site: Site, link: Link, refusal: bytes) -> None:
    with OlderBroker(site.ports.broker, server_context(site), refusal) as broker:
        thread = start("link", link.run)
        wait_until(lambda: link.listening, 10, "the link")
        link.stop()
        thread.join(5)
    assert broker.levels == [5, LEVEL_3_1_1]
    assert broker.subscriptions == ["sportello/1/up/+/ask", "sportello/1/up/+/op"]


# paho lets go of a socket whose handshake failed without closing it; it is collected at once.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_something_else_at_the_brokers_port_is_no_broker(site: Site, link: Link) -> None:
    with socket.create_server(("127.0.0.1", site.ports.broker)) as door:
        thread = start("link", link.run)
        channel, _ = door.accept()
        channel.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        channel.close()
        again, _ = door.accept()
        again.close()
        assert not link.listening
        link.stop()
        thread.join(5)
    assert not thread.is_alive()


def test_a_link_without_a_broker_leaves_at_once(link: Link) -> None:
    thread = start("link", link.run)
    started = time.monotonic()
    assert link.drain(20)
    thread.join(20)
    assert not thread.is_alive()
    assert time.monotonic() - started < 15
