"""One connection to the broker: the one door to paho at this end.

A `Pipe` lives for one connection and is thrown away with it, so nothing is ever left in paho's
memory queue. It has no thread: `Link` waits for the socket and calls `serve`, so an exception in
a callback surfaces there instead of ending a loop in silence.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sync.edge.station import StationProfile
from sync.wire import topics

KEEPALIVE_SECONDS: Final = 30
CONNECT_SECONDS: Final = 10.0
HEAR_OUT_SECONDS: Final = 3.0
"""How long a broker that turned us away has to say why, before we speak."""
MOST_IN_FLIGHT: Final = 20

_X509_NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL
_NO_MATCHING_SUBSCRIBERS: Final = 0x10  # MQTT 5, 3.4.2.1
_NOT_AUTHORIZED: Final = 0x87  # MQTT 5, 3.2.2.2; paho maps code 5 of MQTT 3.1.1 to it
_UNSUPPORTED_VERSION: Final = 0x84  # MQTT 5, 3.2.2.2; paho maps code 1 of MQTT 3.1.1 to it


@dataclass(frozen=True, slots=True)
class Up:
    """The broker has us, and will pass on what the hub answers."""


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is over.

    Attributes:
        code: `link.no-network`, `link.tls`, `link.broker-certificate`, `link.refused`,
            `link.certificate-revoked`, `link.certificate-expired` or `link.lost`.
        speaks_only_3: the broker does not know MQTT 5.
    """

    code: str
    speaks_only_3: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The broker has the whole message; whether it had anybody to pass it to."""

    mid: int
    somebody_listens: bool
    is_refused: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of the hub, or of somebody who can speak in its place.

    Attributes:
        is_reply: to what the window asked; otherwise an acknowledgement.
        is_hint: it says how new the hub's signed lists are.
        is_admission: it says how fast stations may come back.
        is_part: it says how far the hub holds a part.
        is_relayed: it is for a neighbour.
    """

    payload: bytes
    is_reply: bool = False
    is_hint: bool = False
    is_admission: bool = False
    is_part: bool = False
    is_relayed: bool = False


Event = Up | Down | Taken | Arrived

REVOKED: Final = "link.certificate-revoked"
"""The broker ended the handshake with the alert certificate_revoked (RFC 8446, 6.2), or believed the
certificate and said in MQTT 3.1.1 that its holder is not authorized (3.2.2.3)."""
EXPIRED: Final = "link.certificate-expired"
"""Likewise with certificate_expired."""
REFUSED: Final = "link.refused"
"""The broker turned us away without a word that reached us, or does not want us."""

_ALERTS: Final = {"ALERT_CERTIFICATE_REVOKED": REVOKED, "ALERT_CERTIFICATE_EXPIRED": EXPIRED}


class _Socket(ssl.SSLSocket):
    """Remembers with what alert the broker ended the connection: paho tells only that it is over.

    In TLS 1.3 our certificate is judged when the handshake is over for us: the alert comes in the
    place of the first answer, under the keys of the broker whose certificate we have verified.

    Attributes:
        alert: `REVOKED`, `EXPIRED`, or empty.
    """

    alert = ""

    def hear_out(self, seconds: float) -> None:
        """Waits for a broker that turns us away to say so, `seconds` at most.

        It closes with our first message unread, and the reset that follows can take the alert
        away before we have read it. To a client that has not spoken it sends nothing but the alert,
        or, once it believes our certificate, tickets, which never leave OpenSSL.
        """
        patience = self.gettimeout()
        self.settimeout(0.0)
        if select.select([self], [], [], seconds)[0]:
            with contextlib.suppress(OSError):  # tickets; the alert, which is kept; or a plain end
                self.recv(1)
        self.settimeout(patience)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As of `ssl.SSLSocket`."""
        try:
            return super().recv(buflen, flags)
        except ssl.SSLError as error:
            self.alert = _alert(error) or self.alert
            raise

    def send(self, data: Any, flags: int = 0) -> int:
        """As of `ssl.SSLSocket`; it reads too, what comes in the way of writing."""
        try:
            return super().send(data, flags)
        except ssl.SSLError as error:
            self.alert = _alert(error) or self.alert
            raise


def _alert(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    return next((code for name, code in _ALERTS.items() if reason.endswith(name)), "")


class _Context(ssl.SSLContext):
    """Remembers its socket: paho leaves that of a failed handshake open."""

    sslsocket_class = _Socket
    made: ssl.SSLSocket | None = None

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """As of `ssl.SSLContext`."""
        self.made = super().wrap_socket(*arguments, **options)
        return self.made

    @property
    def alert(self) -> str:
        """With what the broker ended the connection; empty where it did not say."""
        return self.made.alert if isinstance(self.made, _Socket) else ""


class Pipe:
    """A connection to the broker."""

    def __init__(
        self,
        station: StationProfile,
        *,
        is_clock_wrong: bool,
        protocol_5: bool,
        will: bytes,
        password: bytes = b"",
        hears_out: bool = False,
        client_id: str = "",
    ) -> None:
        """A pipe that is not open; see `open`.

        With a clock that is known to be wrong the validity times of the broker's certificate are
        not looked at. `will` is what the broker publishes when this connection dies. `password`
        opens the TLS key's file (`Vault.password`), where it wants one. A pipe that `hears_out`
        gives the broker time to turn it away in words: for the try after one that was refused.
        `client_id` is of `topics.client_id`; empty for one of this connection's own.
        """
        self._password = password
        self._hears_out = hears_out
        self._station = station
        self._is_clock_wrong = is_clock_wrong
        self._protocol_5 = protocol_5
        self._client = self._new_client(client_id or topics.client_id(station.name), will)
        self._context: _Context | None = None
        self._events: list[Event] = []
        self._is_up = False

    def open(self) -> Down | None:
        """Connects, waiting some seconds at most; `Up` follows from `serve`."""
        try:
            self._context = self._tls()
        except OSError:  # ssl.SSLError is one: files that are missing, or not what they should be
            return Down("link.tls")
        try:
            self._client.tls_set_context(self._context)
            options: dict[str, object] = {}
            if self._protocol_5:
                # No session: what was not acknowledged is in the store, and is sent from there.
                options = {"clean_start": True}
            self._client.connect(
                self._station.broker_host,
                self._station.broker_port,
                KEEPALIVE_SECONDS,
                **options,  # type: ignore[arg-type]
            )
        except ssl.SSLCertVerificationError:
            return Down("link.broker-certificate")
        except ssl.SSLError:
            # No alert is believed before the broker's certificate is: anybody may send one in clear.
            return Down("link.tls")
        except (OSError, ValueError):  # ValueError: a host name that cannot be one
            return Down("link.no-network")
        channel = self._client.socket()
        if isinstance(channel, socket.socket):
            # Small packets follow one another; with Nagle each would wait 40 ms for the other.
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return None

    @property
    def channel(self) -> socket.socket | None:
        """The socket to wait for; None when the connection is over."""
        channel = self._client.socket()
        return channel if isinstance(channel, socket.socket) else None

    @property
    def wants_to_write(self) -> bool:
        """Whether `serve` should also be called when the socket can be written."""
        return self._client.want_write()

    @property
    def holds_data(self) -> bool:
        """Whether TLS has decrypted bytes that waiting for the socket would not show."""
        channel = self.channel
        return isinstance(channel, ssl.SSLSocket) and channel.pending() > 0

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry: int = 0) -> int:
        """Sends with QoS 1; returns the number that `Taken` will name. `expiry` in seconds."""
        properties = None
        if expiry and self._protocol_5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = expiry
        return self._client.publish(topic, payload, 1, retain, properties).mid

    def serve(self, *, is_readable: bool) -> Iterable[Event]:
        """Reads, writes and keeps alive; what happened."""
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if is_readable:
            code = self._client.loop_read()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS and self._client.want_write():
            code = self._client.loop_write()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._client.loop_misc()
        events, self._events = self._events, []
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not any(
            isinstance(event, Down) for event in events
        ):
            # A broker that wants no part of us ends the connection before its first answer.
            alert = "" if self._context is None else self._context.alert
            events.append(Down(alert or ("link.lost" if self._is_up else REFUSED)))
        return events

    def close(self) -> None:
        """Ends the connection without a farewell: the broker publishes the will."""
        if self._context is not None and self._context.made is not None:
            with contextlib.suppress(OSError):
                self._context.made.close()

    def _new_client(self, client_id: str, will: bytes) -> mqtt.Client:
        station = self._station
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=(
                MQTTProtocolVersion.MQTTv5 if self._protocol_5 else MQTTProtocolVersion.MQTTv311
            ),
            clean_session=None if self._protocol_5 else True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_SECONDS
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        client.will_set(topics.state(station.name), will, qos=1, retain=True)
        if self._hears_out:
            client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _tls(self) -> _Context:
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(str(self._station.tls_ca))
        context.load_cert_chain(
            str(self._station.tls_certificate),
            str(self._station.tls_key),
            lambda: self._password,  # never a question on the terminal
        )
        if self._is_clock_wrong:
            context.verify_flags |= ssl.VerifyFlags(_X509_NO_CHECK_TIME)
        return context

    def _on_socket_open(self, _client: mqtt.Client, _data: object, channel: object) -> None:
        if isinstance(channel, _Socket):
            channel.hear_out(HEAR_OUT_SECONDS)

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            # RabbitMQ knows us by the certificate that it believed, and is not to let us in: blocked.
            is_shut_out = not self._protocol_5 and reason.value == _NOT_AUTHORIZED
            code = REVOKED if is_shut_out else REFUSED
            self._events.append(Down(code, reason.value == _UNSUPPORTED_VERSION))
        else:
            name = self._station.name
            heard = (
                topics.ADMISSION,  # first: it is there before the hub's first answer
                topics.acknowledgements(name),
                topics.replies(name),
                topics.part_answers(name),
                topics.LIST_VERSIONS,
                topics.relayed_answers(name),
            )
            # RabbitMQ keeps what it has for QoS 1 in a queue of one node, and lets nobody in again whose
            # node is away; to lose an answer costs no more than to ask again.
            quality = 1 if self._protocol_5 else 0
            client.subscribe([(topic, quality) for topic in heard])

    def _on_subscribe(self, *_: object) -> None:
        self._is_up = True
        self._events.append(Up())

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        self._events.append(
            Taken(mid, reason.value != _NO_MATCHING_SUBSCRIBERS, bool(reason.is_failure))
        )

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        name = self._station.name
        self._events.append(
            Arrived(
                bytes(message.payload),
                is_reply=message.topic == topics.replies(name),
                is_hint=message.topic == topics.LIST_VERSIONS,
                is_admission=message.topic == topics.ADMISSION,
                is_part=message.topic == topics.part_answers(name),
                is_relayed=message.topic == topics.relayed_answers(name),
            )
        )
