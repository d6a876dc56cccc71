"""Every text is there in both languages, is used, is true, and can be read by anybody."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po

from sync.model import passwords
from sync.model.codes import CODE_LETTERS, PIN_DIGITS
from sync.model.credential import OperationKind
from sync.model.home import HomeStep
from sync.model.transitions import home_steps
from sync.texts.acceptance import TextName, accepted_as, text_of, to_accept
from sync.texts.catalogue import Catalogue, MissingTextError, source, translations
from sync.texts.reading import LANGUAGES, LegalText, read

ROOT: Final = Path(__file__).parents[3]
WEB: Final = ROOT / "sync" / "hub" / "web"
NAMES: Final = list(TextName)


def entries(path: Path, language: str) -> dict[str, tuple[str, ...]]:
    """Texts by key, every plural form."""
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=language, abort_invalid=True)
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            texts = message.string
            found[key] = tuple(texts) if isinstance(texts, (tuple, list)) else (str(texts),)
    return found


FILES: Final = {"shared": ROOT / "sync" / "texts", "web": WEB / "texts"}
TEXTS: Final = {
    language: {
        key: texts
        for folder in FILES.values()
        for key, texts in entries(folder / f"{language}.po", language).items()
    }
    for language in LANGUAGES
}


def paragraphs(text: LegalText) -> list[str]:
    return [
        one
        for section in text.sections
        for block in section.blocks
        for one in (block.points or (block.paragraph,))
    ]


def sentences(text: str) -> list[list[str]]:
    found = re.split(r"(?<=[.?!:;])\s", re.sub(r"\{\w+\}", "parola", text))
    return [re.findall(r"[\w'@.]+", sentence) for sentence in found if re.search(r"\w", sentence)]


def gulpease(text: str) -> float:
    """The Gulpease index (GULP, 1988): 60 and more is easy after eight years of school."""
    split = sentences(text)
    words = [word for sentence in split for word in sentence]
    letters = sum(character.isalnum() for word in words for character in word)
    return 89 + (300 * len(split) - 10 * letters) / len(words)


# --- what is accepted


@pytest.mark.rule("R-003-19")
@pytest.mark.parametrize("kind", list(OperationKind))
def test_every_step_that_reads_has_its_text(kind: OperationKind) -> None:
    reading = {
        HomeStep.REGULATION,
        HomeStep.PRIVACY,
        HomeStep.CONDITIONS,
        HomeStep.OLD_USER_ENDS,
    }
    texts = [text_of(kind, step) for step in home_steps(kind)]
    assert [text is not None for text in texts] == [step in reading for step in home_steps(kind)]
    assert to_accept(kind) == tuple(accepted_as(text) for text in texts if text is not None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_title_and_sections(name: TextName, language: str) -> None:
    text = read(name, language, "Comune di Esempio")
    assert text.title
    assert text.sections
    assert all(section.heading and section.blocks for section in text.sections)
    assert all(one == one.strip() and "{" not in one for one in paragraphs(text))
    assert f"{text.name.value}:{text.version}" == accepted_as(name)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same_in_the_same_order(name: TextName) -> None:
    italian, english = (read(name, language, "X") for language in LANGUAGES)
    # A translation says last which text counts.
    assert "legal value" in paragraphs(english)[-1]
    assert len(english.sections) == len(italian.sections) + 1
    for ours, theirs in zip(italian.sections, english.sections, strict=False):
        assert len(ours.blocks) == len(theirs.blocks), ours.heading
        assert [len(block.points) for block in ours.blocks] == [
            len(block.points) for block in theirs.blocks
        ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_accepted_reads_at_twelve(name: TextName) -> None:
    text = read(name, "it", "Comune di Esempio")
    assert gulpease(" ".join(paragraphs(text))) >= 60
    for language in LANGUAGES:
        for one in paragraphs(read(name, language, "Comune")):
            assert max(len(sentence) for sentence in sentences(one)) <= 26, one


def test_there_is_no_text_in_another_language() -> None:
    with pytest.raises(KeyError):
        read(TextName.REGULATION, "xx", "X")
    with pytest.raises(KeyError):
        Catalogue("xx")


# --- the words around it


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    assert TEXTS["it"].keys() == TEXTS["en"].keys()
    for key, texts in TEXTS["it"].items():
        wanted = _placeholders(texts[0])
        for text in (*texts, *TEXTS["en"][key]):
            assert text == text.strip()
            assert text
            assert _placeholders(text) == wanted, key


def test_every_text_of_the_pages_is_used() -> None:
    used = "".join(
        path.read_text(encoding="utf-8")
        for path in (*WEB.glob("*.py"), *WEB.glob("templates/home/*.html"))
    )
    composed = {
        *(f"web.service.{way}{end}" for way in ("activate", "revoke", "request", "documents") for end in ("", ".hint")),
        *(f"web.documents.{name}{end}" for name in ("manual", "regulation", "revocation-request", "delegation", "declaration") for end in ("", ".hint")),
        *(f"web.codes.{service}.title" for service in ("activate", "revoke")),
    }  # fmt: skip
    keys = {key for key in TEXTS["it"] if key.startswith("web.")}
    assert [key for key in sorted(keys - composed) if f'"{key}"' not in used] == []
    assert composed <= keys


def test_every_procedure_step_and_problem_has_its_words() -> None:
    wanted = {f"home.procedure.{kind.value}" for kind in OperationKind}
    wanted |= {f"home.purpose.{kind.value}" for kind in OperationKind}
    wanted |= {
        f"home.done.{kind.value}.{end}" for kind in OperationKind for end in ("title", "body")
    }
    wanted |= {f"home.step.{step.value}.title" for step in HomeStep}
    wanted |= {f"home.accept.{name.value}" for name in TextName}
    wanted |= {f"home.password.strength.{score}" for score in range(5)}
    wanted |= {f"home.question.{number}" for number in range(1, 7)}
    model = (ROOT / "sync" / "model" / "passwords.py").read_text(encoding="utf-8")
    codes = (ROOT / "sync" / "model" / "codes.py").read_text(encoding="utf-8")
    problems = re.findall(
        r'Problem\(\s*"((?:password|username|question|answer|code|pin)\.[a-z-]+)"', model + codes
    )
    wanted |= {f"home.problem.{code}" for code in problems}
    home = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "sync" / "hub" / "home").glob("*.py")
    )
    denied = set(re.findall(r'Denied\(\s*"([a-z]+\.[a-z-]+)"', home)) - {"revocation.unable"}
    wanted |= {f"home.denied.{code}" for code in denied}
    assert wanted - TEXTS["it"].keys() == set()
    assert len(problems) > 15
    assert len(denied) > 5


@pytest.mark.rule("R-003-51")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_in_the_rules_are_those_of_the_model(language: str) -> None:
    said = Catalogue(language).text
    for key, number in (
        ("home.password.rule.length", passwords.SHORTEST_PASSWORD),
        ("home.problem.password.too-short", passwords.SHORTEST_PASSWORD),
        ("home.problem.password.too-long", passwords.LONGEST_PASSWORD),
        ("home.username.rules", passwords.SHORTEST_USERNAME),
        ("home.username.rules", passwords.LONGEST_USERNAME),
        ("home.problem.username.length", passwords.LONGEST_USERNAME),
        ("home.field.answer.hint", passwords.SHORTEST_ANSWER),
        ("home.problem.answer.too-short", passwords.SHORTEST_ANSWER),
        ("home.problem.answer.too-long", passwords.LONGEST_ANSWER),
        ("home.problem.question.too-long", passwords.LONGEST_QUESTION),
        ("home.field.pin.hint", PIN_DIGITS),
        ("home.problem.pin.length", PIN_DIGITS),
        ("home.field.activation-code.hint", CODE_LETTERS),
        ("home.problem.code.length", CODE_LETTERS),
    ):
        assert re.search(rf"\b{number}\b", said(key)), key


def test_the_words_read_at_twelve() -> None:
    hard = {
        key: round(gulpease(text))
        for key, texts in TEXTS["it"].items()
        for text in texts
        if len(text.split()) > 20 and gulpease(text) < 60
    }
    assert hard == {}
    long = {
        key
        for language in LANGUAGES
        for key, texts in TEXTS[language].items()
        for text in texts
        if max((len(sentence) for sentence in sentences(text)), default=0) > 22
    }
    assert long == set()


def test_a_wait_is_said_in_minutes() -> None:
    said = Catalogue("it").text
    assert "1 minuto " in said("home.denied.codes.wait", n=1)
    assert "15 minuti " in said("home.denied.codes.wait", n=15)


def test_a_missing_text_and_a_key_that_stands_twice_are_told() -> None:
    assert not Catalogue("it").has("no.such.key")
    with pytest.raises(MissingTextError, match=r"no\.such\.key"):
        Catalogue("it").text("no.such.key")
    with pytest.raises(ValueError, match="two files"):
        translations("it", source("it"), source("it"))


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
