"""An invented issuer of authentication certificates for health cards, and their impostors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.emulated.cards.holder import Holder

CNS_POLICY: Final = "1.3.76.16.2.1"
"""Certificate policy of authentication certificates on a CNS."""
Keys = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@cache
def rsa_key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    """The `number`th key of this size in this run; made once."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass(frozen=True)
class CnsIssuer:
    """A certification authority.

    Attributes:
        name: its common name.
        key: its key.
        certificate: its own, self-signed.
    """

    name: str
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    @cache
    def make(cls, name: str = "Regione Inventata - CA Cittadini", *, number: int = 1) -> CnsIssuer:
        """A new authority; the same one for the same arguments."""
        key = rsa_key(2048, number)
        subject = _name(name)
        certificate = (
            _builder(subject, subject, key.public_key(), days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(name, key, certificate)

    @property
    def der(self) -> bytes:
        """The authority's certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def card_certificate(
        self,
        key: Keys,
        holder: Holder | None = None,
        *,
        policy: str | None = CNS_POLICY,
        starts: timedelta = timedelta(days=-30),
        days: int = 1500,
        common_name: str | None = None,
        serial: int | None = None,
    ) -> bytes:
        """The certificate of a card, DER: CN is `<codice fiscale>/<card number>.<hash>`.

        Args:
            key: the card's public key.
            holder: whose card it is.
            policy: the certificate policy, None for a certificate without one.
            starts: when it begins to be valid, from now.
            days: how long it is valid.
            common_name: in place of the usual one.
            serial: the certificate's serial number.
        """
        who = holder or Holder()
        usual = f"{who.codice_fiscale}/6030012345678901.6FvQ3Yw2rCq8TQ0m7nHkZb1xW5E="
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Regione Inventata"),
                x509.NameAttribute(NameOID.SURNAME, who.surname),
                x509.NameAttribute(NameOID.GIVEN_NAME, who.name),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name or usual),
            ]
        )
        builder = _builder(
            subject, self.certificate.subject, key, days=days, starts=starts, serial=serial
        )
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        )
        if policy is not None:
            information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
            builder = builder.add_extension(x509.CertificatePolicies([information]), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def revocation_list(self, *serials: int, days: int = 30, issued: int = -1) -> bytes:
        """A CRL, DER, that is current for `days` from `issued` days on."""
        start = datetime.now(UTC) + timedelta(days=issued)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(start)
            .next_update(start + timedelta(days=days))
        )
        for serial in serials:
            revoked = (
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(start - timedelta(days=1))
                .build()
            )
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IT"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: Keys,
    *,
    days: int,
    starts: timedelta = timedelta(days=-365),
    serial: int | None = None,
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) + starts
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
