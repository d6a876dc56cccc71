"""What a flow asks the runtime to do. The answers come back as events.

An effect that will be answered carries the session's id and its answer repeats it: what belongs
to an ended session is ignored by the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from hw.device_health import DeviceKind
from hw.finger_readings import FingerPosition, FingerTemplate
from kiosk.flows.clerk.effects import ClerkEffect
from kiosk.flows.document_check import DocumentKey, HolderClaim
from kiosk.flows.home_effects import HomeEffect
from kiosk.flows.installer.effects import InstallerEffect
from kiosk.flows.phrases import Phrase
from kiosk.flows.printed_document import PrintedDocument as PrintedDocument  # noqa: PLC0414  told again
from kiosk.flows.receipt import Act, ActReceipt, Receipt
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


# --- fingers


@dataclass(frozen=True, slots=True)
class TakeFinger:
    """Take one finger, waiting for it as long as it takes.

    Told by `FingerProgressed`; answered by `FingerTaken` or `FingerFailed`. A sensor that is away
    is waited for (phase RECOVERING) before it fails.

    Attributes:
        session_id: repeated by the answers.
        position: which finger the person was asked for.
        unlike: fingers that were taken before, of this person's other hand.
    """

    session_id: UUID
    position: FingerPosition
    unlike: tuple[FingerTemplate, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CompareFinger:
    """Take one picture and say whether it is the finger of the template.

    Told by `FingerProgressed`; answered by `FingerCompared` or `FingerFailed`.
    """

    session_id: UUID
    template: FingerTemplate = field(repr=False)


@dataclass(frozen=True, slots=True)
class AbandonFinger:
    """The person does not wait for the sensor any more; nothing more is told of that taking.

    Ends whatever runs on the sensor: `TakeFinger`, `CompareFinger`.
    """


@dataclass(frozen=True, slots=True)
class ForgetFingers:
    """Nobody needs the fingers any more that were taken or were going to be.

    Whatever the runtime or the sensor still hold of them (pictures, templates) is wiped.
    """


# --- codes


class ScanPurpose(Enum):
    """What a code is looked for."""

    CODICE_FISCALE = "codice-fiscale"
    """Of a health card or an identity card: Code 39."""
    REGISTRATION_NUMBER = "registration-number"
    """Of a receipt: its QR code."""
    ENROLMENT = "enrolment"
    """The one-time token of a new station: its QR code in the console."""
    TEST_SHEET = "test-sheet"
    """The printed sheet that tests the camera."""


@dataclass(frozen=True, slots=True)
class ScanBarcode:
    """Look for a code with the camera; answered by `BarcodeRead` or `ScanFailed`."""

    session_id: UUID
    purpose: ScanPurpose


@dataclass(frozen=True, slots=True)
class AbandonScan:
    """The person does not hold anything before the camera any more; nothing more is told."""


# --- the state of the devices


@dataclass(frozen=True, slots=True)
class WatchDevices:
    """Tell how every device stands, by `DeviceTold`: at once, and whenever one changes.

    Asked more than once in a session; each request tells of every device anew. Ends with the
    session.
    """


@dataclass(frozen=True, slots=True)
class StopWatchingDevices:
    """Tell no more of devices."""


@dataclass(frozen=True, slots=True)
class TestDevice:
    """Try a device out; answered by `DeviceTested`, whose code is None where it passed.

    The card reader reads any health card, the camera the test sheet, the printers print a test
    paper, the fingerprint sensor takes one finger (told by `FingerProgressed`) and forgets it.
    """

    __test__ = False
    session_id: UUID
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class AbandonTest:
    """Nobody waits for the test any more; nothing more is told of it."""


@dataclass(frozen=True, slots=True)
class MendDevice:
    """Do now what the rig can do for a device; `DeviceTold` says how it goes."""

    kind: DeviceKind


# --- records and papers


@dataclass(frozen=True, slots=True)
class RecordAct:
    """Make an act durable that has no registration number; `ActRecorded` or `ActNotRecorded`.

    Idempotent on `operation_id`.
    """

    session_id: UUID
    operation_id: UUID
    act: Act = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """Make the operation durable; answered by `Recorded` or `RecordFailed`.

    Idempotent on `operation_id`. The registration number is issued in the same transaction:
    `preregistration.registration_number` is None here.
    """

    operation_id: UUID
    preregistration: Preregistration = field(repr=False)


@dataclass(frozen=True, slots=True)
class Print:
    """Print one paper; answered by `Printed` or `PrintFailed`.

    Attributes:
        session_id: repeated by the answer.
        document: which paper.
        content: what it says: an `ActReceipt` for the papers of an act, a `Receipt` for others.
        again: whether this paper was sent to a printer before in this session, so that it may
            lie twice in somebody's hand; it is marked as a reprint.
    """

    session_id: UUID
    document: PrintedDocument
    content: Receipt | ActReceipt
    again: bool = False


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
    | TakeFinger
    | CompareFinger
    | AbandonFinger
    | ForgetFingers
    | ScanBarcode
    | AbandonScan
    | WatchDevices
    | StopWatchingDevices
    | TestDevice
    | AbandonTest
    | MendDevice
    | Record
    | RecordAct
    | Print
    | LookUpStatus
    | Speak
    | Silence
    | EndSession
    | HomeEffect
    | ClerkEffect
    | InstallerEffect
)
