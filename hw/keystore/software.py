"""A signing key in a file: for development and for stations without a TPM or a token.

Whoever reads the file can sign as this station; `protection` says so in every envelope.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hw.errors import DeviceTrouble
from hw.keystore import troubles
from hw.keystore.files import write_once
from hw.keystore.purposes import SECRET_BYTES, label_of

_SIZE: Final = 32
"""Bytes of r and of s for P-256."""


class SoftwareKey:
    """A P-256 private key held in memory. Implements `KeyStore`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    def generate(cls) -> SoftwareKey:
        """A new key, in memory only."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path) -> SoftwareKey | DeviceTrouble:
        """The key in a PKCS#8 or SEC 1 PEM file without a password.

        Returns:
            The key, or trouble: `key.absent`, `key.unreadable` (no right, or a read error),
            `key.damaged` (not such a file), `key.wrong-kind` (not P-256).
        """
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return troubles.ABSENT
        except OSError as error:
            return troubles.unreadable(error)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError):  # TypeError: the file wants a password
            return troubles.DAMAGED
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            return troubles.WRONG_KIND
        return cls(key)

    def save(self, path: Path) -> None:
        """Write the key as PKCS#8 PEM, readable by its owner only.

        Raises:
            FileExistsError: a key is there already; keys are never written over.
            OSError: the file cannot be written.
        """
        data = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_once(path, data)

    @property
    def protection(self) -> str:
        """Nothing guards it but the rights of the file."""
        return "software"

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        return self._spki

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")

    def derive(self, purpose: str) -> bytes:
        """A secret of 32 bytes: HKDF with SHA-256 (RFC 5869) from the private key.

        Raises:
            ValueError: `purpose` is empty, or not ASCII.
        """
        number = self._key.private_numbers().private_value.to_bytes(_SIZE, "big")
        return HKDF(hashes.SHA256(), SECRET_BYTES, salt=None, info=label_of(purpose)).derive(number)

    def close(self) -> None:
        """Nothing is held open."""
