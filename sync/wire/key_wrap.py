"""A key kept under another: AES-256-GCM, bound to what it is for."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"sportello wrapped key 1 "


def wrap(key: bytes, secret: bytes, about: bytes) -> bytes:
    """`key` as only who has `secret` can take it out, and only for what it is `about`.

    Both are of `KEY_BYTES` bytes. Raises `ValueError` for others.
    """
    if (len(key), len(secret)) != (KEY_BYTES, KEY_BYTES):
        raise ValueError("a key has 32 bytes")
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, key, _PURPOSE + about)


def unwrap(data: bytes, secret: bytes, about: bytes) -> bytes | None:
    """The inverse of `wrap`; None for another secret, another purpose, or changed bytes."""
    if len(data) <= _NONCE_BYTES or len(secret) != KEY_BYTES:
        return None
    try:
        key = AESGCM(secret).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _PURPOSE + about)
    except InvalidTag:
        return None
    return key if len(key) == KEY_BYTES else None
