"""Corrections of texts that a station shows or says: what may be corrected, and how a text may look.

A correction replaces a text by another with the same placeholders, in every language at once. A
placeholder is a bare name, so that no text can reach into a value. What people accept is no text to
be corrected from afar: it is versioned with the program (`sync.texts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

LANGUAGES: Final = ("it", "en")
"""Every correction is in each of these."""

MOST_CORRECTIONS: Final = 2_000
LONGEST_TEXT: Final = 2_000
FORMS: Final = 2
"""Of a text that depends on a number: one, and any other."""

NUMBER: Final = "n"
"""The placeholder that chooses the form."""

_KEY: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+){1,11}")
_LONGEST_KEY: Final = 120
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEPT: Final = (
    # What people accept, refuse, confirm or sign.
    "button.",
    "clerk.check.",
    "document.declaration.",
    "document.delegation.",
    "document.form.",
    "document.installation.",
    "document.readiness.",
    "document.summary.",
    "document.translation.",
    "fingerprint.notice.",
    "home.",
    "identification.choose-way.",
    "identification.confirm.",
    "identification.intro.",
    "installation.ask-name.",
    "installation.summary.",
    "option.delegation.",
    "option.yes-no.",
    "outbox.closing.",
    "outbox.reason.",
    "paper.regulation.",
    "paper.revocation.",
    "preregistration.privacy.",
    "preregistration.review.",
    "preregistration.summary.",
    "procedure.",
    "question.delegation.",
    # A bad correction must not be able to hide itself.
    "failure.signed-list.",
)
_KEPT_PART: Final = re.compile(
    r"(?:^|[.-])(?:accepts?|confirm|consent|declaration|notice|privacy|refuse|regulation|signature"
    r"|statement|substitutive)(?:[.-]|$)"
)
"""A key with such a word is of the same kind, in whichever family."""


@dataclass(frozen=True, slots=True)
class TextCorrection:
    """One text, in every language.

    Attributes:
        key: as in the catalogue.
        texts: the forms in each of `LANGUAGES`: one, or `FORMS` where the text depends on a number.
    """

    key: str
    texts: tuple[tuple[str, ...], ...] = field(repr=False)

    def forms(self, language: str) -> tuple[str, ...]:
        """The forms in a language of `LANGUAGES`."""
        return self.texts[LANGUAGES.index(language)]


def placeholders(text: str) -> frozenset[str] | None:
    """The names in braces; None where a text asks for more than a bare name, or has a brace too many."""
    names = set()
    try:
        for _, name, form, conversion in Formatter().parse(text):
            if name is None:
                continue
            if form or conversion or not _NAME.fullmatch(name):
                return None
            names.add(name)
    except ValueError:
        return None
    return frozenset(names)


def is_kept(key: str) -> bool:
    """Whether a text is never corrected from afar: it is accepted, refused, confirmed or signed."""
    return key.startswith(_KEPT) or _KEPT_PART.search(key) is not None


def faults(corrections: Sequence[TextCorrection]) -> tuple[str, ...]:
    """What keeps corrections from being taken, one line each, by key; empty: nothing."""
    if len(corrections) > MOST_CORRECTIONS:
        return (f"more than {MOST_CORRECTIONS} texts",)
    keys = [one.key for one in corrections]
    twice = (
        sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    )
    wrong = (f"{_named(one.key)}: {fault}" for one in corrections for fault in _faults(one))
    return (*wrong, *(f"{_named(key)}: stands there twice" for key in twice))


def fits(forms: Sequence[str], shipped: Sequence[str]) -> bool:
    """Whether `forms` may stand in the place of a program's own forms of that text.

    As many forms, and no placeholder that the program does not fill; none is left out that all of the
    program's forms have, but for the number of a text that depends on it ("one day").
    """
    if len(forms) != len(shipped):
        return False
    known = [placeholders(form) for form in shipped]
    filled = frozenset[str]().union(*(names for names in known if names is not None))
    always = frozenset.intersection(*(names or frozenset() for names in known))
    if len(shipped) > 1:
        always -= {NUMBER}
    return all(
        names is not None and always <= names <= filled for names in map(placeholders, forms)
    )


def _faults(one: TextCorrection) -> Iterator[str]:
    if not _KEY.fullmatch(one.key) or len(one.key) > _LONGEST_KEY:
        yield "no key of a text"
    if is_kept(one.key):
        yield "this text is not corrected from afar"
    if len(one.texts) != len(LANGUAGES):
        yield f"each of {', '.join(LANGUAGES)} is needed"
        return
    for language, forms in zip(LANGUAGES, one.texts, strict=True):
        if len(forms) not in {1, FORMS} or len(forms) != len(one.texts[0]):
            yield f"{language}: one form, or {FORMS}, and as many in each language"
        for form in forms:
            if not form.strip() or len(form) > LONGEST_TEXT:
                yield f"{language}: empty, or longer than {LONGEST_TEXT} characters"
            elif not form.replace("\n", "").isprintable():
                yield f"{language}: holds a character that cannot be shown"
            elif placeholders(form) is None:
                yield f"{language}: a placeholder is a bare name in braces"
    names = [
        frozenset[str]().union(*(placeholders(form) or () for form in forms)) for forms in one.texts
    ]
    if len(set(names)) > 1:
        yield "the languages have other placeholders"


def _named(key: str) -> str:
    return key if _KEY.fullmatch(key) and len(key) <= _LONGEST_KEY else "a text"
