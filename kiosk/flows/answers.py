"""What a person answered: one answer for each question, kept as immutable plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class QuestionId(Enum):
    """Every question of the preregistration; the value is its stable machine name."""

    CODICE_FISCALE = "codice-fiscale"
    SURNAME = "surname"
    NAME = "name"
    BIRTH_DATE = "birth-date"
    SEX = "sex"
    RESIDENCE_COUNTRY = "residence-country"
    RESIDENCE_COMUNE = "residence-comune"
    RESIDENCE_NATION = "residence-nation"
    RESIDENCE_CITY = "residence-city"
    RESIDENCE_STREET = "residence-street"
    RESIDENCE_NUMBER = "residence-number"
    RESIDENCE_CAP = "residence-cap"
    DOMICILE = "domicile"
    DOMICILE_COMUNE = "domicile-comune"
    DOMICILE_STREET = "domicile-street"
    DOMICILE_NUMBER = "domicile-number"
    DOMICILE_CAP = "domicile-cap"
    DOMICILE_CARE_OF = "domicile-care-of"
    EMAIL = "email"
    MOBILE = "mobile"
    LANDLINE = "landline"
    DOCUMENT_KIND = "document-kind"
    DOCUMENT_NUMBER = "document-number"
    DOCUMENT_ISSUED_ON = "document-issued-on"
    DOCUMENT_ISSUER = "document-issuer"
    DELEGATION = "delegation"
    DELEGATE_CODICE_FISCALE = "delegate-codice-fiscale"
    DELEGATE_SURNAME = "delegate-surname"
    DELEGATE_NAME = "delegate-name"
    DELEGATE_BIRTH_DATE = "delegate-birth-date"
    DELEGATE_SEX = "delegate-sex"
    DELEGATE_DOCUMENT_KIND = "delegate-document-kind"
    DELEGATE_DOCUMENT_NUMBER = "delegate-document-number"
    DELEGATE_DOCUMENT_ISSUED_ON = "delegate-document-issued-on"
    DELEGATE_DOCUMENT_ISSUER = "delegate-document-issuer"
    DELEGATE_EMAIL = "delegate-email"
    DELEGATE_PHONE = "delegate-phone"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; an empty text without a code says "asked, and left out".

    Attributes:
        text: the checked text: as typed (free text), ISO 8601 (dates, which may be partial), or
            the name of what was chosen from a search.
        code: the chosen option: `M`, `carta_identita`, a Belfiore code; `none` for "I have none".
    """

    text: str = field(default="", repr=False)
    code: str | None = field(default=None, repr=False)

    @property
    def empty(self) -> bool:
        """Whether the person left an optional question out."""
        return not self.text and self.code is None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers so far, in the order in which they were first given."""

    entries: tuple[tuple[QuestionId, Answer], ...] = field(default=(), repr=False)

    def get(self, question: QuestionId) -> Answer | None:
        """The answer to `question`, or None where it was never answered."""
        return next((answer for asked, answer in self.entries if asked is question), None)

    def text(self, question: QuestionId) -> str:
        """The text of the answer, empty where there is none."""
        answer = self.get(question)
        return answer.text if answer else ""

    def code(self, question: QuestionId) -> str | None:
        """The code of the answer, None where there is none."""
        answer = self.get(question)
        return answer.code if answer else None

    def with_answer(self, question: QuestionId, answer: Answer) -> Answers:
        """These answers with `answer` in the place of any earlier one."""
        if self.get(question) is None:
            return Answers((*self.entries, (question, answer)))
        return Answers(tuple((q, answer if q is question else a) for q, a in self.entries))

    def without(self, *questions: QuestionId) -> Answers:
        """These answers without those to `questions`."""
        return Answers(tuple((q, a) for q, a in self.entries if q not in questions))
