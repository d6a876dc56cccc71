"""The catalogues: every text that a person reads or hears, by key.

A catalogue is a gettext file (`it.po`, `en.po`) whose `msgid` is a key, not a sentence
(ADR 0050). Texts hold placeholders, `{name}`; a text with plural forms takes the number `n`. The
words that the hub's pages say too, `home.*`, are in `sync.texts`. Corrections that the hub signed take
the place of single texts while the program runs (ADR 0206).
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Protocol, runtime_checkable

from sync.model.text_corrections import LANGUAGES as CORRECTED
from sync.model.text_corrections import TextCorrection, fits
from sync.texts import catalogue as shared

LANGUAGES = ("it", "en")
"""Languages with a complete catalogue."""

FALLBACK = "it"
"""The language that counts: what another lacks is said in it."""


class MissingTextError(LookupError):
    """No catalogue has the key; the text names the key and the language."""


@runtime_checkable
class Saying(Protocol):
    """A key with its values; `kiosk.flows.phrases.Phrase` is one."""

    @property
    def key(self) -> str:
        """Key of the text."""
        ...

    @property
    def values(self) -> tuple[tuple[str, object], ...]:
        """Names and values of its placeholders; a value may be a `Saying` again."""
        ...


class Catalogue:
    """The texts of one language.

    Attributes:
        language: `it` or `en`.
    """

    def __init__(
        self,
        language: str,
        texts: gettext.GNUTranslations,
        fallback: Catalogue | None,
        on_missing: Callable[[str], None] | None,
    ) -> None:
        self.language = language
        self._texts = texts
        self._fallback = fallback
        self._on_missing = on_missing
        self._corrected: Mapping[str, tuple[str, ...]] = {}

    @classmethod
    def load(cls, language: str, *, on_missing: Callable[[str], None] | None = None) -> Catalogue:
        """The catalogue of `language`, read once for the whole process.

        Args:
            language: one of `LANGUAGES`.
            on_missing: told the key of a text that is missing, which is then said in Italian, or
                as its key. Without it a missing text raises: a test must see it.

        Raises:
            KeyError: there is no catalogue of that language.
        """
        if language not in LANGUAGES:
            raise KeyError(language)
        fallback = None
        if on_missing is not None and language != FALLBACK:
            fallback = cls(FALLBACK, _read(FALLBACK), None, on_missing)
        return cls(language, _read(language), fallback, on_missing)

    def text(self, key: str, **values: object) -> str:
        """The text of `key` with its placeholders filled.

        Args:
            key: as in the catalogue.
            values: one for each placeholder; `n` also chooses the plural form.

        Raises:
            MissingTextError: no such text, and `on_missing` was not given.
            KeyError: a placeholder has no value.
        """
        template = self._template(key, values.get("n"))
        if template is None:
            return self._missing(key, values)
        return template.format(**values)

    def say(self, saying: Saying) -> str:
        """The text of a key with its values; values that are sayings themselves are said first."""
        return self.text(
            saying.key,
            **{
                name: self.say(value) if isinstance(value, Saying) else value
                for name, value in saying.values
            },
        )

    def correct(self, corrections: Sequence[TextCorrection]) -> tuple[str, ...]:
        """Say corrected texts from now on, and no correction of before. From any thread.

        Args:
            corrections: free of faults (`sync.model.text_corrections.faults`).

        Returns:
            Keys whose correction does not fit this program: there is no such text, or it would leave
            a placeholder out or ask for one that is not filled. These are said as before.
        """
        mine = {one.key: one for one in corrections if self.language in CORRECTED}
        fitting = {
            key: one.forms(self.language) for key, one in mine.items() if self._fits(key, one)
        }
        self._corrected = fitting
        if self._fallback is not None:
            self._fallback.correct(corrections)
        return tuple(sorted(mine.keys() - fitting.keys()))

    def _fits(self, key: str, correction: TextCorrection) -> bool:
        """Whether a correction may stand for the text of this language."""
        single = self._texts.gettext(key)
        one, other = self._texts.ngettext(key, key, 1), self._texts.ngettext(key, key, 2)
        if (single, one) == (key, key):
            return False
        shipped = (single,) if one == key else (one, other)
        return fits(correction.forms(self.language), shipped)

    def has(self, key: str) -> bool:
        """Whether this very language has the text."""
        return self._template(key, 1) is not None

    def _template(self, key: str, number: object) -> str | None:
        forms = self._corrected.get(key)
        if forms is not None:
            single_form = len(forms) == 1 or not isinstance(number, int)
            # Italian and English: one, and any other.
            return forms[0] if single_form or number == 1 else forms[1]
        if isinstance(number, int):
            # gettext answers a missing key with the key itself.
            plural = self._texts.ngettext(key, key, number)
            if plural != key:
                return plural
        single = self._texts.gettext(key)
        return None if single == key else single

    def _missing(self, key: str, values: dict[str, object]) -> str:
        if self._on_missing is None:
            raise MissingTextError(f"{key} ({self.language})")
        self._on_missing(key)
        if self._fallback is not None and self._fallback.has(key):
            return self._fallback.text(key, **values)
        return key


@cache
def _read(language: str) -> gettext.GNUTranslations:
    file = resources.files(__package__).joinpath(f"{language}.po")
    return shared.translations(language, file, shared.source(language))
