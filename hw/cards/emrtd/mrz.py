"""The machine readable zone of travel documents in its three sizes, ICAO 9303-4, -5 and -6.

A zone out of a chip is signed, so a wrong check digit in it is told and not refused; a zone that a
person typed in is for the caller to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hw.apdu.tlv import Malformed
from hw.document_readings import MrzKey

_FILLER: Final = "<"
_WEIGHTS: Final = (7, 3, 1)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ZONE: Final = re.compile(r"[0-9A-Z<]+")
_DATE: Final = re.compile(r"[0-9<]{6}")
_NUMBER_SIZE: Final = 9


class ZoneForm(Enum):
    """Size of the document; the value is the number of characters in the zone."""

    TD1 = 90
    """Cards: three lines of 30 (ICAO 9303-5)."""
    TD2 = 72
    """Two lines of 36 (ICAO 9303-6)."""
    TD3 = 88
    """Passport booklets: two lines of 44 (ICAO 9303-4)."""


@dataclass(frozen=True, slots=True, repr=False)
class Zone:
    """What a machine readable zone says, without fillers. The representation hides it all.

    Attributes:
        form: size of the document.
        document_code: `C`, `I`, `P`, `AC`, ...
        issuing_state: three letters, `ITA`, or fewer (`D`).
        document_number: in full, also where it is longer than its nine places.
        birth_date: YYMMDD; an unknown part is `<<`.
        sex: `M`, `F`, or empty.
        expiry_date: YYMMDD; an unknown part is `<<`.
        nationality: three letters, or fewer.
        primary: primary identifier (the surname), components separated by one blank.
        secondary: secondary identifier (the given names), empty where there is none.
        names_cut: the names fill their places to the end, or leave one filler there (cut where a
            word ends), so they may be cut.
        optional: the optional data elements, without the rest of a long document number.
        wrong_digits: check digits that are wrong: `document-number`, `birth-date`, `expiry-date`,
            `optional`, `composite`.
    """

    form: ZoneForm
    document_code: str
    issuing_state: str
    document_number: str
    birth_date: str
    sex: str
    expiry_date: str
    nationality: str
    primary: str
    secondary: str
    names_cut: bool
    optional: tuple[str, ...]
    wrong_digits: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Zone({self.form.name})"

    @property
    def key(self) -> MrzKey:
        """What opens the chip of this document (ICAO 9303-11 clause 4.3.2)."""
        return MrzKey(self.document_number, self.birth_date, self.expiry_date)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a form has its fields, as slices of the zone written in one line."""

    number: int
    birth: int
    sex: int
    expiry: int
    nationality: int
    names: slice
    number_rest: slice
    optional: tuple[slice, ...]
    optional_digit: int | None
    composite: tuple[slice, ...]
    composite_digit: int


_PLACES: Final = {
    ZoneForm.TD1: _Places(
        number=5,
        birth=30,
        sex=37,
        expiry=38,
        nationality=45,
        names=slice(60, 90),
        number_rest=slice(15, 30),
        optional=(slice(15, 30), slice(48, 59)),
        optional_digit=None,
        composite=(slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)),
        composite_digit=59,
    ),
    ZoneForm.TD2: _Places(
        number=36,
        birth=49,
        sex=56,
        expiry=57,
        nationality=46,
        names=slice(5, 36),
        number_rest=slice(64, 71),
        optional=(slice(64, 71),),
        optional_digit=None,
        composite=(slice(36, 46), slice(49, 56), slice(57, 71)),
        composite_digit=71,
    ),
    ZoneForm.TD3: _Places(
        number=44,
        birth=57,
        sex=64,
        expiry=65,
        nationality=54,
        names=slice(5, 44),
        number_rest=slice(0, 0),  # a booklet's number has its nine places and no more
        optional=(slice(72, 86),),
        optional_digit=86,
        composite=(slice(44, 54), slice(57, 64), slice(65, 87)),
        composite_digit=87,
    ),
}


def check_digit(text: str) -> str:
    """The check digit over `text` (ICAO 9303-3 clause 4.9): weights 7, 3, 1, modulo 10.

    Raises:
        ValueError: a character that no zone has. That is a bug of the caller.
    """
    total = 0
    for place, character in enumerate(text):
        value = 0 if character == _FILLER else _ALPHABET.index(character)
        total += value * _WEIGHTS[place % len(_WEIGHTS)]
    return str(total % 10)


def parse(text: str) -> Zone:
    """Read a zone, its lines one after the other; line breaks between them are let go.

    Raises:
        Malformed: `mrz-size`, `mrz-character`, `mrz-date` or `mrz-names`.
    """
    zone = text.replace("\r", "").replace("\n", "")
    try:
        form = ZoneForm(len(zone))
    except ValueError:
        raise Malformed("mrz-size") from None
    if _ZONE.fullmatch(zone) is None:
        raise Malformed("mrz-character")
    at = _PLACES[form]
    birth, expiry = zone[at.birth : at.birth + 6], zone[at.expiry : at.expiry + 6]
    if _DATE.fullmatch(birth) is None or _DATE.fullmatch(expiry) is None:
        raise Malformed("mrz-date")
    primary, _, secondary = zone[at.names].partition(_FILLER * 2)
    if not primary.strip(_FILLER):
        raise Malformed("mrz-names")
    number, rest, digit = _document_number(zone, at)
    return Zone(
        form=form,
        document_code=_text(zone[0:2]),
        issuing_state=_text(zone[2:5]),
        document_number=number,
        birth_date=birth,
        sex=_text(zone[at.sex]),
        expiry_date=expiry,
        nationality=_text(zone[at.nationality : at.nationality + 3]),
        primary=_text(primary),
        secondary=_text(secondary),
        names_cut=_may_be_cut(zone[at.names]),
        optional=tuple(
            _text(zone[place].removeprefix(rest) if place == at.number_rest else zone[place])
            for place in at.optional
        ),
        wrong_digits=_wrong_digits(zone, at, number, digit),
    )


def _may_be_cut(names: str) -> bool:
    """Whether the field leaves no room for another letter.

    One filler divides two words; two the surname from given names of which nothing is left.
    """
    fillers = len(names) - len(names.rstrip(_FILLER))
    given = _FILLER * 2 in names.rstrip(_FILLER)
    return fillers <= (1 if given else 2)


def _document_number(zone: str, at: _Places) -> tuple[str, str, str]:
    """The number in full, what of it lies in the optional data, and its check digit.

    A number of more than nine characters has a filler in place of its check digit, and its rest
    before the check digit at the start of the optional data (ICAO 9303-5 clause 4.2.2, note j).
    """
    principal = zone[at.number : at.number + _NUMBER_SIZE]
    digit = zone[at.number + _NUMBER_SIZE]
    overflow = zone[at.number_rest].partition(_FILLER)[0]
    if digit == _FILLER and _FILLER not in principal and len(overflow) > 1:
        return principal + overflow[:-1], overflow, overflow[-1]
    return principal.rstrip(_FILLER), "", digit


def _wrong_digits(zone: str, at: _Places, number: str, number_digit: str) -> tuple[str, ...]:
    """Names of the check digits that do not fit what they stand for."""
    optional = zone[at.optional[0]]
    checks = [
        # Fillers weigh nothing, so a number without its own has the same digit.
        ("document-number", number, number_digit),
        ("birth-date", zone[at.birth : at.birth + 6], zone[at.birth + 6]),
        ("expiry-date", zone[at.expiry : at.expiry + 6], zone[at.expiry + 6]),
    ]
    if at.optional_digit is not None:
        digit = zone[at.optional_digit]
        # Where the field is empty its digit may be a filler (ICAO 9303-4 clause 4.2.2, note i).
        empty = digit == _FILLER and not optional.strip(_FILLER)
        checks.append(("optional", optional, "0" if empty else digit))
    composite = "".join(zone[part] for part in at.composite)
    checks.append(("composite", composite, zone[at.composite_digit]))
    return tuple(name for name, over, digit in checks if check_digit(over) != digit)


def _text(field: str) -> str:
    """A field without fillers; those between two components become one blank."""
    return " ".join(part for part in field.split(_FILLER) if part)
