"""Messages one after the other over TLS between two stations: kind, length, content."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sync.wire.relayed import MOST_BYTES

_HEAD: Final = 5
_PIECE: Final = 64 * 1024


class Kind(Enum):
    """What a frame holds."""

    MESSAGE = b"M"
    """A batch, to be passed on to the hub."""
    TAKEN = b"T"
    """The broker has the message, or nobody there wants it (content 1 or 0)."""
    ANSWER = b"A"
    """An acknowledgement of the hub."""


class BrokenError(Exception):
    """The other end is gone, or says what cannot be."""


@dataclass(slots=True)
class Frames:
    """One end of a connection that never blocks."""

    channel: ssl.SSLSocket
    _coming: bytearray = field(default_factory=bytearray)
    _going: bytearray = field(default_factory=bytearray)

    @property
    def wants_to_write(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._going)

    def say(self, kind: Kind, content: bytes) -> None:
        """Queues a frame; `flush` writes."""
        self._going += kind.value + len(content).to_bytes(4) + content

    def flush(self) -> None:
        """Writes what can be written now. Raises `BrokenError`."""
        try:
            while self._going:
                sent = self.channel.send(memoryview(bytes(self._going[:_PIECE])))
                del self._going[:sent]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return
        except (OSError, ValueError) as error:
            raise BrokenError from error

    def hear(self) -> list[tuple[Kind, bytes]]:
        """The frames that have come whole. Raises `BrokenError`."""
        try:
            while piece := self.channel.recv(_PIECE):
                self._coming += piece
                if len(self._coming) > 2 * MOST_BYTES:
                    break
            else:
                raise BrokenError
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            pass
        except (OSError, ValueError) as error:
            raise BrokenError from error
        return self._whole()

    def close(self) -> None:
        """Ends the connection."""
        with suppress(OSError):
            self.channel.shutdown(socket.SHUT_RDWR)
        self.channel.close()

    def _whole(self) -> list[tuple[Kind, bytes]]:
        found = []
        while len(self._coming) >= _HEAD:
            length = int.from_bytes(self._coming[1:_HEAD])
            if length > MOST_BYTES:
                raise BrokenError
            if len(self._coming) < _HEAD + length:
                break
            try:
                kind = Kind(bytes(self._coming[:1]))
            except ValueError:
                raise BrokenError from None
            found.append((kind, bytes(self._coming[_HEAD : _HEAD + length])))
            del self._coming[: _HEAD + length]
        return found
