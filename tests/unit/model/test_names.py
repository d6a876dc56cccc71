"""Names, lines and notes: what the world types, pastes and scans."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.errors import Problem
from sync.model.names import LONGEST_NAME, LONGEST_NOTE, parse_line, parse_name, parse_note
from sync.model.script import tidy


def code_of(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Rossi", "Rossi"),
        ("  De   Luca ", "De Luca"),
        ("De\u00a0Luca", "De Luca"),
        ("D\u2019Angelo", "D'Angelo"),
        ("D`Angelo", "D'Angelo"),
        ("Fiore\u2010Bianchi", "Fiore-Bianchi"),
        ("Nicolo\u0300", "Nicol\u00f2"),  # decomposed, as some keyboards send it
        ("St. John", "St. John"),
        ("M\u00fcller-Wei\u00df", "M\u00fcller-Wei\u00df"),
        ("\u0160ev\u010d\u00edk", "\u0160ev\u010d\u00edk"),
        ("Nguy\u1ec5n", "Nguy\u1ec5n"),
        ("Gal\u00b7la", "Gal\u00b7la"),
        ("\u00d8rsted \u0141ukasz \u0111or\u0111e", "\u00d8rsted \u0141ukasz \u0111or\u0111e"),
        ("\u1ecd\u0300\u1e63un", "\u1ecd\u0300\u1e63un"),  # no single character for the first one
        ("O", "O"),
        ("x" * LONGEST_NAME, "x" * LONGEST_NAME),
    ],
)
def test_names_of_the_world_in_latin_script(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name.empty"),
        (" \u00a0\u2003 ", "name.empty"),
        ("x" * 10_000, "name.too-long"),
        ("\u0645" * 10_000, "name.too-long"),
        ("Ros\x07si", "name.control"),
        ("Ros\nsi", "name.control"),
        ("Ros\tsi", "name.control"),
        ("Ros\x1b[2Jsi", "name.control"),
        ("Ros\u2028si", "name.control"),
        ("Ros\u200bsi", "name.invisible"),  # zero-width space
        ("\u202eissoR", "name.invisible"),  # right-to-left override
        ("Ros\u2066si\u2069", "name.invisible"),  # isolate
        ("Ros\u00adsi", "name.invisible"),  # soft hyphen
        ("\ufeffRossi", "name.invisible"),
        ("\u0645\u062d\u0645\u062f", "name.direction"),  # Arabic
        ("\u05de\u05e9\u05d4", "name.direction"),  # Hebrew
        ("Ali \u0639\u0644\u064a", "name.direction"),
        ("\u0420\u043e\u0441\u0441\u0438", "name.script"),  # Cyrillic
        ("R\u043essi", "name.script"),  # one Cyrillic letter that looks Latin
        ("\u0391\u03bd\u03bd\u03b1", "name.script"),  # Greek
        ("\u738b\u5c0f\u660e", "name.script"),  # Chinese
        ("\uff32\uff4f\uff53\uff53\uff49", "name.script"),  # full-width Latin
        ("Ros5i", "name.digits"),
        ("Ros\u00b2i", "name.characters"),
        ("\U0001d411ossi", "name.characters"),  # astral mathematical letter
        ("Rossi \U0001f600", "name.characters"),
        ("Ro\ud800ssi", "name.characters"),  # lone surrogate
        ("Ro\ue000ssi", "name.characters"),  # private use
        ("Ro\uffffssi", "name.characters"),
        ("Rossi<script>", "name.characters"),
        ("Rossi; Bianchi", "name.characters"),
        ("Rossi_", "name.characters"),
        ("\u0301Rossi", "name.characters"),  # a mark without its letter
        ("R" + 5 * "\u0338" + "ossi", "name.characters"),  # marks piled up
        ("Ros- \u0301si", "name.characters"),
        ("'", "name.letters"),
        ("- .", "name.letters"),
    ],
)
def test_each_reason_is_told_apart(typed: str, code: str) -> None:
    assert code_of(parse_name(typed)) == code


def test_position_counts_what_a_person_sees() -> None:
    problem = parse_name("  De  Lu7ca")
    assert isinstance(problem, Problem)
    assert problem.details == (("position", "6"),)


@given(st.text(max_size=120))
def test_any_text_is_a_name_or_a_problem(text: str) -> None:
    """A name that is accepted is canonical: short, composed, printable, and accepted again."""
    name = parse_name(text)
    if isinstance(name, str):
        assert parse_name(name) == name
        assert 0 < len(name) <= LONGEST_NAME
        assert unicodedata.is_normalized("NFC", name)
        assert name.isprintable()
        assert name.isascii() or all(
            unicodedata.bidirectional(character) not in {"R", "AL", "RLE", "RLO"}
            for character in name
        )


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Via  Garibaldi, 12", "Via Garibaldi, 12"),
        ("Citt\u00e0 Vecchia (ex n\u00b0 5)", "Citt\u00e0 Vecchia (ex n\u00b0 5)"),
        ("Stra\u00dfe des 17. Juni", "Stra\u00dfe des 17. Juni"),
        ("km 12+300", "km 12+300"),
    ],
)
def test_lines_hold_what_addresses_hold(typed: str, line: str) -> None:
    assert parse_line(typed, longest=100, what="street") == line


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "text.empty"),
        ("x" * 10_000, "text.too-long"),
        ("Via\x00Roma", "text.control"),
        ("Via\nRoma", "text.control"),
        ("Via\u202eamoR", "text.invisible"),
        ("\u0631\u0648\u0645\u0627", "text.direction"),
        ("\u05e8\u05d5\u05de\u05d0 1", "text.direction"),
        ("Via \u0660", "text.direction"),  # an Arabic digit
        ("\u041c\u043e\u0441\u043a\u0432\u0430", "text.script"),
        ("Via \U0001f3e0", "text.characters"),
        ("Via \u2192 Roma", "text.characters"),
    ],
)
def test_each_reason_of_a_line_is_told_apart(typed: str, code: str) -> None:
    problem = parse_line(typed, longest=100, what="street")
    assert code_of(problem) == code
    assert isinstance(problem, Problem)
    assert ("what", "street") in problem.details


def test_note_may_have_lines() -> None:
    assert parse_note("\r\n Passo domani.\r\n\r\nGrazie!  \n") == "Passo domani.\n\nGrazie!"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" \n ", "text.empty"),
        ("x" * 10_000, "text.too-long"),
        ("x" * (LONGEST_NOTE + 1), "text.too-long"),
        ("Passo\x1bdomani", "text.control"),
        ("Passo\u2066domani", "text.invisible"),
    ],
)
def test_each_reason_of_a_note_is_told_apart(typed: str, code: str) -> None:
    assert code_of(parse_note(typed)) == code


@given(st.text(max_size=80))
def test_any_text_is_a_note_or_a_problem(text: str) -> None:
    note = parse_note(text)
    if isinstance(note, str):
        assert parse_note(note) == note
