"""A code on its way to the citizen's mailbox: sealed at the station, opened when the mail is sent.

It is sealed to the hub's key for letters, apart from the body that it travels in: neither the
registry nor who decides on operations can read it (R-003-1, 25). It is bound to its operation, so
it cannot be sent to somebody else's mailbox under another.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sync.model import codes
from sync.wire import sealing
from sync.wire.sealing import SealingKey, UnsealingKey

_PURPOSE: Final = b"sportello mailed code 1 "


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
