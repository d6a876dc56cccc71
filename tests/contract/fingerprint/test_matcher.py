"""mindtct and bozorth3 in the child process: they compare, and may crash without harm."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from hw.fingerprint.gathering import agree
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.matcher import PrintReading
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.template import TEMPLATE_FORMAT, is_template
from tests.contract.fingerprint.recordings import PROGRAMS, SAMPLES, sample
from tests.emulated.fingers.impressions import GOOD, HEIGHT, WIDTH, everyday, impress
from tests.emulated.fingers.ridges import Pattern, Skin

RIGHT_INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)
WHORL = Skin(1, Pattern.WHORL)
LOOP = Skin(2, Pattern.LEFT_LOOP)


@pytest.fixture(scope="module")
def shared() -> Iterator[LibfprintMatcher]:
    matcher = LibfprintMatcher()
    yield matcher
    matcher.forget()


@pytest.fixture
def matcher(shared: LibfprintMatcher) -> LibfprintMatcher:
    assert shared.begin() is None
    return shared


def laid(skin: Skin, seed: int, **how: float) -> FingerPicture:
    impression = everyday(seed, replace(GOOD, **how)) if how else everyday(seed)  # type: ignore[arg-type]
    return FingerPicture(WIDTH, HEIGHT, 500, bytearray(impress(skin, impression)))


def read(matcher: LibfprintMatcher, picture: FingerPicture, *against: bytes) -> PrintReading:
    outcome = matcher.read(picture, against)
    assert isinstance(outcome, PrintReading)
    return outcome


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble)
    return outcome.code


def test_the_same_finger_matches_and_another_does_not(matcher: LibfprintMatcher) -> None:
    enrolled = [read(matcher, laid(WHORL, each)).data for each in range(3)]
    template = matcher.join(enrolled, RIGHT_INDEX)
    assert isinstance(template, bytes)
    assert is_template(FingerTemplate(RIGHT_INDEX, template, TEMPLATE_FORMAT, 90, 40, 3))
    assert read(matcher, laid(WHORL, 7), template).same == (True,)
    assert read(matcher, laid(LOOP, 7), template).same == (False,)
    assert agree(read(matcher, laid(WHORL, 8, turn=14, right=12), *enrolled).same)


def test_a_template_can_be_taken_apart_again(matcher: LibfprintMatcher) -> None:
    one = read(matcher, laid(WHORL, 1)).data
    two = read(matcher, laid(LOOP, 1)).data
    template = matcher.join([one, two], RIGHT_INDEX)
    assert isinstance(template, bytes)
    prints = matcher.split(template)
    assert isinstance(prints, tuple)
    assert read(matcher, laid(LOOP, 2), *prints).same == (False, True)


@pytest.mark.parametrize("name", SAMPLES)
def test_prints_of_real_people_match_themselves_only(matcher: LibfprintMatcher, name: str) -> None:
    prints = [read(matcher, sample(each)).data for each in SAMPLES]
    found = read(matcher, sample(name), *prints)
    assert found.same == tuple(each == name for each in SAMPLES)
    assert len(found.spots) > 40


def test_a_picture_of_a_finer_sensor_is_brought_to_its_size(matcher: LibfprintMatcher) -> None:
    enrolled = read(matcher, laid(WHORL, 1)).data
    coarse = laid(WHORL, 2)
    rows = [coarse.pixels[at : at + WIDTH] for at in range(0, len(coarse.pixels), WIDTH)]
    doubled = [bytes(pixel for pixel in row for _ in range(2)) for row in rows]
    pixels = bytearray(b"".join(row + row for row in doubled))
    fine = FingerPicture(2 * WIDTH, 2 * HEIGHT, 1000, pixels)
    found = read(matcher, fine, enrolled)
    assert found.same == (True,)
    assert max(x for x, _ in found.spots) > WIDTH  # in the pixels of the picture that was given


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_pictures_without_ridges_are_an_answer(matcher: LibfprintMatcher, grey: int) -> None:
    flat = FingerPicture(WIDTH, HEIGHT, 500, bytearray([grey]) * (WIDTH * HEIGHT))
    assert read(matcher, flat, read(matcher, laid(WHORL, 1)).data) == PrintReading(
        b"", (), (False,)
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (16, 16), (2000, 1)])
def test_odd_sizes_do_no_harm(matcher: LibfprintMatcher, size: tuple[int, int]) -> None:
    noise = FingerPicture(*size, 500, bytearray(os.urandom(size[0] * size[1])))
    outcome = matcher.read(noise)
    assert isinstance(outcome, (PrintReading, DeviceTrouble))
    assert read(matcher, laid(WHORL, 1)).data


@pytest.mark.parametrize(
    "data", [b"", b"FP3", b"FP3" + bytes(400), b"FP3" + b"\xff" * 4000, b"FP1" + bytes(64)]
)
def test_broken_templates_are_told(matcher: LibfprintMatcher, data: bytes) -> None:
    wanted = {"fingerprint.template-unreadable", "fingerprint.matcher-failed"}
    assert code(matcher.read(laid(WHORL, 1), [data])) in wanted
    assert code(matcher.split(data)) in wanted
    assert code(matcher.read(laid(WHORL, 1), [bytes(0x10001)])) in wanted
    assert read(matcher, laid(WHORL, 1)).data  # and nothing of it stays


def test_broken_bits_in_a_template_do_no_harm(matcher: LibfprintMatcher) -> None:
    good = read(matcher, laid(WHORL, 1)).data
    picture = laid(WHORL, 2)
    for at in range(0, len(good), 97):
        broken = bytearray(good)
        broken[at] ^= 0xFF
        outcome = matcher.read(picture, [bytes(broken)])
        assert isinstance(outcome, (PrintReading, DeviceTrouble))
    assert read(matcher, picture, good).same == (True,)


def test_a_crash_is_made_up_for(matcher: LibfprintMatcher) -> None:
    before = read(matcher, laid(WHORL, 1)).data
    os.killpg(worker(matcher), signal.SIGSEGV)
    assert read(matcher, laid(WHORL, 2), before).same == (True,)


def test_a_crash_at_each_start_ends(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(
        "#!/bin/sh\nprintf '\\0\\0\\0\\10\\0\\0\\0\\4done'; head -c 1 >&2; kill -SEGV $$\n"
    )
    script.chmod(0o755)
    failing = LibfprintMatcher(interpreter=(str(script),))
    assert failing.begin() is None
    assert code(failing.read(laid(WHORL, 1))) == "fingerprint.matcher-failed"
    failing.forget()


def test_a_hang_is_given_up() -> None:
    slow = LibfprintMatcher(seconds=0.3)
    assert slow.begin() is None
    os.killpg(worker(slow), signal.SIGSTOP)
    began = time.monotonic()
    assert code(slow.read(laid(WHORL, 1))) == "fingerprint.matcher-failed"
    assert time.monotonic() - began < 2
    assert slow.begin() is None
    slow.forget()


def test_abandoning_ends_what_is_waited_for() -> None:
    waiting = LibfprintMatcher()
    assert waiting.begin() is None
    os.killpg(worker(waiting), signal.SIGSTOP)
    threading.Timer(0.1, waiting.abandon).start()
    began = time.monotonic()
    assert code(waiting.read(laid(WHORL, 1))) == "fingerprint.abandoned"
    assert time.monotonic() - began < 2
    assert code(waiting.begin()) == "fingerprint.abandoned"
    waiting.forget()
    assert waiting.begin() is None
    waiting.forget()


def test_a_library_that_is_not_there_is_told() -> None:
    for interpreter in (("/nowhere/python3",), ("/bin/false",), ("/bin/cat",)):
        absent = LibfprintMatcher(interpreter=interpreter)
        assert code(absent.begin()) == "fingerprint.library-unusable"
        absent.forget()


def test_nobody_else_gets_to_the_door(matcher: LibfprintMatcher) -> None:
    """Law 8: the virtual sensor is in the worker alone, and its socket has no name any more."""
    number = worker(matcher)
    held = {str(each.readlink()) for each in Path(f"/proc/{number}/fd").iterdir()}
    sockets = {
        each.removeprefix("socket:[").removesuffix("]") for each in held if "socket:" in each
    }
    named = {
        columns[6]: columns[7]
        for columns in (line.split() for line in Path("/proc/net/unix").read_text().splitlines())
        if len(columns) == 8
    }
    doors = [named[each] for each in sockets if each in named]
    assert doors
    assert not any(Path(each).exists() or Path(each).parent.exists() for each in doors)


def test_nothing_stays_after_forgetting(matcher: LibfprintMatcher) -> None:
    read(matcher, laid(WHORL, 1))
    number = worker(matcher)
    matcher.forget()
    matcher.forget()
    assert not Path(f"/proc/{number}").exists()


def test_nothing_is_written_to_a_disk() -> None:
    """Law 3, as the kernel counts what a process sends to storage."""
    matcher = LibfprintMatcher()
    enrolled = read(matcher, laid(WHORL, 1)).data
    assert read(matcher, laid(WHORL, 2), enrolled).same == (True,)
    counted = Path(f"/proc/{worker(matcher)}/io").read_text().split()
    assert counted[counted.index("write_bytes:") + 1] == "0"
    matcher.forget()


def test_a_worker_ends_with_its_parent() -> None:
    """A kiosk that is killed leaves no process with prints behind."""
    script = (
        "import time; from hw.fingerprint.libfprint import LibfprintMatcher as M; m = M();"
        "m.begin(); print(m._worker._child._process.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[3]
    python = root / ".venv" / "bin" / "python"
    with subprocess.Popen([python, "-c", script], cwd=root, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not Path(f"/proc/{number}").exists():
            return
        time.sleep(0.05)
    pytest.fail("the worker is still there")


@pytest.mark.slow
def test_libfprints_own_test_of_the_virtual_driver_passes() -> None:
    """A foreign judge: the library that is installed does what its makers say."""
    prints = PROGRAMS.parents[2] / "share" / "installed-tests" / "libfprint-2" / "prints"
    done = subprocess.run(
        ["/usr/bin/python3", str(PROGRAMS / "virtual-image.py")],
        env={"FP_PRINTS_PATH": str(prints), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()


def worker(matcher: LibfprintMatcher) -> int:
    child = matcher._worker._child
    assert child is not None
    return child._process.pid
