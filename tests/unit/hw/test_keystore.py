"""The signing key in a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.errors import DeviceTrouble
from hw.keystore.software import SoftwareKey
from hw.ports import KeyStore


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8,
    password: bytes | None = None,
) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, form, protection)


def test_it_signs_as_the_port_says() -> None:
    key: KeyStore = SoftwareKey.generate()
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.protection == "software"
    public = serialization.load_der_public_key(key.public_spki)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), b"message", ec.ECDSA(hashes.SHA256()))


def test_short_numbers_are_padded_to_32_bytes() -> None:
    key = SoftwareKey.generate()
    assert {len(key.sign(bytes([number % 256]))) for number in range(600)} == {64}


def test_a_saved_key_is_loaded_again_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    key = SoftwareKey.generate()
    key.save(path)
    loaded = SoftwareKey.load(path)
    assert isinstance(loaded, SoftwareKey)
    assert loaded.public_spki == key.public_spki
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    SoftwareKey.generate().save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        SoftwareKey.generate().save(path)
    assert path.read_bytes() == before


def test_the_older_form_of_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(pem(ec.generate_private_key(ec.SECP256R1()), form))
    assert isinstance(SoftwareKey.load(path), SoftwareKey)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "key.absent"),
        (b"", "key.damaged"),
        (b"not a key", "key.damaged"),
        (pem(ec.generate_private_key(ec.SECP256R1()))[:100], "key.damaged"),
        (pem(ec.generate_private_key(ec.SECP256R1()), password=b"secret"), "key.damaged"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "key.wrong-kind"),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)), "key.wrong-kind"),
    ],
    ids=["absent", "empty", "other", "cut", "with password", "P-384", "RSA"],
)
def test_every_bad_file_has_its_code(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    trouble = SoftwareKey.load(path)
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == code
    assert str(tmp_path) not in repr(trouble)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    trouble = SoftwareKey.load(tmp_path)  # a folder
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "key.unreadable"


def test_the_key_does_not_show(tmp_path: Path) -> None:
    key = SoftwareKey.generate()
    path = tmp_path / "key.pem"
    key.save(path)
    secret = path.read_text(encoding="ascii").splitlines()[1]
    assert secret not in repr(key)
    assert os.fspath(tmp_path) not in repr(key)
