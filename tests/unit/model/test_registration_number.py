"""Registration numbers: what one wrong character or swap does, without exception."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.errors import Problem
from sync.model.registration_number import (
    ALPHABET,
    COUNTERS,
    LENGTH,
    STATIONS,
    RegistrationNumber,
    issue,
    parse,
)

numbers = st.builds(issue, st.integers(0, STATIONS - 1), st.integers(0, COUNTERS - 1))

SAMPLES = [
    issue(station, counter)
    for station in (0, 1, 17, 961, 29_790)
    for counter in (0, 1, 30, 31, 4_711, 1_234_567, COUNTERS - 1)
]


def code_of(text: str) -> str:
    result = parse(text)
    assert isinstance(result, Problem), text
    return result.code


def test_alphabet_is_prime_and_has_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 31
    assert not set("01ILO") & set(ALPHABET)
    assert (STATIONS, COUNTERS) == (29_791, 28_629_151)


@given(numbers)
def test_number_reads_back_from_what_is_printed(number: RegistrationNumber) -> None:
    assert len(number.text) == LENGTH
    assert parse(number.text) == number
    assert parse(number.grouped) == number
    assert parse(f"  {number.text[:4].lower()} {number.text[4:]}\n") == number


@pytest.mark.parametrize("number", SAMPLES, ids=lambda number: number.text)
def test_every_single_wrong_character_is_caught(number: RegistrationNumber) -> None:
    """Nine places, thirty other characters each: all of them."""
    for place, wrong in itertools.product(range(LENGTH), ALPHABET):
        if wrong != number.text[place]:
            misread = number.text[:place] + wrong + number.text[place + 1 :]
            assert code_of(misread) == "registration-number.check-character"


@pytest.mark.parametrize("number", SAMPLES, ids=lambda number: number.text)
def test_every_swap_of_two_characters_is_caught(number: RegistrationNumber) -> None:
    """Neighbours, and any two others as well: the radix is a primitive root of the modulus."""
    for first, second in itertools.combinations(range(LENGTH), 2):
        swapped = list(number.text)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        if swapped[first] != swapped[second]:
            assert code_of("".join(swapped)) == "registration-number.check-character"


@given(numbers, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_number_catches_any_wrong_character(
    number: RegistrationNumber, place: int, wrong: str
) -> None:
    misread = number.text[:place] + wrong + number.text[place + 1 :]
    if misread == number.text:
        assert parse(misread) == number
    else:
        assert code_of(misread) == "registration-number.check-character"


@given(numbers, st.integers(0, LENGTH - 2))
def test_any_number_catches_any_swap_of_neighbours(number: RegistrationNumber, place: int) -> None:
    text = number.text
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped == text:
        assert parse(swapped) == number
    else:
        assert code_of(swapped) == "registration-number.check-character"


@pytest.mark.parametrize("number", SAMPLES, ids=lambda number: number.text)
def test_every_pair_of_twins_read_as_another_pair_is_caught(number: RegistrationNumber) -> None:
    for place in range(LENGTH - 1):
        if number.text[place] == number.text[place + 1]:
            for wrong in set(ALPHABET) - {number.text[place]}:
                misread = number.text[:place] + 2 * wrong + number.text[place + 2 :]
                assert code_of(misread) == "registration-number.check-character"


def test_no_error_at_two_places_of_one_number_leads_to_its_neighbour() -> None:
    """Consecutive numbers of a station differ in two characters at least."""
    texts = [issue(17, counter).text for counter in range(2_000)]
    for one, other in itertools.pairwise(texts):
        assert sum(a != b for a, b in zip(one, other, strict=True)) >= 2


def test_numbers_of_stations_and_counters_never_meet() -> None:
    texts = {issue(s, c).text for s in range(0, STATIONS, 997) for c in range(0, COUNTERS, 99_991)}
    assert len(texts) == len(range(0, STATIONS, 997)) * len(range(0, COUNTERS, 99_991))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "registration-number.empty"),
        (" - ", "registration-number.empty"),
        ("ABC-DEF-GH", "registration-number.length"),
        ("ABC-DEF-GHJ-K", "registration-number.length"),
        ("A" * 10_000, "registration-number.length"),
        ("ABCDEFGH0", "registration-number.characters"),
        ("ABCDEFGHO", "registration-number.characters"),
        ("ABCDEFGHl", "registration-number.characters"),
        ("ABCDEFGH\u0130", "registration-number.characters"),
        ("ABCDEFGH\u00df", "registration-number.characters"),
        ("ABCDEFGH\u0662", "registration-number.characters"),
        ("ABC\x00DEFGH", "registration-number.characters"),
    ],
)
def test_each_reason_is_told_apart(text: str, code: str) -> None:
    assert code_of(text) == code


def test_wrong_character_is_told_by_its_place() -> None:
    problem = parse("ABC-DEF-GHO")
    assert isinstance(problem, Problem)
    assert problem.details == (("position", "9"),)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    result = parse(text)
    assert isinstance(result, Problem) or parse(result.text) == result


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_character_is_spelled_by_a_word_of_its_own(language: str) -> None:
    spelled: dict[str, str] = {}
    for value in range(len(ALPHABET)):
        number = issue(value, 0)
        spelled |= dict(zip(number.text, number.spelled(language), strict=True))
    assert set(spelled) == set(ALPHABET)
    letters = {character: word for character, word in spelled.items() if character.isalpha()}
    assert len(letters) == 23
    assert all(word[0] == character for character, word in letters.items())
    assert len(set(spelled.values())) == len(spelled)


@pytest.mark.parametrize(("station", "counter"), [(-1, 0), (STATIONS, 0), (0, -1), (0, COUNTERS)])
def test_out_of_range_is_an_error_of_the_program(station: int, counter: int) -> None:
    with pytest.raises(ValueError, match="outside 0 to"):
        issue(station, counter)
