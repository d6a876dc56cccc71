"""The door over SoftHSM2, and over a module that does what modules do at the counter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.document_readings import PinTries
from hw.errors import DeviceTrouble
from hw.pkcs11.door import Token, TokenCertificate, TokenDoor
from hw.pkcs11.wire import Signing, TokenState
from tests.emulated.cards.cns_certificates import rsa_key
from tests.emulated.faulty_module import Call, fault, flags, forks, named
from tests.emulated.soft_token import MODULE, PIN, SoftTokens
from tests.unit.hw.pkcs11.conftest import EC_KEY

KEY = b"\x01"
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
MOST_SECONDS = 5.0


def known(door: TokenDoor) -> list[Token]:
    tokens = door.tokens()
    assert not isinstance(tokens, DeviceTrouble), tokens
    return [token for token in tokens if token.known]


def sign_in(door: TokenDoor, token: Token, pin: str = PIN) -> DeviceTrouble | None:
    """Present the PIN as who knows that tries are left: SoftHSM2 tells nothing of them."""
    return door.log_in(token, pin, heed_flags=False)


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code


def signatures(door: TokenDoor, token: Token) -> list[bytes]:
    """What the token signs with each way that its key has."""
    made = [door.sign(token, KEY, way, b"message") for way in Signing]
    return [signature for signature in made if isinstance(signature, bytes)]


def workers() -> set[int]:
    """Worker processes that live."""
    listed = subprocess.run(
        ["pgrep", "-f", "-P", str(os.getpid()), "hw.pkcs11.worker"],
        capture_output=True,
        check=False,
    )
    return {int(line) for line in listed.stdout.split()}


def test_several_slots_are_told_apart_and_a_blank_one_is_not_known(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        listed = door.tokens()
        assert isinstance(listed, tuple)
        assert [token.known for token in listed] == [True, True, False]
        assert len({token.slot for token in listed}) == 3
        assert listed[0].state == TokenState.KNOWN | TokenState.PIN_SET


def test_rsa_and_ec_keys_sign(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        sizes = set()
        for token in known(door):
            assert sign_in(door, token, PIN) is None
            (signature,) = signatures(door, token)
            sizes.add(len(signature))
            if len(signature) == 64:
                r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
                EC_KEY.public_key().verify(
                    encode_dss_signature(r, s), b"message", ec.ECDSA(hashes.SHA256())
                )
            else:
                rsa_key(2048, 2).public_key().verify(
                    signature, b"message", padding.PKCS1v15(), hashes.SHA256()
                )
        assert sizes == {64, 256}


def test_certificates_need_no_pin_and_show_nobody(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        certificates = door.certificates(token)
        assert isinstance(certificates, tuple)
        (certificate,) = certificates
        assert certificate.key == KEY
        assert b"RSSMRA80A01H501U" in certificate.der
        assert "RSS" not in repr(certificates) + repr(token)
        assert repr(TokenCertificate(b"", b"")) == "TokenCertificate(...)"


def test_the_longest_rsa_key_is_known_before_the_pin(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        bits = door.rsa_bits(known(door)[0])
        assert isinstance(bits, int)
        assert bits >= 4096
        assert code(door.rsa_bits(Token(99, "gone", TokenState.KNOWN))) == "token.removed"


def test_without_a_pin_nothing_is_signed(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert code(door.sign(token, KEY, Signing.RSA_SHA256, b"m")) == "token.not-signed-in"
        assert code(sign_in(door, token, "000000")) == "token.pin-wrong"
        assert code(door.sign(token, KEY, Signing.RSA_SHA256, b"m")) == "token.not-signed-in"
        assert code(sign_in(door, token, "1")) in {"token.pin-form", "token.pin-wrong"}


@pytest.mark.parametrize("pin", ["", "1" * 65, "1234\ud800"])
def test_what_can_be_no_pin_is_not_presented(tokens: SoftTokens, pin: str) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        assert code(sign_in(door, known(door)[0], pin)) == "token.pin-form"


def test_a_wrong_pin_signs_out_who_was_signed_in(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert sign_in(door, token, PIN) is None
        assert signatures(door, token)
        assert code(sign_in(door, token, "000000")) == "token.pin-wrong"
        assert signatures(door, token) == []


def test_a_key_that_is_not_there_is_told(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert sign_in(door, token, PIN) is None
        assert code(door.sign(token, b"\x07", Signing.RSA_SHA256, b"m")) == "token.no-key"


def test_a_large_message_is_signed_and_one_too_large_is_a_bug(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert sign_in(door, token, PIN) is None
        ways = [door.sign(token, KEY, way, bytes(60000)) for way in Signing]
        assert any(isinstance(signature, bytes) for signature in ways)
        with pytest.raises(ValueError, match="too long"):
            door.sign(token, KEY, Signing.RSA_SHA256, bytes(70000))


def test_no_token_is_an_empty_list(tmp_path: Path) -> None:
    empty = SoftTokens.make(tmp_path / "store")
    with TokenDoor(MODULE, environment=empty.environment) as door:
        assert known(door) == []


def test_a_token_that_was_taken_away_signs_no_more(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert sign_in(door, token, PIN) is None
        tokens.remove()
        answers = {code(door.sign(token, KEY, way, b"m")) for way in Signing}
        assert answers <= {"token.removed", "token.not-signed-in", "token.no-key"}
        assert code(sign_in(door, token, PIN)) == "token.removed"
        assert code(door.certificates(token)) == "token.removed"


def test_a_slot_that_is_gone_is_told(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = Token(99, "gone", TokenState.KNOWN)
        assert code(door.pin_tries(token)) == "token.removed"
        assert code(door.certificates(token)) == "token.removed"
        assert code(sign_in(door, token, PIN)) == "token.removed"


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    with TokenDoor(tmp_path / "nothing.so") as door:
        assert code(door.tokens()) == "token.module-absent"


@pytest.mark.parametrize("library", ["libc.so.6", "text"])
def test_a_library_that_is_no_module_is_told(tmp_path: Path, library: str) -> None:
    path = Path("/usr/lib/x86_64-linux-gnu") / library
    if library == "text" or not path.is_file():
        path = tmp_path / "text.so"
        path.write_text("not a library")
    with TokenDoor(path) as door:
        assert code(door.tokens()) == "token.module-unusable"
        assert code(door.tokens()) == "token.module-unusable", "asked again, told again"


@pytest.mark.parametrize("call", [Call.INITIALIZE, Call.GET_SLOT_LIST, Call.GET_TOKEN_INFO])
@pytest.mark.parametrize("deed", ["crash", "abort", "exit"])
def test_a_module_may_crash_anywhere(
    tokens: SoftTokens, faulty: Path, call: Call, deed: str
) -> None:
    environment = {**tokens.environment, **fault(call, deed)}
    with TokenDoor(faulty, environment=environment) as door:
        outcome = door.tokens()
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.code == "token.crashed"
        reasons = {"crash": "SIGSEGV", "abort": "SIGABRT", "exit": "status 0"}
        assert dict(outcome.details)["reason"] == reasons[deed]
    assert workers() == set()


@pytest.mark.parametrize("call", [Call.LOGIN, Call.SIGN_INIT, Call.SIGN])
def test_after_a_crash_the_next_call_finds_a_new_worker_signed_out(
    tokens: SoftTokens, faulty: Path, call: Call
) -> None:
    environment = {**tokens.environment, **fault(call, "crash")}
    with TokenDoor(faulty, environment=environment) as door:
        token = known(door)[0]
        outcomes = [sign_in(door, token, PIN)]
        outcomes += [door.sign(token, KEY, way, b"m") for way in Signing]  # type: ignore[misc]
        codes = [code(outcome) for outcome in outcomes if outcome is not None]
        assert "token.crashed" in codes
        assert code(door.sign(token, KEY, Signing.RSA_SHA256, b"m")) == "token.not-signed-in"
        assert known(door)[0] == token


@pytest.mark.parametrize("call", [Call.INITIALIZE, Call.GET_SLOT_LIST])
def test_a_module_that_hangs_is_killed_in_time(
    tokens: SoftTokens, faulty: Path, call: Call
) -> None:
    environment = {**tokens.environment, **fault(call, "hang")}
    with TokenDoor(faulty, seconds=0.6, environment=environment) as door:
        began = time.monotonic()
        assert code(door.tokens()) == "token.timeout"
        assert time.monotonic() - began < MOST_SECONDS
        assert workers() == set()


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("", None),
        ("hang", "token.timeout"),
        ("exit", "token.crashed"),
        ("crash", "token.crashed"),
        ("0x6", "token.failed"),
    ],
)
def test_what_a_module_starts_ends_with_its_worker(
    tokens: SoftTokens, faulty: Path, tmp_path: Path, then: str, expected: str | None
) -> None:
    """Also where the worker ended before: in time, by itself, or by a crash."""
    numbers = tmp_path / "numbers"
    environment = {**tokens.environment, **forks(Call.GET_SLOT_LIST, numbers, then)}
    with TokenDoor(faulty, seconds=2.0, environment=environment) as door:
        began = time.monotonic()
        outcome = door.tokens()
        assert (outcome.code if isinstance(outcome, DeviceTrouble) else None) == expected
        if expected == "token.crashed":
            assert time.monotonic() - began < 1.5, "the pipe that the other one holds is not heard"
    started = [int(line) for line in numbers.read_text().split()]
    assert started, "nothing was started"
    assert [each for each in started if lives(each)] == []
    assert workers() == set()


def lives(process: int) -> bool:
    """Whether it runs a little later; a zombie, which nobody here can reap, does not."""
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in {"Z", "X"}:
            return False
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)
    return True


@pytest.mark.parametrize("name", [b"Lettore \xe0 contatto", b"\xff" * 64, b"\xc3\x28 \x00\x07"])
def test_a_slot_name_that_is_no_text_is_told_all_the_same(
    tokens: SoftTokens, faulty: Path, name: bytes
) -> None:
    with TokenDoor(faulty, environment={**tokens.environment, **named(name)}) as door:
        (first, *_) = known(door)
        assert first.reader.startswith(name[:1].decode(errors="replace"))
        assert isinstance(door.certificates(first), tuple)
        assert sign_in(door, first) is None


def test_a_module_that_chatters_does_not_disturb_the_answers(
    tokens: SoftTokens, faulty: Path
) -> None:
    environment = {**tokens.environment, **fault(Call.GET_SLOT_LIST, "chatter")}
    with TokenDoor(faulty, environment=environment) as door:
        assert len(known(door)) == 2


@pytest.mark.parametrize("while_starting", [True, False])
def test_a_call_can_be_abandoned(tokens: SoftTokens, faulty: Path, *, while_starting: bool) -> None:
    call = Call.INITIALIZE if while_starting else Call.GET_SLOT_LIST
    environment = {**tokens.environment, **fault(call, "hang")}
    with TokenDoor(faulty, environment=environment) as door:
        outcomes: list[object] = []
        callers = [
            threading.Thread(target=lambda: outcomes.append(door.tokens())) for _ in range(3)
        ]
        for caller in callers:
            caller.start()
        time.sleep(0.5)
        began = time.monotonic()
        door.abandon()
        for caller in callers:
            caller.join()
        assert time.monotonic() - began < MOST_SECONDS
        assert [code(outcome) for outcome in outcomes] == ["token.abandoned"] * 3


def test_what_is_abandoned_stays_so_until_it_is_closed(tokens: SoftTokens) -> None:
    """An action has several calls: the one that comes next must not begin it again."""
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        door.abandon()
        assert code(sign_in(door, token, PIN)) == "token.abandoned"
        assert code(door.tokens()) == "token.abandoned"
        door.close()
        assert sign_in(door, token, PIN) is None


def test_closing_abandons_what_is_under_way(tokens: SoftTokens, faulty: Path) -> None:
    environment = {**tokens.environment, **fault(Call.GET_SLOT_LIST, "hang")}
    door = TokenDoor(faulty, environment=environment)
    outcomes: list[object] = []
    caller = threading.Thread(target=lambda: outcomes.append(door.tokens()))
    caller.start()
    time.sleep(0.4)
    door.close()
    caller.join()
    assert [code(outcome) for outcome in outcomes] == ["token.abandoned"]
    door.close()
    assert workers() == set()


def test_a_worker_that_is_killed_between_two_calls_is_replaced(tokens: SoftTokens) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as door:
        token = known(door)[0]
        assert sign_in(door, token, PIN) is None
        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)
        time.sleep(0.1)
        assert code(door.sign(token, KEY, Signing.RSA_SHA256, b"m")) == "token.not-signed-in"
        assert signatures(door, token) == []
        assert sign_in(door, token, PIN) is None
        assert signatures(door, token)


@pytest.mark.parametrize(
    ("value", "tries"),
    [
        (0, PinTries(left=None, last=False, blocked=False)),
        (COUNT_LOW, PinTries(left=None, last=False, blocked=False)),
        (FINAL_TRY, PinTries(left=1, last=True, blocked=False)),
        (LOCKED, PinTries(left=0, last=False, blocked=True)),
    ],
)
def test_the_tries_are_those_of_the_flags(
    tokens: SoftTokens, faulty: Path, value: int, tries: PinTries
) -> None:
    with TokenDoor(faulty, environment={**tokens.environment, **flags(value)}) as door:
        token = known(door)[0]
        assert token.pin_tries == tries
        assert token.tells_tries == (value != 0)
        assert door.pin_tries(token) == tries


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (FINAL_TRY, "token.pin-last-try"),
        (COUNT_LOW | FINAL_TRY, "token.pin-last-try"),
        (LOCKED, "token.pin-blocked"),
        (COUNT_LOW | LOCKED, "token.pin-blocked"),
        (0, "token.tries-untold"),
    ],
)
@pytest.mark.parametrize("pin", [PIN, "000000"], ids=["right", "wrong"])
def test_the_last_try_is_never_spent_nor_one_that_nobody_tells(
    tokens: SoftTokens, faulty: Path, tmp_path: Path, value: int, expected: str, pin: str
) -> None:
    trace = tmp_path / "logins"
    environment = {**tokens.environment, **flags(value), "FAULTY_TRACE": str(trace)}
    with TokenDoor(faulty, environment=environment) as door:
        token = known(door)[0]
        assert code(door.log_in(token, pin)) == expected
        assert not trace.exists(), "C_Login was called"
        assert door.log_in(token, PIN, heed_flags=False) is None
        assert trace.read_text() == "x"


@pytest.mark.parametrize("reader", ["", "Another reader", "SoftHSM slot"])
def test_a_slot_that_is_another_readers_by_now_gets_no_pin(
    tokens: SoftTokens, faulty: Path, tmp_path: Path, reader: str
) -> None:
    trace = tmp_path / "logins"
    environment = {**tokens.environment, **flags(COUNT_LOW), "FAULTY_TRACE": str(trace)}
    with TokenDoor(faulty, environment=environment) as door:
        token = known(door)[0]
        assert code(door.log_in(replace(token, reader=reader), PIN)) == "token.removed"
        assert not trace.exists(), "C_Login was called"
        assert door.log_in(token, PIN) is None


def test_a_module_that_tells_of_tries_left_is_believed(tokens: SoftTokens, faulty: Path) -> None:
    with TokenDoor(faulty, environment={**tokens.environment, **flags(COUNT_LOW)}) as door:
        token = known(door)[0]
        assert code(door.log_in(token, "000000")) == "token.pin-wrong"
        assert door.log_in(token, PIN) is None


@pytest.mark.parametrize(
    ("call", "value", "expected"),
    [
        (Call.LOGIN, "0xA4", "token.pin-blocked"),
        (Call.LOGIN, "0xA2", "token.pin-form"),
        (Call.LOGIN, "0x102", "token.pin-unset"),
        (Call.LOGIN, "0x32", "token.removed"),
        (Call.LOGIN, "0x5", "token.failed"),
        (Call.LOGIN, "0x8FFFFFFF", "token.failed"),
        (Call.SIGN_INIT, "0x54", "token.unsupported-card"),
        (Call.SIGN_INIT, "0x70", "token.unsupported-card"),
        (Call.SIGN, "0x21", "token.unsupported-card"),
        (Call.SIGN, "0x30", "token.failed"),
        (Call.SIGN, "0xE0", "token.removed"),
        (Call.SIGN, "0xB3", "token.removed"),
        (Call.SIGN, "0x101", "token.not-signed-in"),
        (Call.SIGN, "0x6", "token.failed"),
        (Call.GET_SLOT_LIST, "0x5", "token.failed"),
    ],
)
def test_each_return_value_has_its_code(
    tokens: SoftTokens, faulty: Path, call: Call, value: str, expected: str
) -> None:
    with TokenDoor(MODULE, environment=tokens.environment) as sound:
        token, key_type = _signer(sound)
    environment = {**tokens.environment, **fault(call, value)}
    with TokenDoor(faulty, environment=environment) as door:
        steps: list[Callable[[], object]] = [
            door.tokens,
            lambda: sign_in(door, token, PIN),
            lambda: door.sign(token, KEY, key_type, b"m"),
        ]
        outcomes = [step() for step in steps]
        codes = [each.code for each in outcomes if isinstance(each, DeviceTrouble)]
        assert codes[0] == expected


def _signer(door: TokenDoor) -> tuple[Token, Signing]:
    token = known(door)[0]
    assert sign_in(door, token, PIN) is None
    for way in Signing:
        if isinstance(door.sign(token, KEY, way, b"m"), bytes):
            return token, way
    raise AssertionError("no way to sign")


def test_the_worker_is_sealed_and_knows_no_pin_from_outside(tokens: SoftTokens) -> None:
    os.environ["SPORTELLO_TEST_SECRET"] = "not for the module"
    try:
        with TokenDoor(MODULE, environment=tokens.environment) as door:
            token = known(door)[0]
            assert sign_in(door, token, PIN) is None
            (worker,) = workers()
            process = Path(f"/proc/{worker}")
            assert PIN.encode() not in (process / "cmdline").read_bytes()
            surroundings = (process / "environ").read_bytes()
            assert PIN.encode() not in surroundings
            names = {line.split(b"=")[0] for line in surroundings.split(b"\0") if line}
            assert names <= {b"SOFTHSM2_CONF", b"PCSCLITE_CSOCK_NAME", b"OPENSC_CONF", b"LC_CTYPE"}
            limits = (process / "limits").read_text()
            (core,) = [line for line in limits.splitlines() if line.startswith("Max core")]
            assert core.split()[4:6] == ["0", "0"]
    finally:
        del os.environ["SPORTELLO_TEST_SECRET"]


PARENT = """
import sys, time
from pathlib import Path
from hw.pkcs11.door import TokenDoor
door = TokenDoor(Path(sys.argv[1]), environment=dict(pair.split("=", 1) for pair in sys.argv[2:]))
print("asking", flush=True)
door.tokens()
"""


def test_a_worker_ends_with_the_program_even_where_its_module_hangs(
    tokens: SoftTokens, faulty: Path
) -> None:
    environment = {**tokens.environment, **fault(Call.GET_SLOT_LIST, "hang")}
    pairs = [f"{name}={value}" for name, value in environment.items()]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(faulty), *pairs], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "asking\n"
        time.sleep(0.6)
        listed = subprocess.run(
            ["pgrep", "-P", str(parent.pid)], capture_output=True, text=True, check=True
        )
        (worker,) = listed.stdout.split()
        parent.kill()
    deadline = time.monotonic() + MOST_SECONDS
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{worker}").exists()
