"""The texts of the papers: all there, all used, plain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kiosk.documents
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind, State
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind
from sync.model.identification import SeenKind, Way
from sync.model.identity import Sex
from sync.model.preregistration import Community
from sync.model.readiness import DeviceState

FOLDER = Path(kiosk.documents.__file__).parent
STRINGS = FOLDER.parent / "strings"


def _keys_of(language: str) -> set[str]:
    text = (STRINGS / f"{language}.po").read_text("utf-8")
    own = r"document\.[^\"]+|paper\.(?:letter|counter-summary|operation|form|regulation|revocation)\.[^\"]+"
    return set(re.findall(rf'^msgid "({own})"', text, re.MULTILINE))


def _keys_in_use() -> set[str]:
    files = [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
    source = "\n".join(file.read_text("utf-8") for file in files)
    used = set(re.findall(r'"((?:document|paper)\.[a-z0-9.-]+[a-z0-9])"', source))
    for stem, names in _FAMILIES.items():
        assert f'f"document.{stem}' in source
        used |= {f"document.{stem}{name}" for name in names}
    for stem, names in _PAPER_FAMILIES.items():
        assert re.search(rf'"paper\.{re.escape(stem)}(\{{|" ~|"\n)', source), stem
        used |= {f"paper.{stem}{name}" for name in names}
    return used


_PAPER_FAMILIES = {
    "letter.title.": ["pin", "activation", "revocation"],
    "letter.label.": ["pin", "activation", "revocation"],
    "letter.advice.": ["pin", "activation", "revocation"],
    "letter.": [
        f"{what}-{how}"
        for whats, hows in (
            (("activation", "revocation"), ("at-home", "at-kiosk", "type", "done")),
            (("pin", "code"), ("opened", "asked", "lost")),
        )
        for what in whats
        for how in hows
    ],
    "letter.end.": [kind.value for kind in OperationKind],
    "letter.code-": ["mailed", "printed"],
    "operation.": [kind.value for kind in OperationKind],
    "counter-summary.handed.": [
        *("pin", "code", "revocation"),
        *("pin-mailed", "code-mailed", "revocation-mailed"),
    ],
    "counter-summary.state.": [state.value for state in State],
    "revocation.": ["copy", "document", "health-card"],
}
_FAMILIES = {
    "kind.": [kind.value for kind in DocumentKind],
    "sex.": [sex.value for sex in Sex],
    "community.": [community.value for community in Community],
    "delegation-kind.": [kind.value for kind in DelegationKind],
    "section.": ["person", "residence", "domicile", "contacts", "document", "delegate", "note"],
    "field.": ["full-name", "codice-fiscale", "birth-date", "document"],
    "slip.": ["mail", "counter", "counter-delegate", "codes"],
    "role.": ["citizen", "counter", "installer"],
    "device-state.": [state.value for state in DeviceState],
    "readiness.": ["passed", "failed", "untested"],
    "identified.way.": [way.value for way in Way],
    "identified.kind.": [kind.value for kind in SeenKind],
    "next.counter.title": ["", "-delegate"],
    "next.counter.text": ["", "-delegate"],
}


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_text_in_use_is_there_and_every_text_that_is_there_is_in_use(language: str) -> None:
    assert _keys_of(language) == _keys_in_use()


@pytest.mark.parametrize("key", sorted(_keys_of("it")))
def test_both_languages_name_the_same_values(key: str) -> None:
    names = [
        set(re.findall(r"\{(\w+)\}", Catalogue.load(language)._template(key, None) or ""))
        for language in ("it", "en")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize("key", sorted(_keys_of("it")))
def test_italian_sentences_are_short(key: str) -> None:
    text = Catalogue.load("it")._template(key, None) or ""
    for sentence in re.split(r"(?<=[.:])\s", re.sub(r"\(.*?\)", "", text)):
        assert len(sentence.split()) <= 20, sentence
