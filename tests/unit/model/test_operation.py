"""Operations as plain values: round trips, and every way in which one can be malformed."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import operation
from sync.model.errors import Problem
from sync.model.preregistration import Preregistration
from tests.unit.model.examples import COMPLETE, LEAST, plain_of, preregistrations, put


def read(plain: object) -> operation.Operation | Problem:
    return operation.from_plain(operation.PREREGISTRATION, operation.VERSION, plain)


def malformed(plain: object) -> str:
    result = read(plain)
    assert isinstance(result, Problem)
    assert result.code == "operation.malformed"
    return result.field


def members(plain: dict[str, Any], path: str = "") -> list[str]:
    """The dotted paths of all members."""
    paths = []
    for key, value in plain.items():
        here = f"{path}.{key}" if path else key
        paths.append(here)
        paths += members(value, here) if isinstance(value, dict) else []
    return paths


@given(preregistrations)
def test_plain_form_reads_back(form: Preregistration) -> None:
    plain = operation.to_plain(form)
    assert read(plain) == form
    assert read(cbor2.loads(cbor2.dumps(plain))) == form


def test_kind_and_version() -> None:
    assert operation.kind_of(COMPLETE) == operation.PREREGISTRATION == "preregistration"
    assert operation.VERSION == 1


def test_other_kinds_and_versions_are_problems() -> None:
    plain = plain_of(COMPLETE)
    unknown = operation.from_plain("revocation", 1, plain)
    newer = operation.from_plain("preregistration", 2, plain)
    assert isinstance(unknown, Problem)
    assert isinstance(newer, Problem)
    assert (unknown.code, newer.code) == ("operation.unknown-kind", "operation.unknown-version")


@pytest.mark.parametrize("path", members(plain_of(COMPLETE)))
def test_each_missing_member_is_told_by_its_place(path: str) -> None:
    plain = plain_of(COMPLETE)
    owner, _, key = path.rpartition(".")
    if owner:
        part = plain
        for step in owner.split("."):
            part = part[step]
        plain = put(plain, owner, {name: value for name, value in part.items() if name != key})
    else:
        del plain[path]
    assert malformed(plain) == path


@pytest.mark.parametrize("owner", ["", "person", "residence", "delegation.delegate", "document"])
def test_members_that_were_not_foreseen_are_refused(owner: str) -> None:
    path = f"{owner}.extra" if owner else "extra"
    assert malformed(put(plain_of(COMPLETE), path, "x")) == path


@pytest.mark.parametrize("name", ["RSSMRA80A01H501U\u202e", "RSSMRA80A01H501U", "x" * 300])
def test_name_of_an_unforeseen_member_is_not_repeated(name: str) -> None:
    """It could hold anything, also personal data."""
    assert malformed({**plain_of(COMPLETE), name: "x"}) == ""


@pytest.mark.parametrize("plain", [None, "", 7, [], [("a", 1)], {1: 2}, {"a": 1, 2: 3}, b"x"])
def test_what_is_no_mapping_is_refused(plain: object) -> None:
    malformed(plain)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("person.birth_date", "1980-02-30"),
        ("person.birth_date", "1980-13"),
        ("person.birth_date", "0000"),
        ("document.issued_on", "1980"),
        ("document.issued_on", "1980-01"),
        ("document.issued_on", ""),
        ("document.kind", "tessera"),
        ("community", "x"),
        ("person.sex", "F "),
        ("residence.abroad", 0),
        ("domicile.abroad", True),
        ("delegation.kind", None),
        ("registration_number", 7),
    ],
)
def test_values_outside_their_range_are_told_by_their_place(path: str, value: object) -> None:
    assert malformed(put(plain_of(COMPLETE), path, value)) == path


def test_address_has_the_members_of_its_form() -> None:
    assert malformed(put(plain_of(LEAST), "residence.abroad", value=True)).startswith("residence.")


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(plain_values)
def test_any_value_is_an_operation_or_a_problem(plain: object) -> None:
    malformed(plain)


@given(st.sampled_from(members(plain_of(COMPLETE))), plain_values)
def test_any_value_in_any_place_is_an_operation_or_a_problem(path: str, value: object) -> None:
    result = read(put(plain_of(COMPLETE), path, value))
    if isinstance(result, Problem):
        assert result.code == "operation.malformed"
        assert result.field.startswith(path)
    else:
        assert operation.to_plain(result) == put(plain_of(COMPLETE), path, value)


@pytest.mark.parametrize("path", ["note", "person.name"])
def test_a_nul_is_told_by_its_place(path: str) -> None:
    plain = put(plain_of(COMPLETE), path, "a\0b")
    assert malformed(plain).startswith(path)
