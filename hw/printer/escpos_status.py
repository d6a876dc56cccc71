"""What an ESC/POS printer says of itself: the questions, and the reading of its answers. Pure.

After Epson's "ESC/POS Command Reference": DLE EOT (real-time status), GS a (automatic status
back), GS r (paper sensor), GS I (printer information), GS ( H function 48 (process id response),
DLE DC4 function 8 (clear buffers), and its table of how answers are told from one another. The
other makers of such printers follow it for as much as they know of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from hw.paper import PrinterCondition

AUTOMATIC_STATUS: Final = b"\x1da\x0e"
"""GS a 14: tell at once, and whenever it changes: online, errors, paper."""
NO_AUTOMATIC_STATUS: Final = b"\x1da\x00"
PAPER_SENSOR: Final = b"\x1dr\x01"
"""GS r 1: answered when all that was sent before has been worked off."""
CLEAR_BUFFERS: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: forget all that was sent and is not printed; answered by `Cleared`."""
RECOVER_CLEARED: Final = b"\x10\x05\x02"
"""DLE ENQ 2: recover from an error, all that was sent forgotten. No answer."""

MARK_BYTES: Final = 4
_LONGEST_BLOCK: Final = 80  # Epson's own information is at most that long


class RealTime(IntEnum):
    """The n of DLE EOT n: which status is asked for."""

    PRINTER = 1
    OFFLINE_CAUSE = 2
    ERROR_CAUSE = 3
    PAPER = 4


class Information(IntEnum):
    """The n of GS I n: which text is asked for."""

    MAKER = 66
    MODEL = 67
    SERIAL = 68


def real_time_request(which: RealTime) -> bytes:
    """DLE EOT n: answered at once by one `RealTimeStatus`, also by a printer that is offline."""
    return bytes((0x10, 0x04, which))


def information_request(which: Information) -> bytes:
    """GS I n: answered by one `PrinterText` when what was sent before is worked off."""
    return bytes((0x1D, ord("I"), which))


def process_id_request(mark: bytes) -> bytes:
    """GS ( H function 48: have `mark` sent back when all that was sent before is on paper.

    Args:
        mark: four bytes of 0x20 to 0x7E.

    Raises:
        ValueError: another mark.
    """
    if len(mark) != MARK_BYTES or not all(0x20 <= byte <= 0x7E for byte in mark):
        raise ValueError("a process id is four printable characters")
    return b"\x1d(H\x06\x0000" + mark


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """The answer to DLE EOT n; it does not say to which n."""

    value: int


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """Four bytes of automatic status back."""

    value: bytes


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """The answer to GS r 1."""

    value: int


@dataclass(frozen=True, slots=True)
class Processed:
    """All that was sent before this mark is done."""

    mark: bytes


@dataclass(frozen=True, slots=True)
class Cleared:
    """Whatever was sent and not printed is forgotten."""


@dataclass(frozen=True, slots=True)
class PrinterText:
    """The answer to GS I n; printable ASCII only."""

    text: str


Answer: TypeAlias = (
    RealTimeStatus | AutomaticStatus | SensorStatus | Processed | Cleared | PrinterText
)

# "Transmission status identification": bits 0, 1, 4 and 7 tell single bytes apart.
_KIND_BITS: Final = 0b1001_0011
_REAL_TIME_BITS: Final = 0b0001_0010
_AUTOMATIC_BITS: Final = 0b0001_0000
_SENSOR_BITS: Final = 0b0000_0000
_FOLLOWING_BITS: Final = 0b1001_0000  # of the second to fourth byte of automatic status: off
_BLOCK: Final = 0x37
_TEXT_BLOCK: Final = 0x5F
_FLOW_CONTROL: Final = frozenset({0x11, 0x13})  # XON, XOFF
_PROCESS_ID: Final = 0x22
_CLEARED: Final = 0x25
_AUTOMATIC_BYTES: Final = 4


class AnswerReader:
    """Takes a printer's bytes as they come and gives its answers; never raises, keeps 80 bytes.

    What is no answer is passed over: noise of a line, or an answer of a kind we do not ask for.
    """

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        """The answers that `data` completes, in their order."""
        answers: list[Answer] = []
        for byte in data:
            answer = self._take(byte)
            if answer is not None:
                answers.append(answer)
        return answers

    def _take(self, byte: int) -> Answer | None:
        if byte in _FLOW_CONTROL:
            return None
        if not self._begun:
            return self._begin(byte)
        if self._begun[0] in {_BLOCK, _TEXT_BLOCK}:
            return self._in_block(byte)
        return self._in_automatic(byte)

    def _begin(self, byte: int) -> Answer | None:
        kind = byte & _KIND_BITS
        if byte in {_BLOCK, _TEXT_BLOCK} or kind == _AUTOMATIC_BITS:
            self._begun.append(byte)
        elif kind == _REAL_TIME_BITS:
            return RealTimeStatus(byte)
        elif kind == _SENSOR_BITS:
            return SensorStatus(byte)
        return None

    def _in_block(self, byte: int) -> Answer | None:
        if byte:
            self._begun.append(byte)
            if len(self._begun) > _LONGEST_BLOCK:
                self._begun.clear()
            return None
        block = bytes(self._begun)
        self._begun.clear()
        if block[0] == _TEXT_BLOCK:
            return PrinterText("".join(chr(b) for b in block[1:] if 0x20 <= b <= 0x7E).strip())
        match tuple(block[1:]):
            case (identifier, *mark) if identifier == _PROCESS_ID and len(mark) == MARK_BYTES:
                return Processed(bytes(mark))
            case (identifier,) if identifier == _CLEARED:
                return Cleared()
        return None

    def _in_automatic(self, byte: int) -> Answer | None:
        if byte & _FOLLOWING_BITS:
            # Three more bytes must follow without a gap: what began was none.
            self._begun.clear()
            return self._begin(byte)
        self._begun.append(byte)
        if len(self._begun) < _AUTOMATIC_BYTES:
            return None
        answer = AutomaticStatus(bytes(self._begun))
        self._begun.clear()
        return answer


_WORST_FIRST: Final = (
    PrinterCondition.OTHER,
    PrinterCondition.CUTTER,
    PrinterCondition.PAPER_JAM,
    # Many printers also report no paper while the cover is open.
    PrinterCondition.COVER_OPEN,
    PrinterCondition.PAPER_OUT,
    PrinterCondition.OVERHEATED,
    PrinterCondition.PAUSED,
    PrinterCondition.PAPER_LOW,
)
_REAL_TIME_MEANING: Final = {
    RealTime.PRINTER: (),
    RealTime.OFFLINE_CAUSE: (
        (0x04, PrinterCondition.COVER_OPEN),
        (0x08, PrinterCondition.PAUSED),  # somebody presses the FEED button
        (0x20, PrinterCondition.PAPER_OUT),
    ),
    RealTime.ERROR_CAUSE: (
        (0x04, PrinterCondition.PAPER_JAM),  # "recoverable", "mechanical error"
        (0x08, PrinterCondition.CUTTER),
        (0x20, PrinterCondition.OTHER),
        (0x40, PrinterCondition.OVERHEATED),  # recovers by itself
    ),
    RealTime.PAPER: ((0x0C, PrinterCondition.PAPER_LOW), (0x60, PrinterCondition.PAPER_OUT)),
}
_AUTOMATIC_MEANING: Final = (
    ((0x20, PrinterCondition.COVER_OPEN), (0x40, PrinterCondition.PAUSED)),
    _REAL_TIME_MEANING[RealTime.ERROR_CAUSE],
    ((0x03, PrinterCondition.PAPER_LOW), (0x0C, PrinterCondition.PAPER_OUT)),
)
_OFFLINE: Final = 0x08


def conditions_told(answers: dict[RealTime, RealTimeStatus]) -> tuple[PrinterCondition, ...]:
    """What the answers to DLE EOT say is the matter, the worst first; empty where nothing is."""
    found = {
        condition
        for which, answer in answers.items()
        for bits, condition in _REAL_TIME_MEANING[which]
        if answer.value & bits == bits
    }
    printer = answers.get(RealTime.PRINTER)
    return _ordered(found, offline=printer is not None and bool(printer.value & _OFFLINE))


def conditions_pushed(answer: AutomaticStatus) -> tuple[PrinterCondition, ...]:
    """The same of automatic status back."""
    found = {
        condition
        for byte, meaning in zip(answer.value, _AUTOMATIC_MEANING, strict=False)
        for bits, condition in meaning
        if byte & bits == bits
    }
    return _ordered(found, offline=bool(answer.value[0] & _OFFLINE))


def _ordered(found: Iterable[PrinterCondition], *, offline: bool) -> tuple[PrinterCondition, ...]:
    """The worst first; being offline without a reason is a condition of its own."""
    all_of_them = set(found)
    if offline and not any(condition.stops for condition in all_of_them):
        all_of_them.add(PrinterCondition.PAUSED)
    return tuple(condition for condition in _WORST_FIRST if condition in all_of_them)
