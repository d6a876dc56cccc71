"""Active Authentication: the chip signs a random number with the key of EF.DG15.

ICAO 9303-11 clause 6.1. RSA by ISO/IEC 9796-2 scheme 1 with partial recovery, ECDSA in plain or in
DER form. It proves the chip only once the hash of EF.DG15 is proven.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.apdu.command import LONGEST_ANSWER, LONGEST_EXTENDED_ANSWER, Command
from hw.apdu.link import Link
from hw.apdu.status import StatusWord, name_of
from hw.apdu.tlv import Malformed, only, read
from hw.cards.emrtd.curves import Curve, RandomBytes
from hw.cards.emrtd.domain_parameters import (
    RSA_ENCRYPTION,
    integer,
    members,
    subject_public_key,
)
from hw.cards.emrtd.security_infos import SecurityInfos
from hw.cards.emrtd.signatures import (
    EcKey,
    Family,
    PublicKey,
    RsaKey,
    SignatureMethod,
    rsa_key,
    verify,
)
from hw.errors import DeviceTrouble, TroubleKind

_INTERNAL_AUTHENTICATE: Final = 0x88
_CHALLENGE_SIZE: Final = 8
_DG15: Final = 0x6F
_LONGEST_DG15: Final = 4096
_PARTIAL_RECOVERY: Final = 0x6A
_PARTIAL_RECOVERY_PADDED: Final = 0x6B
_TRAILER_SHA1: Final = 0xBC
_TRAILER_WITH_HASH: Final = 0xCC
_HASH_IDENTIFIERS: Final = {
    0x33: "sha1",
    0x34: "sha256",
    0x35: "sha512",
    0x36: "sha384",
    0x38: "sha224",
}
"""ISO/IEC 10118-3 identifiers in the trailer (clause 6.1.2.2)."""
_DIGESTS: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")
_SIGNATURE_ALGORITHMS: Final = {
    bytes.fromhex(identifier): digest
    for identifier, digest in (
        ("04007F00070101040101", "sha1"),
        ("04007F00070101040102", "sha224"),
        ("04007F00070101040103", "sha256"),
        ("04007F00070101040104", "sha384"),
        ("04007F00070101040105", "sha512"),
        ("2A8648CE3D0401", "sha1"),
        ("2A8648CE3D040301", "sha224"),
        ("2A8648CE3D040302", "sha256"),
        ("2A8648CE3D040303", "sha384"),
        ("2A8648CE3D040304", "sha512"),
    )
}
"""ecdsa-plain of BSI TR-03111 clause 5.2.1.1, and the same of ANSI X9.62."""


KEY_UNUSABLE: Final = "document.chip-proof-broken"
"""The key cannot be used here, so nothing was asked."""


def authenticate(
    link: Link, dg15: bytes, infos: SecurityInfos, random: RandomBytes = secrets.token_bytes
) -> bool | DeviceTrouble:
    """Have the chip sign a random number.

    Args:
        link: secure messaging of the session.
        dg15: EF.DG15, whole.
        infos: those of EF.DG14, which name the hash for ECDSA; empty ones where it is not there.
        random: source of randomness.

    Returns:
        Whether the signature is that of the key. Or trouble: `document.chip-proof-refused` where
        the chip refuses to sign, `document.chip-proof-broken` where the key cannot be used, or what
        the link gives.
    """
    try:
        key = _key(dg15)
    except Malformed as malformed:
        return _trouble(TroubleKind.PROTOCOL, KEY_UNUSABLE, malformed.reason)
    challenge = random(_CHALLENGE_SIZE)
    long = isinstance(key, RsaKey) and key.modulus.bit_length() > 8 * LONGEST_ANSWER
    expected = LONGEST_EXTENDED_ANSWER if long else LONGEST_ANSWER
    response = link.exchange(Command(_INTERNAL_AUTHENTICATE, 0x00, 0x00, challenge, expected))
    if isinstance(response, DeviceTrouble):
        return response
    if response.status != StatusWord.OK:
        return _trouble(
            TroubleKind.REFUSED, "document.chip-proof-refused", name_of(response.status)
        )
    if isinstance(key, RsaKey):
        return _verify_rsa(key, challenge, response.data)
    return _verify_ecdsa(key, challenge, response.data, infos)


def _key(dg15: bytes) -> PublicKey:
    """The key of EF.DG15.

    Raises:
        Malformed: no key, one out of bounds, or of a group that is not standardized.
    """
    if len(dg15) > _LONGEST_DG15:
        raise Malformed("dg15-size")
    key = subject_public_key(only(dg15, _DG15))
    if isinstance(key.group, Curve):
        return EcKey(key.group, key.group.decode(key.value))
    if key.algorithm != RSA_ENCRYPTION:
        raise Malformed("key-unsupported")
    element, end = read(key.value)
    if end != len(key.value):
        raise Malformed("der-bytes-after")
    modulus, exponent = members(element, 2, 2)
    found = rsa_key(integer(modulus), integer(exponent))
    if found.modulus.bit_length() % 8:
        raise Malformed("rsa-key")
    return found


def _verify_rsa(key: RsaKey, challenge: bytes, signature: bytes) -> bool:
    """ISO/IEC 9796-2 scheme 1, both ways of making the signature (clause 6.1.2.2)."""
    size = key.modulus.bit_length() // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= key.modulus:
        return False
    opened = pow(number, key.exponent, key.modulus)
    # Annex B.4 takes the smaller of s and n-s; every representative ends in C.
    if opened & 0xF != _TRAILER_WITH_HASH & 0xF:
        opened = key.modulus - opened
    return representative_fits(opened.to_bytes(size, "big"), challenge)


def representative_fits(representative: bytes, challenge: bytes) -> bool:
    """Whether a message representative F carries the hash of its own part and the challenge.

    Args:
        representative: 6A, or 6B BB .. BA; M1; hash of M1 and challenge; trailer.
        challenge: M2, which the chip does not send back.
    """
    if len(representative) < 2:
        return False
    digest, trailer = "sha1", 1
    if representative[-1:] == bytes((_TRAILER_WITH_HASH,)):
        found = _HASH_IDENTIFIERS.get(representative[-2])
        if found is None:
            return False
        digest, trailer = found, 2
    elif representative[-1:] != bytes((_TRAILER_SHA1,)):
        return False
    start = _start_of_message(representative)
    hashed = hashlib.new(digest, usedforsecurity=False)
    end = len(representative) - trailer - hashed.digest_size
    if start is None or end < start:
        return False
    hashed.update(representative[start:end] + challenge)
    return hmac.compare_digest(hashed.digest(), representative[end : end + hashed.digest_size])


def _start_of_message(representative: bytes) -> int | None:
    """Where M1 begins, behind the header and any padding; None where there is no such header."""
    if representative[0] == _PARTIAL_RECOVERY:
        return 1
    if representative[0] != _PARTIAL_RECOVERY_PADDED:
        return None
    rest = representative[1:].lstrip(b"\xbb")
    return len(representative) - len(rest) + 1 if rest[:1] == b"\xba" else None


def _verify_ecdsa(key: EcKey, challenge: bytes, signature: bytes, infos: SecurityInfos) -> bool:
    """ECDSA over the challenge (clause 6.1.2.3).

    Chips without an ActiveAuthenticationInfo are known: any of the hashes will do for them, since a
    random number is signed and only the key counts.
    """
    size = (key.curve.order.bit_length() + 7) // 8
    if len(signature) == 2 * size:
        signature = encode_dss_signature(
            int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        )
    named = infos.active_authentication
    digest = _SIGNATURE_ALGORITHMS.get(named.signature_algorithm) if named else None
    for candidate in (digest,) if digest else _DIGESTS:
        method = SignatureMethod(Family.ECDSA, candidate, candidate, 0)
        try:
            if verify(key, method, challenge, signature):
                return True
        except Malformed:
            return False
    return False


def _trouble(kind: TroubleKind, code: str, reason: str) -> DeviceTrouble:
    return DeviceTrouble(kind, code, (("protocol", "AA"), ("reason", reason)))
