"""Effects: what a session still runs must not reach the next person."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered, PrinterStatus
from hw.speaker.mute import MuteSpeaker
from kiosk.flows import effects, events
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.runtime import effects as performing
from kiosk.runtime.fingers import Fingers
from kiosk.runtime.printing import Papers
from kiosk.runtime.readiness import Readiness
from kiosk.runtime.scanning import Scanning
from kiosk.strings.catalogue import Catalogue
from sync.model.preregistration import Community
from tests.faults.people import invented

TODAY = date(2026, 11, 22)
OFFICE = OfficeInfo("kiosk-0001", "Comune di Esempio", "L219", Community.SISTEMA_PIEMONTE)


class SlowPrinter:
    """Takes a job when it is let; counts them."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.begun = threading.Event()
        self.jobs = 0

    def deliver(
        self,
        data: bytes,
        *,
        secret: bool = False,  # noqa: ARG002
        identity: str = "",  # noqa: ARG002
    ) -> Delivered | DeviceTrouble:
        self.begun.set()
        self.let.wait(5)
        self.jobs += 1
        return Delivered(len(data), Certainty.TAKEN)

    def status(self) -> PrinterStatus | DeviceTrouble:
        return PrinterStatus(tells=False)

    def abandon(self) -> None:
        pass


class NoCards:
    """A card desk where nothing happens."""

    def stop(self) -> None:
        """Nothing is watched."""

    def abandon(self) -> None:
        """Nothing is read."""


class NoDocuments:
    """A document desk where nothing happens."""

    def abandon(self) -> None:
        """Nothing is read."""

    def stop(self) -> None:
        """Nothing is read."""


class NoDevices:
    """A rig in which nothing happens."""

    def watch_devices(self, _listener: object) -> None:
        """Nothing is told."""

    def abandon_reading(self) -> None:
        """Nothing is read."""


class NoVoice:
    """Says nothing."""

    def next_turn(self) -> int:
        return 0

    def silence(self) -> None:
        """Nothing is said."""


@pytest.fixture
def printer() -> Iterator[SlowPrinter]:
    made = SlowPrinter()
    yield made
    made.let.set()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def papers(printer: SlowPrinter, told: list[Event]) -> Papers:
    return Papers(
        slip_printer=printer,
        page_printer=printer,
        office=OFFICE,
        catalogues={"it": Catalogue.load("it")},
        post=told.append,
    )


@pytest.fixture
def desk(papers: Papers, told: list[Event]) -> Iterator[performing.Effects]:
    readiness = Readiness(
        NoDevices(),  # type: ignore[arg-type]  # no device is needed here
        sensor=None,
        speaker=MuteSpeaker(),
        scanner=None,
        print_test=papers.print_test,
        abandon_printing=papers.abandon_test,
        post=told.append,
    )
    made = performing.Effects(
        performing.Parts(
            cards=NoCards(),  # type: ignore[arg-type]  # no reader is needed here
            documents=NoDocuments(),  # type: ignore[arg-type]  # no document is needed here
            records=None,  # type: ignore[arg-type]  # nothing is recorded here
            papers=papers,
            voice=NoVoice(),  # type: ignore[arg-type]  # nothing is said here
            fingers=Fingers(None, told.append),
            scanning=Scanning(None, told.append),
            readiness=readiness,
        ),
        post=told.append,
        started=lambda: events.Started(uuid4(), uuid4(), TODAY),
    )
    yield made
    made.stop()


def receipt() -> Receipt:
    return Receipt(
        operation_id=uuid4(),
        registration_number="22K222237",
        grouped="22K-222-237",
        operation_hash="00" * 32,
        recorded_at=datetime(2026, 11, 22, 9, 41, tzinfo=UTC),
        station="kiosk-0001",
        office="Comune di Esempio",
        proof="SPT1:0",
        language="it",
        preregistration=invented(1),
    )


def slip(session_id: UUID) -> effects.Print:
    return effects.Print(session_id, PrintedDocument.RECEIPT_SLIP, receipt())


def test_a_paper_that_waited_is_not_printed_for_the_next_person(
    desk: performing.Effects,
    printer: SlowPrinter,
    told: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(performing, "_PAPER_WAITS_SECONDS", 0.0)
    gone = uuid4()
    desk.perform(slip(gone), None)  # type: ignore[arg-type]  # the session is not looked at
    assert printer.begun.wait(5)
    desk.perform(slip(gone), None)  # type: ignore[arg-type]
    desk.perform(effects.EndSession(gone), None)  # type: ignore[arg-type]
    printer.let.set()
    desk.stop()
    assert printer.jobs == 1
    assert events.Printed(gone, PrintedDocument.RECEIPT_SLIP, Certainty.TAKEN) in told


def test_who_goes_at_once_still_gets_the_receipt(
    desk: performing.Effects, printer: SlowPrinter
) -> None:
    quick = uuid4()
    desk.perform(slip(quick), None)  # type: ignore[arg-type]  # the session is not looked at
    desk.perform(slip(quick), None)  # type: ignore[arg-type]
    desk.perform(effects.EndSession(quick), None)  # type: ignore[arg-type]
    printer.let.set()
    until = time.monotonic() + 10
    while printer.jobs < 2 and time.monotonic() < until:
        time.sleep(0.01)
    desk.stop()
    assert printer.jobs == 2


def test_a_paper_that_waited_for_another_ones_turn_is_not_printed_for_the_next_person(
    desk: performing.Effects,
    printer: SlowPrinter,
    papers: Papers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The printer was busy with a test slip, from another thread."""
    monkeypatch.setattr(performing, "_PAPER_WAITS_SECONDS", 0.0)
    test = threading.Thread(target=papers.print_test, args=(DeviceKind.SLIP_PRINTER, "it"))
    test.start()
    assert printer.begun.wait(10)
    gone = uuid4()
    desk.perform(slip(gone), None)  # type: ignore[arg-type]  # the session is not looked at
    time.sleep(0.05)
    desk.perform(effects.EndSession(gone), None)  # type: ignore[arg-type]
    printer.let.set()
    test.join(10)
    desk.stop()
    assert printer.jobs == 1
