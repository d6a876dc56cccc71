"""Reads a screen aloud, and tells the flow when it is done."""

from __future__ import annotations

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

    def speak(self, session_id: UUID, phrases: tuple[Phrase, ...], language: str) -> None:
        """Say the phrases with a pause after each. Blocks until all is said or silenced."""
        catalogue = self._catalogues[language]
        text = " \n".join(catalogue.say(part) for part in phrases)
        trouble = self._speaker.say(text, language)
        if trouble is not None:
            log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
            self._post(events.SpeechFailed(session_id, trouble.code))
            return
        self._speaker.wait(_LONGEST_TEXT_SECONDS)
        self._post(events.SpeechEnded(session_id))

    def silence(self) -> None:
        """Stop at once; a `speak` that is under way ends."""
        self._speaker.silence()
