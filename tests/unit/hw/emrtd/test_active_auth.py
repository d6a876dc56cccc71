"""Active Authentication: the standard's own example, every hash, both kinds of keys, and forgers."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hw.apdu.command import Command
from hw.apdu.tlv import encode
from hw.cards.emrtd.active_auth import authenticate, representative_fits
from hw.cards.emrtd.security_infos import ActiveAuthenticationInfo, SecurityInfos
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.emrtd.scripted import AnsweringLink, drawn

CHALLENGE = bytes.fromhex("F173589974BF40C6")
EXAMPLE = bytes.fromhex(
    "6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC19"
    "91B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F9"
    "6784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD"
    "4E7292E2DCDA3024B47DA8C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC"
)
"""ICAO 9303-11 appendix F, step 9: F for the challenge above (1024 bits, SHA-1)."""
TRAILERS = {"sha1": "BC", "sha224": "38CC", "sha256": "34CC", "sha384": "36CC", "sha512": "35CC"}
PLAIN = "040103"
"""Last arcs of ecdsa-plain-SHA256."""
NO_INFOS = SecurityInfos()


@cache
def rsa_private(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def dg15(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encode(0x6F, spki)


def signature(key: rsa.RSAPrivateKey, representative: bytes, *, smaller: bool = False) -> bytes:
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    signed = pow(int.from_bytes(representative, "big"), numbers.d, modulus)
    if smaller:
        signed = min(signed, modulus - signed)
    return signed.to_bytes(key.key_size // 8, "big")


def representative(
    size: int, digest: str, *, header: bytes = b"\x6a", m2: bytes = CHALLENGE
) -> bytes:
    hashed = hashlib.new(digest)
    trailer = bytes.fromhex(TRAILERS[digest])
    m1 = bytes(range(1, 256))[: size - len(header) - hashed.digest_size - len(trailer)]
    m1 = m1.ljust(size - len(header) - hashed.digest_size - len(trailer), b"\x5a")
    hashed.update(m1 + m2)
    return header + m1 + hashed.digest() + trailer


def asked(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    signed: bytes,
    infos: SecurityInfos = NO_INFOS,
) -> bool | DeviceTrouble:
    link = AnsweringLink(lambda _: signed + b"\x90\x00")
    outcome = authenticate(link, dg15(key), infos, drawn(CHALLENGE))
    (command,) = link.commands
    assert command.data == CHALLENGE
    return outcome


# --- RSA


def test_example_of_the_standard() -> None:
    assert representative_fits(EXAMPLE, CHALLENGE)
    # The standard prints no modulus; any of 1024 bits is larger than F.
    key = rsa_private(1024)
    assert asked(key, signature(key, EXAMPLE)) is True


def test_command_is_that_of_the_standard() -> None:
    link = AnsweringLink(lambda _: b"\x69\x82")
    authenticate(link, dg15(rsa_private(1024)), NO_INFOS, drawn(CHALLENGE))
    assert link.commands[0].to_bytes().hex().upper() == "0088000008F173589974BF40C600"


@pytest.mark.parametrize("digest", TRAILERS)
@pytest.mark.parametrize("smaller", [False, True])
def test_every_hash_and_both_ways_of_signing(digest: str, *, smaller: bool) -> None:
    key = rsa_private()
    assert asked(key, signature(key, representative(256, digest), smaller=smaller)) is True


def test_small_exponent_and_long_key() -> None:
    key = rsa_private(2048, 3)
    assert asked(key, signature(key, representative(256, "sha256"))) is True
    key = rsa_private(3072)
    link = AnsweringLink(lambda _: signature(key, representative(384, "sha256")) + b"\x90\x00")
    assert authenticate(link, dg15(key), NO_INFOS, drawn(CHALLENGE)) is True
    assert not link.commands[0].fits_short


def test_padded_header() -> None:
    key = rsa_private()
    header = b"\x6b" + b"\xbb" * 20 + b"\xba"
    assert asked(key, signature(key, representative(256, "sha256", header=header))) is True


def spoiled() -> dict[str, bytes]:
    good = representative(256, "sha256")
    return {
        "another challenge": representative(256, "sha256", m2=bytes(8)),
        "full recovery": representative(256, "sha256", header=b"\x4a"),
        "header of PKCS#1": b"\x00\x01" + good[2:],
        "padding without end": b"\x6b" + b"\xbb" * 222 + good[-33:],
        "hash in the trailer unknown": good[:-2] + b"\x31\xcc",
        "another trailer": good[:-1] + b"\xbd",
        "hash altered": good[:-3] + bytes((good[-3] ^ 1,)) + good[-2:],
        "message altered": good[:9] + bytes((good[9] ^ 1,)) + good[10:],
    }


@pytest.mark.parametrize("name", spoiled())
def test_spoiled_representatives(name: str) -> None:
    key = rsa_private()
    assert asked(key, signature(key, spoiled()[name])) is False


@pytest.mark.parametrize("signed", [b"", bytes(255), bytes(256), bytes(257), b"\xff" * 256])
def test_signatures_that_are_none(signed: bytes) -> None:
    assert asked(rsa_private(), signed) is False


def test_another_key() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert asked(rsa_private(), signature(other, representative(256, "sha256"))) is False


def test_representatives_too_short() -> None:
    for data in (
        b"",
        b"\xcc",
        b"\xbc",
        b"\x6a\xbc",
        b"\x34\xcc",
        b"\x6a" + bytes(20) + b"\x34\xcc",
    ):
        assert not representative_fits(data, CHALLENGE)


# --- ECDSA

CURVES = [
    ec.SECP224R1(),
    ec.SECP256R1(),
    ec.BrainpoolP256R1(),
    ec.BrainpoolP384R1(),
    ec.SECP521R1(),
]


def plain(key: ec.EllipticCurvePrivateKey, der: bytes) -> bytes:
    size = (key.key_size + 7) // 8
    return b"".join(part.to_bytes(size, "big") for part in decode_dss_signature(der))


def info(arcs: str) -> SecurityInfos:
    oid = bytes.fromhex("04007F00070101") + bytes.fromhex(arcs)
    return SecurityInfos(active_authentication=ActiveAuthenticationInfo(1, oid))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_ecdsa(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    der = key.sign(CHALLENGE, ec.ECDSA(hashes.SHA256()))
    for signed in (plain(key, der), der):
        assert asked(key, signed, info(PLAIN)) is True
        assert asked(key, signed) is True
        assert asked(key, signed, info("040102")) is False
        assert asked(key, signed, info("0777")) is True
    other = key.sign(bytes(8), ec.ECDSA(hashes.SHA256()))
    assert asked(key, plain(key, other)) is False


@pytest.mark.parametrize(
    "signed", [b"", bytes(63), bytes(64), b"\xff" * 64, b"\x30\x00", bytes(5000)]
)
def test_ecdsa_signatures_that_are_none(signed: bytes) -> None:
    assert asked(ec.generate_private_key(ec.SECP256R1()), signed) is False


# --- what is no key, and what is no answer


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "tlv-cut-off"),
        (b"\x6f\x00", "tlv-cut-off"),
        (b"\x6e\x00", "tlv-other-tag"),
        (bytes(5000), "dg15-size"),
    ],
)
def test_files_that_hold_no_key(data: bytes, reason: str) -> None:
    link = AnsweringLink()
    trouble = authenticate(link, data, NO_INFOS)
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-broken"
    assert dict(trouble.details)["reason"] == reason
    assert link.commands == []


def rsa_file(modulus: int, exponent: int) -> bytes:
    def integer(number: int) -> bytes:
        return encode(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    key = encode(0x30, integer(modulus) + integer(exponent))
    algorithm = encode(0x30, encode(6, bytes.fromhex("2A864886F70D010101")) + b"\x05\x00")
    return encode(0x6F, encode(0x30, algorithm + encode(3, b"\x00" + key)))


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        ((1 << 512) + 1, 3),
        ((1 << 8200) + 1, 3),
        ((1 << 2047) + 2, 3),
        ((1 << 2046) + 1, 3),
        ((1 << 2047) + 1, 1),
        ((1 << 2047) + 1, 4),
        ((1 << 2047) + 1, 1 << 2000 | 1),
    ],
)
def test_rsa_keys_out_of_bounds(modulus: int, exponent: int) -> None:
    trouble = authenticate(AnsweringLink(), rsa_file(modulus, exponent), NO_INFOS)
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-broken"


def test_key_on_an_unknown_curve() -> None:
    key = ec.generate_private_key(ec.SECP256K1())
    trouble = authenticate(AnsweringLink(), dg15(key), NO_INFOS)
    assert isinstance(trouble, DeviceTrouble)
    assert dict(trouble.details)["reason"] == "key-unsupported"


def test_refusal_and_loss() -> None:
    removed = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
    file = dg15(rsa_private())

    def lost(_: Command) -> DeviceTrouble:
        return removed

    assert authenticate(AnsweringLink(lost), file, NO_INFOS) == removed
    trouble = authenticate(AnsweringLink(lambda _: b"\x69\x82"), file, NO_INFOS)
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-refused"
