"""The end of a station that has a hub: passes on what neighbours without one give it.

Bounded, so that a neighbour never harms what this station does itself: few connections, one message
of each at a time, and none while an own operation waits or is on its way. Nothing of it is kept on
the disk: what is lost the neighbour sends again.

Who has shown no certificate yet may be anybody on the network: such connections have places and a
time of their own, few for one address, and whoever takes long gives the place to the next.
"""

from __future__ import annotations

import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sync.edge.courier import acquaintance
from sync.edge.courier.frames import BrokenError, Frames, Kind
from sync.edge.station import StationProfile
from sync.wire import relayed
from sync.wire.canonical import Malformed
from sync.wire.relayed import Relayed

MOST_CONNECTIONS: Final = 4
MOST_UNKNOWN: Final = 16
"""Connections whose handshake is not over."""
MOST_OF_ADDRESS: Final = 4
"""Of them, from one address."""
MOST_WAITING: Final = 4
LEAST_SECONDS: Final = 0.1
"""Between two messages that are passed on."""
_SILENCE_SECONDS: Final = 300.0
_TICK_SECONDS: Final = 0.1
_HANDSHAKE_SECONDS: Final = 10.0
"""For all of it, however slowly the other end speaks."""
_SLOW_SECONDS: Final = 2.0
"""Where there is no place, a handshake that took so long already gives its own."""
_BETWEEN_SECONDS: Final = 0.02
"""Between two that begin: a flood costs this station a part of one core at most."""
_BACKLOG: Final = 64
_DOOR_SECONDS: Final = 1.0
"""A pause where the system gives no connection: too many files are open, or no memory is left."""


@dataclass(slots=True)
class _Unknown:
    """A connection that has shown no certificate: from where, since when, until when."""

    address: str
    since: float
    until: float


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
        self._unknown: dict[int, _Unknown] = {}
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
            self._door = socket.create_server(listen, family=family, backlog=_BACKLOG)
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
                channel, address = door.accept()
            except TimeoutError:
                continue
            except OSError:  # one that is gone already, or this machine's own trouble, which passes
                self._ended.wait(_DOOR_SECONDS)
                continue
            if self._welcome(channel, str(address[0])):
                self._ended.wait(_BETWEEN_SECONDS)
            else:
                channel.close()

    def _welcome(self, plain: socket.socket, address: str) -> bool:
        """Begins a handshake; False where this station takes nobody, or nobody more from there."""
        now = time.monotonic()
        with self._lock:
            if not self._has_room() or not self._has_place(address):
                return False
            self._counter += 1
            connection = self._counter
            self._unknown[connection] = _Unknown(address, now, now + _HANDSHAKE_SECONDS)
        try:
            self._spawn(lambda: self._serve(connection, plain))
        except RuntimeError:  # no thread more
            with self._lock:
                self._unknown.pop(connection)
            return False
        return True

    def _has_room(self) -> bool:
        """Whether one more neighbour is dealt with. With the lock."""
        return self.may_take and len(self._names) < MOST_CONNECTIONS

    def _has_place(self, address: str) -> bool:
        """Whether one more handshake may begin; the longest ends where it must. With the lock."""
        there = list(self._unknown.values())
        if sum(one.address == address for one in there) >= MOST_OF_ADDRESS:
            return False
        if len(there) >= MOST_UNKNOWN:
            there[0].until = min(there[0].until, there[0].since + _SLOW_SECONDS)
            return False  # the next one finds the place
        return True

    def _serve(self, connection: int, plain: socket.socket) -> None:
        """One neighbour, from its handshake to its end."""
        frames: Frames | None = None
        try:
            frames = self._shaken(connection, plain)
            if frames is None:
                return
            der = frames.channel.getpeercert(binary_form=True)
            name = acquaintance.judged(self._profile, der)
            with self._lock:
                if not name or not self._has_room():
                    return
                self._names[connection] = name
                self._outgoing[connection] = []
                del self._unknown[connection]
            self._exchange(frames, connection, name)
        except BrokenError:
            pass
        finally:
            with self._lock:
                for of_all in (self._unknown, self._names, self._outgoing):
                    of_all.pop(connection, None)
            if frames is not None:
                frames.close()

    def _shaken(self, connection: int, plain: socket.socket) -> Frames | None:
        """After the handshake; None, and closed, where it does not come to an end in time."""
        channel: socket.socket = plain
        try:
            plain.settimeout(0)
            tls = acquaintance.context(self._profile, self._password, listens=True)
            channel = secured = tls.wrap_socket(
                plain, server_side=True, do_handshake_on_connect=False
            )
            while not self._ended.is_set() and time.monotonic() < self._unknown[connection].until:
                try:
                    secured.do_handshake()
                except ssl.SSLWantReadError:
                    select.select([secured], [], [], _TICK_SECONDS)
                except ssl.SSLWantWriteError:
                    select.select([], [secured], [], _TICK_SECONDS)
                else:
                    return Frames(secured)
        except (OSError, ValueError):
            pass
        channel.close()
        return None

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
