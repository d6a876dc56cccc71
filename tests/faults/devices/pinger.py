"""Asks the window something all the time: whether its thread ever keeps somebody waiting.

The asking is done by a process of its own, as the emulated chips and pictures of the campaign keep
its own process busy. Another thread of that process does nothing but sleep for a hundredth of a
second and look how late it was woken: by so much at least the machine held up everybody during an
answer, and that part says nothing of the kiosk.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.workbench.person import Person
from tests.workbench.pki import REPOSITORY
from tests.workbench.stage import Stage

LONGEST_WAIT: Final = 2.0
"""Seconds within which the window's thread answers, whatever the devices do."""
_EVERY: Final = 0.1
_NAP: Final = 0.01
_WORTH_TELLING: Final = 0.5


class Pinger:
    """A context manager; asks which screen is drawn every 100 ms, or as soon as it was answered.

    Attributes:
        longest: seconds of the answer that took longest.
        own_longest: the same, without what the machine held up everybody meanwhile.
        asked: how many answers there were.
        where: the page on which `own_longest` was measured.
        unanswered: what went wrong with a question, oldest first.
    """

    def __init__(self, stage: Stage) -> None:
        self._command = [
            *(sys.executable, "-m", "tests.faults.devices.pinger"),
            str(stage.kiosk.control),
        ]
        self._process: subprocess.Popen[str] | None = None
        self.longest = self.own_longest = 0.0
        self.asked = 0
        self.where = ""
        self.unanswered: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
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
            own = told["took"] - told["held_up"]
            if own > self.own_longest:
                self.own_longest, self.where = own, told["page"]


def ask_on(person: Person, held_up: Callable[[], float], over: Callable[[float], bool]) -> None:
    """Ask until `over`; one line for each slow answer, and one for all that were quick."""
    answers, quickly, waited = 0, 0.0, 0.0
    while not over(max(0.0, _EVERY - waited)):
        before, began = held_up(), time.monotonic()
        try:
            page = person.screen()
        except (OSError, ValueError) as fault:
            print(json.dumps({"fault": type(fault).__name__}), flush=True)
            waited = 0.0
            continue
        waited = time.monotonic() - began
        answers += 1
        if waited > _WORTH_TELLING:
            lost = min(waited, held_up() - before)
            told = {"answers": 0, "took": waited, "held_up": lost, "page": page}
            print(json.dumps(told), flush=True)
        else:
            quickly = max(quickly, waited)
    print(json.dumps({"answers": answers, "took": quickly, "held_up": 0.0, "page": ""}), flush=True)


class Lateness:
    """How late the machine wakes who sleeps, summed up."""

    def __init__(self) -> None:
        self.seconds = 0.0
        threading.Thread(target=self._run, name="lateness", daemon=True).start()

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(_NAP)
            self.seconds += time.monotonic() - began - _NAP


def main() -> int:
    """Ask until a line comes in."""
    person, lateness = Person(Path(sys.argv[1]), {}), Lateness()
    ask_on(
        person,
        lambda: lateness.seconds,
        lambda seconds: bool(select.select([sys.stdin], [], [], seconds)[0]),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
