"""A page that uses a device, and how the device is taken from it and given back."""

from __future__ import annotations

import contextlib
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final

from tests.workbench.person import NotSeenError, Person
from tests.workbench.stage import Stage

PATIENCE: Final = 20.0
_GLANCE: Final = 0.02
_HESITATION: Final = 1.5
"""Seconds that a person gives the kiosk to go on by itself, before the offered touch."""


class Page(ABC):
    """One page and one way of pulling its device. Subclasses say what is done and seen there.

    The person is brought there once (`arrive`); then, again and again: `pull`, `troubled`,
    `give_back`, `serves`, `settle`, after which everything is as it was after `arrive`.
    """

    name: ClassVar[str]
    """`flow.page`, for the report."""
    share: ClassVar[int] = 1
    """How many of the rounds it gets, as against the other pages."""
    patience: ClassVar[float] = 10.0
    """Seconds within which the page must show the trouble."""
    role: ClassVar[str] = "citizen"

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self.stage = stage
        self.dice = dice
        self.hand_seconds = 0.0
        """For how long a person typed since the device was given back, which is not the kiosk's."""
        self._stuck_at = 0.0

    @property
    def person(self) -> Person:
        """Who stands there."""
        return self.stage.person

    @abstractmethod
    def arrive(self) -> None:
        """From the first page to this one."""

    @abstractmethod
    def pull(self) -> None:
        """Take the device away."""

    @abstractmethod
    def give_back(self) -> None:
        """Return it. Harmless where it is there."""

    @abstractmethod
    def troubled(self) -> bool:
        """Whether the page shows the trouble, or another way."""

    @abstractmethod
    def serves(self) -> bool:
        """Whether the service went on. May touch what the page offers for that."""

    def settle(self) -> None:  # noqa: B027  # most pages need nothing
        """As after `arrive`."""

    def broken_promises(self) -> list[str]:
        """What must hold at the end, and does not."""
        return []

    # --- what subclasses do

    def rest(self, most: float) -> None:
        """Wait for a while that the dice say."""
        time.sleep(self.dice.uniform(0.0, most))

    def wait_until(
        self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE
    ) -> None:
        """Wait for something on the page; NotSeenError where it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise NotSeenError(f"{what}: not on {self.person.screen()}")
            time.sleep(_GLANCE)

    def on(self, *screens: str) -> bool:
        """Whether a page is drawn whose name begins so."""
        return self.person.screen().startswith(screens)

    def go(self, button: str, to: str) -> None:
        """Touch `button` until the page `to` is drawn.

        A page that is drawn anew at that moment (the card has just been taken) drops the touch.
        """
        begun = self.person.screen()
        deadline = time.monotonic() + PATIENCE
        while not self.on(to):
            if time.monotonic() > deadline:
                raise NotSeenError(
                    f"{to} did not come by {button}; there is {self.person.screen()}"
                )
            with contextlib.suppress(NotSeenError):
                if self.on(begun):
                    self.person.touch(button, seconds=_HESITATION)
                self.person.wait_for(to, seconds=_HESITATION)

    def tries_again(self, *screens: str, button: str = "continue") -> None:
        """On one of these pages touch the offered button, where nothing goes on by itself."""
        if not self.on(*screens):
            self._stuck_at = 0.0
            return
        now = time.monotonic()
        if not self._stuck_at:
            self._stuck_at = now
        elif now - self._stuck_at > _HESITATION and self.person.can_touch(button):
            self._stuck_at = 0.0
            with contextlib.suppress(NotSeenError):  # it went on by itself in that moment
                self.person.touch(button, seconds=1)


def go_home(person: Person, home: str = "welcome", seconds: float = 30.0) -> None:
    """Leave whatever is on the screen, as somebody does who has enough of it."""
    deadline = time.monotonic() + seconds
    while person.screen() != home:
        if time.monotonic() > deadline:
            raise NotSeenError(f"no way home from {person.screen()}")
        for name in ("stop.confirm", "stop", "refuse", "back", "continue"):
            if person.can_touch(name):
                person.touch(name)
                break
        time.sleep(0.1)
