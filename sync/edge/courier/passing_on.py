"""The end of a station that has a hub: passes on what neighbours without one give it.

Bounded, so that a neighbour never harms what this station does itself: few connections, one message
of each at a time, and none while an own operation waits or is on its way. Nothing of it is kept on
the disk: what is lost the neighbour sends again.
"""

from __future__ import annotations

import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sync.edge.courier import acquaintance
from sync.edge.courier.frames import BrokenError, Frames, Kind
from sync.edge.station import StationProfile
from sync.wire import relayed
from sync.wire.canonical import Malformed
from sync.wire.relayed import Relayed

MOST_CONNECTIONS: Final = 4
MOST_WAITING: Final = 4
LEAST_SECONDS: Final = 0.1
"""Between two messages that are passed on."""
_SILENCE_SECONDS: Final = 300.0
_TICK_SECONDS: Final = 0.1
_HANDSHAKE_SECONDS: Final = 10.0


class PassingOn:
    """Listens on a thread of its own; `next_message` and the rest are the link's.

    Args:
        profile: this station.
        password: opens its TLS key's file.
        ring: wakes the link: there is something to pass on.
    """

    def __init__(
        self, profile: StationProfile, password: bytes, ring: Callable[[], object]
    ) -> None:
        self._profile = profile
        self._password = password
        self._ring = ring
        self._waiting: queue.Queue[tuple[int, Relayed]] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._outgoing: dict[int, list[tuple[Kind, bytes]]] = {}
        self._names: dict[int, str] = {}
        self._counter = 0
        self._not_before = 0.0
        self._ended = threading.Event()
        self._door: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self.may_take = False
        """Whether the hub is reached: a neighbour is turned away where it is not."""

    def start(self) -> int | None:
        """Begins to listen; the port, or None where it cannot, or is not to."""
        listen = self._profile.neighbours.listen
        if listen is None:
            return None
        try:
            family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
            self._door = socket.create_server(listen, family=family, backlog=MOST_CONNECTIONS)
        except OSError:
            return None
        self._door.settimeout(_TICK_SECONDS)
        self._spawn(self._listen)
        port: int = self._door.getsockname()[1]
        return port

    def stop(self) -> None:
        """Ends all connections."""
        self._ended.set()
        for thread in self._threads:
            thread.join(_HANDSHAKE_SECONDS)
        if self._door is not None:
            self._door.close()

    # --- the link's

    def next_message(self, now: float) -> tuple[int, bytes] | None:
        """What to publish now: the connection that it is of, and the bytes; None for nothing."""
        if now < self._not_before:
            return None
        try:
            connection, message = self._waiting.get_nowait()
        except queue.Empty:
            return None
        self._not_before = now + LEAST_SECONDS
        return connection, relayed.pack(message)

    @property
    def has_waiting(self) -> bool:
        """Whether `next_message` will have something."""
        return not self._waiting.empty()

    def taken(self, connection: int, *, somebody_listens: bool) -> None:
        """The broker has a message of that connection."""
        self._say(connection, Kind.TAKEN, bytes([somebody_listens]))

    def answered(self, payload: bytes) -> None:
        """The hub answered a neighbour. Whether it is the hub's word the neighbour judges."""
        try:
            found = relayed.read(payload)
        except Malformed:
            return
        with self._lock:
            ends = [end for end, name in self._names.items() if name == found.station]
        for connection in ends:
            self._say(connection, Kind.ANSWER, found.data)

    # --- its threads

    def _say(self, connection: int, kind: Kind, content: bytes) -> None:
        with self._lock:
            if connection in self._outgoing:
                self._outgoing[connection].append((kind, content))

    def _spawn(self, work: Callable[[], None]) -> None:
        self._threads = [one for one in self._threads if one.is_alive()]
        thread = threading.Thread(target=work, name="neighbours", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        door = self._door
        while door is not None and not self._ended.is_set():
            try:
                channel, _ = door.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self._lock:
                full = len(self._names) >= MOST_CONNECTIONS
            if full or not self.may_take:
                channel.close()
                continue
            self._spawn(lambda channel=channel: self._serve(channel))  # type: ignore[misc]

    def _serve(self, plain: socket.socket) -> None:
        """One neighbour, from its handshake to its end."""
        plain.settimeout(_HANDSHAKE_SECONDS)
        try:
            tls = acquaintance.context(self._profile, self._password, listens=True)
            channel = tls.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        frames = Frames(channel)
        connection = 0
        try:
            name = acquaintance.judged(self._profile, channel.getpeercert(binary_form=True))
            if not name:
                return
            channel.settimeout(0)
            with self._lock:
                self._counter += 1
                connection = self._counter
                self._names[connection] = name
                self._outgoing[connection] = []
            self._exchange(frames, connection, name)
        except BrokenError:
            pass
        finally:
            with self._lock:
                self._names.pop(connection, None)
                self._outgoing.pop(connection, None)
            frames.close()

    def _exchange(self, frames: Frames, connection: int, name: str) -> None:
        """Raises `BrokenError`."""
        heard_at = time.monotonic()
        while not self._ended.is_set() and time.monotonic() - heard_at < _SILENCE_SECONDS:
            with self._lock:
                going, self._outgoing[connection] = self._outgoing[connection], []
            for kind, content in going:
                frames.say(kind, content)
            frames.flush()
            # What does not fit is not read: the neighbour waits.
            if self._waiting.full() or not self.may_take:
                if not self.may_take:
                    return
                time.sleep(_TICK_SECONDS)
                continue
            ready = frames.channel.pending() > 0
            with suppress(ValueError):
                ready = ready or bool(select.select([frames.channel], [], [], _TICK_SECONDS)[0])
            for kind, content in frames.hear() if ready else ():
                heard_at = time.monotonic()
                if kind is not Kind.MESSAGE:
                    raise BrokenError
                self._put(connection, Relayed(name, content))
                self._ring()

    def _put(self, connection: int, message: Relayed) -> None:
        """Waits for a place, as long as this station passes on."""
        while self.may_take and not self._ended.is_set():
            with suppress(queue.Full):
                self._waiting.put((connection, message), timeout=_TICK_SECONDS)
                return
