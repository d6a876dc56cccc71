"""MANAGE SECURITY ENVIRONMENT and GENERAL AUTHENTICATE, as PACE and Chip Authentication use them.

ISO/IEC 7816-4 clauses 11.5.5 and 11.5.11 as narrowed by ICAO 9303-11 clauses 4.4.4 and 6.2.4.
"""

from __future__ import annotations

from typing import Final

from hw.apdu.command import LONGEST_ANSWER, LONGEST_DATA, LONGEST_EXTENDED_ANSWER, Command
from hw.apdu.tlv import encode, only, read_all

_MANAGE_SECURITY_ENVIRONMENT: Final = 0x22
_GENERAL_AUTHENTICATE: Final = 0x86
_MORE_FOLLOWS: Final = 0x10
_DYNAMIC_AUTHENTICATION_DATA: Final = 0x7C
_MOST_OVERHEAD: Final = 12
"""Bytes of tags and lengths around one value of an answer."""

PROTOCOL: Final = 0x80
"""Object identifier of the protocol, its value only."""
PASSWORD: Final = 0x83
"""Which password PACE uses."""
PRIVATE_KEY: Final = 0x84
"""Identifier of domain parameters or of the chip's key."""

PACE: Final = 0xC1A4
"""P1-P2 of MSE:Set AT for PACE."""
CHIP_AUTHENTICATION: Final = 0x41A4
"""P1-P2 of MSE:Set AT for Chip Authentication."""
KEY_AGREEMENT: Final = 0x41A6
"""P1-P2 of MSE:Set KAT."""


def set_template(purpose: int, *objects: tuple[int, bytes]) -> Command:
    """MSE:Set AT or MSE:Set KAT, with its data objects in order."""
    data = b"".join(encode(tag, value) for tag, value in objects)
    return Command(_MANAGE_SECURITY_ENVIRONMENT, purpose >> 8, purpose & 0xFF, data)


def general_authenticate(*objects: tuple[int, bytes], last: bool, expected: int) -> Command:
    """GENERAL AUTHENTICATE, one of a chain but for the last.

    Args:
        objects: the data objects, none to ask for the nonce.
        last: nothing follows in this chain.
        expected: most bytes of the value that is asked for; with it goes the format of the command.
    """
    value = b"".join(encode(tag, one) for tag, one in objects)
    data = encode(_DYNAMIC_AUTHENTICATION_DATA, value)
    short = len(data) <= LONGEST_DATA and expected + _MOST_OVERHEAD <= LONGEST_ANSWER
    return Command(
        _GENERAL_AUTHENTICATE,
        0x00,
        0x00,
        data,
        LONGEST_ANSWER if short else LONGEST_EXTENDED_ANSWER,
        0x00 if last else _MORE_FOLLOWS,
    )


def dynamic_data(answer: bytes) -> dict[int, bytes]:
    """The data objects in the answer to GENERAL AUTHENTICATE, by tag; the first of each tag.

    Raises:
        Malformed: it is no template 7C.
    """
    found: dict[int, bytes] = {}
    for element in read_all(only(answer, _DYNAMIC_AUTHENTICATION_DATA)):
        found.setdefault(element.tag, element.value)
    return found
