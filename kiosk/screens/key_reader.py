"""A real keyboard's keys on their way to the page: what a hand scanner types is taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from kivy.clock import Clock

from kiosk.screens.hand_scanner import Dropped, HandScanner, Held, Key, Outcome, Passed, Scanned


class Page(Protocol):
    """Where a person's keys go."""

    @property
    def secret(self) -> bool:
        """Whether it hides what is typed."""
        ...

    def typed(self, piece: str) -> None:
        """Letters."""
        ...

    def erased(self) -> None:
        """Backspace."""
        ...

    def entered(self) -> None:
        """Enter."""
        ...

    def pressed(self, name: str) -> None:
        """Another key without a letter: `tab`, `shift-tab`, `escape`, `f2` ..."""
        ...


class KeyReader:
    """Gives a person's keys to the page and a scanner's code to `scanned`. Window's thread only.

    Args:
        scanner: tells them apart.
        page: gets what a person typed, 50 ms later.
        scanned: gets what a scanner meant; must return at once.
    """

    def __init__(self, scanner: HandScanner, page: Page, scanned: Callable[[str], None]) -> None:
        self._scanner = scanner
        self._page = page
        self._scanned = scanned
        self._resting: Any = None

    def typed(self, text: str) -> None:
        """The keyboard wrote."""
        for character in text:
            self._key(Key(text=character))

    def pressed(self, name: str) -> None:
        """A key without a letter: `enter`, `tab`, `backspace`, `escape` ..."""
        self._key(Key(name=name))

    def _key(self, key: Key) -> None:
        now = Clock.time()
        # Keys are looked for behind each tick of the clock.
        self._take(self._scanner.key(key, now, late=now - Clock.get_time()))

    def _take(self, outcome: Outcome) -> None:
        match outcome:
            case Held(seconds):
                self._rest_in(seconds)
            case Passed(keys, hasty):
                # The short code of some goods must not spend a try of a card's PIN.
                for key in () if hasty and self._page.secret else keys:
                    self._pass(key)
            case Scanned(text):
                self._scanned(text)
            case Dropped():
                pass

    def _pass(self, key: Key) -> None:
        if key.name == "backspace":
            self._page.erased()
        elif key.name == "enter":
            self._page.entered()
        elif key.text:
            self._page.typed(key.text)
        else:
            self._page.pressed(key.name)

    def _rest_in(self, seconds: float) -> None:
        if self._resting is not None:
            self._resting.cancel()
        # A tick comes before the keys that piled up in a busy window: one more look at them first.
        self._resting = Clock.schedule_once(lambda _seconds: self._rest_behind_a_look(), seconds)

    def _rest_behind_a_look(self) -> None:
        self._resting = Clock.schedule_once(lambda _seconds: self._rest(), 0)

    def _rest(self) -> None:
        self._resting = None
        self._take(self._scanner.rest(Clock.time()))
