"""A person in front of the real window, without a display: the tests' hands and eyes."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# The window is drawn into memory (EGL on llvmpipe); before Kivy is imported.
os.environ["SDL_VIDEODRIVER"] = "offscreen"

import kiosk.screens  # noqa: F401  sets Kivy's environment, so it stands before Kivy

# isort: split
import numpy as np
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.tests.common import UnitTestTouch
from PIL import Image, ImageChops

from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.session import step
from kiosk.flows.state import Session
from kiosk.screens.context import Previews
from kiosk.screens.widgets.surface import Touchable
from kiosk.screens.widgets.text import Text
from kiosk.screens.widgets.waiting import Waiting
from kiosk.screens.window import KioskWindow
from kiosk.strings.catalogue import LANGUAGES, Catalogue
from tests.screens import probe
from tests.screens.device_sessions import StillPicture, drawn_card, drawn_finger
from tests.screens.sessions import NOW

GOLDEN = Path(__file__).parent / "golden"
DIFFERENCES = Path(__file__).parents[2] / "build" / "golden"
STEP = 15
"""Golden pictures keep rare colours in steps of so much, to fit a palette and stay small."""
TOLERANCE = 8 + STEP // 2
"""Of 255, for each colour of a pixel: what rasterisers differ by, and what the steps cost."""
PIXELS_THAT_MAY_DIFFER = 0.001


class Person:
    """Touches, types, reads. `live` lets the flow answer what the person does."""

    def __init__(self, window: KioskWindow, events: list[Event]) -> None:
        self.window = window
        self.events = events
        self.session: Session | None = None
        self.effects: list[Effect] = []
        self.live = False
        self._seen = 0

    def shows(self, session: Session) -> None:
        """The engine shows a session."""
        self.session = session
        self.window.show(session)
        self.waits()

    def waits(self, frames: int = 2) -> None:
        """Some frames go by; the flow answers where it is live."""
        for _ in range(frames):
            EventLoop.idle()
            self._answer()

    def _answer(self) -> None:
        while self.live and self.session and self._seen < len(self.events):
            event = self.events[self._seen]
            self._seen += 1
            self.session, effects = step(self.session, event)
            self.effects += effects
            self.window.show(self.session)

    def sees(self) -> str:
        """Every text on show."""
        return "\n".join(probe.texts(self.window))

    def taps(self, what: str) -> None:
        """A finger on the part called `what`, or on the button that says it."""
        x, y = self._place(what).centre
        self.taps_at(x, y)

    def taps_at(self, x: int, y: int) -> None:
        """A finger at a place, from the upper left corner."""
        touch = UnitTestTouch(x, EventLoop.window.height - 1 - y)
        touch.is_touch = True
        touch.touch_down()
        self.waits(1)
        touch.touch_up()
        self.waits()
        # The next touch of a test is meant, however soon it comes.
        self.window.router.root._lifted = (0.0, (0.0, 0.0))

    def types(self, text: str) -> None:
        """Key after key on the keyboard on the screen."""
        for sign in text:
            names = {"key." + sign.lower(), "key." + sign.upper()}
            names.add("key.space" if sign == " " else "")
            on_show = [p.name for p in probe.named(self.window)]
            self.taps(next(name for name in on_show if name in names))

    def writes(self, text: str) -> None:
        """Key after key on a real keyboard, as a quick typist."""
        for sign in text:
            EventLoop.window.dispatch("on_textinput", sign)
            time.sleep(0.08)
            self.waits(3)

    def scans(self, code: str) -> None:
        """A hand scanner types a code, three keys a frame, and ends it with enter."""
        for place, sign in enumerate(code):
            EventLoop.window.dispatch("on_textinput", sign)
            if place % 3 == 2:
                self.waits(1)
        EventLoop.window.dispatch("on_key_down", 13, 0, None, [])
        self.waits(1)

    def _place(self, what: str) -> probe.Place:
        try:
            return probe.place_of(self.window, what)
        except LookupError:
            for part in probe.shown(self.window):
                if isinstance(part, Touchable) and what in _said(part):
                    height = EventLoop.window.height
                    place = (part.x, height - part.top, part.width, part.height)
                    return probe.Place(*(int(n) for n in place))
            raise

    def looks_like(self, name: str) -> None:
        """Compare with the golden picture; UPDATE_GOLDEN=1 writes it."""
        for part in probe.shown(self.window):
            if isinstance(part, Waiting):
                part.turned = 0  # however long the picture took
                part.settle()
        seen = probe.picture()
        path = GOLDEN / f"{name}.png"
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            posterised(seen).save(path, optimize=True)
            return
        if not path.exists():
            pytest.fail(f"no golden picture {path.name}: look, then UPDATE_GOLDEN=1")
        wanted = Image.open(path).convert("RGB")
        share = difference(seen, wanted)
        if share > PIXELS_THAT_MAY_DIFFER:
            DIFFERENCES.mkdir(parents=True, exist_ok=True)
            beside = Image.new("RGB", (seen.width * 2, seen.height))
            beside.paste(wanted, (0, 0))
            beside.paste(seen, (seen.width, 0))
            beside.save(DIFFERENCES / f"{name}.png")
            pytest.fail(f"{name}: {share:.2%} of the pixels differ; see build/golden/{name}.png")


def posterised(picture: Image.Image) -> Image.Image:
    """The picture in at most 256 colours: the most frequent as they are, the others in steps."""
    packing = np.array([1, 256, 65536], dtype=np.int32)
    pixels = np.asarray(picture, dtype=np.int32)
    exact, indices, counts = np.unique(pixels @ packing, return_inverse=True, return_counts=True)
    triples = np.stack([exact % 256, exact // 256 % 256, exact // 65536], axis=1)
    coarse = ((triples + STEP // 2) // STEP * STEP) @ packing
    by_frequency = np.argsort(-counts, kind="stable")
    for kept in (128, 96, 64, 32, 16, 8):
        shown = coarse.copy()
        shown[by_frequency[:kept]] = exact[by_frequency[:kept]]
        colours, places = np.unique(shown, return_inverse=True)
        if len(colours) <= 256:
            break
    result = Image.fromarray(places[indices].reshape(pixels.shape[:2]).astype(np.uint8), mode="P")
    palette = np.stack([colours % 256, colours // 256 % 256, colours // 65536], axis=1)
    result.putpalette(palette.astype(np.uint8).tobytes())
    return result


def difference(seen: Image.Image, wanted: Image.Image) -> float:
    """Share of the pixels that differ by more than the tolerance."""
    if seen.size != wanted.size:
        return 1.0
    red, green, blue = ImageChops.difference(seen, wanted).split()
    apart = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(apart[TOLERANCE + 1 :]) / sum(apart)


def _said(part: Touchable) -> list[str]:
    return [p.text for p in probe.walk(part) if isinstance(p, Text)]


@pytest.fixture(scope="session")
def window() -> Iterator[tuple[KioskWindow, list[Event]]]:
    """The one window of the process: Kivy has no second one."""
    events: list[Event] = []
    catalogues = {language: Catalogue.load(language) for language in LANGUAGES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Kivy's own imports
        # A window in memory may shrink, not grow: it opens as large as any test wants it.
        kiosk = KioskWindow(events.append, catalogues, size=(1920, 1080), now=lambda: NOW)
        kiosk.open()
    Clock._max_fps = 0  # frames as fast as they come
    yield kiosk, events
    kiosk.stop()


@pytest.fixture
def person(window: tuple[KioskWindow, list[Event]], request: Any) -> Person:
    """A new person at the window; the size is 1280x800 unless the test says otherwise."""
    kiosk, events = window
    events.clear()
    kiosk.router.session = None
    kiosk.router._unanswered_since = 0.0
    kiosk.router.root._lifted = (0.0, (0.0, 0.0))
    kiosk.router._previews = Previews(StillPicture(drawn_card()), StillPicture(drawn_finger()))
    kiosk.router._told_at = float("inf")  # "somebody is there" only where a test asks for it
    size = getattr(request, "param", (1280, 800))
    if EventLoop.window.size != size:
        EventLoop.window.size = size
        EventLoop.idle()
    return Person(kiosk, events)
