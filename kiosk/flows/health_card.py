"""What a health card says, as answers.

What the model accepts becomes an answer, which the review shows. What it does not accept is kept
beside with its problem, is shown to be corrected, and never dropped in silence. What the card
leaves empty is asked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.card_answers import refuse, take, take_birth_date, take_sex, take_text
from kiosk.flows.card_data import CardData, day_of
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.question import ITALY
from sync.model import places
from sync.model.errors import Problem

_Q = QuestionId
_HOUSE_NUMBER: Final = re.compile(
    r"(?P<street>.*?[^\W\d_].*?)[ ,]+(?:NR?\.? ?)?(?P<number>\d+(?: ?/ ?\w{1,3}| ?[A-Z])?)",
    re.IGNORECASE,
)
"""The house number at the end of an address, with its exponent: `VIA ROMA, N. 12/A`."""


def fill(form: Form, card: CardData, today: date) -> Form:
    """The form with everything that the card tells; it takes the place of earlier answers."""
    expires_on = day_of(card.expires_on)
    expired = expires_on is not None and expires_on < today
    filled = replace(without_card(form), card_used=True, card_expired=expired)
    filled = take_text(filled, _Q.CODICE_FISCALE, card.codice_fiscale)
    filled = take_text(filled, _Q.SURNAME, card.surname)
    filled = take_text(filled, _Q.NAME, card.name)
    filled = take_birth_date(filled, card.birth_date, today)
    filled = take_sex(filled, card.sex)
    return _fill_residence(filled, card, today)


def without_card(form: Form) -> Form:
    """The form without anything that a card said: it may have been another person's."""
    gone = set(form.from_card)
    if _Q.RESIDENCE_COMUNE in gone:
        gone.add(_Q.RESIDENCE_CAP)
    return replace(
        form,
        answers=form.answers.without(*gone),
        from_card=frozenset(),
        corrected=frozenset(),
        refused=(),
        card_used=False,
        document_used=False,
        card_expired=False,
        to_check=frozenset(),
        read_before=False,
    )


def _fill_residence(form: Form, card: CardData, today: date) -> Form:
    if not card.residence_comune:
        return form
    comune = places.comune(card.residence_comune, on=today)
    form = take(form, _Q.RESIDENCE_COUNTRY, Answer(code=ITALY))
    if comune is None:
        last = places.comune(card.residence_comune)
        said = Answer(last.name if last else card.residence_comune)
        code = "comune.ceased" if last else "comune.unknown"
        form = refuse(form, _Q.RESIDENCE_COMUNE, said, Problem(code, rule="R-003-42"))
    else:
        form = take(form, _Q.RESIDENCE_COMUNE, Answer(comune.name, comune.belfiore))
    street, number = split_address(card.residence_address)
    form = take_text(form, _Q.RESIDENCE_STREET, street)
    return take_text(form, _Q.RESIDENCE_NUMBER, number)


def split_address(address: str) -> tuple[str, str]:
    """Street and house number of an address line; the number is empty where none stands last.

    Both are shown on the review: a street that ends in a number can be put right there.
    """
    line = " ".join(address.split())
    found = _HOUSE_NUMBER.fullmatch(line)
    return (found["street"], found["number"]) if found else (line, "")
