"""Names in the letters of a machine readable zone, and whether two names can be the same.

Source: ICAO 9303-3 section 6 A (transliteration of Latin letters with marks) and clause 4.6
(apostrophes are left out, hyphens and blanks become fillers). The table leaves a choice for some
letters (`Ü` is UE, UXX or U), so a name is a small automaton and two names agree where both can
give the same letters. Blanks, hyphens and apostrophes are not compared: documents, registers and
people write them differently (`D'ANGELO`, `D ANGELO`, `DANGELO`; an accent typed as apostrophe).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_CHOICES: Final = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ð": ("D", "DH"),
    "Đ": ("D", "DJ"),
    "Ħ": ("H",),
    "Ĳ": ("IJ",),
    "ĸ": ("Q",),
    "Ł": ("L",),
    "Ŀ": ("L",),
    "Ñ": ("N", "NXX"),
    "Ŋ": ("N", "NG"),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Œ": ("OE",),
    "ẞ": ("SS",),
    "Ŧ": ("T",),
    "Þ": ("TH",),
    "Ü": ("UE", "UXX", "U"),
    "Ə": ("E", "A"),
}
_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd"})
"""Unicode categories of letters and digits; modifier letters are apostrophes in all but name."""
_WORD_BREAKS: Final = re.compile(r"[\s<\-\u2010-\u2015\u00b7]+")
_LONGEST: Final = 256
"""Characters of a name that are compared; no zone holds more than 39."""


def same_name(left: str, right: str) -> bool:
    """Whether both can stand in a zone as the same letters. Empty names are not compared: False.

    A letter that the table does not have (Cyrillic, Greek, ...) is like no other.
    """
    return _agree(left, right, cut=False)


def may_be_cut_from(zone: str, full: str) -> bool:
    """Whether `zone` can be what is left of `full` in a zone too short for it.

    ICAO 9303-3 clause 4.6: what does not fit is cut off at the end, or names are shortened to their
    first letters, or whole names are left out (never the first).
    """
    if _agree(zone, full, cut=True):
        return True
    left, right = _words(zone), _words(full)
    if not left or not right or not _agree(left[0], right[0], cut=True):
        return False
    remaining = iter(right[1:])
    return all(any(_agree(part, whole, cut=True) for whole in remaining) for part in left[1:])


def has_zone_letters(name: str) -> bool:
    """Whether each letter of a name can stand in a zone; else it is of another script."""
    return all(
        _choices(each) or unicodedata.category(each) not in _LETTERS for each in _upper(name)
    )


def _agree(left: str, right: str, *, cut: bool) -> bool:
    """Whether the automata of both accept a word in common; with `cut`, a beginning of the right's."""
    first, second = _automaton(left), _automaton(right)
    if len(first) == 1 or len(second) == 1:
        return False
    seen = {(0, 0)}
    pending = [(0, 0)]
    while pending:
        here, there = pending.pop()
        if here == len(first) - 1 and (cut or there == len(second) - 1):
            return True
        for letter, onward in first[here]:
            for other, further in second[there]:
                if letter == other and (onward, further) not in seen:
                    seen.add((onward, further))
                    pending.append((onward, further))
    return False


def _automaton(text: str) -> list[list[tuple[str, int]]]:
    """Edges (letter, next state) of each state; the last state is the end.

    Nothing leads over a letter that is not in the table: a name with one accepts no word.
    """
    states: list[list[tuple[str, int]]] = [[]]
    for character in _upper(text)[:_LONGEST]:
        choices = _choices(character)
        if not choices:
            if unicodedata.category(character) in _LETTERS:
                states.append([])
            continue
        start = len(states) - 1
        inner = start + 1
        end = start + 1 + sum(len(choice) - 1 for choice in choices)
        states.extend([] for _ in range(end - start))
        for choice in choices:
            state = start
            for letter in choice[:-1]:
                states[state].append((letter, inner))
                state, inner = inner, inner + 1
            states[state].append((choice[-1], end))
    return states


def _upper(text: str) -> str:
    """Capital letters in composed form; `ß` stays one letter."""
    return unicodedata.normalize("NFC", text).replace("ß", "ẞ").upper()


def _choices(character: str) -> tuple[str, ...]:
    """What a letter can be in a zone; nothing for one that has no such letter, or is none."""
    if character in _CHOICES:
        return _CHOICES[character]
    bare = unicodedata.normalize("NFD", character)[0]
    return (bare,) if "A" <= bare <= "Z" else _CHOICES.get(bare, ())


def _words(text: str) -> list[str]:
    return [word for word in _WORD_BREAKS.split(text) if word]
