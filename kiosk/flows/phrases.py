"""What to say, without its language: a catalogue key with its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "str | int | Phrase"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text of the catalogue.

    Attributes:
        key: name of the text, `preregistration.privacy.title`.
        values: names and values for the text's placeholders; a value may itself be a `Phrase`
            (the name of a month). Values may be personal data: they never appear in `repr`.
    """

    key: str
    values: tuple[tuple[str, Value], ...] = field(default=(), repr=False)


def phrase(key: str, **values: Value) -> Phrase:
    """A `Phrase` from keyword arguments."""
    return Phrase(key, tuple(values.items()))


def literal(text: str) -> Phrase:
    """A text that needs no translation: a name, a number, what a person typed."""
    return Phrase("literal", (("text", text),))
