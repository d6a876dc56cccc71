"""A worker that was taken over by its module: whatever it answers, the door gives a value."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw.child.frames import HEAD, frame
from hw.errors import DeviceTrouble
from hw.pkcs11.door import Token, TokenDoor
from hw.pkcs11.wire import DONE, Signing, TokenState

FORGER = """
import sys
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))
sys.stdout.buffer.flush()
sys.stdin.buffer.read1()
"""
GREETING = bytes(frame((DONE,)))
TOKEN = Token(1, "reader", TokenState.KNOWN)


class Forger(subprocess.Popen[bytes]):
    """A process in the worker's place: greets, then says `answer`, whatever it is asked."""

    answer = b""

    def __init__(self, command: list[str], **more: object) -> None:
        del command
        program = [sys.executable, "-c", FORGER, (GREETING + Forger.answer).hex()]
        super().__init__(program, **more)  # type: ignore[call-overload]  # as it was asked


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TokenDoor]:
    module = tmp_path / "module.so"
    module.touch()
    monkeypatch.setattr("hw.child.process.subprocess.Popen", Forger)
    with TokenDoor(module, seconds=2.0) as made:
        yield made


ANSWERS = st.one_of(
    st.binary(max_size=60),
    st.lists(st.binary(max_size=12), max_size=7).map(lambda fields: bytes(frame(fields))),
    st.lists(st.binary(max_size=12), max_size=7).map(lambda fields: bytes(frame([DONE, *fields]))),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(answer=ANSWERS.filter(lambda each: len(each) > HEAD), call=st.integers(0, 3))
def test_any_answer_gives_a_value_or_trouble(door: TokenDoor, answer: bytes, call: int) -> None:
    door.close()
    Forger.answer = answer + bytes(64)
    calls = (
        door.tokens,
        lambda: door.certificates(TOKEN),
        lambda: door.log_in(TOKEN, "12345"),
        lambda: door.sign(TOKEN, b"1", Signing.RSA_SHA256, b"message"),
    )
    outcome = calls[call]()
    if isinstance(outcome, DeviceTrouble):
        assert outcome.code.startswith("token.")
        assert all(value.isascii() and value.isprintable() for _, value in outcome.details)
