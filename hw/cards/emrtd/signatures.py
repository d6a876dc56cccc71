"""Public keys and signatures of documents and cards, within bounds that no sender can stretch.

RSA PKCS #1 v1.5 and RSASSA-PSS (RFC 8017), ECDSA (BSI TR-03111 clause 4.2.1), with SHA-1 to SHA-512
(ICAO 9303-12 clause 4.1). A key may write out its curve's parameters, as clause 4.1.6.3 there asks;
it is taken only where they are those of a curve known by name, each one of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import curves
from hw.cards.emrtd.curves import Curve, Point

MOST_RSA_BITS: Final = 8192
LEAST_RSA_BITS: Final = 1024
MOST_EXPONENT: Final = 1 << 33
UNSUPPORTED: Final = "algorithm-unsupported"
"""`Malformed.reason` of a key or a signature that is sound, but of a kind not known here."""

_CURVES: Final[dict[str, Curve]] = {
    "1.2.840.10045.3.1.1": curves.P_192,
    "1.3.132.0.33": curves.P_224,
    "1.2.840.10045.3.1.7": curves.P_256,
    "1.3.132.0.34": curves.P_384,
    "1.3.132.0.35": curves.P_521,
    "1.3.36.3.3.2.8.1.1.3": curves.BRAINPOOL_P192R1,
    "1.3.36.3.3.2.8.1.1.5": curves.BRAINPOOL_P224R1,
    "1.3.36.3.3.2.8.1.1.7": curves.BRAINPOOL_P256R1,
    "1.3.36.3.3.2.8.1.1.9": curves.BRAINPOOL_P320R1,
    "1.3.36.3.3.2.8.1.1.11": curves.BRAINPOOL_P384R1,
    "1.3.36.3.3.2.8.1.1.13": curves.BRAINPOOL_P512R1,
}
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - whether it counts is the trust list's policy (ADR 0077)
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_PLAIN_ECDSA: Final = frozenset({"ecdsa", "1.2.840.10045.2.1"})
_UNCOMPRESSED: Final = 4


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA public key.

    Attributes:
        modulus: of 1024 to 8192 bits.
        exponent: odd, below 2^33.
    """

    modulus: int
    exponent: int


@dataclass(frozen=True, slots=True)
class EcKey:
    """A point of a curve known by name, checked to be on it.

    Attributes:
        curve: one of `hw.cards.emrtd.curves`.
        point: the public point.
    """

    curve: Curve
    point: Point


PublicKey: TypeAlias = RsaKey | EcKey


class Family(Enum):
    """How a signature is made."""

    PKCS1 = "RSA PKCS#1"
    PSS = "RSASSA-PSS"
    ECDSA = "ECDSA"


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """All that an AlgorithmIdentifier says of a signature.

    Attributes:
        family: how it is made.
        digest: `sha1` to `sha512`, of what is signed.
        mask_digest: the hash of MGF1, for PSS; else as `digest`.
        salt: bytes of salt, for PSS; else 0.
    """

    family: Family
    digest: str
    mask_digest: str
    salt: int

    @property
    def uses_sha1(self) -> bool:
        """Whether a collision of SHA-1 could carry the signature over to something else."""
        return self.digest == "sha1"

    def __str__(self) -> str:
        return f"{self.family.value} {self.digest}"


def digest_name(found: Any) -> str:
    """The name of a hash in a DigestAlgorithm. Raises `Malformed` (`UNSUPPORTED`)."""
    name = found["algorithm"].native
    if name not in _HASHES:
        raise Malformed(UNSUPPORTED)
    return str(name)


def digest_of(name: str, data: bytes) -> bytes:
    """The hash of that name over `data`."""
    return hashlib.new(name, data, usedforsecurity=name != "sha1").digest()


def method_of(found: Any, digest: str = "") -> SignatureMethod:
    """What a SignedDigestAlgorithm of asn1crypto says; called inside `der.decoding`.

    Args:
        found: the structure.
        digest: the hash, where the identifier names only the kind of key, as in a SignerInfo.

    Raises:
        Malformed: `UNSUPPORTED`, or parameters that cannot be.
    """
    name = str(found["algorithm"].native)
    if name == "rsassa_pss":
        return _pss(found["parameters"])
    if name == "rsassa_pkcs1v15":
        return _plain(Family.PKCS1, digest)
    if name in _PLAIN_ECDSA:
        return _plain(Family.ECDSA, digest)
    hashed, _, kind = name.partition("_")
    if kind == "rsa":
        return _plain(Family.PKCS1, hashed)
    if kind == "ecdsa":
        return _plain(Family.ECDSA, hashed)
    raise Malformed(UNSUPPORTED)


def _plain(family: Family, digest: str) -> SignatureMethod:
    if digest not in _HASHES:
        raise Malformed(UNSUPPORTED)
    return SignatureMethod(family, digest, digest, 0)


def _pss(parameters: Any) -> SignatureMethod:
    # Left out, the parameters are SHA-1, MGF1 with SHA-1 and 20 bytes (RFC 4055 clause 3.1).
    given = parameters if isinstance(parameters, algos.RSASSAPSSParams) else algos.RSASSAPSSParams()
    if given["mask_gen_algorithm"]["algorithm"].native != "mgf1":
        raise Malformed(UNSUPPORTED)
    salt = int(given["salt_length"].native)
    if int(given["trailer_field"]) != 1 or not 0 <= salt <= MOST_RSA_BITS // 8:
        raise Malformed(UNSUPPORTED)
    return SignatureMethod(
        Family.PSS,
        digest_name(given["hash_algorithm"]),
        digest_name(given["mask_gen_algorithm"]["parameters"]),
        salt,
    )


def key_of(info: keys.PublicKeyInfo) -> PublicKey:
    """The key in a SubjectPublicKeyInfo of asn1crypto; called inside `der.decoding`.

    Raises:
        Malformed: `UNSUPPORTED` (kind of key, unknown curve), `rsa-key` (size or exponent out of
            bounds), `point-form`, `point-off-curve`.
    """
    kind = info["algorithm"]["algorithm"].native
    if kind in {"rsa", "rsassa_pss"}:
        parsed = info["public_key"].parsed
        return rsa_key(parsed["modulus"].native, parsed["public_exponent"].native)
    if kind != "ec":
        raise Malformed(UNSUPPORTED)
    curve = _curve(info["algorithm"]["parameters"])
    return EcKey(curve, _point(curve, bytes(info["public_key"])))


def rsa_key(modulus: int, exponent: int) -> RsaKey:
    """An RSA key within bounds. Raises `Malformed("rsa-key")`."""
    if (
        not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS
        or modulus % 2 == 0
        or not 3 <= exponent < MOST_EXPONENT
        or exponent % 2 == 0
        or modulus < 0
    ):
        raise Malformed("rsa-key")
    return RsaKey(modulus, exponent)


def _curve(parameters: Any) -> Curve:
    if parameters.name == "named":
        curve = _CURVES.get(parameters.chosen.dotted)
        if curve is None:
            raise Malformed(UNSUPPORTED)
        return curve
    if parameters.name != "specified":
        raise Malformed(UNSUPPORTED)
    return _named(parameters.chosen)


def _named(domain: Any) -> Curve:
    """The curve whose every parameter stands in `domain` (RFC 3279 clause 2.3.5, ECParameters).

    One that differs in a single parameter is another curve, on which a forger may know the private
    key of any public point (CVE-2020-0601). A seed says nothing about the curve and is passed over.
    """
    if domain["field_id"]["field_type"].native != "prime_field":
        raise Malformed(UNSUPPORTED)
    prime = int(domain["field_id"]["parameters"].native)
    cofactor = domain["cofactor"].native
    for curve in _CURVES.values():
        if (
            prime == curve.p
            and int.from_bytes(domain["curve"]["a"].native) == curve.a
            and int.from_bytes(domain["curve"]["b"].native) == curve.b
            and domain["order"].native == curve.order
            and cofactor in {None, 1}
            and _point(curve, domain["base"].native) == curve.base
        ):
            return curve
    raise Malformed(UNSUPPORTED)


def _point(curve: Curve, data: bytes) -> Point:
    """A point, compressed or not (BSI TR-03111 clause 3.2.1)."""
    if len(data) == 1 + curve.size and data[0] in {2, 3}:
        x = int.from_bytes(data[1:])
        square = (x * x * x + curve.a * x + curve.b) % curve.p
        y = pow(square, (curve.p + 1) // 4, curve.p)  # p = 3 mod 4; P-224 fails the check below
        data = (
            bytes([_UNCOMPRESSED])
            + data[1:]
            + (y if y % 2 == data[0] % 2 else curve.p - y).to_bytes(curve.size)
        )
    return curve.decode(data)


def verify(key: PublicKey, method: SignatureMethod, data: bytes, signature: bytes) -> bool:
    """Whether `signature` is `key`'s over `data`; False for a key of another kind."""
    hashed = _HASHES[method.digest]
    try:
        if isinstance(key, RsaKey):
            return _verify_rsa(key, method, hashed, data, signature)
        if method.family is not Family.ECDSA:
            return False
        if key.curve.openssl is None:
            return _verify_ecdsa(key, method.digest, data, signature)
        numbers = ec.EllipticCurvePublicNumbers(key.point.x, key.point.y, key.curve.openssl)
        numbers.public_key().verify(signature, data, ec.ECDSA(hashed))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _verify_rsa(
    key: RsaKey,
    method: SignatureMethod,
    hashed: hashes.HashAlgorithm,
    data: bytes,
    signature: bytes,
) -> bool:
    public = rsa.RSAPublicNumbers(key.exponent, key.modulus).public_key()
    if method.family is Family.PKCS1:
        public.verify(signature, data, padding.PKCS1v15(), hashed)
        return True
    if method.family is Family.PSS:
        mask = padding.MGF1(_HASHES[method.mask_digest])
        public.verify(signature, data, padding.PSS(mask, method.salt), hashed)
        return True
    return False


def _verify_ecdsa(key: EcKey, digest: str, data: bytes, signature: bytes) -> bool:
    """ECDSA on a curve that OpenSSL's build lacks (BSI TR-03111 clause 4.2.1.2); all is public."""
    curve = key.curve
    r, s = decode_dss_signature(signature)
    if not (1 <= r < curve.order and 1 <= s < curve.order):
        return False
    hashed = digest_of(digest, data)
    number = int.from_bytes(hashed)
    number >>= max(0, 8 * len(hashed) - curve.order.bit_length())
    inverse = pow(s, -1, curve.order)
    first, second = number * inverse % curve.order, r * inverse % curve.order
    total = curve.multiply(second, key.point)
    if first:
        total = curve.add(curve.multiply(first, curve.base), total)
    return total.x % curve.order == r
