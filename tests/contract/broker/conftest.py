"""One real broker for the tests of this folder, and a client that keeps what it hears."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.emulated.services import Broker, wait_until
from tests.workbench.pki import Site, make_site

SECONDS = 10.0


Credential = tuple[Path, str]
"""A folder and the name of the `.pem` and `.key` in it."""


def client_context(credential: Credential | None, ca: Path) -> ssl.SSLContext:
    """TLS as a station speaks it; without a certificate of its own where there is none."""
    context = ssl.create_default_context(cafile=str(ca))
    if credential is not None:
        folder, name = credential
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


class Visitor:
    """An MQTT client that is nobody's code but paho's, with the certificate it is given."""

    def __init__(
        self,
        port: int,
        credential: Credential,
        *,
        ca: Path,
        client_id: str = "",
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answers: dict[int, str] = {}
        self.disconnections = 0
        self._granted = threading.Event()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol
        )
        self.client.tls_set_context(client_context(credential, ca))
        self.client.on_message = self._on_message
        self.client.on_publish = self._on_publish
        self.client.on_subscribe = self._on_subscribe
        self.client.on_disconnect = self._on_disconnect
        self._port = port

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def _on_publish(
        self, _client: object, _data: object, mid: int, reason: object, _more: object
    ) -> None:
        self.answers[mid] = str(reason)

    def _on_subscribe(self, *_: object) -> None:
        self._granted.set()

    def _on_disconnect(self, *_: object) -> None:
        self.disconnections += 1

    def connect(self) -> Visitor:
        """Returns when the broker has said yes.

        Raises:
            OSError: the TLS handshake failed.
            TimeoutError: the broker did not say yes.
        """
        self.client.connect("localhost", self._port, keepalive=30)
        self.client.loop_start()
        wait_until(self.client.is_connected, SECONDS, "connected")
        return self

    def listen(self, topic: str) -> Visitor:
        self._granted.clear()
        self.client.subscribe(topic, qos=1)
        assert self._granted.wait(SECONDS)
        return self

    def say(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        """Publishes and returns the broker's reason in words."""
        info = self.client.publish(topic, payload, qos=1, retain=retain)
        wait_until(lambda: info.mid in self.answers, SECONDS, f"an answer to {topic}")
        return self.answers[info.mid]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("site"), ["kiosk-0001", "kiosk-0002"])


@pytest.fixture(scope="module")
def broker(site: Site) -> Iterator[Broker]:
    with Broker(site) as running:
        yield running


@pytest.fixture
def visit(site: Site, broker: Broker) -> Iterator[Visit]:
    """`visit("kiosk-0001")` connects with that name's certificate."""
    visitors: list[Visitor] = []

    def connect(name: str, **options: Any) -> Visitor:
        if name == "hub":
            credential = (site.hub_dir / "tls", "hub")
        else:
            credential = (site.stations[name] / "tls", "station")
        visitor = Visitor(broker.port, credential, ca=site.broker_dir / "ca.pem", **options)
        visitors.append(visitor)
        return visitor.connect()

    yield connect
    for visitor in visitors:
        visitor.close()
