"""The files of an identity document, written from a person's data (ICAO 9303-3, -5, -4 and -10)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tests.emulated.cards.document import TAGS
from tests.emulated.cards.emrtd_apdu import tlv
from tests.emulated.cards.holder import Holder


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person, as a document tells them.

    Attributes:
        surname: primary identifier, with its accents.
        name: secondary identifier, with its accents.
        birth_date: YYYYMMDD; an unknown part is `00`.
        sex: `M`, `F` or empty.
        codice_fiscale: of Italians and residents; empty otherwise.
        birth_place: DG11's text: `ROMA<RM`, and without `<` and province for those born abroad.
        address: DG11's text, its parts divided by `<`.
        nationality: three letters.
    """

    surname: str = "ROSSI"
    name: str = "MARIO"
    birth_date: str = "19800101"
    sex: str = "M"
    codice_fiscale: str = "RSSMRA80A01H501U"
    birth_place: str = "ROMA<RM"
    address: str = "VIA ROMA 1<TORINO<TO"
    nationality: str = "ITA"


def person_of(holder: Holder, birth_place: str = "ROMA<RM", residence: str = "TORINO<TO") -> Person:
    """The holder of a health card as the holder of an identity card."""
    day, month, year = holder.birth_date[:2], holder.birth_date[2:4], holder.birth_date[4:]
    return Person(
        holder.surname,
        holder.name,
        year + month + day,
        holder.sex,
        holder.codice_fiscale,
        birth_place,
        f"{holder.residence_address}<{residence}",
    )


MARIO = person_of(Holder())
BORN_ABROAD = Person(
    "TAHID", "SAID", "19950908", "M", "THDSDA95P08Z330H", "CASABLANCA",
    "CORSO GIULIO CESARE 200<TORINO<TO",
)  # fmt: skip
"""DG11's place of birth has no province, on which naive readers fail."""
LONG_NAMED = Person(
    "DELLA VALLE CASTELLANI", "MARIA GRAZIA ALESSANDRA", "19750512", "F", "DLLMGR75E52D612B",
    "FIRENZE<FI", "PIAZZA SAN GIOVANNI BATTISTA 12<FIRENZE<FI",
)  # fmt: skip
"""Names that fill the zone and are cut there."""
ACCENTED = Person(
    "D'ALÒ", "NICCOLÒ", "19901103", "M", "DLANCL90S03E506Q", "LECCE<LE", "VIA DELL'UNITÀ 3<LECCE<LE"
)
UMLAUTED = Person(
    "MÜLLER", "JÖRG", "19680721", "M", "MLLJRG68L21A952M", "BOLZANO<BZ", "DANTESTRASSE 7<BOZEN<BZ"
)

_SPELT_OUT = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "Æ": "AE", "Ø": "OE", "Å": "AA"}
"""ICAO 9303-3 table 6.A, as far as the people here need it; other accents fall away."""


def zone_letters(text: str) -> str:
    """A name in the letters of the zone."""
    spelt = "".join(_SPELT_OUT.get(letter, letter) for letter in text.upper())
    plain = unicodedata.normalize("NFD", spelt).replace("'", "").replace(" ", "<").replace("-", "<")
    return "".join(letter for letter in plain if letter == "<" or letter.isascii())


def check_digit(text: str) -> str:
    """ICAO 9303-3 clause 4.9."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)


@dataclass(frozen=True, slots=True)
class Zone:
    """A machine readable zone.

    Attributes:
        lines: as printed.
        information: what BAC and PACE make a password of (ICAO 9303-11 clause 4.3.2).
    """

    lines: tuple[str, ...]
    information: bytes


def _cut_names(person: Person, room: int) -> str:
    """Both identifiers in `room` characters, ICAO 9303-3 clause 4.6 (plainly cut at the end)."""
    names = zone_letters(person.surname) + "<<" + zone_letters(person.name)
    return names.ljust(room, "<")[:room]


def _day(date: str) -> str:
    """YYMMDD of the zone from YYYYMMDD; an unknown part is `<<`."""
    parts = date[2:4], date[4:6], date[6:8]
    return "".join("<<" if part == "00" and at else part for at, part in enumerate(parts))


def zone_of(
    person: Person, number: str, expires: str, *, kind: str = "TD1", code: str = "C", state: str
) -> Zone:
    """The zone of a card (TD1, TD2) or passport (TD3).

    Args:
        person: whose.
        number: document number; longer than nine characters it runs over into the optional data.
        expires: YYYYMMDD.
        kind: `TD1`, `TD2` or `TD3`.
        code: document code.
        state: issuing state.
    """
    short = number.ljust(9, "<")
    digit = check_digit(short)
    birth, expiry = _day(person.birth_date), _day(expires)
    birth, expiry = birth + check_digit(birth), expiry + check_digit(expiry)
    information = short + digit + birth + expiry
    over = ""
    if len(number) > 9:
        over = number[9:] + check_digit(number)
        short, digit = number[:9], "<"
        information = number + check_digit(number) + birth + expiry
    sex = person.sex or "<"
    head = code.ljust(2, "<") + state
    if kind == "TD1":
        first = head + short + digit + over.ljust(15, "<")
        second = birth + sex + expiry + person.nationality + "<" * 11
        second += check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29])
        lines: tuple[str, ...] = (first, second, _cut_names(person, 30))
    else:
        room = 36 if kind == "TD2" else 44
        optional = over.ljust(7 if kind == "TD2" else 14, "<")
        second = short + digit + person.nationality + birth + sex + expiry + optional
        if kind == "TD3":
            second += "<" if optional.strip("<") == "" else check_digit(optional)
        second += check_digit(second[:10] + second[13:20] + second[21:])
        lines = (head + _cut_names(person, room - 5), second)
    return Zone(lines, information.encode())


def mrz_file(zone: Zone) -> bytes:
    """EF.DG1."""
    return tlv(0x61, tlv(0x5F1F, "".join(zone.lines).encode()))


def _day_bytes(date: str, *, packed: bool) -> bytes:
    """A date as eight digits, or four bytes of two digits each as older documents have it."""
    return bytes.fromhex(date) if packed else date.encode()


def personal_details_file(person: Person, *, packed: bool = False) -> bytes:
    """EF.DG11: full name, personal number, birth, address, in UTF-8 (9303-10 clause 4.7.11)."""
    full = f"{person.surname}<<{person.name}".replace(" ", "<")
    values = {
        0x5F0E: full.encode(),
        0x5F10: person.codice_fiscale.encode(),
        0x5F2B: _day_bytes(person.birth_date, packed=packed),
        0x5F11: person.birth_place.encode(),
        0x5F42: person.address.encode(),
    }
    return _listed(0x6B, {tag: value for tag, value in values.items() if value})


def document_details_file(issued: str, authority: str, *, packed: bool = False) -> bytes:
    """EF.DG12: issuing authority and date of issue."""
    return _listed(0x6C, {0x5F19: authority.encode(), 0x5F26: _day_bytes(issued, packed=packed)})


def _listed(tag: int, values: dict[int, bytes]) -> bytes:
    """A file that begins with the list of its tags."""
    tags = b"".join(one.to_bytes((one.bit_length() + 7) // 8, "big") for one in values)
    inside = b"".join(tlv(one, value) for one, value in values.items())
    return tlv(tag, tlv(0x5C, tags) + inside)


def common_file(numbers: tuple[int, ...], version: str = "0107") -> bytes:
    """EF.COM: version of the LDS and of Unicode, tags of the data groups."""
    tags = bytes(TAGS[number] for number in numbers)
    inside = tlv(0x5F01, version.encode()) + tlv(0x5F36, b"040000") + tlv(0x5C, tags)
    return tlv(0x60, inside)
