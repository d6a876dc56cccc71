"""What happened to cards: in a slot, on the contactless reader, and in what they prove."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.flows.card_data import CardData
from kiosk.flows.document_check import (
    DocumentReading,
    HealthCardProof,
    PinTries,
    ReadingProgress,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class CardInserted:
    """A card of any kind is in the reader."""


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The reader is empty."""


@dataclass(frozen=True, slots=True)
class CardRead:
    """The health card was read to its end.

    `verdict` is what can be said of a data file alone; None where the runtime has none.
    """

    session_id: UUID
    card: CardData
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class CardReadFailed:
    """The card could not be read; `code` is a failure code (`card.removed`)."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class ReaderFailed:
    """No card can be read here now; `code` is a failure code (`reader.absent`)."""

    code: str


@dataclass(frozen=True, slots=True)
class DocumentProgress:
    """A real step of the reading that `ReadDocument` asked for."""

    session_id: UUID
    progress: ReadingProgress


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """The document was read and judged."""

    session_id: UUID
    reading: DocumentReading = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentReadFailed:
    """The document could not be read.

    Attributes:
        session_id: as in the effect.
        code: failure code (`document.wrong-key`, `card.removed`).
        details: technical facts, never personal data. Of a wrong number: `tries` that the chip has
            left, `milliseconds` that it took to answer, `wait-seconds` that it makes one wait.
    """

    session_id: UUID
    code: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PinTriesTold:
    """What the health card says of its PIN."""

    session_id: UUID
    tries: PinTries


@dataclass(frozen=True, slots=True)
class HealthCardProven:
    """The health card signed; its certificate was checked."""

    session_id: UUID
    proof: HealthCardProof = field(repr=False)


@dataclass(frozen=True, slots=True)
class HealthCardProofFailed:
    """Tries could not be asked for, or there is no proof.

    Attributes:
        session_id: as in the effect.
        code: failure code (`token.pin-wrong`, `token.pin-blocked`, `token.absent`).
        tries: what the card says afterwards; None where it could not be asked.
    """

    session_id: UUID
    code: str
    tries: PinTries | None = None
