"""A chip on a channel without any reader between: for tests of card logic alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.virtual_reader import Chip

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")


class DirectChannel:
    """Implements `CardChannel` on a chip, which may be pulled at a command."""

    def __init__(self, chip: Chip, *, pulled_at: int | None = None) -> None:
        self.chip = chip
        self.commands: list[bytes] = []
        self.closed = 0
        self._pulled_at = pulled_at

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        self.commands.append(command)
        if self.loss() is not None:
            return REMOVED
        return self.chip.answer(command)

    def loss(self) -> DeviceTrouble | None:
        gone = self._pulled_at is not None and len(self.commands) > self._pulled_at
        return REMOVED if gone else None

    def close(self) -> None:
        self.closed += 1


class DirectSlot:
    """Implements `CardSlot`; can be made to hang, as a mute card does."""

    def __init__(self, name: str, chip: Chip | DeviceTrouble) -> None:
        self.name = name
        self.chip = chip
        self.channels: list[DirectChannel] = []
        self.released = threading.Event()
        self.released.set()
        self.before_connect: Callable[[], None] | None = None

    def connect(self) -> DirectChannel | DeviceTrouble:
        if self.before_connect is not None:
            self.before_connect()
        self.released.wait()
        if isinstance(self.chip, DeviceTrouble):
            return self.chip
        self.chip.reset()
        channel = DirectChannel(self.chip)
        self.channels.append(channel)
        return channel
