"""Asks the window something all the time: whether its thread ever keeps somebody waiting.

The asking is done by a process of its own, as the emulated chips and pictures of the campaign keep
its own process busy. Another thread of that process does the same small piece of work again and
again: how much longer it takes than at its quickest says how slow the machine is at this moment for
a process like the kiosk, whatever else runs there, and an answer is judged by that measure.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.workbench.person import Person

LONGEST_WAIT: Final = 2.0
"""Seconds within which the window's thread answers, whatever the devices do."""
_REPOSITORY: Final = Path(__file__).parents[3]
_EVERY: Final = 0.1
_NAP: Final = 0.04
_PIECE: Final = 200_000
_CALIBRATIONS: Final = 20
_REMEMBERED: Final = 1000
_WORTH_TELLING: Final = 0.5


class Pinger:
    """A context manager; asks which screen is drawn every 100 ms, or as soon as it was answered.

    Attributes:
        longest: seconds of the answer that took longest.
        own_longest: the same, as if nothing else had run on the machine.
        asked: how many answers there were.
        where: the page on which `own_longest` was measured.
        unanswered: what went wrong with a question, oldest first.
    """

    def __init__(self, control: Path) -> None:
        self._command = [
            *(sys.executable, "-m", "tests.faults.devices.pinger"),
            str(control),
        ]
        self._process: subprocess.Popen[str] | None = None
        self.longest = self.own_longest = 0.0
        self.asked = 0
        self.where = ""
        self.unanswered: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout is not None:
            self._process.stdout.readline()  # it has begun
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        lines, _ = self._process.communicate("stop\n", timeout=60)
        for line in lines.splitlines():
            told = json.loads(line)
            if "fault" in told:
                self.unanswered.append(told["fault"])
                continue
            self.asked += told["answers"]
            self.longest = max(self.longest, told["took"])
            own = told["took"] / told["slowness"]
            if own > self.own_longest:
                self.own_longest, self.where = own, told["page"]


def ask_on(person: Person, slowness: Slowness, over: Callable[[float], bool]) -> None:
    """Ask until `over`; one line for each slow answer, and one for all that were quick."""
    answers, quickly, waited = 0, 0.0, 0.0
    _tell({})
    while not over(max(0.0, _EVERY - waited)):
        began = time.monotonic()
        try:
            page = person.screen()
        except (OSError, ValueError) as fault:
            _tell({"fault": type(fault).__name__})
            waited = 0.0
            continue
        waited = time.monotonic() - began
        answers += 1
        if waited > _WORTH_TELLING:
            factor = slowness.since(began)
            _tell({"answers": 0, "took": waited, "slowness": factor, "page": page})
        else:
            quickly = max(quickly, waited)
    _tell({"answers": answers, "took": quickly, "slowness": 1.0, "page": ""})


def _tell(line: dict[str, str | float]) -> None:
    print(json.dumps(line), flush=True)


class Slowness:
    """How much slower than alone the machine runs a process of this priority."""

    def __init__(self) -> None:
        self._alone = min(_work() for _ in range(_CALIBRATIONS))
        self._pieces: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        threading.Thread(target=self._run, name="slowness", daemon=True).start()

    def since(self, began: float) -> float:
        """The factor from `began` (monotonic) until now; 1.0 or more."""
        took = [seconds for ended, seconds in tuple(self._pieces) if ended >= began]
        return max(1.0, sum(took) / len(took) / self._alone) if took else 1.0

    def _run(self) -> None:
        while True:
            seconds = _work()
            self._alone = min(self._alone, seconds)
            self._pieces.append((time.monotonic(), seconds))
            time.sleep(_NAP)


def _work() -> float:
    """Some milliseconds of work; the seconds that it took."""
    began = time.monotonic()
    sum(range(_PIECE))
    return time.monotonic() - began


def main() -> int:
    """Ask until a line comes in."""
    ask_on(
        Person(Path(sys.argv[1]), {}),
        Slowness(),
        lambda seconds: bool(select.select([sys.stdin], [], [], seconds)[0]),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
