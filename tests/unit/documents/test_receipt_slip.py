"""The receipt on thermal paper, read back by two readers that know nothing of its composer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from kiosk.documents.receipt import receipt_slip
from kiosk.strings.catalogue import Catalogue
from sync.model.delegation import Delegation
from sync.model.preregistration import Preregistration
from sync.wire.proof import LONGEST_TEXT
from tests.emulated import printer
from tests.unit.documents.escpos_paper import DOTS, Paper, read_slip
from tests.unit.documents.samples import (
    DECLARATION,
    FULL,
    LONGEST,
    MARKUP,
    MODULE,
    NUMBER,
    ODD,
    OFFICE,
    PLAIN,
    receipt_of,
    strange,
)

ITALIAN = Catalogue.load("it")
ENGLISH = Catalogue.load("en")
ANYTHING = [PLAIN, FULL, LONGEST, strange(ODD), strange(MARKUP)]


def slip(operation: Preregistration = PLAIN, catalogue: Catalogue = ITALIAN) -> Paper:
    return read_slip(receipt_slip(receipt_of(operation), OFFICE, catalogue))


def test_it_tells_number_time_place_and_what_happens_next() -> None:
    seen = slip().words
    for expected in (
        "Comune di Esempio",
        "Ricevuta di registrazione",
        "Registrata il 3 marzo 2026 alle 09:41.",
        "Conserva questo scontrino",
        "entro 24 ore dall'invio",
        "Piazza del Municipio 1, 10100 Esempio (TO)",
        "Dal lunedì al venerdì, ore 8.30-12.30",
        "Il codice QR prova la registrazione.",
    ):
        assert expected in seen


def test_in_english_it_says_the_same() -> None:
    seen = slip(catalogue=ENGLISH).words
    for expected in ("Registration receipt", "Registered on 3 March 2026 at 09:41.", "Where to go"):
        assert expected in seen


def test_the_number_is_the_largest_thing_on_one_line_and_can_be_spelled() -> None:
    paper = slip()
    (line,) = (line for line in paper.lines if line.text == NUMBER.grouped)
    assert (line.width, line.height) == (4, 4)
    assert all(line.height >= other.height for other in paper.lines)
    for word in NUMBER.spelled("it"):
        assert word in paper.words


@pytest.mark.parametrize("operation", ANYTHING)
@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_every_line_fits_the_paper_and_the_slip_is_cut(
    operation: Preregistration, catalogue: Catalogue
) -> None:
    paper = slip(operation, catalogue)
    assert all(line.dots <= DOTS for line in paper.lines)
    assert paper.picture.shape[1] == DOTS
    assert paper.cut


@pytest.mark.parametrize("operation", ANYTHING)
def test_a_second_reader_knows_every_command_too(operation: Preregistration) -> None:
    seen = printer.read_slip(receipt_slip(receipt_of(operation), OFFICE, ITALIAN))
    assert seen.unknown == []
    assert seen.cuts == 1
    assert NUMBER.grouped in seen.text


@pytest.mark.parametrize("length", [len(receipt_of().proof), LONGEST_TEXT])
def test_the_qr_code_gives_the_proof_back_from_the_dots(length: int) -> None:
    text = receipt_of().proof.ljust(length, "Z")
    paper = read_slip(receipt_slip(receipt_of(proof=text), OFFICE, ITALIAN))
    picture = np.where(paper.picture, 0, 255).astype(np.uint8)
    # A proof is another one each time; among its dots a reader of all kinds may see a bar code too.
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (code,) = zxingcpp.read_barcodes(picture, formats=kinds)
    assert code.text == text


def test_a_module_of_the_qr_code_is_at_least_half_a_millimetre() -> None:
    dots = slip().picture.astype(np.int8)
    changes = np.flatnonzero(np.diff(dots, axis=1).any(axis=0))
    assert np.diff(changes).min() >= 4  # 8 dots a millimetre


def test_it_names_nobody() -> None:
    operation = replace(FULL, document=PLAIN.document)
    seen = slip(operation).words
    for datum in ("Maria", "Rossi", "Bianchi", "RSSMRA50A41L219X", "@", "CA12345AA", "Garibaldi"):
        assert datum not in seen
    assert "Registrazione di M. R." in seen


@pytest.mark.rule("R-003-39")
def test_in_person_one_brings_document_and_health_card() -> None:
    seen = slip().words
    assert "un tuo documento di identità valido" in seen
    assert "la tua tessera sanitaria o il codice fiscale, validi" in seen
    assert "questo scontrino, o il numero di registrazione" in seen


@pytest.mark.parametrize(
    ("delegation", "form", "copy"),
    [
        (MODULE, "il modulo di delega", "documento valido di chi delega"),
        (DECLARATION, "la dichiarazione sostitutiva", "documento valido della persona"),
    ],
    ids=["module", "declaration"],
)
@pytest.mark.rule("R-003-68", "R-003-69")
def test_who_goes_for_another_brings_form_own_document_and_copy(
    delegation: Delegation, form: str, copy: str
) -> None:
    seen = slip(replace(PLAIN, delegation=delegation)).words
    assert "La persona che va allo sportello porta:" in seen
    assert form in seen
    assert copy in seen
    assert "il proprio documento di identità valido" in seen


def test_letters_that_the_printer_lacks_lose_their_accent_only() -> None:
    office = replace(
        OFFICE,
        name="Občina Dolina \N{EN DASH} Žabnica",
        counter_address="Türkçe № \N{LEFT DOUBLE QUOTATION MARK}x\N{RIGHT DOUBLE QUOTATION MARK}",
    )
    seen = read_slip(receipt_slip(receipt_of(), office, ITALIAN)).words
    assert "Obcina Dolina - Zabnica" in seen
    assert 'Türkçe N "x"' in seen


def test_typed_commands_do_not_reach_the_printer() -> None:
    office = replace(OFFICE, name="\x1b@\x1dV\x00", opening="\x1dV\x41\x00" * 3)
    paper = read_slip(receipt_slip(receipt_of(), office, ITALIAN))
    assert "?@?V?" in paper.text
    assert len(paper.lines) > 20


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert receipt_slip(receipt_of(), OFFICE, ITALIAN) == receipt_slip(
        receipt_of(), OFFICE, ITALIAN
    )


def test_where_the_station_could_not_sign_no_code_is_promised() -> None:
    paper = read_slip(receipt_slip(replace(receipt_of(PLAIN), proof=""), OFFICE, ITALIAN))
    assert NUMBER.grouped in paper.words
    assert "QR" not in paper.words
