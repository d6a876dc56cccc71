"""What a review, a summary and "Ascolta" tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows import events as ev
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Form, Review, Summary
from kiosk.flows.rows import Row, review_rows, summary_sections, value_phrase
from kiosk.flows.session import Session
from kiosk.flows.speech import spoken
from kiosk.strings.catalogue import Catalogue
from tests.flows.walking import (
    ROSSI,
    after,
    at_done,
    at_review,
    at_summary,
    choose,
    fresh,
    write_date,
)

Q = QuestionId
ITALIAN = Catalogue.load("it")


def rows_of(session: Session) -> dict[QuestionId, Row]:
    activity = session.activity
    if isinstance(activity, Review):
        return {row.question: row for row in review_rows(activity.form, session.surroundings)}
    assert isinstance(activity, Summary)
    sections = summary_sections(activity.form, session.surroundings)
    return {row.question: row for section in sections for row in section.rows}


def said(row: Row) -> str:
    return ITALIAN.say(row.value) if row.value else ""


def heard(session: Session) -> str:
    return "\n".join(ITALIAN.say(part) for part in spoken(session))


def test_the_review_shows_what_the_card_says_in_words() -> None:
    rows = rows_of(at_review())
    assert said(rows[Q.BIRTH_DATE]) == "1 gennaio 1980"
    assert said(rows[Q.SEX]) == "Maschio"
    assert said(rows[Q.RESIDENCE_COMUNE]) == "Torino (TO)"
    assert all(row.from_card and row.problem is None for row in rows.values())
    assert Q.RESIDENCE_CAP not in rows


def test_the_review_shows_what_the_card_says_wrong_with_its_reason() -> None:
    rows = rows_of(at_review(replace(ROSSI, birth_date="31021980", surname="R0SSI")))
    assert said(rows[Q.BIRTH_DATE]) == "31/02/1980"
    assert rows[Q.BIRTH_DATE].problem is not None
    assert rows[Q.SURNAME].problem is not None
    assert not rows[Q.SURNAME].doubtful


def test_a_card_that_contradicts_itself_shows_which_datum() -> None:
    rows = rows_of(at_review(replace(ROSSI, surname="BIANCHI", sex="F")))
    doubtful = {question for question, row in rows.items() if row.doubtful}
    assert doubtful == {Q.SURNAME, Q.SEX}


@pytest.mark.rule("R-003-64", "R-003-65")
def test_the_summary_shows_everything_and_what_can_be_added() -> None:
    rows = rows_of(at_summary())
    assert said(rows[Q.EMAIL]) == "mario.rossi@example.it"
    assert said(rows[Q.DOCUMENT_KIND]) == "Carta d'identità"
    addable = {q for q, row in rows.items() if row.value is None}
    assert addable == {Q.LANDLINE, Q.NOTE}
    assert all(row.problem is None for row in rows.values())
    assert {row.button.key for row in rows.values()} == {"button.add", "button.correct"}


def test_a_row_that_is_missing_says_so() -> None:
    session = after(at_summary(), ev.EditAsked(Q.DOCUMENT_KIND), choose("passaporto"), ev.Back())
    row = rows_of(session)[Q.DOCUMENT_NUMBER]
    assert row.value is None
    assert row.problem is not None
    assert row.problem.key == "row.missing"


def test_a_row_that_the_rules_refuse_says_why() -> None:
    session = after(at_summary(), ev.EditAsked(Q.DOCUMENT_ISSUED_ON), *write_date("1", "2", "1975"))
    row = rows_of(after(session, ev.TextDone()))[Q.DOCUMENT_ISSUED_ON]
    assert row.problem is not None
    assert (row.problem.key, row.doubtful) == ("problem.document.issued-before-birth", False)


def test_what_was_never_asked_has_no_value() -> None:
    assert value_phrase(Q.EMAIL, Form().answers) is None


def test_a_page_is_heard_from_its_step_to_its_buttons() -> None:
    text = heard(after(at_review(), ev.Continued()))
    assert text.splitlines() == [
        "Passo 2 di 6: Dove abiti",
        "Qual è il CAP?",
        "Sono 5 cifre. Se lo vedi qui sotto, toccalo.",
        "Puoi scegliere:",
        "Avanti",
    ]


def test_rows_choices_and_what_was_typed_are_heard() -> None:
    assert "Cognome: ROSSI" in heard(at_review())
    assert "E-mail: mario.rossi@example.it" in heard(at_summary())
    delegation = after(at_summary(), ev.EditAsked(Q.DELEGATION))
    assert "Vado io" in heard(delegation)
    typing = after(at_review(), ev.Continued(), ev.TextChanged("101"))
    assert "Hai scritto: 101" in heard(typing)


def test_what_lies_on_top_is_heard_instead_of_the_page() -> None:
    session = at_summary()
    assert "mario" not in heard(after(session, ev.HelpOpened()))
    assert heard(after(session, ev.StopAsked())).startswith("Vuoi uscire?")
    assert heard(after(session, ev.TimePassed(80, session.today))).startswith("Ci sei ancora?")


def test_problem_and_number_are_heard() -> None:
    wrong = after(at_review(), ev.Continued(), ev.TextChanged("1"), ev.TextDone())
    assert "Il CAP ha 5 cifre." in heard(wrong)
    assert "due" in heard(at_done())


def test_the_services_are_heard_on_the_welcome_page() -> None:
    assert heard(fresh()).splitlines()[-5:] == [
        "Registrati per le credenziali",
        "Attiva le credenziali",
        "Controlla la pratica",
        "Controlla la tua carta",
        "Revoca le credenziali",
    ]
