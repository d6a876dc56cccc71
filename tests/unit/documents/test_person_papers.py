"""The identification slip, and the reprint of a receipt."""

from __future__ import annotations

import pytest

from kiosk.documents.forms import summary_page
from kiosk.documents.identification import identification_slip
from kiosk.documents.receipt import receipt_page, receipt_slip
from kiosk.strings.catalogue import Catalogue
from sync.model.identification import Way
from tests.emulated import printer
from tests.unit.documents.acts import identification_of, report_of
from tests.unit.documents.escpos_paper import DOTS, read_slip
from tests.unit.documents.pages import words
from tests.unit.documents.samples import OFFICE, receipt_of

LANGUAGES = [Catalogue.load("it"), Catalogue.load("en")]
ITALIAN = LANGUAGES[0]


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_the_slip_says_how_and_names_nobody(way: Way, catalogue: Catalogue) -> None:
    data = identification_slip(
        identification_of(way, language=catalogue.language), OFFICE, catalogue
    )
    paper = read_slip(data)
    assert " ".join(catalogue.text(f"document.identified.way.{way.value}").split()) in paper.words
    for datum in ("Rossi", "Maria", "RSSMRA50A41L219X", "1950", "libfprint"):
        assert datum not in paper.text
    assert "M. R." in paper.text
    assert "A1B2-C3D4" in paper.text
    assert all(line.dots <= DOTS for line in paper.lines)
    assert paper.cut
    assert printer.read_slip(data).unknown == []


def test_who_is_still_to_be_confirmed_is_not_told_to_be_done() -> None:
    seen = read_slip(identification_slip(identification_of(Way.OPERATOR), OFFICE, ITALIAN)).words
    assert "Identità da confermare" in seen
    assert "Identificazione registrata" not in seen
    assert "non devi fare altro" not in seen
    assert "Piazza del Municipio 1" in seen


def test_what_becomes_of_fingers_is_told_only_where_they_were_taken() -> None:
    for way in Way:
        seen = read_slip(identification_slip(identification_of(way), OFFICE, ITALIAN)).words
        assert ("immagini delle dita" in seen) == (way is Way.FINGERPRINTS)


def test_an_identification_slip_is_made_of_an_identification_only() -> None:
    with pytest.raises(TypeError):
        identification_slip(report_of(), OFFICE, ITALIAN)


def test_reprints_are_marked_and_otherwise_the_same() -> None:
    receipt = receipt_of()
    first, second = (
        read_slip(receipt_slip(receipt, OFFICE, ITALIAN, again=again)) for again in (False, True)
    )
    assert [line.text for line in second.lines] == ["Ristampa", *(x.text for x in first.lines)]
    act = identification_of()
    assert "Ristampa" in read_slip(identification_slip(act, OFFICE, ITALIAN, again=True)).text
    for page in (receipt_page, summary_page):
        assert "Ristampa" in words(page(receipt, OFFICE, ITALIAN, again=True))
        assert "Ristampa" not in words(page(receipt, OFFICE, ITALIAN))
