"""Requests and answers of the Internet Printing Protocol as bytes (RFC 8010).

Pure: no socket, no clock. Whatever bytes a printer sends, `decode` ends after one pass over them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeAlias

VERSION: Final = b"\x02\x00"
"""IPP/2.0: every printer with AirPrint or Mopria, and cupsd, speaks it (RFC 8011 4.1.8)."""


class Operation(IntEnum):
    """Operations that the kiosk asks for (RFC 8011 5.4.15)."""

    PRINT_JOB = 0x0002
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class Tag(IntEnum):
    """Tags of groups (RFC 8010 3.5.1) and of values (3.5.2)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    COLLECTION_END = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


_FIRST_VALUE_TAG: Final = 0x10
_NUMBERS: Final = frozenset({Tag.INTEGER, Tag.ENUM})
_WITH_LANGUAGE: Final = frozenset({Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE})

Value: TypeAlias = int | str
"""Booleans are 0 and 1. Values of other kinds (dates, ranges, collections) are passed over."""

Attribute: TypeAlias = tuple[str, Tag, Sequence[Value]]
"""Name, tag of its values, values."""

Attributes: TypeAlias = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A printer's answer.

    Attributes:
        status: status code (RFC 8011 appendix B); below 0x0100 is success.
        jobs: one mapping for each job of the answer.
        printer: attributes of the printer; empty where none were asked for.
    """

    status: int
    jobs: tuple[Attributes, ...] = ()
    printer: Attributes = field(default_factory=dict)

    @property
    def successful(self) -> bool:
        """Whether the printer did what was asked (RFC 8011 appendix B.1.2)."""
        return self.status < 0x0100


def encode(
    operation: Operation, number: int, groups: Sequence[tuple[Tag, Sequence[Attribute]]]
) -> bytes:
    """One request without its document, which follows right behind (RFC 8010 3.1.1).

    Args:
        operation: what is asked for.
        number: request-id, 1 to 2**31 - 1.
        groups: tag of each group with its attributes; the operation's group stands first.
    """
    parts = [VERSION, struct.pack(">HI", operation, number)]
    for tag, attributes in groups:
        parts.append(bytes([tag]))
        for name, value_tag, values in attributes:
            for index, value in enumerate(values):
                # A further value of the same attribute has an empty name (RFC 8010 3.1.5).
                parts.append(_encoded("" if index else name, value_tag, value))
    parts.append(bytes([Tag.END]))
    return b"".join(parts)


def _encoded(name: str, tag: Tag, value: Value) -> bytes:
    if isinstance(value, str):
        content = value.encode()
    else:
        content = struct.pack(">i", value) if tag in _NUMBERS else bytes([value])
    key = name.encode("ascii")
    return struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(content)) + content


def decode(data: bytes) -> Answer | None:
    """What a printer answered; None where these bytes are no answer of this protocol."""
    if len(data) < 9 or data[0] not in {1, 2}:
        return None
    reader = _Reader(data)
    if not reader.read():
        return None
    (status,) = struct.unpack_from(">H", data, 2)
    jobs = tuple(found for tag, found in reader.groups if tag == Tag.JOB)
    printers = [found for tag, found in reader.groups if tag == Tag.PRINTER]
    return Answer(status, jobs, printers[0] if printers else {})


class _Reader:
    """Walks once over the groups of a message."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 8
        self._name = ""
        self._depth = 0
        self.groups: list[tuple[int, dict[str, list[Value]]]] = []

    def read(self) -> bool:
        """Whether the message came to its end in good form."""
        while self._at < len(self._data):
            tag = self._data[self._at]
            self._at += 1
            if tag == Tag.END:
                return self._depth == 0
            if tag < _FIRST_VALUE_TAG:
                self.groups.append((tag, {}))
                self._name = ""
            elif not self._attribute(tag):
                return False
        return False

    def _attribute(self, tag: int) -> bool:
        name, value = self._counted(), self._counted()
        if name is None or value is None or not self.groups:
            return False
        # Members of a collection follow flat behind it until its end (RFC 8010 3.1.6).
        if tag == Tag.COLLECTION:
            self._depth += 1
        elif tag == Tag.COLLECTION_END:
            self._depth -= 1
            return self._depth >= 0
        if name and self._depth <= (tag == Tag.COLLECTION):
            self._name = name.decode("ascii", "replace")
        decoded = None if self._depth else _value(tag, value)
        if decoded is not None and self._name:
            self.groups[-1][1].setdefault(self._name, []).append(decoded)
        return True

    def _counted(self) -> bytes | None:
        """The next field with its length in two bytes; None where the message ends before it."""
        begin = self._at + 2
        if begin > len(self._data):
            return None
        end = begin + int.from_bytes(self._data[self._at : begin], "big")
        if end > len(self._data):
            return None
        self._at = end
        return self._data[begin:end]


def _value(tag: int, content: bytes) -> Value | None:
    if tag in _NUMBERS:
        return int.from_bytes(content, "big", signed=True) if len(content) == 4 else None
    if tag == Tag.BOOLEAN:
        return int(content != b"\x00") if len(content) == 1 else None
    if tag in _WITH_LANGUAGE:
        language = int.from_bytes(content[:2], "big")
        return content[4 + language :].decode("utf-8", "replace")
    if tag >= Tag.TEXT:
        return content.decode("utf-8", "replace")
    return None


def text(attributes: Attributes, name: str) -> str:
    """The first value of an attribute where it is text; empty else."""
    values = attributes.get(name, ())
    return values[0] if values and isinstance(values[0], str) else ""


def texts(attributes: Attributes, name: str) -> tuple[str, ...]:
    """All values of an attribute that are text."""
    return tuple(value for value in attributes.get(name, ()) if isinstance(value, str))


def integer(attributes: Attributes, name: str) -> int | None:
    """The first value of an attribute where it is a number; None else."""
    values = attributes.get(name, ())
    return values[0] if values and isinstance(values[0], int) else None


def integers(attributes: Attributes, name: str) -> tuple[int, ...]:
    """All values of an attribute that are numbers."""
    return tuple(value for value in attributes.get(name, ()) if isinstance(value, int))
