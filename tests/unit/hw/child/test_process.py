"""A child process that answers, crashes, hangs, floods and lies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.child.frames import HEAD, frame
from hw.child.process import ChildLoss, ChildProcess

ECHO = """
import time
from hw.child.serving import Serving
serving = Serving.begin()
while (request := serving.take()) is not None:
    words = [bytes(field) for field in request.fields]
    request.wipe()
    if words[:1] == [b"hang"]:
        time.sleep(60)
    if words[:1] == [b"slow"]:
        time.sleep(0.3)
    if words[:1] == [b"print"]:
        print("what a library prints")
    if words[:1] == [b"end"]:
        break
    serving.send(words)
"""
LATER = """
import time
from hw.child.serving import Serving
serving = Serving.begin()
for number in range(3):
    serving.send([b"notice", bytes([number])])
    time.sleep(0.1)
"""
HOG = """
import ctypes
import hw.child.serving as serving
serving._ALARM_SECONDS, serving._WATCH_SECONDS = 1, 0.2
serving.Serving.begin().send([b"ready"])
ctypes.PyDLL(None).sleep(60)  # keeps the interpreter to itself
"""
DEAF = "import time; time.sleep(60)"


def started(program: str, *, longest: int = 0x10000) -> ChildProcess:
    """A child that runs this program."""
    return ChildProcess([sys.executable, "-c", program], {}, longest=longest)


@pytest.fixture
def echo() -> Iterator[ChildProcess]:
    """A child that answers with what it was asked."""
    made = started(ECHO)
    yield made
    made.end()


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_asked_is_answered(echo: ChildProcess) -> None:
    assert echo.ask((b"one", b"", bytes(5000)), soon()) == [b"one", b"", bytes(5000)]
    assert echo.ask((), soon()) == []
    assert echo.ask((b"print",), soon()) == [b"print"]
    assert echo.alive
    assert echo.lost is None


def test_more_than_a_pipe_holds_goes_through(echo: ChildProcess) -> None:
    big = os.urandom(0x8000)
    for _ in range(3):  # together more than a pipe of 64 kB
        echo.tell((b"slow", big))
    assert [echo.hear(soon()) for _ in range(3)] == [[b"slow", big]] * 3


def test_a_secret_comes_in_a_buffer_of_the_callers(echo: ChildProcess) -> None:
    assert echo.tell((b"1234",)) is None
    heard = echo.hear_secret(soon())
    assert heard == [bytearray(b"1234")]


def test_a_timeout_keeps_what_has_come() -> None:
    child = started(LATER)
    heard: list[bytes] = []
    limit = soon()
    while len(heard) < 3 and time.monotonic() < limit:
        outcome = child.hear(time.monotonic() + 0.01)
        if isinstance(outcome, ChildLoss):
            assert outcome.reason == "timeout"
        else:
            heard.append(outcome[1])
    assert heard == [b"\0", b"\1", b"\2"]
    assert child.hear(soon()) == ChildLoss("crashed", "status 0")
    child.end()


def test_no_answer_in_time_loses_the_child(echo: ChildProcess) -> None:
    outcome = echo.ask((b"hang",), soon(0.2))
    assert outcome == ChildLoss("timeout")
    assert echo.lost == outcome
    assert echo.ask((b"one",), soon()) == outcome
    assert echo.alive


def test_a_child_that_does_not_read_is_not_waited_for() -> None:
    child = started(DEAF)
    begun = time.monotonic()
    assert child.tell((bytes(0x20000),), soon(0.2)) == ChildLoss("timeout")
    assert time.monotonic() - begun < 1
    child.end()


@pytest.mark.parametrize(
    ("program", "detail"),
    [
        ("import os; os.abort()", "SIGABRT"),
        ("import sys; sys.exit(3)", "status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os, time; os.close(1); time.sleep(60)", "status None"),
    ],
)
def test_how_a_child_ended_is_told(program: str, detail: str) -> None:
    child = started(program)
    assert child.hear(soon()) == ChildLoss("crashed", detail)
    child.end()


@settings(max_examples=15, deadline=None)
@given(
    said=st.one_of(
        st.binary(min_size=1, max_size=40),
        st.lists(st.binary(max_size=9), max_size=4).map(lambda each: bytes(frame(each))),
    )
)
def test_whatever_a_child_says_is_fields_or_a_loss(said: bytes) -> None:
    program = f"import os; os.write(1, bytes.fromhex('{said.hex()}'))"
    child = started(program, longest=1000)
    for _ in range(12):
        outcome = child.hear(soon(2))
        if isinstance(outcome, ChildLoss):
            break
        assert all(isinstance(each, bytes) for each in outcome)
    assert isinstance(child.hear(soon(2)), ChildLoss)
    child.end()


def test_too_long_a_message_is_nonsense_before_it_is_read() -> None:
    child = started(f"import os; os.write(1, bytes.fromhex('{'ff' * HEAD}'))")
    assert child.hear(soon()) == ChildLoss("nonsense", "too long")
    child.end()


def test_strike_from_another_thread_ends_a_call(echo: ChildProcess) -> None:
    threading.Timer(0.1, echo.strike).start()
    assert echo.ask((b"hang",), soon(10)) == ChildLoss("crashed", "SIGKILL")


def test_what_a_child_started_is_killed_with_it() -> None:
    program = (
        "import subprocess, os, sys, time\n"
        "grandchild = subprocess.Popen(['sleep', '60'])\n"
        "os.write(1, (8).to_bytes(4, 'big') + (4).to_bytes(4, 'big')"
        " + grandchild.pid.to_bytes(4, 'big'))\n"
        "time.sleep(60)"
    )
    child = ChildProcess([sys.executable, "-c", program], {"PATH": os.environ["PATH"]})
    heard = child.hear(soon())
    assert isinstance(heard, list)
    grandchild = int.from_bytes(heard[0], "big")
    child.end()
    limit = soon()
    while time.monotonic() < limit and _runs(grandchild):
        time.sleep(0.01)
    assert not _runs(grandchild)


def _runs(number: int) -> bool:
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_nothing_stays_behind() -> None:
    before = descriptors()
    for program, farewell in ((ECHO, (b"end",)), (ECHO, ()), (DEAF, (b"end",)), ("", ())):
        child = started(program)
        child.finish(farewell) if program != DEAF else child.end()
        child.end()
        child.finish()
        assert not child.alive
        assert not Path(f"/proc/{child._process.pid}").exists()  # no zombie either
        assert isinstance(child.hear(soon(0)), ChildLoss)
        assert isinstance(child.tell((b"one",)), ChildLoss)
    assert descriptors() == before


def test_a_child_ends_with_its_parent() -> None:
    program = (
        "import sys\nfrom hw.child.process import ChildProcess\n"
        f"child = ChildProcess([sys.executable, '-c', {ECHO!r}], {{}})\n"
        "child.ask((b'one',), __import__('time').monotonic() + 5)\n"
        "import os\n"
        "number = child._process.pid.to_bytes(4, 'big')\n"
        "os.write(1, (8).to_bytes(4, 'big') + (4).to_bytes(4, 'big') + number)\n"
        "os.kill(os.getpid(), 9)"
    )
    parent = started(program)
    heard = parent.hear(soon())
    assert isinstance(heard, list)
    number = int.from_bytes(heard[0], "big")
    limit = soon()
    while time.monotonic() < limit and _runs(number):
        time.sleep(0.01)
    assert not _runs(number)
    parent.end()


def test_a_library_that_keeps_the_interpreter_is_ended_by_an_alarm() -> None:
    child = started(HOG)
    assert child.hear(soon()) == [b"ready"]
    assert child.hear(soon(8)) == ChildLoss("crashed", signal.SIGALRM.name)
    child.end()
