"""Every field of a clerk's form (Tabella 2, R-003-64) and of the search (R-003-52), as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.flows.question import Keyboard


class Section(Enum):
    """Sections of a form, in their order; texts `clerk.section.<value>`."""

    START = "start"
    FILTERS = "filters"
    PERSON = "person"
    RESIDENCE = "residence"
    DOMICILE = "domicile"
    CONTACTS = "contacts"
    DOCUMENT = "document"
    DELEGATION = "delegation"
    NOTE = "note"


class FieldKind(Enum):
    """How a field is filled; what it holds is a text in any case."""

    TEXT = "text"
    CODE = "code"
    """Capitals; a hand scanner fills it too."""
    DATE = "date"
    """`gg/mm/aaaa`; a date of birth may lack its day or month: `mm/aaaa`, `aaaa`."""
    MENU = "menu"
    """One of `sheet.options`, found by typing; holds the option's value."""
    RADIO = "radio"
    """One of a few of `sheet.options`; holds the option's value."""
    BOX = "box"
    """`yes` or empty."""
    NOTE = "note"
    """Several lines."""


class FieldId(Enum):
    """Stable machine names; texts `clerk.field.<value>`."""

    COMMUNITY = "community"
    CODICE_FISCALE = "codice-fiscale"
    SURNAME = "surname"
    NAME = "name"
    BIRTH_DATE = "birth-date"
    SEX = "sex"
    RESIDENCE_PROVINCE = "residence-province"
    RESIDENCE_COMUNE = "residence-comune"
    RESIDENCE_STREET = "residence-street"
    RESIDENCE_NUMBER = "residence-number"
    RESIDENCE_CAP = "residence-cap"
    RESIDENCE_CITY = "residence-city"
    RESIDENCE_NATION = "residence-nation"
    DOMICILE = "domicile"
    DOMICILE_CARE_OF = "domicile-care-of"
    DOMICILE_STREET = "domicile-street"
    DOMICILE_NUMBER = "domicile-number"
    DOMICILE_PROVINCE = "domicile-province"
    DOMICILE_COMUNE = "domicile-comune"
    DOMICILE_CAP = "domicile-cap"
    EMAIL = "email"
    LANDLINE = "landline"
    MOBILE = "mobile"
    DOCUMENT_KIND = "document-kind"
    DOCUMENT_NUMBER = "document-number"
    DOCUMENT_ISSUED_ON = "document-issued-on"
    DOCUMENT_ISSUER = "document-issuer"
    DELEGATION = "delegation"
    DELEGATION_KIND = "delegation-kind"
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
    REGISTERED_FROM = "registered-from"
    REGISTERED_TO = "registered-to"
    STATE = "state"
    STRONG = "strong"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        id: which.
        section: where it stands.
        kind: how it is filled.
        path: dotted path of its datum where `Problem.field` points, `residence.street`.
        keyboard: the keys of the on-screen keyboard; None where nothing is typed.
        optional: whether it may stay empty.
        longest: characters that it takes.
        named: family of its options' texts, `option.<family>.<value>`; empty where options
            are names of places.
        columns: share of a row of twelve.
    """

    id: FieldId
    section: Section
    kind: FieldKind
    path: str = ""
    keyboard: Keyboard | None = None
    optional: bool = False
    longest: int = 100
    named: str = ""
    columns: int = 6

    @property
    def label(self) -> str:
        """Catalogue key of its name."""
        return f"clerk.field.{self.id.value}"

    @property
    def hint(self) -> str:
        """Catalogue key of what stands in it while it is empty; every field has one."""
        return f"clerk.field.{self.id.value}.hint"


_I = FieldId
_S = Section
_K = FieldKind


FIELDS: Final = (
    Field(_I.COMMUNITY, _S.PERSON, _K.MENU, "community", named="community", columns=4),
    Field(
        _I.CODICE_FISCALE,
        _S.PERSON,
        _K.CODE,
        "person.codice_fiscale",
        Keyboard.CODE,
        longest=16,
        columns=4,
    ),
    Field(_I.SURNAME, _S.PERSON, _K.TEXT, "person.surname", Keyboard.NAME),
    Field(_I.NAME, _S.PERSON, _K.TEXT, "person.name", Keyboard.NAME),
    Field(
        _I.BIRTH_DATE,
        _S.PERSON,
        _K.DATE,
        "person.birth_date",
        Keyboard.DIGITS,
        longest=10,
        columns=4,
    ),
    Field(_I.SEX, _S.PERSON, _K.RADIO, "person.sex", named="sex", columns=4),
    Field(_I.RESIDENCE_PROVINCE, _S.RESIDENCE, _K.MENU, "residence.province", columns=5),
    Field(_I.RESIDENCE_COMUNE, _S.RESIDENCE, _K.MENU, "residence.comune", columns=7),
    Field(_I.RESIDENCE_CITY, _S.RESIDENCE, _K.TEXT, "residence.city", Keyboard.FREE),
    Field(_I.RESIDENCE_NATION, _S.RESIDENCE, _K.MENU, "residence.nation_text"),
    Field(_I.RESIDENCE_STREET, _S.RESIDENCE, _K.TEXT, "residence.street", Keyboard.FREE, columns=7),
    Field(
        _I.RESIDENCE_NUMBER,
        _S.RESIDENCE,
        _K.TEXT,
        "residence.number",
        Keyboard.FREE,
        longest=30,
        columns=3,
    ),
    Field(
        _I.RESIDENCE_CAP,
        _S.RESIDENCE,
        _K.TEXT,
        "residence.cap",
        Keyboard.DIGITS,
        longest=5,
        columns=2,
    ),
    Field(_I.DOMICILE, _S.DOMICILE, _K.BOX, "domicile", optional=True, columns=12),
    Field(
        _I.DOMICILE_CARE_OF,
        _S.DOMICILE,
        _K.TEXT,
        "domicile.care_of",
        Keyboard.FREE,
        optional=True,
        columns=12,
    ),
    Field(_I.DOMICILE_PROVINCE, _S.DOMICILE, _K.MENU, "domicile.province", columns=5),
    Field(_I.DOMICILE_COMUNE, _S.DOMICILE, _K.MENU, "domicile.comune", columns=7),
    Field(_I.DOMICILE_STREET, _S.DOMICILE, _K.TEXT, "domicile.street", Keyboard.FREE, columns=7),
    Field(
        _I.DOMICILE_NUMBER,
        _S.DOMICILE,
        _K.TEXT,
        "domicile.number",
        Keyboard.FREE,
        longest=30,
        columns=3,
    ),
    Field(
        _I.DOMICILE_CAP,
        _S.DOMICILE,
        _K.TEXT,
        "domicile.cap",
        Keyboard.DIGITS,
        optional=True,
        longest=5,
        columns=2,
    ),
    Field(
        _I.EMAIL,
        _S.CONTACTS,
        _K.TEXT,
        "contacts.email",
        Keyboard.EMAIL,
        longest=254,
        columns=12,
    ),
    Field(
        _I.MOBILE,
        _S.CONTACTS,
        _K.TEXT,
        "contacts.mobile",
        Keyboard.PHONE,
        optional=True,
        longest=25,
    ),
    Field(
        _I.LANDLINE,
        _S.CONTACTS,
        _K.TEXT,
        "contacts.landline",
        Keyboard.PHONE,
        optional=True,
        longest=25,
    ),
    Field(_I.DOCUMENT_KIND, _S.DOCUMENT, _K.MENU, "document.kind", named="document-kind"),
    Field(_I.DOCUMENT_NUMBER, _S.DOCUMENT, _K.TEXT, "document.number", Keyboard.CODE, longest=25),
    Field(
        _I.DOCUMENT_ISSUED_ON,
        _S.DOCUMENT,
        _K.DATE,
        "document.issued_on",
        Keyboard.DIGITS,
        longest=10,
        columns=4,
    ),
    Field(_I.DOCUMENT_ISSUER, _S.DOCUMENT, _K.TEXT, "document.issuer", Keyboard.FREE, columns=8),
    Field(_I.DELEGATION, _S.DELEGATION, _K.RADIO, "delegation", named="yes-no", columns=12),
    Field(
        _I.DELEGATION_KIND,
        _S.DELEGATION,
        _K.MENU,
        "delegation.kind",
        named="delegation-kind",
        columns=12,
    ),
    Field(
        _I.DELEGATE_CODICE_FISCALE,
        _S.DELEGATION,
        _K.CODE,
        "delegation.delegate.codice_fiscale",
        Keyboard.CODE,
        longest=16,
        columns=4,
    ),
    Field(
        _I.DELEGATE_SURNAME,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.delegate.surname",
        Keyboard.NAME,
        columns=4,
    ),
    Field(
        _I.DELEGATE_NAME,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.delegate.name",
        Keyboard.NAME,
        columns=4,
    ),
    Field(
        _I.DELEGATE_BIRTH_DATE,
        _S.DELEGATION,
        _K.DATE,
        "delegation.delegate.birth_date",
        Keyboard.DIGITS,
        longest=10,
    ),
    Field(_I.DELEGATE_SEX, _S.DELEGATION, _K.RADIO, "delegation.delegate.sex", named="sex"),
    Field(
        _I.DELEGATE_DOCUMENT_KIND,
        _S.DELEGATION,
        _K.MENU,
        "delegation.document.kind",
        named="document-kind",
    ),
    Field(
        _I.DELEGATE_DOCUMENT_NUMBER,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.document.number",
        Keyboard.CODE,
        longest=25,
    ),
    Field(
        _I.DELEGATE_DOCUMENT_ISSUED_ON,
        _S.DELEGATION,
        _K.DATE,
        "delegation.document.issued_on",
        Keyboard.DIGITS,
        longest=10,
        columns=4,
    ),
    Field(
        _I.DELEGATE_DOCUMENT_ISSUER,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.document.issuer",
        Keyboard.FREE,
        columns=8,
    ),
    Field(
        _I.DELEGATE_EMAIL,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.email",
        Keyboard.EMAIL,
        optional=True,
        longest=254,
    ),
    Field(
        _I.DELEGATE_PHONE,
        _S.DELEGATION,
        _K.TEXT,
        "delegation.phone",
        Keyboard.PHONE,
        optional=True,
        longest=25,
    ),
    Field(_I.NOTE, _S.NOTE, _K.NOTE, "note", Keyboard.FREE, optional=True, longest=500, columns=12),
    Field(
        _I.REGISTERED_FROM,
        _S.FILTERS,
        _K.DATE,
        "registered_from",
        Keyboard.DIGITS,
        optional=True,
        longest=10,
        columns=3,
    ),
    Field(
        _I.REGISTERED_TO,
        _S.FILTERS,
        _K.DATE,
        "registered_to",
        Keyboard.DIGITS,
        optional=True,
        longest=10,
        columns=3,
    ),
    Field(
        _I.STATE, _S.FILTERS, _K.MENU, "state", optional=True, named="registration-state", columns=3
    ),
    Field(_I.STRONG, _S.FILTERS, _K.MENU, "strong", optional=True, named="strong", columns=3),
    Field(
        _I.NUMBER,
        _S.FILTERS,
        _K.CODE,
        "number",
        Keyboard.CODE,
        optional=True,
        longest=11,
        columns=3,
    ),
)
"""In the order of the form; which of them a form shows, `sheet.Form` says."""

_BY_ID: Final = {row.id: row for row in FIELDS}


def field_of(field: FieldId) -> Field:
    """The description of a field."""
    return _BY_ID[field]
