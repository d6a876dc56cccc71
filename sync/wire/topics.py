"""The names of MQTT topics. They carry stations' names and nothing personal."""

from __future__ import annotations

import re
from typing import Final

from sync.model.certificates import CertificateKind, kind_of

# As the common name of a certificate it also becomes an MQTT user name and client id, and it
# must not hold what MQTT or an ACL pattern would read as its own: / + #
_STATION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")

_PREFIX: Final = "sportello/1"

OPERATIONS_OF_ALL: Final = f"{_PREFIX}/up/+/op"
"""What the hub reads from."""

OPERATIONS_SHARED: Final = f"$share/hub/{OPERATIONS_OF_ALL}"
"""The same, each message to one of the hub's workers (MQTT 5, 4.8.2)."""

ASKS_OF_ALL: Final = f"{_PREFIX}/up/+/ask"
"""Where the hub hears what stations ask."""

STATES_OF_ALL: Final = f"{_PREFIX}/state/+"
"""Every station's retained presence."""

LIST_VERSIONS: Final = f"{_PREFIX}/signed/versions"
"""Where the hub retains how new its signed lists are (`sync.wire.list_versions`)."""


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


def state(station: str) -> str:
    """Where a station's presence is retained."""
    return f"{_PREFIX}/state/{_checked(station)}"


def station_of(topic: str) -> str | None:
    """The station whose batches, questions or presence `topic` carries; None for any other."""
    match topic.split("/"):
        case ["sportello", "1", "up", name, "op" | "ask"] | ["sportello", "1", "state", name]:
            return name if is_station_name(name) else None
        case _:
            return None


def _checked(station: str) -> str:
    if not is_station_name(station):
        raise ValueError("not a station's name")
    return station
