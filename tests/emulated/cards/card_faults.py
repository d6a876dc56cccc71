"""What goes wrong between a chip and its reader: answers spoilt, contact lost, time wasted.

Two layers, which any `Chip` takes and which work alike over vpcd and without a reader:

    chip = FaultyChip(cie(), wrong_code(at=12), garbage(at=reads))      # answers are spoilt
    slot = FaultySlot("Reader", chip, Loss(at=20), Loss(after=5000))     # contact is lost, twice
    reader.insert(chip, Loss(at=20).over_reader())                       # the same over vpcd

Commands are counted from 0 since the `FaultyChip` was made, and by a `Loss` within each stay on the
reader. `at` is such a number, or a question asked of the command's bytes (`reads`, `protected`).
What is wrong with a document's contents is made in `bad_documents`.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.direct import REMOVED
from tests.emulated.cards.emrtd_apdu import Refused, objects, protect, tlv
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.virtual_reader import Chip, Faults

ABSENT = DeviceTrouble(TroubleKind.ABSENT, "card.absent")
_MUTE_SECONDS = 30.0

Where: TypeAlias = int | Callable[[bytes], bool]
"""A command's number, or whether a command is meant."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its true answer.

    Attributes:
        number: of the command, from 0.
        command: its bytes.
        answer: what the chip would say.
        before: the answer sent to the command before.
        chip: the chip proper.
    """

    number: int
    command: bytes
    answer: bytes
    before: bytes
    chip: Chip

    def meant(self, where: Where) -> bool:
        """Whether `where` means this command."""
        return where == self.number if isinstance(where, int) else where(self.command)


Spoil: TypeAlias = Callable[[Exchange], bytes]
"""Makes the answer that goes out of one exchange."""


def reads(command: bytes) -> bool:
    """Whether a command is READ BINARY, plain or protected."""
    return len(command) > 1 and command[1] in {0xB0, 0xB1}


def protected(command: bytes) -> bool:
    """Whether a command is under secure messaging."""
    return bool(command) and command[0] & 0x0C == 0x0C


def steps(command: bytes) -> bool:
    """Whether a command is GENERAL AUTHENTICATE: a step of PACE or Chip Authentication."""
    return len(command) > 1 and command[1] == 0x86


def nth(number: int, where: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    """The command of that number (from 0) among those meant. Good for one chip: it counts."""
    seen = -1

    def asked(command: bytes) -> bool:
        nonlocal seen
        seen += where(command)
        return where(command) and seen == number

    return asked


class FaultyChip:
    """A chip whose answers are spoilt on their way.

    Attributes:
        chip: the chip proper.
        commands: how many commands came.
    """

    def __init__(self, chip: Chip, *spoils: Spoil) -> None:
        self.chip = chip
        self.commands = 0
        self._spoils = spoils
        self._before = b""

    @property
    def atr(self) -> bytes:
        """The chip's own answer to reset."""
        return self.chip.atr

    def reset(self) -> None:
        """Reset the chip; the count of commands goes on."""
        self.chip.reset()

    def answer(self, command: bytes) -> bytes:
        """The chip's answer, spoilt by each spoil in turn."""
        number, self.commands = self.commands, self.commands + 1
        answer = self.chip.answer(command)
        for spoil in self._spoils:
            answer = spoil(Exchange(number, command, answer, self._before, self.chip))
        self._before = answer
        return answer


def _spoil(at: Where, change: Callable[[Exchange], bytes]) -> Spoil:
    return lambda exchange: change(exchange) if exchange.meant(at) else exchange.answer


# --- secure messaging


def wrong_code(at: Where) -> Spoil:
    """One bit of the message authentication code (DO 8E) is turned."""

    def change(exchange: Exchange) -> bytes:
        body, status = exchange.answer[:-2], exchange.answer[-2:]
        return body[:-1] + bytes([body[-1] ^ 1]) + status if body else exchange.answer

    return _spoil(at, change)


def wrong_data(at: Where) -> Spoil:
    """One bit of the first object's value is turned; the code stays as it was."""

    def change(exchange: Exchange) -> bytes:
        answer = exchange.answer
        middle = len(answer) // 3
        return answer[:middle] + bytes([answer[middle] ^ 1]) + answer[middle + 1 :]

    return _spoil(at, change)


def without_code(at: Where) -> Spoil:
    """The answer comes without DO 8E."""
    return _spoil(at, lambda exchange: _without(exchange.answer, 0x8E))


def without_status(at: Where) -> Spoil:
    """The answer comes without DO 99, as old chips do."""
    return _spoil(at, lambda exchange: _without(exchange.answer, 0x99))


def _without(answer: bytes, tag: int) -> bytes:
    try:
        kept = b"".join(whole for found, _, whole in objects(answer[:-2]) if found != tag)
    except Refused:
        kept = answer[:-2]
    return kept + answer[-2:]


def wrong_counter(at: Where) -> Spoil:
    """The chip counts its messages up once too often: from this answer on, both sides differ."""

    def change(exchange: Exchange) -> bytes:
        chip = exchange.chip
        keys = chip.access.session if isinstance(chip, EmrtdChip) else None
        if keys is None or not protected(exchange.command):
            return exchange.answer
        ins = exchange.command[1]
        found = {tag: value for tag, value, _ in objects(exchange.answer[:-2])}
        hidden = found.get(0x85, found.get(0x87, b"\x01")[1:])
        plain = keys.reveal(hidden) if hidden else b""
        keys.counter += 1
        return protect(keys, ins, plain, found[0x99]) + exchange.answer[-2:]

    return _spoil(at, change)


def replayed(at: Where) -> Spoil:
    """The answer before comes once more."""
    return _spoil(at, lambda exchange: exchange.before)


def outer_status(status: bytes, at: Where) -> Spoil:
    """The status outside the messaging is another than the one inside."""
    return _spoil(at, lambda exchange: exchange.answer[:-2] + status)


# --- status words


def status(word: bytes, at: Where) -> Spoil:
    """A bare status word in place of the answer."""
    return _spoil(at, lambda _: word)


def endless_more(at: Where, part: bytes = b"\x00" * 16) -> Spoil:
    """From a command on, the chip always has more: 61xx for ever, with some bytes each time."""
    return _from(at, lambda exchange: (b"" if exchange.command[1] != 0xC0 else part) + b"\x61\x10")


def endless_nothing(at: Where) -> Spoil:
    """From a command on, 6100 without a byte for ever."""
    return _from(at, lambda _: b"\x61\x00")


def endless_exact(at: Where) -> Spoil:
    """From a command on, every length is the wrong one: 6Cxx, another number each time."""
    return _from(at, lambda exchange: bytes([0x6C, exchange.number % 255 + 1]))


def _from(at: Where, change: Callable[[Exchange], bytes]) -> Spoil:
    begun = False

    def spoil(exchange: Exchange) -> bytes:
        nonlocal begun
        begun = begun or exchange.meant(at)
        return change(exchange) if begun else exchange.answer

    return spoil


# --- lengths and data objects


def cut(keep: int, at: Where) -> Spoil:
    """Only the first `keep` bytes come, status word or not; negative leaves off the last."""
    return _spoil(at, lambda exchange: exchange.answer[:keep])


def lengthened(more: bytes, at: Where) -> Spoil:
    """Bytes that nobody asked for, before the status word."""
    return _spoil(at, lambda exchange: exchange.answer[:-2] + more + exchange.answer[-2:])


def wrong_length(at: Where, by: int = 1) -> Spoil:
    """The first data object says that it is longer (or shorter) than it is."""

    def change(exchange: Exchange) -> bytes:
        answer = exchange.answer
        return answer[:1] + bytes([(answer[1] + by) & 0xFF]) + answer[2:]

    return _spoil(at, change)


def oversized(at: Where, tag: int = 0x87) -> Spoil:
    """A data object that says it has four gigabytes."""
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big") + b"\x84\xff\xff\xff\xff"
    return _spoil(at, lambda exchange: head + exchange.answer[2:])


def indefinite(at: Where) -> Spoil:
    """A data object of indefinite length, which cards must not send."""
    return _spoil(at, lambda exchange: exchange.answer[:1] + b"\x80" + exchange.answer[2:])


def nested(at: Where, depth: int = 4000, tag: int = 0x7C) -> Spoil:
    """Data objects within data objects, deeper than a parser should follow."""

    def change(_: Exchange) -> bytes:
        inside = b""
        for _step in range(depth):
            inside = tlv(tag, inside)
        return inside[-65000:] + b"\x90\x00"

    return _spoil(at, change)


def garbage(at: Where, size: int = 64, seed: int = 1) -> Spoil:
    """Bytes by dice, the same ones for a seed, and 9000."""
    return _spoil(at, lambda e: random.Random(seed * 1009 + e.number).randbytes(size) + b"\x90\x00")


EVERY: dict[str, Callable[[Where], Spoil]] = {
    "wrong code": wrong_code,
    "wrong data": wrong_data,
    "without code": without_code,
    "without status": without_status,
    "wrong counter": wrong_counter,
    "replayed": replayed,
    "outer status": lambda at: outer_status(b"\x62\x82", at),
    "6F00": lambda at: status(b"\x6f\x00", at),
    "6982": lambda at: status(b"\x69\x82", at),
    "6988": lambda at: status(b"\x69\x88", at),
    "empty 9000": lambda at: status(b"\x90\x00", at),
    "endless 61xx": endless_more,
    "endless 6100": endless_nothing,
    "endless 6Cxx": endless_exact,
    "nothing": lambda at: cut(0, at),
    "one byte": lambda at: cut(1, at),
    "cut": lambda at: cut(-3, at),
    "lengthened": lambda at: lengthened(bytes(5), at),
    "too long": wrong_length,
    "too short": lambda at: wrong_length(at, -1),
    "oversized": oversized,
    "indefinite": indefinite,
    "nested": nested,
    "garbage": garbage,
    "much garbage": lambda at: garbage(at, 60_000),
}
"""Every spoil by its name, each to be given where."""


# --- contact


@dataclass(frozen=True, slots=True)
class Loss:
    """How one stay of a card on the reader goes.

    Attributes:
        at: the contact is lost as this command comes, before any answer.
        after: the contact is lost when so many bytes of answers have gone out.
        mute_from: from this command on, nothing is answered.
        seconds: time that each answer takes.
        away: how often the slot is asked in vain before the card lies on it again.
    """

    at: int | None = None
    after: int | None = None
    mute_from: int | None = None
    seconds: float = 0.0
    away: int = 1

    def over_reader(self) -> Faults:
        """The same, for `VirtualReader.insert`."""
        return Faults(
            mute_from=self.mute_from,
            seconds=self.seconds,
            pulled_at=self.at,
            pulled_after=self.after,
        )


LASTING = Loss()
"""Contact that is not lost."""


class FaultyChannel:
    """Implements `CardChannel` on a chip that may leave the field."""

    def __init__(self, chip: Chip, loss: Loss = LASTING) -> None:
        self.chip = chip
        self.commands: list[bytes] = []
        self.sent = 0
        self.closed = threading.Event()
        self.gone = False
        self._loss = loss

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        """The chip's answer, or `card.removed`."""
        number = len(self.commands)
        self.commands.append(command)
        loss = self._loss
        if loss.at is not None and number >= loss.at:
            self.gone = True
        if self.gone or self.closed.is_set():
            return REMOVED
        if loss.mute_from is not None and number >= loss.mute_from:
            self.closed.wait(_MUTE_SECONDS)
            return REMOVED
        if loss.seconds:
            time.sleep(loss.seconds)
        answer = self.chip.answer(command)
        self.sent += len(answer)
        if loss.after is not None and self.sent > loss.after:
            self.gone = True
            return REMOVED
        return answer

    def loss(self) -> DeviceTrouble | None:
        """`card.removed` once the contact is lost."""
        return REMOVED if self.gone else None

    def close(self) -> None:
        """Let the card go, and wake a `transmit` that waits for a mute card."""
        self.closed.set()


class FaultySlot:
    """Implements `CardSlot`: a card that is laid on the reader again and again.

    Attributes:
        name: the reader's name.
        chip: the card.
        channels: one for each stay, with its commands.
        asked: how often `connect` was called.
    """

    def __init__(self, name: str, chip: Chip, *losses: Loss) -> None:
        self.name = name
        self.chip = chip
        self.channels: list[FaultyChannel] = []
        self.asked = 0
        self._losses = list(losses)
        self._away = 0

    def connect(self) -> FaultyChannel | DeviceTrouble:
        """The card with its power on, or `card.absent` while it is away."""
        self.asked += 1
        if self._away:
            self._away -= 1
            return ABSENT
        loss = self._losses.pop(0) if self._losses else LASTING
        self._away = loss.away if replace(loss, seconds=0.0) != LASTING else 0
        self.chip.reset()
        channel = FaultyChannel(self.chip, loss)
        self.channels.append(channel)
        return channel
