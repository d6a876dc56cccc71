"""Counts what goes to a card and comes back, by what it was for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hw.errors import DeviceTrouble
from hw.ports import CardChannel


@dataclass(slots=True)
class Count:
    """Exchanges, and bytes in both directions, status words and headers included."""

    exchanges: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Tally:
    """Counts by purpose: names of files, `access`, `limits`, `opening`, `proof`, ...

    Attributes:
        counts: by purpose, in the order in which they began.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    _purpose: str = "other"

    @contextmanager
    def of(self, purpose: str) -> Iterator[None]:
        """Count what happens meanwhile as `purpose`."""
        before, self._purpose = self._purpose, purpose
        try:
            yield
        finally:
            self._purpose = before

    def add(self, size: int) -> None:
        """Count one exchange of `size` bytes."""
        count = self.counts.setdefault(self._purpose, Count())
        count.exchanges += 1
        count.bytes += size

    def total(self, *purposes: str) -> Count:
        """The sum over some purposes, over all without any named."""
        chosen = [self.counts.get(one, Count()) for one in purposes or tuple(self.counts)]
        return Count(sum(one.exchanges for one in chosen), sum(one.bytes for one in chosen))


class CountedChannel:
    """A channel that counts. Implements `CardChannel`."""

    def __init__(self, channel: CardChannel, tally: Tally) -> None:
        """Count in `tally` what goes through `channel`."""
        self._channel = channel
        self._tally = tally

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        """Send one command APDU."""
        answer = self._channel.transmit(command)
        self._tally.add(len(command) + (len(answer) if isinstance(answer, bytes) else 0))
        return answer

    def loss(self) -> DeviceTrouble | None:
        """Why the card cannot be talked to any more."""
        return self._channel.loss()

    def close(self) -> None:
        """Let the card go."""
        self._channel.close()
