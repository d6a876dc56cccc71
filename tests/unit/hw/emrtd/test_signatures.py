"""Keys and signatures: what is taken, what is refused, and openssl's word on both."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from asn1crypto import keys, x509

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, der, signatures
from hw.cards.emrtd.signatures import EcKey, Family, RsaKey, SignatureMethod, key_of, rsa_key
from tests.emulated.documents.certification import private_key, public_key_info, signature
from tests.emulated.documents.pki import DocumentPki

MODULUS = (1 << 2047) + 1


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (MODULUS, 1),
        (MODULUS, 4),
        (MODULUS, (1 << 33) + 1),
        (MODULUS, (1 << 4096) + 1),
        (MODULUS, -3),
        (-MODULUS, 65537),
        (MODULUS - 1, 65537),
        ((1 << 1022) + 1, 65537),
        ((1 << 8192) + 1, 65537),
        (0, 3),
    ],
)
def test_rsa_keys_out_of_bounds(modulus: int, exponent: int) -> None:
    with pytest.raises(Malformed, match="rsa-key"):
        rsa_key(modulus, exponent)


def test_the_largest_rsa_key_is_quick() -> None:
    key = rsa_key((1 << 8191) + 1, (1 << 33) - 1)
    method = SignatureMethod(Family.PKCS1, "sha256", "sha256", 0)
    assert not signatures.verify(key, method, b"data", bytes(1024))


KINDS = ["p224", "p256", "p384", "p521", "bp256", "bp384", "bp512"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_curve_that_is_written_out_is_known_by_its_parameters(kind: str) -> None:
    private = private_key(kind)
    named, explicit = public_key_info(private), public_key_info(private, explicit=kind)
    assert len(explicit.dump()) > len(named.dump())
    assert key_of(explicit) == key_of(named)


def _changed(part: str) -> keys.PublicKeyInfo:
    info = public_key_info(private_key("p256"), explicit="p256")
    domain = info["algorithm"]["parameters"].chosen
    if part == "p":
        domain["field_id"]["parameters"] = domain["field_id"]["parameters"].native + 2
    elif part in {"a", "b"}:
        domain["curve"][part] = bytes(31) + b"\x01"
    elif part == "base":
        other = private_key("p256", 1)
        domain["base"] = bytes(public_key_info(other)["public_key"])
    elif part == "order":
        domain["order"] = domain["order"].native - 2
    else:
        domain["cofactor"] = 2
    return keys.PublicKeyInfo.load(info.dump(force=True))


@pytest.mark.parametrize("part", ["p", "a", "b", "base", "order", "cofactor"])
def test_a_curve_with_one_other_parameter_is_no_curve(part: str) -> None:
    """CVE-2020-0601: with a base point of one's own any public key has a known private key."""
    with pytest.raises(Malformed, match=signatures.UNSUPPORTED):
        key_of(_changed(part))


def test_a_seed_or_an_absent_cofactor_do_not_matter() -> None:
    info = public_key_info(private_key("p256"), explicit="p256")
    domain = info["algorithm"]["parameters"].chosen
    del domain["cofactor"]
    key = key_of(keys.PublicKeyInfo.load(info.dump(force=True)))
    assert key == key_of(public_key_info(private_key("p256")))


def test_a_compressed_point_is_the_same_point() -> None:
    private = private_key("bp256")
    info = public_key_info(private)
    x, y = private.public_key().public_numbers().x, private.public_key().public_numbers().y  # type: ignore[union-attr]  # an EC key
    info["public_key"] = keys.ECPointBitString(bytes([2 + y % 2]) + x.to_bytes(32))
    assert key_of(keys.PublicKeyInfo.load(info.dump(force=True))) == key_of(
        public_key_info(private)
    )


@pytest.mark.parametrize("name", ["brainpoolP320r1", "brainpoolP224r1", "brainpoolP192r1"])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_ecdsa_on_curves_that_only_openssl_has(name: str, digest: str, tmp_path: Path) -> None:
    """`cryptography` lacks these; openssl makes the signature, ours verifies it."""
    private, data = tmp_path / "key.pem", tmp_path / "data"
    data.write_bytes(b"what is signed")
    openssl = ["openssl"]
    subprocess.run([*openssl, "ecparam", "-name", name, "-genkey", "-noout", "-out", private],
                   check=True)  # fmt: skip
    public = subprocess.run([*openssl, "ec", "-in", private, "-pubout", "-outform", "DER"],
                            check=True, capture_output=True).stdout  # fmt: skip
    made = subprocess.run([*openssl, "dgst", f"-{digest}", "-sign", private, data],
                          check=True, capture_output=True).stdout  # fmt: skip
    key = key_of(keys.PublicKeyInfo.load(public))
    assert isinstance(key, EcKey)
    assert key.curve.openssl is None
    method = SignatureMethod(Family.ECDSA, digest, digest, 0)
    assert signatures.verify(key, method, b"what is signed", made)
    assert not signatures.verify(key, method, b"what is not", made)
    assert not signatures.verify(key, method, b"what is signed", made[:-1] + bytes([made[-1] ^ 1]))
    for zero in (b"\x30\x06\x02\x01\x00\x02\x01\x01", b"\x30\x06\x02\x01\x01\x02\x01\x00", b""):
        assert not signatures.verify(key, method, b"what is signed", zero)


@pytest.mark.parametrize(
    ("kind", "scheme", "digest"),
    [
        *(("rsa2048", scheme, digest) for scheme in ("pss", "pkcs1")
          for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")),
        *(("p256", "ecdsa", digest) for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")),
    ],
)  # fmt: skip
def test_signatures_hold_for_what_was_signed_only(kind: str, scheme: str, digest: str) -> None:
    key = key_of(public_key_info(private_key(kind)))
    family = {"pss": Family.PSS, "pkcs1": Family.PKCS1, "ecdsa": Family.ECDSA}[scheme]
    method = SignatureMethod(family, digest, digest, 20 if scheme == "pss" else 0)
    made = signature(private_key(kind), scheme, digest, b"data", salt=20)
    assert signatures.verify(key, method, b"data", made)
    assert not signatures.verify(key, method, b"date", made)
    other = key_of(public_key_info(private_key(kind, 1)))
    assert not signatures.verify(other, method, b"data", made)
    for wrong in Family:
        changed = SignatureMethod(wrong, digest, digest, method.salt)
        assert signatures.verify(key, changed, b"data", made) == (wrong is family)


def test_keys_of_unknown_kinds() -> None:
    for name in ("ED25519", "X25519"):
        made = subprocess.run(["openssl", "genpkey", "-algorithm", name], capture_output=True,
                              check=True).stdout  # fmt: skip
        public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=made,
                                capture_output=True, check=True).stdout  # fmt: skip
        with pytest.raises(Malformed), der.decoding("key"):
            key_of(keys.PublicKeyInfo.load(public))


def test_a_certificate_with_an_exponent_bomb_is_refused_at_once() -> None:
    made = x509.Certificate.load(DocumentPki.make("IT").csca.certificate)
    info = made["tbs_certificate"]["subject_public_key_info"]
    info["public_key"] = keys.RSAPublicKey(
        {"modulus": MODULUS, "public_exponent": (1 << 20000) + 1}
    )
    with pytest.raises(Malformed, match="rsa-key"):
        certificates.parse(made.dump(force=True))


def test_key_representations_are_plain() -> None:
    assert key_of(public_key_info(private_key("rsa2048"))) == RsaKey(
        private_key("rsa2048").public_key().public_numbers().n,  # type: ignore[union-attr]  # RSA
        65537,
    )
