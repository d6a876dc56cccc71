"""What the certificates of stations say, and how a station judges its own (RFC 5280).

There are four kinds, each of no use as another: a station's for TLS (client authentication alone), a
station's for its signing key (opens no door), the broker's, and a comune's server certificate, which
is never a station's (R-004-9).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.model import certificates
from sync.model.certificates import CertificateKind
from sync.model.errors import Problem

# An arc of our own without an enterprise number: 2.25 and a UUID (ITU-T X.667).
_ARC: Final = "2.25.147696107625103841716417283650862769329"
SIGNS_OPERATIONS: Final = x509.ObjectIdentifier(f"{_ARC}.1")
"""Extended key usage of the certificate of a signing key."""
SERVES_COMUNE: Final = x509.ObjectIdentifier(f"{_ARC}.2")
"""Extended key usage of a comune's server certificate (R-004-9)."""
STATION_POLICY: Final = x509.ObjectIdentifier(f"{_ARC}.10")
SERVER_POLICY: Final = x509.ObjectIdentifier(f"{_ARC}.11")

USAGES: Final = {
    CertificateKind.STATION: (ExtendedKeyUsageOID.CLIENT_AUTH, STATION_POLICY),
    CertificateKind.SERVER: (SERVES_COMUNE, SERVER_POLICY),
}
"""Extended key usage and policy by what a certificate is for."""

AUTHORITY_NAME: Final = "Sportello device authority"
"""How every generation of the device authority is named, its number after it."""

_PEM: Final = b"-----BEGIN"

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,  # these are no ValueErrors
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography says of bytes that are not what they should be."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says of itself; nothing is verified.

    Attributes:
        name: its common name.
        serial: as hexadecimal digits.
        begins, ends: when it is good.
        spki: its public key as SubjectPublicKeyInfo in DER.
        usages: dotted extended key usages.
        der: the certificate.
    """

    name: str
    serial: str
    begins: datetime
    ends: datetime
    spki: bytes = field(repr=False)
    usages: frozenset[str]
    der: bytes = field(repr=False)


def read(data: bytes) -> Facts | Problem:
    """What the certificate in `data` (PEM or DER) says, or `certificate.malformed`."""
    try:
        load = x509.load_pem_x509_certificate if _PEM in data else x509.load_der_x509_certificate
        return _facts(load(data))
    except _UNREADABLE:
        return Problem("certificate.malformed")


def problem(
    certificate: bytes, *, name: str, spki: bytes, authorities: tuple[bytes, ...], at: datetime
) -> Problem | None:
    """Why a station must not use a TLS certificate, None where it may.

    Args:
        certificate: PEM or DER.
        name: the station's.
        spki: of its TLS key.
        authorities: certificates in DER, one of which must have issued it.
        at: now, with a time zone.

    Returns:
        `certificate.malformed`; `certificate.server` (a comune's server certificate, R-004-9);
        `certificate.name`; `certificate.key`; `certificate.usage`; `certificate.foreign` (issued by
        nobody who is believed); `certificate.expired` or `certificate.early`.
    """
    found = read(certificate)
    if isinstance(found, Problem):
        return found
    client = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string
    checks = (
        (certificates.kind_of(found.name) is CertificateKind.SERVER, "certificate.server"),
        (SERVES_COMUNE.dotted_string in found.usages, "certificate.server"),
        (found.name != name, "certificate.name"),
        (found.spki != spki, "certificate.key"),
        (found.usages != {client}, "certificate.usage"),
        (not any(is_issued_by(found.der, one) for one in authorities), "certificate.foreign"),
        (at > found.ends, "certificate.expired"),
        (at < found.begins, "certificate.early"),
    )
    code = next((code for is_so, code in checks if is_so), "")
    rule = "R-004-9" if code == "certificate.server" else None
    return Problem(code, rule=rule) if code else None


def is_issued_by(certificate: bytes, authority: bytes) -> bool:
    """Whether the authority of that certificate (DER) has signed the other one (DER)."""
    try:
        signed = x509.load_der_x509_certificate(certificate)
        issuer = x509.load_der_x509_certificate(authority)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
        signed.verify_directly_issued_by(issuer)
    except (*_UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.value.ca


def to_pem(certificates_: tuple[bytes, ...]) -> bytes:
    """Certificates in DER as PEM, one after the other."""
    return b"".join(
        x509.load_der_x509_certificate(one).public_bytes(serialization.Encoding.PEM)
        for one in certificates_
    )


def all_in(pem: bytes) -> tuple[bytes, ...]:
    """The certificates in PEM, in DER; none where something in it cannot be read."""
    if _PEM not in pem:
        return ()
    try:
        found = x509.load_pem_x509_certificates(pem)
    except _UNREADABLE:
        return ()
    return tuple(one.public_bytes(serialization.Encoding.DER) for one in found)


def is_authority(certificate: bytes) -> bool:
    """Whether a certificate in DER is an authority's."""
    try:
        found = x509.load_der_x509_certificate(certificate)
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
    except (*_UNREADABLE, x509.ExtensionNotFound):
        return False
    return constraints.value.ca


def is_device_authority(certificate: bytes) -> bool:
    """Whether a certificate in DER is, by its name, of a generation of the device authority."""
    found = read(certificate)
    return not isinstance(found, Problem) and found.name.startswith(f"{AUTHORITY_NAME} ")


def make_tls_key(password: bytes | None = None) -> bytes:
    """A new P-256 key for TLS, PKCS #8 in PEM, encrypted where there is a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


def certification_request(name: str, key: bytes, password: bytes | None = None) -> bytes:
    """PKCS #10 (RFC 2986) in DER for a key of `make_tls_key`.

    Raises:
        ValueError: not such a key, or another password.
    """
    private = serialization.load_pem_private_key(key, password)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ValueError("a TLS key of a station is on P-256")  # noqa: TRY004  bytes, not types
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return asked.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def spki_of(asked: bytes, name: str) -> bytes | None:
    """The key of a certification request for that name; None for any other, or a wrong signature.

    Its key must be on P-256; it is the key alone that is taken from the request, never what else
    stands in it.
    """
    try:
        request = x509.load_der_x509_csr(asked)
        key = request.public_key()
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        is_valid = request.is_signature_valid
    except _UNREADABLE:
        return None
    on_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if not is_valid or not on_p256 or [one.value for one in names] != [name]:
        return None
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _facts(certificate: x509.Certificate) -> Facts:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        usages = frozenset(one.dotted_string for one in extension.value)
    except x509.ExtensionNotFound:
        usages = frozenset()
    return Facts(
        name=str(names[0].value) if len(names) == 1 else "",
        serial=f"{certificate.serial_number:x}",
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        spki=certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        usages=usages,
        der=certificate.public_bytes(serialization.Encoding.DER),
    )
