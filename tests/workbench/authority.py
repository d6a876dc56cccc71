"""A certificate authority for development and tests: made in memory, thrown away after use."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key (P-256, as all keys of the design)."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return private_pem(self.key)

    def write(self, certificate: Path, key: Path) -> None:
        """Writes both; the key is readable by its owner alone."""
        certificate.write_bytes(self.certificate_pem)
        write_private(key, self.key_pem)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, not encrypted: throw-away keys."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(data)


class Authority:
    """Issues and revokes certificates. Two of them share nothing but this code."""

    def __init__(self, name: str, credential: Credential, revoked: dict[int, datetime]) -> None:
        self.name = name
        self._credential = credential
        self._revoked = revoked

    @classmethod
    def create(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        certificate = (
            _builder(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(sign=False, issue=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        return cls(name, Credential(certificate, key), {})

    @classmethod
    def load(cls, folder: Path, name: str) -> Authority:
        """What `save` wrote."""
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("an authority of ours has a P-256 key")
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        crl = x509.load_pem_x509_crl((folder / f"{name}.crl").read_bytes())
        revoked = {entry.serial_number: entry.revocation_date_utc for entry in crl}
        return cls(name, Credential(certificate, key), revoked)

    def save(self, folder: Path) -> None:
        """`<name>.pem`, `<name>.key`, `<name>.crl`."""
        self._credential.write(folder / f"{self.name}.pem", folder / f"{self.name}.key")
        (folder / f"{self.name}.crl").write_bytes(self.crl_pem)

    @property
    def certificate_pem(self) -> bytes:
        return self._credential.certificate_pem

    @property
    def crl_pem(self) -> bytes:
        """The list of revoked certificates. Past `next_update` OpenSSL refuses everybody."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._credential.certificate.subject)
            .last_update(now - timedelta(minutes=5))
            .next_update(now + VALID_FOR)
        )
        for serial, when in self._revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            )
        return builder.sign(self._credential.key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM
        )

    def issue_server(self, name: str, hosts: tuple[str, ...]) -> Credential:
        """For a TLS server that is dialled by `hosts`, names or addresses."""
        names: list[x509.GeneralName] = []
        for host in hosts:
            try:
                names.append(x509.IPAddress(ipaddress.ip_address(host)))
            except ValueError:
                names.append(x509.DNSName(host))
        return self._issue(
            name,
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.SubjectAlternativeName(names),
        )

    def issue_client(self, name: str) -> Credential:
        """For a TLS client; the broker takes `name` as its user name."""
        return self._issue(name, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))

    def issue_signing(self, name: str) -> Credential:
        """For a station that signs operations; of no use for TLS."""
        return self._issue(name)

    def revoke(self, certificate: x509.Certificate) -> None:
        self._revoked[certificate.serial_number] = datetime.now(UTC)

    def _issue(self, name: str, *extensions: x509.ExtensionType) -> Credential:
        key = ec.generate_private_key(ec.SECP256R1())
        authority = self._credential.certificate
        builder = (
            _builder(_name(name), authority.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign=True, issue=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key(authority)),
                critical=False,
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return Credential(builder.sign(self._credential.key, hashes.SHA256()), key)


def authority_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The P-256 key in `certificate`."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("a certificate of ours has a P-256 key")
    return key


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID_FOR)
    )


def _usage(*, sign: bool, issue: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issue,
        crl_sign=issue,
        encipher_only=False,
        decipher_only=False,
    )
