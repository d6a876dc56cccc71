"""The engine: order, effects off its thread, the kept form, and what a fault leaves behind."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kiosk.flows import drafts, effects, events
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event, Service
from kiosk.flows.office import Network, OfficeInfo
from kiosk.flows.session import Session, begin, screen_name
from kiosk.runtime.drafts import DraftStore
from kiosk.runtime.engine import Engine
from sync.model.preregistration import Community

TODAY = date(2026, 11, 22)
OFFICE = OfficeInfo("kiosk-0001", "Comune di Esempio", "L219", Community.SISTEMA_PIEMONTE)


class Desk:
    """An engine with eyes: what it showed and what it asked for."""

    def __init__(self, memory: Path) -> None:
        self.shown: list[Session] = []
        self.asked: list[Effect] = []
        self.threads: set[str] = set()
        self.faults = 0
        self.drafts = DraftStore(memory, boot_id="boot", monotonic=time.monotonic, lasts=90)
        self.engine = Engine(fresh=self._fresh, show=self._show, keep=self.drafts)

    def perform(self, effect: Effect, session: Session) -> None:
        del session
        self.asked.append(effect)
        if isinstance(effect, effects.EndSession):
            self.engine.post(events.Started(uuid4(), uuid4(), TODAY))

    def start(self) -> None:
        self.engine.start(self)

    def does(self, *happened: Event) -> Session:
        for event in happened:
            self.engine.post(event)
        return self.engine.session

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < deadline, screen_name(self.engine.session)
            time.sleep(0.005)

    def stands_on(self, name: str) -> None:
        self.until(lambda: screen_name(self.engine.session) == name)

    def _fresh(self, last: Session | None) -> Session:
        network = last.network if last else Network.OFFLINE
        return begin(
            session_id=uuid4(),
            operation_id=UUID(int=7),
            today=TODAY,
            office=OFFICE,
            network=network,
        )

    def _show(self, session: Session) -> None:
        if self.faults:
            self.faults -= 1
            raise RuntimeError("a fault in the program")
        self.threads.add(threading.current_thread().name)
        self.shown.append(session)


@pytest.fixture
def memory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def desk(memory: Path) -> Iterator[Desk]:
    made = Desk(memory)
    made.start()
    yield made
    made.engine.stop()


TO_THE_PRIVACY_NOTICE = (
    events.ServiceChosen(Service.PREREGISTRATION),
    events.OptionChosen("no"),
)


def test_events_are_taken_in_order_on_one_thread(desk: Desk) -> None:
    desk.does(*TO_THE_PRIVACY_NOTICE)
    desk.stands_on("preregistration.privacy")
    names = [screen_name(session) for session in desk.shown]
    assert names == ["welcome", "preregistration.ask-membership", "preregistration.privacy"]
    assert desk.threads <= {"MainThread", "engine"}


def test_effects_are_handed_out(desk: Desk) -> None:
    desk.does(*TO_THE_PRIVACY_NOTICE, events.Continued())
    desk.stands_on("preregistration.insert-card")
    desk.until(lambda: effects.WatchCard() in desk.asked)


def test_a_form_is_kept_while_it_is_open_and_dropped_with_its_session(
    desk: Desk, memory: Path
) -> None:
    desk.does(*TO_THE_PRIVACY_NOTICE, events.Continued(), events.Refused())
    desk.until(lambda: screen_name(desk.engine.session).startswith("preregistration.asking"))
    desk.until((memory / "draft.form").exists)
    desk.does(events.StopAsked(), events.StopConfirmed())
    desk.stands_on("welcome")
    assert list(memory.iterdir()) == []


def test_a_crash_of_the_program_brings_the_form_back(desk: Desk, memory: Path) -> None:
    desk.does(*TO_THE_PRIVACY_NOTICE, events.Continued(), events.Refused())
    desk.until(lambda: screen_name(desk.engine.session).startswith("preregistration.asking"))
    desk.does(events.TextChanged("MRTMRA83T56A269B"))
    desk.until(lambda: "MRTMRA83T56A269B" in str(drafts.draft_of(desk.engine.session)))
    again = Desk(memory)
    kept = again.drafts.load()
    assert isinstance(kept, dict)
    again.start()
    again.does(events.DraftRestored(kept))
    again.until(lambda: screen_name(again.engine.session).endswith("+resumed"))
    again.does(events.ResumeChosen())
    again.until(lambda: screen_name(again.engine.session).startswith("preregistration.asking"))
    again.engine.stop()


def test_who_leaves_without_a_word_is_wiped(desk: Desk, memory: Path) -> None:
    desk.does(*TO_THE_PRIVACY_NOTICE, events.Continued(), events.Refused())
    desk.does(events.TimePassed(OFFICE.idle_seconds - 1, TODAY))
    desk.until(lambda: desk.engine.session.idle.warning)
    desk.does(events.TimePassed(2, TODAY))
    desk.stands_on("welcome")
    assert list(memory.iterdir()) == []


def test_a_fault_in_a_transition_wipes_the_session_and_the_kiosk_goes_on(
    desk: Desk, memory: Path
) -> None:
    desk.does(events.NetworkChanged(Network.ONLINE), *TO_THE_PRIVACY_NOTICE)
    desk.stands_on("preregistration.privacy")
    desk.faults = 1
    desk.does(events.Continued())
    desk.stands_on("welcome")
    assert desk.engine.session.network is Network.ONLINE
    assert list(memory.iterdir()) == []
    desk.does(events.ServiceChosen(Service.REGISTRATION_STATUS))
    desk.stands_on("registration-status.ask-number")


def test_a_performer_that_breaks_does_not_end_the_engine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it breaks again while the session is wiped."""
    perform = desk.perform
    broken: list[Effect] = []

    def breaks(effect: Effect, session: Session) -> None:
        if len(broken) < 2:
            broken.append(effect)
            raise RuntimeError("no more threads")
        perform(effect, session)

    monkeypatch.setattr(desk, "perform", breaks)
    desk.does(events.ServiceChosen(Service.PREREGISTRATION), events.SpeechAsked())
    desk.until(lambda: len(broken) == 2)
    desk.stands_on("welcome")
    desk.does(events.ServiceChosen(Service.REGISTRATION_STATUS))
    desk.stands_on("registration-status.ask-number")
