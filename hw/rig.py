"""Opens this station's devices, watches and mends them, closes them in reverse."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors, prepare
from hw.cards.health_card_proof import HealthCardProver
from hw.cards.ias import NisReading
from hw.cards.insertions import PatientCount
from hw.cards.operator_card import TokenOperatorCard
from hw.cards.reader import AnySlotReader
from hw.cards.services_number import ServicesNumberReader
from hw.document_readings import (
    DocumentReading,
    DocumentRequest,
    HealthCardProof,
    HolderClaim,
    PinTries,
    ProgressListener,
)
from hw.errors import DeviceTrouble
from hw.pcsc import CardWatch, insertions, occupied_slots
from hw.pkcs11.door import TokenDoor
from hw.ports import CardListener, OperatorCard, Printer, Speaker
from hw.printer.appsocket import AppSocketAddress, AppSocketPrinter
from hw.readings import HealthCardReading
from hw.speaker.espeak import EspeakSpeaker
from hw.speaker.mute import MuteSpeaker

OPENSC: Final = f"/usr/lib/{platform.machine()}-linux-gnu/opensc-pkcs11.so"
"""OpenSC's PKCS#11 module where Debian's package `opensc-pkcs11` puts it."""


@dataclass(frozen=True, slots=True)
class RigSettings:
    """Which devices this station has.

    Attributes:
        slip_printer: address of the thermal printer, `tcp://host[:port]`, or empty for none.
        page_printer: address of the page printer, `tcp://host[:port]`, or empty for none.
        speech: whether the station speaks.
        read_seconds: longest time that reading a card may take.
        document_times: how long an identity document is waited for and read.
        pkcs11_module: path of the PKCS#11 module for PINs and signatures of cards.
        site_key: secret under which this site hashes services numbers; empty for none.
    """

    slip_printer: str = ""
    page_printer: str = ""
    speech: bool = True
    read_seconds: float = 3.0
    document_times: DocumentTimes = field(default_factory=DocumentTimes)
    pkcs11_module: str = OPENSC
    site_key: bytes = field(default=b"", repr=False)


class Rig:
    """The devices of one station. Made by `open_rig`; may be used from any thread.

    Attributes:
        slip_printer: the thermal printer, None where the station has none.
        page_printer: the page printer, None where the station has none.
        speaker: the voice; not `available` where the station has none.
    """

    slip_printer: Printer | None
    page_printer: Printer | None
    speaker: Speaker

    def __init__(self, settings: RigSettings) -> None:
        self.slip_printer = _printer(settings.slip_printer)
        self.page_printer = _printer(settings.page_printer)
        self.speaker = EspeakSpeaker() if settings.speech else MuteSpeaker()
        self._reader = AnySlotReader(occupied_slots, settings.read_seconds)
        self._documents = AnySlotDocumentReader(occupied_slots, settings.document_times)
        module = Path(settings.pkcs11_module)
        self._prover = HealthCardProver(
            occupied_slots, insertions, settings.read_seconds, TokenDoor(module)
        )
        self._anchors = EMPTY
        self._services = ServicesNumberReader(
            occupied_slots, settings.read_seconds, settings.site_key, self._trusted
        )
        self._operator = TokenOperatorCard(
            TokenDoor(module),
            lambda: self._anchors,
            _today,
            told_by_cards=self._prover.every_tries,
            insertions=PatientCount(insertions, settings.read_seconds),
        )
        self._lock = threading.Lock()
        self._watch: CardWatch | None = None

    def watch_cards(self, listener: CardListener) -> None:
        """Tell `listener` what happens at the card readers, beginning with how they stand now.

        `ReaderReady` or trouble comes first, then `CardInserted` for each card that is in. There
        is one listener; a second call replaces the first.
        """
        self.stop_watching_cards()
        watch = CardWatch(listener)
        with self._lock:
            self._watch = watch
        watch.start()

    def stop_watching_cards(self) -> None:
        """Stop telling. When this returns, the listener is not called any more."""
        with self._lock:
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        """Read the TS-CNS in any reader; blocks up to `read_seconds`.

        Codes of trouble: `card.*` and `reader.*`; see docs/failure-codes.md.
        """
        return self._reader.read()

    def read_document(
        self, request: DocumentRequest, told: ProgressListener
    ) -> DocumentReading | DeviceTrouble:
        """Wait for an identity document on any reader, read and judge it.

        Blocks up to `document_times`. A document that leaves the field meanwhile is waited for and
        read on where it was; nothing need be typed again.

        Args:
            request: what opens the document, and what is wanted of it.
            told: gets each step, on a thread of the rig's; must return at once and must not raise.
                Nothing is told once this returns.

        Returns:
            The reading, also of a document that its verdict refutes. Or trouble: `document.*`,
            `card.*` and `reader.*`; see docs/failure-codes.md.
        """
        outcome = self._documents.read(request, told)
        if isinstance(outcome, DeviceTrouble) or not request.with_face:
            return outcome
        return self._with_services_number(outcome)

    def read_services_number(self) -> NisReading | DeviceTrouble:
        """Read the services number of the CIE in any reader, hashed under the site's key.

        It needs neither PIN nor CAN and shows only that the card is the same as another time; see
        `NisReading`. Blocks up to `read_seconds`. Codes of trouble: `key.absent` where the site has
        no key, `document.no-nis`, `card.*` and `reader.*`.
        """
        return self._services.read()

    def _with_services_number(self, reading: DocumentReading) -> DocumentReading:
        """The reading of a CIE with what its other application shows: a weak check, for the clerk.

        A card that was lifted by now simply has no such fact.
        """
        if not self._services.available or reading.holder.issuing_state != "ITA":
            return reading
        number = self._services.read()
        if isinstance(number, DeviceTrouble):
            return reading
        facts = tuple(("services number", reason) for reason in number.reasons)
        return replace(reading, facts=(*reading.facts, *facts))

    def _trusted(self) -> tuple[TrustAnchors, date]:
        return self._anchors, _today()

    def health_card_pin_tries(self) -> PinTries | DeviceTrouble:
        """How many tries of its PIN the TS-CNS in any reader has left; none is spent.

        Blocks up to `read_seconds`. Codes of trouble: `token.several` where more than one lies in
        the readers, `card.*` and `reader.*`.
        """
        return self._prover.pin_tries()

    def prove_health_card(
        self, pin: str, claim: HolderClaim | None, today: date
    ) -> HealthCardProof | DeviceTrouble:
        """Present the PIN to the TS-CNS in any reader, have it sign a challenge, judge it.

        Takes some seconds. The PIN is presented only to a card that tells that more than one try is
        left, to the very card that told it, and only where its certificate names nobody else than
        `claim`. No PIN is kept.

        Returns:
            The proof, whose verdict may speak against the card; or trouble: `token.*`, `card.*` and
            `reader.*`; see docs/failure-codes.md.
        """
        return self._prover.prove(pin, claim, today)

    def operator_card(self) -> OperatorCard:
        """The operator's card, in any reader: one for the rig's life."""
        return self._operator

    def trust_documents(self, anchors: TrustAnchors) -> None:
        """Judge documents by `anchors` from the next reading on; by none before the first call."""
        # Taken apart while a document is still being put on the reader.
        threading.Thread(target=prepare, args=(anchors,), name="anchors", daemon=True).start()
        self._anchors = anchors
        self._documents.trust(anchors)
        self._prover.trust(anchors)

    def abandon_reading(self) -> None:
        """Make a reading or a proof of a card that another thread waits for return now.

        They return `card.abandoned` or `token.abandoned`, and every key and PIN of the session is
        forgotten. An operator stays signed in.
        """
        self._reader.abandon()
        self.abandon_documents()

    def abandon_documents(self) -> None:
        """The same for documents and PINs alone; the reading of a health card goes on."""
        self._documents.abandon()
        self._services.abandon()
        self._prover.abandon()

    def close(self) -> None:
        """Close every device. Safe to call twice."""
        self.abandon_reading()
        self._operator.abandon()
        self.stop_watching_cards()
        self.speaker.silence()


def _today() -> date:
    return datetime.now().astimezone().date()


def open_rig(settings: RigSettings) -> Rig:
    """Open the devices. A device that is missing shows as trouble when it is used, not here.

    Raises:
        ValueError: an address in the settings that cannot be one.
    """
    return Rig(settings)


def _printer(address: str) -> Printer | None:
    return AppSocketPrinter(AppSocketAddress.parse(address)) if address else None
