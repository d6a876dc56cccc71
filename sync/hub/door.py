"""Where stations come in: the port that the hub's links to a broker have in common.

A broker passes messages on and promises nothing that counts: what is acknowledged to it was dealt
with, what is lost is sent again by its station, what comes twice is stored once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from sync.wire import batch, inquiry, topics

MOST_OPEN: Final = 20
"""So many messages are open at once unless the settings say otherwise: the bound of what waits in
memory, and what slows stations down when the registry is slow (MQTT 5, 3.3.4; AMQP `prefetch`)."""

MOST_PART_BYTES: Final = 72 * 1024
"""A piece of a part, with what is said about it."""


class Channel(Enum):
    """What a station speaks about, as in its topics.

    Attributes:
        most: a longer message is none, and is thrown away unread.
        counts: whether it is let go of only when it was dealt with; a question is not.
    """

    OPERATIONS = ("op", batch.MOST_BATCH_BYTES, True)
    ASKS = ("ask", inquiry.MOST_QUESTION_BYTES, False)
    PARTS = ("part", MOST_PART_BYTES, True)
    RELAYED = ("relay", batch.MOST_BATCH_BYTES + 4096, True)
    HEALTH = ("health", 16 * 1024, False)

    def __init__(self, word: str, most: int, counts: bool) -> None:  # noqa: FBT001  a table's column
        self.word = word
        self.most = most
        self.counts = counts

    @property
    def of_all(self) -> str:
        """The topic filter of every station."""
        return topics.of_all(self.word)

    def answers(self, station: str) -> str:
        """Where a station hears the answer.

        Raises:
            ValueError: not a station's name, or a channel without answers.
        """
        return _ANSWERS[self](station)


_ANSWERS: Final[Mapping[Channel, Callable[[str], str]]] = {
    Channel.OPERATIONS: topics.acknowledgements,
    Channel.ASKS: topics.replies,
    Channel.PARTS: topics.part_answers,
    Channel.RELAYED: topics.relayed_answers,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of a station, to be answered by `Door.answer`.

    Attributes:
        station: whose name the broker vouches for.
        connection, mid: where the broker awaits its acknowledgement.
        waited: how long the broker had it, seconds, where that can be told (MQTT 5, 3.3.2.3.3).
        came_at: when it came, seconds of the monotonic clock; 0 where nobody said.
    """

    station: str
    payload: bytes
    connection: int
    mid: int
    channel: Channel = Channel.OPERATIONS
    waited: float = 0.0
    came_at: float = 0.0


Hearing = Mapping[Channel, Callable[[Delivery], None]]
"""What is done with the messages of each channel, in the door's thread; none of it may block.

Each delivery of a channel that `counts` is answered once; the others are let go of already.
"""


class Door(Protocol):
    """A link to a broker. Everything but `run` from any thread."""

    @property
    def listening(self) -> bool:
        """Whether the broker passes the stations' messages on to this process now."""
        ...

    def answer(self, delivery: Delivery, data: bytes | None) -> None:
        """Sends `data` to the station, if there is any, and lets go of the message.

        Lost without a trace if the connection is gone: the station asks again.
        """
        ...

    def tell(self, station: str, data: bytes) -> None:
        """Sends an acknowledgement to a station that has not asked just now; may be lost."""
        ...

    def reply(self, station: str, data: bytes) -> None:
        """Sends the reply to a question; may be lost: the station asks again."""
        ...

    def send(self, topic: str, data: bytes) -> None:
        """Publishes anything else; may be lost."""
        ...

    def retain(self, topic: str, data: bytes) -> None:
        """Retains `data` at the broker, now and after every connection."""
        ...

    def drain(self, seconds: float) -> bool:
        """Takes nothing more, and waits until everything that was taken is answered.

        Returns:
            Whether it was within so many seconds. What was not comes again to somebody else.
        """
        ...

    def stop(self) -> None:
        """Ends `run`."""
        ...

    def run(self) -> None:
        """The thread's work, until `stop`: connects, serves, connects again."""
        ...


def channel_of(topic: str) -> Channel | None:
    """The channel of a station's topic, None for any other."""
    station = topics.station_of(topic)
    if station is None:
        return None
    return next((one for one in Channel if one.of_all.replace("+", station) == topic), None)
