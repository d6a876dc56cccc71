"""What an identity document says, as answers of the preregistration (EF.DG1, DG11, DG12).

As with a health card (`health_card`), what the model accepts becomes an answer, the rest is kept
with its problem. The machine readable zone cuts long names and knows no accents, nor the century of
a birth: what may have suffered is an answer to be looked at.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.card_answers import refuse, take, take_birth_date, take_sex, take_text
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.document_check import DocumentHolder, HolderClaim
from kiosk.flows.health_card import split_address, without_card
from kiosk.flows.question import ITALY
from sync.model import dates, places
from sync.model.documents import DocumentKind
from sync.model.errors import Problem
from sync.model.places import Place

_Q = QuestionId
_FOUND_AT_MOST: Final = 12
_WITH_PROVINCE: Final = re.compile(r"(?P<name>.+?)[ ,]+\(?(?P<province>[A-Z]{2})\)?")
"""`TORINO (TO)`, `TORINO TO`: a comune and the sigla of its province."""

_CUT: Final = Problem("name.cut")
_TRANSLITERATED: Final = Problem("name.transliterated")
_CENTURY: Final = Problem("date.century-guessed")


def fill(form: Form, holder: DocumentHolder, *, expired: bool, today: date) -> Form:
    """The form with everything that the document tells; it takes the place of earlier cards."""
    filled = replace(without_card(form), card_used=True, document_used=True, card_expired=expired)
    filled = take_text(filled, _Q.CODICE_FISCALE, holder.codice_fiscale)
    filled = take_text(filled, _Q.SURNAME, holder.surname)
    filled = take_text(filled, _Q.NAME, holder.name)
    filled = _names_to_check(filled, holder)
    filled = take_birth_date(filled, _day_first(holder.birth_date), today)
    if holder.century_guessed:
        filled = _to_check(filled, {_Q.BIRTH_DATE}, _CENTURY)
    filled = take_sex(filled, holder.sex)
    filled = _fill_residence(filled, holder, today)
    return _fill_document(filled, holder, today)


def claim_of(form: Form) -> HolderClaim | None:
    """What the person typed of themselves, for comparison; None where nothing was typed.

    What a card said is no claim: it would be compared with itself.
    """

    def typed(question: QuestionId) -> str:
        return "" if question in form.from_card else form.answers.text(question)

    claim = HolderClaim(
        codice_fiscale=typed(_Q.CODICE_FISCALE),
        surname=typed(_Q.SURNAME),
        name=typed(_Q.NAME),
        birth_date=_eight_digits(typed(_Q.BIRTH_DATE)),
        document_number=typed(_Q.DOCUMENT_NUMBER),
    )
    return None if claim == HolderClaim() else claim


def comune_named(name: str, province: str, on: date) -> Place | None:
    """The comune of a name, where only one has it; accents, apostrophes and capitals do not count.

    Args:
        name: in either of its languages.
        province: sigla, or empty where it is not known.
        on: the day on which it must exist.
    """
    wanted = _plain(name)
    found = [
        place
        for place in places.search(name, limit=_FOUND_AT_MOST, on=on)
        if wanted in {_plain(place.name), _plain(place.other_name or "")}
        and province in {"", place.province}
    ]
    return found[0] if wanted and len(found) == 1 else None


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _names_to_check(form: Form, holder: DocumentHolder) -> Form:
    """Names that the machine readable zone may have cut or stripped of their accents."""
    if holder.names_cut:
        problem = _CUT
    elif holder.names_transliterated:
        problem = _TRANSLITERATED
    else:
        return form
    return _to_check(form, {_Q.SURNAME, _Q.NAME}, problem)


def _to_check(form: Form, questions: set[QuestionId], problem: Problem) -> Form:
    """The answers of the card among them marked as doubtful."""
    doubtful = frozenset((question, problem.code) for question in form.from_card & questions)
    return replace(form, to_check=form.to_check | doubtful)


def _fill_residence(form: Form, holder: DocumentHolder, today: date) -> Form:
    """Street and comune, where a line of the address names one comune without doubt."""
    lines = [" ".join(line.split()) for line in holder.address if line.strip()]
    for where, line in enumerate(lines):
        after = lines[where + 1] if where + 1 < len(lines) else ""
        comune = _comune_in(line, after, today)
        if comune is not None and where > 0:
            form = take(form, _Q.RESIDENCE_COUNTRY, Answer(code=ITALY))
            form = take(form, _Q.RESIDENCE_COMUNE, Answer(comune.name, comune.belfiore))
            street, number = split_address(lines[0])
            form = take_text(form, _Q.RESIDENCE_STREET, street)
            return take_text(form, _Q.RESIDENCE_NUMBER, number)
    return form


def _comune_in(line: str, after: str, today: date) -> Place | None:
    """The comune of a line, with the sigla in it or in the line after it, or without."""
    sigla = after.strip("()")
    if re.fullmatch("[A-Z]{2}", sigla):
        found = comune_named(line, sigla, today)
        if found is not None:
            return found
    with_province = _WITH_PROVINCE.fullmatch(line)
    if with_province is not None:
        found = comune_named(with_province["name"], with_province["province"], today)
        if found is not None:
            return found
    return comune_named(line, "", today)


def _fill_document(form: Form, holder: DocumentHolder, today: date) -> Form:
    """The document itself: kind, number and, where DG12 says so, day and place of issue."""
    kind = _kind(holder.document_code)
    if kind is None:
        return form
    form = take(form, _Q.DOCUMENT_KIND, Answer(code=kind.value))
    form = take_text(form, _Q.DOCUMENT_NUMBER, holder.document_number)
    if holder.issued_on is not None:
        issued_on = Answer(holder.issued_on.isoformat())
        problem = dates.check_date(holder.issued_on, today=today)
        if problem is None:
            form = take(form, _Q.DOCUMENT_ISSUED_ON, issued_on)
        else:
            form = refuse(form, _Q.DOCUMENT_ISSUED_ON, issued_on, problem)
    return take_text(form, _Q.DOCUMENT_ISSUER, holder.issuing_authority)


def _kind(code: str) -> DocumentKind | None:
    """The kind of a document by the first letters of its zone (ICAO 9303-3 clause 4, 9303-5)."""
    letters = code.strip("<")
    if letters.startswith("P"):
        return DocumentKind.PASSAPORTO
    if letters[:1] in {"A", "C", "I"} and letters:
        return (
            DocumentKind.PERMESSO_SOGGIORNO if letters[1:2] == "R" else DocumentKind.CARTA_IDENTITA
        )
    return None


def _day_first(text: str) -> str:
    """YYYYMMDD as DDMMYYYY."""
    return text[6:] + text[4:6] + text[:4] if len(text) == 8 else text


def _eight_digits(text: str) -> str:
    """A partial date of an answer as YYYYMMDD, unknown parts as `00`."""
    found = dates.partial_from_text(text)
    if isinstance(found, Problem):
        return ""
    return f"{found.year:04}{found.month or 0:02}{found.day or 0:02}"
