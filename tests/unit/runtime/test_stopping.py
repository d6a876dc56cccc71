"""The end of the program: devices are let go first, and none keeps it from ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import Finger, FingerPosition, Hand
from hw.paper import Delivered, PrinterStatus
from kiosk.flows import effects, events
from kiosk.flows.effects import PrintedDocument
from kiosk.runtime import effects as performing
from kiosk.runtime.effects import Effects, Parts
from kiosk.runtime.fingers import Fingers
from kiosk.runtime.printing import Papers
from kiosk.runtime.scanning import Scanning
from kiosk.strings.catalogue import Catalogue
from tests.unit.runtime.test_effects import OFFICE, receipt

INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)


class HangingPrinter:
    """Takes no job to its end before it is abandoned, and then only where it `heeds` that."""

    def __init__(self) -> None:
        self.heeds = True
        self.begun = threading.Event()
        self.over = threading.Event()
        self.jobs = 0

    def status(self) -> PrinterStatus | DeviceTrouble:
        return PrinterStatus(tells=False)

    def deliver(
        self,
        data: bytes,  # noqa: ARG002 - the port's
        *,
        secret: bool = False,  # noqa: ARG002 - the port's
        identity: str = "",  # noqa: ARG002 - the port's
    ) -> Delivered | DeviceTrouble:
        self.jobs += 1
        self.begun.set()
        self.over.wait(60)
        return DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned")

    def abandon(self) -> None:
        if self.heeds and self.begun.is_set():
            self.over.set()


class Hanging:
    """Parts that hang, whatever is asked of them, until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def take(self, *_arguments: object, **_named: object) -> DeviceTrouble:
        return self._hang("fingerprint.abandoned")

    def scan(self, *_arguments: object) -> DeviceTrouble:
        return self._hang("barcode.abandoned")

    def read(self, *_arguments: object) -> None:
        self._hang("")

    def _hang(self, code: str) -> DeviceTrouble:
        self.over.wait(60)
        return DeviceTrouble(TroubleKind.REFUSED, code)

    def __getattr__(self, _name: str) -> Callable[..., int]:
        return lambda *_arguments: 0


@pytest.fixture
def printer() -> Iterator[HangingPrinter]:
    made = HangingPrinter()
    yield made
    made.over.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.over.set()


@pytest.fixture
def desk(printer: HangingPrinter, hanging: Hanging) -> Effects:
    papers = Papers(
        slip_printer=printer,
        page_printer=None,
        office=OFFICE,
        catalogues={"it": Catalogue.load("it")},
        post=lambda _event: None,
    )
    parts = Parts(
        cards=hanging,  # type: ignore[arg-type]  # a stand-in
        documents=hanging,  # type: ignore[arg-type]
        records=hanging,  # type: ignore[arg-type]
        papers=papers,
        voice=hanging,  # type: ignore[arg-type]
        fingers=Fingers(hanging, lambda _event: None),  # type: ignore[arg-type]
        scanning=Scanning(hanging, lambda _event: None),  # type: ignore[arg-type]
        readiness=hanging,  # type: ignore[arg-type]
    )
    return Effects(
        parts,
        post=lambda _event: None,
        started=lambda: events.Started(uuid4(), uuid4(), date(2026, 11, 22)),
    )


def do(desk: Effects, effect: effects.Effect) -> None:
    desk.perform(effect, None)  # type: ignore[arg-type]  # the session is not looked at


def print_a_slip(desk: Effects, session_id: UUID) -> None:
    do(desk, effects.Print(session_id, PrintedDocument.RECEIPT_SLIP, receipt()))


def stopped(desk: Effects) -> float:
    began = time.monotonic()
    desk.stop()
    return time.monotonic() - began


def test_a_paper_at_a_printer_that_hangs_is_withdrawn_and_none_is_begun(
    desk: Effects, printer: HangingPrinter
) -> None:
    session_id = uuid4()
    print_a_slip(desk, session_id)
    print_a_slip(desk, session_id)
    assert printer.begun.wait(10)
    assert stopped(desk) < 2
    assert printer.over.is_set()
    assert printer.jobs == 1


def test_a_job_that_begins_while_the_program_ends_is_withdrawn_too(
    desk: Effects, printer: HangingPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = threading.Event()

    def late() -> PrinterStatus:
        looking.set()
        time.sleep(0.4)
        return PrinterStatus(tells=False)

    monkeypatch.setattr(printer, "status", late)
    print_a_slip(desk, uuid4())
    assert looking.wait(10)
    assert stopped(desk) < 3
    assert printer.jobs == 1


def test_devices_that_hang_share_one_deadline(
    desk: Effects, printer: HangingPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "_STOP_SECONDS", 0.5)
    printer.heeds = False
    session_id = uuid4()
    print_a_slip(desk, session_id)
    do(desk, effects.TakeFinger(session_id, INDEX))
    do(desk, effects.ScanBarcode(session_id, effects.ScanPurpose.CODICE_FISCALE))
    do(desk, effects.ReadCard(session_id))
    assert printer.begun.wait(10)
    assert 0.4 < stopped(desk) < 1.5
