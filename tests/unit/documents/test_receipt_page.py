"""The receipt as a page: what a person of any age must find on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import zxingcpp

from kiosk.documents import wording
from kiosk.documents.receipt import receipt_page
from kiosk.strings.catalogue import Catalogue
from sync.model.documents import IdentityDocument
from sync.model.preregistration import Preregistration
from sync.wire import proof
from tests.unit.documents.pages import ink_in_margins, open_pdf, packed, picture, words
from tests.unit.documents.samples import (
    CARD,
    DECLARATION,
    FULL,
    LONGEST,
    MODULE,
    NUMBER,
    OFFICE,
    PERMIT,
    PLAIN,
    receipt_of,
)

ITALIAN = Catalogue.load("it")
ENGLISH = Catalogue.load("en")


def test_it_tells_number_person_time_place_and_what_happens_next() -> None:
    seen = words(receipt_page(receipt_of(), OFFICE, ITALIAN))
    for expected in (
        "Comune di Esempio",
        "Ricevuta di registrazione",
        "La registrazione di Maria Rossi è salvata.",
        NUMBER.grouped,
        "Registrata il 3 marzo 2026 alle 09:41.",
        "Che cosa succede adesso",
        "Ti scriviamo a maria.rossi@example.it.",
        "entro 24 ore dall'invio",
        "Piazza del Municipio 1, 10100 Esempio (TO)",
        "Giovedì anche ore 14.00\N{EN DASH}16.30",
        "Che cos'è il codice QR",
    ):
        assert expected in seen


def test_in_english_it_says_the_same() -> None:
    seen = words(receipt_page(receipt_of(), OFFICE, ENGLISH))
    for expected in (
        "Registration receipt",
        "The registration of Maria Rossi is saved.",
        "Registered on 3 March 2026 at 09:41.",
        "What happens next",
        "within 24 hours of sending",
        "What the QR code is",
    ):
        assert expected in seen
    assert "Ricevuta" not in seen


def test_the_number_can_be_said_over_the_telephone() -> None:
    spoken = NUMBER.spelled("it")
    seen = words(receipt_page(receipt_of(), OFFICE, ITALIAN))
    in_threes = wording.SEPARATOR.join(" ".join(spoken[i : i + 3]) for i in (0, 3, 6))
    assert f"Al telefono: {in_threes}" in seen


@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
@pytest.mark.parametrize("operation", [PLAIN, LONGEST], ids=["plain", "longest"])
def test_the_qr_code_gives_the_proof_back_from_the_drawn_page(
    operation: Preregistration, catalogue: Catalogue
) -> None:
    receipt = receipt_of(operation)
    (code,) = zxingcpp.read_barcodes(picture(receipt_page(receipt, OFFICE, catalogue), dpi=100))
    assert code.text == receipt.proof
    read = proof.read_proof(code.text)
    assert isinstance(read, proof.Proof)
    assert read.registration_number == receipt.registration_number


def test_the_longest_proof_is_read_too() -> None:
    longest = "SPT1:" + "Z" * (proof.LONGEST_TEXT - len(proof.PREFIX))
    page = receipt_page(receipt_of(proof=longest), OFFICE, ITALIAN)
    (code,) = zxingcpp.read_barcodes(picture(page, dpi=150))
    assert code.text == longest


@pytest.mark.rule("R-003-39")
def test_in_person_one_brings_document_and_health_card_both_valid_and_the_number() -> None:
    seen = words(receipt_page(receipt_of(), OFFICE, ITALIAN))
    assert "un tuo documento di identità valido" in seen
    assert "la tua tessera sanitaria o il codice fiscale, validi" in seen
    assert "questo foglio, o il numero di registrazione" in seen


@pytest.mark.rule("R-003-68")
def test_a_delegate_brings_module_own_document_and_copy_of_the_delegators() -> None:
    operation = replace(PLAIN, delegation=MODULE)
    seen = words(receipt_page(receipt_of(operation), OFFICE, ITALIAN))
    assert "Luca Bianchi deve portare:" in seen
    assert "il modulo di delega, compilato e firmato da chi delega" in seen
    assert "il proprio documento di identità valido" in seen
    assert "la fotocopia di un documento valido di chi delega" in seen
    assert "la tessera sanitaria o il codice fiscale di chi avrà le credenziali" in seen


@pytest.mark.rule("R-003-69")
def test_a_representative_brings_declaration_own_document_and_copy() -> None:
    operation = replace(PLAIN, delegation=DECLARATION)
    seen = words(receipt_page(receipt_of(operation), OFFICE, ITALIAN))
    assert "la dichiarazione sostitutiva, compilata e firmata da chi la presenta" in seen
    assert "la fotocopia di un documento valido della persona rappresentata" in seen


@pytest.mark.rule("R-003-40")
@pytest.mark.parametrize(("document", "asked"), [(CARD, False), (PERMIT, True)])
def test_a_document_that_may_lack_the_residence_wants_a_proof_of_it(
    document: IdentityDocument, *, asked: bool
) -> None:
    operation = replace(PLAIN, document=document)
    seen = words(receipt_page(receipt_of(operation), OFFICE, ITALIAN))
    assert ("autocertificazione della residenza" in seen) is asked


@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
@pytest.mark.parametrize(
    "operation", [PLAIN, FULL, replace(FULL, document=PERMIT)], ids=["plain", "full", "permit"]
)
def test_a_usual_receipt_is_one_page(operation: Preregistration, catalogue: Catalogue) -> None:
    assert len(open_pdf(receipt_page(receipt_of(operation), OFFICE, catalogue)).pages) == 1


def test_the_longest_names_are_all_there_and_run_into_no_margin() -> None:
    page = receipt_page(receipt_of(LONGEST), OFFICE, ITALIAN)
    assert len(open_pdf(page).pages) == 2
    person = LONGEST.person
    assert packed(f"{person.name} {person.surname}") in packed(words(page))
    assert packed(LONGEST.contacts.email) in packed(words(page))
    assert ink_in_margins(page, millimetres=16) == 0


def test_an_office_without_address_and_opening_leaves_no_empty_title() -> None:
    office = replace(OFFICE, counter_address="", opening="")
    seen = words(receipt_page(receipt_of(), office, ITALIAN))
    assert "Chiedi l'indirizzo al tuo Comune." in seen
    assert "Quando è aperto" not in seen


def test_a_long_name_of_the_office_does_not_push_the_title_aside() -> None:
    office = replace(OFFICE, name="Unione dei Comuni della Valle " * 5)
    page = receipt_page(receipt_of(), office, ITALIAN)
    assert "Sportello digitale" in words(page)
    assert ink_in_margins(page, millimetres=16) == 0


def test_a_person_without_surname_is_named_by_the_name() -> None:
    operation = replace(PLAIN, person=replace(PLAIN.person, surname=None))
    seen = words(receipt_page(receipt_of(operation), OFFICE, ITALIAN))
    assert "La registrazione di Maria è salvata." in seen


def test_where_the_station_could_not_sign_no_code_is_promised() -> None:
    seen = words(receipt_page(replace(receipt_of(), proof=""), OFFICE, ITALIAN))
    assert NUMBER.grouped in seen
    assert "QR" not in seen
