"""The words between a process and its child: frames of byte fields over two pipes.

A frame is its length (four bytes, big endian) and that many bytes of fields, each behind its own
length. Nothing is evaluated, and every length is bounded before anything is allocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

HEAD: Final = 4
"""Bytes of a length."""
MOST_FIELDS: Final = 1024
"""Empty fields take four bytes in a message and a hundred in memory."""
Buffer: TypeAlias = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Broken(Exception):  # noqa: N818 - what it says of the bytes
    """Bytes that are no frame."""

    reason: str


def frame(fields: Sequence[Buffer]) -> bytearray:
    """A whole frame. It is a bytearray so that whoever has sent a secret can wipe it."""
    size = sum(HEAD + len(field) for field in fields)
    made = bytearray(HEAD + size)
    made[:HEAD] = size.to_bytes(HEAD, "big")
    at = HEAD
    for field in fields:
        made[at : at + HEAD] = len(field).to_bytes(HEAD, "big")
        made[at + HEAD : at + HEAD + len(field)] = field
        at += HEAD + len(field)
    return made


def size_of(head: Buffer, most: int) -> int:
    """Bytes that follow a frame's head.

    Raises:
        Broken: more than `most`.
    """
    size = int.from_bytes(head[:HEAD], "big")
    if size > most:
        raise Broken("too long")
    return size


def fields_of(body: Buffer) -> list[memoryview]:
    """The fields of a frame, without copying them.

    Raises:
        Broken: lengths that do not fit, or more than `MOST_FIELDS`.
    """
    view, at = memoryview(body), 0
    fields: list[memoryview] = []
    while at < len(view):
        end = at + HEAD + int.from_bytes(view[at : at + HEAD], "big")
        if len(fields) == MOST_FIELDS:
            raise Broken("too many fields")
        if len(view) - at < HEAD or end > len(view):
            raise Broken("field over the end")
        fields.append(view[at + HEAD : end])
        at = end
    return fields


def wipe(buffer: bytearray) -> None:
    """Fill with zeroes."""
    buffer[:] = bytes(len(buffer))
