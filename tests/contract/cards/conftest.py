"""One private pcscd for all card tests, and a bench that holds its readers and a rig."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hw.errors import DeviceTrouble
from hw.readings import CardEvent, CardInserted, CardRemoved, HealthCardReading, ReaderReady
from hw.rig import Rig, RigSettings, open_rig
from tests.emulated.cards.pcscd import PrivatePcscd, why_not
from tests.emulated.cards.virtual_reader import SOUND, Chip, Faults, VirtualReader

SITE_KEY = bytes(range(32))
PATIENCE = 10.0
"""Seconds within which anything must have happened, on a machine under load."""


class Bench:
    """Two readers on a real pcscd, and the rig under test.

    Attributes:
        pcscd: the daemon.
        first: the reader that most tests use; it tells of cards at once, as readers on USB do.
        second: the other one, which pcscd has to look at every 0.4 seconds.
        rig: the devices, watching.
        told: every event of the watch with the time at which it came.
    """

    def __init__(self, pcscd: PrivatePcscd) -> None:
        self.pcscd = pcscd
        self.first, self.second = pcscd.readers
        self.rig: Rig = open_rig(RigSettings(speech=False, site_key=SITE_KEY))
        self.told: list[tuple[float, CardEvent]] = []
        self._changed = threading.Condition()

    def listen(self, event: CardEvent) -> None:
        with self._changed:
            self.told.append((time.monotonic(), event))
            self._changed.notify_all()

    def events(self) -> list[CardEvent]:
        """The events so far."""
        return [event for _, event in self.told]

    def short(self) -> list[str]:
        """The events so far: codes of troubles, names of the others."""
        return [
            event.code if isinstance(event, DeviceTrouble) else type(event).__name__
            for event in self.events()
        ]

    def await_event(self, wanted: Callable[[CardEvent], bool], *, since: int = 0) -> float:
        """Wait for an event behind the first `since`; gives the time at which it came."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: [when for when, event in self.told[since:] if wanted(event)], PATIENCE
            )
        assert found, f"not told within {PATIENCE} s; told: {self.short()}\n{self.pcscd.log()}"
        return found[0]

    def await_code(self, code: str, *, since: int = 0) -> float:
        """Wait for a trouble."""
        return self.await_event(
            lambda event: isinstance(event, DeviceTrouble) and event.code == code, since=since
        )

    def await_ready(self, *, since: int = 0) -> float:
        """Wait until a reader can be used."""
        return self.await_event(lambda event: isinstance(event, ReaderReady), since=since)

    def insert(
        self, chip: Chip, faults: Faults = SOUND, reader: VirtualReader | None = None
    ) -> float:
        """Put a card in and wait until it is told; gives the seconds that took."""
        began, since = time.monotonic(), len(self.told)
        (reader or self.first).insert(chip, faults)
        return self.await_event(lambda e: isinstance(e, CardInserted), since=since) - began

    def remove(self, reader: VirtualReader | None = None) -> float:
        """Pull the card and wait until that is told; gives the seconds that took."""
        began, since = time.monotonic(), len(self.told)
        (reader or self.first).remove()
        return self.await_event(lambda e: isinstance(e, CardRemoved), since=since) - began

    def read(self) -> HealthCardReading | DeviceTrouble:
        """Read the card."""
        return self.rig.read_health_card()

    def read_code(self) -> str:
        """Read a card that gives trouble; gives the code."""
        result = self.read()
        assert isinstance(result, DeviceTrouble), "it was read"
        return result.code


@pytest.fixture(scope="session")
def pcscd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePcscd]:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"no private pcscd: {reason}")
    folder = tmp_path_factory.mktemp("pcscd")
    names = ("Virtual Reader A", "Virtual Reader B")
    with PrivatePcscd(folder, names, polled=names[1:]) as daemon:
        daemon.use_in_this_process()
        yield daemon


@pytest.fixture
def bench(pcscd: PrivatePcscd) -> Iterator[Bench]:
    """A bench whose readers are there and empty, and a watch that knows it."""
    pcscd.use_in_this_process()  # another test's daemon may have been here meanwhile
    pcscd.start()
    made = Bench(pcscd)
    made.rig.watch_cards(made.listen)
    made.await_ready()
    yield made
    made.rig.close()
    pcscd.thaw()
    if pcscd.offered != pcscd.readers:
        pcscd.stop()
        pcscd.offer(pcscd.readers)
    pcscd.start()
    for reader in pcscd.readers:
        reader.mend()
    _await_empty()


def _await_empty() -> None:
    """Wait until pcscd has seen that no card is left."""
    emptied = threading.Event()
    inside: set[str] = set()
    rig = open_rig(RigSettings(speech=False))

    def listen(event: CardEvent) -> None:
        if isinstance(event, CardInserted):
            inside.add(event.reader)
        elif isinstance(event, CardRemoved):
            inside.discard(event.reader)

    rig.watch_cards(listen)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not emptied.wait(0.05):
        result = rig.read_health_card()
        if isinstance(result, DeviceTrouble) and result.code == "card.absent" and not inside:
            emptied.set()
    rig.close()
    assert emptied.is_set(), "a card stayed in its reader"
