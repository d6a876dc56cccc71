"""Sealing to the hub: only it can read what a station sent.

A body is compressed and encrypted with AES-256-GCM under a key of its own, and that key is
encrypted to the hub with HPKE (RFC 9180, base mode, single shot) in the hybrid suite ML-KEM-768
with X25519, HKDF-SHA256, AES-256-GCM: what is harvested today stays unreadable after quantum
computers, and as long as either half holds. `info`, the hash of the header that the body belongs
to, is authenticated with the body, so a body cannot be moved under another header. HPKE does not
authenticate the sender; the signature around the sealed bytes does.

A body's key does not depend on the body, so `SealingKey.prepare` can make some ahead, while a
person is still typing: the costly half of sealing is then not in the way of recording.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from sync.wire.canonical import Malformed

MOST_PLAIN_BYTES: Final = 64 * 1024
OVERHEAD_BYTES: Final = 1120 + 32 + 16 + 12 + 16  # encapsulation, key, tag, nonce, tag

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PURPOSE: Final = b"sportello body key 1"
_MLKEM_BYTES: Final = 1184  # FIPS 203, table 3
_X25519_BYTES: Final = 32
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_WRAPPED_BYTES: Final = OVERHEAD_BYTES - _NONCE_BYTES - 16
_PEM_END: Final = b"-----END PRIVATE KEY-----\n"

# Raw deflate. Level 1: a body is short, and a higher level takes twice the time for 2 % less.
_LEVEL: Final = 1
_WINDOW_BITS: Final = -12


class SealingKey:
    """The hub's public key: an ML-KEM-768 key and an X25519 key, concatenated in this order."""

    __slots__ = ("_data", "_key", "_prepared", "key_id")

    def __init__(self, data: bytes) -> None:
        """From the bytes of `to_bytes`. Raises `Malformed("sealing-key.malformed")`."""
        if len(data) != _MLKEM_BYTES + _X25519_BYTES:
            raise Malformed("sealing-key.malformed")
        try:
            self._key = MLKEM768X25519PublicKey(
                mlkem.MLKEM768PublicKey.from_public_bytes(data[:_MLKEM_BYTES]),
                x25519.X25519PublicKey.from_public_bytes(data[_MLKEM_BYTES:]),
            )
        except ValueError:
            raise Malformed("sealing-key.malformed") from None
        self._data = data
        self._prepared: deque[tuple[AESGCM, bytes]] = deque()
        self.key_id: bytes = hashlib.sha256(data).digest()

    def to_bytes(self) -> bytes:
        """1216 bytes."""
        return self._data

    def prepare(self, count: int = 1) -> None:
        """Makes keys for bodies to come, until there are `count`; each takes about 0.1 ms."""
        while len(self._prepared) < count:
            self._prepared.append(self._body_key())

    def take_body_key(self) -> tuple[AESGCM, bytes]:
        """A key that is used once, and the same encrypted to the hub."""
        try:
            return self._prepared.popleft()
        except IndexError:
            return self._body_key()

    def _body_key(self) -> tuple[AESGCM, bytes]:
        key = os.urandom(_KEY_BYTES)
        return AESGCM(key), _SUITE.encrypt(key, self._key, info=_PURPOSE)


class UnsealingKey:
    """The hub's private key."""

    __slots__ = ("_key", "_mlkem", "_x25519", "sealing_key")

    def __init__(
        self, mlkem_key: mlkem.MLKEM768PrivateKey, x25519_key: x25519.X25519PrivateKey
    ) -> None:
        self._mlkem = mlkem_key
        self._x25519 = x25519_key
        self._key = MLKEM768X25519PrivateKey(mlkem_key, x25519_key)
        self.sealing_key = SealingKey(
            mlkem_key.public_key().public_bytes_raw() + x25519_key.public_key().public_bytes_raw()
        )

    def __repr__(self) -> str:
        return f"UnsealingKey({self.key_id[:4].hex()})"

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the public key's bytes."""
        return self.sealing_key.key_id

    @classmethod
    def generate(cls) -> UnsealingKey:
        """A new key."""
        return cls(mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> UnsealingKey:
        """From two PKCS#8 blocks, ML-KEM-768 then X25519. Raises `Malformed("key.malformed")`."""
        first, end, second = pem.partition(_PEM_END)
        try:
            mlkem_key = serialization.load_pem_private_key(first + end, password=None)
            x25519_key = serialization.load_pem_private_key(second, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Malformed("key.malformed") from None
        if not isinstance(mlkem_key, mlkem.MLKEM768PrivateKey) or not isinstance(
            x25519_key, x25519.X25519PrivateKey
        ):
            raise Malformed("key.malformed")
        return cls(mlkem_key, x25519_key)

    def to_pem(self) -> bytes:
        """Two unencrypted PKCS#8 blocks, ML-KEM-768 then X25519."""
        return b"".join(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            for key in (self._mlkem, self._x25519)
        )

    def body_key(self, wrapped: bytes) -> AESGCM | None:
        """The inverse of `SealingKey.take_body_key`, or None."""
        try:
            key = _SUITE.decrypt(wrapped, self._key, info=_PURPOSE)
        except (InvalidTag, ValueError):
            return None
        return AESGCM(key) if len(key) == _KEY_BYTES else None


def seal(plain: bytes, key: SealingKey, info: bytes) -> bytes:
    """`plain`, compressed and encrypted so that only the holder of `key` can read it."""
    compressed = zlib.compress(plain, _LEVEL, _WINDOW_BITS)
    body_key, wrapped = key.take_body_key()
    # A body key is used once, so any nonce would do; one by chance also survives a fork of the
    # process after `prepare`.
    nonce = os.urandom(_NONCE_BYTES)
    return wrapped + nonce + body_key.encrypt(nonce, compressed, info)


def unseal(
    sealed: bytes, key: UnsealingKey, info: bytes, *, limit: int = MOST_PLAIN_BYTES
) -> bytes | None:
    """The inverse of `seal`, or None.

    None stands for another key, another `info`, changed bytes, or more than `limit` bytes inside.
    """
    body_key = key.body_key(sealed[:_WRAPPED_BYTES])
    rest = sealed[_WRAPPED_BYTES:]
    if body_key is None or len(rest) < _NONCE_BYTES:
        return None
    try:
        compressed = body_key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], info)
    except InvalidTag:
        return None
    return _inflate(compressed, limit)


def _inflate(compressed: bytes, limit: int) -> bytes | None:
    """The plain bytes, never more than `limit` however small they were packed; or None."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(compressed, limit + 1)
    except zlib.error:
        return None
    if len(plain) > limit or not inflater.eof or inflater.unused_data:
        return None
    return plain
