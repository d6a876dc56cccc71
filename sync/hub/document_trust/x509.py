"""Certificates of country signers, as far as a hub must understand them (ICAO 9303-12 clause 7).

A hub passes certificates on and lets the kiosks judge; it looks into them to verify a master list
and to tell an administrator what the list holds. `cryptography` refuses keys whose curve is written
out, which many country signers have, so structures are read with asn1crypto.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from asn1crypto import algos, keys, pem, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

VerifyingKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

LAZY: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
)
"""What asn1crypto and cryptography raise on bytes that are not what they should be."""

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - the oldest country signers; a kiosk has the last word
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
SOUND_HASHES: Final = frozenset(_HASHES) - {"sha1"}
"""Those by which a signature still tells one text from every other."""

_WITHOUT_HASH: Final = frozenset({"rsassa_pkcs1v15", "ecdsa", "1.2.840.10045.2.1"})
_ECDSA: Final = frozenset({"ecdsa", "1.2.840.10045.2.1"})
_COUNTRY_LETTERS: Final = 2
_LONGEST_LABEL: Final = 200
_CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "aef8e3b60cd3a93eb2924791748e0a8a": ec.SECP224R1(),
    "91e0ccc7571c60d979dfb679d65400cb": ec.SECP256R1(),
    "d8a9ceaa0573f69feeee32f204e4ce4b": ec.SECP384R1(),
    "3eedee93c4063db5467d39cc7331aecc": ec.SECP521R1(),
    "910bb8329d7533822113ed131db7c031": ec.BrainpoolP256R1(),
    "bb14318d44b1718a2b46a515fa7dd4c2": ec.BrainpoolP384R1(),
    "ce9c4675bd7b6d9b44e1e6ee4093c106": ec.BrainpoolP512R1(),
}
"""By the beginning of SHA-256 over p, a, b, x and y of the base point, and order (`_digest`)."""


class NotReadableError(Exception):
    """A file or an entry is not what it should be; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class CountrySigner:
    """A certificate of a country signer.

    Attributes:
        der: all of it.
        name: of its subject, prepared for comparison (RFC 5280 clause 7.1).
        label: the same, for people.
        country: two letters, upper case; empty where it has none.
        link: issued by another country signer, not by itself.
        authority: it may certify.
        constrained: it says whether it is an authority.
        certifies: KeyUsage allows certificates, or says nothing.
        lists: KeyUsage allows revocation lists, or says nothing.
        starts: first moment of its validity.
        ends: last moment of its validity.
        key: its public key, as it came.
    """

    der: bytes
    name: str
    label: str
    country: str
    link: bool
    authority: bool
    constrained: bool
    certifies: bool
    lists: bool
    starts: datetime
    ends: datetime
    key: keys.PublicKeyInfo

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate."""
        return hashlib.sha256(self.der).digest()


def country_signer(der: bytes) -> CountrySigner:
    """What a hub must know of a certificate. Raises `NotReadableError`."""
    try:
        found = x509.Certificate.load(der, strict=True)
        usage = found.key_usage_value
        return CountrySigner(
            der=der,
            name=str(found.subject.hashable),
            label=label(found.subject),
            country=_country(found.subject),
            link=not _issued_by_itself(found),
            authority=bool(found.ca),
            constrained=found.basic_constraints_value is not None,
            certifies=usage is None or "key_cert_sign" in usage.native,
            lists=usage is None or "crl_sign" in usage.native,
            starts=moment(found.not_valid_before),
            ends=moment(found.not_valid_after),
            key=found.public_key,
        )
    except LAZY:
        raise NotReadableError("not a certificate") from None


def moment(value: object) -> datetime:
    """A time as asn1crypto found it, with its time zone. Raises `ValueError` where there is none."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("not a moment on the calendar")
    return value


def label(name: x509.Name) -> str:
    """A name for people, which cannot play with the terminal on which it is printed."""
    text = str(name.human_friendly)[:_LONGEST_LABEL]
    return "".join(each if each.isprintable() else "?" for each in text)


def _country(name: x509.Name) -> str:
    found = str(name.native.get("country_name", "")).upper()
    return found if len(found) == _COUNTRY_LETTERS and found.isalnum() and found.isascii() else ""


def _issued_by_itself(found: Any) -> bool:
    if found.issuer != found.subject:
        return False
    try:
        return is_signed_by(found, found.public_key)
    except (KeyError, UnsupportedAlgorithm):  # a hash or a curve that a hub does not know
        return True


def is_signed_by(certificate: Any, issuer: keys.PublicKeyInfo) -> bool:
    """Whether a certificate of asn1crypto is signed with that key."""
    return verify(
        issuer,
        certificate["signature_algorithm"],
        certificate["tbs_certificate"].dump(),
        bytes(certificate["signature_value"].native),
    )


def digest_of(method: algos.SignedDigestAlgorithm, unnamed: str = "") -> str:
    """The hash that a signature is made with; `unnamed` where `method` names only a kind of key.

    An algorithm that is not known is returned by its own name or OID.
    """
    name = str(method["algorithm"].native)
    if name in _WITHOUT_HASH:
        return unnamed or f"{name} and no hash"
    try:
        return str(method.hash_algo)
    except LAZY:
        return name


def is_elliptic(info: keys.PublicKeyInfo) -> bool:
    """Whether it is a point on a curve."""
    return bool(info.algorithm == "ec")


def is_elliptic_method(method: algos.SignedDigestAlgorithm) -> bool:
    """Whether such signatures are made with a point on a curve."""
    name = str(method["algorithm"].native)
    return name in _ECDSA or name.endswith("_ecdsa")


def is_computable(info: keys.PublicKeyInfo) -> bool:
    """Whether signatures of that key can be verified here."""
    try:
        _key(info)
    except LAZY:
        return False
    return True


def verify(
    info: keys.PublicKeyInfo,
    method: algos.SignedDigestAlgorithm,
    data: bytes,
    signature: bytes,
    digest: str = "",
) -> bool:
    """Whether `signature` over `data` is that key's.

    Args:
        info: the key.
        method: how it is signed.
        data: what is signed.
        signature: as it came.
        digest: the hash, where `method` does not name one.

    Raises:
        KeyError, ValueError, UnsupportedAlgorithm: unknown hash, curve or kind of key.
    """
    name = str(method["algorithm"].native)
    pss = name == "rsassa_pss"
    key = _key(info)
    hashed = _HASHES[digest_of(method, digest)]
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashed))
        elif pss:
            mask = method["parameters"]["mask_gen_algorithm"]["parameters"]["algorithm"].native
            salt = int(method["parameters"]["salt_length"].native)
            key.verify(signature, data, padding.PSS(padding.MGF1(_HASHES[mask]), salt), hashed)
        else:
            key.verify(signature, data, padding.PKCS1v15(), hashed)
    except InvalidSignature:
        return False
    return True


def _key(info: keys.PublicKeyInfo) -> VerifyingKey:
    if info.algorithm == "ec" and info["algorithm"]["parameters"].name == "specified":
        curve = _CURVES[_digest(info["algorithm"]["parameters"].chosen)]
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes(info["public_key"]))
    key = serialization.load_der_public_key(info.dump())
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise UnsupportedAlgorithm("neither RSA nor EC")
    return key


def _digest(domain: Any) -> str:
    """A curve's parameters in one text; equal only where every one of them is."""
    base = domain["base"].native
    size = (len(base) - 1) // 2
    numbers = (
        int(domain["field_id"]["parameters"].native),
        int.from_bytes(domain["curve"]["a"].native),
        int.from_bytes(domain["curve"]["b"].native),
        int.from_bytes(base[1 : 1 + size]),
        int.from_bytes(base[1 + size :]),
        int(domain["order"].native),
    )
    text = ",".join(f"{number:x}" for number in numbers)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read_all(data: bytes) -> tuple[bytes, ...]:
    """The DER objects in a file: one as it is, or any number in PEM. Raises `NotReadableError`."""
    if not pem.detect(data):
        return (data,)
    try:
        return tuple(der for _, _, der in pem.unarmor(data, multiple=True))
    except LAZY:
        raise NotReadableError("damaged PEM") from None
