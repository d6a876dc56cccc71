"""What the program needs of devices, as Protocols. No I/O library is imported here.

Expected trouble is always a returned `DeviceTrouble`; a method of a port never raises for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from hw.document_readings import DocumentReading, DocumentRequest, PinTries, ProgressListener
from hw.errors import DeviceTrouble
from hw.readings import (
    CardEvent,
    Delivered,
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
    """Takes finished bytes in the printer's own language. Keeps nothing on disk."""

    def deliver(self, data: bytes) -> Delivered | DeviceTrouble:
        """Hand over one job; blocks, but never longer than the printer's deadline."""
        ...


class KeyStore(Protocol):
    """A signing key of this station: P-256, ES256."""

    @property
    def protection(self) -> str:
        """What guards the private key: `software`, `token` or `tpm`."""
        ...

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        ...


class Speaker(Protocol):
    """Says texts aloud."""

    @property
    def available(self) -> bool:
        """Whether a voice and a sound card were found at the start."""
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

    def pin_tries(self) -> PinTries | DeviceTrouble:
        """How many tries of the PIN are left before the card blocks itself; spends none."""
        ...

    def sign_in(self, pin: str) -> OperatorIdentity | DeviceTrouble:
        """Check the certificate, present the PIN, and have a challenge signed; takes seconds."""
        ...

    def sign_header(self, header: bytes) -> OperatorSignature | DeviceTrouble:
        """Have the card that is signed in sign the header of an operation."""
        ...

    def sign_out(self) -> None:
        """Let the card go. Safe to call twice."""
        ...

    def abandon(self) -> None:
        """Make what another thread waits for return `token.abandoned` now, signed out."""
        ...
