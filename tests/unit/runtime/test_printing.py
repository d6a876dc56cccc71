"""What becomes of papers: told by printers that know, marked when printed again, never doubled."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Certainty, Delivered, PrinterCondition, PrinterStatus
from hw.printer.ipp import IppPrinter
from hw.printer.ipp_address import parse_ipp
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address
from kiosk.flows import events
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Event
from kiosk.runtime.printing import LATE, NAMELESS, SWAPPED, Papers
from kiosk.strings.catalogue import Catalogue
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.thermal import EmulatedThermalPrinter
from tests.unit.documents.acts import identification_of, report_of
from tests.unit.documents.escpos_paper import read_slip
from tests.unit.documents.pages import words
from tests.unit.documents.samples import OFFICE, RECORDED_AT, receipt_of

SESSION = UUID("0195b3a0-0000-7000-8000-000000000002")
CATALOGUES = {language: Catalogue.load(language) for language in ("it", "en")}
LETTER = b"%PDF, Maria Rossi, PIN 1357 9246"
D = PrintedDocument


def compose() -> bytes:
    return LETTER


class PagePrinter:
    """Keeps what it gets; stands and ends as told."""

    def __init__(self) -> None:
        self.jobs: list[tuple[bytes, bool]] = []
        self.standing: PrinterStatus | DeviceTrouble = PrinterStatus(identity="one")
        self.end: Delivered | DeviceTrouble | None = None
        self.wanted: list[str] = []
        self.busy = 0
        self.most_busy = 0
        self.begun = threading.Event()
        self.let = threading.Event()
        self.let.set()

    def status(self) -> PrinterStatus | DeviceTrouble:
        return self.standing

    def deliver(
        self, data: bytes, *, secret: bool = False, identity: str = ""
    ) -> Delivered | DeviceTrouble:
        self.wanted.append(identity)
        self.begun.set()
        self.let.wait(10)
        self.busy += 1
        self.most_busy = max(self.busy, self.most_busy)
        time.sleep(0.01)
        self.busy -= 1
        self.jobs.append((data, secret))
        return self.end or Delivered(len(data), Certainty.PRINTED)

    def abandon(self) -> None:
        pass


@pytest.fixture
def pages() -> PagePrinter:
    return PagePrinter()


@pytest.fixture
def slips() -> Iterator[EmulatedThermalPrinter]:
    with EmulatedThermalPrinter() as device:
        yield device


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def papers(pages: PagePrinter, slips: EmulatedThermalPrinter, told: list[Event]) -> Papers:
    return Papers(
        slip_printer=ThermalPrinter(parse_address(slips.address)),
        page_printer=pages,
        office=OFFICE,
        catalogues=CATALOGUES,
        post=told.append,
        now=lambda: RECORDED_AT,
    )


def test_a_slip_ends_as_printed_by_the_printers_own_word(
    papers: Papers, slips: EmulatedThermalPrinter, told: list[Event]
) -> None:
    papers.print(SESSION, D.RECEIPT_SLIP, receipt_of())
    papers.print(SESSION, D.IDENTIFICATION_SLIP, identification_of())
    assert told == [
        events.Printed(SESSION, D.RECEIPT_SLIP, Certainty.PRINTED),
        events.Printed(SESSION, D.IDENTIFICATION_SLIP, Certainty.PRINTED),
    ]
    assert len(slips.slips) == 2


def test_a_slip_without_paper_fails_once_and_is_not_repeated(
    papers: Papers, slips: EmulatedThermalPrinter, told: list[Event]
) -> None:
    slips.load_paper(80)
    papers.print(SESSION, D.RECEIPT_SLIP, receipt_of())
    slips.load_paper()
    time.sleep(0.2)
    assert told == [events.PrintFailed(SESSION, D.RECEIPT_SLIP, "printer.paper-out")]
    assert slips.jobs == []
    papers.print(SESSION, D.RECEIPT_SLIP, receipt_of(), again=True)
    assert len(slips.slips) == 1
    assert read_slip(slips.slips[0]).text.startswith("Ristampa")


def test_who_must_look_is_told(papers: Papers, pages: PagePrinter, told: list[Event]) -> None:
    pages.end = Delivered(1, Certainty.TAKEN)
    papers.print(SESSION, D.RECEIPT_PAGE, receipt_of())
    assert told == [events.Printed(SESSION, D.RECEIPT_PAGE, Certainty.TAKEN)]


@pytest.mark.parametrize(
    "code", ["printer.jam", "printer.job-lost", "printer.interrupted", "printer.stalled"]
)
def test_a_page_whose_fate_is_unknown_is_sent_once(
    papers: Papers, pages: PagePrinter, told: list[Event], code: str
) -> None:
    pages.end = DeviceTrouble(TroubleKind.REFUSED, code)
    papers.print(SESSION, D.SUMMARY, receipt_of())
    assert told == [events.PrintFailed(SESSION, D.SUMMARY, code)]
    assert len(pages.jobs) == 1


@pytest.mark.parametrize("condition", list(PrinterCondition))
def test_nothing_is_sent_to_a_printer_that_says_it_cannot(
    papers: Papers, pages: PagePrinter, told: list[Event], condition: PrinterCondition
) -> None:
    pages.standing = PrinterStatus((condition,))
    papers.print(SESSION, D.SUMMARY, receipt_of())
    if condition.stops:
        code = f"printer.{condition.value}"
        assert told == [events.PrintFailed(SESSION, D.SUMMARY, code, sent=False)]
        assert pages.jobs == []
    else:
        assert told == [events.Printed(SESSION, D.SUMMARY, Certainty.PRINTED)]


def test_a_station_without_a_printer_says_so(told: list[Event]) -> None:
    papers = Papers(
        slip_printer=None,
        page_printer=None,
        office=OFFICE,
        catalogues=CATALOGUES,
        post=told.append,
    )
    papers.print(SESSION, D.READINESS_REPORT, report_of())
    assert told == [events.PrintFailed(SESSION, D.READINESS_REPORT, "printer.absent", sent=False)]
    outcome = papers.print_test(DeviceKind.SLIP_PRINTER, "it")
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "printer.absent"


def test_both_printers_are_tried_out(
    papers: Papers, pages: PagePrinter, slips: EmulatedThermalPrinter
) -> None:
    page = papers.print_test(DeviceKind.PAGE_PRINTER, "en")
    slip = papers.print_test(DeviceKind.SLIP_PRINTER, "it")
    assert isinstance(page, Delivered)
    assert isinstance(slip, Delivered)
    assert slip.certainty is Certainty.PRINTED
    assert "Test page" in words(pages.jobs[0][0])
    assert "Scontrino di prova" in read_slip(slips.slips[0]).words


def test_one_job_at_a_time_for_each_printer(papers: Papers, pages: PagePrinter) -> None:
    threads = [
        threading.Thread(target=papers.print, args=(uuid4(), D.RECEIPT_PAGE, receipt_of()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(pages.jobs) == 3
    assert pages.most_busy == 1


@pytest.mark.parametrize("test", ["", "test"], ids=["a receipt", "a test slip"])
def test_leaving_the_list_of_devices_ends_a_test_and_nobodys_receipt(
    papers: Papers, slips: EmulatedThermalPrinter, told: list[Event], test: str
) -> None:
    slips.after(100, "heat")
    outcomes: list[Delivered | DeviceTrouble] = []

    def work() -> None:
        if test:
            outcomes.append(papers.print_test(DeviceKind.SLIP_PRINTER, "it"))
        else:
            papers.print(SESSION, D.RECEIPT_SLIP, receipt_of())

    job = threading.Thread(target=work)
    job.start()
    deadline = time.monotonic() + 5
    while slips.printed_mm < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    papers.abandon_test()
    time.sleep(0.1)
    slips.heat(hot=False)
    job.join(10)
    if test:
        assert outcomes == [DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned")]
        assert slips.slips == []
    else:
        assert told == [events.Printed(SESSION, D.RECEIPT_SLIP, Certainty.PRINTED)]
        assert len(slips.slips) == 1


def test_papers_of_acts_and_of_registrations_do_not_mix(papers: Papers) -> None:
    with pytest.raises(TypeError):
        papers.print(SESSION, D.RECEIPT_PAGE, report_of())
    with pytest.raises(TypeError):
        papers.print(SESSION, D.READINESS_REPORT, receipt_of())


@pytest.mark.rule("C-003-23")
def test_a_secret_letter_goes_as_a_secret_and_leaves_no_word_behind(
    papers: Papers, pages: PagePrinter, caplog: pytest.LogCaptureFixture, told: list[Event]
) -> None:
    caplog.set_level(logging.DEBUG)
    assert isinstance(papers.print_secret_page(compose), Delivered)
    ((data, secret),) = pages.jobs
    assert secret
    assert data == LETTER
    assert "1357" not in caplog.text
    assert "Rossi" not in caplog.text
    assert told == [], "no page of any screen hears of it"


@pytest.mark.rule("C-003-23")
def test_a_printer_that_was_swapped_gets_no_secret_before_it_was_tried_out(
    papers: Papers, pages: PagePrinter
) -> None:
    assert isinstance(papers.print_secret_page(compose), Delivered)
    pages.standing = PrinterStatus(identity="another")
    papers.print(SESSION, D.SUMMARY, receipt_of())
    assert papers.print_secret_page(compose) == SWAPPED
    assert isinstance(papers.print_test(DeviceKind.PAGE_PRINTER, "it"), Delivered)
    assert isinstance(papers.print_secret_page(compose), Delivered)
    assert [secret for _, secret in pages.jobs] == [True, False, False, True]


@pytest.mark.rule("C-003-23")
@pytest.mark.parametrize(
    "standing", [PrinterStatus(), PrinterStatus(tells=False)], ids=["nameless", "mute"]
)
def test_a_printer_that_does_not_say_who_it_is_gets_no_secret(
    papers: Papers, pages: PagePrinter, standing: PrinterStatus
) -> None:
    known = pages.standing
    pages.standing = standing
    assert papers.print_secret_page(compose) == NAMELESS
    assert isinstance(papers.print_test(DeviceKind.PAGE_PRINTER, "it"), Delivered)
    assert papers.print_secret_page(compose) == NAMELESS
    pages.standing = known
    assert isinstance(papers.print_secret_page(compose), Delivered)
    pages.standing = standing
    assert papers.print_secret_page(compose) == SWAPPED
    assert isinstance(papers.print_test(DeviceKind.PAGE_PRINTER, "it"), Delivered)
    assert papers.print_secret_page(compose) == SWAPPED
    assert [secret for _, secret in pages.jobs] == [False, True, False]


@pytest.mark.rule("C-003-23")
def test_a_printer_that_is_swapped_while_a_letter_is_composed_gets_none_of_it(
    told: list[Event],
) -> None:
    with EmulatedIppPrinter() as device:
        papers = Papers(
            slip_printer=None,
            page_printer=IppPrinter(parse_ipp(device.uri)),
            office=OFFICE,
            catalogues=CATALOGUES,
            post=told.append,
        )
        assert isinstance(papers.print_secret_page(compose), Delivered)

        def meanwhile() -> bytes:
            device.swap()
            return LETTER

        assert papers.print_secret_page(meanwhile) == SWAPPED
        assert len(device.papers) == 1


@pytest.mark.rule("C-003-23")
def test_a_letter_is_for_the_known_printer_up_to_its_last_moment(
    papers: Papers, pages: PagePrinter
) -> None:
    papers.print_secret_page(compose)
    papers.print(SESSION, D.SUMMARY, receipt_of())
    assert pages.wanted == ["one", ""]


def test_whether_somebody_waits_is_asked_when_the_turn_has_come(
    papers: Papers, pages: PagePrinter, told: list[Event]
) -> None:
    """A test page keeps the printer busy; the session ends while the next paper waits."""
    pages.let.clear()
    test = threading.Thread(target=papers.print_test, args=(DeviceKind.PAGE_PRINTER, "it"))
    test.start()
    assert pages.begun.wait(10)
    there = True
    late = threading.Thread(
        target=papers.print,
        args=(SESSION, D.SUMMARY, receipt_of()),
        kwargs={"wanted": lambda: there},
    )
    late.start()
    time.sleep(0.05)
    there = False
    pages.let.set()
    test.join(10)
    late.join(10)
    assert len(pages.jobs) == 1
    assert told == [events.PrintFailed(SESSION, D.SUMMARY, LATE.code, sent=False)]


def test_what_the_printer_got_nothing_of_is_told_so(
    papers: Papers, slips: EmulatedThermalPrinter, told: list[Event]
) -> None:
    slips.open_cover()
    papers.print(SESSION, D.RECEIPT_SLIP, receipt_of())
    slips.close_cover()
    slips.load_paper(80)
    papers.print(SESSION, D.RECEIPT_SLIP, receipt_of())
    assert told == [
        events.PrintFailed(SESSION, D.RECEIPT_SLIP, "printer.cover-open", sent=False),
        events.PrintFailed(SESSION, D.RECEIPT_SLIP, "printer.paper-out"),
    ]


def test_whether_letters_would_be_printed_is_known_before_there_are_any(
    papers: Papers, pages: PagePrinter
) -> None:
    assert papers.why_no_secret() is None
    known = pages.standing
    assert isinstance(known, PrinterStatus)
    for standing, code in (
        (replace(known, takes_secrets=False), NAMELESS.code),
        (replace(known, identity="another"), SWAPPED.code),
        (replace(known, conditions=(PrinterCondition.PAPER_OUT,)), "printer.paper-out"),
        (DeviceTrouble(TroubleKind.ABSENT, "printer.unreachable"), "printer.unreachable"),
        (known, None),
    ):
        pages.standing = standing
        assert papers.why_no_secret() == code
