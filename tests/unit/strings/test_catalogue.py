"""How texts are found: placeholders, plurals, sayings in sayings, and what is missing."""

from __future__ import annotations

import pytest

from kiosk.flows.phrases import literal, phrase
from kiosk.strings.catalogue import LANGUAGES, Catalogue, MissingTextError, Saying


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_with_its_values(language: str) -> None:
    catalogue = Catalogue.load(language)
    assert catalogue.language == language
    assert "7" in catalogue.text("progress", step=7, of=9, section="x")


def test_plural_forms_follow_the_number() -> None:
    italian = Catalogue.load("it")
    assert "1 secondo " in italian.text("idle.body", n=1)
    assert "2 secondi " in italian.text("idle.body", n=2)
    assert "0 secondi " in italian.text("idle.body", n=0)


def test_a_saying_may_hold_another() -> None:
    said = phrase("date.full", day=3, month=phrase("month.3"), year=1948)
    assert isinstance(said, Saying)
    assert Catalogue.load("it").say(said) == "3 marzo 1948"
    assert Catalogue.load("en").say(said) == "3 March 1948"


def test_what_a_person_typed_is_never_taken_for_a_placeholder() -> None:
    assert Catalogue.load("it").say(literal("{key} {0.__class__}")) == "{key} {0.__class__}"


def test_a_missing_text_raises_where_nobody_is_told() -> None:
    with pytest.raises(MissingTextError, match="no such key"):
        Catalogue.load("en").text("no such key")


def test_a_missing_text_is_told_and_said_as_its_key() -> None:
    told: list[str] = []
    catalogue = Catalogue.load("en", on_missing=told.append)
    assert catalogue.text("no such key") == "no such key"
    assert told == ["no such key"]
    assert not catalogue.has("no such key")


def test_there_is_no_other_language() -> None:
    with pytest.raises(KeyError):
        Catalogue.load("xx")
