"""A person at the glass, who does what the screen says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from hw.finger_readings import FingerAdvice, FingerPhase, FingerProgress


class Glass(Protocol):
    """What an emulated sensor lets a person do."""

    def put_finger(self, picture: bytes) -> None:
        """Lay a finger on it."""
        ...

    def lift_finger(self) -> None:
        """Take it off."""
        ...


@dataclass
class Person:
    """Lays one finger after the other, and lifts each when told; listens as `FingerListener`.

    Attributes:
        glass: where to.
        fingers: pictures, in order; a callable is called in place of laying a finger.
        heard: every step that was told.
    """

    glass: Glass
    fingers: Iterable[bytes | Callable[[], None]]
    heard: list[FingerProgress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = iter(self.fingers)
        self._laid = threading.Event()

    def __call__(self, progress: FingerProgress) -> None:
        """Hear a step and act on it."""
        self.heard.append(progress)
        if progress.phase is FingerPhase.PLACE:
            todo = next(self._next, None)
            if callable(todo):
                todo()
            elif todo is not None:
                self.glass.put_finger(todo)
        elif progress.phase is FingerPhase.LIFT:
            self.glass.lift_finger()

    def counted(self) -> list[int]:
        """How many good pictures there were, each time that the number rose."""
        counts = [each.taken for each in self.heard]
        return [each for at, each in enumerate(counts) if at and each > counts[at - 1]]

    @property
    def advised(self) -> list[FingerAdvice]:
        """The advice at each lifting, in order, where there was one."""
        told = [each.advice for each in self.heard if each.phase is FingerPhase.LIFT]
        return [each for each in told if each is not None]

    def phases(self) -> list[FingerPhase]:
        """The phases that were told, each once in a row."""
        phases = [each.phase for each in self.heard]
        return [each for at, each in enumerate(phases) if at == 0 or phases[at - 1] is not each]
