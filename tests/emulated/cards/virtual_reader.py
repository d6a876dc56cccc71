"""The card's side of the vpcd protocol: one TCP connection is one inserted card.

Each message is a length (two bytes, big endian) and a payload. One byte from the reader is a
control (0 power off, 1 power on, 2 reset, none of them answered; 4 asks for the ATR), anything
longer is a command APDU. A closed connection is a removed card.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_POWER_OFF, _POWER_ON, _RESET, _ATR = 0, 1, 2, 4
_RETRY_SECONDS = 0.02
_JOIN_SECONDS = 5.0
_HAND_SECONDS = 0.45
"""A hand takes longer than this to put in another card, and pcscd looks at a polled reader every
0.4 s. A card that comes in between two looks is not seen as another one."""
_QUICK_HAND_SECONDS = 0.05


class Chip(Protocol):
    """What lies under the contacts."""

    @property
    def atr(self) -> bytes:
        """Answer to reset, ISO/IEC 7816-3 clause 8."""
        ...

    def reset(self) -> None:
        """Forget what was selected and verified."""
        ...

    def answer(self, command: bytes) -> bytes:
        """Response APDU, status word included."""
        ...


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong while the card is in. Commands are counted from 0, at each insertion.

    Attributes:
        mute_from: from this command on, the card never answers.
        seconds: time that each answer takes.
        pulled_at: the card leaves when this command arrives, before any answer.
        pulled_after: the card leaves when so many bytes of its answers went out. (The driver hands
            on what came as if it were a whole answer; on half a length it would crash pcscd.)
        twist: changes an answer: (number of the command, true answer) -> bytes sent.
        at_command: called before each command is answered, with its number.
    """

    mute_from: int | None = None
    seconds: float = 0.0
    pulled_at: int | None = None
    pulled_after: int | None = None
    twist: Callable[[int, bytes], bytes] | None = None
    at_command: Callable[[int], None] | None = None


SOUND = Faults()


class VirtualReader:
    """A reader's slot, in which chips are put and from which they are pulled.

    A card that the driver drops (daemon gone, reader unplugged) stays in the slot and is seen
    again as soon as the driver listens again.
    """

    def __init__(self, *, name: str, port: int, switch: Path) -> None:
        self.name = name
        self.port = port
        self.switch = switch
        self._insertion: _Insertion | None = None

    @property
    def commands(self) -> tuple[bytes, ...]:
        """Command APDUs that the card in the slot, or the last one, has got."""
        return tuple(self._insertion.commands) if self._insertion else ()

    @property
    def sent(self) -> int:
        """Bytes of answers that went out."""
        return self._insertion.sent if self._insertion else 0

    @property
    def occupied(self) -> bool:
        """Whether a card is in the slot."""
        return self._insertion is not None and not self._insertion.gone.is_set()

    def insert(self, chip: Chip, faults: Faults = SOUND, *, at_once: bool = False) -> None:
        """Put `chip` in; a card that is in the slot is pulled first.

        It takes as long as a hand does, unless `at_once`.
        """
        self.remove()
        before = self._insertion
        if before is not None and not at_once:
            hand = _HAND_SECONDS if self._raised("polled") else _QUICK_HAND_SECONDS
            time.sleep(max(0.0, before.ended + hand - time.monotonic()))
        self._insertion = _Insertion(chip, faults, self.port)

    def remove(self) -> None:
        """Pull the card, at whatever byte it is. Nothing happens where there is none."""
        if self._insertion is not None:
            self._insertion.pull()

    @property
    def unplugged(self) -> bool:
        """Whether the reader's cable is pulled."""
        return self._raised("unplugged")

    def unplug(self) -> None:
        """Pull the reader's cable; pcscd sees it at its next look, within half a second."""
        self._raise("unplugged")

    def plug(self) -> None:
        """Plug the reader in again."""
        self._lower("unplugged")

    def dirty(self) -> None:
        """Dirty the contacts: a card is seen, but does not answer its reset (upside down, say)."""
        self._raise("dirty")

    def clean(self) -> None:
        """Undo `dirty`; the card must be put in again to be powered."""
        self._lower("dirty")

    def leave_to_poll(self) -> None:
        """Tell nothing by itself, from the daemon's next start on: pcscd then looks every 0.4 s."""
        self._raise("polled")

    def mend(self) -> None:
        """Pull the card and undo every fault of the reader."""
        self.remove()
        self.plug()
        self.clean()

    def _switch(self, name: str) -> Path:
        """The file that is one of the driver's switches (see ifd_switch.c)."""
        return Path(f"{self.switch}.{name}")

    def _raised(self, name: str) -> bool:
        return self._switch(name).exists()

    def _raise(self, name: str) -> None:
        self._switch(name).touch()

    def _lower(self, name: str) -> None:
        self._switch(name).unlink(missing_ok=True)


class _Insertion:
    """One stay of one chip in the slot, with its own thread."""

    def __init__(self, chip: Chip, faults: Faults, port: int) -> None:
        self.commands: list[bytes] = []
        self.sent = 0
        self.gone = threading.Event()
        self.ended = 0.0
        self._chip = chip
        self._faults = faults
        self._port = port
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._stay, name=f"chip-{port}", daemon=True)
        self._thread.start()

    def pull(self) -> None:
        self.gone.set()
        link = self._link
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._thread.join(_JOIN_SECONDS)

    def _stay(self) -> None:
        try:
            self._reconnect()
        finally:
            self.ended = time.monotonic()

    def _reconnect(self) -> None:
        """Serve the driver as long as the card is in, whenever the driver listens."""
        while not self.gone.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=1) as link:
                    link.settimeout(None)
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._link = link
                    if not self.gone.is_set():
                        self._serve(link)
            except OSError:
                pass
            finally:
                self._link = None
            self.gone.wait(_RETRY_SECONDS)

    def _serve(self, link: socket.socket) -> None:
        """Answer the driver until one side closes."""
        while not self.gone.is_set():
            size = _receive(link, 2)
            message = _receive(link, int.from_bytes(size, "big")) if size else b""
            if not message:
                return
            if len(message) > 1:
                self._answer_command(link, message)
            elif message[0] == _ATR:
                _send(link, self._chip.atr)
            elif message[0] in (_POWER_OFF, _POWER_ON, _RESET):
                self._chip.reset()

    def _answer_command(self, link: socket.socket, command: bytes) -> None:
        number = len(self.commands)
        self.commands.append(command)
        faults = self._faults
        if faults.at_command is not None:
            faults.at_command(number)
        if faults.pulled_at == number:
            self.gone.set()
            return
        if faults.mute_from is not None and number >= faults.mute_from:
            self.gone.wait()
            return
        if faults.seconds:
            time.sleep(faults.seconds)
        answer = self._chip.answer(command)
        if faults.twist is not None:
            answer = faults.twist(number, answer)
        length = len(answer).to_bytes(2, "big")
        if faults.pulled_after is not None and self.sent + len(answer) > faults.pulled_after:
            answer = answer[: faults.pulled_after - self.sent]
            self.gone.set()
        link.sendall(length + answer)
        self.sent += len(answer)


def _receive(link: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes, or fewer where the peer closed."""
    data = b""
    while len(data) < size:
        # The driver sends length and payload in two segments; without an acknowledgement at once
        # Nagle holds the second back for 40 ms. Linux forgets the option after each use.
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = link.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data


def _send(link: socket.socket, payload: bytes) -> None:
    link.sendall(len(payload).to_bytes(2, "big") + payload)
