"""The codice fiscale against two independent implementations, and each reason told apart."""

from __future__ import annotations

import itertools
import string
from dataclasses import replace
from datetime import datetime

import pytest
from codicefiscale import codicefiscale as reference
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.it import codicefiscale as other_reference

from sync.model import codice_fiscale
from sync.model.codice_fiscale import CodiceFiscale, differences, parse
from sync.model.dates import PartialDate
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from tests.unit.model.examples import CODES, MARIO, MARTA

DIGIT_PLACES = (6, 7, 9, 10, 12, 13, 14)
OMOCODES = (
    "RSSMRA80A01H50MM",
    "RSSMRA80A01H5LMX",
    "RSSMRA80A01HRLMS",
    "RSSMRA80A0MHRLMK",
    "RSSMRA80ALMHRLMV",
    "RSSMRA8LALMHRLMG",
    "RSSMRAULALMHRLMD",
)


def code_of(text: str) -> str:
    result = parse(text)
    assert isinstance(result, Problem), text
    return result.code


def read(text: str) -> CodiceFiscale:
    result = parse(text)
    assert isinstance(result, CodiceFiscale), result
    return result


def with_check(fifteen: str) -> str:
    """The check character by the other implementation."""
    return fifteen + str(other_reference.calc_check_digit(fifteen))


def variants(code: str) -> list[str]:
    """All 128 codes of one base, made here from the tables of the decree."""
    letters = dict(zip("0123456789", "LMNPQRSTUV", strict=True))
    base = "".join(
        next((digit for digit, letter in letters.items() if letter == c), c)
        if place in DIGIT_PLACES
        else c
        for place, c in enumerate(code[:15])
    )
    made = []
    for chosen in itertools.product((False, True), repeat=len(DIGIT_PLACES)):
        swapped = list(base)
        for place, swap in zip(DIGIT_PLACES, chosen, strict=True):
            swapped[place] = letters[base[place]] if swap else base[place]
        made.append(with_check("".join(swapped)))
    return made


@pytest.mark.parametrize("code", CODES)
def test_published_codes_are_read_as_the_reference_reads_them(code: str) -> None:
    cf, decoded = read(code), reference.decode(code)
    born: datetime = decoded["birthdate"]
    assert cf.sex is Sex(decoded["gender"])
    assert (cf.birth_year, cf.birth_month, cf.birth_day) == (born.year % 100, born.month, born.day)
    assert cf.birthplace == decoded["birthplace"]["code"]
    assert (cf.provisional, cf.omocodia, cf.text) == (False, 0, code)


@pytest.mark.parametrize("code", CODES)
def test_all_128_codes_of_omocodia_are_read_alike(code: str) -> None:
    plain, made = read(code), variants(code)
    assert len(set(made)) == 128
    assert set(made) == set(reference.decode(code)["omocodes"])
    for variant in made:
        assert other_reference.is_valid(variant)
        cf = read(variant)
        assert cf.omocodia == sum(variant[place].isalpha() for place in DIGIT_PLACES)
        assert replace(cf, text=code, omocodia=0) == plain


def test_omocodes_from_the_right() -> None:
    assert [read(code).omocodia for code in OMOCODES] == [1, 2, 3, 4, 5, 6, 7]


def test_omocodes_are_other_persons() -> None:
    """Omocodia exists because two persons share one base: the texts stay apart."""
    assert len({read(code).text for code in (CODES[0], *OMOCODES)}) == 8


@given(
    st.sampled_from(CODES),
    st.integers(0, 15),
    st.sampled_from(string.ascii_uppercase + "0123456789"),
)
def test_a_wrong_character_is_judged_as_the_other_implementation_does(
    code: str, place: int, wrong: str
) -> None:
    """Ours also asks that the place exists; the other one knows no places."""
    misread = code[:place] + wrong + code[place + 1 :]
    result = parse(misread)
    if isinstance(result, CodiceFiscale):
        assert other_reference.is_valid(misread)
    elif result.code != "codice-fiscale.place":
        assert not other_reference.is_valid(misread)


@given(st.text(string.digits, min_size=11, max_size=11))
def test_provisional_codes_are_judged_as_the_other_implementation_does(digits: str) -> None:
    """The other one also refuses offices that issue no partita IVA; theirs is not our list."""
    result = parse(digits)
    right = luhn.is_valid(digits) and digits[:7] != "0000000"
    assert isinstance(result, CodiceFiscale) == right
    assert right or not other_reference.is_valid(digits)
    if isinstance(result, Problem):
        assert result.code == "codice-fiscale.provisional-check"


def test_provisional_code_catches_every_single_wrong_digit() -> None:
    good = "00743110157"
    assert read(good) == CodiceFiscale(good, provisional=True)
    for place, wrong in itertools.product(range(11), string.digits):
        if wrong != good[place]:
            misread = good[:place] + wrong + good[place + 1 :]
            assert code_of(misread) == "codice-fiscale.provisional-check"


@pytest.mark.parametrize(
    "typed",
    [
        "rssmra80a01h501u",
        " RSSMRA80A01H501U\n",
        "RSS MRA 80A01 H501U",
        "RSS-MRA-80A01-H501-U",
        "RSS\u00a0MRA80A01H501U",
    ],
)
def test_ways_of_writing_are_one_code(typed: str) -> None:
    assert read(typed).text == "RSSMRA80A01H501U"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "codice-fiscale.empty"),
        ("  -\t", "codice-fiscale.empty"),
        ("RSSMRA80A01H501", "codice-fiscale.length"),
        ("RSSMRA80A01H501UU", "codice-fiscale.length"),
        ("1234567890", "codice-fiscale.length"),
        ("A" * 10_000, "codice-fiscale.length"),
        ("\U0001d400" * 10_000, "codice-fiscale.length"),
        ("RSSMRA80A01H501\u00d9", "codice-fiscale.characters"),
        ("RSSMRA80A01H501\u0131", "codice-fiscale.characters"),  # upper() would make it I
        ("R\u00dfMRA80A01H501U", "codice-fiscale.characters"),  # upper() would make it SS
        ("RSSMRA\uff18\uff10A01H501U", "codice-fiscale.characters"),  # full-width digits
        ("RSSMRA80A01H501\u202eU", "codice-fiscale.characters"),
        ("RSSMRA80A01H501\x00", "codice-fiscale.characters"),
        ("RSSMRA80A01H50*U", "codice-fiscale.characters"),
        ("RSSMRA8OA01H501U", "codice-fiscale.layout"),  # letter O for zero
        ("RSSMRA80F01H501U", "codice-fiscale.layout"),  # no month F
        ("RSSMR180A01H501U", "codice-fiscale.layout"),
        ("RSSMRA80A01H5014", "codice-fiscale.layout"),
        ("RSSMRA80A01H501V", "codice-fiscale.check-character"),
        ("RSSMAR80A01H501U", "codice-fiscale.check-character"),
        ("RSSMRA80A32H501C", "codice-fiscale.date"),
        (with_check("RSSMRA80A00H501"), "codice-fiscale.date"),
        (with_check("RSSMRA80A40H501"), "codice-fiscale.date"),
        (with_check("RSSMRA80A72H501"), "codice-fiscale.date"),
        (with_check("RSSMRA81B29H501"), "codice-fiscale.date"),
        (with_check("RSSMRA80D71H501"), "codice-fiscale.date"),  # woman, 31 April
        (with_check("RSSMRA80A01Z999"), "codice-fiscale.place"),
        (with_check("RSSMRA80A01A000"), "codice-fiscale.place"),
        ("12345678901", "codice-fiscale.provisional-check"),
        ("00000000000", "codice-fiscale.provisional-check"),
    ],
)
def test_each_reason_is_told_apart(typed: str, code: str) -> None:
    assert code_of(typed) == code


def test_29_february_of_00_was_a_day_in_2000() -> None:
    assert read(with_check("RSSMRA00B29H501")).birth_day == 29


@pytest.mark.parametrize("place", ["Z105", "Z111", "Z118", "Z135", "A004", "D620"])
def test_birthplaces_that_ceased_are_known(place: str) -> None:
    """Cecoslovacchia, DDR, Jugoslavia, URSS; a comune of today; Fiume until 1947."""
    assert read(with_check(f"RSSMRA40A01{place}")).birthplace == place


def test_problem_tells_the_position_and_nothing_of_the_code() -> None:
    problem = parse("RSSMRA8OA01H501U")
    assert isinstance(problem, Problem)
    assert problem.details == (("position", "8"),)
    assert "RSSMRA" not in repr(problem)


def test_code_does_not_show_in_its_repr() -> None:
    assert "RSSMRA" not in repr(read(CODES[0]))


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_a_problem(text: str) -> None:
    result = parse(text)
    if isinstance(result, CodiceFiscale):
        assert parse(result.text) == result


def test_preload_makes_the_places_and_the_encoder_ready() -> None:
    codice_fiscale.preload()
    assert isinstance(parse(CODES[0]), CodiceFiscale)


# --- consistency with what the person says


def codes_of(person: Person) -> list[str]:
    return [problem.code for problem in differences(read(person.codice_fiscale), person)]


def test_code_that_fits_gives_no_difference() -> None:
    assert codes_of(MARIO) == []
    assert codes_of(replace(MARTA, surname="Marietti")) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"surname": "Bianchi"}, "codice-fiscale.not-of-surname"),
        ({"name": "Luigi"}, "codice-fiscale.not-of-name"),
        ({"birth_date": PartialDate(1981, 1, 1)}, "codice-fiscale.not-of-date"),
        ({"birth_date": PartialDate(1980, 2, 1)}, "codice-fiscale.not-of-date"),
        ({"birth_date": PartialDate(1980, 1, 2)}, "codice-fiscale.not-of-date"),
        ({"sex": Sex.FEMALE}, "codice-fiscale.not-of-sex"),
    ],
)
def test_each_difference_is_told_apart(change: dict[str, object], code: str) -> None:
    assert codes_of(replace(MARIO, **change)) == [code]  # type: ignore[arg-type] # fields by name


def test_all_differences_come_at_once() -> None:
    other = Person(CODES[0], "Bianchi", "Anna", PartialDate(1970, 5, 5), Sex.FEMALE)
    assert codes_of(other) == [
        "codice-fiscale.not-of-surname",
        "codice-fiscale.not-of-name",
        "codice-fiscale.not-of-date",
        "codice-fiscale.not-of-sex",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"surname": None},
        {"name": None},
        {"birth_date": PartialDate(1980)},
        {"birth_date": PartialDate(1980, 1)},
        {"birth_date": PartialDate(1880, 1, 1)},  # the century is not in the code
        {"name": "Mario Anselmo"},
        {"surname": "R\u00f2ssi"},
        {"codice_fiscale": "00743110157"},
    ],
)
def test_what_cannot_be_known_is_no_difference(change: dict[str, object]) -> None:
    assert codes_of(replace(MARIO, **change)) == []  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("surname", "letters"),
    [
        ("D'Angelo", "DNG"),
        ("Fo", "FOX"),
        ("Li Vigni", "LVG"),
        ("Aiello", "LLA"),
        ("M\u00fcller", "MLL"),
    ],
)
def test_surnames_are_encoded_after_the_decree(surname: str, letters: str) -> None:
    person = replace(MARIO, surname=surname, codice_fiscale=with_check(f"{letters}MRA80A01H501"))
    assert codes_of(person) == []


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Gianfranco", "GFR"), ("Maria Teresa", "MTR"), ("Ada", "DAA"), ("Al", "LAX")],
)
def test_names_are_encoded_after_the_decree(name: str, letters: str) -> None:
    person = replace(MARIO, name=name, codice_fiscale=with_check(f"RSS{letters}80A01H501"))
    assert codes_of(person) == []
