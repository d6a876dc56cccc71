"""Identity documents: kinds, numbers and issuers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.documents import (
    DocumentKind,
    is_usual_number,
    parse_document_number,
    parse_issuer,
    shows_residence,
)
from sync.model.errors import Problem

kinds = st.sampled_from(DocumentKind)


def code_of(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@pytest.mark.rule("R-003-40")
def test_five_kinds_are_accepted() -> None:
    assert {kind.value for kind in DocumentKind} == {
        "carta_identita",
        "passaporto",
        "patente_guida",
        "permesso_soggiorno",
        "patente_nautica",
    }


@pytest.mark.rule("R-003-40")
def test_only_the_identity_card_states_the_residence() -> None:
    assert [kind for kind in DocumentKind if shows_residence(kind)] == [DocumentKind.CARTA_IDENTITA]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("CA 00000 AA", "CA00000AA"),
        ("ca00000aa", "CA00000AA"),
        ("AB-1234567", "AB1234567"),
        ("U1A/2345678B", "U1A2345678B"),
    ],
)
def test_numbers_are_packed(typed: str, number: str) -> None:
    assert parse_document_number(DocumentKind.CARTA_IDENTITA, typed) == number


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "document-number.empty"),
        (" - ", "document-number.empty"),
        ("A123", "document-number.too-short"),
        ("A" * 10_000, "document-number.too-long"),
        ("A12345678901234567890", "document-number.too-long"),
        ("AB\u066012345", "document-number.characters"),
        ("AB12\x0034", "document-number.characters"),
        ("AB12345*", "document-number.characters"),
        ("ABCDEFGHI", "document-number.digits"),
    ],
)
def test_each_wrong_number_is_told_apart(kind: DocumentKind, typed: str, code: str) -> None:
    assert code_of(parse_document_number(kind, typed)) == code


@pytest.mark.parametrize(
    ("kind", "number", "usual"),
    [
        (DocumentKind.CARTA_IDENTITA, "CA00000AA", True),
        (DocumentKind.CARTA_IDENTITA, "AB1234567", True),
        (DocumentKind.CARTA_IDENTITA, "1234567AB", True),
        (DocumentKind.CARTA_IDENTITA, "CAO0000AA", False),  # letter O for zero
        (DocumentKind.PASSAPORTO, "YA1234567", True),
        (DocumentKind.PASSAPORTO, "X1", False),
        (DocumentKind.PATENTE_GUIDA, "TO1234567A", True),
        (DocumentKind.PATENTE_GUIDA, "U1A234567B", True),
        (DocumentKind.PATENTE_GUIDA, "12345", False),
        (DocumentKind.PERMESSO_SOGGIORNO, "I12345678", True),
        (DocumentKind.PATENTE_NAUTICA, "12345", True),  # no form is known
    ],
)
def test_usual_numbers(kind: DocumentKind, number: str, *, usual: bool) -> None:
    assert is_usual_number(kind, number) is usual


def test_issuer_is_a_line() -> None:
    assert parse_issuer(" Comune  di Torino ") == "Comune di Torino"
    assert code_of(parse_issuer("")) == "text.empty"
    assert code_of(parse_issuer("x" * 101)) == "text.too-long"


@given(kinds, st.text(max_size=25))
def test_any_text_is_a_number_or_a_problem(kind: DocumentKind, text: str) -> None:
    number = parse_document_number(kind, text)
    if isinstance(number, str):
        assert parse_document_number(kind, number) == number
