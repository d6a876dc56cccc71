"""The hub's end of a RabbitMQ cluster: the one door to pika.

Stations speak MQTT with the cluster, and what they say lies in queues of the hub, quorum queues, so that a node may go. Each process of the hub consumes
from all of them; a message is acknowledged when it has been dealt with, and few are open at once
(`prefetch`). One that a process did not live to acknowledge goes to another.

Retained messages lie at each node by itself, and AMQP makes none: they are put there by MQTT.
"""

from __future__ import annotations

import contextlib
import queue
import random
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

import paho.mqtt.client as mqtt
import pika
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from sync.hub.broker.rabbit import QUEUES
from sync.hub.door import Channel, Delivery, Hearing
from sync.hub.link import KEEPALIVE_SECONDS, MOST_DELAY_SECONDS, MOST_THROWN_AWAY
from sync.hub.log_events import Event, log
from sync.hub.settings import HubSettings
from sync.hub.turns import Pace
from sync.wire import topics

RETAIN_AGAIN_SECONDS: Final = 60.0
"""A node that was away has forgotten, or never heard, what is retained."""

_EXCHANGE: Final = "amq.topic"
_DURABLE: Final = 2
_TICK_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 10.0
_PASSING_MILLISECONDS: Final = 60_000
_KEPT_MILLISECONDS: Final = 15 * 60_000
"""A batch that nobody took for so long was sent again by its station, more than once."""


class AmqpLink:
    """Hears every station and answers each under its own name. A `sync.hub.door.Door`."""

    def __init__(self, settings: HubSettings, hearing: Hearing) -> None:
        """Set the link up; `run` connects.

        Args:
            settings: where the nodes are, and the certificate to show them.
            hearing: what is done with the messages of each channel.
        """
        self._settings = settings
        self._hearing = hearing
        self._outgoing: queue.SimpleQueue[tuple[str, bytes | None, Delivery | None]] = (
            queue.SimpleQueue()
        )
        self._open: set[int] = set()
        self._thrown_away = Pace()
        self._lock = threading.Lock()
        self._amqp: pika.BlockingConnection | None = None
        self._retained: dict[str, bytes] = {}
        self._is_retained: dict[tuple[str, str], bytes] = {}
        self._retained_at = 0.0
        self._stopping = threading.Event()
        self._leaving = threading.Event()
        self._drained = threading.Event()
        self._listening = threading.Event()
        self._connection = 0
        self._was_cancelled = False

    @property
    def listening(self) -> bool:
        """Whether the broker passes the stations' messages on to this process now."""
        return self._listening.is_set()

    def answer(self, delivery: Delivery, data: bytes | None) -> None:
        """Sends `data` to the station, if there is any, and lets go of the message."""
        self._put(delivery.channel.answers(delivery.station), data, delivery)

    def tell(self, station: str, data: bytes) -> None:
        """Sends an acknowledgement to a station that has not asked just now; may be lost."""
        self._put(topics.acknowledgements(station), data)

    def reply(self, station: str, data: bytes) -> None:
        """Sends the reply to a question; may be lost."""
        self._put(topics.replies(station), data)

    def send(self, topic: str, data: bytes) -> None:
        """Publishes anything else; may be lost."""
        self._put(topic, data)

    def retain(self, topic: str, data: bytes) -> None:
        """Retains `data` at every node, now and after every connection."""
        self._retained = {**self._retained, topic: data}
        self._retained_at = 0.0
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
        """Ends `run`."""
        self._stopping.set()
        self._wake()

    def run(self) -> None:
        """The thread's work, until `stop`: connects to one node or another, and serves."""
        retaining = threading.Thread(target=self._keep_retained, name="retained", daemon=True)
        retaining.start()
        delay, node = 0.0, random.randrange(len(self._settings.broker_hosts))  # noqa: S311  spreads load
        while not self._stopping.wait(delay):
            if self._leaving.is_set():
                break
            heard = self._connect_and_serve(self._settings.broker_hosts[node])
            node = (node + 1) % len(self._settings.broker_hosts)
            delay = 0.2 if heard else min(max(delay, 0.2) * 2, MOST_DELAY_SECONDS)
            delay *= random.uniform(0.5, 1.0)  # noqa: S311  spreads load, guards nothing
        self._drained.set()
        self._stopping.set()
        retaining.join(_TICK_SECONDS)

    def _put(self, topic: str, data: bytes | None, delivery: Delivery | None = None) -> None:
        self._outgoing.put((topic, data, delivery))
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            if self._amqp is not None and self._amqp.is_open:
                # Closed this moment: everything is made anew, and looked at.
                with contextlib.suppress(AMQPError):
                    self._amqp.add_callback_threadsafe(_nothing)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(str(self._settings.tls_dir / "ca.pem"))
        certificate, key = self._settings.credential
        context.load_cert_chain(certificate, key)
        return context

    def _connect_and_serve(self, host: str) -> bool:
        """One connection, from start to end. Returns whether stations were heard."""
        self._connection += 1
        self._open = set()
        reason, connection = "connection lost", None
        try:
            connection = pika.BlockingConnection(
                pika.ConnectionParameters(
                    host=host,
                    port=self._settings.amqp_port,
                    credentials=pika.credentials.ExternalCredentials(),
                    ssl_options=pika.SSLOptions(self._tls(), host),
                    heartbeat=KEEPALIVE_SECONDS,
                    socket_timeout=_CONNECT_SECONDS,
                    stack_timeout=_CONNECT_SECONDS,
                    blocked_connection_timeout=MOST_DELAY_SECONDS,
                )
            )
            with self._lock:
                self._amqp = connection
            self._serve(connection)
        except (AMQPError, OSError, ValueError) as error:
            reason = type(error).__name__
        finally:
            heard = self._listening.is_set()
            self._listening.clear()
            with self._lock:
                self._amqp = None
            if connection is not None:
                with contextlib.suppress(AMQPError, OSError):
                    connection.close()
        if not self._stopping.is_set():
            log(Event.LINK_DOWN, reason=reason)
        return heard

    def _serve(self, connection: pika.BlockingConnection) -> None:
        """Consumes, publishes and acknowledges until the connection or the process ends."""
        channel = connection.channel()
        channel.add_on_cancel_callback(self._cancelled)
        channel.basic_qos(prefetch_count=self._settings.most_open, global_qos=False)
        tags = []
        for one in self._hearing:
            name = declare(channel, one)
            tags.append(channel.basic_consume(name, self._heard(one), auto_ack=not one.counts))
        self._was_cancelled = False
        self._listening.set()
        log(Event.LINK_UP)
        while not self._stopping.is_set():
            if self._was_cancelled:
                return
            self._send(channel)
            if self._leaving.is_set():
                if self._listening.is_set():
                    self._listening.clear()
                    for tag in tags:
                        channel.basic_cancel(tag)
                elif not self._open and self._outgoing.empty():
                    return
            connection.process_data_events(_TICK_SECONDS)
        self._send(channel)

    def _cancelled(self, _method: object) -> None:
        """The broker passes on no more of a queue: everything is made anew."""
        self._was_cancelled = True

    def _heard(self, channel: Channel) -> _Consumer:
        return _Consumer(self._take, channel)

    def _take(self, channel: Channel, tag: int, topic: str, payload: bytes, sent: object) -> None:
        """In the link's thread."""
        station = topics.station_of(topic)
        if station is None or len(payload) > channel.most:
            if self._thrown_away.allows(station, MOST_THROWN_AWAY):
                log(Event.LINK_OVERSIZED, station=station, size=len(payload))
            if channel.counts and isinstance(sent, BlockingChannel):
                sent.basic_ack(tag)
            return
        if channel.counts:
            self._open.add(tag)
        self._hearing[channel](
            Delivery(station, payload, self._connection, tag, channel, came_at=time.monotonic())
        )

    def _send(self, channel: BlockingChannel) -> None:
        while True:
            try:
                topic, data, delivery = self._outgoing.get_nowait()
            except queue.Empty:
                return
            if delivery is not None and delivery.connection != self._connection:
                continue
            if data is not None:
                channel.basic_publish(
                    _EXCHANGE,
                    topic.replace("/", "."),
                    data,
                    BasicProperties(delivery_mode=_DURABLE),
                )
            # For any other tag the broker would close the channel (AMQP 0-9-1, 1.8.3.13).
            if delivery is not None and delivery.mid in self._open:
                channel.basic_ack(delivery.mid)
                self._open.discard(delivery.mid)

    def _keep_retained(self) -> None:
        """In a thread of its own: puts at each node what is to be retained there."""
        while not self._stopping.wait(_TICK_SECONDS):
            if not self._retained or time.monotonic() - self._retained_at < RETAIN_AGAIN_SECONDS:
                continue
            self._retained_at = time.monotonic()
            for host in self._settings.broker_hosts:
                # A node that is away is told in a minute.
                with contextlib.suppress(OSError, ValueError, RuntimeError):
                    self._put_at(host, self._retained)

    def _put_at(self, host: str, retained: dict[str, bytes]) -> None:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=topics.client_id(self._settings.at_broker),
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=True,
        )
        client.tls_set_context(self._tls())
        client.connect(host, self._settings.broker_port, KEEPALIVE_SECONDS)
        client.loop_start()
        try:
            sent = [client.publish(topic, data, 1, retain=True) for topic, data in retained.items()]
            for one in sent:
                one.wait_for_publish(_CONNECT_SECONDS)
        finally:
            client.disconnect()
            client.loop_stop()


_Take = Callable[[Channel, int, str, bytes, object], None]


class _Consumer:
    """What pika calls with a message of a channel."""

    def __init__(self, take: _Take, channel: Channel) -> None:
        self._take = take
        self._channel = channel

    def __call__(
        self,
        sent: BlockingChannel,
        method: Basic.Deliver,
        _properties: BasicProperties,
        body: bytes,
    ) -> None:
        topic = str(method.routing_key).replace(".", "/")
        self._take(self._channel, int(method.delivery_tag), topic, body, sent)


def declare(channel: BlockingChannel, heard: Channel) -> str:
    """Makes the queue of a channel of stations, bound to what all of them say there.

    Returns:
        Its name.
    """
    name = QUEUES.format(heard.word)
    # Quorum queues for what is lost with nobody's harm too: a classic one lies at one node, and
    # nobody can use it while that is away.
    kept = _KEPT_MILLISECONDS if heard.counts else _PASSING_MILLISECONDS
    channel.queue_declare(
        name, durable=True, arguments={"x-queue-type": "quorum", "x-message-ttl": kept}
    )
    channel.queue_bind(name, _EXCHANGE, heard.of_all.replace("/", ".").replace("+", "*"))
    return name


def _nothing() -> None:
    """Ends the wait of `process_data_events`."""
