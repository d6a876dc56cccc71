"""What stands in a clerk's form: texts, marks, problems. What follows from a touch is in `sheet_steps`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from kiosk.flows.clerk.fields import FIELDS, Field, FieldId, Section
from kiosk.flows.question import YES
from sync.model.errors import Problem

FOREIGN: Final = "EE"
"""Value of the menu Provincia for "STATO ESTERO" (R-003-42)."""


class Mark(Enum):
    """Where a field's content came from, while nobody has changed it; texts `clerk.mark.<value>`."""

    REGISTER = "register"
    """From a population register: "precompilato"."""
    CARD = "card"
    """From a health card or a code that was scanned."""
    REGISTRY = "registry"
    """From the registration as it stands."""
    REFUSED = "refused"
    """From an act that the registry refused, and that is entered anew."""


class Form(Enum):
    """Which form it is, and so which fields it has."""

    START = "start"
    """Codice fiscale, Provincia, Comune (R-003-42)."""
    REGISTRATION = "registration"
    """Everything (R-003-64)."""
    SEARCH = "search"
    EDIT = "edit"
    """Everything but community and codice fiscale, which are shown (R-003-32)."""
    BOOKING_DELEGATION = "booking-delegation"
    """Delegation yes or no, and its fields (R-003-23)."""
    DELEGATION = "delegation"
    """Modifica delega (R-003-72): no yes or no, no birth date, no sex."""
    RESIDENCE_START = "residence-start"
    """Codice fiscale."""
    RESIDENCE = "residence"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it stands.

    Attributes:
        form: which.
        texts: what stands in the fields; a field that is not here is empty.
        marks: where contents came from, while they are unchanged.
        locked: fields that are shown and cannot be changed.
        problems: what is wrong, as of the last time that a field was left or the form confirmed.
        doubts: what looks wrong and may be right.
    """

    form: Form
    texts: tuple[tuple[FieldId, str], ...] = field(default=(), repr=False)
    marks: tuple[tuple[FieldId, Mark], ...] = ()
    locked: frozenset[FieldId] = frozenset()
    problems: tuple[tuple[FieldId, Problem], ...] = ()
    doubts: tuple[tuple[FieldId, Problem], ...] = ()

    def text(self, asked: FieldId) -> str:
        """What stands in a field."""
        return next((text for one, text in self.texts if one is asked), "")

    def mark(self, asked: FieldId) -> Mark | None:
        """Where a field's content came from; None where somebody typed it, or it is empty."""
        return next((mark for one, mark in self.marks if one is asked), None)

    def problem(self, asked: FieldId) -> Problem | None:
        """What is wrong with a field."""
        return next((problem for one, problem in self.problems if one is asked), None)

    def doubt(self, asked: FieldId) -> Problem | None:
        """What looks wrong with a field and may be right."""
        return next((problem for one, problem in self.doubts if one is asked), None)

    @property
    def foreign(self) -> bool:
        """Whether the residence is abroad."""
        return self.text(FieldId.RESIDENCE_PROVINCE) == FOREIGN

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that the form shows now, in order."""
        return tuple(row for row in FIELDS if shows(self, row))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections that the form shows now, in order."""
        return tuple(dict.fromkeys(section_of(self, row) for row in self.fields))

    def with_text(self, changed: FieldId, text: str, mark: Mark | None = None) -> Sheet:
        """The sheet with another content of a field; its problem and doubt go, its mark is `mark`."""
        texts = tuple(pair for pair in self.texts if pair[0] is not changed)
        marks = tuple(pair for pair in self.marks if pair[0] is not changed)
        return replace(
            self,
            texts=(*texts, (changed, text)) if text else texts,
            marks=(*marks, (changed, mark)) if mark is not None and text else marks,
            problems=tuple(pair for pair in self.problems if pair[0] is not changed),
            doubts=tuple(pair for pair in self.doubts if pair[0] is not changed),
        )


_I = FieldId
_START: Final = frozenset({_I.CODICE_FISCALE, _I.RESIDENCE_PROVINCE, _I.RESIDENCE_COMUNE})
_SEARCH: Final = frozenset(
    {
        *(_I.COMMUNITY, _I.CODICE_FISCALE, _I.SURNAME, _I.NAME, _I.NUMBER, _I.STATE, _I.STRONG),
        *(_I.RESIDENCE_PROVINCE, _I.RESIDENCE_COMUNE, _I.REGISTERED_FROM, _I.REGISTERED_TO),
    }
)
_NOT_IN_CHANGE: Final = frozenset({_I.DELEGATION, _I.DELEGATE_BIRTH_DATE, _I.DELEGATE_SEX})
"""C-003-16: Modifica delega has neither; what was entered before stays."""
_ABROAD: Final = frozenset({_I.RESIDENCE_CITY, _I.RESIDENCE_NATION})
_IN_ITALY: Final = frozenset({_I.RESIDENCE_CAP})


def shows(sheet: Sheet, row: Field) -> bool:
    """Whether the form has a field now."""
    if not _belongs(sheet.form, row):
        return False
    if row.section is Section.DOMICILE and row.id is not _I.DOMICILE:
        return sheet.text(_I.DOMICILE) == YES
    if row.section is Section.DELEGATION and row.id is not _I.DELEGATION:
        return sheet.form is Form.DELEGATION or sheet.text(_I.DELEGATION) == YES
    if row.id in _ABROAD:
        return sheet.foreign
    return not (row.id in _IN_ITALY and sheet.foreign)


def _belongs(form: Form, row: Field) -> bool:
    match form:
        case Form.START:
            return row.id in _START
        case Form.SEARCH:
            return row.id in _SEARCH
        case Form.REGISTRATION:
            return row.section is not Section.FILTERS
        case Form.EDIT:
            return row.section not in {Section.FILTERS, Section.DELEGATION}
        case Form.BOOKING_DELEGATION:
            return row.section is Section.DELEGATION
        case Form.DELEGATION:
            return row.section is Section.DELEGATION and row.id not in _NOT_IN_CHANGE
        case Form.RESIDENCE_START:
            return row.id is _I.CODICE_FISCALE
        case Form.RESIDENCE:
            return row.section is Section.RESIDENCE


def section_of(sheet: Sheet, row: Field) -> Section:
    """The section in which a form shows a field."""
    match sheet.form:
        case Form.START | Form.RESIDENCE_START:
            return Section.START
        case Form.SEARCH:
            return Section.FILTERS
        case _:
            return row.section


def is_optional(sheet: Sheet, row: Field) -> bool:
    """Whether a field of the form may stay empty."""
    return row.optional or sheet.form is Form.SEARCH
