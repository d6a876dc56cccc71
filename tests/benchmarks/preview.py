"""The scan page at the real window, with a live camera: what a frame costs, how many are seen.

An emulated network camera sends 1280x720 at 30 pictures a second over real HTTP, in a process of
its own; `ChildCamera` reads it in its child; the page of scanning shows it in a window of 1280x800,
drawn into memory by llvmpipe (no GPU). A frame is what the window's thread does from the look at
the camera to the end of the drawing, glFinish included.

The peer is the same live picture alone in the same window: what Kivy and the rasteriser need.

- window-frame: processor time of a frame of the page, the rasteriser's threads included, over that
  of the picture alone;
- window-frame-while-decoding: median frame while codes are looked for in the pictures over the
  median without;
- window-rate: pictures a second that are seen alone over those that are seen on the page;
- window-rate-while-decoding: those that are seen on the page without decoding over those with;
- window-frame-budget: median frame of the page over the time between two of the camera's pictures.

`python -m tests.benchmarks.preview` prints `BENCH preview-<figure> ratio=... limit=... ok|short`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from PIL import Image

from hw.camera.barcodes import CameraScanner
from hw.camera.camera import ChildCamera
from hw.camera.wire import CameraSettings
from hw.pictures import Symbology
from tests.emulated.camera.mjpeg import EmulatedCamera
from tests.emulated.codes.degraded import degraded_set

RATE = 30.0
SECONDS = 5.0
SETTLED_SECONDS = 2.0
FRAME_LIMIT = 3.0
BUDGET_LIMIT = 1.0
DECODING_LIMIT = 2.0
RATE_LIMIT = 1.25
ROOT = Path(__file__).parents[2]


def measured(window: Any, camera: ChildCamera) -> dict[str, float]:
    """Frames that show a new picture: how many a second, milliseconds of the median and worst."""
    from kivy.base import EventLoop  # noqa: PLC0415  the parent process opens no window

    from kiosk.screens.widgets.follows import within  # noqa: PLC0415
    from kiosk.screens.widgets.live import LiveView  # noqa: PLC0415

    live = next(part for part in within(window.router.root) if isinstance(part, LiveView))
    took: list[float] = []
    sent = camera.latest(-1)
    first, last = (sent.number if sent else 0), live.shown
    begun, worked = time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < SECONDS:
        before = time.perf_counter()
        EventLoop.idle()
        if live.shown != last:
            last = live.shown
            took.append(1000 * (time.perf_counter() - before))
        time.sleep(0.002)
    seconds = time.perf_counter() - begun
    worked = time.process_time() - worked
    newest = camera.latest(-1)
    arrived = (newest.number if newest else 0) - first
    return {
        "median": statistics.median(took),
        "worst": max(took),
        "shown": len(took) / seconds,
        "arrived": arrived / seconds,
        "processor": 1000 * worked / len(took),
    }


def child(address: str) -> None:
    """The window, the camera, the decoder, as a kiosk has them; figures to the parent."""
    import kiosk.screens  # noqa: F401, PLC0415  sets Kivy's environment, so it stands before Kivy

    # isort: split
    from kivy.base import EventLoop  # noqa: PLC0415
    from kivy.clock import Clock  # noqa: PLC0415
    from kivy.graphics.opengl import glFinish  # noqa: PLC0415

    from kiosk.screens.context import Context, Previews  # noqa: PLC0415
    from kiosk.screens.theme import theme_for  # noqa: PLC0415
    from kiosk.screens.widgets.live import LiveView  # noqa: PLC0415
    from kiosk.screens.window import KioskWindow  # noqa: PLC0415
    from kiosk.strings.catalogue import LANGUAGES, Catalogue  # noqa: PLC0415
    from tests.screens.sessions import sessions  # noqa: PLC0415

    camera = ChildCamera(CameraSettings(address=address, rate=int(RATE)))
    scanner = CameraScanner(camera, seconds=60)
    trouble = camera.start()
    if trouble is not None:
        raise SystemExit(trouble.code)
    window = KioskWindow(
        lambda _event: None,
        {name: Catalogue.load(name) for name in LANGUAGES},
        previews=Previews(camera=camera),
    )
    theme = theme_for(1280, 800, large=False, high_contrast=False)
    ui = Context(theme, Catalogue.load("it"), lambda _event: None)
    window.open()
    window.router.root.fill([LiveView(ui, camera, (1280, 720))])
    window.router.root.settle()
    # Without it the frame is only asked for, and seems ten times cheaper.
    EventLoop.window.bind(on_flip=lambda _window: glFinish())
    Clock._max_fps = 0  # the work of a frame, not the wait for it
    settled(EventLoop)
    alone = measured(window, camera)
    window.show(sessions()["scan-card"])
    settled(EventLoop)
    idle = measured(window, camera)
    wanted = frozenset({Symbology.CODE_39, Symbology.QR})
    thread = threading.Thread(target=scanner.scan, args=(wanted, lambda _text: False))
    thread.start()
    settled(EventLoop)
    busy = measured(window, camera)
    scanner.abandon()
    thread.join()
    scanner.close()
    camera.stop()
    sys.stdout.write(json.dumps({"alone": alone, "page": idle, "decoding": busy}) + "\n")


def settled(loop: Any) -> None:
    """Let the first pictures and the first looks go by."""
    ends = time.perf_counter() + SETTLED_SECONDS
    while time.perf_counter() < ends:
        loop.idle()
        time.sleep(0.002)


def main() -> int:
    """Measure, print; 0 when nothing falls short."""
    pictures = [
        Image.frombytes("L", (one.frame.width, one.frame.height), one.frame.pixels)
        for one in degraded_set()
    ][:6]
    with EmulatedCamera(rate=RATE) as camera:
        camera.show(*(picture.convert("RGB") for picture in pictures))
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.preview", camera.address],
            cwd=ROOT,
            env={**os.environ, "SDL_VIDEODRIVER": "offscreen"},
            check=True,
            capture_output=True,
            text=True,
        )
    told: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    alone, page, busy = told["alone"], told["page"], told["decoding"]
    for name, one in told.items():
        print(
            f"preview {name}: frame median={one['median']:.1f} ms worst={one['worst']:.1f} ms"
            f" processor={one['processor']:.1f} ms, seen {one['shown']:.1f}/s of {one['arrived']:.1f}/s; cores={os.cpu_count()}"
        )
    short = False
    for name, ratio, limit in (
        ("window-frame", page["processor"] / alone["processor"], FRAME_LIMIT),
        ("window-frame-while-decoding", busy["median"] / page["median"], DECODING_LIMIT),
        ("window-rate", alone["shown"] / page["shown"], RATE_LIMIT),
        ("window-rate-while-decoding", page["shown"] / busy["shown"], RATE_LIMIT),
        ("window-frame-budget", page["median"] * RATE / 1000, BUDGET_LIMIT),
    ):
        short |= ratio > limit
        verdict = "short" if ratio > limit else "ok"
        print(f"BENCH preview-{name} ratio={ratio:.2f} limit={limit} {verdict}")
    return 1 if short else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1])
    else:
        sys.exit(main())
