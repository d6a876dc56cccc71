"""Looks into a kiosk's window: where things are, what can be read, what it looks like.

The workbench and the demonstration use it from their own thread, with real touches; the tests of
the screens use it on the window's thread. It only reads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import kiosk.screens  # noqa: F401  sets Kivy's environment, so it stands before Kivy

# isort: split
from kivy.base import EventLoop
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image

from kiosk.screens.widgets.layout import Part
from kiosk.screens.widgets.scroll import Scroll
from kiosk.screens.widgets.text import IconText, Text
from kiosk.screens.window import KioskWindow

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where something is: pixels from the window's upper left corner, as X counts them."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        """Where a finger would touch it."""
        return self.x + self.width // 2, self.y + self.height // 2


class Probe:
    """Reads the tree of a window that is open; from any thread."""

    def __init__(self, window: KioskWindow, *, patience: float = 10.0) -> None:
        self._window = window
        self._patience = patience
        self._thread: int | None = None

    def on_window_thread(self, task: Callable[[], T]) -> T:
        """Run `task` on the window's thread and wait for what it returns."""
        done = threading.Event()
        result: list[T] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                result.append(task())
            except BaseException as error:  # noqa: BLE001  handed to the caller's thread
                failure.append(error)
            finally:
                done.set()

        self._window.schedule(run)
        if not done.wait(self._patience):
            raise TimeoutError("the window does not answer")
        if failure:
            raise failure[0]
        return result[0]

    def find(self, name: str) -> tuple[int, int]:
        """Centre of the part called `name`; raises LookupError where there is none on show."""
        return self.place(name).centre

    def place(self, name: str) -> Place:
        """Where the part called `name` is; raises LookupError where there is none on show."""
        return self.on_window_thread(lambda: place_of(self._window, name))

    def names(self) -> list[str]:
        """Names of everything on show, uppermost first."""
        return self.on_window_thread(lambda: [part.name for part in named(self._window)])

    def sees(self) -> str:
        """Every text on show, one a line."""
        return self.on_window_thread(lambda: "\n".join(texts(self._window)))

    def screen(self) -> str:
        """Machine name of the screen (`preregistration.privacy`), "" before the first."""
        return self.on_window_thread(lambda: screen_of(self._window))

    def screenshot(self, path: Path) -> None:
        """Write what the window shows as PNG."""
        self.on_window_thread(picture).save(path)


def walk(part: Any) -> Iterator[Part]:
    """A part and everything in it, depth first."""
    if isinstance(part, Part):
        yield part
        for inner in part.parts:
            yield from walk(inner)


def shown(window: KioskWindow) -> Iterator[Part]:
    """Every part that a person can see: the overlay alone where there is one, and the strip above."""
    router = window.router
    top = router.overlay or router.screen
    if top is None:
        return
    strip = router.root.strip
    for part in (*walk(top), *walk(strip)):
        if part.width > 0 and part.height > 0 and not _scrolled_away(part):
            yield part


def _scrolled_away(part: Part) -> bool:
    ancestor = part.parent
    while isinstance(ancestor, Part):
        if isinstance(ancestor.parent, Scroll) and ancestor.parent.overflows:
            room = ancestor.parent
            if part.center_y < room.y or part.center_y > room.top:
                return part is not ancestor
        ancestor = ancestor.parent
    return False


def named(window: KioskWindow) -> list[Part]:
    """The parts on show that have a name."""
    return [part for part in shown(window) if part.name]


def place_of(window: KioskWindow, name: str) -> Place:
    """Where the part called `name` is; on the window's thread."""
    for part in named(window):
        if part.name == name:
            height = EventLoop.window.height
            return Place(int(part.x), int(height - part.top), int(part.width), int(part.height))
    raise LookupError(f"{name} is not on {screen_of(window)}")


def texts(window: KioskWindow) -> list[str]:
    """The texts on show; on the window's thread."""
    return [
        part.text
        for part in shown(window)
        if isinstance(part, Text) and not isinstance(part, IconText) and part.text
    ]


def screen_of(window: KioskWindow) -> str:
    """Machine name of the screen; on the window's thread."""
    screen = window.router.screen
    return screen.name.removeprefix("screen.") if screen else ""


def picture() -> Image.Image:
    """What the window shows; on the window's thread."""
    window = EventLoop.window
    window.canvas.ask_update()
    window.dispatch("on_draw")
    # Read before the flip: after it the buffer may be the other one.
    width, height = window.size
    pixels = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
    image = Image.frombytes("RGB", (width, height), bytes(pixels))
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
