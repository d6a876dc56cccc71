"""A driver's child that was taken over by its library: whatever it says, the source gives a value."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from enum import Enum, auto

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hw.child.frames import frame
from hw.errors import DeviceTrouble
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.uru4000_source import Uru4000Source

FORGER = """
import sys
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))
sys.stdout.buffer.flush()
sys.stdin.buffer.read1()
"""
CHATTERBOX = """
import sys
sys.stdout.buffer.write(bytes.fromhex("0000000f00000005726561647900000002000a"))
while True:
    sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))
    sys.stdout.buffer.flush()
"""
HUNG = """
import sys, time
sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))
sys.stdout.buffer.flush()
time.sleep(300)
"""
GREETING = bytes(frame((b"ready", b"\x00\x0a")))
FIRST = (1).to_bytes(8, "big")


class Call(Enum):
    """What is called when it is said."""

    OPEN = auto()
    PICTURE = auto()
    LIFT = auto()


class Forger(subprocess.Popen[bytes]):
    """A process in the child's place: says `said`, whatever it is asked."""

    said = b""

    def __init__(self, command: list[str], **more: object) -> None:
        del command
        program = [sys.executable, "-c", FORGER, Forger.said.hex()]
        super().__init__(program, **more)  # type: ignore[call-overload]  # as it was asked


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Uru4000Source]:
    monkeypatch.setattr("hw.child.process.subprocess.Popen", Forger)
    made = Uru4000Source()
    yield made
    made.close()


WORDS = st.sampled_from(
    [b"ready", b"waiting", b"touched", b"taken", b"lifted", b"stopped", b"trouble"]
)
FIELDS = st.lists(
    st.one_of(WORDS, st.just(FIRST), st.just(b"fingerprint.removed"), st.binary(max_size=6)),
    max_size=6,
)
SAID = st.one_of(st.binary(min_size=5, max_size=60), FIELDS.map(lambda each: bytes(frame(each))))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=SAID, call=st.sampled_from(Call))
@example(bytes(frame([b"taken", FIRST, b"\0\2", b"\0\2", b"\2\0", b"1234"])), Call.PICTURE)
@example(bytes(frame([b"taken", FIRST, b"\0\2", b"\0\3", b"\2\0", b"1234"])), Call.PICTURE)
@example(bytes(frame([b"trouble", b"fingerprint.removed", b"a\nb"])), Call.OPEN)
def test_anything_said_is_a_value(source: Uru4000Source, said: bytes, call: Call) -> None:
    source.close()
    Forger.said = (b"" if call is Call.OPEN else GREETING) + said + bytes(frame([b"\xff" * 9]))
    begun = time.monotonic()
    outcome: object = source.open()
    if outcome is None:
        deadline = time.monotonic() + 0.3
        if call is Call.LIFT:
            outcome = source.await_lift(deadline)
        else:
            outcome = source.picture(lambda _: None, deadline)
    assert time.monotonic() - begun < 6
    if isinstance(outcome, DeviceTrouble):
        assert outcome.code.startswith("fingerprint.")
        assert all(value.isascii() and value.isprintable() for _, value in outcome.details)
    else:
        assert outcome is None or isinstance(outcome, FingerPicture)


def test_a_picture_that_is_whole_is_taken(source: Uru4000Source) -> None:
    whole = [b"taken", FIRST, b"\0\2", b"\0\2", b"\2\0", b"1234"]
    Forger.said = GREETING + bytes(frame(whole))
    assert source.open() is None
    picture = source.picture(lambda _: None, time.monotonic() + 2)
    assert isinstance(picture, FingerPicture)
    assert bytes(picture.pixels) == b"1234"
    assert "1234" not in repr(picture)


def test_a_child_that_chats_for_ever_is_ended(
    monkeypatch: pytest.MonkeyPatch, source: Uru4000Source
) -> None:
    monkeypatch.setattr("hw.fingerprint.uru4000_source._STOP_SECONDS", 0.2)
    monkeypatch.setattr(sys.modules[__name__], "FORGER", CHATTERBOX)
    Forger.said = bytes(frame([b"waiting", FIRST])) * 500
    assert source.open() is None
    begun = time.monotonic()
    outcome = source.picture(lambda _: None, begun + 0.2)
    assert time.monotonic() - begun < 2
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "fingerprint.timeout"


@pytest.mark.parametrize("call", [Call.PICTURE, Call.LIFT])
def test_a_driver_that_hangs_is_killed_soon_after_it_is_abandoned(
    monkeypatch: pytest.MonkeyPatch, source: Uru4000Source, call: Call
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "FORGER", HUNG)
    Forger.said = GREETING
    assert source.open() is None
    deadline = time.monotonic() + 60
    outcomes: list[object] = []

    def wait() -> None:
        if call is Call.LIFT:
            outcomes.append(source.await_lift(deadline))
        else:
            outcomes.append(source.picture(lambda _: None, deadline))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    time.sleep(0.2)
    source.abandon()
    thread.join(2.5)
    assert [each.code for each in outcomes if isinstance(each, DeviceTrouble)] == [
        "fingerprint.abandoned"
    ]
    source.close()
    assert source.open() is None  # another child serves the next person


def test_a_child_that_cannot_be_started_is_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    trouble = Uru4000Source().open()
    assert trouble is not None
    assert trouble.code == "fingerprint.crashed"
