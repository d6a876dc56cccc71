"""What will be recorded of an identification, line by line."""

from __future__ import annotations

from kiosk.flows.citizen.identification import Confirm
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.verdicts import Fact
from sync.model.dates import PartialDate


def rows(page: Confirm) -> tuple[Fact, ...]:
    """Person, document and way, as the page of the confirmation shows them."""
    person, seen = page.candidate, page.candidate.document
    found = [
        Fact(phrase("clerk.surname"), literal(person.surname)) if person.surname else None,
        Fact(phrase("clerk.name"), literal(person.name)) if person.name else None,
        Fact(phrase("clerk.codice-fiscale"), literal(person.codice_fiscale)),
        Fact(phrase("clerk.birth-date"), _dated(person.birth_date)),
        Fact(phrase("identification.row.document"), phrase(f"seen.{seen.kind.value}")),
        Fact(phrase("identification.row.way"), phrase(f"way.{page.way.value}")),
    ]
    return tuple(row for row in found if row is not None)


def _dated(born: PartialDate) -> Phrase:
    """A date with what is known of it."""
    if born.month is None:
        return literal(str(born.year))
    month = phrase(f"month.{born.month}")
    if born.day is None:
        return phrase("date.month-year", month=month, year=born.year)
    return phrase("date.full", day=born.day, month=month, year=born.year)
