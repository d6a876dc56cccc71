"""The window and the link ring each other awake, over datagram sockets in the store's folder.

A ring carries nothing and may be lost: who is rung looks into the store, and looks now and then
anyway. That the other has a socket bound also tells that it is running, which no file could:
the kernel takes the socket away with the process, however that ended.
"""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, Self

_RING: Final = b"\x01"


class Role(Enum):
    """Who rings and is rung."""

    WINDOW = "window"
    LINK = "link"


class WakeUp:
    """One end. Close it, or use it in a `with`."""

    def __init__(self, folder: Path, role: Role) -> None:
        """Binds this end's socket in `folder`, in place of one that a dead process left.

        Raises:
            OSError: the folder cannot be written.
        """
        self._role = role
        # A socket's path has 107 bytes at most (unix(7)); through the open folder any fits.
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            with suppress(FileNotFoundError):
                os.unlink(_file_name(role), dir_fd=self._folder)
            self._socket.bind(self._path(role))
        except OSError:
            os.close(self._folder)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """For `select`: readable when rung."""
        return self._socket.fileno()

    def wait(self, seconds: float) -> bool:
        """Whether it was rung within so many seconds; hushes it."""
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if ready:
            self.hush()
        return bool(ready)

    def hush(self) -> None:
        """Takes what was rung so far, so that the next ring is a new one."""
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(16)

    def ring(self, other: Role) -> bool:
        """Wakes the other end; False where nobody is there."""
        try:
            self._socket.sendto(_RING, self._path(other))
        except BlockingIOError:
            return True  # it has rings enough
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Gives up the socket. Its file stays, and is replaced at the next start."""
        self._socket.close()
        os.close(self._folder)

    def _path(self, role: Role) -> str:
        return f"/proc/self/fd/{self._folder}/{_file_name(role)}"


def is_there(folder: Path, role: Role) -> bool:
    """Whether that end is running now."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            probe.connect(f"/proc/self/fd/{handle}/{_file_name(role)}")
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _file_name(role: Role) -> str:
    return f"{role.value}.sock"
