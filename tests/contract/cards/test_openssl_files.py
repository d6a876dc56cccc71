"""openssl reads what lies in the emulated chips: signed files and public keys."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.emulated.cards.emrtd_apdu import object_of
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_protocols import ChipKey
from tests.emulated.cards.identity_documents import cam_card, chip_key, cie, passport_with_aa

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")


def openssl(folder: Path, content: bytes, *arguments: str) -> bytes:
    """Output of an openssl command that succeeds on `content`."""
    (folder / "in.der").write_bytes(content)
    result = subprocess.run(
        ["openssl", *arguments, "-inform", "DER", "-in", "in.der"],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_signed_files_verify(tmp_path: Path) -> None:
    """Without a chain, which is the matter of passive authentication."""
    card, italian = cam_card().document, cie().document
    assert card.card_security is not None
    assert italian.ias is not None
    assert italian.ias.security_object is not None
    for signed, inside in (
        (object_of(italian.security_object, 0x77), b"\x30"),
        (object_of(italian.ias.security_object, 0x77), b"\x30"),
        (card.card_security, b"\x31"),
    ):
        assert signed is not None
        content = openssl(tmp_path, signed, "cms", "-verify", "-noverify", "-binary")
        assert content[:1] == inside


def _subject_public_key(key: ChipKey) -> bytes:
    """SubjectPublicKeyInfo within ChipAuthenticationPublicKeyInfo, behind its object identifier."""
    info = object_of(key.public_info(), 0x30)
    assert info is not None
    found = object_of(info, 0x30)
    assert found is not None
    size = len(found).to_bytes(2, "big")
    return b"\x30\x82" + size + found if len(found) > 255 else b"\x30\x81" + size[1:] + found


@pytest.mark.parametrize(
    ("parameter", "text"), [(12, b"prime256v1"), (13, b"brainpoolP256r1"), (2, b"2048 bit")]
)
def test_keys_with_their_parameters_written_out(
    tmp_path: Path, parameter: int, text: bytes
) -> None:
    key = chip_key(Suite.AES_128, parameter, 5, explicit=True)
    shown = openssl(tmp_path, _subject_public_key(key), "pkey", "-pubin", "-text", "-noout")
    assert text in shown or b"Field Type: prime-field" in shown
    digits = shown.replace(b"\n", b"").replace(b" ", b"").replace(b":", b"")
    assert key.public.lstrip(b"\x00").hex().encode() in digits


@pytest.mark.parametrize(("active", "text"), [("rsa", b"2048 bit"), ("ecdsa", b"brainpoolP256r1")])
def test_keys_of_active_authentication(tmp_path: Path, active: str, text: bytes) -> None:
    content = object_of(passport_with_aa(active).document.data_groups[15], 0x6F)
    assert content is not None
    assert text in openssl(tmp_path, content, "pkey", "-pubin", "-text", "-noout")
