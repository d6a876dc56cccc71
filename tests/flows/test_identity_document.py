"""What an identity document says, as answers: cut names, people born abroad, addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.flows import events as ev
from kiosk.flows import form as forms
from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.citizen.preregistration import Form, Review
from kiosk.flows.document_check import DocumentHolder, HolderClaim
from kiosk.flows.health_card import fill as fill_from_health_card
from kiosk.flows.health_card import without_card
from kiosk.flows.identity_document import claim_of, comune_named, fill
from kiosk.flows.rows import review_rows
from tests.flows.documents import FORM_TO_READING, MARIO, reading
from tests.flows.walking import ROSSI, SESSION, TODAY, after, fresh, write

Q = QuestionId


def filled(holder: DocumentHolder = MARIO) -> Form:
    return fill(Form(), holder, expired=False, today=TODAY)


def refused(form: Form) -> dict[QuestionId, str]:
    return {question: problem.code for question, _answer, problem in form.refused}


def test_a_document_answers_person_residence_and_document() -> None:
    form = filled()
    answers = form.answers
    assert answers.text(Q.CODICE_FISCALE) == "RSSMRA80A01H501U"
    assert (answers.text(Q.SURNAME), answers.text(Q.NAME)) == ("ROSSI", "MARIO")
    assert (answers.text(Q.BIRTH_DATE), answers.code(Q.SEX)) == ("1980-01-01", "M")
    assert (answers.code(Q.RESIDENCE_COUNTRY), answers.code(Q.RESIDENCE_COMUNE)) == (
        "italy",
        "L219",
    )
    assert answers.text(Q.RESIDENCE_STREET) == "VIA GARIBALDI"
    assert answers.text(Q.RESIDENCE_NUMBER) == "12/A"
    assert answers.code(Q.DOCUMENT_KIND) == "carta_identita"
    assert answers.text(Q.DOCUMENT_NUMBER) == "CA12345AA"
    assert answers.text(Q.DOCUMENT_ISSUED_ON) == "2020-02-01"
    assert answers.text(Q.DOCUMENT_ISSUER) == "MINISTERO DELL'INTERNO"
    assert (form.card_used, form.document_used, form.refused, form.to_check) == (
        True,
        True,
        (),
        frozenset(),
    )
    shown = {row.question for row in review_rows(form, fresh().surroundings)}
    assert {Q.SURNAME, Q.RESIDENCE_STREET, Q.DOCUMENT_NUMBER} <= shown


def test_a_zone_without_dg11_answers_the_person_and_asks_the_rest() -> None:
    form = filled(
        replace(MARIO, codice_fiscale="", address=(), issued_on=None, issuing_authority="")
    )
    missing = forms.missing(form.answers)
    assert missing[0] is Q.CODICE_FISCALE
    assert {Q.RESIDENCE_COUNTRY, Q.DOCUMENT_ISSUED_ON, Q.DOCUMENT_ISSUER} <= set(missing)
    assert Q.SURNAME not in missing


@pytest.mark.parametrize(
    ("cut", "plain", "code"),
    [(True, True, "name.cut"), (True, False, "name.cut"), (False, True, "name.transliterated")],
)
def test_names_that_the_zone_may_have_altered_are_to_be_checked(
    cut: bool,  # noqa: FBT001
    plain: bool,  # noqa: FBT001
    code: str,
) -> None:
    form = filled(replace(MARIO, names_cut=cut, names_transliterated=plain))
    assert form.to_check == {(Q.SURNAME, code), (Q.NAME, code)}
    rows = {row.question: row for row in review_rows(form, fresh().surroundings)}
    for question in (Q.SURNAME, Q.NAME):
        problem = rows[question].problem
        assert problem is not None
        assert (problem.key, rows[question].doubtful) == (f"problem.{code}", True)


def test_a_birth_of_which_the_century_is_guessed_is_to_be_checked() -> None:
    holder = replace(
        MARIO,
        codice_fiscale="",
        birth_date="20230101",
        century_guessed=True,
        names_transliterated=True,
    )
    form = filled(holder)
    assert form.to_check == {
        (Q.BIRTH_DATE, "date.century-guessed"),
        (Q.SURNAME, "name.transliterated"),
        (Q.NAME, "name.transliterated"),
    }
    rows = {row.question: row for row in review_rows(form, fresh().surroundings)}
    problem = rows[Q.BIRTH_DATE].problem
    assert problem is not None
    assert (problem.key, rows[Q.BIRTH_DATE].doubtful) == ("problem.date.century-guessed", True)
    assert filled(replace(holder, century_guessed=False)).to_check == form.to_check - {
        (Q.BIRTH_DATE, "date.century-guessed")
    }


def test_a_name_that_was_looked_at_is_no_doubt_any_more() -> None:
    holder = replace(MARIO, names_transliterated=True)
    session = after(fresh(), *FORM_TO_READING, ev.DocumentRead(SESSION, reading(holder)))
    seen = after(session, ev.EditAsked(Q.SURNAME), ev.TextDone()).activity
    assert isinstance(seen, Review)
    assert {question for question, _code in seen.form.to_check} == {Q.NAME}
    mended = after(session, ev.EditAsked(Q.NAME), *write("Màrio")).activity
    assert isinstance(mended, Review)
    assert {question for question, _code in mended.form.to_check} == {Q.SURNAME}
    assert mended.form.corrected == {Q.NAME}
    on = after(session, ev.Continued()).activity
    assert (Q.SURNAME, "name.transliterated") in on.form.accepted  # type: ignore[union-attr]


def test_people_born_abroad_have_no_province_and_are_read_all_the_same() -> None:
    born = replace(
        MARIO,
        birth_place="BUENOS AIRES",
        birth_province="",
        codice_fiscale="RSSMRA80A01Z600P",
        issuing_state="ITA",
    )
    assert filled(born).answers.text(Q.SURNAME) == "ROSSI"


@pytest.mark.parametrize(
    ("born", "answer"),
    [("19800100", "1980-01"), ("19800000", "1980"), ("19800101", "1980-01-01")],
)
def test_partial_dates_of_birth(born: str, answer: str) -> None:
    assert filled(replace(MARIO, birth_date=born)).answers.text(Q.BIRTH_DATE) == answer


@pytest.mark.parametrize(
    ("holder", "question", "code"),
    [
        (replace(MARIO, surname="R\x01SSI"), Q.SURNAME, "name.control"),
        (replace(MARIO, codice_fiscale="RSSMRA80A01H501X"), Q.CODICE_FISCALE, "codice-fiscale.check-character"),
        (replace(MARIO, birth_date="19800231"), Q.BIRTH_DATE, "date.not-in-calendar"),
        (replace(MARIO, birth_date="x"), Q.BIRTH_DATE, "date.month-missing"),
        (replace(MARIO, issued_on=date(2099, 1, 1)), Q.DOCUMENT_ISSUED_ON, "date.future"),
        (replace(MARIO, document_number="1"), Q.DOCUMENT_NUMBER, "document-number.too-short"),
    ],
)  # fmt: skip
def test_what_the_rules_do_not_accept_is_kept_with_its_reason(
    holder: DocumentHolder, question: QuestionId, code: str
) -> None:
    form = filled(holder)
    assert refused(form)[question] == code
    assert form.answers.get(question) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("C", "carta_identita"),
        ("C<", "carta_identita"),
        ("I", "carta_identita"),
        ("AR", "permesso_soggiorno"),
        ("IR", "permesso_soggiorno"),
        ("P", "passaporto"),
        ("PD", "passaporto"),
        ("V", None),
        ("", None),
    ],
)
def test_the_kind_of_the_document(code: str, kind: str | None) -> None:
    assert filled(replace(MARIO, document_code=code)).answers.code(Q.DOCUMENT_KIND) == kind


@pytest.mark.parametrize(
    ("address", "comune", "street"),
    [
        (("VIA ROMA 3", "TORINO", "TO"), "L219", "VIA ROMA"),
        (("VIA ROMA 3", "TORINO (TO)"), "L219", "VIA ROMA"),
        (("VIA ROMA 3", "TORINO TO"), "L219", "VIA ROMA"),
        (("VIA ROMA 3", "TORINO"), "L219", "VIA ROMA"),
        (("VIA  ROMA, 3", "", "AGLIE'", "TO"), "A074", "VIA ROMA"),
        # Livo is in the provinces of Como and of Trento, Samone in those of Torino and of Trento.
        (("VIA ROMA 3", "LIVO"), None, ""),
        (("VIA ROMA 3", "LIVO", "TN"), "E624", "VIA ROMA"),
        (("VIA ROMA 3", "LIVO", "CO"), "E623", "VIA ROMA"),
        (("VIA ROMA 3", "NEVERLAND", "XX"), None, ""),
        (("TORINO",), None, ""),
        (("RUE DE ROME 3", "PARIS"), None, ""),
        ((), None, ""),
    ],
)
def test_the_comune_of_an_address_where_it_is_without_doubt(
    address: tuple[str, ...], comune: str | None, street: str
) -> None:
    answers = filled(replace(MARIO, address=address)).answers
    assert answers.code(Q.RESIDENCE_COMUNE) == comune
    assert answers.text(Q.RESIDENCE_STREET) == street


@pytest.mark.parametrize(
    ("name", "province", "code"),
    [
        ("ROMA", "RM", "H501"),
        ("ROMA", "", "H501"),
        ("ROMA", "TO", None),
        ("LIVO", "", None),
        ("BOLZANO", "BZ", "A952"),
        ("BOZEN", "BZ", "A952"),
        ("BRA", "CN", "B111"),
        ("AGLIE", "", "A074"),
        ("", "", None),
        ("'", "", None),
        ("\x00" * 9, "", None),
    ],
)
def test_a_comune_by_its_name(name: str, province: str, code: str | None) -> None:
    found = comune_named(name, province, TODAY)
    assert (found.belfiore if found else None) == code


def test_a_document_takes_the_place_of_a_health_card_and_leaves_with_it() -> None:
    form = fill(fill_from_health_card(Form(), ROSSI, TODAY), MARIO, expired=True, today=TODAY)
    assert (form.document_used, form.card_expired) == (True, True)
    assert without_card(form) == Form()
    back = fill_from_health_card(form, ROSSI, TODAY)
    assert (back.document_used, back.answers.get(Q.DOCUMENT_NUMBER)) == (False, None)


def test_only_what_was_typed_is_a_claim() -> None:
    assert claim_of(Form()) is None
    assert claim_of(filled()) is None
    typed = forms.with_answer(Form(), Q.SURNAME, Answer("Rossi"))
    typed = forms.with_answer(typed, Q.BIRTH_DATE, Answer("1980-01"))
    typed = forms.with_answer(typed, Q.DOCUMENT_NUMBER, Answer("CA12345AA"))
    claim = HolderClaim(surname="Rossi", birth_date="19800100", document_number="CA12345AA")
    assert claim_of(typed) == claim
    none = forms.with_answer(Form(), Q.SURNAME, Answer(code="none"))
    assert claim_of(none) is None
