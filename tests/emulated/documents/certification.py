"""X.509 certificates and signatures of any make, good or bad, for the test countries.

Written with asn1crypto, so that everything a card may bring can be made: explicit curve parameters,
SHA-1, wrong extensions. Keys are made once per process and per number.
"""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, TypeAlias

from asn1crypto import algos, core, keys, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - documents of before 2016 are signed so
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "p224": ec.SECP224R1(),
    "p256": ec.SECP256R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "bp256": ec.BrainpoolP256R1(),
    "bp384": ec.BrainpoolP384R1(),
    "bp512": ec.BrainpoolP512R1(),
}
_OPENSSL_NAMES: Final = {
    "p224": "secp224r1",
    "p256": "prime256v1",
    "p384": "secp384r1",
    "p521": "secp521r1",
    "bp256": "brainpoolP256r1",
    "bp384": "brainpoolP384r1",
    "bp512": "brainpoolP512r1",
}


@cache
def private_key(kind: str, number: int = 0) -> PrivateKey:
    """The key of that number: `rsa2048`, `rsa3072`, ..., or a curve of `CURVES`."""
    del number
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    return ec.generate_private_key(CURVES[kind])


def kind_for(scheme: str) -> str:
    """The usual kind of key for `pss`, `pkcs1` or `ecdsa`."""
    return "p256" if scheme == "ecdsa" else "rsa2048"


def algorithm(scheme: str, digest: str, *, salt: int | None = None) -> algos.SignedDigestAlgorithm:
    """The AlgorithmIdentifier of a signature (RFC 4055, RFC 5754)."""
    if scheme != "pss":
        name = "rsa" if scheme == "pkcs1" else "ecdsa"
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_{name}"})
    hashed = algos.DigestAlgorithm({"algorithm": digest, "parameters": core.Null()})
    return algos.SignedDigestAlgorithm(
        {
            "algorithm": "rsassa_pss",
            "parameters": algos.RSASSAPSSParams(
                {
                    "hash_algorithm": hashed,
                    "mask_gen_algorithm": algos.MaskGenAlgorithm(
                        {"algorithm": "mgf1", "parameters": hashed}
                    ),
                    "salt_length": HASHES[digest].digest_size if salt is None else salt,
                }
            ),
        }
    )


def signature(
    key: PrivateKey, scheme: str, digest: str, data: bytes, *, salt: int | None = None
) -> bytes:
    """A signature over `data`."""
    hashed = HASHES[digest]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashed))
    if scheme == "pkcs1":
        return key.sign(data, padding.PKCS1v15(), hashed)
    length = hashed.digest_size if salt is None else salt
    return key.sign(data, padding.PSS(padding.MGF1(hashed), length), hashed)


@cache
def _explicit_domain(kind: str) -> bytes:
    """The curve's ECParameters written out, by openssl."""
    command = ["openssl", "ecparam", "-name", _OPENSSL_NAMES[kind], "-param_enc", "explicit"]
    return subprocess.run([*command, "-outform", "DER"], check=True, capture_output=True).stdout


def public_key_info(key: PrivateKey, *, explicit: str = "") -> keys.PublicKeyInfo:
    """The SubjectPublicKeyInfo; with the parameters of curve `explicit` written out if given."""
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    info = keys.PublicKeyInfo.load(der)
    if explicit:
        domain = keys.SpecifiedECDomain.load(_explicit_domain(explicit))
        info["algorithm"]["parameters"] = keys.ECDomainParameters(name="specified", value=domain)
    return keys.PublicKeyInfo.load(info.dump(force=True))


def key_identifier(info: keys.PublicKeyInfo) -> bytes:
    """SubjectKeyIdentifier by RFC 5280 4.2.1.2, method 1."""
    return hashlib.sha1(
        info["public_key"].parsed.dump() if info.algorithm == "rsa" else bytes(info["public_key"]),
        usedforsecurity=False,
    ).digest()


def moment(text: str) -> datetime:
    """`2026-03-01` as midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Entity:
    """Somebody with a certificate and its key.

    Attributes:
        certificate: DER.
        key: the private key.
        kind: of the key.
        scheme: how it signs: `pss`, `pkcs1` or `ecdsa`.
        digest: with which hash it signs certificates and lists.
    """

    certificate: bytes
    key: PrivateKey
    kind: str
    scheme: str
    digest: str = "sha256"

    @property
    def parsed(self) -> Any:
        """As asn1crypto sees it."""
        return x509.Certificate.load(self.certificate)


@dataclass(frozen=True)
class Form:
    """What a certificate says; every field can be wrong.

    Attributes:
        authority: BasicConstraints cA; None leaves the extension out.
        path_length: pathLenConstraint.
        usage: names of KeyUsage bits, None leaves the extension out.
        key_period: PrivateKeyUsagePeriod, two dates or nothing.
        document_types: documentTypeList of 9303-12, `("ID",)`.
        extended: OIDs of the extended key usage.
        policies: OIDs of certificate policies.
        critical: OID of one more critical extension that nobody knows, or nothing.
    """

    serial: int = 1
    starts: str = "2020-01-01"
    ends: str = "2045-01-01"
    authority: bool | None = None
    path_length: int | None = None
    usage: tuple[str, ...] | None = ("digital_signature",)
    key_period: tuple[str, str] | None = None
    document_types: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    critical: str = ""


AUTHORITY: Final = Form(authority=True, path_length=0, usage=("key_cert_sign", "crl_sign"))


def name(country: str, common: str, organisation: str = "Test") -> x509.Name:
    """C, O and CN; the country left out if empty."""
    parts = {"organization_name": organisation, "common_name": common}
    return x509.Name.build({"country_name": country, **parts} if country else parts)


def certify(
    subject: x509.Name,
    kind: str,
    form: Form,
    *,
    issuer: Entity | None = None,
    number: int = 0,
    scheme: str = "",
    digest: str = "sha256",
    explicit: bool = False,
) -> Entity:
    """A certificate of key `number` for `subject`, by `issuer` or by itself."""
    key = private_key(kind, number)
    own_scheme = scheme or ("pss" if kind.startswith("rsa") else "ecdsa")
    info = public_key_info(key, explicit=kind if explicit else "")
    by_key, by_scheme, by_digest = (
        (issuer.key, issuer.scheme, issuer.digest) if issuer else (key, own_scheme, digest)
    )
    issuer_info = issuer.parsed.public_key if issuer else info
    to_sign = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": form.serial,
            "signature": algorithm(by_scheme, by_digest),
            "issuer": issuer.parsed.subject if issuer else subject,
            "validity": {
                "not_before": x509.Time({"utc_time": moment(form.starts)}),
                "not_after": x509.Time({"utc_time": moment(form.ends)}),
            },
            "subject": subject,
            "subject_public_key_info": info,
            "extensions": _extensions(form, info, issuer_info),
        }
    )
    data = to_sign.dump()
    certificate = x509.Certificate(
        {
            "tbs_certificate": to_sign,
            "signature_algorithm": algorithm(by_scheme, by_digest),
            "signature_value": signature(by_key, by_scheme, by_digest, data),
        }
    )
    return Entity(certificate.dump(), key, kind, own_scheme, digest)


def _extensions(form: Form, own: keys.PublicKeyInfo, issuers: keys.PublicKeyInfo) -> list[Any]:
    identifier = {"key_identifier": key_identifier(issuers)}
    found: list[Any] = [
        {"extn_id": "key_identifier", "extn_value": core.OctetString(key_identifier(own))},
        {"extn_id": "authority_key_identifier", "extn_value": identifier},
    ]
    if form.authority is not None:
        constraints: dict[str, Any] = {"ca": form.authority}
        if form.path_length is not None:
            constraints["path_len_constraint"] = form.path_length
        found.append({"extn_id": "basic_constraints", "critical": True, "extn_value": constraints})
    if form.usage is not None:
        usage = x509.KeyUsage(set(form.usage))
        found.append({"extn_id": "key_usage", "critical": True, "extn_value": usage})
    if form.key_period:
        period = {"not_before": moment(form.key_period[0]), "not_after": moment(form.key_period[1])}
        found.append({"extn_id": "private_key_usage_period", "extn_value": period})
    if form.extended:
        found.append({"extn_id": "extended_key_usage", "extn_value": list(form.extended)})
    if form.policies:
        policies = [{"policy_identifier": oid} for oid in form.policies]
        found.append({"extn_id": "certificate_policies", "extn_value": policies})
    if form.document_types:
        found.append(_raw_extension("2.23.136.1.1.6.2", _document_types(form.document_types)))
    if form.critical:
        found.append(_raw_extension(form.critical, b"\x05\x00", critical=True))
    return found


def _document_types(types: tuple[str, ...]) -> bytes:
    """DocumentTypeList of ICAO 9303-12 clause 7.1.1.6: version 0 and a set of printable texts."""
    listed = b"".join(core.PrintableString(each).dump() for each in types)
    content = b"\x02\x01\x00" + b"\x31" + bytes([len(listed)]) + listed
    return b"\x30" + bytes([len(content)]) + content


def _raw_extension(oid: str, value: bytes, *, critical: bool = False) -> dict[str, Any]:
    return {
        "extn_id": oid,
        "critical": critical,
        "extn_value": core.ParsableOctetString(value),
    }
