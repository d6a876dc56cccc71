"""What a card says, as answers; what it says wrong, kept beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.answers import QuestionId
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.health_card import fill, split_address, without_card
from tests.flows.walking import BERUTTI, ROSSI, TODAY

Q = QuestionId


def refused(form: Form) -> dict[QuestionId, str]:
    return {question: problem.code for question, _answer, problem in form.refused}


def test_a_good_card_answers_person_and_residence() -> None:
    form = fill(Form(), ROSSI, TODAY)
    answers = form.answers
    assert answers.text(Q.CODICE_FISCALE) == "RSSMRA80A01H501U"
    assert (answers.text(Q.SURNAME), answers.text(Q.NAME)) == ("ROSSI", "MARIO")
    assert (answers.text(Q.BIRTH_DATE), answers.code(Q.SEX)) == ("1980-01-01", "M")
    assert (answers.code(Q.RESIDENCE_COUNTRY), answers.code(Q.RESIDENCE_COMUNE)) == (
        "italy",
        "L219",
    )
    assert (answers.text(Q.RESIDENCE_STREET), answers.text(Q.RESIDENCE_NUMBER)) == (
        "VIA GARIBALDI",
        "12/A",
    )
    assert answers.get(Q.RESIDENCE_CAP) is None  # a town of many
    assert (form.refused, form.corrected, form.card_expired) == ((), frozenset(), False)


def test_a_comune_with_one_postal_code_answers_that_too() -> None:
    form = fill(Form(), BERUTTI, TODAY)
    assert form.answers.text(Q.RESIDENCE_CAP).isdigit()
    assert without_card(form).answers.get(Q.RESIDENCE_CAP) is None


def test_an_empty_card_answers_nothing() -> None:
    form = fill(Form(), CardData(), TODAY)
    assert (form.answers.entries, form.refused, form.card_used) == ((), (), True)


def test_partial_dates_of_birth() -> None:
    assert fill(Form(), replace(ROSSI, birth_date="00011980"), TODAY).answers.text(
        Q.BIRTH_DATE
    ) == ("1980-01")
    assert fill(Form(), replace(ROSSI, birth_date="00001980"), TODAY).answers.text(
        Q.BIRTH_DATE
    ) == ("1980")


@pytest.mark.parametrize(
    ("card", "question", "code"),
    [
        (replace(ROSSI, surname="R\u00d8\x01SSI"), Q.SURNAME, "name.control"),
        (replace(ROSSI, codice_fiscale="RSSMRA80A01H501X"), Q.CODICE_FISCALE, "codice-fiscale.check-character"),
        (replace(ROSSI, birth_date="31021980"), Q.BIRTH_DATE, "date.not-in-calendar"),
        (replace(ROSSI, birth_date="198"), Q.BIRTH_DATE, "date.year-missing"),
        (replace(ROSSI, residence_comune="ZZZZ"), Q.RESIDENCE_COMUNE, "comune.unknown"),
        (replace(ROSSI, residence_comune="A078"), Q.RESIDENCE_COMUNE, "comune.ceased"),
    ],
)  # fmt: skip
def test_what_the_rules_do_not_accept_is_kept_with_its_reason(
    card: CardData, question: QuestionId, code: str
) -> None:
    form = fill(Form(), card, TODAY)
    assert refused(form) == {question: code}
    assert form.answers.get(question) is None


def test_a_card_past_its_date() -> None:
    assert fill(Form(), replace(ROSSI, expires_on="01012020"), TODAY).card_expired
    assert not fill(Form(), replace(ROSSI, expires_on="99999999"), TODAY).card_expired
    assert not fill(Form(), replace(ROSSI, expires_on="soon"), TODAY).card_expired


def test_a_second_card_takes_the_place_of_the_first() -> None:
    other = CardData(codice_fiscale="MRTMRA83T56A269B")
    form = fill(fill(Form(), BERUTTI, TODAY), other, TODAY)
    assert [question for question, _answer in form.answers.entries] == [Q.CODICE_FISCALE]


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("VIA ROMA 3", ("VIA ROMA", "3")),
        ("VIA ROMA, 12/A", ("VIA ROMA", "12/A")),
        ("VIA  ROMA N. 12 B", ("VIA ROMA", "12 B")),
        ("CORSO VITTORIO EMANUELE II 104", ("CORSO VITTORIO EMANUELE II", "104")),
        ("VIA XX SETTEMBRE", ("VIA XX SETTEMBRE", "")),
        ("VIA 4 NOVEMBRE", ("VIA 4 NOVEMBRE", "")),
        ("12", ("12", "")),
        ("", ("", "")),
    ],
)
def test_the_house_number_at_the_end_of_an_address(address: str, parts: tuple[str, str]) -> None:
    assert split_address(address) == parts
