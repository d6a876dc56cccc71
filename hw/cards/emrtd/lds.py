"""The Logical Data Structure of an eMRTD: which files there are, and what the simple ones say.

Source: ICAO 9303-10 (eighth edition), clauses 4.6 and 4.7. A file's content is read whole, from its
own tag to its own end; anything else in it is `Malformed`. Of EF.DG11 and EF.DG12 only what the
service needs is taken: telephone, profession, custody and the like never leave their file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from hw.apdu import tlv
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import mrz

_ZONE: Final = 0x5F1F
_LDS_VERSION: Final = 0x5F01
_UNICODE_VERSION: Final = 0x5F36
_TAG_LIST: Final = 0x5C
_FULL_NAME: Final = 0x5F0E
_PERSONAL_NUMBER: Final = 0x5F10
_BIRTH_PLACE: Final = 0x5F11
_BIRTH_DATE: Final = 0x5F2B
_ADDRESS: Final = 0x5F42
_ISSUING_AUTHORITY: Final = 0x5F19
_ISSUE_DATE: Final = 0x5F26
_FILLER: Final = "<"
_DIGITS: Final = re.compile(r"[0-9]{8}")
_PACKED_DATE_SIZE: Final = 4
_LONGEST_TEXT: Final = 1024
_MOST_LINES: Final = 16
_MOST_FILES: Final = 32


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """One file of the LDS.

    Attributes:
        name: as the standard calls it.
        identifier: two-byte file identifier.
        short: short EF identifier, for READ BINARY without a SELECT before it.
        tag: tag of the data object that is its content.
        longest: bytes beyond which a content is not believed and not read.
    """

    name: str
    identifier: int
    short: int
    tag: int
    longest: int


_DATA_GROUP_TAGS: Final = (
    *(0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68),
    *(0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70),
)
_LONGEST: Final = {1: 512, 2: 256 * 1024, 11: 8192, 12: 8192, 14: 8192, 15: 4096}

CARD_ACCESS: Final = ElementaryFile("EF.CardAccess", 0x011C, 0x1C, 0x31, 4096)
"""In the master file: what PACE the chip can do. Free to read."""
CARD_SECURITY: Final = ElementaryFile("EF.CardSecurity", 0x011D, 0x1D, 0x30, 16384)
"""In the master file: the same and more, signed. Readable after PACE."""
COMMON: Final = ElementaryFile("EF.COM", 0x011E, 0x1E, 0x60, 512)
SECURITY_OBJECT: Final = ElementaryFile("EF.SOD", 0x011D, 0x1D, 0x77, 32768)


def data_group(number: int) -> ElementaryFile:
    """The file of data group 1 to 16.

    Raises:
        ValueError: another number. That is a bug of the caller.
    """
    if not 1 <= number <= len(_DATA_GROUP_TAGS):
        raise ValueError("no such data group")
    longest = _LONGEST.get(number, 65536)
    tag = _DATA_GROUP_TAGS[number - 1]
    return ElementaryFile(f"EF.DG{number}", 0x0100 + number, number, tag, longest)


@dataclass(frozen=True, slots=True)
class CommonData:
    """EF.COM: what the chip says it holds. Not signed: the SOD decides.

    Attributes:
        lds_version: four digits, `0107`; empty where it does not say.
        unicode_version: six digits, `040000`; empty where it does not say.
        data_groups: numbers of the data groups that are there, rising.
    """

    lds_version: str
    unicode_version: str
    data_groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PersonalDetails:
    """EF.DG11: what the zone has no room for. A text that is not there is empty.

    Attributes:
        surname: primary identifier, in full and as written.
        name: secondary identifier.
        personal_number: in Italy the codice fiscale.
        birth_date: YYYYMMDD; unknown parts are `00`.
        birth_place: parts of the place of birth, such as comune and province.
        address: lines of the permanent address.
    """

    surname: str = ""
    name: str = ""
    personal_number: str = ""
    birth_date: str = ""
    birth_place: tuple[str, ...] = ()
    address: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "PersonalDetails(...)"


@dataclass(frozen=True, slots=True, repr=False)
class DocumentDetails:
    """EF.DG12: who issued the document, and when.

    Attributes:
        issuing_authority: empty where it does not say.
        issue_date: YYYYMMDD, empty where it does not say.
    """

    issuing_authority: str = ""
    issue_date: str = ""

    def __repr__(self) -> str:
        return "DocumentDetails(...)"


def parse_common(data: bytes) -> CommonData:
    """EF.COM (clause 4.6.1). A tag in its list that is no data group's is let go.

    Raises:
        Malformed: it has no such form, or no list.
    """
    found = _elements(tlv.only(data, COMMON.tag))
    tags = found.get(_TAG_LIST)
    if tags is None or len(tags) > _MOST_FILES:
        raise Malformed("common-tag-list")
    groups = {_DATA_GROUP_TAGS.index(tag) + 1 for tag in tags if tag in _DATA_GROUP_TAGS}
    return CommonData(
        lds_version=_version(found.get(_LDS_VERSION, b"")),
        unicode_version=_version(found.get(_UNICODE_VERSION, b"")),
        data_groups=tuple(sorted(groups)),
    )


def parse_dg1(data: bytes) -> mrz.Zone:
    """EF.DG1 (clause 4.7.1): the machine readable zone.

    Raises:
        Malformed: it has no such form.
    """
    zone = _elements(tlv.only(data, data_group(1).tag)).get(_ZONE)
    if zone is None:
        raise Malformed("dg1-no-zone")
    try:
        return mrz.parse(zone.decode("ascii"))
    except UnicodeDecodeError:
        raise Malformed("mrz-character") from None


def parse_dg11(data: bytes) -> PersonalDetails:
    """EF.DG11 (clause 4.7.11).

    Raises:
        Malformed: it has no such form, or a date in it has none.
    """
    found = _elements(tlv.only(data, data_group(11).tag))
    name = _text(found.get(_FULL_NAME, b""))
    primary, _, secondary = name.partition(_FILLER * 2)
    return PersonalDetails(
        surname=_plain(primary),
        name=_plain(secondary),
        personal_number=_plain(_text(found.get(_PERSONAL_NUMBER, b""))),
        birth_date=_date(found.get(_BIRTH_DATE, b"")),
        birth_place=_parts(found.get(_BIRTH_PLACE, b"")),
        address=_parts(found.get(_ADDRESS, b"")),
    )


def parse_dg12(data: bytes) -> DocumentDetails:
    """EF.DG12 (clause 4.7.12).

    Raises:
        Malformed: it has no such form, or a date in it has none.
    """
    found = _elements(tlv.only(data, data_group(12).tag))
    return DocumentDetails(
        issuing_authority=" ".join(_parts(found.get(_ISSUING_AUTHORITY, b""))),
        issue_date=_date(found.get(_ISSUE_DATE, b"")),
    )


def _elements(value: bytes) -> dict[int, bytes]:
    """Data objects by tag; of one tag that comes twice the first, as every reader has it."""
    found: dict[int, bytes] = {}
    for element in tlv.read_all(value):
        found.setdefault(element.tag, element.value)
    return found


def _version(value: bytes) -> str:
    """Digits of a version; anything else is nothing."""
    digits = value[:6]
    return digits.decode("ascii") if digits.isdigit() and len(value) <= len(digits) else ""


def _text(value: bytes) -> str:
    """UTF-8 where it is valid as such, else ISO 8859-1, without control and format characters.

    Raises:
        Malformed: longer than any name, place or address.
    """
    if len(value) > _LONGEST_TEXT:
        raise Malformed("text-too-long")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        character if unicodedata.category(character)[0] not in "CZ" else " "
        for character in composed
    )


def _plain(text: str) -> str:
    """Fillers are blanks here, and blanks are single."""
    return " ".join(text.replace(_FILLER, " ").split())


def _parts(value: bytes) -> tuple[str, ...]:
    """The parts that fillers separate, without empty ones."""
    parts = (" ".join(part.split()) for part in _text(value).split(_FILLER))
    found = tuple(part for part in parts if part)
    if len(found) > _MOST_LINES:
        raise Malformed("text-too-many-parts")
    return found


def _date(value: bytes) -> str:
    """YYYYMMDD from eight digits, or from four bytes with two digits each, as older chips have it.

    Raises:
        Malformed: neither, and not empty.
    """
    if not value:
        return ""
    written = value.hex() if len(value) == _PACKED_DATE_SIZE else value.decode("ascii", "replace")
    digits = written.replace(_FILLER, "0")
    if _DIGITS.fullmatch(digits) is None:
        raise Malformed("date-form")
    return digits
