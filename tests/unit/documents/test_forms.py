"""Summary, delegation and substitutive declaration: prefilled, to be checked, to be signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import zxingcpp

from kiosk.documents.forms import delegation_module, substitutive_declaration, summary_page
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import ForeignAddress
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.preregistration import Preregistration
from tests.unit.documents.pages import ink_in_margins, open_pdf, packed, picture, words
from tests.unit.documents.samples import (
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

Compose = Callable[[Receipt, OfficeInfo, Catalogue], bytes]
FORMS = [(delegation_module, MODULE), (substitutive_declaration, DECLARATION)]


@pytest.mark.rule("R-003-27", "R-003-79")
def test_the_summary_holds_every_datum_that_was_given() -> None:
    seen = words(summary_page(receipt_of(FULL), OFFICE, ITALIAN))
    for expected in (
        NUMBER.grouped,
        "Controlla i dati.",
        "Servizio: Sistema Piemonte.",
        "Cognome Rossi",
        "Nome Maria",
        "RSSMRA50A41L219X",
        "1 gennaio 1950",
        "Femminile",
        "Via Giuseppe Garibaldi 12 bis int. 4",
        "CAP 10122",
        "Torino (TO)",
        "Presso Famiglia Verdi",
        "Piazza Walther 3",
        "Bolzano/Bozen (BZ)",
        "maria.rossi@example.it",
        "Cellulare +39 333 123 4567",
        "Telefono fisso +39 011 123 4567",
        "Carta d'identità",
        "CA12345AA",
        "3 maggio 2021",
        "Comune di Torino",
        "Modulo di delega",
        "Bianchi",
        "Luca",
        "BNCLCU75D12L219K",
        "12 aprile 1975",
        "Maschile",
        "Patente di guida",
        "U1A23B456C",
        "22 ottobre 2019",
        "Motorizzazione civile di Torino",
        "luca.bianchi@example.it",
        "Telefono +39 347 111 2223",
        "Porto anche il vecchio passaporto.",
        "versione 2026-1",
    ):
        assert expected in seen


def test_the_summary_leaves_out_what_was_not_given() -> None:
    seen = words(summary_page(receipt_of(), OFFICE, ITALIAN))
    for absent in ("Domicilio", "Telefono fisso", "Persona che va allo sportello", "Nota"):
        assert absent not in seen


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (PartialDate(1950), "Data di nascita 1950 Sesso"),
        (PartialDate(1950, 2), "Data di nascita febbraio 1950 Sesso"),
        (PartialDate(1952, 2, 29), "Data di nascita 29 febbraio 1952 Sesso"),
    ],
)
def test_a_date_of_birth_is_said_as_far_as_it_is_known(born: PartialDate, said: str) -> None:
    operation = replace(PLAIN, person=replace(PLAIN.person, birth_date=born))
    assert said in words(summary_page(receipt_of(operation), OFFICE, ITALIAN))


def test_a_missing_surname_is_said() -> None:
    operation = replace(PLAIN, person=replace(PLAIN.person, surname=None))
    assert "Cognome nessun cognome" in words(summary_page(receipt_of(operation), OFFICE, ITALIAN))
    operation = replace(PLAIN, person=replace(PLAIN.person, name=None))
    assert "Name no name" in words(summary_page(receipt_of(operation), OFFICE, ENGLISH))


def test_a_residence_abroad_is_said_by_city_and_country() -> None:
    abroad = ForeignAddress("Rue de la République", "7", "Lyon", "Francia", "Z110")
    operation = replace(PLAIN, residence=abroad)
    seen = words(summary_page(receipt_of(operation), OFFICE, ITALIAN))
    assert "Rue de la République 7" in seen
    assert "Città Lyon" in seen
    assert "Nazione Francia" in seen
    form = words(delegation_module(receipt_of(operation), OFFICE, ITALIAN))
    assert "Residenza Rue de la République 7, Lyon, Francia" in form


@pytest.mark.rule("R-003-35", "R-003-68", "R-003-75", "R-003-81")
def test_the_module_is_prefilled_with_citizen_and_delegate_and_waits_for_the_signature() -> None:
    operation = replace(PLAIN, delegation=MODULE)
    seen = words(delegation_module(receipt_of(operation), OFFICE, ITALIAN))
    for expected in (
        "Delega per la richiesta delle credenziali",
        NUMBER.grouped,
        "Chi delega Cognome e nome Rossi Maria Codice fiscale RSSMRA50A41L219X",
        "Carta d'identità n. CA12345AA. Rilascio: 3 maggio 2021, Comune di Torino",
        "Residenza Via Giuseppe Garibaldi 12 bis int. 4, 10122 Torino (TO)",
        "Chi va allo sportello Cognome e nome Bianchi Luca Codice fiscale BNCLCU75D12L219K",
        "Patente di guida n. U1A23B456C. Rilascio: 22 ottobre 2019, Motorizzazione civile",
        "luca.bianchi@example.it \N{EN DASH} +39 347 111 2223",
        "Delego questa persona",
        "Luogo e data",
        "Firma di chi delega",
        "il proprio documento di identità valido",
        "la fotocopia di un documento valido di chi delega",
        "Parte riservata all'ufficio",
    ):
        assert expected in seen


@pytest.mark.rule("R-003-35", "R-003-69", "R-003-82")
def test_the_declaration_is_prefilled_and_signed_by_who_goes_to_the_counter() -> None:
    operation = replace(PLAIN, delegation=DECLARATION)
    seen = words(substitutive_declaration(receipt_of(operation), OFFICE, ITALIAN))
    for expected in (
        "Dichiarazione sostitutiva",
        "Per conto di un maggiorenne sotto tutela o che non può firmare.",
        "Chi dichiara e va allo sportello Cognome e nome Bianchi Luca",
        "Persona rappresentata Cognome e nome Rossi Maria",
        "ha almeno 18 anni",
        "è sotto tutela",
        "non può firmare",
        "tutore",
        "amministratore di sostegno",
        "Firma di chi dichiara",
        "la fotocopia di un documento valido della persona rappresentata",
    ):
        assert expected in seen


@pytest.mark.parametrize(("compose", "other"), [(FORMS[0][0], DECLARATION), (FORMS[1][0], MODULE)])
@pytest.mark.rule("R-003-81", "R-003-82")
def test_without_a_delegate_of_its_kind_a_form_leaves_room_to_write(
    compose: Compose, other: Delegation
) -> None:
    for delegation in (None, other):
        form = compose(receipt_of(replace(PLAIN, delegation=delegation)), OFFICE, ITALIAN)
        assert "Rossi Maria" in words(form)
        assert "Bianchi" not in words(form)
        assert len(open_pdf(form).pages) == 1


@pytest.mark.parametrize(("compose", "delegation"), FORMS)
def test_in_english_a_translation_comes_before_the_italian_form_to_sign(
    compose: Compose, delegation: Delegation
) -> None:
    receipt = receipt_of(replace(PLAIN, delegation=delegation, document=PERMIT))
    form = compose(receipt, OFFICE, ENGLISH)
    assert len(open_pdf(form).pages) == 2
    assert "Sign the Italian form on the next page" in words(form, 0)
    assert "Signature" not in words(form, 0)
    assert words(form, 1) == words(compose(receipt, OFFICE, ITALIAN), 0)
    assert "Firma di chi" in words(form, 1)


@pytest.mark.parametrize(("compose", "delegation"), FORMS)
def test_the_office_can_scan_the_number_of_a_form(compose: Compose, delegation: Delegation) -> None:
    form = compose(receipt_of(replace(PLAIN, delegation=delegation)), OFFICE, ITALIAN)
    (code,) = zxingcpp.read_barcodes(picture(form))
    assert code.text == NUMBER.text


@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_a_usual_summary_is_one_page(catalogue: Catalogue) -> None:
    operation = replace(FULL, domicile=None)
    assert len(open_pdf(summary_page(receipt_of(operation), OFFICE, catalogue)).pages) == 1


@pytest.mark.parametrize(("compose", "delegation"), FORMS)
@pytest.mark.parametrize("document", [PLAIN.document, PERMIT], ids=["card", "permit"])
def test_a_usual_form_is_one_page(
    compose: Compose, delegation: Delegation, document: IdentityDocument
) -> None:
    operation = replace(FULL, delegation=delegation, document=document)
    assert len(open_pdf(compose(receipt_of(operation), OFFICE, ITALIAN)).pages) == 1


@pytest.mark.parametrize("compose", [summary_page, delegation_module, substitutive_declaration])
@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_the_longest_data_are_all_there_and_run_into_no_margin(
    compose: Compose, catalogue: Catalogue
) -> None:
    page = compose(receipt_of(LONGEST), OFFICE, catalogue)
    everything = packed(words(page))
    for datum in _data_of_forms(LONGEST):
        assert packed(datum) in everything
    assert NUMBER.grouped in words(page, len(open_pdf(page).pages) - 1)
    assert ink_in_margins(page, millimetres=16) == 0


def _data_of_forms(operation: Preregistration) -> list[str]:
    person, residence = operation.person, operation.residence
    assert isinstance(residence, ForeignAddress)
    names = [person.surname or "", person.name or "", operation.document.issuer]
    return [*names, residence.street, residence.city, residence.nation_text]
