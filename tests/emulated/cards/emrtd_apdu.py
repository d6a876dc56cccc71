"""Commands and answers as the chip sees them: ISO/IEC 7816-4 lengths, data objects, messaging.

Secure messaging is written from ICAO 9303-11 clause 9.8 for the chip's side alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from tests.emulated.cards.emrtd_crypto import SessionKeys, pad

OK = b"\x90\x00"
END_REACHED = b"\x62\x82"
REFUSED_TRY = b"\x63\x00"
WRONG_LENGTH = b"\x67\x00"
LAST_OF_CHAIN_EXPECTED = b"\x68\x83"
NO_CHAINING = b"\x68\x84"
NOT_ALLOWED = b"\x69\x82"
BLOCKED = b"\x69\x83"
NOT_SATISFIED = b"\x69\x85"
NO_CURRENT_EF = b"\x69\x86"
MESSAGING_MISSING = b"\x69\x87"
MESSAGING_WRONG = b"\x69\x88"
WRONG_DATA = b"\x6a\x80"
NOT_FOUND = b"\x6a\x82"
WRONG_PARAMETERS = b"\x6a\x86"
WRONG_COUNT = b"\x6a\x87"
NO_REFERENCE = b"\x6a\x88"
WRONG_OFFSET = b"\x6b\x00"
WRONG_INSTRUCTION = b"\x6d\x00"
WRONG_CLASS = b"\x6e\x00"


class Refused(Exception):  # noqa: N818 - a refusal is a lawful answer, no error of the chip
    """The chip answers with a status word and nothing else."""

    def __init__(self, status: bytes) -> None:
        super().__init__(status.hex())
        self.status = status


def tlv(tag: int, value: bytes) -> bytes:
    """A data object with the shortest length field."""
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    else:
        body = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(body)]) + body
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length + value


def objects(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, value and whole encoding of each data object in a row.

    Raises:
        Refused: the data end within an object.
    """
    at = 0
    while at < len(data):
        start, tag = at, data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            tag = tag << 8 | _byte(data, at)
            at += 1
        size = _byte(data, at)
        at += 1
        if size > 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise Refused(WRONG_DATA)
        yield tag, data[at : at + size], data[start : at + size]
        at += size


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Refused(WRONG_DATA)
    return data[at]


def object_of(data: bytes, tag: int) -> bytes | None:
    """Value of the first object of a tag, None where there is none."""
    return next((value for found, value, _ in objects(data) if found == tag), None)


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A command, taken apart (ISO/IEC 7816-4 clause 5.2).

    Attributes:
        cla: class byte.
        ins: instruction.
        p1: first parameter.
        p2: second parameter.
        data: command data.
        expected: most bytes wished for in the answer, None where none are.
        extended: the lengths are of the extended form.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None
    extended: bool = False

    @property
    def header(self) -> bytes:
        """The four bytes."""
        return bytes([self.cla, self.ins, self.p1, self.p2])


def parse(command: bytes, *, extended: bool = True) -> CommandApdu:
    """Take a command apart.

    Args:
        command: its bytes.
        extended: lengths of the extended form are taken.

    Raises:
        Refused: its lengths do not fit.
    """
    if len(command) < 4 or (not extended and len(command) > 6 and command[4] == 0):
        raise Refused(WRONG_LENGTH)
    cla, ins, p1, p2 = command[:4]
    body = command[4:]
    if not body:
        return CommandApdu(cla, ins, p1, p2)
    long = len(body) > 2 and body[0] == 0
    width, body = (2, body[1:]) if long else (1, body)
    first = int.from_bytes(body[:width], "big")
    most = 1 << 8 * width
    if len(body) == width:
        return CommandApdu(cla, ins, p1, p2, b"", first or most, long)
    data, rest = body[width : width + first], body[width + first :]
    if len(data) != first or not first or len(rest) not in {0, width}:
        raise Refused(WRONG_LENGTH)
    expected = (int.from_bytes(rest, "big") or most) if rest else None
    return CommandApdu(cla, ins, p1, p2, data, expected, long)


def unprotect(keys: SessionKeys, command: CommandApdu) -> CommandApdu:
    """The plain command inside a protected one, clause 9.8.4; counts the session up.

    Raises:
        Refused: objects are missing (6987) or do not verify (6988).
    """
    keys.counter += 1
    try:
        found = {tag: (value, whole) for tag, value, whole in objects(command.data)}
    except Refused:
        raise Refused(MESSAGING_WRONG) from None
    if 0x8E not in found:
        raise Refused(MESSAGING_MISSING)
    covered = b"".join(whole for tag, (_, whole) in found.items() if tag != 0x8E)
    block = keys.suite.block
    message = pad(command.header, block) + (pad(covered, block) if covered else b"")
    if not hmac.compare_digest(keys.seal(message), found[0x8E][0]):
        raise Refused(MESSAGING_WRONG)
    hidden, tag = b"", 0x85 if command.ins & 1 else 0x87
    if tag in found:
        hidden = found[tag][0]
        if tag == 0x87:
            if hidden[:1] != b"\x01":
                raise Refused(MESSAGING_WRONG)
            hidden = hidden[1:]
    try:
        data = keys.reveal(hidden) if hidden else b""
    except ValueError:
        raise Refused(MESSAGING_WRONG) from None
    expected = None
    if 0x97 in found:
        wish = found[0x97][0]
        expected = int.from_bytes(wish, "big") or 1 << 8 * len(wish)
    header = command.header
    return CommandApdu(
        header[0] & 0xF3, header[1], header[2], header[3], data, expected, command.extended
    )


def protect(keys: SessionKeys, ins: int, data: bytes, status: bytes) -> bytes:
    """The protected answer, clause 9.8.5; counts the session up."""
    keys.counter += 1
    answered = b""
    if data:
        hidden = keys.hide(data)
        answered = tlv(0x85, hidden) if ins & 1 else tlv(0x87, b"\x01" + hidden)
    answered += tlv(0x99, status)
    return answered + tlv(0x8E, keys.seal(pad(answered, keys.suite.block)))
