"""Username, password and secret question: the rules, each told by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import passwords
from sync.model.contacts import Contacts
from sync.model.passwords import (
    answer_of_login,
    fold_answer,
    fold_username,
    own_words,
    password_problems,
    question_problems,
    username_problems,
)
from tests.unit.model.examples import COMPLETE, MARIO

OWN = own_words(MARIO, COMPLETE.contacts)


def codes(password: str, score: int | None = 4) -> list[str]:
    found = password_problems(password, "gatto.nero", OWN, score=score)
    assert all(problem.rule == "R-003-51" for problem in found)
    return [problem.code for problem in found]


@pytest.mark.rule("R-003-51")
@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["password.empty"]),
        ("cavallo-bat", ["password.too-short"]),
        ("cavallo-batt", []),
        ("è" * 12, []),
        ("x" * 128, []),
        ("x" * 129, ["password.too-long"]),
        ("cavallo\x00batteria", ["password.characters"]),
        ("cavallo GATTO.nero 7", ["password.holds-username"]),
        ("cavallo gatto nero 7", ["password.holds-username"]),
        ("cavallo RoSSi batteria", ["password.holds-own-data"]),
        ("RSSMRA80A01H501U", ["password.holds-own-data"]),
        ("cavallo 01011980", ["password.holds-own-data"]),
        ("batteria 1980 corda", ["password.holds-own-data"]),
        ("3330000000 corda", ["password.holds-own-data"]),
    ],
)
def test_each_rule_is_told(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


@pytest.mark.rule("R-003-51")
def test_what_is_easily_guessed_is_told_by_who_measured_it() -> None:
    assert codes("cavallo-batteria", 2) == ["password.easily-guessed"]
    assert codes("cavallo-batteria", 3) == []
    assert codes("cavallo-batteria", None) == []


def test_length_counts_characters_as_they_are_digested() -> None:
    taken_apart = "e\u0300" * 12
    assert len(taken_apart) == 24
    assert passwords.normal_password(taken_apart) == "è" * 12
    assert codes("e\u0300" * 11) == ["password.too-short"]


def test_at_home_the_codice_fiscale_alone_is_known() -> None:
    own = ("RSSMRA80A01H501U",)
    found = password_problems("xx rssmra80a01h501u", "", own)
    assert [problem.code for problem in found] == ["password.holds-own-data"]
    assert own_words() == frozenset()


def test_short_words_of_ones_own_are_no_rule() -> None:
    assert all(len(word) >= 4 for word in OWN)
    assert "mario" in OWN
    assert own_words(None, Contacts("io@example.org")) == frozenset()


@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("mario.rossi", []),
        ("Mario_Rossi-80", []),
        ("abcdef", []),
        ("a" * 32, []),
        ("", ["username.empty"]),
        ("  ", ["username.empty"]),
        ("abcde", ["username.length"]),
        ("a" * 33, ["username.length"]),
        ("1mario", ["username.characters"]),
        ("mario..rossi", ["username.characters"]),
        ("mario.rossi.", ["username.characters"]),
        ("mario rossi", ["username.characters"]),
        ("màrio.rossi", ["username.characters"]),
        ("mario@rossi", ["username.characters"]),
        ("RSSMRA80A01H501U", ["username.codice-fiscale"]),
        ("rssmra8la01h501u", ["username.codice-fiscale"]),
    ],
)
def test_usernames(username: str, expected: list[str]) -> None:
    assert [problem.code for problem in username_problems(username)] == expected


def test_usernames_differ_by_more_than_capitals() -> None:
    assert fold_username(" Mario.ROSSI ") == fold_username("mario.rossi")


@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Il nome del primo gatto?", "Micio", []),
        ("", "Micio", ["question.empty"]),
        ("???", "Micio", ["question.empty"]),
        ("x" * 121, "Micio", ["question.too-long"]),
        ("Il nome del primo gatto?", " a! ", ["answer.too-short"]),
        ("Il nome del primo gatto?", "x" * 101, ["answer.too-long"]),
        ("Il nome del gatto è Micio?", "MICIO", ["answer.in-question"]),
    ],
)
def test_questions(question: str, answer: str, expected: list[str]) -> None:
    assert [problem.code for problem in question_problems(question, answer)] == expected


def test_an_answer_is_the_same_however_it_is_written_years_later() -> None:
    for typed in (
        "Forlì del Sannio",
        " forli  del sannio",
        "FORLI' DEL SANNIO",
        "forli-del sannio",
    ):
        assert fold_answer(typed) == "forli del sannio"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_answer(fold_answer(text)) == fold_answer(text)
    password_problems(text, text, (text,))
    username_problems(text)
    question_problems(text, text)


@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Mario Rossi", "answer.is-username"),
        ("mario.rossi", "answer.is-username"),
        ("mario", None),
        ("Lanterna", "answer.in-password"),
        ("torre LANTERNA", "answer.in-password"),
        ("Torre, lanterna!", "answer.in-password"),
        ("grigio", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_an_answer_gives_no_login_away(answer: str, code: str | None) -> None:
    found = answer_of_login(answer, "mario.rossi", "torre-lanterna")
    assert (found.code if found else None) == code
    assert answer_of_login(answer) is None


@pytest.mark.rule("R-003-51")
@pytest.mark.parametrize("written", ["010180", "800101", "01011980", "19800101", "1980"])
def test_a_birth_date_is_own_data_however_it_is_written(written: str) -> None:
    assert written in own_words(MARIO)
