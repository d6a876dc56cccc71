"""The symmetric cryptography of travel documents, ICAO 9303-11 clauses 9.7 and 9.8.

3DES with two keys and DES retail MAC, as the older half of the chips in the field has them, and AES
with CMAC. They are here to talk with such chips; nothing of ours is protected by them.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Final

# Two-key 3DES lives among the withdrawn algorithms; it takes the first key again as the third.
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from hw.apdu.secure_messaging import SessionCipher, pad

_DES_BLOCK: Final = 8
_AES_BLOCK: Final = 16
_MAC_SIZE: Final = 8
_ENCRYPTION: Final = 1
_AUTHENTICATION: Final = 2


def retail_mac(key: bytes | bytearray, data: bytes) -> bytes:
    """ISO/IEC 9797-1 MAC algorithm 3 with DES over `data`, padded here by method 2; 8 bytes.

    Args:
        key: 16 bytes.
        data: any length.
    """
    padded = pad(data, _DES_BLOCK)
    first = bytes(key[:_DES_BLOCK])
    chain = bytes(_DES_BLOCK)
    if len(padded) > _DES_BLOCK:
        single = Cipher(TripleDES(first * 3), modes.CBC(chain)).encryptor()
        chain = single.update(padded[:-_DES_BLOCK])[-_DES_BLOCK:]
    last = bytes(a ^ b for a, b in zip(chain, padded[-_DES_BLOCK:], strict=True))
    # Encrypt, decrypt with the second key, encrypt: the last block of algorithm 3 is 3DES.
    return _triple_des(key, bytes(_DES_BLOCK)).encryptor().update(last)


def cmac8(key: bytes | bytearray, data: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B) over `data` as it is, cut to 8 bytes.

    Args:
        key: 16, 24 or 32 bytes.
        data: any length.
    """
    mac = CMAC(AES(bytes(key)))
    mac.update(data)
    return mac.finalize()[:_MAC_SIZE]


class _Session:
    """What both session ciphers share: two keys, a counter, and an end."""

    def __init__(self, key_enc: bytes, key_mac: bytes, ssc: bytes) -> None:
        self._enc = bytearray(key_enc)
        self._mac = bytearray(key_mac)
        self._ssc = int.from_bytes(ssc, "big")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def _counter(self, size: int) -> bytes:
        return (self._ssc % (1 << (8 * size))).to_bytes(size, "big")

    def advance(self) -> None:
        """Add one to the SSC."""
        self._ssc += 1

    def wipe(self) -> None:
        """Overwrite the keys."""
        for key in (self._enc, self._mac):
            key[:] = bytes(len(key))


class TripleDes(_Session):
    """3DES-CBC and retail MAC (9303-11 clause 9.8.6.1). Implements `SessionCipher`.

    Args:
        key_enc: 16 bytes.
        key_mac: 16 bytes.
        ssc: 8 bytes; zero after PACE and Chip Authentication, from the nonces after BAC.
    """

    def __init__(self, key_enc: bytes, key_mac: bytes, ssc: bytes = bytes(_DES_BLOCK)) -> None:
        super().__init__(key_enc, key_mac, ssc)

    @property
    def block(self) -> int:
        """8 bytes."""
        return _DES_BLOCK

    def encrypt(self, padded: bytes) -> bytes:
        """CBC under KSenc, the initial vector zero."""
        return _triple_des(self._enc, bytes(_DES_BLOCK)).encryptor().update(padded)

    def decrypt(self, data: bytes) -> bytes:
        """CBC under KSenc, the initial vector zero."""
        return _triple_des(self._enc, bytes(_DES_BLOCK)).decryptor().update(data)

    def mac(self, data: bytes) -> bytes:
        """Retail MAC under KSmac over SSC and `data`, padded."""
        return retail_mac(self._mac, self._counter(_DES_BLOCK) + data)


class Aes(_Session):
    """AES-CBC and AES-CMAC (9303-11 clause 9.8.6.2). Implements `SessionCipher`.

    Args:
        key_enc: 16, 24 or 32 bytes.
        key_mac: as long as `key_enc`.
        ssc: 16 bytes.
    """

    def __init__(self, key_enc: bytes, key_mac: bytes, ssc: bytes = bytes(_AES_BLOCK)) -> None:
        super().__init__(key_enc, key_mac, ssc)

    @property
    def block(self) -> int:
        """16 bytes."""
        return _AES_BLOCK

    def encrypt(self, padded: bytes) -> bytes:
        """CBC under KSenc, the initial vector being the encrypted SSC."""
        return self._cbc().encryptor().update(padded)

    def decrypt(self, data: bytes) -> bytes:
        """CBC under KSenc, the initial vector being the encrypted SSC."""
        return self._cbc().decryptor().update(data)

    def mac(self, data: bytes) -> bytes:
        """CMAC of 8 bytes under KSmac over SSC and `data`, padded."""
        return cmac8(self._mac, pad(self._counter(_AES_BLOCK) + data, _AES_BLOCK))

    def _cbc(self) -> Cipher[modes.CBC]:
        # One block under CBC with a zero vector is that block encrypted plainly.
        zero = modes.CBC(bytes(_AES_BLOCK))
        vector = Cipher(AES(bytes(self._enc)), zero).encryptor().update(self._counter(_AES_BLOCK))
        return Cipher(AES(bytes(self._enc)), modes.CBC(vector))


class Suite(Enum):
    """Cipher and key length of a protocol, as its object identifier names them."""

    TRIPLE_DES = "3DES"
    AES_128 = "AES-128"
    AES_192 = "AES-192"
    AES_256 = "AES-256"

    @property
    def key_size(self) -> int:
        """Bytes of each key: 16, 16, 24, 32."""
        return _KEY_SIZES[self]

    @property
    def block(self) -> int:
        """Block size in bytes: 8 or 16."""
        return _DES_BLOCK if self is Suite.TRIPLE_DES else _AES_BLOCK

    def derive(self, secret: bytes, counter: int) -> bytes:
        """A key out of a shared secret: KDF of 9303-11 clause 9.7.1, see `key_derivation.derive`."""
        digest = hashlib.sha256 if self in {Suite.AES_192, Suite.AES_256} else hashlib.sha1
        key = digest(secret + counter.to_bytes(4, "big")).digest()[: self.key_size]
        return _with_parity(key) if self is Suite.TRIPLE_DES else key

    def session(self, secret: bytes) -> SessionCipher:
        """The session cipher of a shared secret: KSenc with counter 1, KSmac with 2, SSC zero."""
        enc, mac = self.derive(secret, _ENCRYPTION), self.derive(secret, _AUTHENTICATION)
        return TripleDes(enc, mac) if self is Suite.TRIPLE_DES else Aes(enc, mac)

    def token_mac(self, key: bytes, data: bytes) -> bytes:
        """Checksum of 8 bytes of an authentication token (9303-11 clause 4.4.3.4)."""
        return retail_mac(key, data) if self is Suite.TRIPLE_DES else cmac8(key, data)

    def encrypt(self, key: bytes, data: bytes, vector: bytes | None = None) -> bytes:
        """CBC over whole blocks; the initial vector is zero where none is given."""
        return self._cbc(key, vector).encryptor().update(data)

    def decrypt(self, key: bytes, data: bytes, vector: bytes | None = None) -> bytes:
        """CBC over whole blocks, as for the nonce of PACE (9303-11 clause 4.4.3.3.1)."""
        return self._cbc(key, vector).decryptor().update(data)

    def _cbc(self, key: bytes, vector: bytes | None) -> Cipher[modes.CBC]:
        vector = bytes(self.block) if vector is None else vector
        if self is Suite.TRIPLE_DES:
            return _triple_des(key, vector)
        return Cipher(AES(key), modes.CBC(vector))


_KEY_SIZES: Final = {
    Suite.TRIPLE_DES: 16,
    Suite.AES_128: 16,
    Suite.AES_192: 24,
    Suite.AES_256: 32,
}


def _triple_des(key: bytes | bytearray, vector: bytes) -> Cipher[modes.CBC]:
    """3DES-CBC with two keys."""
    return Cipher(TripleDES(bytes(key) + bytes(key[:_DES_BLOCK])), modes.CBC(vector))


def _with_parity(key: bytes) -> bytes:
    """Each byte with its last bit set so that the number of ones is odd, as DES keys have it."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() + 1 & 1 for byte in key)
