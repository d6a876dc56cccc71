"""Whether a station is there: a retained message, and the last will that replaces it.

It is a hint for a dashboard and decides nothing: it is not signed, and a broker could make it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.wire import canonical
from sync.wire.canonical import Malformed

_VERSION: Final = 1
_LIMIT: Final = 256


@dataclass(frozen=True, slots=True)
class Presence:
    """A station's state.

    Attributes:
        online: False in the last will and in a farewell.
        since: milliseconds since 1970 by the station's clock, which may be wrong.
        head: sequence number of the station's last recorded operation.
    """

    online: bool
    since: int
    head: int


def encode(presence: Presence) -> bytes:
    """The payload of `topics.state`."""
    return canonical.encode([_VERSION, presence.online, presence.since, presence.head])


def decode(data: bytes) -> Presence:
    """The inverse of `encode`. Raises `Malformed`."""
    version, online, since, head = canonical.items(canonical.decode(data, limit=_LIMIT), exactly=4)
    if version != _VERSION or not isinstance(online, bool):
        raise Malformed("presence.shape")
    return Presence(online, canonical.natural(since), canonical.natural(head))
