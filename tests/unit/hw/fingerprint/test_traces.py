"""No picture of a finger stays in the kiosk's memory: it is searched, while it lives and after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from hw.child.frames import Buffer, frame
from hw.errors import DeviceTrouble
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_wire import UNREADABLE
from hw.fingerprint.picture_source import FingerPicture

WIDTH, HEIGHT, DPI = 200, 172, 363
"""As coarse as the coarsest sensors: it is made finer for the matcher."""

WORKER = """\
import os, sys
os.write(1, bytes.fromhex({greeting!r}))
while os.read(0, 1 << 20):
    with open({answer!r}, "rb") as file:
        data = file.read()
    while data:
        data = data[os.write(1, data):]
"""
KIOSK = """\
import subprocess, sys, time
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.quality import judge
from hw.fingerprint.uru4000_source import Uru4000Source

kind, sensor, matcher = sys.argv[1:]
if kind == "libfprint":
    source = LibfprintSource(interpreter=(sys.executable, sensor))
else:
    class Fake(subprocess.Popen):
        def __init__(self, command, **more):
            worker = "hw.fingerprint.uru4000_worker" in command
            super().__init__([sys.executable, sensor] if worker else command, **more)
    subprocess.Popen = Fake
    source = Uru4000Source()

def now(what):
    print(what, flush=True)
    sys.stdin.readline()

def told(*_):
    pass

def visit():
    assert source.open() is None
    picture = source.picture(told, time.monotonic() + 10)
    shown = source.latest()
    assert shown.pixels == picture.pixels
    del shown
    now("taken")
    judge(picture, ((60, 60), (90, 90)))
    reader = LibfprintMatcher(interpreter=(sys.executable, matcher))
    reading = reader.read(picture)
    assert reading.data == b"", reading
    picture.wipe()
    reader.forget()
    now("wiped")
    source.close()
    assert source.latest() is None

visit()
now("closed")
"""


def finger() -> bytes:
    """No row is like another, and no two runs of 40 pixels; dark and light as a finger's."""
    dice = np.random.default_rng(11)
    noise = dice.integers(-25, 25, (HEIGHT, WIDTH))
    waves = 120 + 80 * np.sin(np.arange(WIDTH) * 0.8 + np.arange(HEIGHT)[:, None] * 0.3)
    return bytes((waves + noise).clip(0, 255).astype(np.uint8).tobytes())


def needles() -> dict[str, bytes]:
    """Pieces of the picture in each form in which it goes through the kiosk."""
    pixels = finger()
    at = (HEIGHT // 2) * WIDTH + 20
    grey = np.frombuffer(pixels, np.uint8)
    pane = np.float32(max(1.0, float(np.percentile(grey, 97))))
    dark = ((pane - grey[at : at + 40].astype(np.float32)) / pane).clip(0, 1)
    sent: list[bytes] = []

    class Listening(LibfprintMatcher):
        def _ask(self, fields: Sequence[Buffer]) -> list[bytes] | DeviceTrouble:
            sent.append(bytes(fields[2]))
            return [UNREADABLE]

    Listening().read(FingerPicture(WIDTH, HEIGHT, DPI, bytearray(pixels)))
    middle = len(sent[0]) // 2
    return {
        "pixels": pixels[at : at + 40],
        "made finer": sent[0][middle : middle + 40],
        "whole numbers as floats": grey[at : at + 40].astype(np.float32).tobytes(),
        "darkness": dark.tobytes(),
        "sorted": np.sort(grey)[: 2 * WIDTH].tobytes(),
    }


def copies(process: int, wanted: Mapping[str, bytes]) -> dict[str, int]:
    """How often each of `wanted` stands in what a process may write to."""
    found = dict.fromkeys(wanted, 0)
    with Path(f"/proc/{process}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text("utf-8").splitlines():
            bounds, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(each, 16) for each in bounds.split("-"))
            try:
                data = os.pread(memory.fileno(), end - start, start)
            except OSError:
                continue  # the kernel's own pages
            for name, needle in wanted.items():
                found[name] += data.count(needle)
    return found


@pytest.fixture(params=["libfprint", "uru4000"])
def kiosk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that takes a finger, reads it and lets it go; it waits at each step."""
    size = WIDTH.to_bytes(2, "big") + HEIGHT.to_bytes(2, "big")
    dpi = DPI.to_bytes(2, "big")
    if request.param == "libfprint":
        greeting = frame((b"done",)) + frame((b"done", b"driver", b"name"))
        answer = frame((b"done", size, dpi, finger()))
        # Opening was answered with the greeting; the first request is not answered twice.
        skip = "os.read(0, 1 << 20)\n"
    else:
        greeting = frame((b"ready", b"\0\x0a"))
        number = (1).to_bytes(8, "big")
        answer = frame((b"taken", number, size[:2], size[2:], dpi, finger()))
        skip = ""
    (tmp_path / "picture").write_bytes(answer)
    (tmp_path / "print").write_bytes(frame((b"done", b"unreadable")))
    for name, said, greets in (
        ("sensor", "picture", greeting),
        ("matcher", "print", frame((b"done",))),
    ):
        text = WORKER.format(greeting=greets.hex(), answer=str(tmp_path / said))
        first = skip if name == "sensor" else ""
        (tmp_path / name).write_text(text.replace("while", first + "while", 1), "utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            KIOSK,
            request.param,
            *map(str, (tmp_path / "sensor", tmp_path / "matcher")),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    yield process
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_no_copy_of_a_finger_outlives_its_picture(kiosk: subprocess.Popen[str]) -> None:
    assert kiosk.stdin is not None
    assert kiosk.stdout is not None
    wanted = needles()
    found: dict[str, dict[str, int]] = {}
    for step in ("taken", "wiped", "closed"):
        assert kiosk.stdout.readline().strip() == step
        found[step] = copies(kiosk.pid, wanted)
        kiosk.stdin.write("\n")
        kiosk.stdin.flush()
    assert found["taken"]["pixels"] == 2  # the taker's, and the preview's
    assert found["wiped"] == dict.fromkeys(wanted, 0) | {"pixels": 1}
    assert found["closed"] == dict.fromkeys(wanted, 0)
