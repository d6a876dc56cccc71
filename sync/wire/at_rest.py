"""Bytes that a station must read again, as they lie on its disk: AES-256-GCM, bound to their place.

Keys of purposes come from one secret by HKDF-SHA-256 (RFC 5869), so that what is sealed for one
purpose never opens for another. What cannot be opened says only that it cannot.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
OVERHEAD_BYTES: Final = 32
"""How much longer than its content a sealed text is: mark, nonce and tag."""

_MARK: Final = b"\x93SV1"
"""No signed list (CBOR tag 18), PEM, text or database begins so."""
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_INFO: Final = b"sportello at rest 1 "


def subkey(secret: bytes, purpose: str) -> bytes:
    """The key of `KEY_BYTES` bytes that `secret` gives for `purpose`, another for each.

    Raises:
        ValueError: `secret` is not of `KEY_BYTES` bytes.
    """
    if len(secret) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return HKDF(SHA256(), KEY_BYTES, None, _INFO + purpose.encode()).derive(secret)


def joined(key: bytes, secret: bytes) -> bytes:
    """A key of `KEY_BYTES` bytes for who has both: HKDF-SHA-256 of `secret` with `key` as its salt."""
    return HKDF(SHA256(), KEY_BYTES, key, _INFO + b"joined").derive(secret)


def seal(
    plain: bytes, key: bytes, about: bytes, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """`plain` as only who has `key` can read it, and only in the place that it is `about`.

    Args:
        plain: at most 2**31 - 1 bytes.
        key: of `KEY_BYTES` bytes. With nonces by chance one key serves for fewer than 2**32 texts
            (NIST SP 800-38D, 8.3).
        about: what names the place; not kept, needed again to open.
        random: gives so many random bytes.
    """
    nonce = random(_NONCE_BYTES)
    return _MARK + nonce + AESGCM(key).encrypt(nonce, plain, _MARK + about)


def unseal(data: bytes, key: bytes, about: bytes) -> bytes | None:
    """The inverse of `seal`; None for another key, another place, or changed bytes."""
    if not is_sealed(data) or len(data) < OVERHEAD_BYTES:
        return None
    nonce = data[len(_MARK) : len(_MARK) + _NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, data[len(_MARK) + _NONCE_BYTES :], _MARK + about)
    except InvalidTag:
        return None


def is_sealed(data: bytes) -> bool:
    """Whether `data` begins as what `seal` makes."""
    return data.startswith(_MARK)
