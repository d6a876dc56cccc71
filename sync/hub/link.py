"""The hub's end of MQTT: the one door to paho.

paho is used as a protocol engine without threads of its own: one thread, ours, reads and writes
the socket, so an exception in a callback surfaces here instead of ending a loop in silence, and
no two threads ever write to one TLS connection. What has to be sent is queued and wakes the loop.

A message is acknowledged to the broker (PUBACK) only when it has been dealt with, and few are open
at once: that bounds what waits in memory. Several processes share the messages by a shared
subscription (MQTT 5, 4.8.2); which of them a message goes to is nobody's concern.

What counts and came without a claim to an acknowledgement (QoS 0) is thrown away: no receive maximum
would bound it, and a PUBACK for it would end the connection of all stations (MQTT 5, 2.2.1). Our
stations send no such thing.
"""

from __future__ import annotations

import contextlib
import queue
import random
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sync.hub.door import Channel, Delivery, Hearing, channel_of
from sync.hub.log_events import Event, log
from sync.hub.settings import HubSettings
from sync.hub.turns import Pace
from sync.wire import batch, topics

KEEPALIVE_SECONDS = 20
MOST_DELAY_SECONDS = 30.0

MOST_THROWN_AWAY = 3
"""So many messages of one station that are thrown away are told of in a minute."""

_TICK_SECONDS = 1.0
_UNSUPPORTED_VERSION = 0x84  # MQTT 5, 3.2.2.2; paho maps code 1 of MQTT 3.1.1 to it


@dataclass(frozen=True, slots=True)
class _Answer:
    topic: str
    data: bytes | None
    delivery: Delivery | None = None


class Link:
    """Hears every station and answers each under its own name."""

    def __init__(self, settings: HubSettings, hearing: Hearing, *, falls_back: bool = True) -> None:
        """Set the link up; `run` connects.

        Args:
            settings: where the broker is, and the certificate to show it.
            hearing: what is done with the messages of each channel.
            falls_back: whether MQTT 3.1.1 will do, which has no shared subscriptions: each process
                would hear everything, and do it for nothing.
        """
        self._settings = settings
        self._hearing = hearing
        self._falls_back = falls_back
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.settimeout(0)
        self._retained: dict[str, bytes] = {}
        self._published: dict[str, bytes] = {}
        self._open: set[int] = set()
        self._thrown_away = Pace()
        self._stopping = threading.Event()
        self._leaving = threading.Event()
        self._drained = threading.Event()
        self._listening = threading.Event()
        self._connection = 0
        self._granted = 0
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._reason = ""

    @property
    def listening(self) -> bool:
        """Whether the broker passes the stations' messages on to this hub now."""
        return self._listening.is_set()

    def answer(self, delivery: Delivery, data: bytes | None) -> None:
        """Sends `data` to the station, if there is any, and lets go of the message.

        From any thread. Lost without a trace if the connection is gone: the station asks again.
        """
        topic = delivery.channel.answers(delivery.station)
        self._answers.put(_Answer(topic, data, delivery))
        self._wake()

    def tell(self, station: str, data: bytes) -> None:
        """Sends `data` to a station that has not asked just now. From any thread; may be lost."""
        self.send(topics.acknowledgements(station), data)

    def reply(self, station: str, data: bytes) -> None:
        """Sends the reply to a question. From any thread; may be lost: the station asks again."""
        self.send(topics.replies(station), data)

    def send(self, topic: str, data: bytes) -> None:
        """Publishes anything else. From any thread; may be lost."""
        self._answers.put(_Answer(topic, data))
        self._wake()

    def retain(self, topic: str, data: bytes) -> None:
        """Retains `data` at the broker, now and after every connection. From any thread."""
        # A new table each time: the link's thread goes through the one that it has.
        self._retained = {**self._retained, topic: data}
        self._wake()

    def drain(self, seconds: float) -> bool:
        """Takes nothing more, and waits until everything that was taken is answered."""
        self._leaving.set()
        if not self._listening.is_set():
            self.stop()  # nothing was taken, or it has gone with the connection
            return True
        self._wake()
        return self._drained.wait(seconds)

    def stop(self) -> None:
        """Ends `run`. From any thread."""
        self._stopping.set()
        self._wake()

    def run(self) -> None:
        """The thread's work, until `stop`: connects, serves, connects again."""
        delay = 0.0
        try:
            while not self._stopping.wait(delay):
                if self._leaving.is_set():
                    self._drained.set()
                    return
                heard = self._connect_and_serve()
                delay = 0.2 if heard else min(max(delay, 0.2) * 2, MOST_DELAY_SECONDS)
                delay *= random.uniform(0.5, 1.0)  # noqa: S311  spreads load, guards nothing
        finally:
            self._near.close()
            self._far.close()

    def _connect_and_serve(self) -> bool:
        """One connection, from start to end. Returns whether stations were heard."""
        self._connection += 1
        self._published = {}
        self._open = set()
        self._granted = 0
        self._reason = "connection lost"
        client = self._client()
        heard = False
        try:
            if self._protocol == MQTTProtocolVersion.MQTTv5:
                properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
                properties.ReceiveMaximum = self._settings.most_open
                client.connect(
                    self._settings.broker_host,
                    self._settings.broker_port,
                    KEEPALIVE_SECONDS,
                    clean_start=True,
                    properties=properties,
                )
            else:
                client.connect(
                    self._settings.broker_host, self._settings.broker_port, KEEPALIVE_SECONDS
                )
            self._serve(client)
        except (OSError, ValueError) as error:
            self._reason = type(error).__name__
        finally:
            heard = self._listening.is_set()
            self._listening.clear()
            with contextlib.suppress(OSError, ValueError):
                client.disconnect()
        if not self._stopping.is_set():
            log(Event.LINK_DOWN, reason=self._reason)
        return heard

    def _client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.at_broker,
            protocol=self._protocol,
            clean_session=None if self._protocol == MQTTProtocolVersion.MQTTv5 else True,
            manual_ack=True,
        )
        tls = self._settings.tls_dir
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(str(tls / "ca.pem"))
        certificate, key = self._settings.credential
        context.load_cert_chain(certificate, key)
        client.tls_set_context(context)
        client.max_inflight_messages_set(self._settings.most_open)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    def _serve(self, client: mqtt.Client) -> None:
        """Reads, writes and answers until the connection or the hub ends."""
        poller = select.poll()
        poller.register(self._far, select.POLLIN)
        channel: socket.socket | None = None
        while not self._stopping.is_set():
            current = client.socket()
            if not isinstance(current, socket.socket):
                return
            if current is not channel:
                channel = current
                # Small packets follow one another: with Nagle each would wait 40 ms for the other.
                channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                poller.register(channel, select.POLLIN)
            writing = select.POLLOUT if client.want_write() else 0
            poller.modify(channel, select.POLLIN | writing)
            # TLS may hold decrypted bytes that no poll can see.
            held = isinstance(channel, ssl.SSLSocket) and channel.pending() > 0
            ready = dict(poller.poll(0 if held else _TICK_SECONDS * 1000))
            if self._far.fileno() in ready:
                with contextlib.suppress(BlockingIOError):
                    self._far.recv(4096)
            to_read = held or channel.fileno() in ready
            if to_read and client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
            self._send_answers(client)
            self._send_retained(client)
            if self._leaving.is_set() and self._leave(client):
                return
            if client.want_write():
                client.loop_write()
            if client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def _send_retained(self, client: mqtt.Client) -> None:
        """In the link's thread: once it is heard, and whenever there is something else."""
        if not self._listening.is_set():
            return
        for topic, data in self._retained.items():
            if self._published.get(topic) is not data:
                client.publish(topic, data, qos=1, retain=True)
                self._published[topic] = data

    def _send_answers(self, client: mqtt.Client) -> None:
        while True:
            try:
                answer = self._answers.get_nowait()
            except queue.Empty:
                return
            delivery = answer.delivery
            if delivery is not None and delivery.connection != self._connection:
                continue
            if answer.data is not None:
                client.publish(answer.topic, answer.data, qos=1)
            if delivery is not None and delivery.mid in self._open:
                client.ack(delivery.mid, 1)
                self._open.discard(delivery.mid)

    def _leave(self, client: mqtt.Client) -> bool:
        """Gives the stations' messages up to others. Returns whether everything is answered."""
        if self._listening.is_set():
            self._listening.clear()
            client.unsubscribe([self._filter(one) for one in self._hearing])
        if self._open or not self._answers.empty():
            return False
        # What was written last is on its way before the connection ends.
        deadline = time.monotonic() + _TICK_SECONDS
        while client.want_write() and time.monotonic() < deadline:
            if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        self._drained.set()
        self._stopping.set()
        return True

    def _wake(self) -> None:
        # Full: it will wake anyway. Closed: the link has ended.
        with contextlib.suppress(OSError):
            self._near.send(b"!")

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if not reason.is_failure:
            # Questions first, and without acknowledgement: so the broker passes them on beside the
            # batches, of which no more than the receive maximum are open (MQTT 5, 3.3.4).
            for one in self._hearing:
                client.subscribe(self._filter(one), 1 if one.counts else 0)
            return
        self._reason = str(reason)
        if reason.value == _UNSUPPORTED_VERSION and self._falls_back:
            self._protocol = MQTTProtocolVersion.MQTTv311

    def _filter(self, channel: Channel) -> str:
        shared = self._protocol == MQTTProtocolVersion.MQTTv5
        return f"$share/hub/{channel.of_all}" if shared else channel.of_all

    def _on_subscribe(self, *_: object) -> None:
        self._granted += 1
        if self._granted == len(self._hearing) and not self._leaving.is_set():
            self._listening.set()
            log(Event.LINK_UP)

    def _on_disconnect(
        self,
        _client: object,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            self._reason = str(reason)

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        station, channel = topics.station_of(message.topic), channel_of(message.topic)
        size = len(message.payload)
        if (
            station is None
            or channel is None
            or channel not in self._hearing
            or size > channel.most
        ):
            self._throw_away(Event.LINK_OVERSIZED, station, size)
            client.ack(message.mid, message.qos)
            return
        if channel.counts and not message.qos:
            self._throw_away(Event.LINK_UNCLAIMED, station, size)
            return
        if channel.counts:
            self._open.add(message.mid)
        else:
            # Nothing is lost with a question: it is let go of before anybody has looked at it.
            client.ack(message.mid, message.qos)
        self._hearing[channel](
            Delivery(
                station,
                bytes(message.payload),
                self._connection,
                message.mid,
                channel,
                _waited(message),
                time.monotonic(),
            )
        )

    def _throw_away(self, event: Event, station: str | None, size: int) -> None:
        """Tells of it, now and then: no station fills a log."""
        if self._thrown_away.allows(station, MOST_THROWN_AWAY):
            log(event, station=station, size=size)


def _waited(message: mqtt.MQTTMessage) -> float:
    """How long the broker had a message: it takes the time off what its station gave it to live."""
    left = getattr(message.properties, "MessageExpiryInterval", None)
    return float(max(0, batch.EXPIRY_SECONDS - left)) if isinstance(left, int) else 0.0
