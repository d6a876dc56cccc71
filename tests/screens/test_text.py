"""Texts that nobody expected: too long, from right to left, beyond the fonts, controls."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen.preregistration import Form
from kiosk.screens.fonts.glyphs import COVERED
from kiosk.screens.widgets.field import Field, Line
from kiosk.screens.widgets.text import Text, drawable
from kiosk.strings.catalogue import LANGUAGES
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.sessions import FORM, OFFICE, asking, session, typed
from tests.screens.test_layout import troubles

HARD = {
    "long": "Anna Maria Giuseppina " * 30,
    "one-word": "X" * 10_000,
    "right-to-left": "שלום أهلا",
    "astral": "\N{GRINNING FACE} \N{MATHEMATICAL BOLD CAPITAL A}",
    "overridden": "a\N{RIGHT-TO-LEFT OVERRIDE}b\N{ZERO WIDTH JOINER}c",
    "controls": "a\tb\x00c\x1bd\rz",
    "newlines": "a\nb\nc",
    "combining": "e" + "\N{COMBINING ACUTE ACCENT}" * 40,
    "surrogate": "\ud800",
}


def test_what_the_fonts_lack_is_a_visible_box() -> None:
    assert drawable("Łódź è Ñandú") == "Łódź è Ñandú"
    assert drawable("שלום") == "\N{REPLACEMENT CHARACTER}" * 4
    assert drawable("a\N{RIGHT-TO-LEFT OVERRIDE}\x00b") == "a\ufffd\ufffdb"
    assert drawable("e\N{COMBINING ACUTE ACCENT}") == "é"


def test_every_catalogue_text_can_be_drawn() -> None:
    from importlib import resources  # noqa: PLC0415

    from babel.messages.pofile import read_po  # noqa: PLC0415

    for language in LANGUAGES:
        with resources.files("kiosk.strings").joinpath(f"{language}.po").open("rb") as stream:
            for message in read_po(stream):
                said = "".join(message.string or ())
                assert drawable(said) == unicodedata.normalize("NFC", said), message.id


def test_the_box_itself_is_in_the_font() -> None:
    assert any(first <= 0xFFFD <= last for first, last in COVERED)


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_a_field_stays_whole_whatever_is_in_it(person: Person, text: str) -> None:
    page = asking(QuestionId.SURNAME)
    person.shows(session(replace(page, entry=replace(page.entry, text=text))))  # type: ignore[arg-type]
    field = next(p for p in probe.shown(person.window) if isinstance(p, Field))
    assert field.text == text
    drawn = field.shown._rectangle
    assert drawn.size[0] <= field.shown.width
    assert [t for t in troubles(person) if not t.startswith("word broken")] == []
    caret_x = field._caret.pos[0]
    assert field.x < caret_x < field.right


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_rows_stay_whole_whatever_was_answered(person: Person, text: str) -> None:
    hard = Answers(
        (
            *FORM.answers.without(QuestionId.SURNAME).entries,
            (QuestionId.SURNAME, Answer(text[:400])),
        )
    )
    for state in (
        form_states.Review(replace(FORM, answers=hard)),
        form_states.Summary(replace(FORM, answers=hard)),
    ):
        person.shows(session(state))
        assert [t for t in troubles(person) if not t.startswith("word broken")] == []


def test_an_email_as_long_as_the_standard_allows_can_be_checked(person: Person) -> None:
    email = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".it"
    form = Form(answers=Answers(((QuestionId.EMAIL, Answer(email)),)))
    person.shows(session(form_states.CheckEmail(form)))
    assert email in person.sees()
    assert [t for t in troubles(person) if not t.startswith("word broken")] == []


def test_an_office_with_a_long_name_keeps_the_header_whole(person: Person) -> None:
    long = replace(OFFICE, name="Unione Montana dei Comuni delle Valli Chisone e Germanasca")
    for large in (False, True):
        person.shows(replace(session(), office=long, large_text=large))
        assert troubles(person) == []


def test_pasting_ten_thousand_letters_is_refused_and_nothing_is_lost(person: Person) -> None:
    person.shows(session(typed(asking(QuestionId.SURNAME, Form()), "Rossi")))
    person.live = True
    person.window.router.typed("x" * 10_000)
    person.waits(3)
    field = next(p for p in probe.shown(person.window) if isinstance(p, Field))
    assert field.text == "Rossi"
    assert person.session is not None
    assert isinstance(person.session.activity, form_states.Asking)
    assert person.session.activity.problem is not None


def test_a_text_tells_how_wide_and_high_it_is(person: Person) -> None:
    person.shows(session())
    text = next(p for p in probe.shown(person.window) if isinstance(p, Text) and " " in p.text)
    narrow = text.natural_width() // 2
    assert text.height_at(narrow) > text.height_at(text.natural_width())


keys = st.lists(st.sampled_from(["a", "è", " ", "ERASE", "LEFT", "OLD", "NEW"]), max_size=30)


@given(keys)
@settings(max_examples=200, deadline=None)
def test_a_line_ends_as_the_flow_says(pressed: list[str]) -> None:
    """Keys outrun the flow; once it has answered all of them, both hold the same text."""
    line, told = Line(), [""]
    heard = 0
    for key in pressed:
        if key == "ERASE":
            if line.erase():
                told.append(line.text)
        elif key == "LEFT":
            line.caret = max(0, line.caret - 1)
        elif key == "OLD":
            line.hear(told[heard])
        elif key == "NEW":
            heard = min(heard + 1, len(told) - 1)
            line.hear(told[heard])
        else:
            line.insert(key)
            told.append(line.text)
        assert line.text == told[-1]
        assert 0 <= line.caret <= len(line.text)
    line.hear(told[-1])
    assert line.text == told[-1]


def test_the_flow_has_the_last_word() -> None:
    line = Line("ab")
    line.insert("c")
    assert line.hear("AB")
    assert (line.text, line.caret) == ("AB", 2)
    line.insert("x")
    assert not line.hear("AB")
    assert line.hear("AB", answer=True)
    assert line.text == "AB"
