from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sync.wire.canonical import Malformed
from sync.wire.signer import Protection, SoftwareSigner, VerifyingKey, lower_s
from tests.workbench.authority import Authority

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def twin(signature: bytes) -> bytes:
    """The other signature that plain ECDSA verifies."""
    return signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)


def test_signature_verifies_and_only_for_its_message_and_key() -> None:
    signer, other = SoftwareSigner.generate(), SoftwareSigner.generate()
    signature = lower_s(signer.sign(b"message"))
    assert len(signature) == 64
    assert signer.verifying_key.verify(b"message", signature)
    assert not signer.verifying_key.verify(b"message.", signature)
    assert not other.verifying_key.verify(b"message", signature)


def test_only_the_lower_of_two_twins_is_taken() -> None:
    signer = SoftwareSigner.generate()
    for _ in range(20):
        signature = lower_s(signer.sign(b"message"))
        assert signer.verifying_key.verify(b"message", signature)
        assert not signer.verifying_key.verify(b"message", twin(signature))
        assert lower_s(twin(signature)) == signature


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(64), bytes(63), bytes(65), b"\xff" * 64, bytes(32) + b"\x01" * 32],
)
def test_what_is_no_signature_does_not_verify(signature: bytes) -> None:
    assert not SoftwareSigner.generate().verifying_key.verify(b"message", signature)


def test_key_id_is_the_hash_of_the_public_key() -> None:
    signer = SoftwareSigner.generate()
    key = signer.verifying_key
    assert signer.key_id == key.key_id == hashlib.sha256(key.spki).digest()
    assert signer.protection is Protection.SOFTWARE
    for again in (
        VerifyingKey.from_spki(key.spki),
        VerifyingKey.from_pem(key.to_pem()),
        SoftwareSigner.from_pem(signer.to_pem()).verifying_key,
    ):
        assert again.key_id == key.key_id


def test_key_of_a_certificate() -> None:
    credential = Authority.create("signing").issue_signing("kiosk-0001")
    signer = SoftwareSigner.from_pem(credential.key_pem)
    key = VerifyingKey.from_certificate(credential.certificate_pem)
    assert key.key_id == signer.key_id


def foreign_keys() -> list[bytes]:
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return [
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(*spki),
        ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(*spki),
        rsa.generate_private_key(65537, 2048).public_key().public_bytes(*spki),
        b"",
        b"nonsense",
    ]


def test_other_kinds_of_keys_are_refused() -> None:
    for spki in foreign_keys():
        with pytest.raises(Malformed):
            VerifyingKey.from_spki(spki)
    for pem in (b"", b"nonsense", ed25519_pem()):
        with pytest.raises(Malformed):
            VerifyingKey.from_pem(pem)
        with pytest.raises(Malformed):
            SoftwareSigner.from_pem(pem)
        with pytest.raises(Malformed):
            VerifyingKey.from_certificate(pem)


def ed25519_pem() -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_nothing_shows_a_private_key() -> None:
    assert "PRIVATE" not in repr(SoftwareSigner.generate())
