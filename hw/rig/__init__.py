"""Opens this station's devices, watches and mends them, closes them in reverse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from hw.camera.barcodes import CameraScanner
from hw.cards.document_reader import AnySlotDocumentReader
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors, prepare
from hw.cards.health_card_proof import HealthCardProver
from hw.cards.ias import NisReading
from hw.cards.insertions import PatientCount
from hw.cards.operator_card import TokenOperatorCard
from hw.cards.reader import AnySlotReader
from hw.cards.services_number import ServicesNumberReader
from hw.device_health import DeviceHealth, DeviceKind, HealthListener
from hw.document_readings import (
    DocumentReading,
    DocumentRequest,
    HealthCardProof,
    HolderClaim,
    PinTries,
    ProgressListener,
)
from hw.errors import DeviceTrouble
from hw.fingerprint.taking import FingerTaking
from hw.mending.care import Care
from hw.pcsc import CardWatch, insertions, occupied_slots
from hw.pkcs11.door import TokenDoor
from hw.ports import (
    BarcodeScanner,
    Camera,
    CardListener,
    FingerprintSensor,
    OperatorCard,
    Printer,
    Speaker,
)
from hw.readings import CardEvent, CardInserted, CardRemoved, HealthCardReading
from hw.rig.fittings import camera_of, page_printer_at, sensor_of, slip_printer_at
from hw.rig.patients import patients
from hw.rig.settings import OPENSC, RigSettings
from hw.speaker.espeak import EspeakSpeaker
from hw.speaker.mute import MuteSpeaker
from hw.usb import bus

__all__ = ["OPENSC", "Rig", "RigSettings", "open_rig"]

Applied = Callable[[DeviceKind, str, DeviceTrouble | None], None]
"""Told of each remedy that was tried on a device, and of what hindered it."""


class Rig:
    """The devices of one station. Made by `open_rig`; may be used from any thread.

    Attributes:
        slip_printer: the thermal printer, None where the station has none.
        page_printer: the page printer, None where the station has none.
        fingerprints: the fingerprint sensor, None where the station has none.
        camera: the camera, None where the station has none.
        barcodes: what finds codes in the camera's pictures, None where there is no camera.
        speaker: the voice; not `available` where the station has none.
    """

    slip_printer: Printer | None
    page_printer: Printer | None
    fingerprints: FingerprintSensor | None
    camera: Camera | None
    barcodes: BarcodeScanner | None
    speaker: Speaker

    def __init__(self, settings: RigSettings, applied: Applied | None = None) -> None:
        with _named("slip_printer"):
            self.slip_printer = slip_printer_at(settings.slip_printer)
        with _named("page_printer"):
            self.page_printer = page_printer_at(settings.page_printer)
        with _named("fingerprint"):
            sensor: FingerTaking | None = sensor_of(settings.fingerprint)
        with _named("camera"):
            camera = camera_of(settings.camera)
        self.speaker = EspeakSpeaker() if settings.speech else MuteSpeaker()
        self.fingerprints, self.camera = sensor, camera
        self._sensor = sensor
        self._scanner = CameraScanner(camera) if camera else None
        self.barcodes = self._scanner
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
        self._operator_watch: CardWatch | None = None
        self._care = Care(
            patients(
                settings,
                slip_printer=self.slip_printer,
                page_printer=self.page_printer,
                sensor=sensor,
                camera=camera,
                speaker=self.speaker,
            ),
            applied=applied,
        )
        self._bus: bus.BusWatch | None = None

    def attend(self) -> None:
        """Begin to look after the devices: watch the bus, mend what fails, keep their health.

        Once in the rig's life.
        """
        self._care.start()
        self._bus = bus.watch(lambda _movement, _device: self._care.poke_all())

    def devices(self) -> tuple[DeviceHealth, ...]:
        """How every device stands, one of each kind, also those that are not fitted."""
        return self._care.health()

    def watch_devices(self, listener: HealthListener | None) -> None:
        """Tell `listener` how every device stands, and each change from then on; None: nobody.

        There is one listener; another call replaces it.
        """
        self._care.watch(listener)

    def device_failed(self, kind: DeviceKind, trouble: DeviceTrouble) -> None:
        """A use of a device met trouble: it is looked at now, and the trouble is kept."""
        self._care.poke(kind, trouble)

    def look_at(self, kind: DeviceKind) -> None:
        """Something is told of a device: it is looked at now."""
        self._care.poke(kind)

    def mend_device(self, kind: DeviceKind) -> None:
        """Try every remedy of a device now: a person asked."""
        self._care.mend(kind)

    def watch_cards(self, listener: CardListener) -> None:
        """Tell `listener` what happens at the card readers, beginning with how they stand now.

        `ReaderReady` or trouble comes first, then `CardInserted` for each card that is in. There
        is one listener; a second call replaces the first. The card with which an operator is signed
        in is told of only when it is pulled: it is nobody's who comes to the counter.
        """
        self.stop_watching_cards()
        own = self._operator.reader if self._operator.signed_in else None

        def tell(event: CardEvent) -> None:
            nonlocal own
            match event:
                case CardInserted(reader) if reader == own:
                    return
                case CardRemoved(reader) if reader == own:
                    own = None
                case _:
                    pass
            listener(event)

        watch = CardWatch(tell)
        with self._lock:
            self._watch = watch
        watch.start()

    def stop_watching_cards(self) -> None:
        """Stop telling. When this returns, the listener is not called any more."""
        with self._lock:
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def watch_operator_cards(self, listener: CardListener) -> None:
        """As `watch_cards`, for who watches beside the flows: whether an operator's card is in."""
        self.stop_watching_operator_cards()
        watch = CardWatch(listener)
        with self._lock:
            self._operator_watch = watch
        watch.start()

    def stop_watching_operator_cards(self) -> None:
        """Stop telling that listener. When this returns, it is not called any more."""
        with self._lock:
            watch, self._operator_watch = self._operator_watch, None
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
        """Close every device. Safe to call twice. None that hangs is waited for longer than seconds.

        Whatever is under way is let go first, so that nobody behind waits for it.
        """
        for printer in (self.slip_printer, self.page_printer):
            if printer is not None:
                printer.abandon()
        if self._sensor is not None:
            self._sensor.close()
        if self._scanner is not None:
            self._scanner.abandon()
        self.speaker.silence()
        self.abandon_reading()
        self._operator.abandon()
        if self._bus is not None:
            self._bus.close()
        self._care.stop()
        self.stop_watching_cards()
        self.stop_watching_operator_cards()
        if self._scanner is not None:
            self._scanner.close()
        if self.camera is not None:
            self.camera.stop()


@contextmanager
def _named(entry: str) -> Iterator[None]:
    """Puts the entry's name before what is the matter with it."""
    try:
        yield
    except ValueError as error:
        message = f"{entry}: {error}"
        raise ValueError(message) from error


def _today() -> date:
    return datetime.now().astimezone().date()


def open_rig(settings: RigSettings, applied: Applied | None = None) -> Rig:
    """Open the devices. A device that is missing shows as trouble when it is used, not here.

    Args:
        settings: what the station has.
        applied: told of each remedy that was tried.

    Raises:
        ValueError: an address in the settings that cannot be one; the text begins with its name.
    """
    return Rig(settings, applied)
