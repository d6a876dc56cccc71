"""The authority that issues the certificates of stations, of the broker, and revocation lists.

Its keys lie with the hub's other keys, one file a generation: a new generation issues from the day
it is made, the ones before go on being believed and sign their own revocation lists until the last
certificate of theirs has ended. What a certificate says comes from here alone: of a device's request
only the key is taken.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.model import certificates
from sync.model.certificates import CertificateKind
from sync.wire.device_certificate import AUTHORITY_NAME, SIGNS_OPERATIONS, USAGES

STATION_DAYS: Final = 396
"""Thirteen months: renewed at two thirds of it, there are four months to notice that it failed."""
BROKER_DAYS: Final = 825
AUTHORITY_DAYS: Final = 20 * 366

_FILE: Final = re.compile(r"device-ca-([0-9]{4})\.pem")
# Clocks of devices that were off for long are wrong by some minutes when they first dial.
_BACKDATED: Final = timedelta(hours=1)


class AuthorityError(Exception):
    """A key file of the authority cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """An entry of a revocation list.

    Attributes:
        serial: of the certificate.
        at: since when.
        is_held: whether it may come back (certificateHold), rather than never.
        is_superseded: whether another took its place.
    """

    serial: int
    at: datetime
    is_held: bool = False
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class Authority:
    """One generation.

    Attributes:
        generation: 1 for the first.
        certificate: its own.
        key: its private key.
    """

    generation: int
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        """Its certificate in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """Its certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str, spki: bytes, at: datetime, *, days: int = STATION_DAYS) -> bytes:
        """A certificate for TLS in DER: what it is for follows from the name (R-004-8, 9).

        Raises:
            ValueError: not the name of a certificate.
        """
        kind = certificates.kind_of(name)
        if kind is None:
            raise ValueError("not a certificate's name")
        return self._issue(name, spki, at, timedelta(days=days), *_profile(kind))

    def issue_signing(
        self, name: str, spki: bytes, at: datetime, *, days: int = AUTHORITY_DAYS
    ) -> bytes:
        """The certificate of a signing key in DER. No TLS server takes it for a client's."""
        usage = x509.ExtendedKeyUsage([SIGNS_OPERATIONS])
        return self._issue(name, spki, at, timedelta(days=days), (usage, True))

    def issue_server(self, name: str, spki: bytes, hosts: Sequence[str], at: datetime) -> bytes:
        """The broker's certificate in DER, for the names and addresses that stations dial."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        names = x509.SubjectAlternativeName([_host(one) for one in hosts])
        return self._issue(
            name, spki, at, timedelta(days=BROKER_DAYS), (usage, True), (names, False)
        )

    def issue_client(self, name: str, spki: bytes, at: datetime) -> bytes:
        """A certificate in DER for the hub itself at the broker; `name` is no station's."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._issue(name, spki, at, timedelta(days=BROKER_DAYS), (usage, True))

    def revocation_list(
        self, entries: Sequence[Revoked], number: int, begins: datetime, days: int
    ) -> bytes:
        """Its revocation list in PEM (RFC 5280, 5).

        Args:
            entries: certificates of this generation.
            number: greater than that of any list before.
            begins: thisUpdate; of two lists OpenSSL believes the one that begins later.
            days: until the next one has to be there; past that nobody gets in any more.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(begins)
            .next_update(begins + timedelta(days=days))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(_issuer_key(self.certificate), critical=False)
        )
        for entry in entries:
            builder = builder.add_revoked_certificate(_entry(entry))
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _issue(
        self,
        name: str,
        spki: bytes,
        at: datetime,
        valid_for: timedelta,
        *extensions: tuple[x509.ExtensionType, bool],
    ) -> bytes:
        key = serialization.load_der_public_key(spki)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("keys are on P-256")  # noqa: TRY004  bytes, not types
        begins = at - _BACKDATED
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(min(at + valid_for, self.certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(issues=False), critical=True)
            .add_extension(_issuer_key(self.certificate), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        made = builder.sign(self.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)


def make(keys_dir: Path, at: datetime) -> Authority:
    """The next generation; its files are on the disk when it returns.

    Raises:
        AuthorityError: a generation that is there cannot be used.
        OSError: the folder cannot be written.
    """
    generation = max((one.generation for one in load(keys_dir)), default=0) + 1
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{AUTHORITY_NAME} {generation}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(issues=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    made = Authority(generation, certificate, key)
    # One file, so that there is never a key without its certificate.
    path = keys_dir / f"device-ca-{generation:04}.pem"
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(private + made.pem)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    return made


def load(keys_dir: Path) -> tuple[Authority, ...]:
    """Every generation, the newest first; empty where none was made.

    Raises:
        AuthorityError: a file cannot be used.
    """
    found = []
    for path in sorted(keys_dir.glob("device-ca-*.pem"), reverse=True):
        name = _FILE.fullmatch(path.name)
        if name is None:
            continue
        try:
            data = path.read_bytes()
            key = serialization.load_pem_private_key(data, None)
            certificate = x509.load_pem_x509_certificate(data)
        except OSError as error:
            raise AuthorityError(f"{path}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise AuthorityError(f"{path} is not a key with its certificate") from error
        if (
            not isinstance(key, ec.EllipticCurvePrivateKey)
            or key.public_key() != certificate.public_key()
        ):
            raise AuthorityError(f"{path}: key and certificate do not belong together")
        found.append(Authority(int(name[1]), certificate, key))
    return tuple(found)


def _profile(kind: CertificateKind) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    usage, policy = USAGES[kind]
    return (
        (x509.ExtendedKeyUsage([usage]), True),
        (x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), False),
    )


def _entry(revoked: Revoked) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(revoked.serial)
        .revocation_date(revoked.at.astimezone(UTC))
    )
    if revoked.is_held:
        reason = x509.ReasonFlags.certificate_hold
    elif revoked.is_superseded:
        reason = x509.ReasonFlags.superseded
    else:
        reason = x509.ReasonFlags.cessation_of_operation
    return builder.add_extension(x509.CRLReason(reason), critical=False).build()


def _issuer_key(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )
