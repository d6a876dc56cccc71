"""Reads a screen aloud, and tells the flow when it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from uuid import UUID

from hw.ports import Speaker
from kiosk import log_events
from kiosk.flows import events
from kiosk.flows.events import Event
from kiosk.flows.phrases import Phrase
from kiosk.strings.catalogue import Catalogue

_LONGEST_TEXT_SECONDS = 600.0


class Voice:
    """Says phrases in the session's language.

    Speaking takes turns: whoever silences ends the turn, so that what is queued, or about to start,
    cannot be heard by the next person.

    Args:
        speaker: the station's voice.
        catalogues: one per language.
        post: takes the outcome.
    """

    def __init__(
        self,
        speaker: Speaker,
        catalogues: Mapping[str, Catalogue],
        post: Callable[[Event], None],
    ) -> None:
        self._speaker = speaker
        self._catalogues = catalogues
        self._post = post
        self._lock = threading.Lock()
        self._turn = 0

    def next_turn(self) -> int:
        """Stop at once, end the turn that is, and give the number of the new one for `speak`."""
        with self._lock:
            self._turn += 1
            turn = self._turn
        # After the raise: what starts before this line is stopped by it, what comes later is over.
        self._speaker.silence()
        return turn

    def silence(self) -> None:
        """Stop at once; a `speak` that is under way ends, one that is queued says nothing."""
        self.next_turn()

    def speak(
        self, turn: int, session_id: UUID, phrases: tuple[Phrase, ...], language: str
    ) -> None:
        """Say the phrases with a pause after each. Blocks until all is said or silenced.

        Posts `SpeechEnded` or `SpeechFailed`; nothing where the turn is over, for then the flow
        waits for another speech, or for none. Call it from one thread only.
        """
        if self._is_over(turn):
            return
        catalogue = self._catalogues[language]
        text = " \n".join(catalogue.say(part) for part in phrases)
        trouble = self._speaker.say(text, language, unless=lambda: self._is_over(turn))
        outcome: Event = events.SpeechEnded(session_id)
        if trouble is not None:
            log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
            outcome = events.SpeechFailed(session_id, trouble.code)
        else:
            self._speaker.wait(_LONGEST_TEXT_SECONDS)
        if not self._is_over(turn):
            self._post(outcome)

    def _is_over(self, turn: int) -> bool:
        with self._lock:
            return turn != self._turn
