"""A code on its way to a mailbox: sealed where it is made, opened when the mail is sent.

It is sealed to the hub's key for letters, apart from the body that it travels in: neither the
registry nor who decides on operations can read it (R-003-1, 25). It is bound to its operation, so
it cannot be sent to somebody else's mailbox under another. The halves of an operator's daily password
and of the codes of a card, and a Security Officer's master password, travel in the same way.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from sync.model import codes, daily_password
from sync.wire import canonical, sealing
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey

_PURPOSE: Final = b"sportello mailed code 1 "
_HALF: Final = b"sportello mailed half 1 "
_CARD: Final = b"sportello mailed card codes 1 "
_MASTER: Final = b"sportello mailed master password 1 "
_LONGEST_CODE: Final = 32
_LONGEST_PLAIN: Final = 128


def seal_code(code: bytes | bytearray, key: SealingKey, operation_id: UUID) -> bytes:
    """The code as only the holder of the key for letters can read it.

    Args:
        code: of `codes.CODE_LETTERS` letters, as `codes.make_code` makes it.
        key: `HubTrust.letter_key`.
        operation_id: of the operation that it goes with.
    """
    return sealing.seal(bytes(code), key, _PURPOSE + operation_id.bytes)


def open_code(sealed: bytes, key: UnsealingKey, operation_id: UUID) -> bytearray | None:
    """The code, to be wiped once it is sent; None for another key or operation, or what is no code."""
    plain = sealing.unseal(sealed, key, _PURPOSE + operation_id.bytes, limit=codes.CODE_LETTERS)
    if (
        plain is None
        or not plain.isascii()
        or not isinstance(codes.parse_code(plain.decode()), str)
    ):
        return None
    return bytearray(plain)


class CardCodes(NamedTuple):
    """The second halves of what opens an operator's card (R-004-22); the first are in its envelope."""

    pin: str
    puk: str
    password: str

    def __repr__(self) -> str:
        return "CardCodes()"


def seal_half(half: bytes | bytearray, key: SealingKey, operation_id: UUID) -> bytes:
    """The second half of a daily password as only the holder of the key for letters can read it.

    Args:
        half: `daily_password.HALF` characters, ASCII.
        key: `HubTrust.letter_key`.
        operation_id: of the operation that sets the password.
    """
    return sealing.seal(bytes(half), key, _HALF + operation_id.bytes)


def open_half(sealed: bytes, key: UnsealingKey, operation_id: UUID) -> bytearray | None:
    """The half, to be wiped once it is sent; None for another key or operation, or what is none."""
    plain = sealing.unseal(sealed, key, _HALF + operation_id.bytes, limit=daily_password.HALF)
    if plain is None or len(plain) != daily_password.HALF:
        return None
    known = set(daily_password.ALPHABET.encode())
    return bytearray(plain) if set(plain) <= known else None


def seal_card_codes(halves: CardCodes, key: SealingKey, serial: str) -> bytes:
    """The second halves of a card's codes, as the producer hands them over.

    Raises:
        ValueError: one is empty, longer than 32 characters, or not printable ASCII.
    """
    if not all(_is_code(one) for one in halves):
        raise ValueError("codes have 1 to 32 printable characters")
    return sealing.seal(canonical.encode(list(halves)), key, _CARD + serial.encode())


def open_card_codes(sealed: bytes, key: UnsealingKey, serial: str) -> CardCodes | None:
    """The halves; None for another key or card, or what is none."""
    plain = sealing.unseal(sealed, key, _CARD + serial.encode(), limit=_LONGEST_PLAIN)
    if plain is None:
        return None
    try:
        found = canonical.items(canonical.decode(plain, limit=_LONGEST_PLAIN), exactly=3)
        pin, puk, password = (canonical.text(one, longest=_LONGEST_CODE) for one in found)
    except Malformed:
        return None
    halves = CardCodes(pin, puk, password)
    return halves if all(_is_code(one) for one in halves) else None


def seal_master(password: bytes | bytearray, key: SealingKey, user: str) -> bytes:
    """A master password on its way to its Security Officer, `user` (R-001-7)."""
    return sealing.seal(bytes(password), key, _MASTER + user.encode())


def open_master(sealed: bytes, key: UnsealingKey, user: str) -> bytearray | None:
    """The password, to be wiped once it is sent; None for another key or user."""
    plain = sealing.unseal(sealed, key, _MASTER + user.encode(), limit=_LONGEST_CODE)
    return None if plain is None else bytearray(plain)


def _is_code(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_CODE and text.isascii() and text.isprintable()
