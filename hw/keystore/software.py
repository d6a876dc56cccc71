"""A signing key in a file: for development and for stations without a TPM or a token.

Whoever reads the file can sign as this station; `protection` says so in every envelope.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hw.errors import DeviceTrouble, TroubleKind

_SIZE: Final = 32
"""Bytes of r and of s for P-256."""


class SoftwareKey:
    """A P-256 private key held in memory. Implements `KeyStore`."""

    protection: Final = "software"

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
            return DeviceTrouble(TroubleKind.ABSENT, "key.absent")
        except OSError as error:
            details = (("reason", error.strerror or "unknown"),)
            return DeviceTrouble(TroubleKind.REFUSED, "key.unreadable", details)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError):  # TypeError: the file wants a password
            return DeviceTrouble(TroubleKind.DAMAGED, "key.damaged")
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            return DeviceTrouble(TroubleKind.REFUSED, "key.wrong-kind")
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
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        return self._spki

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
