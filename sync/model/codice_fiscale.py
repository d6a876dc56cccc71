"""The codice fiscale: sixteen characters with omocodia, or the provisional eleven digits.

Source: DM Finanze 23/12/1976 n. 13813. Only the Agenzia delle Entrate assigns a codice fiscale:
nothing here makes one; a code is checked in itself (`parse`) and against what the person says of
herself (`differences`). Those who disagree may both be right, so a difference is a doubt to show.

Surname, name and check character are encoded by python-codicefiscale. Its `decode` is not used:
it asks the clock for the century, raises on whatever is wrong without telling reasons apart, takes
any letter where a digit stands, does not know the eleven digits, and reads 6.9 MB of places that
`sync.model.places` holds in a tenth of that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sync.model import places
from sync.model.dates import PartialDate
from sync.model.errors import Problem
from sync.model.identity import Person, Sex

_MONTHS: Final = "ABCDEHLMPRST"
_OMOCODIA: Final = "LMNPQRSTUV"  # stands for 0 to 9, in the seven places of digits
_AS_DIGITS: Final = str.maketrans(_OMOCODIA, "0123456789")
_DIGIT_PLACES: Final = (6, 7, 9, 10, 12, 13, 14)  # counted from 0
_LETTER: Final = "[A-Z]"
_DIGIT: Final = f"[0-9{_OMOCODIA}]"
_LAYOUT: Final = tuple(
    re.compile(_DIGIT if place in _DIGIT_PLACES else f"[{_MONTHS}]" if place == 8 else _LETTER)
    for place in range(16)
)
_WOMEN: Final = 40  # added to the day of birth


@dataclass(frozen=True, slots=True, repr=False)
class CodiceFiscale:
    """A codice fiscale that is right in itself.

    Attributes:
        text: canonical, capital letters without spaces.
        provisional: whether it is the numeric one of eleven digits, which tells nothing more;
            all the following are None (and `omocodia` 0) then.
        sex: as encoded in the day.
        birth_year: the last two digits; the century is not in the code.
        birth_month: 1 to 12.
        birth_day: 1 to 31.
        birthplace: Belfiore code of the comune or foreign state at the time of birth.
        omocodia: how many digits (0 to 7) are replaced by letters, because another person's data
            give the same code.
    """

    text: str
    provisional: bool
    sex: Sex | None = None
    birth_year: int | None = None
    birth_month: int | None = None
    birth_day: int | None = None
    birthplace: str | None = None
    omocodia: int = 0


def preload() -> None:
    """Load the encoder and the places (about 120 ms) before a person waits for them."""
    _check_character("RSSMRA80A01H501")
    places.preload()


def parse(text: str) -> CodiceFiscale | Problem:
    """Read a codice fiscale as typed, scanned or read from a card.

    Small letters, spaces and hyphens are fine. Each reason for a refusal has its code; the first
    one that applies is given, in this order: empty, length of what was pasted, characters, length,
    layout, check character, date, place.
    """
    packed = "".join(text.split()).replace("-", "")
    if not packed:
        return Problem("codice-fiscale.empty")
    if len(packed) > 2 * 16:  # pasted: which character is wrong helps nobody
        return _length_problem(packed)
    if not (packed.isascii() and packed.isalnum()):
        position = next(
            place
            for place, character in enumerate(packed, start=1)
            if not (character.isascii() and character.isalnum())
        )
        return Problem("codice-fiscale.characters", details=(("position", str(position)),))
    code = packed.upper()
    if len(code) == 11 and code.isdigit():
        return _parse_provisional(code)
    if len(code) != 16:
        return _length_problem(code)
    return _parse_definitive(code)


def _length_problem(code: str) -> Problem:
    return Problem("codice-fiscale.length", details=(("found", str(len(code))), ("expected", "16")))


def _parse_provisional(code: str) -> CodiceFiscale | Problem:
    """The eleven digits, built as a partita IVA: a number of seven, an office, a check (Luhn)."""
    total = sum(map(int, code[0::2]))
    total += sum(sum(divmod(2 * int(digit), 10)) for digit in code[1::2])
    if total % 10 or not int(code[:7]):
        return Problem("codice-fiscale.provisional-check")
    return CodiceFiscale(code, provisional=True)


def _parse_definitive(code: str) -> CodiceFiscale | Problem:
    for place, (pattern, character) in enumerate(zip(_LAYOUT, code, strict=True), start=1):
        if not pattern.fullmatch(character):
            return Problem("codice-fiscale.layout", details=(("position", str(place)),))
    if _check_character(code) != code[15]:
        return Problem("codice-fiscale.check-character")
    digits = _without_omocodia(code)
    year, month, day = int(digits[6:8]), _MONTHS.index(digits[8]) + 1, int(digits[9:11])
    sex = Sex.FEMALE if day > _WOMEN else Sex.MALE
    day -= _WOMEN if sex is Sex.FEMALE else 0
    if not _is_day_of_some_century(year, month, day):
        return Problem("codice-fiscale.date")
    birthplace = digits[11:15]
    if not places.is_known(birthplace):
        return Problem("codice-fiscale.place")
    return CodiceFiscale(
        text=code,
        provisional=False,
        sex=sex,
        birth_year=year,
        birth_month=month,
        birth_day=day,
        birthplace=birthplace,
        omocodia=sum(code[place].isalpha() for place in _DIGIT_PLACES),
    )


def _without_omocodia(code: str) -> str:
    """The code with digits in the seven places that omocodia may have turned into letters."""
    return "".join(
        character.translate(_AS_DIGITS) if place in _DIGIT_PLACES else character
        for place, character in enumerate(code)
    )


def _is_day_of_some_century(year: int, month: int, day: int) -> bool:
    """Whether 19yy or 20yy has the day; they differ on 29 February of the year 00."""
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def differences(cf: CodiceFiscale, person: Person) -> tuple[Problem, ...]:
    """Where a code and what is said of a person do not fit together, each told apart.

    Not a proof of anything: the Agenzia keeps old names, first names only, and its own errors. What
    is not known of the person (no surname, no name, no day or month of birth) and a provisional
    code are not compared.
    """
    if cf.provisional:
        return ()
    return tuple(
        problem
        for problem in (
            _surname_differs(cf, person),
            _name_differs(cf, person),
            born_otherwise(cf, person.birth_date),
            _sex_differs(cf, person),
        )
        if problem is not None
    )


def born_otherwise(cf: CodiceFiscale, born: PartialDate) -> Problem | None:
    """Where a date of birth is not that of the code; None where it is, or a part is not known.

    The code has two digits of the year, so a date that is a century off agrees with it. Omocodia and
    the day of women, which is 40 more, are undone by `parse`.
    """
    known = (
        (born.year % 100, cf.birth_year),
        (born.month, cf.birth_month),
        (born.day, cf.birth_day),
    )
    if cf.provisional or all(said is None or said == encoded for said, encoded in known):
        return None
    return Problem("codice-fiscale.not-of-date")


def _surname_differs(cf: CodiceFiscale, person: Person) -> Problem | None:
    if person.surname is None or _encodes(_encode_surname, person.surname, cf.text[0:3]):
        return None
    return Problem("codice-fiscale.not-of-surname")


def _name_differs(cf: CodiceFiscale, person: Person) -> Problem | None:
    if person.name is None or _encodes(_encode_name, person.name, cf.text[3:6]):
        return None
    return Problem("codice-fiscale.not-of-name")


def _encodes(encode: Callable[[str], str], name: str, letters: str) -> bool:
    """Whether three letters encode the whole name, or its first word as some registers keep it."""
    first_word = name.split(" ", 1)[0]
    return letters in {encode(name), encode(first_word)}


def _sex_differs(cf: CodiceFiscale, person: Person) -> Problem | None:
    return None if person.sex is cf.sex else Problem("codice-fiscale.not-of-sex")


# python-codicefiscale is imported where it is first needed: it takes 70 ms, mostly for parts of it
# that are not used here, and a kiosk shows its first screen before.


def _check_character(code: str) -> str:
    """The check character over the first fifteen of a code in capital letters and digits."""
    from codicefiscale.codicefiscale import encode_cin  # noqa: PLC0415 - see above

    return str(encode_cin(code))


def _encode_surname(surname: str) -> str:
    from codicefiscale.codicefiscale import encode_lastname  # noqa: PLC0415 - see above

    return str(encode_lastname(surname))


def _encode_name(name: str) -> str:
    from codicefiscale.codicefiscale import encode_firstname  # noqa: PLC0415 - see above

    return str(encode_firstname(name))
