"""Command and response APDUs, ISO/IEC 7816-4 clause 5.1, in short and in extended format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_DATA: Final = 255
"""Most data bytes of a command in short format."""
LONGEST_ANSWER: Final = 256
"""Most data bytes in the answer to a command in short format; written as Le 00."""
LONGEST_EXTENDED_DATA: Final = 65535
"""Most data bytes of a command in extended format."""
LONGEST_EXTENDED_ANSWER: Final = 65536
"""Most data bytes in the answer to a command in extended format; written as Le 0000."""
_SELECT: Final = 0xA4
_READ_BINARY: Final = 0xB0
_READ_FAR: Final = 0xB1
_GET_RESPONSE: Final = 0xC0
_OFFSET_TAG: Final = 0x54
_LAST_SHORT_IDENTIFIER: Final = 30
_FURTHEST_OFFSET: Final = 0x7FFF
_STATUS_BYTES: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A command APDU. The representation hides the data, which may be a secret or a person's.

    Attributes:
        ins: instruction byte.
        p1: first parameter.
        p2: second parameter.
        data: command data, at most 65535 bytes.
        le: most answer bytes wanted, 1 to 65536, or None where no data are expected. Above 256 the
            command needs the extended format, so ask for what is expected, not for the most.
        cla: class byte.

    Raises:
        ValueError: a length that no format can write. That is a bug of the caller.
    """

    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    cla: int = 0x00

    def __post_init__(self) -> None:
        if len(self.data) > LONGEST_EXTENDED_DATA:
            raise ValueError("command data longer than 65535 bytes")
        if self.le is not None and not 1 <= self.le <= LONGEST_EXTENDED_ANSWER:
            raise ValueError("le outside 1..65536")

    def __repr__(self) -> str:
        le = "" if self.le is None else f", le {self.le}"
        header = f"{self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X}"
        return f"Command({header}, {len(self.data)} bytes{le})"

    @property
    def fits_short(self) -> bool:
        """Whether the short format can write it."""
        return len(self.data) <= LONGEST_DATA and (self.le or 0) <= LONGEST_ANSWER

    def to_bytes(self, *, extended: bool = False) -> bytes:
        """The bytes that go to the card, in extended format where needed or wanted (table 1).

        Without data and without Le the two formats are the same four bytes.
        """
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        if not extended and self.fits_short:
            body = bytes((len(self.data),)) + self.data if self.data else b""
            wish = b"" if self.le is None else bytes((self.le % LONGEST_ANSWER,))
            return head + body + wish
        lc = b"\x00" + len(self.data).to_bytes(2, "big")
        body = lc + self.data if self.data else b""
        wish = b""
        if self.le is not None:
            # The leading zero that marks the format is there once: in Lc, or in Le without it.
            wish = (self.le % LONGEST_EXTENDED_ANSWER).to_bytes(2 if self.data else 3, "big")
        return head + body + wish


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """A response APDU. The representation hides the data, which may be a person's.

    Attributes:
        data: response data, at most 65536 bytes for one command, more where answers were chained.
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


def read_short_file(identifier: int, offset: int, length: int) -> Command:
    """READ BINARY that selects an elementary file by its short identifier (clause 11.3.3).

    Args:
        identifier: 1 to 30, such as 0x1C for EF.CardAccess.
        offset: first byte, 0 to 255.
        length: most bytes wanted.

    Raises:
        ValueError: an identifier or offset that P1-P2 cannot hold.
    """
    if not 1 <= identifier <= _LAST_SHORT_IDENTIFIER:
        raise ValueError("short identifier outside 1..30")
    if not 0 <= offset <= 0xFF:
        raise ValueError("offset outside 0..255")
    return Command(_READ_BINARY, 0x80 | identifier, offset, le=length)


def read_far(offset: int, length: int) -> Command:
    """READ BINARY with odd instruction, for offsets that P1-P2 cannot hold (clause 11.3.3).

    The offset travels in a data object 54; the answer is a data object 53 around the bytes, whose
    tag and length count in `length`.
    """
    place = offset.to_bytes(max(2, (offset.bit_length() + 7) // 8), "big")
    return Command(_READ_FAR, 0, 0, bytes((_OFFSET_TAG, len(place))) + place, le=length)


def get_response(length: int) -> Command:
    """GET RESPONSE (clause 11.7.1)."""
    return Command(_GET_RESPONSE, 0x00, 0x00, le=length)
