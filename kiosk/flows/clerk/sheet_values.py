"""From the texts of a clerk's form to the model's values, and what the model says of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from kiosk.flows.clerk.field_parsing import NO_NAME, doubt, parse_day
from kiosk.flows.clerk.fields import Field, FieldId
from kiosk.flows.clerk.sheet import Form, Sheet
from kiosk.flows.question import YES
from sync.model import form_rules, places, preregistration
from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community, DataSource, Preregistration

_I = FieldId


def person(sheet: Sheet, today: date) -> Person:
    """Whose registration it is."""
    return _person(sheet, (_I.CODICE_FISCALE, _I.SURNAME, _I.NAME, _I.BIRTH_DATE, _I.SEX), today)


def _person(sheet: Sheet, fields: tuple[FieldId, ...], today: date) -> Person:
    code, surname, name, born, sex = fields
    birth = parse_day(born, sheet.text(born), today)
    return Person(
        codice_fiscale=sheet.text(code),
        surname=_name_of(sheet.text(surname)),
        name=_name_of(sheet.text(name)),
        birth_date=birth if isinstance(birth, PartialDate) else PartialDate(1),
        sex=Sex(sheet.text(sex)),
    )


def _name_of(text: str) -> str | None:
    return None if text == NO_NAME else text


def residence(sheet: Sheet) -> Residence:
    """Where the person lives."""
    street, number = sheet.text(_I.RESIDENCE_STREET), sheet.text(_I.RESIDENCE_NUMBER)
    if sheet.foreign:
        text = sheet.text(_I.RESIDENCE_NATION)
        state = places.state(text)
        return ForeignAddress(
            street=street,
            number=number,
            city=sheet.text(_I.RESIDENCE_CITY),
            nation_text=text if state is None else state.name,
            nation=None if state is None else state.belfiore,
        )
    return ItalianAddress(
        street=street,
        number=number,
        comune=sheet.text(_I.RESIDENCE_COMUNE),
        cap=sheet.text(_I.RESIDENCE_CAP) or None,
    )


def domicile(sheet: Sheet) -> ItalianAddress | None:
    """Where letters go, where that is elsewhere."""
    if sheet.text(_I.DOMICILE) != YES:
        return None
    return ItalianAddress(
        street=sheet.text(_I.DOMICILE_STREET),
        number=sheet.text(_I.DOMICILE_NUMBER),
        comune=sheet.text(_I.DOMICILE_COMUNE),
        cap=sheet.text(_I.DOMICILE_CAP) or None,
        care_of=sheet.text(_I.DOMICILE_CARE_OF) or None,
    )


def contacts_of(sheet: Sheet) -> Contacts:
    """How the person is reached."""
    return Contacts(
        email=sheet.text(_I.EMAIL),
        landline=sheet.text(_I.LANDLINE) or None,
        mobile=sheet.text(_I.MOBILE) or None,
    )


def document(sheet: Sheet, today: date) -> IdentityDocument:
    """The person's identity document."""
    fields = (_I.DOCUMENT_KIND, _I.DOCUMENT_NUMBER, _I.DOCUMENT_ISSUED_ON, _I.DOCUMENT_ISSUER)
    return _document(sheet, fields, today)


def _document(sheet: Sheet, fields: tuple[FieldId, ...], today: date) -> IdentityDocument:
    kind, number, issued_on, issuer = fields
    issued = parse_day(issued_on, sheet.text(issued_on), today)
    return IdentityDocument(
        kind=DocumentKind(sheet.text(kind)),
        number=sheet.text(number),
        issued_on=issued if isinstance(issued, date) else today,
        issuer=sheet.text(issuer),
    )


_DELEGATE: Final = (
    *(_I.DELEGATE_CODICE_FISCALE, _I.DELEGATE_SURNAME, _I.DELEGATE_NAME),
    *(_I.DELEGATE_BIRTH_DATE, _I.DELEGATE_SEX),
)
_DELEGATE_DOCUMENT: Final = (
    *(_I.DELEGATE_DOCUMENT_KIND, _I.DELEGATE_DOCUMENT_NUMBER),
    *(_I.DELEGATE_DOCUMENT_ISSUED_ON, _I.DELEGATE_DOCUMENT_ISSUER),
)


def delegation(sheet: Sheet, today: date) -> Delegation | None:
    """Who came in the person's place; None where nobody did.

    Of Modifica delega too: birth date and sex stand in its sheet unseen (C-003-16).
    """
    if sheet.form is not Form.DELEGATION and sheet.text(_I.DELEGATION) != YES:
        return None
    return Delegation(
        kind=DelegationKind(sheet.text(_I.DELEGATION_KIND)),
        delegate=_person(sheet, _DELEGATE, today),
        document=_document(sheet, _DELEGATE_DOCUMENT, today),
        email=sheet.text(_I.DELEGATE_EMAIL) or None,
        phone=sheet.text(_I.DELEGATE_PHONE) or None,
    )


def note(sheet: Sheet) -> str | None:
    """The note for the clerks."""
    return sheet.text(_I.NOTE) or None


# --- the form as a whole


def judged(
    sheet: Sheet, today: date
) -> tuple[tuple[tuple[FieldId, Problem], ...], tuple[tuple[FieldId, Problem], ...]]:
    """What the model says of a form whose fields stand well in themselves: problems and doubts."""
    found = tuple(_problems(sheet, today))
    unsure = () if found else tuple(_doubts(sheet, today))
    return _placed(sheet, found), _placed(sheet, unsure)


def _placed(sheet: Sheet, found: tuple[Problem, ...]) -> tuple[tuple[FieldId, Problem], ...]:
    """Each problem at its field; one of a field that is not shown stands at the first."""
    shown = sheet.fields
    placed: dict[FieldId, Problem] = {}
    for problem in found:
        rows = [row for row in shown if row.path and problem.field.startswith(row.path)]
        best = max(rows, key=lambda row: len(row.path), default=None) or _near(sheet, problem)
        placed.setdefault(best.id, problem)
    return tuple(placed.items())


def _near(sheet: Sheet, problem: Problem) -> Field:
    section = problem.field.partition(".")[0]
    rows = (row for row in sheet.fields if row.path.partition(".")[0] == section)
    return next(rows, sheet.fields[0])


def _problems(sheet: Sheet, today: date) -> Iterator[Problem]:
    match sheet.form:
        case Form.REGISTRATION:
            yield from preregistration.problems(as_preregistration(sheet, today), today=today)
        case Form.EDIT:
            yield from _edit_problems(sheet, today)
        case Form.BOOKING_DELEGATION | Form.DELEGATION:
            given = delegation(sheet, today)
            if given is not None:
                of = sheet.text(_I.CODICE_FISCALE)
                yield from form_rules.at(
                    "delegation", form_rules.delegate_problems(of, given, today)
                )
        case Form.RESIDENCE:
            residing = form_rules.residence_problems(residence(sheet), today)
            yield from form_rules.at("residence", residing)
        case _:
            return


def _edit_problems(sheet: Sheet, today: date) -> Iterator[Problem]:
    who, living = person(sheet, today), domicile(sheet)
    yield from form_rules.at("person", form_rules.person_problems(who, today))
    yield from form_rules.at("residence", form_rules.residence_problems(residence(sheet), today))
    if living is not None:
        yield from form_rules.at("domicile", form_rules.domicile_problems(living, today))
    yield from form_rules.at("contacts", form_rules.contacts_problems(contacts_of(sheet)))
    shown = document(sheet, today)
    yield from form_rules.at("document", form_rules.document_problems(shown, who, today))


def _doubts(sheet: Sheet, today: date) -> Iterator[Problem]:
    if sheet.form is Form.REGISTRATION:
        yield from preregistration.doubts(as_preregistration(sheet, today), today=today)
        return
    for row in sheet.fields:
        found = doubt(sheet, row, today)
        if found is not None:
            yield found.at(row.path)


def as_preregistration(sheet: Sheet, today: date) -> Preregistration:
    """The form in the shape by which the model judges it."""
    return Preregistration(
        registration_number=None,
        community=Community(sheet.text(_I.COMMUNITY)),
        language="it",
        privacy_notice="1",
        source=DataSource.TYPED,
        person=person(sheet, today),
        residence=residence(sheet),
        domicile=domicile(sheet),
        contacts=contacts_of(sheet),
        document=document(sheet, today),
        delegation=delegation(sheet, today),
        note=note(sheet),
    )
