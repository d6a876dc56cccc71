"""The summary of a counter, and its signed papers: filled in, blank, bar-coded, told apart."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp

from kiosk.documents import downloads
from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_forms import (
    declaration_form,
    delegation_form,
    regulation_form,
    revocation_request,
)
from kiosk.documents.counter_summary import counter_summary
from kiosk.documents.paper_settings import PaperSettings
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import Credential, OperationKind, State
from sync.model.documents import shows_residence
from tests.unit.documents.counter_samples import (
    CLERKS_NOTE,
    FULL_ONE,
    LONGEST_ONE,
    PLAIN_ONE,
    REFERENCE,
    USUAL,
    WITH_PIN,
)
from tests.unit.documents.pages import ink_in_margins, open_pdf, packed, picture, words
from tests.unit.documents.samples import (
    DECLARATION,
    LONGEST,
    MODULE,
    NUMBER,
    OFFICE,
    PERMIT,
    RECORDED_AT,
)

ITALIAN, ENGLISH = Catalogue.load("it"), Catalogue.load("en")
MARIA = Applicant.of(PLAIN_ONE)
NOBODY = Applicant()
BY_CF = Applicant(codice_fiscale="RSSMRA50A41L219X")
CASE = "".join(random.Random(3).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=1000))
CLERK = "Anna Verdi, matricola 1234"

Form = Callable[[Applicant, Catalogue], bytes]


def regulation(applicant: Applicant, catalogue: Catalogue) -> bytes:
    return regulation_form(applicant, OFFICE, catalogue, made_at=RECORDED_AT)


def delegation(applicant: Applicant, catalogue: Catalogue) -> bytes:
    given = None if applicant == NOBODY else MODULE
    return delegation_form(applicant, given, OFFICE, catalogue, made_at=RECORDED_AT)


def declaration(applicant: Applicant, catalogue: Catalogue) -> bytes:
    given = None if applicant == NOBODY else DECLARATION
    return declaration_form(applicant, given, OFFICE, catalogue, made_at=RECORDED_AT)


def revocation(applicant: Applicant, catalogue: Catalogue) -> bytes:
    return revocation_request(applicant, OFFICE, catalogue, made_at=RECORDED_AT)


def revocation_by_post(applicant: Applicant, catalogue: Catalogue) -> bytes:
    return revocation_request(applicant, OFFICE, catalogue, made_at=RECORDED_AT, by_post=True)


FORMS: list[tuple[Form, str]] = [
    (regulation, "A"),
    (delegation, "D"),
    (declaration, "T"),
    (revocation, "V"),
    (revocation_by_post, "V"),
]
every_form = pytest.mark.parametrize(
    ("form", "letter"), FORMS, ids=lambda it: getattr(it, "__name__", it)
)


@pytest.mark.rule("R-003-27", "R-003-79")
def test_the_summary_holds_what_was_done_and_every_datum() -> None:
    occasion = replace(USUAL, registration=FULL_ONE, delegation=MODULE)
    seen = words(counter_summary(occasion, OFFICE, ITALIAN, case=CASE, operator=CLERK))
    for expected in (
        "Controlla i dati.",
        NUMBER.grouped,
        "Operazione Riscontro forte",
        "Servizio Sistema Piemonte",
        "Data e ora 3 marzo 2026, ore 09:41",
        "Presso Comune di Esempio (kiosk-0001)",
        f"Operatore {CLERK}",
        "Stato della registrazione controllata, da attivare",
        "PIN in busta chiusa, questo riepilogo.",
        "Il codice va all'e-mail indicata qui sotto, e su carta se lo chiedi.",
        f"Numero delle lettere {REFERENCE}",
        "Da usare entro 2 maggio 2026",
        "Cognome Rossi Nome Maria Codice fiscale RSSMRA50A41L219X",
        "Data di nascita 1 gennaio 1950 Sesso Femminile",
        "Via Giuseppe Garibaldi 12 bis int. 4",
        "Presso Famiglia Verdi",
        "Bolzano/Bozen (BZ)",
        "maria.rossi@example.it",
        "+39 333 123 4567",
        "CA12345AA",
        "Tipo di delega Modulo di delega",
        "BNCLCU75D12L219K",
        "Porto anche il vecchio passaporto.",
    ):
        assert expected in seen
    assert CLERKS_NOTE not in seen
    assert "Firma" not in seen


@pytest.mark.rule("R-003-79", "R-003-85")
@pytest.mark.parametrize("operation", list(OperationKind))
def test_the_summary_of_each_operation_says_what_was_handed_over(operation: OperationKind) -> None:
    occasion = replace(USUAL, operation=operation, mailed=False)
    seen = words(counter_summary(occasion, OFFICE, ITALIAN))
    assert ITALIAN.text(f"paper.operation.{operation.value}") in seen
    assert ("PIN in busta chiusa" in seen) == (operation in WITH_PIN)
    assert ("codice di revoca, questo" in seen) == (operation is OperationKind.REVOCA)
    assert "all'e-mail" not in seen
    renewed = words(counter_summary(replace(occasion, renewed=True), OFFICE, ITALIAN))
    assert "PIN in busta" not in renewed


@pytest.mark.parametrize("state", list(State))
def test_the_state_is_said_in_words(state: State) -> None:
    registration = replace(PLAIN_ONE, credential=Credential(state))
    seen = words(counter_summary(replace(USUAL, registration=registration), OFFICE, ITALIAN))
    assert ITALIAN.text(f"paper.counter-summary.state.{state.value}") in seen


@pytest.mark.rule("R-003-79")
def test_the_station_scans_the_case_and_the_archive_its_code() -> None:
    summary = counter_summary(USUAL, OFFICE, ITALIAN, case=CASE)
    codes = {
        code.text: code.format.name for code in zxingcpp.read_barcodes(picture(summary, dpi=300))
    }
    assert codes == {CASE: "QRCode", f"{NUMBER.text}-R": "Code39"}
    (only,) = zxingcpp.read_barcodes(picture(counter_summary(USUAL, OFFICE, ITALIAN), dpi=300))
    assert only.text == f"{NUMBER.text}-R"


@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_a_summary_with_everything_is_one_page(catalogue: Catalogue) -> None:
    occasion = replace(USUAL, registration=FULL_ONE, delegation=MODULE)
    summary = counter_summary(occasion, OFFICE, catalogue, case=CASE, operator=CLERK)
    assert len(open_pdf(summary).pages) == 1


@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_the_longest_data_are_all_in_the_summary_and_run_into_no_margin(
    catalogue: Catalogue,
) -> None:
    occasion = replace(USUAL, registration=LONGEST_ONE, delegation=LONGEST.delegation, again=True)
    summary = counter_summary(occasion, OFFICE, catalogue, case=CASE, operator=CLERK)
    everything = packed(words(summary))
    person, document = LONGEST_ONE.person, LONGEST_ONE.document
    assert document is not None
    for datum in (person.surname, person.name, document.issuer, LONGEST_ONE.other_note):
        assert packed(datum or "") in everything
    assert ink_in_margins(summary, millimetres=16) == 0


def test_a_registration_of_an_older_service_leaves_out_what_it_lacks() -> None:
    bare = replace(
        PLAIN_ONE,
        number="old 1",
        residence=None,
        document=None,
        contacts=replace(PLAIN_ONE.contacts, email="", mobile=None),
    )
    seen = words(counter_summary(replace(USUAL, registration=bare), OFFICE, ITALIAN))
    assert "Numero di registrazione: old 1" in seen
    for absent in ("Residenza", "Contatti", "Documento di identità"):
        assert absent not in seen


@pytest.mark.rule("R-003-50", "R-003-80")
def test_the_regolamento_is_filled_in_but_for_place_and_signature() -> None:
    form = regulation(MARIA, ITALIAN)
    seen = words(form)
    for expected in (
        "Regolamento",
        "versione 2026-1",
        "Rossi Maria",
        "RSSMRA50A41L219X",
        "Via Giuseppe Garibaldi 12 bis int. 4, 10122 Torino (TO)",
        "Ho letto questo regolamento e lo accetto.",
        "3 marzo 2026",
        "Luogo",
        "Firma",
    ):
        assert expected in seen
    assert words(form, 0).count("Comune di Esempio") > 1  # the head, and who releases them
    region = PaperSettings(authority="Regione Esempio")
    of_region = regulation_form(MARIA, OFFICE, ITALIAN, made_at=RECORDED_AT, papers=region)
    assert "Regione Esempio" in words(of_region)


@pytest.mark.rule("R-003-68", "R-003-75", "R-003-81")
def test_the_delegation_module_is_filled_in_for_both() -> None:
    seen = words(delegation(MARIA, ITALIAN))
    for expected in (
        "Chi delega Cognome e nome Rossi Maria",
        "Chi va allo sportello Cognome e nome Bianchi Luca",
        "Firma di chi delega",
        "il proprio documento di identità valido",
        "la fotocopia di un documento valido di chi delega",
    ):
        assert expected in seen
    assert "residenza, se il documento" not in seen


@pytest.mark.rule("R-003-69", "R-003-82", "C-003-18")
def test_the_declaration_is_signed_by_who_represents_and_speaks_of_no_delegation() -> None:
    seen = words(declaration(MARIA, ITALIAN))
    for expected in (
        "Chi dichiara e va allo sportello Cognome e nome Bianchi Luca",
        "Persona rappresentata Cognome e nome Rossi Maria",
        "ha almeno 18 anni",
        "Firma di chi dichiara",
        "la fotocopia di un documento valido della persona rappresentata",
    ):
        assert expected in seen
    assert "deleg" not in seen.lower()


@pytest.mark.rule("R-003-40", "R-003-68")
def test_who_shows_a_document_without_a_residence_proves_it() -> None:
    assert not shows_residence(PERMIT.kind)
    seen = words(delegation(replace(MARIA, document=PERMIT), ITALIAN))
    assert "un'autocertificazione della residenza" in seen


@pytest.mark.parametrize(
    ("form", "other"), [(delegation_form, DECLARATION), (declaration_form, MODULE)]
)
@pytest.mark.rule("R-003-81", "R-003-82")
def test_a_delegate_of_the_other_kind_is_left_out(
    form: Callable[..., bytes], other: object
) -> None:
    assert "Bianchi" not in words(form(MARIA, other, OFFICE, ITALIAN, made_at=RECORDED_AT))


@pytest.mark.rule("R-003-46", "R-003-83")
def test_old_credentials_are_revoked_by_a_request_that_the_office_archives() -> None:
    form = revocation(BY_CF, ITALIAN)
    seen = words(form)
    for expected in (
        "Richiesta di revoca delle credenziali",
        "Codice fiscale RSSMRA50A41L219X",
        "Chiedo la revoca delle mie vecchie credenziali",
        "Firma di chi chiede la revoca",
        "Richiesta: archiviata",
        "Vecchie credenziali: cancellate",
    ):
        assert expected in seen
    (code,) = zxingcpp.read_barcodes(picture(form, dpi=300))
    assert code.text == "RSSMRA50A41L219X-V"


@pytest.mark.rule("R-003-59", "R-003-83")
def test_a_request_by_post_says_where_to_send_it_and_what_to_enclose() -> None:
    where = PaperSettings(revocation_address="Ufficio credenziali\nVia di Esempio 1, 10100 Esempio")
    form = revocation_request(
        MARIA, OFFICE, ITALIAN, made_at=RECORDED_AT, by_post=True, papers=where
    )
    seen = words(form)
    for expected in (
        "Da spedire con raccomandata A/R a Ufficio credenziali Via di Esempio 1",
        "Rossi Maria",
        "maria.rossi@example.it",
        "Chiedo la revoca delle mie credenziali e la cancellazione dei dati",
        "Allega a questo foglio la fotocopia di un documento di identità valido",
    ):
        assert expected in " ".join(seen.replace("▪", " ").replace("•", " ").split())
    assert "vecchie" not in seen


@every_form
@pytest.mark.rule("R-003-80", "R-003-81", "R-003-82", "R-003-83")
def test_the_archive_scans_which_paper_of_whom_it_is(form: Form, letter: str) -> None:
    (code,) = zxingcpp.read_barcodes(picture(form(MARIA, ITALIAN), dpi=300))
    assert code.text == f"{NUMBER.text}-{letter}"


@every_form
def test_a_form_is_one_sheet_of_paper(form: Form, letter: str) -> None:
    del letter
    for applicant in (MARIA, NOBODY):
        pages = len(open_pdf(form(applicant, ITALIAN)).pages)
        assert pages == (2 if form is regulation else 1)


@every_form
@pytest.mark.rule("R-003-84")
def test_a_blank_form_names_nobody_and_has_no_code(form: Form, letter: str) -> None:
    del letter
    blank = form(NOBODY, ITALIAN)
    seen = words(blank)
    for datum in ("Rossi", "Bianchi", "2026 ", NUMBER.grouped):
        assert datum not in seen
    assert "Firma" in seen
    assert zxingcpp.read_barcodes(picture(blank)) == []


@every_form
def test_in_english_a_translation_comes_before_what_is_signed(form: Form, letter: str) -> None:
    del letter
    both = form(MARIA, ENGLISH)
    signed = form(MARIA, ITALIAN)
    pages = len(open_pdf(both).pages)
    assert pages == 2 * len(open_pdf(signed).pages)
    assert "Sign the Italian form on the next page" in words(both, 0)
    assert "Signature" not in words(both, 0)
    assert words(both, pages // 2) == words(signed, 0).replace("Pagina 1 di 2", "Pagina 1 di 2")


@every_form
def test_the_longest_data_run_into_no_margin(form: Form, letter: str) -> None:
    del letter
    page = form(Applicant.of(LONGEST_ONE), ITALIAN)
    assert packed(LONGEST_ONE.person.surname or "") in packed(words(page))
    assert ink_in_margins(page, millimetres=16) == 0


def test_a_document_without_its_issuer_is_said_without_one() -> None:
    assert MARIA.document is not None
    document = replace(MARIA.document, issuer="")
    seen = words(regulation(replace(MARIA, document=document), ITALIAN))
    assert "Carta d'identità n. CA12345AA. Rilascio: 3 maggio 2021 Residenza" in seen


@pytest.mark.rule("R-003-84")
def test_the_forms_to_download_are_blank_files_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        downloads.main([str(tmp_path), "--office", "Comune di Esempio", "--address", "Via X"]) == 0
    )
    names = ("manual", "regulation", "revocation-request", "delegation", "declaration")
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.{language}.pdf" for name in names for language in ("it", "en")
    }
    assert "Via X" in words((tmp_path / "revocation-request.it.pdf").read_bytes())
    manual = (tmp_path / "manual.it.pdf").read_bytes()
    assert "servizi in rete di Comune di Esempio" in words(manual, 0)
    assert len(open_pdf(manual).pages) == 2  # one sheet
    assert ink_in_margins(manual, millimetres=16) == 0
    for name in ("manual", "regulation"):
        assert "Comune di Esempio" in words((tmp_path / f"{name}.en.pdf").read_bytes(), 0)
    assert downloads.main([str(tmp_path / "absent")]) == 1
    assert "absent" in capsys.readouterr().err


def test_an_applicant_shows_no_datum_in_its_repr() -> None:
    assert "Rossi" not in repr(MARIA)
