"""What a flow asks the runtime to do. The answers come back as events.

An effect that will be answered carries the session's id and its answer repeats it: what belongs
to an ended session is ignored by the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from kiosk.flows.document_check import DocumentKey, HolderClaim
from kiosk.flows.phrases import Phrase
from kiosk.flows.receipt import Receipt
from sync.model.preregistration import Preregistration


@dataclass(frozen=True, slots=True)
class WatchCard:
    """Tell of cards: `CardInserted` (at once where one is in), `CardRemoved`, `ReaderFailed`.

    Asked more than once in a session; a second request changes nothing but reports a card that
    is in the reader again.
    """


@dataclass(frozen=True, slots=True)
class StopWatchingCard:
    """Tell no more of cards."""


@dataclass(frozen=True, slots=True)
class ReadCard:
    """Read the health card; answered by `CardRead` or `CardReadFailed`."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class AbandonReading:
    """The person does not wait for the card any more; its answer will be ignored.

    Ends whatever runs on a card: `ReadCard`, `ReadDocument`, `AskPinTries`, `ProveHealthCard`.
    """


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """Read and prove a contactless document, waiting for it as long as it takes.

    Told by `DocumentProgress`; answered by `DocumentRead` or `DocumentReadFailed`. A document that
    leaves the field is waited for, with the key that was given here.

    Attributes:
        session_id: repeated by the answers.
        key: what opens the chip.
        claim: what the holder's data are compared with; None where nothing was typed in.
        with_face: whether the face is read too: for the identity check, never for a form.
    """

    session_id: UUID
    key: DocumentKey = field(repr=False)
    claim: HolderClaim | None = field(default=None, repr=False)
    with_face: bool = True


@dataclass(frozen=True, slots=True)
class ForgetDocument:
    """Nobody needs the document any more that was read or was going to be.

    Whatever the runtime or the reader still hold of it (key, files, face, certificate) is dropped.
    """


@dataclass(frozen=True, slots=True)
class AskPinTries:
    """Ask the health card for its tries; `PinTriesTold` or `HealthCardProofFailed`."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class ProveHealthCard:
    """Let the health card sign a challenge; `HealthCardProven` or `HealthCardProofFailed`.

    The card's last try is never spent, nor one of a card that does not tell how many are left: then
    it fails with `token.pin-last-try` or `token.tries-untold`.

    Attributes:
        session_id: repeated by the answer.
        pin: digits as typed; to be wiped when it was sent.
        claim: whose card it must be: the person of its data file. Another one gets no PIN and fails
            with `token.other-person`.
    """

    session_id: UUID
    pin: str = field(repr=False)
    claim: HolderClaim | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """Make the operation durable; answered by `Recorded` or `RecordFailed`.

    Idempotent on `operation_id`. The registration number is issued in the same transaction:
    `preregistration.registration_number` is None here.
    """

    operation_id: UUID
    preregistration: Preregistration = field(repr=False)


class PrintedDocument(Enum):
    """The papers of a preregistration."""

    RECEIPT_SLIP = "receipt-slip"
    """The receipt on 80 mm paper."""
    RECEIPT_PAGE = "receipt-page"
    """The receipt on A4."""
    SUMMARY = "summary"
    """The data as given (R-003-79)."""
    DELEGATION_MODULE = "delegation-module"
    """The delegation to sign, prefilled (R-003-68, R-003-81)."""
    SUBSTITUTIVE_DECLARATION = "substitutive-declaration"
    """The declaration for a protected adult, prefilled (R-003-69, R-003-82)."""

    @property
    def on_slip(self) -> bool:
        """Whether it goes to the thermal printer; all others go to the A4 printer."""
        return self is PrintedDocument.RECEIPT_SLIP


@dataclass(frozen=True, slots=True)
class Print:
    """Print one paper; answered by `Printed` or `PrintFailed`."""

    session_id: UUID
    document: PrintedDocument
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class LookUpStatus:
    """Look for a registration number in this station's outbox; `StatusFound` or `StatusUnknown`."""

    session_id: UUID
    registration_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Speak:
    """Read the phrases aloud in the session's language; `SpeechEnded` or `SpeechFailed` answers."""

    session_id: UUID
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Stop speaking at once."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """Wipe everything of the session: draft, its key, pictures, documents, speech.

    The runtime answers with `Started` when all is gone.
    """

    session_id: UUID


Effect = (
    WatchCard
    | StopWatchingCard
    | ReadCard
    | AbandonReading
    | ReadDocument
    | ForgetDocument
    | AskPinTries
    | ProveHealthCard
    | Record
    | Print
    | LookUpStatus
    | Speak
    | Silence
    | EndSession
)
