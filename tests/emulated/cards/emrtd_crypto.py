"""The chip's symmetric cryptography: key derivation, ciphers, codes (ICAO 9303-11 clauses 9.7, 9.8).

Written from the standard and shared with nothing of the reader.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

ENCRYPTION, AUTHENTICATION, PASSWORD = 1, 2, 3
"""Counters of the key derivation function, clauses 9.7.1 to 9.7.4."""


class Suite(Enum):
    """A cipher and its code, as the last arc of a protocol's object identifier names them."""

    TRIPLE_DES = 1
    AES_128 = 2
    AES_192 = 3
    AES_256 = 4

    @property
    def block(self) -> int:
        """Bytes of a block."""
        return 8 if self is Suite.TRIPLE_DES else 16

    @property
    def key_size(self) -> int:
        """Bytes of a key."""
        return {1: 16, 2: 16, 3: 24, 4: 32}[self.value]


def pad(data: bytes, block: int) -> bytes:
    """Padding method 2 of ISO/IEC 9797-1."""
    padded = data + b"\x80"
    return padded + bytes(-len(padded) % block)


def unpad(data: bytes) -> bytes:
    """Without padding method 2.

    Raises:
        ValueError: there is none.
    """
    stripped = data.rstrip(b"\x00")
    if not stripped.endswith(b"\x80"):
        raise ValueError("no padding")
    return stripped[:-1]


def with_parity(key: bytes) -> bytes:
    """A DES key with odd parity in each byte."""
    return bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) % 2 for byte in key)


def derive(secret: bytes, counter: int, suite: Suite) -> bytes:
    """Key derivation function, clause 9.7.1."""
    name = "sha256" if suite in {Suite.AES_192, Suite.AES_256} else "sha1"
    key = hashlib.new(name, secret + counter.to_bytes(4, "big"), usedforsecurity=False).digest()
    key = key[: suite.key_size]
    return with_parity(key) if suite is Suite.TRIPLE_DES else key


def _cipher(suite: Suite, key: bytes, start: bytes) -> Cipher[modes.CBC]:
    if suite is Suite.TRIPLE_DES:
        return Cipher(TripleDES(key + key[:8]), modes.CBC(start))
    return Cipher(algorithms.AES(key), modes.CBC(start))


def encrypt(suite: Suite, key: bytes, data: bytes, start: bytes | None = None) -> bytes:
    """CBC over whole blocks; the start is zero unless given."""
    doing = _cipher(suite, key, start or bytes(suite.block)).encryptor()
    return doing.update(data) + doing.finalize()


def decrypt(suite: Suite, key: bytes, data: bytes, start: bytes | None = None) -> bytes:
    """CBC over whole blocks; the start is zero unless given."""
    doing = _cipher(suite, key, start or bytes(suite.block)).decryptor()
    return doing.update(data) + doing.finalize()


def code(suite: Suite, key: bytes, message: bytes) -> bytes:
    """Eight bytes of message authentication code: retail MAC or CMAC, clause 9.8.6.

    Args:
        suite: the cipher.
        key: KSmac.
        message: whole blocks where 3DES codes it; CMAC takes any length.
    """
    if suite is Suite.TRIPLE_DES:
        first, second = key[:8], key[8:16]
        single = Cipher(TripleDES(first * 3), modes.CBC(bytes(8))).encryptor()
        chained = (single.update(message) + single.finalize())[-8:]
        last = Cipher(TripleDES(second * 3), modes.CBC(bytes(8))).decryptor()
        middle = last.update(chained) + last.finalize()
        again = Cipher(TripleDES(first * 3), modes.CBC(bytes(8))).encryptor()
        return again.update(middle) + again.finalize()
    coding = CMAC(algorithms.AES(key))
    coding.update(message)
    return coding.finalize()[:8]


def token(suite: Suite, key: bytes, message: bytes) -> bytes:
    """Authentication token over a public key data object, clause 4.4.3.4."""
    return code(suite, key, pad(message, 8) if suite is Suite.TRIPLE_DES else message)


@dataclass
class SessionKeys:
    """The keys of one secure messaging session.

    Attributes:
        suite: the cipher.
        encryption: KSenc.
        authentication: KSmac.
        counter: send sequence counter, as it stood after the last message.
    """

    suite: Suite
    encryption: bytes
    authentication: bytes
    counter: int = 0

    @classmethod
    def of(cls, suite: Suite, secret: bytes) -> SessionKeys:
        """Keys from a shared secret; the counter starts at zero (clause 9.8.6.3)."""
        return cls(suite, derive(secret, ENCRYPTION, suite), derive(secret, AUTHENTICATION, suite))

    @property
    def counted(self) -> bytes:
        """The counter as a block."""
        size = self.suite.block
        return (self.counter % (1 << 8 * size)).to_bytes(size, "big")

    def _start(self) -> bytes:
        """Initialisation vector of this message, clauses 9.8.6.1 and 9.8.6.2."""
        if self.suite is Suite.TRIPLE_DES:
            return bytes(8)
        doing = Cipher(algorithms.AES(self.encryption), modes.ECB()).encryptor()  # noqa: S305 - one block, as the clause says
        return doing.update(self.counted) + doing.finalize()

    def hide(self, plain: bytes) -> bytes:
        """Pad and encrypt."""
        padded = pad(plain, self.suite.block)
        return encrypt(self.suite, self.encryption, padded, self._start())

    def reveal(self, hidden: bytes) -> bytes:
        """Decrypt and take the padding off.

        Raises:
            ValueError: no whole blocks, or no padding.
        """
        return unpad(decrypt(self.suite, self.encryption, hidden, self._start()))

    def seal(self, message: bytes) -> bytes:
        """The code over the counter and a message that is padded to whole blocks."""
        return code(self.suite, self.authentication, self.counted + message)
