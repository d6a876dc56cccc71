"""The table of questions against Tabella 2 (R-003-64)."""

from __future__ import annotations

import pytest

from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.form import applicable, missing
from kiosk.flows.progress import progress
from kiosk.flows.question import EntryKind, Section
from kiosk.flows.questions import QUESTIONS, question
from tests.flows.walking import at_review, at_summary

# Tabella 2 in its order: the datum, and whether it must be given once it is asked at all.
TABELLA_2 = {
    "person.name": True,
    "person.surname": True,
    "person.codice_fiscale": True,
    "person.birth_date": True,
    "person.sex": True,
    "residence.street": True,
    "residence.number": True,
    "residence": True,  # Provincia: in Italy or STATO ESTERO (R-003-42)
    "residence.comune": True,
    "residence.cap": True,
    "residence.city": True,
    "residence.nation_text": True,
    "domicile": True,
    "domicile.care_of": False,
    "domicile.street": True,
    "domicile.number": True,
    "domicile.comune": True,
    "domicile.cap": False,
    "contacts.email": True,
    "contacts.landline": False,
    "contacts.mobile": False,
    "document.kind": True,
    "document.number": True,
    "document.issued_on": True,
    "document.issuer": True,
    "delegation": True,
    "delegation.delegate.name": True,
    "delegation.delegate.surname": True,
    "delegation.delegate.codice_fiscale": True,
    "delegation.delegate.birth_date": True,
    "delegation.delegate.sex": True,
    "delegation.document.kind": True,
    "delegation.document.number": True,
    "delegation.document.issued_on": True,
    "delegation.document.issuer": True,
    "delegation.email": False,
    "delegation.phone": False,
    "note": False,
}


@pytest.mark.rule("R-003-64", "R-003-48")
def test_every_field_of_tabella_2_has_its_question_and_its_duty() -> None:
    assert {row.field: not row.optional for row in QUESTIONS} == TABELLA_2


def test_every_question_is_in_the_table_once_and_sections_are_in_order() -> None:
    assert sorted(row.id.value for row in QUESTIONS) == sorted(q.value for q in QuestionId)
    sections = [list(Section).index(row.section) for row in QUESTIONS]
    assert sections == sorted(sections)


def test_only_optional_questions_wait_to_be_asked_for() -> None:
    assert all(row.optional for row in QUESTIONS if row.on_request)


def test_keyboards_and_options_stand_where_they_belong() -> None:
    for row in QUESTIONS:
        chosen = row.kind in {EntryKind.CHOICE, EntryKind.YES_NO}
        assert bool(row.options) is chosen
        assert (row.keyboard is None) is chosen


def test_steps_are_counted_by_section() -> None:
    assert (step := progress(at_review().activity)) is not None
    assert (step.step, step.of) == (1, 6)
    assert (step := progress(at_summary().activity)) is not None
    assert (step.step, step.of) == (6, 6)
    assert question(QuestionId.EMAIL).section is Section.CONTACTS


def test_an_empty_form_asks_nothing_of_a_delegate_or_abroad() -> None:
    asked = set(missing(Form().answers))
    assert QuestionId.DELEGATE_NAME not in asked
    assert QuestionId.RESIDENCE_CITY not in asked
    assert {row.id for row in applicable(Form().answers)} >= asked
