"""Every text is there, in both languages, is used, and can be read by a child of twelve."""

from __future__ import annotations

import re
import string
from typing import Final

import pytest

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import Finger, FingerAdvice, Hand
from kiosk.flows.answers import QuestionId
from kiosk.flows.document_check import Coaching, Finding, Headline, Property
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Standing
from kiosk.flows.failures import Actor, Cause
from kiosk.flows.papers import PrintState
from kiosk.flows.question import EntryKind
from kiosk.flows.questions import QUESTIONS
from kiosk.flows.state import screen_names
from kiosk.strings.catalogue import LANGUAGES
from sync.model.identification import Excuse, SeenKind, Way
from tests.unit.strings.sources import (
    SHARED_TEXTS,
    entries,
    failure_codes,
    outbox_keys,
    problem_codes,
    refusal_codes,
    remedy_keys,
    said_keys,
    used_keys,
    verdict_reasons,
)

TEXTS: Final = {language: entries(language) for language in LANGUAGES}
ITALIAN: Final = TEXTS["it"]
SHARED: Final = entries("it", SHARED_TEXTS).keys()
"""Texts that the hub's pages say too; `tests.unit.texts` holds them to their rules."""
_OF_FAILURES: Final = r"failure\..*\.(clerk|remedy)|failure-cause\..*"
"""Texts of the page of failure codes, which no screen need show."""

PREFIXES: Final = {*screen_names(), "stop", "resumed"}
"""What may stand before a part of a text's key that the code composes."""

NOT_FOR_CITIZENS: Final = re.compile(
    r"(failure|verdict)\..*\.(clerk|remedy)|(clerk|desk|operation)\..*|document\..*|paper\.[a-z-]+\..*|preregistration\.privacy\..*"
    r"|problem\.(account|audit|card|case|certificate|console|credential|daily|duplicate|edit|field|inquiry"
    r"|installation|journal|letter|mirror|officer|operator"
    r"|registration|residence|roster|search|secrets|station|transition|user|username)\..*|remedy\..*"
)
"""Read by clerks; papers with words of the law; the notice, whose words are weighed one by one."""

JARGON: Final = {
    "it": "server database token sincronizza hash timeout username login account backend broker "
    "inoltrare istanza suddetto codesto predetto invalido operazione sessione hub outbox stringa "
    "formato campo-obbligatorio cliccare clicca digitare digita",
    "en": "server database token sync hash timeout username login account backend broker submit "
    "invalid error session hub outbox string format mandatory click",
}


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_and_none_is_empty() -> None:
    assert TEXTS["it"].keys() == TEXTS["en"].keys()
    for language in LANGUAGES:
        assert [key for key, texts in TEXTS[language].items() if not all(texts)] == []


def test_both_languages_have_the_same_placeholders_and_these_are_plain_names() -> None:
    for key, texts in ITALIAN.items():
        names = placeholders(texts[0])
        assert all(name.isidentifier() for name in names), key
        for language in LANGUAGES:
            assert [placeholders(text) for text in TEXTS[language][key]] == [names] * len(
                TEXTS[language][key]
            ), key


def test_no_text_has_loose_ends() -> None:
    for language in LANGUAGES:
        for key, texts in TEXTS[language].items():
            for text in texts:
                assert text == text.strip(), key
                assert "  " not in text, key
                assert "..." not in text, key


def test_every_key_that_is_said_exists() -> None:
    assert said_keys() - ITALIAN.keys() - SHARED == set()


def test_every_text_is_used() -> None:
    plain, patterns = used_keys()
    plain |= outbox_keys() | remedy_keys()
    composed = {pattern for pattern in patterns if not pattern.startswith(".+")}
    endings = {pattern.removeprefix(".+") for pattern in patterns if pattern.startswith(".+")}

    def used(key: str) -> bool:
        if key in plain or re.fullmatch(_OF_FAILURES, key):
            return True
        if any(re.fullmatch(pattern, key) for pattern in composed):
            return True
        prefix, _, last = key.rpartition(".")
        # `{name}.{part}`: the parts themselves stand in the code.
        return prefix in PREFIXES and (f"\\.{re.escape(last)}" in endings or last in plain)

    assert [key for key in ITALIAN if not used(key)] == []


# --- what must be there


@pytest.mark.parametrize("screen", screen_names())
def test_every_screen_has_a_help(screen: str) -> None:
    assert f"{screen}.help" in ITALIAN


@pytest.mark.parametrize("question", QUESTIONS, ids=[row.id.value for row in QUESTIONS])
def test_every_question_has_its_texts(question: object) -> None:
    row = next(row for row in QUESTIONS if row is question)
    wanted = {row.title, row.hint, row.help, row.label}
    wanted |= {f"option.{row.options_named}.{value}" for value in row.options}
    if row.optional and row.kind is EntryKind.TEXT:
        wanted.add(f"question.{row.id.value}.skip")
    if row.can_be_none:
        wanted.add(f"question.{row.id.value}.none")
    assert wanted - ITALIAN.keys() == set()


def test_no_question_of_another_time_has_texts() -> None:
    named = {key.split(".")[1] for key in ITALIAN if key.startswith("question.")}
    assert named == {question.value for question in QuestionId}


@pytest.mark.parametrize("standing", list(Standing))
def test_every_standing_says_what_it_means_and_what_to_do(standing: Standing) -> None:
    for part in ("title", "body", "next"):
        assert f"standing.{standing.value}.{part}" in ITALIAN


def test_every_explanation_of_the_outbox_has_its_text() -> None:
    explained = ("outbox.why.", "outbox.released-by.", "outbox.who.")
    assert outbox_keys() == {key for key in ITALIAN if key.startswith(explained)}


def test_every_problem_has_its_text_and_no_other_has() -> None:
    told = {key.removeprefix("problem.") for key in ITALIAN if key.startswith("problem.")}
    codes = problem_codes() | refusal_codes()
    shared = {key.removeprefix("home.problem.").removeprefix("home.denied.") for key in SHARED}
    assert told - codes == set()
    assert codes - told - shared == set()


def test_every_remedy_of_the_hub_has_its_text() -> None:
    assert remedy_keys() == {key for key in ITALIAN if key.startswith("remedy.")}


def test_every_reason_of_a_verdict_has_a_citizens_and_a_clerks_text() -> None:
    told = {key.removeprefix("verdict.") for key in ITALIAN if key.startswith("verdict.")}
    assert told == {
        f"{reason}.{reader}" for reason in verdict_reasons() for reader in ("citizen", "clerk")
    }


@pytest.mark.parametrize("what", list(Property))
@pytest.mark.parametrize("found", list(Finding))
def test_every_property_is_said_in_words(what: Property, found: Finding) -> None:
    assert f"property.{what.value}.{found.value}" in ITALIAN


@pytest.mark.parametrize("headline", list(Headline))
def test_every_verdict_has_a_headline(headline: Headline) -> None:
    assert {f"headline.{headline.value}.{part}" for part in ("title", "body")} <= ITALIAN.keys()


@pytest.mark.parametrize("coaching", list(Coaching))
def test_every_piece_of_coaching_has_its_text(coaching: Coaching) -> None:
    assert f"coaching.{coaching.value}" in ITALIAN


def test_everything_that_devices_tell_is_said_in_words() -> None:
    wanted = {f"finger-advice.{advice.value}" for advice in FingerAdvice}
    wanted |= {f"finger.{finger.value}" for finger in Finger}
    wanted |= {f"finger.{hand.value}.{finger.value}" for hand in Hand for finger in Finger}
    wanted |= {f"hand.{hand.value}" for hand in Hand}
    wanted |= {f"device.{kind.value}" for kind in DeviceKind}
    wanted |= {f"device-state.{state.value}" for state in DeviceState}
    wanted |= {f"device-test.{result}" for result in ("none", "passed", "failed")}
    assert wanted - ITALIAN.keys() == set()


def test_everything_that_is_recorded_or_printed_is_said_in_words() -> None:
    wanted = {f"way.{way.value}" for way in Way}
    wanted |= {f"identification.confirm.{way.value}" for way in Way}
    wanted |= {f"identification.done.{way.value}" for way in Way}
    wanted |= {f"identification.done.title.{way.value}" for way in Way}
    wanted |= {f"seen.{kind.value}" for kind in SeenKind}
    wanted |= {f"excuse.{excuse.value}{end}" for excuse in Excuse for end in ("", ".choice")}
    wanted |= {f"paper.{document.value}" for document in PrintedDocument}
    wanted |= {f"paper.{state.value}" for state in PrintState}
    wanted |= {f"failure-cause.{cause.value}" for cause in Cause}
    wanted |= {f"failure-actor.{actor.value}" for actor in Actor}
    assert wanted - ITALIAN.keys() == set()


def test_every_failure_has_a_citizens_text_a_clerks_text_and_a_remedy() -> None:
    told = {key.removeprefix("failure.") for key in ITALIAN if key.startswith("failure.")}
    parts = ("citizen", "clerk", "remedy")
    assert told == {f"{code}.{part}" for code in failure_codes() for part in parts}


# --- how it reads


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence."""
    found = re.split(r"(?<=[.?!:])\s", re.sub(r"\{\w+\}", "parola", text))
    return [re.findall(r"[\w'@.]+", sentence) for sentence in found if re.search(r"\w", sentence)]


def gulpease(text: str) -> float:
    """The Gulpease index (GULP, 1988): 60 and more is easy after eight years of school."""
    split = sentences(text)
    words = [word for sentence in split for word in sentence]
    letters = sum(character.isalnum() for word in words for character in word)
    return 89 + (300 * len(split) - 10 * letters) / len(words)


def citizens(language: str) -> list[tuple[str, str]]:
    return [
        (key, text)
        for key, texts in TEXTS[language].items()
        for text in texts
        if not NOT_FOR_CITIZENS.fullmatch(key)
    ]


def test_italian_reads_at_twelve() -> None:
    hard = {
        key: round(gulpease(text))
        for key, text in citizens("it")
        if len(text.split()) > 20 and gulpease(text) < 60
    }
    assert hard == {}


def test_the_privacy_notice_reads_at_twelve_as_a_whole() -> None:
    notice = " ".join(
        texts[0] for key, texts in ITALIAN.items() if key.startswith("preregistration.privacy.")
    )
    assert gulpease(notice) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    long = {
        key: max(len(sentence) for sentence in sentences(text))
        for key, text in citizens(language)
        if sentences(text) and max(len(sentence) for sentence in sentences(text)) > 22
    }
    assert long == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_no_jargon(language: str) -> None:
    words = "|".join(JARGON[language].split())
    found = {
        key: match.group()
        for key, text in citizens(language)
        if (match := re.search(rf"\b({words})\b", text, re.IGNORECASE))
    }
    assert found == {}


DELETED: Final = {"it": r"cancell", "en": r"delet"}
OF_FINGERS: Final = {"it": r"impront|\bdit[ao]\b|\bpunti\b", "en": r"finger|\bpoints\b"}
WHO_OR_WHAT: Final = {"it": r"immagin|ufficio", "en": r"picture|office"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_a_finger_is_said_to_be_deleted_here_but_its_picture(language: str) -> None:
    """A sealed copy of the template stays in the station's journal; the office deletes its own.

    Of a test of the sensor nothing is recorded.
    """
    said = 0
    for key, texts in TEXTS[language].items():
        for sentence in re.split(r"(?<=[.:])\s", " ".join(texts)):
            of_finger = re.search(OF_FINGERS[language], sentence, re.IGNORECASE)
            deleted = re.search(DELETED[language], sentence, re.IGNORECASE)
            if deleted and of_finger and not key.startswith("readiness.testing."):
                said += 1
                assert re.search(WHO_OR_WHAT[language], sentence, re.IGNORECASE), (key, sentence)
    assert said >= 4
