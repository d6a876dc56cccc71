"""Reads an identity document on any of several readers, as an experience.

A person lays a card down, moves it, lifts it, takes it for the wrong one. So a reading is not one
conversation but several: each contact brings what it can, what was read is kept, and the next one
goes on where the last one ended. What helps (`coaching`) follows from how contact was lost.

This is the side that waits: it looks for cards, follows each contact (`document_contact`), weighs
what came of it, and decides whether to go on, to try another reader, or to end.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from hw.apdu.lengths import SHORT
from hw.cards.contact_troubles import (
    ANOTHER,
    LOST,
    NEVER_ANSWERED,
    SILENT,
    STUMBLED,
    WRONG_KEY,
    rank,
)
from hw.cards.document_contact import ABANDONED, UNRESPONSIVE, Attempt, start
from hw.cards.emrtd import face_decoding
from hw.cards.emrtd.assessment import assess
from hw.cards.emrtd.coaching import Loss, Losses
from hw.cards.emrtd.face_decoding import FaceDecoder
from hw.cards.emrtd.file_reading import changed
from hw.cards.emrtd.kept import Kept
from hw.cards.emrtd.progress import Progress
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.document_readings import (
    DocumentReading,
    DocumentRequest,
    ProgressListener,
    ReadingProgress,
    ReadingStage,
)
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardSlot

FindSlots: TypeAlias = Callable[[], Sequence[CardSlot] | DeviceTrouble]
"""Gives the slots in which a card lies now."""
Outcome: TypeAlias = DocumentReading | DeviceTrouble
_POLL: Final = 0.1
"""Seconds between two looks for a card. Looking takes a millisecond."""
_FIRST_ANSWER: Final = 3.0
"""Seconds after which a card that has answered nothing does not keep the other readers waiting."""
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "card.absent")
_SERVICE_HANGS: Final = DeviceTrouble(
    TroubleKind.ABSENT, "reader.service-absent", (("reason", "no answer"),)
)
_MOST_STUMBLES: Final = 3
_MOST_DOUBTS: Final = 2
"""A card that is another one, or none of ours, says so twice: noise can make it look so once."""
_SILENT_SECONDS: Final = 2.5
"""For so long a card that does not answer its reset, or another program's, is tried."""
_SMALLER_READS: Final = ((5, 231), (3, 1024), (2, 4096))
"""From so many losses on, bytes that are asked for at once: less is lost with each."""


@dataclass(frozen=True, slots=True)
class DocumentTimes:
    """How long a document is waited for and read, in seconds.

    Attributes:
        wait: until a document is put on a reader; `card.absent` after it.
        whole: from the first contact with it on, losses included; `document.contact-lost` or
            `document.too-slow` after it.
        silence: that the chip may take for one answer; `card.unresponsive` after it.
    """

    wait: float = 60.0
    whole: float = 120.0
    silence: float = 20.0


class AnySlotDocumentReader:
    """Implements `DocumentReader` over all slots."""

    def __init__(
        self,
        find_slots: FindSlots,
        times: DocumentTimes,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Take the slots from `find_slots` whenever a card is looked for."""
        self._find_slots = find_slots
        self._times = times
        self._random = random
        self._anchors = EMPTY
        self._lock = threading.Lock()
        self._readings: set[_Reading] = set()
        self._taken: dict[str, threading.Lock] = {}
        self._searching = threading.Lock()

    def trust(self, anchors: TrustAnchors) -> None:
        """Judge by `anchors` from the next reading on."""
        self._anchors = anchors

    def read(self, request: DocumentRequest, told: ProgressListener) -> Outcome:
        """Wait for the document, read and judge it.

        Returns:
            The reading, also of a document that its verdict refutes. Or trouble:

            - `card.absent`: nothing was put on a reader in time; `card.abandoned`;
            - `document.unknown-card`, `document.not-identity-document`: all that lies on the
              readers is something else;
            - `document.wrong-key` and the other troubles of opening (`pace`, `bac`);
            - `document.changed`: another card than before was put back;
            - `document.contact-lost`, `document.too-slow`, `card.unresponsive`: it was away, slow
              or mute for too long;
            - `document.damaged`, `document.incomplete`, and others that came again and again;
            - `reader.absent`, `reader.service-absent`.
        """
        reading = _Reading(self, request, told)
        with self._lock:
            self._readings.add(reading)
        try:
            return reading.run(self._anchors)
        finally:
            reading.stop()
            with self._lock:
                self._readings.discard(reading)

    def abandon(self) -> None:
        """Make every `read` under way return `card.abandoned` now, its keys forgotten."""
        with self._lock:
            readings = tuple(self._readings)
        for reading in readings:
            reading.stop()

    # --- what readings share

    @property
    def times(self) -> DocumentTimes:
        """The times of the settings."""
        return self._times

    def random(self, size: int) -> bytes:
        """Random bytes."""
        return self._random(size)

    def slots(self, seconds: float, over: threading.Event) -> Sequence[CardSlot] | DeviceTrouble:
        """The slots with a card; trouble where the service does not answer in `seconds`."""
        found: SimpleQueue[Sequence[CardSlot] | DeviceTrouble] = SimpleQueue()
        deadline = time.monotonic() + seconds

        def search() -> None:
            if self._searching.acquire(timeout=seconds):
                try:
                    found.put(self._find_slots())
                finally:
                    self._searching.release()

        start(search, "document-slots")
        while not over.is_set() and time.monotonic() < deadline:
            try:
                return found.get(timeout=_POLL)
            except Empty:
                pass
        return ABANDONED if over.is_set() else _SERVICE_HANGS

    def taken(self, name: str) -> threading.Lock:
        """Held by the thread that talks to the card in a slot."""
        with self._lock:
            return self._taken.setdefault(name, threading.Lock())


class _Reading:
    """One call of `read`."""

    def __init__(
        self, reader: AnySlotDocumentReader, request: DocumentRequest, told: ProgressListener
    ) -> None:
        self._reader = reader
        self._request = request
        self._listener = told
        self._telling = threading.RLock()
        self._over = threading.Event()
        self._progress = Progress(self._tell, with_face=request.with_face)
        self._kept = Kept()
        self._losses = Losses()
        self._began = time.monotonic()
        self._first_contact: float | None = None
        self._attempt: Attempt | None = None
        self._dismissed: dict[str, DeviceTrouble] = {}
        self._silent_since: dict[str, float] = {}
        self._doubts: dict[str, int] = {}
        self._stumbles = 0
        self._lost = 0
        self._decoder: FaceDecoder | None = None
        self._place: str | None = None

    def stop(self) -> None:
        """Tell nothing more, send nothing more, forget the keys."""
        with self._telling:
            self._over.set()
        attempt, decoder = self._attempt, self._decoder
        if attempt is not None:
            attempt.stop()
        if decoder is not None:
            decoder.kill()

    def run(self, anchors: TrustAnchors) -> Outcome:
        """Contact after contact, until all is read or there is no hope."""
        try:
            trouble = self._collect()
            if trouble is not None:
                return trouble
            reading = assess(self._kept, self._request, anchors, self._lost, self._decoder)
            return ABANDONED if self._over.is_set() else reading
        finally:
            self._kept.wipe()
            with self._telling:
                self._over.set()
                if self._decoder is not None:
                    self._decoder.close()

    def _tell(self, progress: ReadingProgress) -> None:
        with self._telling:
            if self._over.is_set():
                return
            if progress.stage is ReadingStage.READING and self._request.with_face:
                # It starts while the chip is read, and has started when the face is there.
                self._decoder = self._decoder or face_decoding.start()
            self._listener(progress)

    # --- waiting

    def _collect(self) -> DeviceTrouble | None:
        """None when everything is read."""
        self._progress.entered(ReadingStage.WAITING)
        while not self._over.is_set():
            slots = self._reader.slots(min(5.0, max(0.5, self._left())), self._over)
            if isinstance(slots, DeviceTrouble):
                if not self._kept.known or self._left() <= 0:
                    return slots
            else:
                ended, trouble = self._try(slots)
                if ended:
                    return trouble
            if self._left() <= 0:
                return self._late()
            self._over.wait(_POLL)
        return ABANDONED

    def _left(self) -> float:
        """Seconds until the time is over, for waiting or for the whole."""
        times = self._reader.times
        if self._first_contact is None:
            return self._began + times.wait - time.monotonic()
        return self._first_contact + times.whole - time.monotonic()

    def _late(self) -> DeviceTrouble:
        if self._first_contact is None:
            return next(iter(self._dismissed.values()), _ABSENT)
        details = (("losses", str(self._lost)),)
        return DeviceTrouble(TroubleKind.REMOVED, "document.contact-lost", details)

    # --- the slots

    def _try(self, slots: Sequence[CardSlot]) -> tuple[bool, DeviceTrouble | None]:
        """Talk to the cards that lie there now, the one of before first; whether that was all."""
        present = {slot.name for slot in slots}
        for name in set(self._dismissed) - present:
            del self._dismissed[name]  # it was taken away: what comes now may be another card
        for name in set(self._doubts) - present:
            del self._doubts[name]
        for name in set(self._silent_since) - present:
            del self._silent_since[name]
        for slot in sorted(slots, key=lambda slot: slot.name != self._place):
            if slot.name in self._dismissed:
                continue
            trouble = self._contact(slot)
            if trouble is None or trouble.code == "card.abandoned":
                return True, trouble
            if self._weigh(slot, trouble):
                return True, self._told_trouble(slot, trouble)
            if self._kept.opened and slot.name == self._place:
                return False, None
        if slots and len(self._dismissed) == len(present) and not self._kept.opened:
            return True, min(self._dismissed.values(), key=rank)
        return False, None

    def _weigh(self, slot: CardSlot, trouble: DeviceTrouble) -> bool:
        """Whether `trouble` ends the reading; else what it says of the card is remembered."""
        here = bool(self._kept.opened) and slot.name == self._place
        if trouble.code in WRONG_KEY:
            if not here:
                self._dismissed[slot.name] = trouble
            return here
        if trouble.code in ANOTHER:
            doubts = self._doubts[slot.name] = self._doubts.get(slot.name, 0) + 1
            if doubts >= _MOST_DOUBTS and not here:
                self._dismissed[slot.name] = trouble
            return doubts >= _MOST_DOUBTS and here
        if trouble.code in STUMBLED:
            self._stumbles += 1
            if self._stumbles == _MOST_STUMBLES - 1:
                # It may be the lengths: reader or chip promised more than they can do.
                self._kept.limits[slot.name] = SHORT
            return self._stumbles >= _MOST_STUMBLES
        if trouble.code in SILENT and not here:
            since = self._silent_since.setdefault(slot.name, time.monotonic())
            if time.monotonic() - since >= _SILENT_SECONDS or trouble == NEVER_ANSWERED:
                self._dismissed[slot.name] = trouble
        return trouble.code not in LOST

    def _told_trouble(self, slot: CardSlot, trouble: DeviceTrouble) -> DeviceTrouble:
        """Where the chip was open once, a wrong key or another kind of card is another card."""
        once = self._kept.opened and slot.name == self._place
        return changed() if once and trouble.code in ANOTHER | WRONG_KEY else trouble

    # --- one contact

    def _contact(self, slot: CardSlot) -> DeviceTrouble | None:
        """One conversation with the card in `slot`, on a thread of its own."""
        before, began = self._progress.done, time.monotonic()
        attempt = Attempt(slot, self._reader.taken(slot.name), self._over, self._reader.random)
        self._attempt = attempt
        if self._over.is_set():
            return ABANDONED
        losses = len(self._losses.all)
        most = next((size for least, size in _SMALLER_READS if losses >= least), None)
        attempt.start(self._request, self._kept, self._progress, most)
        outcome = self._await(attempt, self._first_contact or began)
        attempt.stop()
        self._attempt = None
        if self._kept.known and self._first_contact is None:
            self._first_contact = began
        if self._kept.opened and attempt.opened:
            self._place = slot.name
        if outcome is not None and outcome.code in LOST | STUMBLED:
            loss = Loss(
                self._progress.stage, time.monotonic() - began, self._progress.done - before
            )
            self._count(outcome, loss, connected=attempt.connected)
        return outcome

    def _count(self, trouble: DeviceTrouble, loss: Loss, *, connected: bool) -> None:
        """One more loss, or a stumble; and what would help against the next."""
        if loss.advanced:
            self._stumbles = 0
        if connected or trouble.code in SILENT:
            self._losses.add(loss)
            self._progress.coaching = self._losses.advice()
        if trouble.code in LOST:
            self._lost += connected
            self._progress.lost()

    def _await(self, attempt: Attempt, began: float) -> DeviceTrouble | None:
        """What comes of it, or trouble where the card keeps silent or the time is over."""
        times = self._reader.times
        while not self._over.is_set():
            try:
                outcome = attempt.outcomes.get(timeout=_POLL)
            except Empty:
                pass
            else:
                if isinstance(outcome, BaseException):
                    raise outcome
                return outcome
            patience = times.silence if attempt.answered else min(_FIRST_ANSWER, times.silence)
            if attempt.silence() > patience:
                return UNRESPONSIVE if attempt.answered else NEVER_ANSWERED
            if time.monotonic() - began > times.whole:
                return DeviceTrouble(TroubleKind.PROTOCOL, "document.too-slow")
        return ABANDONED
