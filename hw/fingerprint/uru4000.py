"""DigitalPersona U.are.U 4500: its registers, its conversation, its pictures. No I/O here.

The sensor has one vendor request that reads and writes registers, an interrupt endpoint that tells
of fingers, and a bulk endpoint that gives a picture, scrambled with a key from both sides. Nothing
of this is published by the maker; it is what libfprint's free driver found out, measured here
against the recording of a real sensor that libfprint ships (tests/contract/usb).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Protocol

VENDOR: Final = 0x05BA
MODELS: Final = {0x000A: "DigitalPersona U.are.U 4500"}
"""By the product's USB number. Others of the family scramble and start in another way."""
WIDTH, HEIGHT, DPI = 384, 290, 512
REQUEST: Final = 4
"""The one vendor request (bRequest); the register is its wValue, wIndex is 0."""
INTERRUPT_IN, BULK_IN = 0x81, 0x82
INTERRUPT_SIZE: Final = 64
HEAD: Final = 64
LONGEST_PICTURE: Final = HEAD + WIDTH * HEIGHT
_BLOCKS: Final = 15
_POWER_OFF, _POWERED = 0x80, 0x84
_MOST_CHECKS, _CHECK_SECONDS = 100, 0.01
_MOST_STARTS, _START_SECONDS = 3, 0.3
_PICTURE_SECONDS: Final = 2.0
_MOST_REVIVALS: Final = 3
_INVERTED: Final = bytes(range(255, -1, -1))


class Register(IntEnum):
    """What can be read or written."""

    STATUS = 0x07
    SCRAMBLE_INDEX = 0x33
    """Number of the sensor's key, and our half of the key (32 bits, little endian)."""
    SCRAMBLE_KEY = 0x34
    """The sensor's half of the key (32 bits, little endian), scrambled with ours."""
    MODE = 0x4E
    DEVICE_INFO = 0xF0
    """16 bytes; firmware and serial numbers. Read, as the maker's driver does, and not kept."""


class Mode(IntEnum):
    """What the sensor does."""

    AWAIT_FINGER = 0x10
    AWAIT_LIFT = 0x12
    CAPTURE = 0x20
    OFF = 0x70


class Signal(IntEnum):
    """First two bytes of an interrupt, big endian."""

    POWERED = 0x56AA
    FINGER_ON = 0x0101
    FINGER_OFF = 0x0200
    FAILING = 0x0800
    """The next picture will fail."""


class Lines(IntFlag):
    """What is special about a block of lines."""

    ABSENT = 0x01
    SCRAMBLED = 0x02
    KEY_STANDS = 0x04
    NEXT_KEY = 0x80


@dataclass(frozen=True, slots=True)
class SensorFault(Exception):  # noqa: N818 - it is what the sensor did
    """The sensor does what it must not.

    Attributes:
        code: failure code of a `PictureSource`.
        reason: technical, for the log.
    """

    code: str
    reason: str


class Wire(Protocol):
    """The three endpoints. Its methods raise what the door to USB raises."""

    def read(self, register: Register, size: int) -> bytes:
        """Ask for a register; may give fewer bytes than asked for."""
        ...

    def write(self, register: Register, data: bytes) -> None:
        """Set a register."""
        ...

    def interrupt(self, seconds: float | None) -> bytes | None:
        """The next interrupt; None where none comes within that time. None: wait for ever."""
        ...

    def forget_interrupts(self) -> None:
        """Drop those that have come so far."""
        ...

    def begin_bulk(self, size: int) -> Callable[[float], bytearray]:
        """Let the sensor send. The returned function waits for all of it, so many seconds."""
        ...

    def pause(self, seconds: float) -> None:
        """Sleep."""
        ...


class Uru4000:
    """The conversation with one sensor."""

    def __init__(self, wire: Wire, seed: Callable[[], int]) -> None:
        """Talk over `wire`; `seed` gives our half of each key, 32 bits."""
        self._wire = wire
        self._seed = seed
        self._lit = False

    def prepare(self) -> None:
        """Switch the sensor on.

        Raises:
            SensorFault: it does not come up.
        """
        for _ in range(_MOST_STARTS):
            self._switch_on()
            if self._comes_up():
                self._wire.read(Register.DEVICE_INFO, 16)
                return
        raise SensorFault("fingerprint.timeout", "power")

    def await_finger(self) -> None:
        """Wait until a finger lies on the glass, for ever."""
        for _ in range(_MOST_REVIVALS):
            self._set_mode(Mode.AWAIT_FINGER)
            if self._await(Signal.FINGER_ON):
                return
            self.prepare()
        raise SensorFault("fingerprint.failed", "failing")

    def capture(self) -> bytearray:
        """The picture of the finger that lies there: grey, ridges dark, upright.

        Raises:
            SensorFault: no picture, or one that cannot be read.
        """
        result = self._wire.begin_bulk(LONGEST_PICTURE)
        self._set_mode(Mode.CAPTURE)
        raw = result(_PICTURE_SECONDS)
        try:
            return upright(self._unscrambled(raw))
        finally:
            raw[:] = bytes(len(raw))

    def await_lift(self) -> None:
        """Wait until no finger lies on the glass, for ever; then go dark."""
        for _ in range(_MOST_REVIVALS):
            self._set_mode(Mode.AWAIT_LIFT)
            if self._await(Signal.FINGER_OFF):
                self.rest()
                return
            self.prepare()
        raise SensorFault("fingerprint.failed", "failing")

    def rest(self) -> None:
        """Go dark, where it is not."""
        if self._lit:
            self._set_mode(Mode.OFF)

    def _set_mode(self, mode: Mode) -> None:
        self._wire.forget_interrupts()  # they speak of the mode before
        self._wire.write(Register.MODE, bytes([mode]))
        self._lit = mode is not Mode.OFF

    def _await(self, signal: Signal) -> bool:
        """Wait for that signal; False where the sensor says that it is failing."""
        while True:
            data = self._wire.interrupt(None)
            told = signal_of(data or b"")
            if told == signal:
                return True
            if told == Signal.FAILING:
                return False

    def _status(self) -> int:
        data = self._wire.read(Register.STATUS, 1)
        if len(data) != 1:
            raise SensorFault("fingerprint.failed", "status")
        return data[0]

    def _switch_on(self) -> None:
        """Take the sensor from any state to powered."""
        status = self._status()
        if status & _POWERED == _POWERED:
            # Off, and its last command unfinished: reset it first.
            for _ in range(_MOST_CHECKS):
                self._wire.write(Register.STATUS, bytes([status & 0x0F]))
                status = self._status()
                if status & 0x01:
                    break
                self._wire.pause(_CHECK_SECONDS)
        if not status & _POWER_OFF:
            self._wire.write(Register.STATUS, bytes([status | _POWER_OFF]))
        self._wire.write(Register.STATUS, bytes([status & 0x0F]))

    def _comes_up(self) -> bool:
        """Whether it says so, and its status does too."""
        data = self._wire.interrupt(_START_SECONDS)
        while data is not None and signal_of(data) != Signal.POWERED:
            data = self._wire.interrupt(_START_SECONDS)
        if data is None:
            return False
        for _ in range(_MOST_CHECKS):
            if not self._status() & _POWER_OFF:
                return True
            self._wire.pause(_CHECK_SECONDS)
        return False

    def _key(self, number: int) -> int:
        """Agree on a key."""
        seed = self._seed() & 0xFFFFFFFF
        self._wire.write(
            Register.SCRAMBLE_INDEX, bytes([number & 0xFF]) + seed.to_bytes(4, "little")
        )
        half = self._wire.read(Register.SCRAMBLE_KEY, 4)
        if len(half) != 4:
            raise SensorFault("fingerprint.failed", "key")
        return int.from_bytes(half, "little") ^ seed

    def _unscrambled(self, raw: bytearray) -> bytearray:
        """The lines of a picture as the sensor saw them, all of them."""
        sent, number, blocks = parse(raw)
        key = self._key(number)
        at = 0
        for flags, lines in blocks:
            if flags & Lines.NEXT_KEY:
                number += 1
                key = self._key(number)
            size = lines * WIDTH
            piece = sent[at : at + size]
            scrambling = flags & (Lines.SCRAMBLED | Lines.KEY_STANDS)
            if scrambling == Lines.SCRAMBLED:
                piece, key = unscramble(piece, key, size)
            elif not scrambling:
                key = advance(key, size)
            if not flags & Lines.ABSENT:
                sent[at : at + size] = piece
                at += len(piece)
        return filled(sent, blocks)


def signal_of(interrupt: bytes) -> int:
    """What an interrupt says: one of `Signal`, or a number that means nothing to us."""
    return int.from_bytes(interrupt[:2], "big")


def parse(raw: bytearray) -> tuple[bytearray, int, list[tuple[int, int]]]:
    """Take what came over the bulk endpoint apart.

    Returns:
        The lines that were sent, the number of their first key, and flags and number of lines of
        each block.

    Raises:
        SensorFault: shorter than it says, or longer than a picture.
    """
    if len(raw) < HEAD:
        raise SensorFault("fingerprint.failed", "head")
    lines = int.from_bytes(raw[4:6], "little")
    if not 0 < lines <= HEIGHT:
        raise SensorFault("fingerprint.failed", "lines")
    if len(raw) < HEAD + lines * WIDTH:
        raise SensorFault("fingerprint.failed", "short")
    table = raw[16 : 16 + 2 * _BLOCKS]
    blocks: list[tuple[int, int]] = []
    for flags, count in zip(table[::2], table[1::2], strict=True):
        if not count:
            break
        blocks.append((flags, count))
    return raw[HEAD : HEAD + lines * WIDTH], raw[6], blocks


def filled(sent: bytearray, blocks: list[tuple[int, int]]) -> bytearray:
    """A picture of all lines: one that was not sent is like the next that was.

    What the sensor left out at the end is black.
    """
    picture = bytearray(WIDTH * HEIGHT)
    at = to = 0
    for flags, lines in blocks:
        size = min(lines * WIDTH, len(picture) - to)
        if flags & Lines.ABSENT:
            line = sent[at : at + WIDTH] or bytes(WIDTH)
            piece = line * (size // WIDTH)
        else:
            piece = sent[at : at + size]
        picture[to : to + len(piece)] = piece
        to += size
        at += 0 if flags & Lines.ABSENT else len(piece)
    return picture


def upright(picture: bytearray) -> bytearray:
    """Turn it by half a turn and invert it: the sensor sees the finger from below, lit."""
    return picture[::-1].translate(_INVERTED)


# The stream that scrambles is a shift register of 32 bits with linear feedback. As it is linear, the
# next _STRIDE bytes and the state behind them are the exclusive or of what each byte of the state
# gives, from tables; one byte at a time takes Python a quarter of a second for a picture.
_TAPS: Final = 0x9248144D
_PICKED: Final = (4, 8, 11, 14, 18, 21, 24, 29)
_STRIDE: Final = 32


def _step(key: int) -> int:
    return (key >> 1) | (((key & _TAPS).bit_count() & 1) << 31)


def _byte(key: int) -> int:
    return sum(((key >> bit) & 1) << place for place, bit in enumerate(_PICKED))


@functools.cache
def _tables() -> list[list[tuple[int, int]]]:
    """For each byte of the state and each of its values: the stream, and the state behind it."""
    tables: list[list[tuple[int, int]]] = []
    for place in range(4):
        table = [(0, 0)] * 256
        for value in range(1, 256):
            low = value & -value
            if value == low:
                state, stream = value << (8 * place), bytearray()
                for _ in range(_STRIDE):
                    stream.append(_byte(state))
                    state = _step(state)
                table[value] = int.from_bytes(stream, "little"), state
            else:
                one, rest = table[low], table[value ^ low]
                table[value] = one[0] ^ rest[0], one[1] ^ rest[1]
        tables.append(table)
    return tables


def keystream(key: int, size: int) -> tuple[bytearray, int]:
    """`size` bytes of the stream from the state `key` on, and the state behind them."""
    first, second, third, fourth = _tables()
    stream = bytearray()
    for _ in range(size // _STRIDE):
        a, b, c, d = (
            first[key & 255],
            second[key >> 8 & 255],
            third[key >> 16 & 255],
            fourth[key >> 24],
        )
        stream += (a[0] ^ b[0] ^ c[0] ^ d[0]).to_bytes(_STRIDE, "little")
        key = a[1] ^ b[1] ^ c[1] ^ d[1]
    for _ in range(size % _STRIDE):
        stream.append(_byte(key))
        key = _step(key)
    return stream, key


def advance(key: int, size: int) -> int:
    """The state `size` bytes later."""
    return keystream(key, size)[1]


def unscramble(piece: bytearray, key: int, size: int) -> tuple[bytearray, int]:
    """The bytes of a scrambled block, and the state behind it.

    Each byte lies one place later, scrambled; the last one is lost and becomes zero.
    """
    stream, behind = keystream(key, size)
    if not piece:
        return piece, behind
    count = len(piece) - 1
    mixed = int.from_bytes(piece[1:], "little") ^ int.from_bytes(stream[:count], "little")
    return bytearray(mixed.to_bytes(count, "little")) + b"\0", behind
