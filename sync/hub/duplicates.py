"""Whom the registry may hold twice: one table of rules, applied to what clerks enter.

R-003-9 makes the codice fiscale the person; so the rules are about two codici fiscali for one
person, which happens: a code may be typed wrongly, be replaced by the tax office, or differ by
omocodia. What only looks like it is told to the office and not refused: twins exist, and so do two
people of one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sync.hub.store.database import Store, Value
from sync.model.counter import CounterAct, CounterRegistration, RecordEdit
from sync.model.registration import Registration


class Verdict(Enum):
    """What is done about it."""

    REFUSE = "refuse"
    WARN = "warn"
    PASS = "pass"  # noqa: S105  a verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which two registrations look like one person.

    Attributes:
        code: of the refusal or the dispute.
        same: columns of the registry that agree, while the codice fiscale differs.
        verdicts: by the kind of act; any other passes.
    """

    code: str
    same: tuple[str, ...]
    verdicts: Mapping[type[CounterAct], Verdict]


RULES: Final = (
    Rule(
        "duplicate.person",
        ("document", "surname", "name", "birth_date"),
        {CounterRegistration: Verdict.REFUSE, RecordEdit: Verdict.WARN},
    ),
    Rule(
        "duplicate.document",
        ("document",),
        {CounterRegistration: Verdict.WARN, RecordEdit: Verdict.WARN},
    ),
    Rule(
        "duplicate.name-and-birth",
        ("surname", "name", "birth_date"),
        {CounterRegistration: Verdict.WARN, RecordEdit: Verdict.PASS},
    ),
)
"""In the order in which they are asked; the first that finds somebody, and does not pass, counts."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What a rule found.

    Attributes:
        number: of the other registration.
    """

    code: str
    verdict: Verdict
    number: str


def find(store: Store, entered: Registration, act: CounterAct) -> Duplicate | None:
    """Whether the registry holds somebody who looks like the same person.

    Args:
        store: the registry.
        entered: the registration as the act makes it.
        act: what makes it.
    """
    values = _columns(entered)
    for rule in RULES:
        verdict = rule.verdicts.get(type(act), Verdict.PASS)
        known = [values[column] for column in rule.same]
        if verdict is Verdict.PASS or all(value is None for value in known):
            continue
        where = " AND ".join(
            f"{column} IS NULL" if values[column] is None else f"{column} = ?"
            for column in rule.same
        )
        row = store.row(
            f"SELECT number FROM registration WHERE {where} AND codice_fiscale <> ?"  # noqa: S608  constants
            " ORDER BY registered_at, number LIMIT 1",
            *(value for value in known if value is not None),
            entered.person.codice_fiscale,
        )
        if row is not None:
            return Duplicate(rule.code, verdict, row[0])
    return None


def _columns(entered: Registration) -> Mapping[str, Value]:
    person = entered.person
    return {
        "document": None if entered.document is None else entered.document.number,
        "surname": person.surname,
        "name": person.name,
        "birth_date": person.birth_date.text,
    }
