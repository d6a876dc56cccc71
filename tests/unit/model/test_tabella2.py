"""Every row of Tabella 2: it can be held, it is checked, and it is asked for when it should be.

The rows are in tests/vectors/tabella2.csv: section, field, when it is mandatory (`always`,
`if shown`, `if identity card`, `if other document`, `if delegation`, `optional`), a remark, and
where the datum stands in the plain form of the operation.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from sync.model import operation
from sync.model.errors import Problem
from tests.unit.model.examples import ABROAD, COMPLETE, LEAST, PASSPORT, TODAY, plain_of, put

pytestmark = [pytest.mark.rule("R-003-64"), pytest.mark.rule("R-003-48")]

BY_LAW = "may be missing by law"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    section: str
    field: str
    mandatory: str
    condition: str
    path: str


def rows() -> list[Row]:
    """All rows of the table."""
    vectors = Path(__file__).parents[2] / "vectors" / "tabella2.csv"
    with vectors.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def some(*mandatory: str) -> pytest.MarkDecorator:
    """The rows that are mandatory in one of these ways."""
    chosen = [row for row in rows() if row.mandatory in mandatory]
    return pytest.mark.parametrize("row", chosen, ids=lambda row: f"{row.section}: {row.field}")


def filled(row: Row) -> dict[str, Any]:
    """A complete form, as plain value, in which the row's field is shown."""
    form = COMPLETE
    if row.condition == "resident abroad":
        form = replace(form, residence=ABROAD)
    if row.mandatory == "if other document":
        form = replace(form, document=PASSPORT)
    return plain_of(form)


def member(plain: dict[str, Any], path: str) -> object:
    """What stands at a dotted path."""
    return reduce(lambda value, key: value[key], path.split("."), plain)


def found(plain: dict[str, Any]) -> list[Problem]:
    """What the shape or the rules say of a form."""
    form = operation.from_plain(operation.PREREGISTRATION, operation.VERSION, plain)
    return [form] if isinstance(form, Problem) else list(operation.problems(form, today=TODAY))


def codes_at(plain: dict[str, Any], path: str) -> list[str]:
    """The codes of the problems at a path and below it."""
    return [
        problem.code
        for problem in found(plain)
        if problem.field == path or problem.field.startswith(f"{path}.")
    ]


def test_all_45_rows_are_walked() -> None:
    assert len(rows()) == 45
    assert {row.mandatory for row in rows()} == {
        "always",
        "if shown",
        "if identity card",
        "if other document",
        "if delegation",
        "optional",
    }


@some("always", "if shown", "if identity card", "if other document", "if delegation", "optional")
def test_each_field_can_be_held(row: Row) -> None:
    plain = filled(row)
    assert member(plain, row.path) not in {None, ""} if "." in row.path else True
    assert found(plain) == []


@some("always", "if shown", "if identity card", "if other document", "if delegation")
def test_each_mandatory_field_is_asked_for(row: Row) -> None:
    """Left empty, a text is told as empty at its place; a choice or a date cannot be empty at all."""
    plain = filled(row)
    if row.path == "delegation":  # the default is No, which is an answer
        assert found(put(plain, "delegation", None)) == []
        return
    if row.condition == BY_LAW:
        assert codes_at(put(plain, row.path, ""), row.path) == ["name.empty"]
        assert found(put(plain, row.path, None)) == []
        return
    if isinstance(member(plain, row.path), str) and not _is_choice_or_date(row.path):
        codes = codes_at(put(plain, row.path, ""), row.path)
        assert len(codes) == 1
        assert codes[0].endswith(".empty")
        rule = {problem.rule for problem in found(put(plain, row.path, ""))}
        assert rule == {"R-003-64"}
    else:
        assert codes_at(put(plain, row.path, None), row.path) == ["operation.malformed"]
        assert codes_at(put(plain, row.path, ""), row.path) == ["operation.malformed"]


def _is_choice_or_date(path: str) -> bool:
    return path.rpartition(".")[2] in {"community", "kind", "sex", "birth_date", "issued_on"}


@pytest.mark.parametrize("who", ["person", "delegation.delegate"])
def test_name_and_surname_are_not_both_missing(who: str) -> None:
    plain = put(put(plain_of(COMPLETE), f"{who}.name", None), f"{who}.surname", None)
    assert codes_at(plain, who) == ["person.nameless"]


@some("if shown")
def test_city_and_nation_are_only_of_a_resident_abroad(row: Row) -> None:
    at_home, abroad = plain_of(COMPLETE), filled(row)
    assert row.path.rpartition(".")[2] not in at_home["residence"]
    assert "comune" not in abroad["residence"]
    assert "cap" not in abroad["residence"]
    assert found(at_home) == found(abroad) == []


@some("if delegation")
def test_nothing_of_a_delegate_is_asked_without_delegation(row: Row) -> None:
    assert row.path.startswith("delegation.")
    assert found(plain_of(replace(COMPLETE, delegation=None))) == []


@some("if identity card", "if other document")
def test_one_document_of_either_sort_is_asked(row: Row) -> None:
    kind = member(filled(row), "document.kind")
    assert (kind == "carta_identita") == (row.mandatory == "if identity card")


@some("optional")
def test_each_optional_field_may_be_left_out(row: Row) -> None:
    """A domicile is left out as a whole; once given, a letter must be able to reach it."""
    plain = filled(row)
    whole = row.path.startswith("domicile.") and row.path.rpartition(".")[2] in {
        "street",
        "number",
        "comune",
    }
    if whole:
        assert found(put(plain, "domicile", None)) == []
        codes = codes_at(put(plain, row.path, ""), row.path)
        assert len(codes) == 1
        assert codes[0].endswith(".empty")
    else:
        assert found(put(plain, row.path, None)) == []


@some("always", "if shown", "if identity card", "if other document", "if delegation", "optional")
def test_each_field_is_checked(row: Row) -> None:
    """Also the optional ones, once they are filled."""
    plain = filled(row)
    for wrong in ("\x07", "\u202eabc", "\u0645\u062d\u0645\u062f", "\U0001f600", "9" * 10_000):
        assert codes_at(put(plain, row.path, wrong), row.path), wrong


@some("always", "if shown", "if identity card", "if other document", "if delegation", "optional")
@pytest.mark.parametrize("wrong", [7, True, 1.5, b"x", ["x"], {"x": "y"}])
def test_each_field_has_its_type(row: Row, wrong: object) -> None:
    assert codes_at(put(filled(row), row.path, wrong), row.path)[0] == "operation.malformed"


def test_least_form_has_nothing_optional() -> None:
    plain = plain_of(LEAST)
    for row in rows():
        if row.mandatory == "optional" and not row.path.startswith(("domicile", "delegation")):
            assert member(plain, row.path) is None
    assert plain["domicile"] is plain["delegation"] is None
    assert found(plain) == []
