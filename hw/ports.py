"""What the program needs of devices, as Protocols. No I/O library is imported here.

Expected trouble is always a returned `DeviceTrouble`; a method of a port never raises for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from hw.document_readings import DocumentReading, DocumentRequest, PinTries, ProgressListener
from hw.errors import DeviceTrouble
from hw.finger_readings import (
    FingerComparison,
    FingerListener,
    FingerPosition,
    FingerTemplate,
)
from hw.paper import Delivered, PrinterStatus
from hw.pictures import BarcodeReading, Frame, Symbology
from hw.readings import (
    CardEvent,
    HealthCardReading,
    OperatorIdentity,
    OperatorSignature,
)

CardListener: TypeAlias = Callable[[CardEvent], None]
"""Called on the watching thread; must return at once and must not raise."""


class CardChannel(Protocol):
    """A powered card, ours alone until `close`. The one seam between bytes and meaning."""

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        """Send one command APDU and return the response APDU, status word included."""
        ...

    def loss(self) -> DeviceTrouble | None:
        """Why the card cannot be talked to any more; None where it still lies in its slot.

        May wait for the reader to notice, for less than a second.
        """
        ...

    def close(self) -> None:
        """Let the card go, powering it down. Safe to call twice and after any trouble."""
        ...


class CardSlot(Protocol):
    """One reader, with or without a card."""

    @property
    def name(self) -> str:
        """Name of the reader, as PC/SC gives it."""
        ...

    def connect(self) -> CardChannel | DeviceTrouble:
        """Power the card and take it for ourselves."""
        ...


class HealthCardReader(Protocol):
    """Reads the TS-CNS that lies in any reader."""

    def read(self) -> HealthCardReading | DeviceTrouble:
        """Read the card; blocks, but never longer than the reader's deadline."""
        ...

    def abandon(self) -> None:
        """Make a `read` that another thread waits for return `card.abandoned` now."""
        ...


class DocumentReader(Protocol):
    """Reads and proves the identity document that lies on any reader, or will."""

    def read(
        self, request: DocumentRequest, told: ProgressListener
    ) -> DocumentReading | DeviceTrouble:
        """Wait for the document, read and judge it; blocks, but never longer than its deadlines.

        `told` gets each step, on a thread of the reader's, and nothing more once this returns.
        """
        ...

    def abandon(self) -> None:
        """Make a `read` that another thread waits for return `card.abandoned` now.

        Every key of the session is forgotten.
        """
        ...


class Printer(Protocol):
    """Takes finished bytes in the printer's own language. Keeps nothing on disk in clear."""

    def deliver(
        self, data: bytes, *, secret: bool = False, identity: str = ""
    ) -> Delivered | DeviceTrouble:
        """Have one job printed; blocks, but never longer than the printer's deadline.

        Args:
            data: the whole job.
            secret: it may leave no trace in any spool or history; trouble
                `printer.not-for-secrets` where this printer's way cannot promise that.
            identity: of the one device that may print it, as `status` told it; empty for any.
                Nothing is sent to another one, or to one that does not tell: `printer.swapped`.

        Returns:
            What became of it, or trouble whose code tells whether paper may have come out:
            see docs/failure-codes.md. Its detail `sent: no` says that the printer got nothing.
        """
        ...

    def status(self) -> PrinterStatus | DeviceTrouble:
        """Ask how the printer stands; takes at most a few seconds, prints nothing."""
        ...

    def abandon(self) -> None:
        """Make a `deliver` that another thread waits for return `printer.abandoned` now.

        A job that is not on paper yet is withdrawn where the printer can do that.
        """
        ...


class Preview(Protocol):
    """What a live source sees, for a window that draws it."""

    def latest(self, after: int = -1) -> Frame | None:
        """The newest picture, where its number is above `after`; None else. Returns at once."""
        ...


class Camera(Protocol):
    """A live source of pictures. Reopens by itself what was pulled and came back."""

    def start(self, over: Callable[[], bool] = ...) -> DeviceTrouble | None:
        """Open the camera and let pictures come; at once where it runs.

        Waits for the first picture, for seconds at most. Trouble (`camera.*`) says why none comes
        yet; it goes on looking for the camera until `stop`.

        Args:
            over: asked now and then while it waits; where it says True it waits no longer.
        """
        ...

    def stop(self) -> None:
        """Close it and wipe the pictures. Safe to call twice and from any thread."""
        ...

    def trouble(self) -> DeviceTrouble | None:
        """Why no pictures come now, though it was started; None where they come."""
        ...

    def latest(self, after: int = -1) -> Frame | None:
        """The newest picture, where its number is above `after`; None else. Returns at once."""
        ...


class BarcodeScanner(Protocol):
    """Finds codes in what a camera sees."""

    def scan(
        self, wanted: frozenset[Symbology], accept: Callable[[str], bool]
    ) -> BarcodeReading | DeviceTrouble:
        """Look until several pictures agree on a code that `accept` takes; blocks until then.

        Args:
            wanted: kinds of codes to look for.
            accept: whether a text means something to who asks; others are passed over.

        Returns:
            The reading, or trouble: `camera.*`, `barcode.none-found` after the scanner's deadline,
            `barcode.abandoned`.
        """
        ...

    def abandon(self) -> None:
        """Make a `scan` that another thread waits for return now."""
        ...

    @property
    def preview(self) -> Preview:
        """What the camera sees while a scan runs."""
        ...


class FingerprintSensor(Protocol):
    """Takes fingers and compares them. Pictures stay in memory and are wiped after each call."""

    def take(
        self,
        position: FingerPosition,
        told: FingerListener,
        *,
        unlike: tuple[FingerTemplate, ...] = (),
    ) -> FingerTemplate | DeviceTrouble:
        """Take several good pictures of one finger and make its template; blocks for as long.

        Args:
            position: which finger the person was asked for.
            told: gets each step.
            unlike: fingers that were taken before; one of them again is advised against.

        Returns:
            The template, or trouble: `fingerprint.*`, see docs/failure-codes.md.
        """
        ...

    def compare(
        self, template: FingerTemplate, told: FingerListener
    ) -> FingerComparison | DeviceTrouble:
        """Take one good picture and say whether it is the finger of `template`."""
        ...

    def abandon(self) -> None:
        """Make what another thread waits for return `fingerprint.abandoned` now, all wiped."""
        ...

    @property
    def preview(self) -> Preview:
        """What the sensor sees while a finger is being taken."""
        ...


class KeyStore(Protocol):
    """The keys of this station: one signs (P-256, ES256), one gives secrets. Neither leaves it.

    Its own trouble is `key.*`; docs/failure-codes.md lists it. May be used from any thread.
    """

    @property
    def protection(self) -> str:
        """What guards the private key: `software`, `token` or `tpm`."""
        ...

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        ...

    def sign(self, message: bytes) -> bytes | DeviceTrouble:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        ...

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        """A secret of 32 bytes that only this key store gives, the same at every call.

        Args:
            purpose: what it is for, in ASCII; secrets of different purposes tell nothing of each
                other.

        Raises:
            ValueError: `purpose` is empty, or not ASCII.
        """
        ...

    def close(self) -> None:
        """Let go of the device. Safe to call twice; the next call opens it again."""
        ...


class Speaker(Protocol):
    """Says texts aloud."""

    @property
    def available(self) -> bool:
        """Whether there are a voice and, at this moment, a sound card."""
        ...

    def say(
        self, text: str, language: str, *, unless: Callable[[], bool] | None = None
    ) -> DeviceTrouble | None:
        """Start saying `text` (language: `it`, `en`, ...) and return; stops what was being said.

        `unless` is asked at the last moment, with no `silence` between its answer and the start:
        where it says True nothing is started nor stopped, and None is returned. It must return at
        once and must not call the speaker.
        """
        ...

    def silence(self) -> None:
        """Stop at once. Safe to call at any time; a `say` that is not yet started goes on."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait until the text under way is said or silenced; False where it takes longer."""
        ...


class OperatorCard(Protocol):
    """The card of an operator at the counter: signs in, then signs until it is pulled."""

    @property
    def signed_in(self) -> bool:
        """Whether a card was signed in here, and nothing has ended that yet."""
        ...

    @property
    def reader(self) -> str:
        """PC/SC name of the reader of the card that is signed in; empty where that is not certain."""
        ...

    def pin_tries(self) -> PinTries | DeviceTrouble:
        """How many tries of the PIN are left before the card blocks itself; spends none."""
        ...

    def sign_in(self, pin: str) -> OperatorIdentity | DeviceTrouble:
        """Check the certificate, present the PIN, and have a challenge signed; takes seconds."""
        ...

    def sign_header(self, header: bytes) -> OperatorSignature | DeviceTrouble:
        """Have the card that is signed in sign the header of an operation."""
        ...

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        """A secret of 32 bytes that only the card that is signed in can give, ever the same."""
        ...

    def sign_out(self) -> None:
        """Let the card go. Safe to call twice."""
        ...

    def abandon(self) -> None:
        """Make what another thread waits for return `token.abandoned` now, signed out."""
        ...
