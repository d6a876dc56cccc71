"""The key of a station's TLS connection: in a file, or in the TPM; and its request for a certificate.

A file is encrypted under a password that the key store alone gives. A key in the TPM lies wrapped
in a file of the same place, in the form that the TPM's provider for OpenSSL reads
(`hw.keystore.tpm_tls`), so that both are used by naming the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.utils import Buffer
from cryptography.x509.oid import NameOID

from hw.errors import DeviceTrouble
from hw.keystore import troubles
from hw.keystore.files import write_once

_SIZE: Final = 32
_LONGEST_FILE: Final = 16384
_IN_TPM: Final = b"TSS2 PRIVATE KEY"


def create_transport_key(
    path: Path, *, tpm: str | None = None, password: bytes | None = None
) -> DeviceTrouble | None:
    """Make the key for TLS (P-256) and write its file, which must not be there yet.

    Args:
        path: of the file.
        tpm: how to reach the TPM that shall make it and keep it; None for a key in the file.
        password: under which a key in the file is encrypted; None for in clear.

    Returns:
        None, or trouble: `key.exists`, `key.unwritable`, or one of `open_key_store`.
    """
    if path.exists():
        return troubles.EXISTS
    data = _new_in_file(password) if tpm is None else _new_in_tpm(tpm)
    if isinstance(data, DeviceTrouble):
        return data
    try:
        write_once(path, data)
    except FileExistsError:
        return troubles.EXISTS
    except OSError as error:
        return troubles.unwritable(error)
    return None


def certification_request(
    path: Path, common_name: str, *, tpm: str | None = None, password: bytes | None = None
) -> bytes | DeviceTrouble:
    """PKCS #10 (RFC 2986) in DER for the key of a file, signed by it with ECDSA and SHA-256.

    Args:
        path: of the file, as `create_transport_key` wrote it.
        common_name: the station's name.
        tpm: how to reach the TPM, where the key lies in it.
        password: under which the file is encrypted; None for in clear.

    Returns:
        The request; or trouble: `key.absent`, `key.unreadable`, `key.damaged` (also for a wrong
        password), `key.wrong-kind`, or one of `open_key_store`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_FILE + 1)
    except FileNotFoundError:
        return troubles.ABSENT
    except OSError as error:
        return troubles.unreadable(error)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if _IN_TPM in data:
        return troubles.DEVICE_ABSENT if tpm is None else _requested_by_tpm(builder, data, tpm)
    try:
        key = serialization.load_pem_private_key(data, password)
    except (ValueError, TypeError):
        return troubles.DAMAGED
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        return troubles.WRONG_KIND
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _new_in_file(password: bytes | None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def _new_in_tpm(tcti: str) -> bytes | DeviceTrouble:
    try:
        from hw.keystore.tpm import new_signing_key  # noqa: PLC0415 - stations without a TPM
    except (ImportError, OSError):
        return troubles.MODULE_ABSENT
    return new_signing_key(tcti)


def _requested_by_tpm(
    builder: x509.CertificateSigningRequestBuilder, data: bytes, tcti: str
) -> bytes | DeviceTrouble:
    try:
        from hw.keystore.tpm import open_signing_key  # noqa: PLC0415 - stations without a TPM
    except (ImportError, OSError):
        return troubles.MODULE_ABSENT
    key = open_signing_key(data, tcti)
    if isinstance(key, DeviceTrouble):
        return key
    try:
        made = builder.sign(_Distant(key.public_spki, key.sign), hashes.SHA256())
    except _NotSignedError as error:
        return error.trouble
    finally:
        key.close()
    return made.public_bytes(serialization.Encoding.DER)


class _NotSignedError(Exception):
    """The key did not sign, on the way through the builder."""

    def __init__(self, trouble: DeviceTrouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


class _Distant(ec.EllipticCurvePrivateKey):
    """A private key that lies elsewhere, for a builder that only wants it to sign."""

    def __init__(self, spki: bytes, sign: Callable[[bytes], bytes | DeviceTrouble]) -> None:
        public = serialization.load_der_public_key(spki)
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise TypeError("a key on a curve is expected")
        self._public = public
        self._sign = sign

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """ECDSA with SHA-256, in DER."""
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise TypeError("only SHA-256 is signed")
        signature = self._sign(bytes(data))
        if isinstance(signature, DeviceTrouble):
            raise _NotSignedError(signature)
        return utils.encode_dss_signature(
            int.from_bytes(signature[:_SIZE], "big"), int.from_bytes(signature[_SIZE:], "big")
        )

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """P-256."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits."""
        return self._public.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        """The key only signs."""
        raise NotImplementedError

    def private_numbers(self) -> NoReturn:
        """The key does not leave its place."""
        raise NotImplementedError

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,  # noqa: A002 - the interface's own name
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> NoReturn:
        """The key does not leave its place."""
        raise NotImplementedError

    def __copy__(self) -> _Distant:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> _Distant:
        return self
