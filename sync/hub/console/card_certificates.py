"""What the hub reads in the certificate of an operator's card."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sync.wire.canonical import Malformed
from sync.wire.operator_key import OperatorKey

_CODICE_FISCALE: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}[A-Z][A-Z0-9]{2}[A-Z][A-Z0-9]{3}[A-Z]")
_PREFIXES: Final = ("TINIT-", "IT:")


def codice_fiscale_of(certificate: bytes) -> str:
    """The codice fiscale of the subject (R-004-6, 20); empty where it names none.

    The common name of a CNS is `<codice fiscale>/<card number>.<hash of the personal data>`; newer
    ones also have a serialNumber `TINIT-<codice fiscale>` (ETSI EN 319 412-1 clause 5.1.3). Read as
    stations read it (`hw.cards`).
    """
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
    except ValueError:
        return ""
    for attribute in subject:
        text = attribute.value if isinstance(attribute.value, str) else ""
        if attribute.oid == NameOID.COMMON_NAME:
            candidate = text.partition("/")[0]
        elif attribute.oid == NameOID.SERIAL_NUMBER:
            candidate = text
            for prefix in _PREFIXES:
                candidate = candidate.removeprefix(prefix)
        else:
            continue
        candidate = candidate.strip().upper()
        if _CODICE_FISCALE.fullmatch(candidate):
            return candidate
    return ""


def ends_on(certificate: bytes) -> date:
    """The last day on which a certificate is good.

    Raises:
        Malformed: `certificate.malformed`.
    """
    try:
        return x509.load_der_x509_certificate(certificate).not_valid_after_utc.date()
    except ValueError:
        raise Malformed("certificate.malformed") from None


def read(data: bytes) -> bytes:
    """A certificate in DER, of a key that operators' cards may have, from DER or PEM.

    Raises:
        Malformed: `certificate.malformed` or `key.malformed`.
    """
    if b"-----BEGIN" in data:
        try:
            data = x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
        except ValueError:
            raise Malformed("certificate.malformed") from None
    OperatorKey(data)
    return data
