"""Test page, test slip and readiness report: what an installer holds in the hand."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from kiosk.documents.readiness import readiness_report
from kiosk.documents.test_sheet import (
    TEST_PDF_417,
    TEST_QR,
    printer_test_page,
    printer_test_slip,
)
from kiosk.flows.scanned import TEST_CODICE_FISCALE, scan_sheet_in
from kiosk.strings.catalogue import Catalogue
from sync.model import codice_fiscale
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.readiness import DeviceChecked, DeviceKind, DeviceState, problems
from tests.emulated import printer
from tests.unit.documents.acts import ALL_WELL, MIXED, OPERATION_ID, identification_of, report_of
from tests.unit.documents.escpos_paper import DOTS, Raster, read_slip
from tests.unit.documents.pages import catalog, elements, ink_in_margins, open_pdf, picture, words
from tests.unit.documents.samples import LONG, OFFICE, RECORDED_AT

TEST_CODES = {TEST_CODICE_FISCALE, TEST_QR, TEST_PDF_417}
LANGUAGES = [Catalogue.load("it"), Catalogue.load("en")]
ITALIAN = LANGUAGES[0]


@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_all_three_codes_are_read_from_the_page(catalogue: Catalogue) -> None:
    seen = picture(printer_test_page(OFFICE, catalogue, RECORDED_AT), dpi=200)
    assert {code.text for code in zxingcpp.read_barcodes(seen)} == TEST_CODES
    # A second decoder, which shares nothing with the one that drew them.
    with Image.fromarray(seen) as image:
        others = {code.data.decode() for code in pyzbar.decode(image)}
    assert {TEST_CODICE_FISCALE, TEST_QR} <= others


def test_the_codes_are_read_from_the_slips_dots() -> None:
    paper = read_slip(printer_test_slip(OFFICE, ITALIAN, RECORDED_AT))
    pieces = [item.dots for item in paper.items if isinstance(item, Raster)]
    read = set()
    for piece in pieces:
        white = np.zeros((20, DOTS), bool)
        dots = np.where(np.vstack([white, piece, white]), 0, 255).astype(np.uint8)
        read |= {code.text for code in zxingcpp.read_barcodes(dots)}
    assert read == {TEST_CODICE_FISCALE, TEST_QR}
    assert TEST_PDF_417 not in read


def test_the_test_codice_fiscale_is_right_in_itself() -> None:
    assert isinstance(codice_fiscale.parse(TEST_CODICE_FISCALE), CodiceFiscale)


def test_what_is_printed_is_what_the_test_of_the_camera_looks_for() -> None:
    assert {scan_sheet_in(text) for text in TEST_CODES} == TEST_CODES


@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_the_test_slip_fits_and_is_cut(catalogue: Catalogue) -> None:
    data = printer_test_slip(OFFICE, catalogue, RECORDED_AT)
    paper = read_slip(data)
    assert all(line.dots <= DOTS for line in paper.lines)
    assert any(line.dots == DOTS for line in paper.lines), "the ruler runs from edge to edge"
    assert paper.cut
    assert printer.read_slip(data).unknown == []
    assert "àèéìòù" in paper.text
    assert "€" in paper.text


def test_the_ruler_is_ten_centimetres_long() -> None:
    seen = picture(printer_test_page(OFFICE, ITALIAN, RECORDED_AT), dpi=254)  # 10 dots a millimetre
    longest = 0
    for row in seen[800:1000] < 160:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        longest = max(longest, int((edges[1::2] - edges[::2]).max(initial=0)))
    assert abs(longest - 1000) <= 10


@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_a_report_tells_each_device_its_state_test_and_fault(catalogue: Catalogue) -> None:
    seen = words(readiness_report(report_of(language=catalogue.language), OFFICE, catalogue))
    for device in MIXED:
        assert catalogue.text(f"device.{device.kind.value}") in seen
        assert device.model in seen
        assert catalogue.text(f"document.device-state.{device.state.value}") in seen
    for expected in ("printer.unreachable", "card.removed", str(OPERATION_ID), "0.4.0"):
        assert expected in seen
    assert catalogue.text("document.readiness.not-ready") in seen
    assert catalogue.text("document.readiness.run-test") in seen
    assert catalogue.text("failure.printer.unreachable.remedy") in seen


def test_a_fault_that_was_mended_says_how_long_it_took() -> None:
    seen = words(readiness_report(report_of(), OFFICE, ITALIAN))
    assert "tornato in servizio in 3,4 s" in seen
    assert "card.removed" not in seen.split("Che cosa fare")[1]


def test_a_station_that_is_ready_says_so_and_asks_for_nothing() -> None:
    seen = words(readiness_report(report_of(ALL_WELL), OFFICE, ITALIAN))
    assert "Lo sportello è pronto" in seen
    assert "Che cosa fare" not in seen
    assert "non è ancora pronto" not in seen


@pytest.mark.parametrize("state", list(DeviceState))
@pytest.mark.parametrize("test", ["not run", "failed", "passed"])
def test_verdict_and_to_do_never_disagree(state: DeviceState, test: str) -> None:
    tested, passed = test != "not run", test == "passed"
    receipt = report_of((DeviceChecked(DeviceKind.CAMERA, state, "", None, tested, passed),))
    seen = words(readiness_report(receipt, OFFICE, ITALIAN))
    ready = "Lo sportello è pronto" in seen
    assert ready == (state is DeviceState.WORKING and tested and passed)
    if state is not DeviceState.NOT_FITTED:
        assert ("Che cosa fare" in seen) != ready


def test_the_report_can_be_recorded() -> None:
    act = report_of().act
    assert not problems(act, today=RECORDED_AT.date())  # type: ignore[arg-type]  # it is a report


@pytest.mark.parametrize("which", ["test", "report"])
@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_pages_are_tagged_titled_and_on_one_sheet(which: str, catalogue: Catalogue) -> None:
    page = (
        printer_test_page(OFFICE, catalogue, RECORDED_AT)
        if which == "test"
        else readiness_report(report_of(), OFFICE, catalogue)
    )
    reader = open_pdf(page)
    assert len(reader.pages) == 1
    assert catalog(reader)["/Lang"] == catalogue.language
    assert catalog(reader)["/MarkInfo"]["/Marked"]
    tags = [element.tag for element in elements(page)]
    assert tags.count("/H1") == 1
    assert "/Figure" in tags if which == "test" else "/TH" in tags
    for element in elements(page):
        if element.tag == "/Figure":
            assert element.attributes["/Alt"]
    assert ink_in_margins(page, millimetres=12) == 0


def test_names_that_are_too_long_stay_on_the_paper() -> None:
    devices = tuple(
        DeviceChecked(kind, DeviceState.AWAY, "W" * 80, "document.access-refused", tested=True)
        for kind in DeviceKind
    )
    receipt = report_of(devices)
    page = readiness_report(receipt, OFFICE, ITALIAN)
    assert ink_in_margins(page, millimetres=12) == 0
    assert LONG not in words(page)


def test_a_reprint_says_so_and_a_first_print_does_not() -> None:
    assert "Ristampa" in words(readiness_report(report_of(), OFFICE, ITALIAN, again=True))
    assert "Ristampa" not in words(readiness_report(report_of(), OFFICE, ITALIAN))


def test_a_report_is_made_of_a_report_only() -> None:
    with pytest.raises(TypeError):
        readiness_report(identification_of(), OFFICE, ITALIAN)


def test_the_same_moment_gives_the_same_bytes() -> None:
    pages = [printer_test_page(OFFICE, ITALIAN, RECORDED_AT) for _ in range(2)]
    assert pages[0] == pages[1]
    assert BytesIO(pages[0]).read(5) == b"%PDF-"
