"""Whose form a counter's paper is."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.documents.applicant import Applicant
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.runtime.counter_papers import applicant_of
from tests.unit.model.examples import CARD, HOME, MARIO

TODAY = date(2026, 11, 23)


@pytest.mark.rule("R-003-46")
@pytest.mark.rule("R-003-83")
def test_who_is_in_no_registry_stands_on_the_request_by_codice_fiscale() -> None:
    content = CounterContent("it", TODAY, codice_fiscale=MARIO.codice_fiscale)
    assert applicant_of(content) == Applicant(codice_fiscale=MARIO.codice_fiscale)
    assert applicant_of(CounterContent("it", TODAY)) == Applicant()


@pytest.mark.rule("R-003-50")
def test_a_form_has_document_and_residence_before_there_is_a_registration() -> None:
    content = CounterContent("it", TODAY, person=MARIO, document=CARD, residence=HOME)
    found = applicant_of(content)
    assert (found.person, found.document, found.residence) == (MARIO, CARD, HOME)
    assert found.codice_fiscale == MARIO.codice_fiscale
