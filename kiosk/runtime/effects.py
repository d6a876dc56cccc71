"""Performs what the flows ask for, each kind of work on a thread of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import assert_never
from uuid import UUID

from kiosk.flows import effects, events
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.session import Session
from kiosk.runtime.devices import Cards
from kiosk.runtime.identity import Documents
from kiosk.runtime.printing import Papers
from kiosk.runtime.records import Records
from kiosk.runtime.voice import Voice
from kiosk.runtime.workers import FAULT, Worker

_PAPER_WAITS_SECONDS = 10.0
_SESSIONS_REMEMBERED = 64


class Effects:
    """Hands every effect to the part that can do it.

    Args:
        post: takes the events that answer.
        started: makes the `Started` of the next session.
    """

    def __init__(
        self,
        *,
        post: Callable[[Event], None],
        started: Callable[[], events.Started],
        cards: Cards,
        documents: Documents,
        records: Records,
        papers: Papers,
        voice: Voice,
    ) -> None:
        self._post = post
        self._started = started
        self._cards = cards
        self._documents = documents
        self._records = records
        self._papers = papers
        self._voice = voice
        self._recording = Worker("records")
        self._reading = Worker("cards")
        self._proving = Worker("documents")
        self._slips = Worker("slips")
        self._pages = Worker("pages")
        self._ended: deque[UUID] = deque(maxlen=_SESSIONS_REMEMBERED)
        self._speaking = Worker("voice")

    def perform(self, effect: Effect, session: Session) -> None:  # noqa: C901, PLR0912  # one line for each effect
        """Start the effect; its outcome is posted."""
        post = self._post
        match effect:
            case effects.WatchCard():
                self._reading.do(self._cards.watch, lambda: post(events.ReaderFailed(FAULT)))
            case effects.StopWatchingCard():
                self._reading.do(self._cards.stop)
            case effects.AbandonReading():
                self._cards.abandon()
                self._documents.abandon()
            case (
                effects.ReadDocument()
                | effects.AskPinTries()
                | effects.ProveHealthCard()
                | effects.ForgetDocument()
            ):
                self._prove(effect)
            case effects.ReadCard(session_id):
                self._reading.do(
                    lambda: self._cards.read(session_id),
                    lambda: post(events.CardReadFailed(session_id, FAULT)),
                )
            case effects.Record():
                self._record(effect, session.language)
            case effects.RecordAct(session_id, operation_id):
                post(events.ActNotRecorded(session_id, operation_id, FAULT))
            case effects.TakeFinger(session_id) | effects.CompareFinger(session_id):
                post(events.FingerFailed(session_id, "fingerprint.absent"))
            case effects.ScanBarcode(session_id):
                post(events.ScanFailed(session_id, "camera.absent"))
            case effects.TestDevice(session_id, kind):
                post(events.DeviceTested(session_id, kind, FAULT))
            case (
                effects.AbandonFinger()
                | effects.ForgetFingers()
                | effects.AbandonScan()
                | effects.WatchDevices()
                | effects.StopWatchingDevices()
                | effects.AbandonTest()
                | effects.MendDevice()
            ):
                pass
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
            case _:
                assert_never(effect)

    def stop(self) -> None:
        """End all threads; a record that is under way is finished first."""
        self._cards.abandon()
        self._documents.stop()
        self._voice.silence()
        for worker in (
            *(self._recording, self._reading, self._proving),
            *(self._slips, self._pages, self._speaking),
        ):
            worker.stop()

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

        def work() -> None:
            waited = time.monotonic() - asked
            if waited < _PAPER_WAITS_SECONDS or session_id not in self._ended:
                self._papers.print(session_id, document, content, again=effect.again)

        worker = self._slips if document.on_slip else self._pages
        worker.do(work, lambda: self._post(events.PrintFailed(session_id, document, FAULT)))

    def _end(self, session_id: UUID) -> None:
        """What the session still runs is ended before the next one may begin.

        A paper that a printer is taking is finished: who goes at once still gets the receipt.
        """
        self._ended.append(session_id)
        self._voice.silence()
        self._cards.abandon()
        self._documents.abandon()
        self._reading.do(self._cards.stop)
        # Behind whatever either thread still does with a card.
        self._reading.do(lambda: self._proving.do(lambda: self._post(self._started())))
