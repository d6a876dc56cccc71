"""The one door to a counter's papers: each paper is the right one, and none is made of too little."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from kiosk.documents.counter_papers import SECRET_PAPERS, HeldAct, counter_paper
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.printed_document import PrintedDocument
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind
from tests.unit.documents.counter_samples import CODE, OPERATION_ID, PIN, PLAIN_ONE, USUAL
from tests.unit.documents.pages import words
from tests.unit.documents.samples import DECLARATION, MARIA, MODULE, OFFICE, RECORDED_AT

ITALIAN = Catalogue.load("it")
CONTENT = CounterContent(
    language="it",
    today=RECORDED_AT.date(),
    operation_id=UUID(OPERATION_ID),
    registration=PLAIN_ONE,
    delegation=MODULE,
)
HELD = HeldAct(
    operation=OperationKind.RISCONTRO_FORTE,
    made_at=RECORDED_AT,
    valid_until=USUAL.valid_until,
    mailed=True,
    renewed=False,
    pin=bytearray(PIN),
    code=bytearray(CODE),
    operator="Anna Verdi",
)
REVOKED = replace(HELD, operation=OperationKind.REVOCA, pin=None)
FORMS = {
    PrintedDocument.REGULATION: "Ho letto questo regolamento",
    PrintedDocument.DELEGATION_MODULE: "Firma di chi delega",
    PrintedDocument.SUBSTITUTIVE_DECLARATION: "Firma di chi dichiara",
    PrintedDocument.REVOCATION_REQUEST: "Chiedo la revoca delle mie vecchie credenziali",
}


def printed(
    document: PrintedDocument,
    content: CounterContent = CONTENT,
    held: HeldAct | None = HELD,
    *,
    again: bool = False,
) -> str:
    return words(
        counter_paper(
            document,
            content,
            held,
            OFFICE,
            ITALIAN,
            PaperSettings(),
            made_at=RECORDED_AT,
            again=again,
        )
    )


@pytest.mark.parametrize(
    ("document", "held", "said"),
    [
        (PrintedDocument.PIN_LETTER, HELD, "1357 9246"),
        (PrintedDocument.ACTIVATION_LETTER, HELD, "Il tuo codice di attivazione"),
        (PrintedDocument.REVOCATION_LETTER, REVOKED, "Il tuo codice di revoca"),
        (PrintedDocument.CASE_SUMMARY, HELD, "Operatore Anna Verdi"),
        (PrintedDocument.CASE_SUMMARY, replace(HELD, pin=None, code=None), "Riepilogo"),
    ],
)
def test_each_paper_of_an_act_is_made_of_what_is_held(
    document: PrintedDocument, held: HeldAct, said: str
) -> None:
    assert said in printed(document, held=held)
    assert "Ristampa" in printed(document, held=held, again=True)


@pytest.mark.rule("C-003-23")
def test_papers_with_a_secret_are_told_and_no_other_holds_one() -> None:
    others = {PrintedDocument.CASE_SUMMARY, *FORMS}
    for document in others:
        seen = printed(document)
        for secret in ("1357 9246", "13579246", "ABCD-EFGH-JKMN", "ABCDEFGHJKMN"):
            assert secret not in seen
    assert not others & SECRET_PAPERS


@pytest.mark.parametrize(("document", "said"), list(FORMS.items()))
def test_forms_are_made_of_a_registration_a_person_or_nobody(
    document: PrintedDocument, said: str
) -> None:
    content = replace(CONTENT, delegation=DECLARATION)
    assert said in printed(document, content, None)
    assert "10122 Torino" in printed(document, content, None)
    person = CounterContent(language="it", today=RECORDED_AT.date(), person=MARIA)
    assert MARIA.codice_fiscale in printed(document, person, None)
    blank = CounterContent(language="it", today=RECORDED_AT.date())
    assert "Rossi" not in printed(document, blank, None)


@pytest.mark.parametrize(
    ("document", "content", "held"),
    [
        (PrintedDocument.PIN_LETTER, CONTENT, None),
        (PrintedDocument.PIN_LETTER, CONTENT, replace(HELD, pin=None)),
        (PrintedDocument.PIN_LETTER, CONTENT, replace(HELD, pin=bytearray(8))),
        (PrintedDocument.CASE_SUMMARY, replace(CONTENT, registration=None), HELD),
        (PrintedDocument.CASE_SUMMARY, replace(CONTENT, operation_id=None), HELD),
        (PrintedDocument.RECEIPT_PAGE, CONTENT, HELD),
    ],
)
def test_a_paper_of_too_little_is_not_made(
    document: PrintedDocument, content: CounterContent, held: HeldAct | None
) -> None:
    with pytest.raises(ValueError, match=r"act|secret|paper"):
        printed(document, content, held)


def test_what_is_held_shows_nothing_in_its_repr() -> None:
    assert "13579246" not in repr(HELD)
