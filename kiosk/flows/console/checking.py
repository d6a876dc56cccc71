"""What is wrong with a form of the console; the rules are the model's, none is made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.sheet import Sheet
from sync.model import console_rules
from sync.model.console import ConsoleAct
from sync.model.console_views import UserRecord
from sync.model.errors import Problem

_I = FieldId
_FIELDS: Final = {
    "surname": _I.SURNAME,
    "name": _I.NAME,
    "email": _I.EMAIL,
    "pec": _I.PEC,
    "user_type": _I.USER_TYPE,
    "environments": _I.ENVIRONMENTS,
    "profiles": _I.PROFILES,
    "codice_fiscale": _I.CODICE_FISCALE,
    "card": _I.CARD,
    "reason": _I.USER_REASON,
    "reported": _I.REPORTED,
    "serial": _I.SERIAL,
    "label": _I.LABEL,
    "place": _I.PLACE,
}
_REASONS: Final = (_I.USER_REASON, _I.STATION_REASON)
EMPTY: Final = Problem("field.empty")


def checked(sheet: Sheet, act: ConsoleAct, today: date) -> Sheet:
    """The sheet with what is wrong with the act that it would become, each at its field.

    What is wrong with something that no field holds is told when the act is recorded.
    """
    found: dict[FieldId, Problem] = {}
    for problem in console_rules.problems(act, today=today):
        field = _FIELDS.get((problem.field or "").split(".")[0])
        if field is not None:
            found.setdefault(field, problem)
    for field in _REASONS:
        if sheet.options(field) and not sheet.text(field):
            found[field] = EMPTY
    problems = tuple((row.id, found[row.id]) for row in sheet.fields if row.id in found)
    return replace(sheet, problems=problems)


def same(sheet: Sheet, record: UserRecord) -> bool:
    """Whether a change would change nothing."""
    offered = frozenset(sheet.options(_I.PROFILES))
    before = frozenset(one.value for one in record.profiles) & offered
    return (
        sheet.text(_I.EMAIL).strip() == record.email
        and sheet.text(_I.PEC).strip() == record.pec
        and sheet.picked(_I.ENVIRONMENTS) == {one.value for one in record.environments}
        and sheet.picked(_I.PROFILES) == before
    )
