"""Command and response APDUs, ISO/IEC 7816-4 clause 5.1, in short format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_ANSWER: Final = 256
"""Most data bytes in the answer to a command in short format; written as Le 00."""
_LONGEST_DATA: Final = 255
_SELECT: Final = 0xA4
_READ_BINARY: Final = 0xB0
_GET_RESPONSE: Final = 0xC0
_FURTHEST_OFFSET: Final = 0x7FFF
_STATUS_BYTES: Final = 2


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU.

    Attributes:
        ins: instruction byte.
        p1: first parameter.
        p2: second parameter.
        data: command data, at most 255 bytes.
        le: number of answer bytes asked for, 1 to 256, or None where no data are expected.
        cla: class byte.

    Raises:
        ValueError: a length that the short format cannot write. That is a bug of the caller.
    """

    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    cla: int = 0x00

    def __post_init__(self) -> None:
        if len(self.data) > _LONGEST_DATA:
            raise ValueError("command data longer than 255 bytes")
        if self.le is not None and not 1 <= self.le <= LONGEST_ANSWER:
            raise ValueError("le outside 1..256")

    def to_bytes(self) -> bytes:
        """The bytes that go to the card."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        wish = b"" if self.le is None else bytes((self.le % LONGEST_ANSWER,))
        return head + body + wish


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """A response APDU. The representation hides the data, which may be a person's.

    Attributes:
        data: response data, at most 256 bytes for one command, more where answers were chained.
        status: status word SW1-SW2.
    """

    data: bytes
    status: int

    def __repr__(self) -> str:
        return f"Response({len(self.data)} bytes, {self.status:04X})"

    @classmethod
    def from_bytes(cls, answer: bytes) -> Response | None:
        """Split an answer into data and status word; None where it is too short to hold one."""
        if len(answer) < _STATUS_BYTES:
            return None
        return cls(answer[:-_STATUS_BYTES], int.from_bytes(answer[-_STATUS_BYTES:], "big"))


def select_file(identifier: int) -> Command:
    """SELECT by file identifier, asking for no control information (clause 11.2.2).

    P2 is 00, not 0C: some health cards refuse 0C, and control information does no harm.
    """
    return Command(_SELECT, 0x00, 0x00, identifier.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> Command:
    """READ BINARY of the current file (clause 11.3.3).

    Raises:
        ValueError: an offset that P1-P2 cannot hold (bit 8 of P1 would mean a short identifier).
    """
    if not 0 <= offset <= _FURTHEST_OFFSET:
        raise ValueError("offset outside 0..32767")
    return Command(_READ_BINARY, offset >> 8, offset & 0xFF, le=length)


def get_response(length: int) -> Command:
    """GET RESPONSE (clause 11.7.1)."""
    return Command(_GET_RESPONSE, 0x00, 0x00, le=length)
