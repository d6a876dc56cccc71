"""A look at the sensor that nobody waits for: whoever brings a finger does not wait for its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import Finger, FingerPosition, FingerProgress, Hand
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.taking import FingerTaking

INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)
HANGS = ("/bin/sh", "-c", "exec sleep 300", "hangs")
NO_FINGER = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.unsupported")
ABSENT = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.absent")


class Parts:
    """Sensor and matcher at once: opening hangs until it is abandoned, then says what is set."""

    model = "U.are.U"

    def __init__(self) -> None:
        self.hangs = True
        self.says: DeviceTrouble | None = None
        self.opening = threading.Event()
        self.over = threading.Event()

    def open(self) -> DeviceTrouble | None:
        self.opening.set()
        if self.hangs and self.over.wait(10):
            return DeviceTrouble(TroubleKind.REFUSED, "fingerprint.abandoned")
        return self.says

    def begin(self) -> DeviceTrouble | None:
        return None

    def abandon(self) -> None:
        self.hangs = False
        self.over.set()

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_arguments: None


def nobody(_progress: FingerProgress) -> None:
    """Sees no step."""


def in_background(check: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    outcomes: list[object] = []
    thread = threading.Thread(target=lambda: outcomes.append(check()), daemon=True)
    thread.start()
    return thread, outcomes


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def taking(parts: Parts) -> FingerTaking:
    return FingerTaking(parts, parts)  # type: ignore[arg-type]  # a stand-in for both


def test_a_finger_ends_a_check_that_hangs_and_is_taken(parts: Parts, taking: FingerTaking) -> None:
    thread, outcomes = in_background(taking.check)
    assert parts.opening.wait(5)
    parts.says = NO_FINGER
    began = time.monotonic()
    assert taking.take(INDEX, nobody) == NO_FINGER
    assert time.monotonic() - began < 1
    thread.join(5)
    assert outcomes == [None]


def test_a_check_cut_short_tells_what_the_last_one_found(
    parts: Parts, taking: FingerTaking
) -> None:
    parts.hangs, parts.says = False, ABSENT
    assert taking.check() == ABSENT
    parts.hangs = True
    parts.opening.clear()
    thread, outcomes = in_background(taking.check)
    assert parts.opening.wait(5)
    parts.says = NO_FINGER
    taking.take(INDEX, nobody)
    thread.join(5)
    assert outcomes == [ABSENT]
    assert taking.check() == NO_FINGER


def test_once_closed_a_check_ends_and_nothing_begins(parts: Parts, taking: FingerTaking) -> None:
    thread, outcomes = in_background(taking.check)
    assert parts.opening.wait(5)
    taking.close()
    thread.join(5)
    assert outcomes == [None]
    parts.opening.clear()
    assert taking.check() is None
    outcome = taking.take(INDEX, nobody)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "fingerprint.abandoned"
    assert not parts.opening.is_set()


def test_a_library_that_hangs_at_its_start_is_let_go_at_once() -> None:
    taking = FingerTaking(LibfprintSource(interpreter=HANGS), LibfprintMatcher(interpreter=HANGS))
    thread, outcomes = in_background(taking.check)
    time.sleep(0.3)
    began = time.monotonic()
    taking.close()
    thread.join(5)
    assert outcomes == [None]
    assert time.monotonic() - began < 2


def test_a_driver_that_hangs_while_it_is_opened_is_let_go_at_once() -> None:
    source = LibfprintSource(interpreter=HANGS)
    thread, outcomes = in_background(source.open)
    time.sleep(0.3)
    source.abandon()
    thread.join(2)
    source.close()
    assert [each.code for each in outcomes if isinstance(each, DeviceTrouble)] == [
        "fingerprint.abandoned"
    ]
