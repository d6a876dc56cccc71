"""A station's keys on a token of SoftHSM2: pulled, exchanged, with a wrong PIN, with a locked one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hw.keystore.opening import KeyStoreSettings, StoreKind, create_key_store, open_key_store
from hw.ports import KeyStore
from tests.contract.keystore.conftest import code_of, is_signed, opened
from tests.emulated import faulty_module
from tests.emulated.faulty_module import Call, fault, flags
from tests.emulated.soft_token import MODULE, PIN, SoftTokens

LABEL = "station 1"
FINAL_TRY, LOCKED = 0x20000, 0x40000


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftTokens:
    made = SoftTokens.make(tmp_path / "soft")
    made.add(LABEL)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def settings(tmp_path: Path, tokens: SoftTokens) -> KeyStoreSettings:
    assert tokens.folder.is_dir()
    folder = tmp_path / "key"
    folder.mkdir(mode=0o700)
    pin_file = folder / "token.pin"
    pin_file.touch(mode=0o600)
    pin_file.write_text(PIN + "\n", "ascii")
    return KeyStoreSettings(folder, StoreKind.PKCS11, module=MODULE, token=LABEL, pin_file=pin_file)


@pytest.fixture
def store(settings: KeyStoreSettings) -> Iterator[KeyStore]:
    made = opened(create_key_store(settings))
    yield made
    made.close()


def pin_file(settings: KeyStoreSettings) -> Path:
    assert settings.pin_file is not None
    return settings.pin_file


def pull(tokens: SoftTokens) -> Path:
    """Take the tokens away, to be put back."""
    away = tokens.folder / "away"
    shutil.move(tokens.folder / "tokens", away)
    (tokens.folder / "tokens").mkdir()
    return away


def put_back(tokens: SoftTokens) -> None:
    shutil.rmtree(tokens.folder / "tokens")
    shutil.move(tokens.folder / "away", tokens.folder / "tokens")


def test_it_signs_and_derives_as_the_port_says(store: KeyStore) -> None:
    assert store.protection == "token"
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))
    secret = store.derive("vault 1")
    assert isinstance(secret, bytes)
    assert len(secret) == 32
    assert store.derive("vault 1") == secret != store.derive("vault 2")
    with pytest.raises(ValueError, match="purpose"):
        store.derive("")


def test_it_is_the_same_after_a_restart_of_the_program(
    store: KeyStore, settings: KeyStoreSettings
) -> None:
    secret = store.derive("vault 1")
    again = opened(open_key_store(settings))  # another program, at the same time
    assert again.public_spki == store.public_spki
    assert again.derive("vault 1") == secret == store.derive("vault 1")
    again.close()
    again.close()
    assert again.derive("vault 1") == secret
    again.close()


def test_keys_are_never_made_twice(store: KeyStore, settings: KeyStoreSettings) -> None:
    assert code_of(create_key_store(settings)) == "key.exists"
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))


def test_a_token_without_keys_is_told(settings: KeyStoreSettings) -> None:
    assert code_of(open_key_store(settings)) == "key.absent"


def test_nothing_of_the_keys_can_be_taken_off_the_token(
    store: KeyStore, tokens: SoftTokens
) -> None:
    """A foreign program with the PIN sees that the keys may not leave."""
    store.close()
    listed = subprocess.run(
        [
            *("pkcs11-tool", "--module", str(MODULE), "--token-label", LABEL),
            *("--login", "--pin", PIN, "--list-objects"),
        ],
        env={**tokens.environment, "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    private = [line for line in listed.splitlines() if "Access:" in line]
    hidden = [line for line in private if "sensitive" in line]
    assert len(hidden) == 2
    assert all("never extractable" in line and "always sensitive" in line for line in hidden)
    assert "extractable\n" not in listed.replace("never extractable", "")


def test_a_pulled_token_is_told_and_comes_back_by_itself(
    store: KeyStore, tokens: SoftTokens
) -> None:
    secret = store.derive("vault 1")
    pull(tokens)
    assert code_of(store.sign(b"message")) == "key.removed"
    assert code_of(store.derive("vault 1")) == "key.removed"
    put_back(tokens)
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))
    assert store.derive("vault 1") == secret


@pytest.mark.rule("R-004-10")
def test_another_token_with_the_same_label_is_not_this_stations(
    store: KeyStore, tokens: SoftTokens, settings: KeyStoreSettings
) -> None:
    pull(tokens)
    assert code_of(open_key_store(settings)) == "key.removed"
    tokens.add(LABEL)
    assert code_of(store.sign(b"message")) == "key.other-token"
    other = opened(create_key_store(settings))
    other.close()
    assert code_of(store.sign(b"message")) == "key.other-token"
    assert code_of(store.derive("vault 1")) == "key.other-token"
    assert other.public_spki != store.public_spki


def test_two_tokens_with_one_label_get_no_pin(tokens: SoftTokens, store: KeyStore) -> None:
    store.close()
    tokens.add(LABEL)
    assert code_of(store.sign(b"message")) == "key.other-token"


def test_a_wrong_pin_is_tried_once_by_all_programs_together(
    store: KeyStore, settings: KeyStoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    trace = tmp_path / "logins"
    for name, value in {
        "FAULTY_BEHIND": str(MODULE),
        "FAULTY_TRACE": str(trace),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        "hw.keystore.token._HANDED_DOWN", ("SOFTHSM2_CONF", "FAULTY_BEHIND", "FAULTY_TRACE")
    )
    settings = replace(settings, module=faulty_module.build(tmp_path))
    pin_file(settings).write_text("654321", "ascii")
    for _program in range(3):
        assert code_of(open_key_store(settings)) == "key.pin-wrong"
    assert trace.stat().st_size == 1  # one byte for each log-in
    pin_file(settings).write_text(PIN + "\n", "ascii")
    again = opened(open_key_store(settings))
    assert again.public_spki == store.public_spki
    again.close()
    assert not (settings.folder / "pin-refused").exists()


@pytest.mark.parametrize(
    ("flag", "code"), [(FINAL_TRY, "key.pin-wrong"), (LOCKED, "key.pin-blocked")]
)
def test_no_pin_is_presented_to_a_token_that_is_about_to_block(
    *,
    store: KeyStore,
    settings: KeyStoreSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flag: int,
    code: str,
) -> None:
    store.close()
    with_flags = flags(flag)
    for name, value in with_flags.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("hw.keystore.token._HANDED_DOWN", ("SOFTHSM2_CONF", *with_flags))
    module = faulty_module.build(tmp_path)
    assert code_of(open_key_store(replace(settings, module=module))) == code


@pytest.mark.parametrize("deed", ["crash", "hang"])
def test_a_module_that_fails_is_told(
    *,
    store: KeyStore,
    settings: KeyStoreSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deed: str,
) -> None:
    store.close()
    faulty = fault(Call.SIGN, deed)
    for name, value in faulty.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("hw.keystore.token._HANDED_DOWN", ("SOFTHSM2_CONF", *faulty))
    monkeypatch.setattr("hw.keystore.token._SECONDS", 1.5)
    module = faulty_module.build(tmp_path)
    assert code_of(open_key_store(replace(settings, module=module))) == "key.failed"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_pin_that_others_may_read_is_not_taken(
    store: KeyStore, settings: KeyStoreSettings, mode: int
) -> None:
    store.close()
    pin_file(settings).chmod(mode)
    assert code_of(open_key_store(settings)) == "key.pin-absent"


@pytest.mark.parametrize("content", [b"", b"\n", b"1" * 80])
def test_a_pin_file_without_a_pin_is_told(
    store: KeyStore, settings: KeyStoreSettings, content: bytes
) -> None:
    store.close()
    pin_file(settings).write_bytes(content)
    assert code_of(open_key_store(settings)) == "key.pin-absent"
    pin_file(settings).unlink()
    assert code_of(open_key_store(settings)) == "key.pin-absent"


def test_a_module_that_is_not_there_is_told(settings: KeyStoreSettings, tmp_path: Path) -> None:
    for module in (None, tmp_path / "none.so", Path(sys.executable)):
        assert code_of(open_key_store(replace(settings, module=module))) == "key.module-absent"
    assert code_of(open_key_store(replace(settings, pin_file=None))) == "key.pin-absent"


def test_no_pin_shows(store: KeyStore, settings: KeyStoreSettings) -> None:
    assert PIN not in repr(store)
    assert PIN not in repr(settings)
