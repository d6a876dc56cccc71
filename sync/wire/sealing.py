"""Sealing to the hub: only it can read what a station sent (RFC 9180, base mode, single shot).

The suite is hybrid, ML-KEM-768 with X25519, HKDF-SHA256 and AES-256-GCM: what is harvested
today stays unreadable after quantum computers, and as long as either half holds. HPKE does not
authenticate the sender; the signature around the sealed bytes does.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
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

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MLKEM_BYTES: Final = 1184  # FIPS 203, table 3
_X25519_BYTES: Final = 32
_PEM_END: Final = b"-----END PRIVATE KEY-----\n"


class SealingKey:
    """The hub's public key: an ML-KEM-768 key and an X25519 key, concatenated in this order."""

    __slots__ = ("_data", "_key", "key_id")

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
        self.key_id: bytes = hashlib.sha256(data).digest()

    def to_bytes(self) -> bytes:
        """1216 bytes."""
        return self._data

    def encrypt(self, plain: bytes, info: bytes) -> bytes:
        """HPKE encapsulation and ciphertext; use `seal`, which compresses first."""
        return _SUITE.encrypt(plain, self._key, info=info)


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

    def decrypt(self, sealed: bytes, info: bytes) -> bytes | None:
        """The inverse of `SealingKey.encrypt`, or None; use `unseal`, which inflates."""
        try:
            return _SUITE.decrypt(sealed, self._key, info=info)
        except (InvalidTag, ValueError):
            return None


def compress(plain: bytes) -> bytes:
    """`plain`, smaller: sealed bytes cannot be compressed later."""
    return zlib.compress(plain)


def seal(plain: bytes, key: SealingKey, info: bytes) -> bytes:
    """`plain` compressed, then encrypted to `key`, bound to `info`."""
    return key.encrypt(compress(plain), info)


def unseal(
    sealed: bytes, key: UnsealingKey, info: bytes, *, limit: int = MOST_PLAIN_BYTES
) -> bytes | None:
    """The inverse of `seal`, or None.

    None stands for another key, another `info`, changed bytes, or more than `limit` bytes inside.
    """
    compressed = key.decrypt(sealed, info)
    if compressed is None:
        return None
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(compressed, limit + 1)
    except zlib.error:
        return None
    if len(plain) > limit or not inflater.eof or inflater.unused_data:
        return None
    return plain
