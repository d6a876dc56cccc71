"""How data are said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kiosk.documents import wording
from kiosk.documents.printable import covered, within
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import ItalianAddress
from tests.unit.documents.samples import MARIA

ITALIAN = Catalogue.load("it")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+393331234567", "+39 333 123 4567"),
        ("+390111234567", "+39 011 123 4567"),
        ("+3901112345", "+39 011 123 45"),
        ("+39012", "+39 012"),
        ("+39", "+39"),
        ("+33123456789", "+33123456789"),
        (None, ""),
    ],
)
def test_a_telephone_number_is_grouped(number: str | None, said: str) -> None:
    assert wording.phone(number) == said


def test_names_with_a_part_missing() -> None:
    alone = replace(MARIA, surname=None)
    assert wording.full_name(alone) == wording.surname_first(alone) == "Maria"
    assert wording.initials(alone) == "M."
    assert wording.initials(MARIA) == "M. R."


def test_a_time_is_told_by_italian_clocks_in_winter_and_summer() -> None:
    assert wording.local_time(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)) == "00:30"
    assert wording.local_day(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), ITALIAN) == (
        "1 febbraio 2026"
    )
    assert wording.local_time(datetime(2026, 7, 1, 8, 5, tzinfo=UTC)) == "10:05"


def test_days_are_said_in_the_language_of_the_paper() -> None:
    assert wording.day(date(2026, 3, 3), ITALIAN) == "3 marzo 2026"
    assert wording.day(date(2026, 3, 3), Catalogue.load("en")) == "3 March 2026"


@pytest.mark.parametrize(
    ("code", "said"),
    [("L219", "Torino (TO)"), ("A952", "Bolzano/Bozen (BZ)"), ("X999", "X999")],
)
def test_a_comune_has_its_names_and_province(code: str, said: str) -> None:
    assert wording.comune(code) == said


def test_an_address_says_with_whom_the_person_stays() -> None:
    where = ItalianAddress("Via Roma", "1", "L219", None, "Famiglia Verdi")
    assert wording.address(where, ITALIAN) == "presso Famiglia Verdi, Via Roma 1, Torino (TO)"


def test_what_a_font_lacks_is_shown_as_a_replacement() -> None:
    letters = {ord(c) for c in "abc"} | {0x202E, 0x00}
    assert covered("a\u202eb\x00c\nd", letters) == "a\ufffdb\ufffdc\n\ufffd"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Perché? È così: 5 €", "Perché? È così: 5 €"),
        ("žŁ\u2019\u2013\u2026", "z?'-..."),
        ("\x1b\x1d\x00\n", "???\n"),
        ("\u202e\ud800😀", "???"),
    ],
)
def test_a_printer_gets_characters_of_its_code_page_only(text: str, seen: str) -> None:
    assert within(text, "cp858") == seen
    assert within(text, "cp858").encode("cp858")
