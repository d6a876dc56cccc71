"""X.509 certificates of documents, cards and their issuers (RFC 5280, ICAO 9303-12 clause 7).

Everything is taken out at once and kept as plain values: what asn1crypto would find malformed later
is found here. `cryptography` is stricter than the field: it refuses keys with explicit curve
parameters and some serials, which real country signers have (ADR 0076).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import core, x509

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import der, signatures
from hw.cards.emrtd.signatures import PublicKey, SignatureMethod

MOST_BYTES: Final = 32 * 1024
DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
"""documentTypeList (ICAO 9303-12 clause 7.1.1.6)."""

_MOST_EXTENSIONS: Final = 64
_MOST_SERIAL_BYTES: Final = 32
_COUNTRY_LETTERS: Final = 2
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998
_PROCESSED: Final = frozenset(
    {
        "basic_constraints",
        "key_usage",
        "extended_key_usage",
        "private_key_usage_period",
        "key_identifier",
        "authority_key_identifier",
        "subject_alt_name",
        "issuer_alt_name",
        "certificate_policies",
        "crl_distribution_points",
        "authority_information_access",
        DOCUMENT_TYPES,
    }
)
"""Extensions that may be critical: those acted upon, and those that do not restrict."""


class _DocumentTypes(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = core.PrintableString


class _DocumentTypeList(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [("version", core.Integer), ("types", _DocumentTypes)]  # noqa: RUF012 - its way


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when, both in it; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A certificate, taken apart; its signature has not been checked.

    Attributes:
        der: all of it.
        fingerprint: SHA-256 of `der`.
        signed: the part that is signed.
        signature: over that part.
        method: how it is signed.
        issuer: the issuer's name, prepared for comparison (RFC 5280 clause 7.1).
        subject: the subject's, likewise.
        country: two letters of the subject, upper case; empty where it has none.
        issuer_country: of the issuer, likewise.
        fields: parts of the subject's name as (type, text), in order; a person's for cards.
        serial: number that the issuer gave.
        validity: not before and not after.
        key: the public key.
        key_identifier: SubjectKeyIdentifier, None where absent.
        issuer_key_identifier: of AuthorityKeyIdentifier, None where absent.
        authority: BasicConstraints cA.
        path_length: pathLenConstraint, None where absent.
        usage: names of the KeyUsage bits as asn1crypto has them, None where absent.
        extended_usage: OIDs or names of the extended key usage.
        policies: OIDs of certificate policies.
        key_period: PrivateKeyUsagePeriod, None where absent.
        document_types: documentTypeList, empty where absent.
        unknown_critical: there is a critical extension that is not understood here.
    """

    der: bytes
    fingerprint: bytes
    signed: bytes
    signature: bytes
    method: SignatureMethod
    issuer: str
    subject: str
    country: str
    issuer_country: str
    fields: tuple[tuple[str, str], ...]
    serial: int
    validity: Period
    key: PublicKey
    key_identifier: bytes | None
    issuer_key_identifier: bytes | None
    authority: bool
    path_length: int | None
    usage: frozenset[str] | None
    extended_usage: frozenset[str]
    policies: frozenset[str]
    key_period: Period | None
    document_types: tuple[str, ...]
    unknown_critical: bool

    def __repr__(self) -> str:
        return f"Certificate({self.fingerprint[:4].hex()})"

    def may(self, usage: str) -> bool:
        """Whether KeyUsage allows it, or says nothing."""
        return self.usage is None or usage in self.usage

    def signed_by(self, key: PublicKey) -> bool:
        """Whether `key` signed it."""
        return signatures.verify(key, self.method, self.signed, self.signature)


def parse(data: bytes) -> Certificate:
    """The certificate that is `data`, in DER.

    Raises:
        Malformed: it is none (`certificate-malformed`, `der-*`), an extension comes twice
            (`certificate-extensions`), or key or signature are of an unknown kind (as in
            `signatures`).
    """
    der.check(data, longest=MOST_BYTES)
    with der.decoding("certificate-malformed"):
        return _taken_apart(data)


def _taken_apart(data: bytes) -> Certificate:
    found = x509.Certificate.load(data, strict=True)
    body = found["tbs_certificate"]
    extensions = _extensions(body["extensions"])
    constraints = extensions.value("basic_constraints")
    usage = extensions.value("key_usage")
    identifier = extensions.value("key_identifier")
    issuers = extensions.value("authority_key_identifier")
    return Certificate(
        der=data,
        fingerprint=hashlib.sha256(data).digest(),
        signed=body.dump(),
        signature=bytes(found["signature_value"].native),
        method=_method(found, body),
        issuer=prepared(body["issuer"]),
        subject=prepared(body["subject"]),
        country=_country(body["subject"]),
        issuer_country=_country(body["issuer"]),
        fields=_fields(body["subject"]),
        serial=_serial(body["serial_number"]),
        validity=Period(
            moment(body["validity"]["not_before"].native),
            moment(body["validity"]["not_after"].native),
        ),
        key=signatures.key_of(body["subject_public_key_info"]),
        key_identifier=None if identifier is None else bytes(identifier.native),
        issuer_key_identifier=None if issuers is None else issuers["key_identifier"].native,
        authority=constraints is not None and bool(constraints["ca"].native),
        path_length=None if constraints is None else constraints["path_len_constraint"].native,
        usage=None if usage is None else frozenset(usage.native),
        extended_usage=_extended(extensions.value("extended_key_usage")),
        policies=_policies(extensions.value("certificate_policies")),
        key_period=_period(extensions.value("private_key_usage_period")),
        document_types=_document_types(extensions.raw(DOCUMENT_TYPES)),
        unknown_critical=extensions.unknown_critical,
    )


def _method(found: Any, body: Any) -> SignatureMethod:
    """How it is signed. The signed part must say the same (RFC 5280 clause 4.1.1.2)."""
    method = signatures.method_of(found["signature_algorithm"])
    if method != signatures.method_of(body["signature"]):
        raise Malformed("certificate-malformed")
    return method


def prepared(name: x509.Name) -> str:
    """A name as text in which equal names are equal; called inside `der.decoding`."""
    return str(name.hashable)


def moment(value: object) -> datetime:
    """A time of a certificate in UTC, at least a year from the ends of the calendar.

    Raises:
        Malformed: one that is not on the calendar.
    """
    if not isinstance(value, datetime):
        raise Malformed("certificate-time")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:  # 99991231235959Z: no end (RFC 5280 4.1.2.5)
        return datetime(min(max(value.year, _FIRST_YEAR), _LAST_YEAR), 1, 1, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _fields(name: x509.Name) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(part["type"].native), str(part["value"].native))
        for group in name.chosen
        for part in group
    )


def _country(name: x509.Name) -> str:
    found = next((text.upper() for kind, text in _fields(name) if kind == "country_name"), "")
    return found if len(found) == _COUNTRY_LETTERS else ""


def _serial(found: Any) -> int:
    """Twenty bytes at most (RFC 5280 clause 4.1.2.2); some issuers overstep that a little."""
    if len(found.contents) > _MOST_SERIAL_BYTES:
        raise Malformed("certificate-serial")
    return int(found.native)


class _Extensions:
    """The extensions by their name, each at most once."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self.unknown_critical = False

    def add(self, extension: Any) -> None:
        name = str(extension["extn_id"].native)
        if name in self._found or len(self._found) >= _MOST_EXTENSIONS:
            raise Malformed("certificate-extensions")
        self._found[name] = extension["extn_value"]
        if extension["critical"].native and name not in _PROCESSED:
            self.unknown_critical = True

    def value(self, name: str) -> Any:
        """As asn1crypto has it, None where absent."""
        found = self._found.get(name)
        return None if found is None else found.parsed

    def raw(self, name: str) -> bytes | None:
        """The encoded value, None where absent."""
        found = self._found.get(name)
        return None if found is None else bytes(found)


def _extensions(listed: Any) -> _Extensions:
    extensions = _Extensions()
    for extension in listed:
        extensions.add(extension)
    return extensions


def _extended(found: Any) -> frozenset[str]:
    return frozenset() if found is None else frozenset(str(each.native) for each in found)


def _policies(found: Any) -> frozenset[str]:
    if found is None:
        return frozenset()
    return frozenset(str(each["policy_identifier"].dotted) for each in found)


def _period(found: Any) -> Period | None:
    if found is None:
        return None
    start, end = found["not_before"].native, found["not_after"].native
    return Period(
        None if start is None else moment(start),
        None if end is None else moment(end),
    )


def _document_types(encoded: bytes | None) -> tuple[str, ...]:
    """DocumentTypeListSyntax: a version and a set of texts of one or two letters."""
    if encoded is None:
        return ()
    listed = _DocumentTypeList.load(encoded, strict=True)
    return tuple(str(each.native) for each in listed["types"])
