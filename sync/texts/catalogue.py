"""The words of the procedures at home, by key, from gettext files whose `msgid` is a key (ADR 0050).

`it.po` and `en.po` beside this module hold the keys `home.*`. A program with texts of its own reads
them together with these, by `translations`.
"""

from __future__ import annotations

import gettext
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from sync.texts.reading import LANGUAGES


class MissingTextError(LookupError):
    """No catalogue has the key; the text names the key and the language."""


class Catalogue:
    """The texts of one language.

    Attributes:
        language: one of `sync.texts.reading.LANGUAGES`.
    """

    def __init__(self, language: str, *more: Traversable) -> None:
        """Reads the shared texts, and `more` of the same language.

        Raises:
            KeyError: there is no such language.
            ValueError: two files have the same key.
        """
        if language not in LANGUAGES:
            raise KeyError(language)
        self.language = language
        self._texts = translations(language, source(language), *more)

    def text(self, key: str, **values: object) -> str:
        """The text of `key` with its placeholders filled; `n` also chooses the plural form.

        Raises:
            MissingTextError: no such text.
            KeyError: a placeholder has no value.
        """
        number = values.get("n")
        found = self._texts.ngettext(key, key, number) if isinstance(number, int) else key
        if found == key:
            found = self._texts.gettext(key)
        if found == key:
            raise MissingTextError(f"{key} ({self.language})")
        return found.format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return self._texts.gettext(key) != key or self._texts.ngettext(key, key, 1) != key


def source(language: str) -> Traversable:
    """The gettext file of the shared texts in `language`."""
    return files(__package__).joinpath(f"{language}.po")


def translations(language: str, *sources: Traversable) -> gettext.GNUTranslations:
    """Several gettext files of one language as one. It takes some milliseconds: keep it.

    Raises:
        ValueError: a key stands in two of them.
    """
    merged = None
    for file in sources:
        with file.open("rb") as stream:
            entries = read_po(stream, locale=language, abort_invalid=True)
        if merged is None:
            merged = entries
            continue
        for message in entries:
            if not message.id:
                continue
            if message.id in merged:
                raise ValueError(f"{message.id} stands in two files of {language}")
            merged[message.id] = message
    if merged is None:
        raise ValueError("no file")
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
