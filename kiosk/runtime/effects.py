"""Performs what the flows ask for, each kind of work on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from kiosk.flows import effects, events
from kiosk.flows.clerk.effects import ClerkEffect
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.home_effects import HomeEffect
from kiosk.flows.installer.effects import InstallerEffect
from kiosk.flows.session import Session
from kiosk.runtime.devices import Cards
from kiosk.runtime.endpoints import InstallerEffects
from kiosk.runtime.fingers import Fingers
from kiosk.runtime.identity import Documents
from kiosk.runtime.own_threads import ClerkEffects, HomeEffects
from kiosk.runtime.printing import Papers
from kiosk.runtime.readiness import Readiness
from kiosk.runtime.records import Records
from kiosk.runtime.scanning import Scanning
from kiosk.runtime.voice import Voice
from kiosk.runtime.workers import FAULT, Worker

_PAPER_WAITS_SECONDS = 10.0
_SESSIONS_REMEMBERED = 64
_WIPE_WAITS_SECONDS = 5.0
_STOP_SECONDS = 4.0
_INSIST_SECONDS = 0.1

_OfCards = (
    effects.WatchCard
    | effects.StopWatchingCard
    | effects.AbandonReading
    | effects.ReadCard
    | effects.ReadDocument
    | effects.AskPinTries
    | effects.ProveHealthCard
    | effects.ForgetDocument
)
_OfSensors = (
    effects.TakeFinger
    | effects.CompareFinger
    | effects.AbandonFinger
    | effects.ForgetFingers
    | effects.ScanBarcode
    | effects.AbandonScan
)
_OfReadiness = (
    effects.WatchDevices
    | effects.StopWatchingDevices
    | effects.TestDevice
    | effects.AbandonTest
    | effects.MendDevice
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Those who carry out effects.

    Attributes:
        home: None where nobody concludes a procedure.
        clerk: None where the station is no counter.
        installer: None where nobody sets the station up.
    """

    cards: Cards
    documents: Documents
    records: Records
    papers: Papers
    voice: Voice
    fingers: Fingers
    scanning: Scanning
    readiness: Readiness
    home: HomeEffects | None = None
    clerk: ClerkEffects | None = None
    installer: InstallerEffects | None = None


class Effects:
    """Hands every effect to the part that can do it.

    Args:
        parts: who does what.
        post: takes the events that answer.
        started: makes the `Started` of the next session.
        patience: longest time, in seconds, that a device which hangs keeps the next session from
            beginning.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        post: Callable[[Event], None],
        started: Callable[[], events.Started],
        patience: float = _WIPE_WAITS_SECONDS,
    ) -> None:
        self._post = post
        self._patience = patience
        self._started = started
        self._cards = parts.cards
        self._documents = parts.documents
        self._records = parts.records
        self._papers = parts.papers
        self._voice = parts.voice
        self._fingers = parts.fingers
        self._scanning = parts.scanning
        self._readiness = parts.readiness
        self._home = parts.home
        self._clerk = parts.clerk
        self._installer = parts.installer
        self._recording = Worker("records")
        self._reading = Worker("cards")
        self._proving = Worker("documents")
        self._slips = Worker("slips")
        self._pages = Worker("pages")
        self._ended: deque[UUID] = deque(maxlen=_SESSIONS_REMEMBERED)
        self._speaking = Worker("voice")
        self._taking = Worker("fingers")
        self._looking = Worker("codes")
        self._testing = Worker("readiness")

    def perform(self, effect: Effect, session: Session) -> None:
        """Start the effect; its outcome is posted."""
        post = self._post
        match effect:
            case _ if isinstance(effect, _OfCards):
                self._of_cards(effect)
            case _ if isinstance(effect, _OfSensors):
                self._of_sensors(effect)
            case _ if isinstance(effect, _OfReadiness):
                self._of_readiness(effect, session.language)
            case effects.Record():
                self._record(effect, session.language)
            case effects.RecordAct(session_id, operation_id, act):
                self._recording.do(
                    lambda: self._records.record_act(session_id, operation_id, act),
                    lambda: post(events.ActNotRecorded(session_id, operation_id, FAULT)),
                )
            case effects.LookUpStatus(session_id, number):
                self._recording.do(
                    lambda: self._records.look_up(session_id, number),
                    lambda: post(events.StatusFailed(session_id, number, FAULT)),
                )
            case effects.Print():
                self._print(effect)
            case effects.Speak(session_id, phrases):
                language = session.language
                turn = self._voice.next_turn()
                self._speaking.do(
                    lambda: self._voice.speak(turn, session_id, phrases, language),
                    lambda: post(events.SpeechFailed(session_id, FAULT)),
                )
            case effects.Silence():
                self._voice.silence()
            case effects.EndSession(session_id):
                self._end(session_id)
            case _ if isinstance(effect, HomeEffect | ClerkEffect | InstallerEffect):
                self._of_procedure(effect)
            case _:
                assert_never(effect)

    def stop(self) -> None:
        """End all threads; a record that is under way is finished first.

        Papers are withdrawn, those that wait are not begun. Takes seconds at most, all threads
        together: what still hangs then ends with the program.
        """
        self._papers.abandon()
        if self._home is not None:
            self._home.stop()
        if self._clerk is not None:
            self._clerk.stop()
        if self._installer is not None:
            self._installer.abandon()
        self._cards.abandon()
        self._documents.stop()
        self._fingers.stop()
        self._scanning.stop()
        self._readiness.stop()
        self._voice.silence()
        printing = (self._slips, self._pages)
        others = (self._reading, self._proving, self._speaking)
        devices = (self._taking, self._looking, self._testing)
        workers = (self._recording, *printing, *others, *devices)
        for worker in workers:
            worker.finish(dropping=worker in printing)
        until = time.monotonic() + _STOP_SECONDS
        for worker in workers:
            while not worker.wait(min(_INSIST_SECONDS, max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until:
                    break
                self._papers.abandon()  # the first time may have come just before a job began

    def _of_procedure(self, effect: HomeEffect | ClerkEffect | InstallerEffect) -> None:
        """What a station asks that has no such part is nobody's."""
        if isinstance(effect, HomeEffect):
            if self._home is not None:
                self._home.perform(effect)
        elif isinstance(effect, InstallerEffect):
            if self._installer is not None:
                self._installer.perform(effect)
        elif self._clerk is not None:
            self._clerk.perform(effect)

    def _of_cards(self, effect: _OfCards) -> None:
        match effect:
            case effects.WatchCard():
                self._reading.do(self._cards.watch, lambda: self._post(events.ReaderFailed(FAULT)))
            case effects.StopWatchingCard():
                self._reading.do(self._cards.stop)
            case effects.AbandonReading():
                self._cards.abandon()
                self._documents.abandon()
            case effects.ReadCard(session_id):
                self._reading.do(
                    lambda: self._cards.read(session_id),
                    lambda: self._post(events.CardReadFailed(session_id, FAULT)),
                )
            case _:
                self._prove(effect)

    def _of_sensors(self, effect: _OfSensors) -> None:
        fingers, scanning = self._fingers, self._scanning
        match effect:
            case effects.TakeFinger(session_id):
                turn = fingers.expect()
                self._taking.do(
                    lambda: fingers.take(turn, effect),
                    lambda: fingers.tell(turn, events.FingerFailed(session_id, FAULT)),
                )
            case effects.CompareFinger(session_id):
                turn = fingers.expect()
                self._taking.do(
                    lambda: fingers.compare(turn, effect),
                    lambda: fingers.tell(turn, events.FingerFailed(session_id, FAULT)),
                )
            case effects.AbandonFinger() | effects.ForgetFingers():
                # Nothing is kept between two takings; what runs is ended and wipes what it has.
                fingers.abandon()
            case effects.ScanBarcode(session_id, purpose):
                turn = scanning.expect()
                self._looking.do(
                    lambda: scanning.scan(session_id, purpose, turn),
                    lambda: scanning.tell(turn, events.ScanFailed(session_id, FAULT)),
                )
            case effects.AbandonScan():
                scanning.abandon()

    def _of_readiness(self, effect: _OfReadiness, language: str) -> None:
        readiness = self._readiness
        match effect:
            case effects.WatchDevices():
                readiness.watch()
            case effects.StopWatchingDevices():
                readiness.stop_watching()
            case effects.TestDevice(session_id, kind):
                turn = readiness.expect()
                self._testing.do(
                    lambda: readiness.test(turn, effect, language),
                    lambda: readiness.tell(turn, events.DeviceTested(session_id, kind, FAULT)),
                )
            case effects.AbandonTest():
                readiness.abandon()
            case effects.MendDevice(kind):
                readiness.mend(kind)

    def _prove(
        self,
        effect: effects.ReadDocument
        | effects.AskPinTries
        | effects.ProveHealthCard
        | effects.ForgetDocument,
    ) -> None:
        """Work on a document or on a PIN; the watch of the readers goes on meanwhile."""
        documents = self._documents
        if isinstance(effect, effects.ForgetDocument):
            # Nothing is kept between two readings; what runs is ended and drops what it has.
            documents.abandon()
            return
        session_id, turn = effect.session_id, documents.expect()
        match effect:
            case effects.ReadDocument():
                self._proving.do(
                    lambda: documents.read(turn, effect),
                    lambda: documents.tell(turn, events.DocumentReadFailed(session_id, FAULT)),
                )
            case effects.AskPinTries():
                self._proving.do(
                    lambda: documents.ask_tries(turn, session_id),
                    lambda: documents.tell(turn, events.HealthCardProofFailed(session_id, FAULT)),
                )
            case effects.ProveHealthCard():
                self._proving.do(
                    lambda: documents.prove(turn, effect),
                    lambda: documents.tell(turn, events.HealthCardProofFailed(session_id, FAULT)),
                )

    def _record(self, effect: effects.Record, language: str) -> None:
        self._recording.do(
            lambda: self._records.record(effect, language),
            lambda: self._post(events.RecordFailed(effect.operation_id, FAULT)),
        )

    def _print(self, effect: effects.Print) -> None:
        """Print, unless the paper has waited long and nobody is there any more to take it.

        A printer that is mended later must not hand one person's papers to the next.
        """
        asked = time.monotonic()
        session_id, document, content = effect.session_id, effect.document, effect.content

        def wanted() -> bool:
            waited = time.monotonic() - asked
            return waited < _PAPER_WAITS_SECONDS or session_id not in tuple(self._ended)

        def work() -> None:
            self._papers.print(session_id, document, content, again=effect.again, wanted=wanted)

        worker = self._slips if document.on_slip else self._pages
        worker.do(work, lambda: self._post(events.PrintFailed(session_id, document, FAULT)))

    def _end(self, session_id: UUID) -> None:
        """What the session still runs is ended before the next one may begin.

        A paper that a printer is taking is finished: who goes at once still gets the receipt.
        """
        self._ended.append(session_id)
        if self._home is not None:
            self._home.end()
        if self._clerk is not None:
            self._clerk.end(session_id)
        if self._installer is not None:
            self._installer.abandon()
        self._voice.silence()
        self._cards.abandon()
        self._documents.abandon()
        self._fingers.abandon()
        self._scanning.abandon()
        self._readiness.abandon()
        self._readiness.stop_watching()
        self._reading.do(self._cards.stop)
        # Behind whatever each thread still does with a card, a finger, a picture or a test; but a
        # device that hangs does not keep the next person from beginning. Its answer is nobody's.
        behind = (self._reading, self._proving, self._taking, self._looking, self._testing)
        begin = _Once(self._begin)
        _in_turn(behind, begin)
        late = threading.Timer(self._patience, begin)
        late.daemon = True
        late.start()

    def _begin(self) -> None:
        self._post(self._started())
        if self._clerk is not None:
            self._clerk.began()


class _Once:
    """Does something the first time it is called, from whichever thread."""

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self._first = threading.Lock()

    def __call__(self) -> None:
        if self._first.acquire(blocking=False):
            self._action()


def _in_turn(workers: Sequence[Worker], last: Callable[[], None]) -> None:
    """Do `last` when each of the workers in turn has done what it was asked before."""
    if not workers:
        last()
        return
    first, *others = workers
    first.do(lambda: _in_turn(others, last))
