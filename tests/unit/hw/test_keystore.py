"""The signing key in a file."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.errors import DeviceTrouble, TroubleKind
from hw.keystore.files import write_once
from hw.keystore.opening import KeyStoreSettings, StoreKind, create_key_store, open_key_store
from hw.keystore.software import SoftwareKey
from hw.keystore.transport import create_transport_key
from hw.ports import KeyStore
from kiosk.runtime.signing import StationSigner
from sync.wire.signer import NotSignedError, Protection


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
    assert isinstance(signature, bytes)
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


# --- secrets, and how a key store is made and opened


def test_a_secret_is_the_same_at_every_call_and_of_one_purpose() -> None:
    key = SoftwareKey.generate()
    secret = key.derive("vault 1")
    assert len(secret) == 32
    assert key.derive("vault 1") == secret
    others = {key.derive("vault 2"), key.derive("vault"), SoftwareKey.generate().derive("vault 1")}
    assert secret not in others
    assert len(others) == 3
    for purpose in ("", "caffè"):
        with pytest.raises(ValueError, match="purpose"):
            key.derive(purpose)


def test_a_secret_tells_nothing_of_the_key(tmp_path: Path) -> None:
    key = SoftwareKey.generate()
    key.save(tmp_path / "key.pem")
    number = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    assert isinstance(number, ec.EllipticCurvePrivateKey)
    raw = number.private_numbers().private_value.to_bytes(32, "big")
    assert raw != key.derive("vault 1")
    key.close()
    key.close()


def test_a_key_store_is_made_once_and_opened_by_its_settings(tmp_path: Path) -> None:
    settings = KeyStoreSettings(tmp_path / "key")
    absent = open_key_store(settings)
    assert isinstance(absent, DeviceTrouble)
    assert absent.code == "key.absent"
    made = create_key_store(settings)
    assert not isinstance(made, DeviceTrouble)
    assert stat.S_IMODE(settings.folder.stat().st_mode) == 0o700
    again = create_key_store(settings)
    assert isinstance(again, DeviceTrouble)
    assert again.code == "key.exists"
    opened = open_key_store(settings)
    assert not isinstance(opened, DeviceTrouble)
    assert opened.derive("vault 1") == made.derive("vault 1")
    assert [each.name for each in settings.folder.iterdir()] == ["signing.pem"]


def test_a_place_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    outcome = create_key_store(KeyStoreSettings(tmp_path / "file" / "key"))
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "key.unwritable"


def test_a_file_of_keys_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"

    def lost(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lost)
        with pytest.raises(OSError, match="Input"):
            write_once(path, b"secret")
    assert list(tmp_path.iterdir()) == []
    write_once(path, b"secret")
    assert path.read_bytes() == b"secret"


def test_a_tpm_without_its_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hw.keystore.tpm", None)
    settings = KeyStoreSettings(tmp_path, StoreKind.TPM)
    for outcome in (
        open_key_store(settings),
        create_key_store(settings),
        create_transport_key(tmp_path / "tls.key", tpm="device:/dev/tpmrm0"),
    ):
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.code == "key.module-absent"


class Silent:
    """A key store that signs nothing any more."""

    protection = "token"

    def __init__(self, public_spki: bytes) -> None:
        self.public_spki = public_spki

    def sign(self, message: bytes) -> bytes | DeviceTrouble:
        return DeviceTrouble(TroubleKind.REMOVED, "key.removed", (("size", str(len(message))),))

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        return DeviceTrouble(TroubleKind.REMOVED, "key.removed", (("purpose", purpose),))

    def close(self) -> None:
        pass


def test_a_signer_of_the_wire_tells_why_the_key_does_not_sign() -> None:
    key = SoftwareKey.generate()
    signer = StationSigner(key)
    assert signer.protection is Protection.SOFTWARE
    assert len(signer.sign(b"message")) == 64
    signer = StationSigner(Silent(key.public_spki))
    assert signer.protection is Protection.TOKEN
    with pytest.raises(NotSignedError) as told:
        signer.sign(b"message")
    assert told.value.code == "key.removed"
