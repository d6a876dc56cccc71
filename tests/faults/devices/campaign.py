"""Pulls one device and returns it, again and again, on every page that uses it.

After each return: the window's thread answered all the time within two seconds, the kiosk is the
same process, the page had shown the trouble, and within ten seconds the service went on, by itself
or by one touch of what the page offers. While a device is away, another service is done.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.emulated.services import ServiceError
from tests.faults.devices import cameras, fingers, papers, readers, ready
from tests.faults.devices.page import Page, go_home
from tests.faults.devices.pinger import LONGEST_WAIT, Pinger
from tests.workbench import walks
from tests.workbench.display import Display
from tests.workbench.person import NotSeenError
from tests.workbench.stage import Stage

RECOVERS_WITHIN: Final = 10.0
"""Seconds from the return of a device to its service."""
_GLANCE: Final = 0.02
_LONGEST_AWAY: Final = 0.8
_MOST_BROKEN: Final = 3
"""Broken rounds of a page after which the rest of its rounds counts as broken, too."""
_IDLE_SECONDS: Final = 1800

DEVICES: Final[dict[str, tuple[type[Page], ...]]] = {
    "card-reader": (*readers.READER_PAGES, *ready.pages("card-reader")),
    "document": readers.DOCUMENT_PAGES,
    "fingerprint": (*fingers.PAGES, *ready.pages("fingerprint")),
    "camera": (*cameras.PAGES, *ready.pages("camera")),
    "slip-printer": (*papers.SLIP_PAGES, *ready.pages("slip-printer")),
    "page-printer": (*papers.A4_PAGES, *ready.pages("page-printer")),
}
"""The pages that use each device."""


@dataclass
class Figures:
    """What happened to one device.

    Attributes:
        device: which.
        pulls: how often it was pulled.
        seconds: from each return to the service.
        ui_longest: longest answer of the window's thread, in seconds.
        ui_own: the same without what the machine was busy with otherwise; see `Pinger`.
        ui_where: the page of that.
        broken: promises that did not hold.
        slowest: the page of the longest recovery.
    """

    device: str
    pulls: int = 0
    seconds: list[float] = field(default_factory=list)
    ui_longest: float = 0.0
    ui_own: float = 0.0
    ui_where: str = ""
    broken: list[str] = field(default_factory=list)
    slowest: str = ""

    def took(self, page: str, seconds: float) -> None:
        """One recovery."""
        if seconds >= max(self.seconds, default=0.0):
            self.slowest = page
        self.seconds.append(seconds)

    def line(self) -> str:
        """For a script that reads it."""
        longest = max(self.seconds, default=0.0)
        median = statistics.median(self.seconds) if self.seconds else 0.0
        return (
            f"DEVICE {self.device} pulls={self.pulls} longest_s={longest:.2f} "
            f"median_s={median:.2f} ui_longest_s={self.ui_longest:.2f} ui_own_s={self.ui_own:.2f} "
            f"broken={len(self.broken)}"
        )


def shares(pages: Sequence[type[Page]], pulls: int) -> list[int]:
    """How many pulls each page gets: at least one where there are enough."""
    whole = sum(page.share for page in pages)
    ends, so_far = [], 0
    for page in pages:
        so_far += page.share
        ends.append(round(pulls * so_far / whole))
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


class Campaign:
    """One device on a stage of its own.

    Args:
        device: one of `DEVICES`.
        seed: of the dice.
        say: told what goes on.
    """

    def __init__(
        self, device: str, *, seed: int = 1, say: Callable[[str], None] = lambda _line: None
    ) -> None:
        self.figures = Figures(device)
        self._dice = random.Random(seed)
        self._say = say

    def run(self, pulls: int) -> Figures:
        """All pages; each role of the station has its own stage."""
        pages = DEVICES[self.figures.device]
        planned = list(zip(pages, shares(pages, pulls), strict=True))
        for role in ("citizen", "installer"):
            mine = [(page, rounds) for page, rounds in planned if page.role == role and rounds]
            if mine:
                with Display() as display:
                    self.visit(display, role, mine)
        return self.figures

    def visit(self, display: Display, role: str, planned: Sequence[tuple[type[Page], int]]) -> None:
        """The pages of one role; a kiosk that is lost is replaced for the pages that follow."""
        left = list(planned)
        while left:
            made = Stage(display, fitted=True, role=role, idle_seconds=_IDLE_SECONDS)
            with made as stage, self.watched(stage):
                while left:
                    page, rounds = left.pop(0)
                    if not self.play(page(stage, self._dice), rounds):
                        break
                else:
                    if role == "citizen":
                        self.elsewhere(stage)

    @contextmanager
    def watched(self, stage: Stage) -> Iterator[None]:
        """The window's thread and the kiosk's process, all the time."""
        kiosk = stage.kiosk.pid
        with Pinger(stage.kiosk.control) as pinger:
            yield
        figures = self.figures
        figures.ui_longest = max(figures.ui_longest, pinger.longest)
        if pinger.own_longest > figures.ui_own:
            figures.ui_own, figures.ui_where = pinger.own_longest, pinger.where
        if pinger.own_longest > LONGEST_WAIT:
            figures.broken.append(
                f"the window's thread: {pinger.own_longest:.2f} s without an answer "
                f"({pinger.longest:.2f} s by the clock) on {pinger.where}"
            )
        if not pinger.asked:
            figures.broken.append("the window's thread was never asked")
        if pinger.unanswered:
            figures.broken.append(f"the window's thread: {', '.join(pinger.unanswered[:3])}")
        if not stage.kiosk.running or stage.kiosk.pid != kiosk:
            figures.broken.append(f"the kiosk died: {stage.kiosk.log_end()}")

    def play(self, page: Page, rounds: int) -> bool:
        """The rounds of one page; False where the person cannot get home any more."""
        began, faults = time.monotonic(), 0
        arrived = False
        for round_ in range(rounds):
            try:
                if not arrived:
                    page.arrive()
                    arrived = True
                self.pull_once(page)
            except (NotSeenError, TimeoutError, AssertionError, OSError, ServiceError) as fault:
                faults += 1
                self._broke(page, round_, str(fault))
                arrived = False
                if not self._recovers(page):
                    return False
                if faults >= _MOST_BROKEN:
                    self._broke(page, round_, f"{rounds - round_ - 1} rounds left out")
                    break
        for promise in page.broken_promises() if arrived else ():
            self._broke(page, rounds, promise)
        self._say(
            f"{self.figures.device}: {page.name}: {rounds} pulls, {time.monotonic() - began:.0f} s"
        )
        return self._recovers(page)

    def pull_once(self, page: Page) -> None:
        """One round."""
        page.rest(0.3)
        self.figures.pulls += 1
        page.pull()
        page.wait_until(page.troubled, "the trouble", page.patience)
        page.rest(_LONGEST_AWAY)
        began, page.hand_seconds = time.monotonic(), 0.0
        page.give_back()
        while not page.serves():
            if time.monotonic() - began - page.hand_seconds > RECOVERS_WITHIN:
                raise NotSeenError(f"no service after its return on {page.person.screen()}")
            time.sleep(_GLANCE)
        seconds = time.monotonic() - began - page.hand_seconds
        self.figures.took(page.name, seconds)
        if seconds > RECOVERS_WITHIN:
            self.figures.broken.append(f"{page.name}: {seconds:.2f} s from return to service")
        page.settle()

    def elsewhere(self, stage: Stage) -> None:
        """While this device is away, another one serves somebody to the end."""
        device = self.figures.device
        kind = "card-reader" if device == "document" else device
        plug = ready.PLUGS[kind]
        self.figures.pulls += 1
        try:
            plug.pull(stage)
            other = read_a_code if kind == "card-reader" else read_a_card
            other(stage)
            go_home(stage.person)
        except (NotSeenError, OSError) as fault:
            self.figures.broken.append(f"{device}: no other service while it was away: {fault}")
        finally:
            plug.give_back(stage)

    def _recovers(self, page: Page) -> bool:
        """Everything is plugged in and the person is at the first page."""
        stage = page.stage
        try:
            page.give_back()
            stage.reader.remove()
            go_home(stage.person, "readiness.devices" if page.role == "installer" else "welcome")
        except (NotSeenError, OSError, ServiceError) as fault:
            self._broke(page, 0, f"no way home: {fault}")
            return False
        return True

    def _broke(self, page: Page, round_: int, what: str) -> None:
        finding = f"{self.figures.device}: {page.name}: pull {round_ + 1}: {what}"
        self.figures.broken.append(finding)
        self._say(finding)


def read_a_card(stage: Stage) -> None:
    """A health card is read and judged."""
    person = stage.person
    walks.to_choose_card(person)
    person.touch("option.health-card")
    person.wait_for("identity-check.insert-health-card")
    stage.reader.insert(walks.health_card())
    person.wait_for("identity-check.verdict")
    stage.reader.remove()


def read_a_code(stage: Stage) -> None:
    """The code of a receipt is read by the camera."""
    person = stage.person
    stage.camera.show(walks.held_number())
    walks.to_number(person)
    person.touch("option.scan")
    person.wait_for("registration-status.not-found")
    stage.camera.show(walks.WALL)
