"""PINs and codes: by chance, without look-alikes, and none that anybody would try first."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import codes
from sync.model.check_letters import LETTERS
from sync.model.codes import (
    birth_texts,
    is_trivial_pin,
    make_code,
    make_pin,
    parse_code,
    parse_pin,
    shown,
)
from sync.model.dates import PartialDate
from sync.model.errors import Problem


def dice(seed: int) -> Callable[[int], int]:
    return Random(seed).randrange


def code(parsed: str | Problem) -> str:
    assert isinstance(parsed, Problem)
    return parsed.code


@pytest.mark.rule("R-003-1")
@given(st.integers())
def test_a_code_reads_back_however_it_is_typed(seed: int) -> None:
    made = make_code(dice(seed))
    text = made.decode()
    assert len(text) == 12
    assert set(text) <= set(LETTERS)
    for typed in (
        text,
        text.lower(),
        shown(made),
        f" {shown(text)} ",
        shown(text).replace("-", " "),
    ):
        assert parse_code(typed) == text


def test_letters_that_look_alike_are_in_no_code() -> None:
    assert not set("01ILO") & set(LETTERS)
    assert len(LETTERS) == 31


@given(st.integers(), st.integers(0, 11), st.sampled_from(LETTERS))
def test_every_wrong_letter_is_told(seed: int, place: int, letter: str) -> None:
    text = make_code(dice(seed)).decode()
    wrong = text[:place] + letter + text[place + 1 :]
    assert parse_code(wrong) == text if wrong == text else code(parse_code(wrong))


@given(st.integers(), st.integers(0, 10))
def test_every_swap_of_neighbours_is_told(seed: int, place: int) -> None:
    text = make_code(dice(seed)).decode()
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        assert code(parse_code(swapped)) == "code.check-letter"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "code.empty"),
        (" - ", "code.empty"),
        ("ABCD", "code.length"),
        ("A" * 100, "code.length"),
        ("ABCD-EFGH-JKM0", "code.characters"),
        ("ABCD-EFGH-JKMé", "code.characters"),
        ("2222-2222-2222", "code.check-letter"),
    ],
)
def test_what_is_no_code_is_told(typed: str, expected: str) -> None:
    assert code(parse_code(typed)) == expected


@pytest.mark.rule("R-003-1")
@given(st.integers())
def test_a_pin_reads_back(seed: int) -> None:
    made = make_pin(dice(seed))
    assert len(made) == codes.PIN_DIGITS
    assert not is_trivial_pin(made)
    text = made.decode()
    assert parse_pin(text) == text
    assert parse_pin(f" {text[:4]} {text[4:]} ") == text


@pytest.mark.parametrize(
    "trivial",
    [
        "00000000",
        "11112222",
        "12312312",
        "12341234",
        "01234567",
        "87654321",
        "90123459",
        "60543216",
    ],
)
def test_pins_that_anybody_would_try_are_not_given_out(trivial: str) -> None:
    assert is_trivial_pin(trivial.encode())


@pytest.mark.parametrize("good", ["19283746", "12349876", "90817263", "01230987"])
def test_short_runs_are_fine(good: str) -> None:
    assert not is_trivial_pin(good.encode())


def test_the_date_of_birth_is_in_no_pin() -> None:
    texts = birth_texts(PartialDate(1980, 1, 27))
    for pin in ("27011980", "19800127", "01271980", "52701809", "80012794", "30127807"):
        assert is_trivial_pin(pin.encode(), texts), pin
    assert birth_texts(PartialDate(1980, 1)) == frozenset()
    assert birth_texts(PartialDate(1980)) == frozenset()


def test_a_trivial_pin_is_thrown_again() -> None:
    throws = iter([0] * 8 + [int(digit) for digit in "19283746"])
    assert make_pin(lambda _: next(throws)) == b"19283746"


def test_few_pins_are_not_given_out_and_every_digit_is_as_likely() -> None:
    throw = dice(7)
    thrown = [bytes(48 + throw(10) for _ in range(8)) for _ in range(20_000)]
    trivial = sum(is_trivial_pin(pin) for pin in thrown)
    assert trivial < 300
    given_out = b"".join(pin for pin in thrown if not is_trivial_pin(pin))
    for digit in b"0123456789":
        assert abs(given_out.count(digit) / len(given_out) - 0.1) < 0.005


def test_the_systems_source_of_chance_makes_them() -> None:
    assert len({bytes(make_code(secrets.randbelow)) for _ in range(100)}) == 100
    assert len({bytes(make_pin(secrets.randbelow)) for _ in range(100)}) > 98


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "pin.empty"),
        ("1234567", "pin.length"),
        ("123456789", "pin.length"),
        ("1234567x", "pin.characters"),
        ("1234567٣", "pin.characters"),
    ],
)
def test_what_is_no_pin_is_told(typed: str, expected: str) -> None:
    assert code(parse_pin(typed)) == expected
