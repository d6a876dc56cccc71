"""The words between `TokenDoor` and its worker: frames of byte fields over two pipes.

A frame is its length (four bytes, big endian) and that many bytes of fields, each behind its own
length. The first field of a request is a `Verb`; the first field of an answer is `DONE` or a
failure code. Nothing is evaluated, and every length is bounded before anything is allocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import Final, TypeAlias

HEAD: Final = 4
"""Bytes of a length."""
LONGEST_REQUEST: Final = 0xF000
"""Most bytes of a request: fits a pipe's buffer of 64 kB, so that writing one never blocks."""
LONGEST_ANSWER: Final = 0x200000
DONE: Final = b"done"
Buffer: TypeAlias = bytes | bytearray | memoryview


class Verb(Enum):
    """What the worker can be asked. Its fields stand behind each."""

    TOKENS = b"tokens"
    """Nothing. Answer: slot, reader and `TokenState` of each slot with a card."""
    CERTIFICATES = b"certificates"
    """Slot. Answer: identifier and DER of each certificate."""
    RSA_BITS = b"rsa-bits"
    """Slot. Answer: four bytes, the longest RSA key with which the module signs there."""
    LOG_IN = b"log-in"
    """Slot, its reader as `TOKENS` told it, `HEED` or nothing, PIN. Answer: nothing."""
    SIGN = b"sign"
    """Slot, identifier of the key, `Signing`, message. Answer: the signature."""
    FINISH = b"finish"
    """Nothing. The worker lets the cards go and ends, without an answer."""


HEED: Final = b"heed"
"""At log-in: present no PIN unless the module says that tries are left, and not just one."""


class TokenState(IntFlag):
    """What the module says of the card in a slot."""

    KNOWN = 1
    """The module can work with it."""
    PIN_SET = 2
    COUNT_LOW = 4
    """A wrong PIN was given since the last right one; the flag of a module that counts."""
    FINAL_TRY = 8
    LOCKED = 16


class Signing(Enum):
    """How to sign. The worker hashes; the card never sees the message."""

    RSA_SHA256 = b"rsa-sha256"
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 clause 8.2)."""
    ECDSA_SHA256 = b"ecdsa-sha256"
    """ECDSA with SHA-256; the signature is r and s at equal length (PKCS #11 clause 6.3.1)."""


@dataclass(frozen=True, slots=True)
class Broken(Exception):  # noqa: N818 - what it says of the bytes
    """Bytes that are no frame of this wire."""

    reason: str


def frame(fields: Sequence[Buffer]) -> bytearray:
    """A whole frame. It is a bytearray so that whoever has sent a PIN can wipe it."""
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
        Broken: lengths that do not fit.
    """
    view, at = memoryview(body), 0
    fields: list[memoryview] = []
    while at < len(view):
        end = at + HEAD + int.from_bytes(view[at : at + HEAD], "big")
        if len(view) - at < HEAD or end > len(view):
            raise Broken("field over the end")
        fields.append(view[at + HEAD : end])
        at = end
    return fields


def wipe(buffer: bytearray) -> None:
    """Fill with zeroes."""
    buffer[:] = bytes(len(buffer))
