"""Pictures of a network camera through a real child: shown, lost in every way, and shown again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from hw.camera.camera import CameraPatience, ChildCamera
from hw.camera.wire import CameraSettings
from hw.pictures import Frame, PixelFormat
from tests.emulated.camera.mjpeg import CameraFault, EmulatedCamera, jpeg

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SERVICE_SECONDS = 10.0
SMALL = 320, 240
QUICK = CameraPatience(opening=1.0, first=1.0, silence=1.0, start=3.0)


def corners() -> Image.Image:
    """Four quarters: red, green, blue, white, by rows."""
    made = Image.frombytes("RGB", (2, 2), bytes((*RED, *GREEN, *BLUE, *WHITE)))
    return made.resize(SMALL, Image.Resampling.NEAREST)


def seen_corners(frame: Frame) -> list[tuple[int, int, int] | None]:
    """The quarters of a picture, by rows; None for a colour that is none of ours."""
    found: list[tuple[int, int, int] | None] = []
    for y in (frame.height // 4, frame.height * 3 // 4):
        for x in (frame.width // 4, frame.width * 3 // 4):
            at = (y * frame.width + x) * 3
            pixel = frame.pixels[at : at + 3]
            near = [c for c in (RED, GREEN, BLUE, WHITE) if _distance(pixel, c) < 12]
            found.append(near[0] if near else None)
    return found


def _distance(one: bytes | bytearray, two: tuple[int, int, int]) -> int:
    return max(abs(a - b) for a, b in zip(one, two, strict=True))


def until(condition: Callable[[], object], seconds: float = SERVICE_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def picture(camera: ChildCamera, after: int = -1) -> Frame:
    frames: list[Frame] = []

    def came() -> bool:
        frame = camera.latest(after)
        if frame is not None:
            frames.append(frame)
        return bool(frames)

    assert until(came)
    return frames[0]


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


_others: set[int] = set()
"""Children of tests before: what one of them left must not fail all that come behind it."""


@pytest.fixture(autouse=True)
def _only_ones_own() -> None:
    _others.clear()
    _others.update(children())


def children() -> set[int]:
    """The processes that this test started and that are not reaped."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            found.update(map(int, (thread / "children").read_text().split()))
    return found - _others


@contextlib.contextmanager
def running(
    settings: CameraSettings, patience: CameraPatience | None = None
) -> Iterator[ChildCamera]:
    camera = ChildCamera(settings, patience=patience)
    try:
        assert camera.start() is None
        yield camera
    finally:
        camera.stop()


@pytest.fixture
def emulated() -> Iterator[EmulatedCamera]:
    with EmulatedCamera(size=SMALL) as camera:
        camera.show(corners())
        yield camera


def settings(emulated: EmulatedCamera, **more: int | bool) -> CameraSettings:
    wanted = {"width": SMALL[0], "height": SMALL[1]} | more
    return CameraSettings(emulated.address, **wanted)  # type: ignore[arg-type]  # by name


def test_pictures_come_fresh_in_their_colours_at_their_rate_and_are_gone_with_stop(
    emulated: EmulatedCamera,
) -> None:
    open_before = descriptors()
    with running(settings(emulated)) as camera:
        assert camera.start() is None
        frame = picture(camera)
        assert seen_corners(frame) == [RED, GREEN, BLUE, WHITE]
        assert (frame.width, frame.height, frame.format) == (*SMALL, PixelFormat.RGB)
        grey = camera.latest_grey()
        assert grey is not None
        assert [grey.pixels[60 * 320 + x] for x in (80, 240)] == pytest.approx([76, 150], abs=4)
        assert camera.latest(after=1 << 40) is None
        assert until(lambda: camera.statistics().pictures > 35)
        # A busy machine may stop us for a moment, but not each time.
        assert until(lambda: camera.statistics().rate == pytest.approx(30, rel=0.25))
        assert until(
            lambda: time.monotonic() - picture(camera, picture(camera).number).taken_at < 0.2
        )
        assert camera.trouble() is None
        assert camera.look() is None
        assert camera.model == "Motion JPEG"
        assert camera.statistics().children == 1
    assert camera.latest() is None
    assert camera.trouble() is None
    assert not children()
    camera.stop()
    assert until(lambda: descriptors() <= open_before, 1)


def test_it_can_be_started_again_and_costs_nothing_between(emulated: EmulatedCamera) -> None:
    camera = ChildCamera(settings(emulated))
    for _ in range(2):
        assert camera.start() is None
        assert camera.latest() is not None
        camera.stop()
        assert not children()
        assert camera.look() is None


@pytest.mark.parametrize(
    ("turned", "mirrored", "expected"),
    [
        (90, False, [BLUE, RED, WHITE, GREEN]),
        (180, True, [BLUE, WHITE, RED, GREEN]),
        (270, False, [GREEN, WHITE, RED, BLUE]),
        (90, True, [RED, BLUE, GREEN, WHITE]),
    ],
)
def test_pictures_are_turned_clockwise_then_mirrored(
    emulated: EmulatedCamera, turned: int, *, mirrored: bool, expected: list[tuple[int, int, int]]
) -> None:
    wanted = settings(emulated, width=240, height=320, turned=turned, mirrored=mirrored)
    if turned in {0, 180}:
        wanted = settings(emulated, turned=turned, mirrored=mirrored)
    with running(wanted) as camera:
        frame = picture(camera)
        assert seen_corners(frame) == expected
        assert (frame.width, frame.height) == (wanted.width, wanted.height)


@pytest.mark.parametrize(("wanted", "given"), [((4096, 4096), SMALL), ((97, 120), (97, 72))])
def test_what_is_too_large_is_scaled_to_fit(
    emulated: EmulatedCamera, wanted: tuple[int, int], given: tuple[int, int]
) -> None:
    with running(settings(emulated, width=wanted[0], height=wanted[1])) as camera:
        frame = picture(camera)
        assert (frame.width, frame.height) == given
        assert seen_corners(frame) == [RED, GREEN, BLUE, WHITE]


def test_no_more_pictures_than_wanted_are_decoded_and_those_are_the_newest() -> None:
    with EmulatedCamera(size=SMALL, rate=60) as emulated:
        emulated.show(corners())
        with running(settings(emulated, rate=10)) as camera:
            assert until(lambda: camera.statistics().pictures > 12)
            assert camera.statistics().rate < 13
            assert camera.statistics().skipped > 20
            assert time.monotonic() - picture(camera, picture(camera).number).taken_at < 0.2


FAULTS = {
    CameraFault.FROZEN: "camera.no-pictures",
    CameraFault.GARBAGE: "camera.no-pictures",
    CameraFault.TRICKLES: "camera.no-pictures",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_noticed_and_pictures_come_again_by_themselves(
    emulated: EmulatedCamera, fault: CameraFault
) -> None:
    with running(settings(emulated)) as camera:
        last = picture(camera).number
        began = time.monotonic()
        emulated.fail(fault)
        assert until(camera.trouble)
        assert time.monotonic() - began < 3
        trouble = camera.trouble()
        assert trouble is not None
        assert trouble.code == FAULTS[fault]
        emulated.fail(CameraFault.NONE)
        assert until(lambda: camera.trouble() is None)
        assert picture(camera, last).number > last
        told = camera.statistics()
        assert told.faults == 1
        assert told.seconds_to_service is not None
        assert told.seconds_to_service < SERVICE_SECONDS


def test_a_camera_that_goes_away_again_and_again_comes_back_by_itself(
    emulated: EmulatedCamera,
) -> None:
    with running(settings(emulated)) as camera:
        last = picture(camera).number
        for number in range(1, 4):
            emulated.go_away()
            assert until(camera.trouble, 3)
            trouble = camera.trouble()
            assert trouble is not None
            assert trouble.code == "camera.unreachable"
            looked = camera.look()
            assert looked is not None
            emulated.come_back()
            assert until(lambda: camera.trouble() is None)
            last = picture(camera, last).number
            assert camera.statistics().faults == number
        assert camera.statistics().children == 1


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_camera_is_lost_two_hundred_times_in_every_way(emulated: EmulatedCamera) -> None:
    dice = random.Random(200)
    ways = ["away", "frozen", "garbage", "killed", "stopped"]
    slowest = dict.fromkeys(ways, 0.0)
    with running(settings(emulated)) as camera:
        open_before = descriptors()
        last = picture(camera).number
        for round_ in range(200):
            way = ways[round_ % len(ways)]
            time.sleep(dice.uniform(0, 0.1))
            _lose(emulated, way)
            assert until(camera.trouble, 5), way
            time.sleep(dice.uniform(0, 0.5))
            began = time.monotonic()
            emulated.fail(CameraFault.NONE)
            emulated.come_back()
            assert until(lambda: camera.trouble() is None), way
            last = picture(camera, last).number
            slowest[way] = max(slowest[way], time.monotonic() - began)
            assert len(children()) == 1
        assert descriptors() <= open_before + 2
        assert camera.statistics().faults == 200
    assert not children()
    assert max(slowest.values()) < SERVICE_SECONDS
    print("200 losses, slowest return:", {way: f"{slowest[way]:.2f} s" for way in ways})


def _lose(emulated: EmulatedCamera, way: str) -> None:
    if way == "away":
        emulated.go_away()
    elif way in {"frozen", "garbage"}:
        emulated.fail(CameraFault[way.upper()])
    else:
        (child,) = children()
        os.kill(child, signal.SIGKILL if way == "killed" else signal.SIGSTOP)


def test_a_camera_that_is_not_there_at_the_start_comes_when_it_comes() -> None:
    with EmulatedCamera(size=SMALL) as emulated:
        emulated.go_away()
        camera = ChildCamera(settings(emulated))
        looked = camera.look()
        assert looked is not None
        assert looked.code == "camera.unreachable"
        trouble = camera.start()
        assert trouble is not None
        assert trouble.code == "camera.unreachable"
        emulated.come_back()
        assert until(lambda: camera.latest() is not None)
        assert camera.trouble() is None
        assert camera.start() is None
        camera.stop()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (CameraFault.REFUSES, "camera.not-allowed"),
        (CameraFault.NO_VIDEO, "camera.unsuitable"),
    ],
)
def test_a_camera_that_gives_no_video_says_why(
    emulated: EmulatedCamera, fault: CameraFault, code: str
) -> None:
    emulated.fail(fault)
    camera = ChildCamera(settings(emulated))
    trouble = camera.start()
    camera.stop()
    assert trouble is not None
    assert trouble.code == code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("v4l2:", "camera.absent"),
        ("v4l2:/dev/video77", "camera.absent"),
        ("v4l2:No Such Camera", "camera.absent"),
        ("v4l2:/dev/null", "camera.failed"),
        ("ftp://127.0.0.1/", "camera.software-missing"),
        ("picamera2:", "camera.software-missing"),
        ("", "camera.software-missing"),
    ],
)
def test_an_address_without_a_camera_is_told(address: str, code: str) -> None:
    camera = ChildCamera(CameraSettings(address))
    trouble = camera.start()
    camera.stop()
    assert trouble is not None
    assert trouble.code == code


def test_a_picture_that_claims_to_be_huge_is_passed_over(emulated: EmulatedCamera) -> None:
    whole = bytearray(jpeg(corners()))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = b"\xff\xff\xff\xff"
    with running(settings(emulated)) as camera:
        emulated.show(bytes(whole))
        assert until(camera.trouble, 4)
        emulated.show(corners())
        assert until(lambda: camera.trouble() is None)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
def test_a_child_that_dies_or_stops_is_replaced(
    emulated: EmulatedCamera, how: signal.Signals
) -> None:
    with running(settings(emulated)) as camera:
        last = picture(camera).number
        (child,) = children()
        os.kill(child, how)
        assert until(camera.trouble, 3)
        trouble = camera.trouble()
        assert trouble is not None
        dead = how is not signal.SIGSTOP
        assert trouble.code == ("camera.crashed" if dead else "camera.no-pictures")
        assert until(lambda: camera.trouble() is None)
        assert picture(camera, last).number > last
        assert children() != {child}
        assert camera.statistics().children == 2
    assert not children()


NONSENSE = {
    "silent": "import time; time.sleep(60)",
    "ends": "",
    "no-frame": "import os; os.write(1, b'\\xff' * 4000)",
    "floods": "import os\nwhile True: os.write(1, b'\\0' * 4)",
    "no-notice": "import os; os.write(1, b'\\0\\0\\0\\x05\\0\\0\\0\\x01x')",
    "no-code": "import os\nfrom hw.child.frames import frame\n"
    "os.write(1, frame((b'trouble', b'citizen.died', b'x')))",
    "no-number": "import os\nfrom hw.child.frames import frame\nos.write(1, frame((b'picture', b'')))",
    "lies": "import os, time\nfrom hw.child.frames import frame\nfrom hw.camera.wire import number\n"
    "os.write(1, frame((b'opened', b'\\x1b[2J' * 500)))\n"
    "while True: os.write(1, frame((b'picture', number(1 << 60)))); time.sleep(.01)",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_whatever_a_child_says_nothing_breaks(emulated: EmulatedCamera, name: str) -> None:
    command = (sys.executable, "-c", NONSENSE[name])
    camera = ChildCamera(settings(emulated), patience=QUICK, command=command)
    trouble = camera.start()
    if name == "lies":
        assert trouble is None
        assert camera.latest() is None
        assert "\x1b" not in camera.model
    else:
        assert trouble is not None
        assert trouble.code == ("camera.no-pictures" if name == "silent" else "camera.crashed")
    began = time.monotonic()
    camera.stop()
    assert time.monotonic() - began < 1
    assert not children()


def test_stop_ends_a_start_that_waits(emulated: EmulatedCamera) -> None:
    command = (sys.executable, "-c", NONSENSE["silent"])
    camera = ChildCamera(settings(emulated), command=command)
    threading.Timer(0.3, camera.stop).start()
    began = time.monotonic()
    trouble = camera.start()
    assert time.monotonic() - began < 2
    assert trouble is not None
    assert trouble.code == "camera.stopped"


def test_an_address_with_a_password_is_in_no_command_line_and_no_text(
    emulated: EmulatedCamera,
) -> None:
    address = emulated.address.replace("//", "//office:s3cret@")
    wanted = CameraSettings(address, *SMALL)
    assert "s3cret" not in repr(wanted)
    with running(wanted) as camera:
        assert picture(camera).pixels
        (child,) = children()
        assert b"s3cret" not in Path(f"/proc/{child}/cmdline").read_bytes()
        emulated.go_away()
        assert until(camera.trouble)
        assert "s3cret" not in repr(camera.trouble())
