"""The texts themselves, as values that a page, a screen and a paper can each lay out.

A file of `legal` holds one text in one language: `# ` before its title, `## ` before the heading
of a section, `- ` before a point of a list; every other line is a paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from sync.texts.acceptance import VERSIONS, TextName

LANGUAGES: Final = ("it", "en")
"""Languages in which every text exists; the first is the one that counts."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or where `points` is not empty a list."""

    paragraph: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """What a citizen should know of their credentials, in one language (R-003-84)."""

    language: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class LegalText:
    """One text that a person accepts.

    Attributes:
        version: in force, `2026-1`.
        language: of the words, `it` or `en`.
    """

    name: TextName
    version: str
    language: str
    title: str
    sections: tuple[Section, ...]


def read(name: TextName, language: str, authority: str) -> LegalText:
    """The text in force.

    Args:
        name: which.
        language: one of `LANGUAGES`.
        authority: who releases the credentials, as people know it.

    Raises:
        KeyError: there is no text in that language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    title, sections = _parsed(_source(name, language), authority)
    return LegalText(
        name=name,
        version=VERSIONS[name],
        language=language,
        title=title,
        sections=sections,
    )


def read_manual(language: str, authority: str) -> Manual:
    """The manual for citizens.

    Args:
        language: one of `LANGUAGES`.
        authority: who releases the credentials, as people know it.

    Raises:
        KeyError: there is none in that language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    text = files(__package__).joinpath("manual", f"{language}.txt").read_text(encoding="utf-8")
    return Manual(language, *_parsed(text, authority))


def _parsed(text: str, authority: str) -> tuple[str, tuple[Section, ...]]:
    """The title and the sections of a file."""
    title = ""
    sections: list[tuple[str, list[Block]]] = []
    for line in text.replace("{authority}", authority).splitlines():
        if line.startswith("# "):
            title = line[2:]
        elif line.startswith("## "):
            sections.append((line[3:], []))
        elif line.startswith("- "):
            blocks = sections[-1][1]
            before = blocks.pop().points if blocks and blocks[-1].points else ()
            blocks.append(Block(points=(*before, line[2:])))
        elif line:
            sections[-1][1].append(Block(paragraph=line))
    return title, tuple(Section(heading, tuple(blocks)) for heading, blocks in sections)


@cache
def _source(name: TextName, language: str) -> str:
    path = files(__package__).joinpath("legal", language, f"{name.value}.txt")
    return path.read_text(encoding="utf-8")
