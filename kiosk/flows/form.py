"""The form as a whole: what is missing, what follows from an answer, what it says in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows import parsing
from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.office import Surroundings
from kiosk.flows.question import ABROAD, IN_PERSON, NONE, YES, Question, Section
from kiosk.flows.questions import QUESTIONS
from kiosk.flows.questions import question as question_of
from sync.model import codice_fiscale, places, preregistration
from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.preregistration import DataSource, Preregistration

_Q = QuestionId
_CAP_OF: Final = {
    _Q.RESIDENCE_COMUNE: _Q.RESIDENCE_CAP,
    _Q.DOMICILE_COMUNE: _Q.DOMICILE_CAP,
}
_IDENTITY: Final = (_Q.CODICE_FISCALE, _Q.SURNAME, _Q.NAME, _Q.BIRTH_DATE, _Q.SEX)
_DELEGATE: Final = (
    _Q.DELEGATE_CODICE_FISCALE,
    _Q.DELEGATE_SURNAME,
    _Q.DELEGATE_NAME,
    _Q.DELEGATE_BIRTH_DATE,
    _Q.DELEGATE_SEX,
)
_PLACED: Final[Mapping[str, QuestionId]] = {row.field: row.id for row in QUESTIONS} | {
    "delegation.kind": _Q.DELEGATION,
    "delegation.delegate": _Q.DELEGATE_BIRTH_DATE,
    "residence.nation": _Q.RESIDENCE_NATION,
}


def applicable(answers: Answers) -> tuple[Question, ...]:
    """The questions that the answers so far make questions at all, in order."""
    return tuple(row for row in QUESTIONS if row.applies(answers))


def missing(answers: Answers) -> tuple[QuestionId, ...]:
    """The questions that still have to be put, in order."""
    return tuple(
        row.id for row in applicable(answers) if not row.on_request and answers.get(row.id) is None
    )


def with_answer(form: Form, question: QuestionId, answer: Answer) -> Form:
    """The form with one more answer and with what follows from it."""
    old = form.answers.get(question)
    answers = form.answers.with_answer(question, answer)
    if answer != old:
        answers = answers.without(*question_of(question).clears)
        answers = _with_known_cap(answers, question)
    from_card = form.from_card - {question} if answer != old else form.from_card
    refused = tuple(entry for entry in form.refused if entry[0] is not question)
    changed = from_card != form.from_card or refused != form.refused
    accepted = form.accepted
    if answer != old:
        accepted = frozenset(seen for seen in accepted if seen[0] is not question)
    return replace(
        form,
        answers=answers,
        accepted=accepted,
        from_card=from_card,
        refused=refused,
        to_check=frozenset(seen for seen in form.to_check if seen[0] is not question),
        corrected=form.corrected | {question} if changed else form.corrected,
    )


def _with_known_cap(answers: Answers, question: QuestionId) -> Answers:
    """A comune with one CAP answers that question too; the summary shows it to be corrected."""
    cap = _CAP_OF.get(question)
    if cap is None:
        return answers
    known = places.caps(answers.code(question) or "")
    return answers.with_answer(cap, Answer(known[0])) if len(known) == 1 else answers


def differences(form: Form) -> dict[QuestionId, Problem]:
    """Where the person's codice fiscale and data do not fit together, at the datum that differs."""
    return _differences(form.answers, _IDENTITY)


def _differences(answers: Answers, questions: tuple[QuestionId, ...]) -> dict[QuestionId, Problem]:
    person = _person(answers, questions)
    code = codice_fiscale.parse(answers.text(questions[0]))
    if person is None or not isinstance(code, CodiceFiscale):
        return {}
    _code, surname, name, born, sex = questions
    at = {
        "codice-fiscale.not-of-surname": surname,
        "codice-fiscale.not-of-name": name,
        "codice-fiscale.not-of-date": born,
        "codice-fiscale.not-of-sex": sex,
    }
    return {
        at.get(problem.code, questions[0]): problem
        for problem in codice_fiscale.differences(code, person)
    }


def problems(form: Form, around: Surroundings) -> dict[QuestionId | None, Problem]:
    """The first thing that keeps each row from being sent; what is missing is not in here.

    The key is None for what belongs to no question: no form that was filled here has that.
    """
    operation = build(form, around)
    if operation is None:
        return {}
    found: dict[QuestionId | None, Problem] = {}
    for problem in preregistration.problems(operation, today=around.today):
        found.setdefault(_PLACED.get(problem.field), problem)
    return found


def doubts(form: Form, around: Surroundings) -> dict[QuestionId, Problem]:
    """What looks wrong and may be right, row by row."""
    found = to_check(form) | differences(form)
    if form.answers.code(_Q.DELEGATION) not in {None, IN_PERSON}:
        found |= _differences(form.answers, _DELEGATE)
    for row in applicable(form.answers):
        answer = form.answers.get(row.id)
        if answer is not None:
            problem = parsing.doubt(row.id, answer, form.answers, around.today)
            if problem is not None:
                found[row.id] = problem
    return found


def to_check(form: Form) -> dict[QuestionId, Problem]:
    """What the card may have cut or altered."""
    return {question: Problem(code) for question, code in form.to_check}


def unseen_doubts(form: Form, around: Surroundings) -> bool:
    """Whether a doubt stands that the person was not shown yet."""
    return any(
        (question, problem.code) not in form.accepted
        for question, problem in doubts(form, around).items()
    )


def accept_doubts(form: Form, found: Mapping[QuestionId, Problem]) -> Form:
    """The form after the person was shown the doubts and goes on."""
    seen = {(question, problem.code) for question, problem in found.items()}
    return replace(form, accepted=form.accepted | seen)


def identity_complete(answers: Answers) -> bool:
    """Whether every question of the first section is answered."""
    return all(question_of(left).section is not Section.IDENTITY for left in missing(answers))


def build(form: Form, around: Surroundings) -> Preregistration | None:
    """What the form says, without a registration number; None while something is missing."""
    answers = form.answers
    person = _person(answers, _IDENTITY)
    if missing(answers) or person is None:
        return None
    return Preregistration(
        registration_number=None,
        community=around.office.community,
        language=around.language,
        privacy_notice=around.office.privacy_notice,
        source=_source(form),
        person=person,
        residence=_residence(answers),
        domicile=_domicile(answers),
        contacts=Contacts(
            email=answers.text(_Q.EMAIL),
            landline=answers.text(_Q.LANDLINE) or None,
            mobile=answers.text(_Q.MOBILE) or None,
        ),
        document=_document(
            answers,
            _Q.DOCUMENT_KIND,
            _Q.DOCUMENT_NUMBER,
            _Q.DOCUMENT_ISSUED_ON,
            _Q.DOCUMENT_ISSUER,
        ),
        delegation=_delegation(answers),
        note=answers.text(_Q.NOTE) or None,
    )


def _source(form: Form) -> DataSource:
    if not form.card_used:
        return DataSource.TYPED
    if form.document_used:
        corrected, as_read = DataSource.IDENTITY_DOCUMENT_CORRECTED, DataSource.IDENTITY_DOCUMENT
    else:
        corrected, as_read = DataSource.HEALTH_CARD_CORRECTED, DataSource.HEALTH_CARD
    return corrected if form.corrected else as_read


def _person(answers: Answers, questions: tuple[QuestionId, ...]) -> Person | None:
    if any(answers.get(question) is None for question in questions):
        return None
    code, surname, name, born, sex = questions
    birth_date: PartialDate | None = parsing.partial_of(answers.get(born) or Answer())
    if birth_date is None:
        return None
    return Person(
        codice_fiscale=answers.text(code),
        surname=None if answers.code(surname) == NONE else answers.text(surname),
        name=None if answers.code(name) == NONE else answers.text(name),
        birth_date=birth_date,
        sex=Sex(answers.code(sex)),
    )


def _residence(answers: Answers) -> Residence:
    street, number = answers.text(_Q.RESIDENCE_STREET), answers.text(_Q.RESIDENCE_NUMBER)
    if answers.code(_Q.RESIDENCE_COUNTRY) == ABROAD:
        return ForeignAddress(
            street=street,
            number=number,
            city=answers.text(_Q.RESIDENCE_CITY),
            nation_text=answers.text(_Q.RESIDENCE_NATION),
            nation=answers.code(_Q.RESIDENCE_NATION),
        )
    return ItalianAddress(
        street=street,
        number=number,
        comune=answers.code(_Q.RESIDENCE_COMUNE) or "",
        cap=answers.text(_Q.RESIDENCE_CAP) or None,
    )


def _domicile(answers: Answers) -> ItalianAddress | None:
    if answers.code(_Q.DOMICILE) != YES:
        return None
    return ItalianAddress(
        street=answers.text(_Q.DOMICILE_STREET),
        number=answers.text(_Q.DOMICILE_NUMBER),
        comune=answers.code(_Q.DOMICILE_COMUNE) or "",
        cap=answers.text(_Q.DOMICILE_CAP) or None,
        care_of=answers.text(_Q.DOMICILE_CARE_OF) or None,
    )


def _document(
    answers: Answers,
    kind: QuestionId,
    number: QuestionId,
    issued_on: QuestionId,
    issuer: QuestionId,
) -> IdentityDocument:
    return IdentityDocument(
        kind=DocumentKind(answers.code(kind)),
        number=answers.text(number),
        issued_on=date.fromisoformat(answers.text(issued_on)),
        issuer=answers.text(issuer),
    )


def _delegation(answers: Answers) -> Delegation | None:
    kind = answers.code(_Q.DELEGATION)
    delegate = _person(answers, _DELEGATE)
    if kind == IN_PERSON or delegate is None:
        return None
    return Delegation(
        kind=DelegationKind(kind),
        delegate=delegate,
        document=_document(
            answers,
            _Q.DELEGATE_DOCUMENT_KIND,
            _Q.DELEGATE_DOCUMENT_NUMBER,
            _Q.DELEGATE_DOCUMENT_ISSUED_ON,
            _Q.DELEGATE_DOCUMENT_ISSUER,
        ),
        email=answers.text(_Q.DELEGATE_EMAIL) or None,
        phone=answers.text(_Q.DELEGATE_PHONE) or None,
    )
