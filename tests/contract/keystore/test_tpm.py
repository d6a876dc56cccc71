"""A station's keys in a TPM: what works, what a copy of the files is worth, what failures become."""

from __future__ import annotations

import base64
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tpm2_pytss as tss
from tpm2_pytss.tsskey import TSSPrivKey

from hw.errors import DeviceTrouble
from hw.keystore.opening import KeyStoreSettings, StoreKind, create_key_store, open_key_store
from hw.keystore.tpm_door import TpmDoor, meaning
from hw.ports import KeyStore
from tests.contract.keystore.conftest import code_of, is_signed, opened
from tests.emulated.tpm import ResourceManager, SoftTpm


@pytest.fixture
def settings(tmp_path: Path, tpm: SoftTpm) -> KeyStoreSettings:
    return KeyStoreSettings(tmp_path / "key", StoreKind.TPM, tpm=tpm.tcti)


@pytest.fixture
def store(settings: KeyStoreSettings) -> Iterator[KeyStore]:
    made = opened(create_key_store(settings))
    yield made
    made.close()


def wrapped(settings: KeyStoreSettings) -> Path:
    return settings.folder / "station.tpm"


def test_it_signs_and_derives_as_the_port_says(store: KeyStore) -> None:
    assert store.protection == "tpm"
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))
    assert not is_signed(store.public_spki, b"another", store.sign(b"message"))
    secret = store.derive("vault 1")
    assert isinstance(secret, bytes)
    assert len(secret) == 32
    assert store.derive("vault 1") == secret != store.derive("vault 2")
    for purpose in ("", "caffè"):
        with pytest.raises(ValueError, match="purpose"):
            store.derive(purpose)


def test_every_signature_is_64_bytes_long(store: KeyStore) -> None:
    made = [store.sign(bytes(number)) for number in range(300)]
    assert {len(each) for each in made if isinstance(each, bytes)} == {64}
    assert all(isinstance(each, bytes) for each in made)


def test_it_is_the_same_after_a_restart_of_the_program(
    store: KeyStore, settings: KeyStoreSettings
) -> None:
    secret = store.derive("vault 1")
    store.close()
    again = opened(open_key_store(settings))
    assert again.public_spki == store.public_spki
    assert again.derive("vault 1") == secret
    again.close()
    again.close()
    assert again.derive("vault 1") == secret
    again.close()


def test_keys_are_never_made_twice(store: KeyStore, settings: KeyStoreSettings) -> None:
    store.close()
    before = wrapped(settings).read_bytes()
    assert code_of(create_key_store(settings)) == "key.exists"
    assert wrapped(settings).read_bytes() == before
    assert stat.S_IMODE(wrapped(settings).stat().st_mode) == 0o600
    assert [each.name for each in settings.folder.iterdir()] == ["station.tpm"]


def test_the_private_keys_are_bound_to_the_tpm(store: KeyStore, settings: KeyStoreSettings) -> None:
    store.close()
    text = wrapped(settings).read_bytes()
    for block in text.split(b"-----END TSS2 PRIVATE KEY-----\n")[:-1]:
        key = TSSPrivKey.from_pem(block + b"-----END TSS2 PRIVATE KEY-----\n")
        attributes = key.public.publicArea.objectAttributes
        for needed in ("FIXEDTPM", "FIXEDPARENT", "SENSITIVEDATAORIGIN", "NODA"):
            assert attributes & getattr(tss.TPMA_OBJECT, needed)
        assert not attributes & (tss.TPMA_OBJECT.RESTRICTED | tss.TPMA_OBJECT.DECRYPT)


def test_a_restarted_tpm_serves_the_same_key_store(tpm: SoftTpm, store: KeyStore) -> None:
    secret = store.derive("vault 1")
    tpm.restart()
    assert store.derive("vault 1") == secret
    tpm.stop()
    assert code_of(store.sign(b"message")) == "key.device-absent"
    assert code_of(store.derive("vault 1")) == "key.device-absent"
    tpm.start()
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))
    assert store.derive("vault 1") == secret


@pytest.mark.rule("R-004-10")
def test_the_files_are_useless_with_another_tpm(
    tpm: SoftTpm, store: KeyStore, settings: KeyStoreSettings
) -> None:
    tpm.exchange()
    assert code_of(store.sign(b"message")) == "key.foreign-tpm"
    assert code_of(store.derive("vault 1")) == "key.foreign-tpm"
    assert code_of(open_key_store(settings)) == "key.foreign-tpm"


def test_a_cleared_tpm_takes_the_keys_with_it(
    tpm: SoftTpm, store: KeyStore, settings: KeyStoreSettings
) -> None:
    store.close()
    tpm.tool("tpm2_clear", "-c", "p")
    assert code_of(open_key_store(settings)) == "key.foreign-tpm"
    assert code_of(store.sign(b"message")) == "key.foreign-tpm"
    assert code_of(create_key_store(settings)) == "key.exists"
    wrapped(settings).unlink()
    fresh = opened(create_key_store(settings))
    assert fresh.public_spki != store.public_spki
    fresh.close()


def test_a_tpm_in_lockout_serves_the_station_all_the_same(tpm: SoftTpm, store: KeyStore) -> None:
    store.close()
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000")
    tpm.tool("tpm2_createprimary", "-Q", "-C", "o", "-c", "p.ctx")
    tpm.tool("tpm2_create", "-Q", "-C", "p.ctx", "-p", "right", "-u", "k.pub", "-r", "k.priv")
    tpm.tool("tpm2_load", "-Q", "-C", "p.ctx", "-u", "k.pub", "-r", "k.priv", "-c", "k.ctx")
    tpm.tool("tpm2_rsadecrypt", "-c", "k.ctx", "-p", "wrong", "k.pub", succeeds=False)
    state = " ".join(tpm.tool("tpm2_getcap", "properties-variable").split())
    assert "inLockout: 1" in state
    assert is_signed(store.public_spki, b"message", store.sign(b"message"))
    assert isinstance(store.derive("vault 1"), bytes)


def test_an_owner_with_a_password_is_told(tpm: SoftTpm, settings: KeyStoreSettings) -> None:
    tpm.tool("tpm2_changeauth", "-c", "o", "secret")
    assert code_of(create_key_store(settings)) == "key.tpm-owned"
    assert not wrapped(settings).exists()


def test_a_tpm_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = KeyStoreSettings(tmp_path, StoreKind.TPM, tpm="swtpm:host=127.0.0.1,port=1")
    assert code_of(create_key_store(settings)) == "key.device-absent"
    settings = replace(settings, tpm="device:/dev/no-such-tpm")
    assert code_of(create_key_store(settings)) == "key.device-absent"
    assert code_of(create_key_store(replace(settings, tpm="nonsense:"))) == "key.device-absent"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_told(tmp_path: Path, tpm: SoftTpm) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings = KeyStoreSettings(tmp_path / "file" / "key", StoreKind.TPM, tpm=tpm.tcti)
    assert code_of(create_key_store(settings)) == "key.unwritable"
    assert code_of(open_key_store(settings)) == "key.unreadable"


def test_damaged_files_are_told_apart(store: KeyStore, settings: KeyStoreSettings) -> None:
    store.close()
    path = wrapped(settings)
    good = path.read_bytes()
    assert code_of(open_key_store(replace(settings, folder=path.parent / "x"))) == "key.absent"
    first, second, _nothing = good.split(b"-----END TSS2 PRIVATE KEY-----\n")
    end = b"-----END TSS2 PRIVATE KEY-----\n"
    cases = {
        b"": "key.damaged",
        b"not a key": "key.damaged",
        good[:-40]: "key.damaged",
        good[: len(good) // 2]: "key.damaged",
        good + b"more": "key.damaged",
        first + end: "key.damaged",
        second + end + first + end: "key.wrong-kind",
        first + end + first + end: "key.wrong-kind",
        good * 40: "key.damaged",
    }
    for data, code in cases.items():
        path.write_bytes(data)
        assert code_of(open_key_store(settings)) == code, data
    path.write_bytes(good)
    opened(open_key_store(settings)).close()


def test_no_changed_byte_gets_through(store: KeyStore, settings: KeyStoreSettings) -> None:
    store.close()
    path = wrapped(settings)
    blocks = path.read_bytes().split(b"-----BEGIN TSS2 PRIVATE KEY-----\n")[1:]
    ders = [base64.b64decode(each.partition(b"-----")[0]) for each in blocks]
    dice = random.Random(4)
    for _round in range(60):
        changed = [bytearray(each) for each in ders]
        chosen = dice.choice(changed)
        chosen[dice.randrange(len(chosen))] ^= 1 << dice.randrange(8)
        path.write_bytes(
            b"".join(
                b"-----BEGIN TSS2 PRIVATE KEY-----\n"
                + base64.encodebytes(each)
                + b"-----END TSS2 PRIVATE KEY-----\n"
                for each in changed
            )
        )
        outcome = open_key_store(settings)
        if not isinstance(outcome, DeviceTrouble):
            # The form's own fields, which say nothing of the key.
            assert outcome.public_spki == store.public_spki
            outcome.close()


def test_a_key_that_came_from_outside_is_no_key_of_a_tpm(
    tpm: SoftTpm, store: KeyStore, settings: KeyStoreSettings
) -> None:
    store.close()
    loose = (
        tss.TPMA_OBJECT.USERWITHAUTH
        | tss.TPMA_OBJECT.SIGN_ENCRYPT
        | tss.TPMA_OBJECT.SENSITIVEDATAORIGIN
    )
    template = tss.TPM2B_PUBLIC.parse("ecc256:ecdsa-sha256", objectAttributes=loose)
    door = TpmDoor(tpm.tcti)
    made = door.run(lambda open_: open_.esys.create(open_.parent, None, template))
    door.close()
    assert not isinstance(made, DeviceTrouble)
    path = wrapped(settings)
    second = path.read_bytes().partition(b"-----END TSS2 PRIVATE KEY-----\n")[2]
    path.write_bytes(TSSPrivKey(made[0], made[1]).to_pem() + second)
    assert code_of(open_key_store(settings)) == "key.wrong-kind"


def test_openssl_reads_the_same_public_key(
    tpm: SoftTpm, store: KeyStore, settings: KeyStoreSettings
) -> None:
    store.close()
    read = subprocess.run(
        [
            *("openssl", "pkey", "-provider", "tpm2", "-provider", "default"),
            *("-in", str(wrapped(settings)), "-pubout", "-outform", "DER"),
        ],
        env={"TPM2OPENSSL_TCTI": tpm.tcti, "PATH": "/usr/bin"},
        capture_output=True,
        check=True,
    )
    assert read.stdout == store.public_spki


def test_threads_take_turns(store: KeyStore) -> None:
    outcomes: list[bool] = []

    def work(number: int) -> None:
        for each in range(10):
            message = bytes([number, each])
            outcomes.append(is_signed(store.public_spki, message, store.sign(message)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 40


_PROCESS = """
import sys
from pathlib import Path
from hw.keystore.opening import KeyStoreSettings, StoreKind, create_key_store, open_key_store
settings = KeyStoreSettings(Path(sys.argv[1]), StoreKind.TPM, tpm=sys.argv[2])
store = (create_key_store if sys.argv[3] == "create" else open_key_store)(settings)
for _ in range(int(sys.argv[4])):
    assert isinstance(store.sign(b"message"), bytes)
print(store.public_spki.hex(), store.derive("vault 1").hex())
print("up", flush=True)
sys.stdin.read()
print(store.derive("vault 1").hex())
"""


def test_several_processes_use_it_at_once(tmp_path: Path, tpm: SoftTpm) -> None:
    with ResourceManager(tmp_path, tpm) as manager:

        def process(verb: str, times: int) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", _PROCESS]
            return subprocess.Popen(
                [*command, str(tmp_path / "key"), manager.tcti, verb, str(times)],
                env=manager.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )

        first = process("create", 0)
        assert first.stdout is not None
        said = [first.stdout.readline(), first.stdout.readline()]
        others = [process("open", 50) for _number in range(3)]
        for other in others:
            assert other.stdout is not None
            assert [other.stdout.readline(), other.stdout.readline()] == said
        # All four hold the TPM now.
        derived = {each.communicate(timeout=30)[0] for each in (first, *others)}
    assert derived == {said[0].split()[1] + "\n"}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0x921, "key.tpm-locked"),  # TPM_RC_LOCKOUT
        (0xB0921, "key.tpm-locked"),  # the same, told by the resource manager
        (0x1DF, "key.foreign-tpm"),  # TPM_RC_INTEGRITY of the first parameter
        (0x9A2, "key.tpm-owned"),  # TPM_RC_BAD_AUTH of the first session
        (0x185, "key.tpm-owned"),  # TPM_RC_HIERARCHY of the first handle
        (0x143, "key.unsupported"),  # TPM_RC_COMMAND_CODE
        (0xA000A, "key.device-absent"),  # TSS2_TCTI_RC_IO_ERROR
        (0x101, "key.failed"),  # TPM_RC_FAILURE
        (0x902, "key.failed"),  # TPM_RC_OBJECT_MEMORY
        (0x70001, "key.failed"),  # of the library itself
    ],
)
def test_what_the_library_says_has_its_meaning(number: int, code: str) -> None:
    trouble = meaning(tss.TSS2_Exception(number))
    assert trouble.code == code
    if code == "key.failed":
        assert dict(trouble.details) == {"reason": hex(number)}
