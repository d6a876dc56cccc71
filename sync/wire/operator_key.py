"""The public key of an operator's certificate, and what its card signed.

Cards sign RS256 or ES256 (RFC 7518, 3.3 and 3.4), whichever key they hold; both over SHA-256.
Whether a certificate is an operator's is the roster's matter (`sync.model.rosters`).
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sync.wire.canonical import Malformed

SHORTEST_SIGNATURE: Final = 64
"""ES256."""
LONGEST_SIGNATURE: Final = 512
"""RS256 with the longest modulus that is taken, 4096 bits."""

_LEAST_RSA_BITS: Final = 2048
_MOST_RSA_BITS: Final = 8 * LONGEST_SIGNATURE


class OperatorKey:
    """Checks what the card of one certificate signed.

    Attributes:
        thumbprint: SHA-256 of the certificate in DER.
    """

    __slots__ = ("_key", "thumbprint")

    def __init__(self, certificate: bytes) -> None:
        """From a certificate in DER, whose validity and issuer are not this class's concern.

        Raises:
            Malformed: `certificate.malformed`, or `key.malformed` for a key of another kind.
        """
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("certificate.malformed") from None
        self._key = _usable(key)
        self.thumbprint: bytes = hashlib.sha256(certificate).digest()

    @classmethod
    def from_spki(cls, spki: bytes, thumbprint: bytes) -> OperatorKey:
        """From what is kept of a certificate whose holder is deleted. Raises `Malformed`.

        Args:
            spki: SubjectPublicKeyInfo in DER, as `spki_of` gives it.
            thumbprint: SHA-256 of what the certificate was.
        """
        try:
            key = serialization.load_der_public_key(spki)
        except (ValueError, UnsupportedAlgorithm):
            raise Malformed("key.malformed") from None
        made = cls.__new__(cls)
        made._key = _usable(key)  # noqa: SLF001  its own class
        made.thumbprint = thumbprint
        return made

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed `message`."""
        try:
            if isinstance(self._key, rsa.RSAPublicKey):
                self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            elif len(signature) == SHORTEST_SIGNATURE:
                r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
                self._key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
            else:
                return False
        except InvalidSignature:
            return False
        return True


def spki_of(certificate: bytes) -> bytes:
    """The public key of a certificate: SubjectPublicKeyInfo in DER, which names nobody.

    Raises:
        Malformed: `certificate.malformed`.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("certificate.malformed") from None
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _usable(key: object) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """A key that cards have. Raises `Malformed`."""
    if isinstance(key, rsa.RSAPublicKey) and _LEAST_RSA_BITS <= key.key_size <= _MOST_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise Malformed("key.malformed")
