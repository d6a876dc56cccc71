"""Who signs, and who can check it: ES256 (ECDSA on P-256 with SHA-256, RFC 9053 2.1).

P-256 is what TPMs, tokens and cards can do. Signatures are raw `r || s`, 64 bytes. Only the
lower of the two values of `s` that verify is accepted: whoever carries an envelope could
otherwise swap it for its twin, and its hash, which the chain is made of, would change.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from sync.wire.canonical import Malformed

SIGNATURE_BYTES: Final = 64

_ES256: Final = ec.ECDSA(hashes.SHA256())
_HASHED: Final = ec.ECDSA(Prehashed(hashes.SHA256()))
_DIGEST_BYTES: Final = 32
# Order of the group of P-256 (SEC 2, 2.4.2; FIPS 186-5).
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF: Final = _ORDER // 2


class Protection(Enum):
    """What keeps a private key from being copied."""

    SOFTWARE = "software"
    TOKEN = "token"  # noqa: S105 - the name of a kind of key store, not a secret
    TPM = "tpm"


class NotSignedError(Exception):
    """The key does not sign now: its token was pulled, its chip does not answer.

    Attributes:
        code: failure code of the key store (`key.removed`). Whoever asked for the signature gets
            it as a value: journal, inquiries and requests each give their own trouble with it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Signer(Protocol):
    """A private key that signs, wherever it lives."""

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the SubjectPublicKeyInfo in DER, 32 bytes."""

    @property
    def protection(self) -> Protection:
        """Where the key lives."""

    def sign(self, message: bytes) -> bytes:
        """Raw `r || s`, 64 bytes, over SHA-256 of `message`; either value of `s` will do.

        Raises:
            NotSignedError: a key in a device does not sign now.
        """


def lower_s(signature: bytes) -> bytes:
    """The one accepted form of a raw signature: `s` replaced by `n - s` where that is lower."""
    s = int.from_bytes(signature[32:])
    if s <= _HALF:
        return signature
    return signature[:32] + (_ORDER - s).to_bytes(32)


class VerifyingKey:
    """A public key on P-256."""

    __slots__ = ("_key", "key_id", "spki")

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self.spki: bytes = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id: bytes = hashlib.sha256(self.spki).digest()

    @classmethod
    def from_spki(cls, der: bytes) -> VerifyingKey:
        """From a SubjectPublicKeyInfo in DER. Raises `Malformed("key.malformed")`."""
        try:
            key = serialization.load_der_public_key(der)
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("key.malformed") from None
        return cls(_on_p256(key))

    @classmethod
    def from_pem(cls, pem: bytes) -> VerifyingKey:
        """From a PEM public key. Raises `Malformed("key.malformed")`."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("key.malformed") from None
        return cls(_on_p256(key))

    @classmethod
    def from_certificate(cls, pem: bytes) -> VerifyingKey:
        """From the X.509 certificate in `pem`, whose own validity is not this class's concern.

        Raises:
            Malformed: `certificate.malformed`, or `key.malformed` for a key of another kind.
        """
        try:
            key = x509.load_pem_x509_certificate(pem).public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("certificate.malformed") from None
        return cls(_on_p256(key))

    def to_pem(self) -> bytes:
        """The public key as PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (raw, lower `s`) is this key's over `message`."""
        return self._verify(message, signature, _ES256)

    def verify_hash(self, digest: bytes, signature: bytes) -> bool:
        """As `verify`, of a message of which only the SHA-256 is known."""
        return len(digest) == _DIGEST_BYTES and self._verify(digest, signature, _HASHED)

    def _verify(self, data: bytes, signature: bytes, algorithm: ec.ECDSA) -> bool:
        if len(signature) != SIGNATURE_BYTES:
            return False
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        if s > _HALF:
            return False
        try:
            self._key.verify(encode_dss_signature(r, s), data, algorithm)
        except InvalidSignature:
            return False
        return True


class SoftwareSigner:
    """A private key in memory: the hub's keys, and stations whose key lies in a file."""

    __slots__ = ("_key", "key_id", "verifying_key")

    protection: Final = Protection.SOFTWARE

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.verifying_key = VerifyingKey(key.public_key())
        self.key_id: bytes = self.verifying_key.key_id

    def __repr__(self) -> str:
        return f"SoftwareSigner({self.key_id[:4].hex()})"

    @classmethod
    def generate(cls) -> SoftwareSigner:
        """A new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> SoftwareSigner:
        """From an unencrypted PKCS#8 PEM. Raises `Malformed("key.malformed")`."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Malformed("key.malformed") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Malformed("key.malformed")
        _on_p256(key.public_key())
        return cls(key)

    def to_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign(self, message: bytes) -> bytes:
        """Raw `r || s` over SHA-256 of `message`."""
        r, s = decode_dss_signature(self._key.sign(message, _ES256))
        return r.to_bytes(32) + s.to_bytes(32)


def _on_p256(key: object) -> ec.EllipticCurvePublicKey:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Malformed("key.malformed")
    return key
