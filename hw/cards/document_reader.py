"""Reads an identity document on any of several readers, as an experience."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.document_readings import DocumentReading, DocumentRequest, ProgressListener
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardSlot

FindSlots: TypeAlias = Callable[[], Sequence[CardSlot] | DeviceTrouble]
"""Gives the slots in which a card lies now."""
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "card.absent")


@dataclass(frozen=True, slots=True)
class DocumentTimes:
    """How long a document is waited for and read, in seconds.

    Attributes:
        wait: until a document is put on a reader; `card.absent` after it.
        whole: from the first contact with it on, losses included.
        silence: that the chip may take for one answer.
    """

    wait: float = 60.0
    whole: float = 120.0
    silence: float = 20.0


class AnySlotDocumentReader:
    """Implements `DocumentReader` over all slots."""

    def __init__(self, find_slots: FindSlots, times: DocumentTimes) -> None:
        """Take the slots from `find_slots` at each reading."""
        self._find_slots = find_slots
        self._times = times
        self._anchors = EMPTY

    def trust(self, anchors: TrustAnchors) -> None:
        """Judge by `anchors` from the next reading on."""
        self._anchors = anchors

    def read(
        self, request: DocumentRequest, told: ProgressListener
    ) -> DocumentReading | DeviceTrouble:
        """Wait for the document, read and judge it."""
        del request, told
        return _ABSENT

    def abandon(self) -> None:
        """Make every `read` under way return `card.abandoned` now."""
