"""From the model's values into a clerk's form."""

from __future__ import annotations

from kiosk.flows.clerk.field_parsing import NO_NAME, shown_date, shown_partial
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.sheet import FOREIGN, Mark, Sheet
from kiosk.flows.question import YES
from sync.model import places
from sync.model.addresses import FOREIGN_COMUNE, ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person

_I = FieldId


def with_person(sheet: Sheet, who: Person, mark: Mark) -> Sheet:
    """The form with a person's data, but for a codice fiscale that stands there already."""
    texts = (
        (_I.CODICE_FISCALE, sheet.text(_I.CODICE_FISCALE) or who.codice_fiscale),
        (_I.SURNAME, who.surname or NO_NAME),
        (_I.NAME, who.name or NO_NAME),
        (_I.BIRTH_DATE, shown_partial(who.birth_date)),
        (_I.SEX, who.sex.value),
    )
    return filled(sheet, texts, mark)


def with_residence(sheet: Sheet, where: Residence, mark: Mark) -> Sheet:
    """The form with a residence."""
    match where:
        case ItalianAddress():
            place = places.comune(where.comune)
            province = "" if place is None else place.province or ""
            there = ((_I.RESIDENCE_PROVINCE, province), (_I.RESIDENCE_COMUNE, where.comune))
            more: tuple[tuple[FieldId, str], ...] = ((_I.RESIDENCE_CAP, where.cap or ""),)
        case ForeignAddress():
            there = ((_I.RESIDENCE_PROVINCE, FOREIGN), (_I.RESIDENCE_COMUNE, FOREIGN_COMUNE))
            nation = where.nation or where.nation_text
            more = ((_I.RESIDENCE_CITY, where.city), (_I.RESIDENCE_NATION, nation))
    street = ((_I.RESIDENCE_STREET, where.street), (_I.RESIDENCE_NUMBER, where.number))
    return filled(sheet, (*there, *more, *street), mark)


def with_domicile(sheet: Sheet, where: ItalianAddress | None, mark: Mark) -> Sheet:
    """The form with a domicile."""
    if where is None:
        return sheet
    place = places.comune(where.comune)
    texts = (
        (_I.DOMICILE, YES),
        (_I.DOMICILE_CARE_OF, where.care_of or ""),
        (_I.DOMICILE_PROVINCE, "" if place is None else place.province or ""),
        (_I.DOMICILE_COMUNE, where.comune),
        (_I.DOMICILE_STREET, where.street),
        (_I.DOMICILE_NUMBER, where.number),
        (_I.DOMICILE_CAP, where.cap or ""),
    )
    return filled(sheet, texts, mark)


def with_contacts(sheet: Sheet, reached: Contacts, mark: Mark) -> Sheet:
    """The form with contacts."""
    texts = (
        (_I.EMAIL, reached.email),
        (_I.MOBILE, reached.mobile or ""),
        (_I.LANDLINE, reached.landline or ""),
    )
    return filled(sheet, texts, mark)


def with_document(sheet: Sheet, shown: IdentityDocument, mark: Mark) -> Sheet:
    """The form with a document."""
    texts = (
        (_I.DOCUMENT_KIND, shown.kind.value),
        (_I.DOCUMENT_NUMBER, shown.number),
        (_I.DOCUMENT_ISSUED_ON, shown_date(shown.issued_on)),
        (_I.DOCUMENT_ISSUER, shown.issuer),
    )
    return filled(sheet, texts, mark)


def with_delegation(sheet: Sheet, given: Delegation, mark: Mark) -> Sheet:
    """The form with a delegation."""
    who, shown = given.delegate, given.document
    texts = (
        (_I.DELEGATION, YES),
        (_I.DELEGATION_KIND, given.kind.value),
        (_I.DELEGATE_CODICE_FISCALE, who.codice_fiscale),
        (_I.DELEGATE_SURNAME, who.surname or NO_NAME),
        (_I.DELEGATE_NAME, who.name or NO_NAME),
        (_I.DELEGATE_BIRTH_DATE, shown_partial(who.birth_date)),
        (_I.DELEGATE_SEX, who.sex.value),
        (_I.DELEGATE_DOCUMENT_KIND, shown.kind.value),
        (_I.DELEGATE_DOCUMENT_NUMBER, shown.number),
        (_I.DELEGATE_DOCUMENT_ISSUED_ON, shown_date(shown.issued_on)),
        (_I.DELEGATE_DOCUMENT_ISSUER, shown.issuer),
        (_I.DELEGATE_EMAIL, given.email or ""),
        (_I.DELEGATE_PHONE, given.phone or ""),
    )
    return filled(sheet, texts, mark)


def filled(sheet: Sheet, texts: tuple[tuple[FieldId, str], ...], mark: Mark | None) -> Sheet:
    """The form with these texts, but for empty ones and fields that cannot be changed."""
    for field, text in texts:
        if text and field not in sheet.locked:
            sheet = sheet.with_text(field, text, mark)
    return sheet
