"""Cameras that show what a test gives them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from hw.errors import DeviceTrouble
from hw.pictures import Frame


class ShowingCamera:
    """Shows its pictures in turn, one for each that is asked for.

    Attributes:
        running: whether it is started.
        starts: how often it was.
        away: its trouble, where it has one.
    """

    def __init__(self, *pictures: Frame, refuses: DeviceTrouble | None = None) -> None:
        self.pictures: Sequence[Frame] = pictures
        self.running = False
        self.starts = 0
        self.away: DeviceTrouble | None = None
        self.asked: Callable[[int], None] = lambda _number: None
        self._refuses = refuses
        self._numbers = itertools.count()

    def start(self, over: Callable[[], bool] = lambda: False) -> DeviceTrouble | None:  # noqa: ARG002 - waits for nothing
        self.starts += 1
        self.running = self._refuses is None
        return self._refuses

    def stop(self) -> None:
        self.running = False

    def trouble(self) -> DeviceTrouble | None:
        return self.away

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - every one is new
        if not self.running or self.away or not self.pictures:
            return None
        number = next(self._numbers)
        self.asked(number)
        return replace(self.pictures[number % len(self.pictures)], number=number)
