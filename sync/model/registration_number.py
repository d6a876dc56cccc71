"""Registration numbers: short, read over the telephone, issued by one kiosk alone and never twice.

Nine characters of an alphabet of 31 that has no look-alikes (no 0, 1, I, L, O): three for the
station, five for the station's own counter, one check character (`check_letters`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.model.check_letters import LETTERS, SEPARATORS, check_value, weighted_sum
from sync.model.errors import Problem

ALPHABET: Final = LETTERS
"""The 31 characters of a registration number, in order of value."""

LENGTH: Final = 9
"""Characters of a registration number: 3 station, 5 counter, 1 check."""

STATIONS: Final = len(ALPHABET) ** 3
"""How many stations can be told apart: codes 0 to 29,790."""

COUNTERS: Final = len(ALPHABET) ** 5
"""How many numbers one station can issue: counters 0 to 28,629,150."""

# One word for each character of the alphabet, in its order: Italian towns and loan words; the ICAO
# alphabet in English.
_SPELLING: Final = {
    "it": (
        "due tre quattro cinque sei sette otto nove Ancona Bologna Como Domodossola Empoli "
        "Firenze Genova Hotel Jolly Kilo Milano Napoli Palermo Quarto Roma Savona Torino Udine "
        "Venezia Washington Xilofono Yacht Zara"
    ),
    "en": (
        "two three four five six seven eight nine Alfa Bravo Charlie Delta Echo Foxtrot Golf "
        "Hotel Juliett Kilo Mike November Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey "
        "X-ray Yankee Zulu"
    ),
}


@dataclass(frozen=True, slots=True)
class RegistrationNumber:
    """A registration number, made by `issue` or `parse`.

    Attributes:
        station: code of the station that issued it, 0 to `STATIONS` - 1.
        counter: the station's own count, 0 to `COUNTERS` - 1.
    """

    station: int
    counter: int

    @property
    def text(self) -> str:
        """The canonical nine characters, `ABCDEFGHJ`."""
        body = _digits(self.station, 3) + _digits(self.counter, 5)
        return body + ALPHABET[check_value([ALPHABET.index(one) for one in body])]

    @property
    def grouped(self) -> str:
        """For reading: three groups of three, `ABC-DEF-GHJ`."""
        text = self.text
        return "-".join((text[:3], text[3:6], text[6:]))

    def spelled(self, language: str) -> tuple[str, ...]:
        """One word for each character, to be said over the telephone.

        Args:
            language: `it` or `en`.

        Raises:
            KeyError: no spelling is known for the language.
        """
        words = dict(zip(ALPHABET, _SPELLING[language].split(), strict=True))
        return tuple(words[character] for character in self.text)


def issue(station: int, counter: int) -> RegistrationNumber:
    """The number of a station's `counter`-th registration.

    Raises:
        ValueError: the station or the counter is outside its range.
    """
    if not 0 <= station < STATIONS:
        message = f"station code outside 0 to {STATIONS - 1}: {station}"
        raise ValueError(message)
    if not 0 <= counter < COUNTERS:
        message = f"registration counter outside 0 to {COUNTERS - 1}: {counter}"
        raise ValueError(message)
    return RegistrationNumber(station, counter)


def parse(text: str) -> RegistrationNumber | Problem:
    """Read a number as typed or dictated: small letters, spaces and dashes are fine.

    A character outside the alphabet is refused, never replaced by one that looks like it: the
    person reads it again instead of being shown another person's registration.
    """
    packed = text.strip().translate(SEPARATORS)
    if not packed:
        return Problem("registration-number.empty")
    if len(packed) > 4 * LENGTH:  # pasted: where the first foreign character stands helps nobody
        return _length_problem(packed)
    capitals = packed.upper() if packed.isascii() else packed
    for position, character in enumerate(capitals, start=1):
        if character not in ALPHABET:
            details = (("position", str(position)),)
            return Problem("registration-number.characters", details=details)
    if len(capitals) != LENGTH:
        return _length_problem(packed)
    if weighted_sum([ALPHABET.index(one) for one in capitals]) != 1:
        return Problem("registration-number.check-character")
    return RegistrationNumber(_value(capitals[:3]), _value(capitals[3:8]))


def _length_problem(packed: str) -> Problem:
    details = (("found", str(len(packed))), ("expected", str(LENGTH)))
    return Problem("registration-number.length", details=details)


def _digits(value: int, width: int) -> str:
    """A number in base 31, `width` characters."""
    characters = []
    for _ in range(width):
        value, rest = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[rest])
    return "".join(reversed(characters))


def _value(characters: str) -> int:
    """The number that characters in base 31 stand for."""
    value = 0
    for character in characters:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    return value
