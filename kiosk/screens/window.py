"""The one window of the kiosk: shows sessions, reports touches.

The window lives on the thread that makes a `KioskWindow`: it opens there and then, and that thread
must call `run` or `open`. `show`, `schedule` and `stop` may be called from any thread; work for the
window is handed over through Kivy's clock, which is safe for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.config import Config

from kiosk.flows.events import BarcodeTyped, Event
from kiosk.flows.state import Session
from kiosk.screens.context import Previews
from kiosk.screens.hand_scanner import HandScanner
from kiosk.screens.key_reader import KeyReader
from kiosk.screens.router import Router
from kiosk.screens.widgets.qr import qr_modules
from kiosk.strings.catalogue import Catalogue

_REDRAWN_AT_SECONDS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
_REDRAWN_EVERY_SECONDS = 10
# On a bare console (KMS/DRM) the first frame may stay black until some later ones: Kivy draws on
# demand only, so it is asked to.
_WARM_UP_AT_SECONDS = 4
_KEYS = {
    8: "backspace",
    9: "tab",
    13: "enter",
    27: "escape",
    127: "delete",
    271: "enter",
    273: "up",
    274: "down",
    275: "right",
    276: "left",
    278: "home",
    279: "end",
    280: "pageup",
    281: "pagedown",
    **{281 + number: f"f{number}" for number in range(1, 13)},
}
# Key numbers as Kivy gives them (`kivy.core.window.Keyboard.keycodes`), and our names.
_A = 97


def _key_name(key: int, modifiers: Sequence[str]) -> str:
    """Our name of a key without a letter, with what is held down beside it; "" for others."""
    if key == _A and "ctrl" in modifiers:
        return "ctrl-a"
    name = _KEYS.get(key, "")
    if name == "tab" and "shift" in modifiers:
        return "shift-tab"
    if name == "down" and "alt" in modifiers:
        return "alt-down"
    if name == "enter" and "ctrl" in modifiers:
        return "ctrl-enter"
    return name


def _configure(size: tuple[int, int], *, fullscreen: bool, cursor: bool) -> None:
    """Tell Kivy how to open the window; without effect once the window is open."""
    width, height = size
    graphics = {
        "width": width,
        "height": height,
        "fullscreen": "auto" if fullscreen else 0,
        "resizable": 0,
        "show_cursor": int(cursor),
        # Shapes are drawn smooth by themselves; multisampling would double the cost of a frame.
        "multisamples": 0,
        "maxfps": 60,
    }
    for key, value in graphics.items():
        Config.set("graphics", key, str(value))
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "desktop", "1")
    for key, _value in Config.items("input"):
        Config.remove_option("input", key)
    # Exactly one provider: with two, each touch arrives twice under X; without mtdev, a bare
    # console (KMS/DRM) gets no touch at all.
    if os.environ.get("DISPLAY") or os.environ.get("SDL_VIDEODRIVER") in {"x11", "offscreen"}:
        Config.set("input", "mouse", "mouse,disable_multitouch")
    else:
        Config.set("input", "%(name)s", "probesysfs,provider=mtdev")


class KioskWindow:
    """Draws what it is shown and emits what the person did; one in a process.

    Raises SystemExit where there is no display to open a window on.

    Args:
        emit: called on the window's thread with each event of the person; must return at once.
        catalogues: one catalogue per language of the office.
        size: width and height in pixels where the window is not full-screen.
        fullscreen: take the whole display, whatever its size.
        cursor: show the pointer, for a window used with a mouse.
        now: the wall clock, for the time in the header, which is that of Italy.
        hand_scanner: how the hand scanner is set that types into this window.
        previews: what live sources see.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        catalogues: Mapping[str, Catalogue],
        *,
        size: tuple[int, int] = (1280, 800),
        fullscreen: bool = False,
        cursor: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        hand_scanner: HandScanner | None = None,
        previews: Previews | None = None,
    ) -> None:
        _configure(size, fullscreen=fullscreen, cursor=cursor)
        self._lock = Lock()
        self._next: Session | None = None
        self._drawn = Clock.create_trigger(self._draw, -1)
        self.router = Router(emit, catalogues, now, previews)
        self._keys = KeyReader(
            hand_scanner or HandScanner(),
            self.router,
            lambda text: emit(BarcodeTyped(text)),
        )

    def show(self, session: Session) -> None:
        """Draw `session` soon; of several sessions given before a frame, only the last is drawn."""
        with self._lock:
            self._next = session
        self._drawn()

    def schedule(self, task: Callable[[], None]) -> None:
        """Run `task` once on the window's thread."""
        Clock.schedule_once(lambda _seconds: task(), -1)

    def run(self) -> None:
        """Open the window and block until `stop`, or until the person who may closes it."""
        try:
            self.open()
            for moment in _REDRAWN_AT_SECONDS:
                Clock.schedule_once(self._redraw, moment)
            Clock.schedule_interval(self._redraw, _REDRAWN_EVERY_SECONDS)
            Clock.schedule_once(lambda _seconds: qr_modules(""), _WARM_UP_AT_SECONDS)
            EventLoop.mainloop()
        finally:
            stopTouchApp()

    def open(self) -> None:
        """Open the window without running it: a test steps it frame by frame."""
        EventLoop.ensure_window()
        window = EventLoop.window
        window.bind(
            on_resize=lambda _window, width, height: self.router.resize(width, height),
            on_textinput=lambda _window, text: self._keys.typed(text),
            on_key_down=self._key_down,
        )
        self.router.resize(*window.size)
        runTouchApp(self.router.root, embedded=True)
        Clock.schedule_interval(lambda _seconds: self.router.tick(), 5)

    def stop(self) -> None:
        """Close the window; `run` returns."""
        self.schedule(stopTouchApp)

    @staticmethod
    def _redraw(_seconds: float) -> None:
        EventLoop.window.canvas.ask_update()

    def _key_down(self, _window: Any, key: int, *rest: Any) -> bool:
        modifiers = rest[2] if len(rest) > 2 and rest[2] else ()
        name = _key_name(key, modifiers)
        if name:
            self._keys.pressed(name)
        return False

    def _draw(self, *_args: Any) -> None:
        with self._lock:
            session, self._next = self._next, None
        if session is not None:
            self.router.draw(session)
