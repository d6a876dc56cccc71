"""What follows from a touch on a form's field: what else changes, what is wrong, what is on offer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from kiosk.flows.clerk import field_parsing, sheet_values
from kiosk.flows.clerk.fields import Field, FieldId, FieldKind, field_of
from kiosk.flows.clerk.sheet import FOREIGN, Form, Mark, Sheet, is_optional
from kiosk.flows.office import Surroundings
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.question import NO, YES
from sync.model import codice_fiscale, places
from sync.model.addresses import FOREIGN_COMUNE, FOREIGN_PROVINCE
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.credential import State
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind
from sync.model.errors import Problem
from sync.model.identity import Sex
from sync.model.preregistration import Community
from sync.model.searching import Strength

_I = FieldId

_COMUNE_OF: Final = {
    _I.RESIDENCE_PROVINCE: _I.RESIDENCE_COMUNE,
    _I.DOMICILE_PROVINCE: _I.DOMICILE_COMUNE,
}
_PROVINCE_OF: Final = {comune: province for province, comune in _COMUNE_OF.items()}
_CAP_OF: Final = {
    _I.RESIDENCE_COMUNE: _I.RESIDENCE_CAP,
    _I.DOMICILE_COMUNE: _I.DOMICILE_CAP,
}

_VALUES: Final[dict[FieldId, tuple[str, ...]]] = {
    _I.COMMUNITY: tuple(one.value for one in Community),
    _I.SEX: tuple(one.value for one in Sex),
    _I.DELEGATE_SEX: tuple(one.value for one in Sex),
    _I.DOCUMENT_KIND: tuple(one.value for one in DocumentKind),
    _I.DELEGATE_DOCUMENT_KIND: tuple(one.value for one in DocumentKind),
    _I.DELEGATION: (NO, YES),
    _I.DELEGATION_KIND: tuple(one.value for one in DelegationKind),
    _I.STATE: tuple(one.value for one in State),
    _I.STRONG: tuple(one.value for one in (Strength.ANY, Strength.STRONG, Strength.WEAK)),
}


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One thing to pick in a menu or among radio buttons; the touch is `FieldTyped(field, value)`."""

    value: str
    label: Phrase


def options(sheet: Sheet, asked: FieldId, around: Surroundings) -> tuple[FieldOption, ...]:
    """What may be picked in a field, in order; empty for a field that is typed."""
    row = field_of(asked)
    if asked in _VALUES:
        values = _VALUES[asked]
        return tuple(FieldOption(one, phrase(f"option.{row.named}.{one}")) for one in values)
    if asked in _COMUNE_OF:
        return _provinces(sheet, asked, around)
    if asked in _PROVINCE_OF:
        return _comuni(sheet, asked, around)
    if asked is _I.RESIDENCE_NATION:
        found = places.states(around.today)
        return tuple(FieldOption(one.belfiore, literal(one.name)) for one in found)
    return ()


def option_label(sheet: Sheet, asked: FieldId, around: Surroundings) -> Phrase:
    """What a field shows: the label of what was picked, or the text as it stands."""
    text = sheet.text(asked)
    row = field_of(asked)
    if not text or row.kind not in {FieldKind.MENU, FieldKind.RADIO}:
        return literal(text)
    if asked in _VALUES:
        return phrase(f"option.{row.named}.{text}")
    if text in {FOREIGN, FOREIGN_COMUNE}:
        return literal(FOREIGN_PROVINCE if text == FOREIGN else FOREIGN_COMUNE)
    if asked in _COMUNE_OF:
        names = (one.name for one in places.provinces() if one.sigla == text)
        return literal(next(names, text))
    place = places.state(text) if asked is _I.RESIDENCE_NATION else places.comune(text)
    del around
    return literal(text if place is None else place.name)


def competence(sheet: Sheet, around: Surroundings) -> tuple[str, ...]:
    """The comuni to which a change of residence is bound; empty for all (R-003-61)."""
    if sheet.form is not Form.RESIDENCE or around.desk is None:
        return ()
    return around.desk.operator.comuni


def _provinces(sheet: Sheet, asked: FieldId, around: Surroundings) -> tuple[FieldOption, ...]:
    within = competence(sheet, around)
    found = places.provinces()
    if within:
        siglas = {place.province for one in within if (place := places.comune(one)) is not None}
        found = tuple(one for one in found if one.sigla in siglas)
    shown = [FieldOption(one.sigla, literal(one.name)) for one in found]
    if asked is _I.RESIDENCE_PROVINCE and not within:
        shown.append(FieldOption(FOREIGN, literal(FOREIGN_PROVINCE)))
    return tuple(shown)


def _comuni(sheet: Sheet, asked: FieldId, around: Surroundings) -> tuple[FieldOption, ...]:
    province = sheet.text(_PROVINCE_OF[asked])
    if province == FOREIGN:
        return (FieldOption(FOREIGN_COMUNE, literal(FOREIGN_COMUNE)),)
    within = competence(sheet, around)
    found = places.comuni_of(province, around.today) if province else ()
    return tuple(
        FieldOption(one.belfiore, literal(one.name))
        for one in found
        if not within or one.belfiore in within
    )


# --- touches


def typed(sheet: Sheet, changed: FieldId, text: str, mark: Mark | None = None) -> Sheet:
    """The sheet after a field holds `text`, with what follows from it."""
    row = field_of(changed)
    if changed in sheet.locked or row not in sheet.fields or not _can_hold(sheet, changed, text):
        return sheet
    text = text[: row.longest]
    if row.kind is FieldKind.CODE:
        text = text.upper()
    if text == sheet.text(changed):
        return sheet
    sheet = sheet.with_text(changed, text, mark)
    if changed in _COMUNE_OF:
        return _with_comune(sheet, _COMUNE_OF[changed], text)
    if changed in _CAP_OF:
        return _with_cap(sheet, _CAP_OF[changed], text)
    return sheet


def _can_hold(sheet: Sheet, field: FieldId, text: str) -> bool:
    """Whether a menu or a radio button has the value; what is typed may be anything."""
    if not text:
        return True
    if field in _VALUES:
        return text in _VALUES[field]
    if field is _I.DOMICILE:
        return text == YES
    if field in _PROVINCE_OF:
        province = sheet.text(_PROVINCE_OF[field])
        if text == FOREIGN_COMUNE:
            return province == FOREIGN
        place = places.comune(text)
        return place is not None and place.province == province
    return True


def _with_comune(sheet: Sheet, comune: FieldId, province: str) -> Sheet:
    """Another Provincia: its comuni are others; abroad there is one value only (R-003-42)."""
    if comune in sheet.locked:
        return sheet
    sheet = sheet.with_text(comune, FOREIGN_COMUNE if province == FOREIGN else "")
    cap = _CAP_OF[comune]
    return sheet.with_text(cap, "")


def _with_cap(sheet: Sheet, cap: FieldId, comune: str) -> Sheet:
    """A comune with one CAP fills it; one that is not the comune's goes."""
    known = places.caps(comune)
    if len(known) == 1:
        return sheet.with_text(cap, known[0])
    return sheet if not known or sheet.text(cap) in known else sheet.with_text(cap, "")


def left(sheet: Sheet, field: FieldId, today: date) -> Sheet:
    """The sheet after the focus left a field: written as it will be kept, or with what is wrong."""
    row = field_of(field)
    text = sheet.text(field)
    if not text.strip() or row not in sheet.fields or field in sheet.locked:
        return sheet
    checked = field_parsing.parse(sheet, row, today)
    if isinstance(checked, Problem):
        return _with_problem(sheet, field, checked)
    sheet = _rewritten(sheet, field, checked)
    sheet = _with_doubt(sheet, field, field_parsing.doubt(sheet, row, today))
    return _from_code(sheet, field, today)


def _rewritten(sheet: Sheet, field: FieldId, text: str) -> Sheet:
    """The same content as it is kept; it stays marked."""
    return sheet.with_text(field, text, sheet.mark(field))


def _with_problem(sheet: Sheet, field: FieldId, problem: Problem) -> Sheet:
    others = tuple(pair for pair in sheet.problems if pair[0] is not field)
    return replace(sheet, problems=(*others, (field, problem)))


def _with_doubt(sheet: Sheet, field: FieldId, doubt: Problem | None) -> Sheet:
    others = tuple(pair for pair in sheet.doubts if pair[0] is not field)
    return replace(sheet, doubts=others if doubt is None else (*others, (field, doubt)))


_BORN: Final = {
    _I.CODICE_FISCALE: (_I.BIRTH_DATE, _I.SEX),
    _I.DELEGATE_CODICE_FISCALE: (_I.DELEGATE_BIRTH_DATE, _I.DELEGATE_SEX),
}


def _from_code(sheet: Sheet, field: FieldId, today: date) -> Sheet:
    """A codice fiscale tells sex and date of birth: they fill what is empty, marked to be checked."""
    if field not in _BORN:
        return sheet
    code = codice_fiscale.parse(sheet.text(field))
    if not isinstance(code, CodiceFiscale) or code.provisional:
        return sheet
    born, sex = _BORN[field]
    shown = {row.id for row in sheet.fields}
    if sex in shown and not sheet.text(sex) and code.sex is not None:
        sheet = sheet.with_text(sex, code.sex.value, Mark.CARD)
    day = _birth_day(code, today)
    if born in shown and not sheet.text(born) and day is not None:
        sheet = sheet.with_text(born, field_parsing.shown_date(day), Mark.CARD)
    return sheet


def with_code_told(sheet: Sheet, today: date) -> Sheet:
    """The sheet with what its codice fiscale tells, where that is empty."""
    return _from_code(sheet, _I.CODICE_FISCALE, today)


def _birth_day(code: CodiceFiscale, today: date) -> date | None:
    """The latest day that the code can mean; a century more is for who knows better to type."""
    if code.birth_year is None or code.birth_month is None or code.birth_day is None:
        return None
    for century in (today.year // 100 * 100, today.year // 100 * 100 - 100):
        try:
            day = date(century + code.birth_year, code.birth_month, code.birth_day)
        except ValueError:
            continue
        if day <= today:
            return day
    return None


def confirmed(sheet: Sheet, today: date) -> Sheet:
    """The sheet with everything that is wrong with it, empty mandatory fields too (R-003-48, 64)."""
    for row in sheet.fields:
        sheet = _judged(sheet, row, today)
    if sheet.problems:
        return sheet
    problems, doubts = sheet_values.judged(sheet, today)
    return replace(sheet, problems=problems, doubts=doubts)


def _judged(sheet: Sheet, row: Field, today: date) -> Sheet:
    if row.id in sheet.locked:
        return sheet
    if not sheet.text(row.id).strip():
        cleaned = sheet.with_text(row.id, "")
        if is_optional(sheet, row):
            return cleaned
        return _with_problem(cleaned, row.id, Problem("field.empty", row.path, "R-003-48"))
    checked = field_parsing.parse(sheet, row, today)
    if isinstance(checked, Problem):
        return _with_problem(sheet, row.id, checked)
    return _rewritten(sheet, row.id, checked)
