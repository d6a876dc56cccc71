"""One field of a clerk's form: what was typed, as it is kept, or what is wrong with it.

Every check is the model's (`sync.model`), none is made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from kiosk.flows.clerk.fields import Field, FieldId, FieldKind
from kiosk.flows.clerk.sheet import FOREIGN, Form, Sheet
from sync.model import (
    addresses,
    codice_fiscale,
    contacts,
    dates,
    documents,
    names,
    places,
    preregistration,
    registration_number,
)
from sync.model.addresses import FOREIGN_COMUNE
from sync.model.dates import PartialDate
from sync.model.documents import DocumentKind
from sync.model.errors import Problem

_I = FieldId
NO_NAME: Final = "-"
"""Typed for a surname or a name that somebody legally does not have."""

_DATE: Final = re.compile(
    r"(?:(?:(?P<day>\d{1,2})[/.\- ])?(?P<month>\d{1,2})[/.\- ])?(?P<year>\d{4})"
)
_PACKED: Final = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})")
_BIRTHS: Final = frozenset({_I.BIRTH_DATE, _I.DELEGATE_BIRTH_DATE})
_KIND_OF: Final = {
    _I.DOCUMENT_NUMBER: _I.DOCUMENT_KIND,
    _I.DOCUMENT_ISSUED_ON: _I.DOCUMENT_KIND,
    _I.DELEGATE_DOCUMENT_NUMBER: _I.DELEGATE_DOCUMENT_KIND,
    _I.DELEGATE_DOCUMENT_ISSUED_ON: _I.DELEGATE_DOCUMENT_KIND,
}
_NUMBERS: Final = frozenset({_I.DOCUMENT_NUMBER, _I.DELEGATE_DOCUMENT_NUMBER})


def parse(sheet: Sheet, row: Field, today: date) -> str | Problem:
    """A field's text as it is kept; or what is wrong with it."""
    text = sheet.text(row.id)
    if row.kind is FieldKind.DATE:
        found = parse_day(row.id, text, today)
        if isinstance(found, Problem):
            return found
        return shown_partial(found) if isinstance(found, PartialDate) else shown_date(found)
    if sheet.form is Form.SEARCH and row.id is not _I.NUMBER:
        return text.strip()
    if row.id in _NUMBERS:
        return documents.parse_document_number(_kind(sheet, _KIND_OF[row.id]), text)
    parser = _PARSERS.get(row.id)
    return text if parser is None else parser(text)


def parse_day(field: FieldId, text: str, today: date) -> PartialDate | date | Problem:
    """A typed date, of a birth as far as it is known."""
    packed = text.strip()
    match = _PACKED.fullmatch(packed) or _DATE.fullmatch(packed)
    if match is None:
        return Problem("date.layout")
    day, month, year = (match[part] or "" for part in ("day", "month", "year"))
    if field in _BIRTHS:
        return dates.parse_partial(day, month, year, today=today)
    if not day or not month:
        return Problem("date.day-missing")
    return dates.parse_date(day, month, year, today=today)


def shown_date(day: date) -> str:
    """`gg/mm/aaaa`."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def shown_partial(day: PartialDate) -> str:
    """`gg/mm/aaaa`, `mm/aaaa` or `aaaa`."""
    return "/".join(
        [f"{part:02}" for part in (day.day, day.month) if part is not None] + [f"{day.year:04}"]
    )


def doubt(sheet: Sheet, row: Field, today: date) -> Problem | None:
    """What looks wrong with a field that stands well in itself (R-003-39)."""
    text = sheet.text(row.id)
    if row.id in _NUMBERS:
        usual = documents.is_usual_number(_kind(sheet, _KIND_OF[row.id]), text)
        return None if usual else Problem("document.number-unusual")
    if row.id in _KIND_OF:
        issued = parse_day(row.id, text, today)
        old = isinstance(issued, date) and issued < today - preregistration.USUAL_VALIDITY
        return Problem("document.perhaps-expired", rule="R-003-39") if old else None
    return None


def _kind(sheet: Sheet, field: FieldId) -> DocumentKind:
    text = sheet.text(field)
    return DocumentKind(text) if text else DocumentKind.CARTA_IDENTITA


def _codice_fiscale(text: str) -> str | Problem:
    code = codice_fiscale.parse(text)
    return code if isinstance(code, Problem) else code.text


def _number(text: str) -> str | Problem:
    number = registration_number.parse(text)
    return number if isinstance(number, Problem) else number.text


def _name(text: str) -> str | Problem:
    return NO_NAME if text.strip() == NO_NAME else names.parse_name(text)


def _nation(text: str) -> str | Problem:
    """A state of the list by its code, or a nation as written."""
    return text if places.state(text) is not None else addresses.parse_nation(text)


def _comune(text: str) -> str | Problem:
    known = text == FOREIGN_COMUNE or places.comune(text) is not None
    return text if known else Problem("place.choose")


def _province(text: str) -> str | Problem:
    known = text == FOREIGN or any(one.sigla == text for one in places.provinces())
    return text if known else Problem("place.choose")


_PARSERS: Final[dict[FieldId, Callable[[str], str | Problem]]] = {
    _I.CODICE_FISCALE: _codice_fiscale,
    _I.SURNAME: _name,
    _I.NAME: _name,
    _I.RESIDENCE_PROVINCE: _province,
    _I.RESIDENCE_COMUNE: _comune,
    _I.RESIDENCE_CITY: addresses.parse_city,
    _I.RESIDENCE_NATION: _nation,
    _I.RESIDENCE_STREET: addresses.parse_street,
    _I.RESIDENCE_NUMBER: addresses.parse_house_number,
    _I.RESIDENCE_CAP: addresses.parse_cap,
    _I.DOMICILE_CARE_OF: addresses.parse_care_of,
    _I.DOMICILE_PROVINCE: _province,
    _I.DOMICILE_COMUNE: _comune,
    _I.DOMICILE_STREET: addresses.parse_street,
    _I.DOMICILE_NUMBER: addresses.parse_house_number,
    _I.DOMICILE_CAP: addresses.parse_cap,
    _I.EMAIL: contacts.parse_email,
    _I.MOBILE: contacts.parse_phone,
    _I.LANDLINE: contacts.parse_phone,
    _I.DOCUMENT_ISSUER: documents.parse_issuer,
    _I.DELEGATE_CODICE_FISCALE: _codice_fiscale,
    _I.DELEGATE_SURNAME: _name,
    _I.DELEGATE_NAME: _name,
    _I.DELEGATE_DOCUMENT_ISSUER: documents.parse_issuer,
    _I.DELEGATE_EMAIL: contacts.parse_email,
    _I.DELEGATE_PHONE: contacts.parse_phone,
    _I.NOTE: names.parse_note,
    _I.NUMBER: _number,
}
