"""Printing a counter's papers from any of its pages."""

from __future__ import annotations

from typing import Final

from kiosk.flows import papers
from kiosk.flows.clerk import sheet_steps, sheet_values
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import PrintCounterPaper
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.sheet import Sheet
from kiosk.flows.effects import Effect
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Papers
from kiosk.flows.printed_document import PrintedDocument

_I = FieldId
_PERSON: Final = (_I.CODICE_FISCALE, _I.SURNAME, _I.NAME, _I.BIRTH_DATE, _I.SEX)
_DOCUMENT: Final = (
    *(_I.DOCUMENT_KIND, _I.DOCUMENT_NUMBER, _I.DOCUMENT_ISSUED_ON, _I.DOCUMENT_ISSUER),
)
_RESIDENCE: Final = (_I.RESIDENCE_STREET, _I.RESIDENCE_NUMBER)
_IN_ITALY: Final = (*_RESIDENCE, _I.RESIDENCE_COMUNE)
_ABROAD: Final = (*_RESIDENCE, _I.RESIDENCE_CITY, _I.RESIDENCE_NATION)


def of_sheet(sheet: Sheet, around: Surroundings) -> CounterContent:
    """A paper filled with what stands well in the clerk's form; the rest is filled in by hand."""
    judged = sheet_steps.confirmed(sheet, around.today)

    def stands(fields: tuple[FieldId, ...]) -> bool:
        return all(judged.text(one) and judged.problem(one) is None for one in fields)

    today = around.today
    return CounterContent(
        around.language,
        today,
        codice_fiscale=judged.text(_I.CODICE_FISCALE) if stands(_PERSON[:1]) else "",
        person=sheet_values.person(judged, today) if stands(_PERSON) else None,
        document=sheet_values.document(judged, today) if stands(_DOCUMENT) else None,
        residence=(
            sheet_values.residence(judged)
            if stands(_ABROAD if judged.foreign else _IN_ITALY)
            else None
        ),
    )


def asked(
    offered: Papers, document: PrintedDocument, content: CounterContent, around: Surroundings
) -> tuple[Papers, tuple[Effect, ...]]:
    """The papers while one is printed; unchanged where it cannot be printed now."""
    found = papers.asked(offered, document)
    if found is None:
        return offered, ()
    printing, again = found
    return printing, (PrintCounterPaper(around.session_id, document, content, again),)
