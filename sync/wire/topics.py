"""The names of MQTT topics. They carry stations' names and nothing personal."""

from __future__ import annotations

import re
import secrets
from typing import Final

from sync.model.certificates import CertificateKind, kind_of

# As the common name of a certificate it also becomes an MQTT user name and client id, and it
# must not hold what MQTT or an ACL pattern would read as its own: / + #
_STATION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")

_PREFIX: Final = "sportello/1"

_CHANNELS: Final = frozenset({"op", "ask", "part", "relay", "health"})

OPERATIONS_OF_ALL: Final = f"{_PREFIX}/up/+/op"
"""Where the hub hears batches."""

OPERATIONS_SHARED: Final = f"$share/hub/{OPERATIONS_OF_ALL}"
"""The same, each message to one of the hub's workers (MQTT 5, 4.8.2)."""

STATES_OF_ALL: Final = f"{_PREFIX}/state/+"
"""Every station's retained presence."""

LIST_VERSIONS: Final = f"{_PREFIX}/signed/versions"
"""Where the hub retains how new its signed lists are (`sync.wire.list_versions`)."""


ADMISSION: Final = f"{_PREFIX}/signed/admission"
"""Where the hub retains how fast stations may come back (`sync.wire.admission`)."""


def is_station_name(text: str) -> bool:
    """Whether `text` may name a station.

    That is a station's certificate (R-004-8, `058091-PC-0001`), or 1 to 32 of `a-z 0-9 -` with no
    dash at either end. A comune's server certificate never names a station (R-004-9), and no name
    differs from a certificate's by small letters alone.
    """
    kind = kind_of(text.upper())
    if kind is None:
        return _STATION.fullmatch(text) is not None
    return kind is CertificateKind.STATION and text == text.upper()


def client_id(name: str) -> str:
    """An id for an MQTT client that shows the certificate of `name`: one that nobody else can name.

    RabbitMQ 3.10 throws off whoever has an id already, and asks the newcomer for no proof; the name
    comes first, as its own queues are called by it. Mosquitto puts the certificate's name in its place.
    """
    return f"{name}.{secrets.token_hex(16)}"


def operations(station: str) -> str:
    """Where a station sends its batches."""
    return f"{_PREFIX}/up/{_checked(station)}/op"


def acknowledgements(station: str) -> str:
    """Where the hub answers a station."""
    return f"{_PREFIX}/down/{_checked(station)}/ack"


def asks(station: str) -> str:
    """Where a station asks what it is told at once (`sync.wire.inquiry`)."""
    return f"{_PREFIX}/up/{_checked(station)}/ask"


def replies(station: str) -> str:
    """Where the hub answers what a station asked."""
    return f"{_PREFIX}/down/{_checked(station)}/reply"


def parts(station: str) -> str:
    """Where a station sends pieces of the parts that travel apart."""
    return f"{_PREFIX}/up/{_checked(station)}/part"


def part_answers(station: str) -> str:
    """Where the hub says how far it holds a part."""
    return f"{_PREFIX}/down/{_checked(station)}/part"


def relayed(station: str) -> str:
    """Where `station` passes on what a neighbour without a hub gave it."""
    return f"{_PREFIX}/up/{_checked(station)}/relay"


def relayed_answers(station: str) -> str:
    """Where the hub answers the neighbours for whom `station` passes on."""
    return f"{_PREFIX}/down/{_checked(station)}/relay"


def health(station: str) -> str:
    """Where a station says how it itself is."""
    return f"{_PREFIX}/up/{_checked(station)}/health"


def state(station: str) -> str:
    """Where a station's presence is retained."""
    return f"{_PREFIX}/state/{_checked(station)}"


def of_all(channel: str) -> str:
    """The filter of what every station publishes on a channel.

    Raises:
        ValueError: no station publishes there.
    """
    if channel not in _CHANNELS:
        raise ValueError("not a channel of stations")
    return f"{_PREFIX}/up/+/{channel}"


def station_of(topic: str) -> str | None:
    """The station that alone may publish on `topic`; None for a topic of the hub, or of nobody."""
    match topic.split("/"):
        case ["sportello", "1", "up", name, channel] if channel in _CHANNELS:
            return name if is_station_name(name) else None
        case ["sportello", "1", "state", name]:
            return name if is_station_name(name) else None
        case _:
            return None


def _checked(station: str) -> str:
    if not is_station_name(station):
        raise ValueError("not a station's name")
    return station
