"""What the kiosk's window costs, beside an empty Kivy window in the same run.

- start: from the start of the process to the end of the first frame, glFinish included;
- page: from the end of a touch that changes the language of the whole page to the end of its frame;
- key: from the end of a touch on a key of the keyboard to the end of the frame with the letter;
- memory: resident set after the first frame.

The empty window is what Kivy needs for itself: a ground that takes another colour at each touch,
under the same environment, drawn into memory by the same rasteriser. Processes alternate; each
figure is the median of ours over the median of the peer's.

Where the limits come from. An empty window draws one rectangle, a page some 140 parts, so for a
touch the ratio says little by itself: it is there to tell when a page becomes much dearer than it
was. What a person feels is absolute: a change seen within 0.1 s passes for immediate (Nielsen,
Usability Engineering, 1993, 5.5), so ours must stay below that too on a machine without a GPU.

`python -m tests.benchmarks.screen` prints `BENCH screen-<figure> ratio=... limit=... ok|short`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROUNDS = 7
TOUCHES = 30
IMMEDIATE_SECONDS = 0.1
LIMITS = {"start": 2.5, "page": 8.0, "key": 6.0, "memory": 1.3}
ROOT = Path(__file__).parents[2]


class Frames:
    """Steps Kivy's loop by hand and tells when a frame is on the screen."""

    def __init__(self) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415  the parent process opens no window
        from kivy.graphics.opengl import glFinish  # noqa: PLC0415

        self._loop = EventLoop
        self._flips = 0

        def flipped(_window: Any) -> None:
            # Without it the frame is only asked for, and seems ten times cheaper.
            glFinish()
            self._flips += 1

        EventLoop.window.bind(on_flip=flipped)

    def next(self) -> None:
        """Run the loop until the next frame is drawn."""
        drawn = self._flips
        while self._flips == drawn:
            self._loop.idle()
            self._loop.window.mainloop()

    def touch(self, x: int, y: int) -> float:
        """Seconds from the end of a touch to the end of the frame that answers it."""
        from kivy.tests.common import UnitTestTouch  # noqa: PLC0415

        touch = UnitTestTouch(x, y)
        touch.touch_down()
        self.next()
        begun = time.perf_counter()
        touch.touch_up()
        self.next()
        return time.perf_counter() - begun


def resident() -> int:
    """Bytes of memory that this process holds (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def report(figures: dict[str, Any]) -> None:
    """Hand the figures to the parent."""
    sys.stdout.write(json.dumps(figures) + "\n")


def empty() -> None:
    """An empty window: what Kivy costs by itself."""
    import kiosk.screens  # noqa: F401, PLC0415  the same environment

    # isort: split
    from kivy.base import EventLoop, runTouchApp  # noqa: PLC0415
    from kivy.clock import Clock  # noqa: PLC0415
    from kivy.config import Config  # noqa: PLC0415
    from kivy.graphics import Color, Rectangle  # noqa: PLC0415
    from kivy.uix.widget import Widget  # noqa: PLC0415

    for key, value in {"width": 1280, "height": 800, "multisamples": 0, "maxfps": 60}.items():
        Config.set("graphics", key, str(value))

    class Ground(Widget):  # type: ignore[misc]  # Kivy has no types
        def __init__(self) -> None:
            super().__init__()
            with self.canvas:
                self._colour = Color(1, 1, 1, 1)
                Rectangle(size=(1280, 800))

        def on_touch_down(self, _touch: Any) -> bool:
            self._colour.b = 1 - self._colour.b
            return True

        on_touch_up = on_touch_down

    EventLoop.ensure_window()
    runTouchApp(Ground(), embedded=True)
    frames = Frames()
    frames.next()
    first, memory = time.monotonic(), resident()
    Clock._max_fps = 0  # the work of a frame, not the wait for it
    touches = [frames.touch(100, 100) for _ in range(TOUCHES)]
    report({"first": first, "memory": memory, "page": touches, "key": touches})


def kiosk_window() -> None:
    """The kiosk's window on its welcome page; then the language back and forth; then keys."""
    from uuid import UUID  # noqa: PLC0415

    from kiosk.flows.citizen.registration_status import AskNumber  # noqa: PLC0415
    from kiosk.flows.events import Event  # noqa: PLC0415
    from kiosk.flows.office import OfficeInfo  # noqa: PLC0415
    from kiosk.flows.session import begin, step  # noqa: PLC0415
    from kiosk.screens.window import KioskWindow  # noqa: PLC0415
    from kiosk.strings.catalogue import LANGUAGES, Catalogue  # noqa: PLC0415
    from sync.model.preregistration import Community  # noqa: PLC0415

    office = OfficeInfo("kiosk-0001", "Comune di Esempio", "L219", Community.SISTEMA_PIEMONTE)
    session = begin(
        session_id=UUID(int=1),
        operation_id=UUID(int=2),
        today=datetime.now().astimezone().date(),
        office=office,
    )

    def answer(event: Event) -> None:
        nonlocal session
        session, _effects = step(session, event)
        window.show(session)

    window = KioskWindow(answer, {name: Catalogue.load(name) for name in LANGUAGES})
    window.show(session)
    window.open()
    frames = Frames()
    frames.next()
    first, memory = time.monotonic(), resident()

    from kivy.base import EventLoop  # noqa: PLC0415
    from kivy.clock import Clock  # noqa: PLC0415

    from tests.screens import probe  # noqa: PLC0415

    Clock._max_fps = 0

    def touch(name: str) -> float:
        # "Somebody is there" and the guard against a second touch are not what is measured.
        window.router._told_at = float("inf")
        window.router.root.changed_at = 0.0
        x, y = probe.place_of(window, name).centre
        return frames.touch(x, EventLoop.window.height - y)

    page = [touch(f"language.{('en', 'it')[turn % 2]}") for turn in range(TOUCHES)]
    from dataclasses import replace  # noqa: PLC0415

    session = replace(session, activity=AskNumber())
    window.show(session)
    frames.next()
    key = [touch(f"key.{'ABCDEFGH'[turn % 8]}") for turn in range(TOUCHES)]
    report({"first": first, "memory": memory, "page": page, "key": key})


CHILDREN: dict[str, Callable[[], None]] = {"kiosk": kiosk_window, "empty": empty}


def measured(child: str) -> dict[str, Any]:
    """One run of a child: seconds to its first frame, seconds of its touches, bytes."""
    environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen"}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.screen", child],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {
        "start": figures["first"] - begun,
        "page": statistics.median(figures["page"]),
        "key": statistics.median(figures["key"]),
        "memory": figures["memory"],
    }


def shown(name: str, value: float) -> str:
    """A figure with its unit."""
    return f"{value / 2**20:.0f} MiB" if name == "memory" else f"{value * 1000:.1f} ms"


def main() -> int:
    """Measure, print; 0 when nothing falls short."""
    runs: dict[str, list[dict[str, Any]]] = {"kiosk": [], "empty": []}
    for _ in range(ROUNDS):
        for child, found in runs.items():
            found.append(measured(child))
    short = False
    for name, limit in LIMITS.items():
        ours = statistics.median(run[name] for run in runs["kiosk"])
        peer = statistics.median(run[name] for run in runs["empty"])
        late = name in {"page", "key"} and ours > IMMEDIATE_SECONDS
        verdict = "short" if ours / peer > limit or late else "ok"
        short |= verdict == "short"
        print(f"{name}: ours {shown(name, ours)}, empty window {shown(name, peer)}")
        print(f"BENCH screen-{name} ratio={ours / peer:.2f} limit={limit} {verdict}")
    return 1 if short else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        CHILDREN[sys.argv[1]]()
    else:
        sys.exit(main())
