"""Question and answer with a thermal printer over an open link, each with its deadline."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from hw.paper import PrinterCondition
from hw.printer.escpos_status import (
    CLEAR_BUFFERS,
    PAPER_SENSOR,
    RECOVER_CLEARED,
    Answer,
    AnswerReader,
    AutomaticStatus,
    Cleared,
    Information,
    PrinterText,
    RealTime,
    RealTimeStatus,
    SensorStatus,
    conditions_pushed,
    conditions_told,
    information_request,
    real_time_request,
)
from hw.printer.thermal_link import Link

_Wanted = TypeVar("_Wanted", bound=Answer)
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class ThermalTimes:
    """How long what may take, in seconds.

    Attributes:
        connect: connecting.
        answer: each answer to a question that is answered at once.
        stall: the printer takes no byte of a job and says nothing.
        job: from a job's first byte to its last.
        end: from a job's last byte until the printer says that it is on paper.
        ask_every: between two questions while that is waited for.
        settle: what a printer without process ids is left for its last lines.
        mute: so long after it gave no answer it is not asked again.
        between: so long after our last connection a refused one is tried again.
    """

    connect: float = 3.0
    answer: float = 0.7
    stall: float = 10.0
    job: float = 90.0
    end: float = 20.0
    ask_every: float = 0.4
    settle: float = 0.6
    mute: float = 60.0
    between: float = 1.0


class AbandonedError(Exception):
    """`wake` was called: nobody wants this talk any more."""


class Talk:
    """One open way to a printer.

    Every method may raise `AbandonedError`, and `OSError` where the way is broken.

    Attributes:
        heard: the latest answers, in order; at most 64.
        pushed: what the last automatic status said is the matter.
    """

    def __init__(self, link: Link, times: ThermalTimes) -> None:
        self._link = link
        self._times = times
        self._reader = AnswerReader()
        self.heard: list[Answer] = []
        self.pushed: tuple[PrinterCondition, ...] = ()
        self._answered = 0

    def conditions(self) -> tuple[PrinterCondition, ...] | None:
        """What the printer says is the matter, the worst first; None where it says nothing.

        Answered at once, also by a printer that is offline. One that answers fewer questions than
        before, and says nothing bad in them, fell silent in between.
        """
        answers: dict[RealTime, RealTimeStatus] = {}
        for which in RealTime:
            answer = self._ask(real_time_request(which), RealTimeStatus)
            if answer is None:
                break
            answers[which] = answer
        fewer, self._answered = len(answers) < self._answered, max(len(answers), self._answered)
        told = conditions_told(answers) if answers else ()
        return None if not answers or (fewer and not told) else told

    def information(self, which: Information) -> str:
        """A text of the printer about itself; empty where it tells none."""
        answer = self._ask(information_request(which), PrinterText)
        return answer.text if answer is not None else ""

    def clear(self) -> bool:
        """Have the printer forget what it has not printed; whether it says that it did."""
        with contextlib.suppress(OSError):
            if self._ask(CLEAR_BUFFERS, Cleared) is not None:
                return True
            # For those that do not know it. They give no answer, so this stays unsure.
            self.tell(RECOVER_CLEARED)
        return False

    def settled(self) -> bool:
        """Whether nothing of an earlier job is left: forgotten, or worked off to its end."""
        return self.clear() or self._ask(PAPER_SENSOR, SensorStatus) is not None

    def sending(self, job: bytes, deadline: float) -> Iterator[None]:
        """Hand a job over, yielding whenever the printer took or said something.

        Raises:
            TimeoutError: it takes no more, or not all by `deadline`.
        """
        left = memoryview(job)
        patience = time.monotonic() + self._times.stall
        while left:
            if time.monotonic() > min(patience, deadline):
                raise TimeoutError("takes no more")
            heard = self.listen(min(patience, deadline), to_write=True)
            sent = self._link.write(bytes(left[:4096]))
            left = left[sent:]
            if sent or heard:
                patience = time.monotonic() + self._times.stall
                yield

    def tell(self, command: bytes) -> None:
        """Send a short command as far as the way takes it now, without waiting."""
        with contextlib.suppress(OSError):
            self._link.write(command)

    def listen(self, deadline: float, *, to_write: bool = False) -> bool:
        """Wait for what comes, or for room to write; whether an answer came."""
        if not self._link.wait(deadline, to_write=to_write):
            raise AbandonedError
        data = self._link.read()
        if data is None:
            raise ConnectionResetError("closed by the printer")
        answers = self._reader.feed(data)
        self.heard = [*self.heard, *answers][-_MOST_KEPT:]
        for answer in answers:
            if isinstance(answer, AutomaticStatus):
                self.pushed = conditions_pushed(answer)
        return bool(answers)

    def listen_through(self, deadline: float) -> None:
        """Listen until `deadline`, whatever comes."""
        while time.monotonic() < deadline:
            self.listen(deadline)

    def drain(self, deadline: float) -> None:
        """Wait until the printer's side has every byte.

        Raises:
            TimeoutError: it does not take them in time.
        """
        if not self._link.drain(deadline):
            raise TimeoutError("not taken in time")

    def rest(self) -> None:
        """Go on once more after `AbandonedError`."""
        self._link.rest()

    def _ask(self, request: bytes, kind: type[_Wanted]) -> _Wanted | None:
        """The first answer of `kind` after `request`; None where none comes in time."""
        deadline = time.monotonic() + self._times.answer
        self.heard = self.heard[-_MOST_KEPT // 2 :]
        before = len(self.heard)
        while request and time.monotonic() < deadline:
            self.listen(deadline, to_write=True)
            request = request[self._link.write(request) :]
        while True:
            for answer in self.heard[before:]:
                if isinstance(answer, kind):
                    return answer
            if time.monotonic() >= deadline:
                return None
            self.listen(deadline)
