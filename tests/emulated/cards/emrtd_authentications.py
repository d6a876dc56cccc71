"""The chip's side of Basic Access Control, Chip and Active Authentication (ICAO 9303-11)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from tests.emulated.cards.emrtd_apdu import NOT_SATISFIED, REFUSED_TRY, WRONG_DATA, Refused
from tests.emulated.cards.emrtd_crypto import (
    AUTHENTICATION,
    ENCRYPTION,
    SessionKeys,
    Suite,
    code,
    decrypt,
    derive,
    encrypt,
    pad,
)
from tests.emulated.cards.emrtd_groups import NotInGroup
from tests.emulated.cards.emrtd_pace import Random
from tests.emulated.cards.emrtd_protocols import ChipKey

_DES = Suite.TRIPLE_DES


class BasicAccess:
    """Basic Access Control, clause 4.3 and appendix D: GET CHALLENGE and EXTERNAL AUTHENTICATE."""

    def __init__(self, zone_information: bytes, random: Random) -> None:
        """For a machine readable zone.

        Args:
            zone_information: document number, birth and expiry dates, each with its check digit.
            random: gives the challenge, then the chip's half of the key.
        """
        seed = hashlib.sha1(zone_information, usedforsecurity=False).digest()[:16]
        self._encryption = derive(seed, ENCRYPTION, _DES)
        self._authentication = derive(seed, AUTHENTICATION, _DES)
        self._random = random
        self._challenge = b""

    def challenge(self) -> bytes:
        """RND.IC, good for one try."""
        self._challenge = self._random(8)
        return self._challenge

    def authenticate(self, data: bytes) -> tuple[bytes, SessionKeys]:
        """The chip's cryptogram with its code, and the session's keys.

        Raises:
            Refused: no challenge before (6985), a wrong length (6A80), wrong keys (6300).
        """
        challenge, self._challenge = self._challenge, b""
        if not challenge:
            raise Refused(NOT_SATISFIED)
        if len(data) != 40:
            raise Refused(WRONG_DATA)
        hidden, sealed = data[:32], data[32:]
        if not hmac.compare_digest(code(_DES, self._authentication, pad(hidden, 8)), sealed):
            raise Refused(REFUSED_TRY)
        plain = decrypt(_DES, self._encryption, hidden)
        theirs, echoed, their_half = plain[:8], plain[8:16], plain[16:]
        if echoed != challenge:
            raise Refused(REFUSED_TRY)
        own_half = self._random(16)
        answer = encrypt(_DES, self._encryption, challenge + theirs + own_half)
        answer += code(_DES, self._authentication, pad(answer, 8))
        seed = bytes(a ^ b for a, b in zip(their_half, own_half, strict=True))
        keys = SessionKeys.of(_DES, seed)
        keys.counter = int.from_bytes(challenge[4:] + theirs[4:], "big")
        return answer, keys


def agreed_keys(key: ChipKey, terminal_public: bytes) -> SessionKeys:
    """The session that Chip Authentication opens, clause 6.2.3.

    Raises:
        Refused: the terminal's value is no element of the group.
    """
    try:
        shared = key.group.shared(key.secret, terminal_public)
    except NotInGroup:
        raise Refused(WRONG_DATA) from None
    return SessionKeys.of(key.suite, shared)


_TRAILERS = {
    "sha1": b"\xbc",
    "sha224": b"\x38\xcc",
    "sha256": b"\x34\xcc",
    "sha384": b"\x36\xcc",
    "sha512": b"\x35\xcc",
}
"""ISO/IEC 9796-2: the trailer that names the hash; one byte means SHA-1 (clause 6.1.2.2)."""
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - the oldest chips sign with it
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True, repr=False)
class ActiveKey:
    """The key of Active Authentication.

    Attributes:
        private: RSA or EC.
        digest: hash of the signature.
        published: the key that DG15 tells, DER SubjectPublicKeyInfo; the private key's own if None.
    """

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    digest: str = "sha256"
    published: bytes | None = None

    def answer(self, challenge: bytes, random: Random) -> bytes:
        """The signature over a challenge of eight bytes, clause 6.1.2."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return recoverable_signature(self.private, self.digest, challenge, random)
        signed = self.private.sign(challenge, ec.ECDSA(_HASHES[self.digest]))
        size = (self.private.key_size + 7) // 8
        parts = utils.decode_dss_signature(signed)
        return b"".join(part.to_bytes(size, "big") for part in parts)


def recoverable_signature(
    private: rsa.RSAPrivateKey, digest: str, challenge: bytes, random: Random
) -> bytes:
    """ISO/IEC 9796-2 digital signature scheme 1 with partial recovery: M1 is the chip's nonce."""
    numbers = private.private_numbers()
    modulus = numbers.public_numbers.n
    size = (modulus.bit_length() + 7) // 8
    trailer = _TRAILERS[digest]
    hashing = hashlib.new(digest, usedforsecurity=False)
    nonce = random(size - hashing.digest_size - len(trailer) - 1)
    hashing.update(nonce + challenge)
    message = b"\x6a" + nonce + hashing.digest() + trailer
    return pow(int.from_bytes(message, "big"), numbers.d, modulus).to_bytes(size, "big")
