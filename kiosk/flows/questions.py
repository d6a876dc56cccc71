"""The questions of the preregistration, in order (Tabella 2, R-003-64).

One question a page. A question is asked when it applies, is not answered yet and is not left to
the summary's "Aggiungi". Its texts are catalogue entries `question.<id>.title`, `.hint`, `.help`
and `.label` (its name on a summary).
"""

from __future__ import annotations

from kiosk.flows.answers import Answers, QuestionId
from kiosk.flows.question import (
    ABROAD,
    IN_PERSON,
    ITALY,
    NO,
    YES,
    EntryKind,
    Keyboard,
    Question,
    Section,
)
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind
from sync.model.identity import Sex

__all__ = ["QUESTIONS", "Keyboard", "question"]


def _in_italy(answers: Answers) -> bool:
    return answers.code(QuestionId.RESIDENCE_COUNTRY) == ITALY


def _abroad(answers: Answers) -> bool:
    return answers.code(QuestionId.RESIDENCE_COUNTRY) == ABROAD


def _other_domicile(answers: Answers) -> bool:
    return answers.code(QuestionId.DOMICILE) == YES


def _delegated(answers: Answers) -> bool:
    return answers.code(QuestionId.DELEGATION) in {kind.value for kind in DelegationKind}


_Q = QuestionId
_SEXES = tuple(sex.value for sex in Sex)
_DOCUMENTS = tuple(kind.value for kind in DocumentKind)

QUESTIONS: tuple[Question, ...] = (
    Question(
        _Q.CODICE_FISCALE,
        Section.IDENTITY,
        EntryKind.TEXT,
        "person.codice_fiscale",
        Keyboard.CODE,
        longest=16,
    ),
    Question(
        _Q.SURNAME,
        Section.IDENTITY,
        EntryKind.TEXT,
        "person.surname",
        Keyboard.NAME,
        can_be_none=True,
    ),
    Question(
        _Q.NAME,
        Section.IDENTITY,
        EntryKind.TEXT,
        "person.name",
        Keyboard.NAME,
        can_be_none=True,
    ),
    Question(
        _Q.BIRTH_DATE,
        Section.IDENTITY,
        EntryKind.DATE,
        "person.birth_date",
        Keyboard.DIGITS,
        partial=True,
    ),
    Question(
        _Q.SEX,
        Section.IDENTITY,
        EntryKind.CHOICE,
        "person.sex",
        options=_SEXES,
        options_named="sex",
    ),
    Question(
        _Q.RESIDENCE_COUNTRY,
        Section.RESIDENCE,
        EntryKind.CHOICE,
        "residence",
        options=(ITALY, ABROAD),
        options_named="residence-country",
    ),
    Question(
        _Q.RESIDENCE_COMUNE,
        Section.RESIDENCE,
        EntryKind.SEARCH,
        "residence.comune",
        Keyboard.NAME,
        applies=_in_italy,
        clears=(_Q.RESIDENCE_CAP,),
    ),
    Question(
        _Q.RESIDENCE_NATION,
        Section.RESIDENCE,
        EntryKind.SEARCH,
        "residence.nation_text",
        Keyboard.NAME,
        applies=_abroad,
        free=True,
    ),
    Question(
        _Q.RESIDENCE_CITY,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "residence.city",
        Keyboard.NAME,
        applies=_abroad,
    ),
    Question(
        _Q.RESIDENCE_STREET,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "residence.street",
        Keyboard.FREE,
    ),
    Question(
        _Q.RESIDENCE_NUMBER,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "residence.number",
        Keyboard.FREE,
        longest=30,
    ),
    Question(
        _Q.RESIDENCE_CAP,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "residence.cap",
        Keyboard.DIGITS,
        applies=_in_italy,
        longest=5,
    ),
    Question(
        _Q.DOMICILE,
        Section.RESIDENCE,
        EntryKind.YES_NO,
        "domicile",
        options=(NO, YES),
        options_named="domicile",
    ),
    Question(
        _Q.DOMICILE_COMUNE,
        Section.RESIDENCE,
        EntryKind.SEARCH,
        "domicile.comune",
        Keyboard.NAME,
        applies=_other_domicile,
        clears=(_Q.DOMICILE_CAP,),
    ),
    Question(
        _Q.DOMICILE_STREET,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "domicile.street",
        Keyboard.FREE,
        applies=_other_domicile,
    ),
    Question(
        _Q.DOMICILE_NUMBER,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "domicile.number",
        Keyboard.FREE,
        applies=_other_domicile,
        longest=30,
    ),
    Question(
        _Q.DOMICILE_CAP,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "domicile.cap",
        Keyboard.DIGITS,
        applies=_other_domicile,
        optional=True,
        longest=5,
    ),
    Question(
        _Q.DOMICILE_CARE_OF,
        Section.RESIDENCE,
        EntryKind.TEXT,
        "domicile.care_of",
        Keyboard.NAME,
        applies=_other_domicile,
        optional=True,
        on_request=True,
    ),
    Question(
        _Q.EMAIL,
        Section.CONTACTS,
        EntryKind.TEXT,
        "contacts.email",
        Keyboard.EMAIL,
        longest=254,
    ),
    Question(
        _Q.MOBILE,
        Section.CONTACTS,
        EntryKind.TEXT,
        "contacts.mobile",
        Keyboard.PHONE,
        optional=True,
        longest=20,
    ),
    Question(
        _Q.LANDLINE,
        Section.CONTACTS,
        EntryKind.TEXT,
        "contacts.landline",
        Keyboard.PHONE,
        optional=True,
        on_request=True,
        longest=20,
    ),
    Question(
        _Q.DOCUMENT_KIND,
        Section.DOCUMENT,
        EntryKind.CHOICE,
        "document.kind",
        options=_DOCUMENTS,
        options_named="document-kind",
        clears=(_Q.DOCUMENT_NUMBER, _Q.DOCUMENT_ISSUED_ON, _Q.DOCUMENT_ISSUER),
    ),
    Question(
        _Q.DOCUMENT_NUMBER,
        Section.DOCUMENT,
        EntryKind.TEXT,
        "document.number",
        Keyboard.CODE,
        longest=20,
    ),
    Question(
        _Q.DOCUMENT_ISSUED_ON,
        Section.DOCUMENT,
        EntryKind.DATE,
        "document.issued_on",
        Keyboard.DIGITS,
    ),
    Question(
        _Q.DOCUMENT_ISSUER,
        Section.DOCUMENT,
        EntryKind.TEXT,
        "document.issuer",
        Keyboard.FREE,
    ),
    Question(
        _Q.DELEGATION,
        Section.DELEGATION,
        EntryKind.CHOICE,
        "delegation",
        options=(IN_PERSON, *(kind.value for kind in DelegationKind)),
        options_named="delegation",
    ),
    Question(
        _Q.DELEGATE_CODICE_FISCALE,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.delegate.codice_fiscale",
        Keyboard.CODE,
        applies=_delegated,
        longest=16,
    ),
    Question(
        _Q.DELEGATE_SURNAME,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.delegate.surname",
        Keyboard.NAME,
        applies=_delegated,
        can_be_none=True,
    ),
    Question(
        _Q.DELEGATE_NAME,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.delegate.name",
        Keyboard.NAME,
        applies=_delegated,
        can_be_none=True,
    ),
    Question(
        _Q.DELEGATE_BIRTH_DATE,
        Section.DELEGATION,
        EntryKind.DATE,
        "delegation.delegate.birth_date",
        Keyboard.DIGITS,
        applies=_delegated,
        partial=True,
    ),
    Question(
        _Q.DELEGATE_SEX,
        Section.DELEGATION,
        EntryKind.CHOICE,
        "delegation.delegate.sex",
        applies=_delegated,
        options=_SEXES,
        options_named="sex",
    ),
    Question(
        _Q.DELEGATE_DOCUMENT_KIND,
        Section.DELEGATION,
        EntryKind.CHOICE,
        "delegation.document.kind",
        applies=_delegated,
        options=_DOCUMENTS,
        options_named="document-kind",
        clears=(
            _Q.DELEGATE_DOCUMENT_NUMBER,
            _Q.DELEGATE_DOCUMENT_ISSUED_ON,
            _Q.DELEGATE_DOCUMENT_ISSUER,
        ),
    ),
    Question(
        _Q.DELEGATE_DOCUMENT_NUMBER,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.document.number",
        Keyboard.CODE,
        applies=_delegated,
        longest=20,
    ),
    Question(
        _Q.DELEGATE_DOCUMENT_ISSUED_ON,
        Section.DELEGATION,
        EntryKind.DATE,
        "delegation.document.issued_on",
        Keyboard.DIGITS,
        applies=_delegated,
    ),
    Question(
        _Q.DELEGATE_DOCUMENT_ISSUER,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.document.issuer",
        Keyboard.FREE,
        applies=_delegated,
    ),
    Question(
        _Q.DELEGATE_EMAIL,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.email",
        Keyboard.EMAIL,
        applies=_delegated,
        optional=True,
        on_request=True,
        longest=254,
    ),
    Question(
        _Q.DELEGATE_PHONE,
        Section.DELEGATION,
        EntryKind.TEXT,
        "delegation.phone",
        Keyboard.PHONE,
        applies=_delegated,
        optional=True,
        on_request=True,
        longest=20,
    ),
    Question(
        _Q.NOTE,
        Section.SUMMARY,
        EntryKind.TEXT,
        "note",
        Keyboard.FREE,
        optional=True,
        on_request=True,
        longest=500,
    ),
)

_BY_ID = {question.id: question for question in QUESTIONS}


def question(question_id: QuestionId) -> Question:
    """The row of `question_id`."""
    return _BY_ID[question_id]
