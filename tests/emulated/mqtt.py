"""An MQTT client of paho alone, to meet the broker and the hub without any code of ours."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.emulated.services import wait_until

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
        channel = self.client.socket()
        assert isinstance(channel, socket.socket)
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        # What wakes its thread: closed in the end by whichever of both is collected first.
        self.client._reset_sockets()
