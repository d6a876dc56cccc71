"""The personal data record of a TS-CNS: bytes of EF_DatiPersonali into a `HealthCardReading`.

Layout (CNS File System, EF 1102 of DF 1100; the same in OpenSC's itacns driver): six hexadecimal
digits with the number of bytes that follow them, then fields in a fixed order, each behind two
hexadecimal digits with its own length. Cards with fewer than sixteen fields exist, and what lies
behind the record is padding, or the rest of a longer record that was there before.

No input raises. A record is taken whole or not at all; only what its layout says nothing about
(is this a real date?) is left to whoever shows the reading, in `HealthCardReading.doubtful`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.readings import HealthCardReading

HEADER_SIZE: Final = 6
"""Bytes of the header."""
_LENGTH_DIGITS: Final = 2
_FIELDS: Final = (
    "issuer",
    "issued_on",
    "expires_on",
    "surname",
    "name",
    "birth_date_text",
    "sex",
    "height",
    "codice_fiscale",
    "citizenship",
    "birth_comune",
    "birth_state",
    "birth_certificate",
    "residence_comune",
    "residence_address",
    "expatriation_notes",
)
_NEEDED_FIELDS: Final = _FIELDS.index("codice_fiscale") + 1
_LONGEST_RECORD: Final = len(_FIELDS) * (_LENGTH_DIGITS + 0xFF)
_PADDING: Final = b"\x00\xff "
_BLANKS: Final = " \u00a0"
_HEXADECIMAL: Final = frozenset(b"0123456789ABCDEFabcdef")
_CODES: Final = frozenset(
    {"issuer", "sex", "codice_fiscale", "citizenship", "birth_comune", "residence_comune"}
)
_FORMS: Final = {
    "sex": re.compile(r"[MF]"),
    "codice_fiscale": re.compile(r"[A-Z0-9]{16}|[0-9]{11}"),
    "birth_comune": re.compile(r"[A-Z][0-9]{3}"),
    "residence_comune": re.compile(r"[A-Z][0-9]{3}"),
}
_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def record_size(data: bytes) -> int | DeviceTrouble | None:
    """How many bytes the record has, its header included.

    Returns:
        The size; None where `data` is too short to tell; trouble where the header is blank or
        damaged.
    """
    header = data[:HEADER_SIZE]
    if len(header) < HEADER_SIZE:
        return None
    if not header.strip(_PADDING):
        return _empty()
    announced = _hexadecimal(header)
    if announced is None or announced > _LONGEST_RECORD:
        return _damaged("card.record-header")
    if announced == 0:
        return _empty()
    return HEADER_SIZE + announced


def parse_record(data: bytes, card_id: str = "") -> HealthCardReading | DeviceTrouble:
    """The reading in `data`, which may go on behind the record.

    Returns:
        The reading, or trouble: `card.record-empty` (blank), `card.record-header` (its length is
        not a number or impossible), `card.record-truncated` (ends before its length),
        `card.record-field` (a field's length is not a number), `card.record-length` (a field goes
        over the end of the record), `card.record-characters` (a field holds something that no
        text holds), `card.record-incomplete` (no codice fiscale, or no name at all).
    """
    if not data.strip(_PADDING):
        return _empty()
    size = record_size(data)
    if isinstance(size, DeviceTrouble):
        return size
    if size is None or len(data) < size:
        return _damaged("card.record-truncated")
    fields = _split(data[HEADER_SIZE:size])
    if isinstance(fields, DeviceTrouble):
        return fields
    if len(fields) < _NEEDED_FIELDS:
        return _damaged("card.record-incomplete")
    fields += [b""] * (len(_FIELDS) - len(fields))
    texts: dict[str, str] = {}
    for name, field in zip(_FIELDS, fields, strict=False):
        text = decode_text(field)
        if text is None:
            return _damaged("card.record-characters", name)
        texts[name] = text.upper() if name in _CODES else text
    if not texts["codice_fiscale"] or not (texts["surname"] or texts["name"]):
        return _damaged("card.record-incomplete")
    return _reading(texts, card_id)


def decode_text(field: bytes) -> str | None:
    """The text in one field without its padding, in NFC; None where it cannot be text.

    The layout says ASCII; cards carry ISO 8859-1 for accents, and some UTF-8. Two bytes that are
    good UTF-8 are in ISO 8859-1 a capital with a sign or a control character behind it, which no
    name and no address has: so UTF-8 is tried first.
    """
    if not field.strip(_PADDING):
        return ""
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        text = field.decode("latin-1")
    text = unicodedata.normalize("NFC", text.strip(_BLANKS))
    if any(unicodedata.category(character) in _UNSHOWABLE for character in text):
        return None
    return text


def _split(body: bytes) -> list[bytes] | DeviceTrouble:
    """The fields of a record without its header; those behind the sixteenth are let go."""
    fields: list[bytes] = []
    position = 0
    while position < len(body):
        digits = body[position : position + _LENGTH_DIGITS]
        length = _hexadecimal(digits)
        if len(digits) < _LENGTH_DIGITS:
            return _damaged("card.record-length", _name_of(len(fields)))
        if length is None:
            return _damaged("card.record-field", _name_of(len(fields)))
        position += _LENGTH_DIGITS + length
        if position > len(body):
            return _damaged("card.record-length", _name_of(len(fields)))
        fields.append(body[position - length : position])
    return fields


def _reading(texts: dict[str, str], card_id: str) -> HealthCardReading:
    issued_on, expires_on = _date(texts["issued_on"]), _date(texts["expires_on"])
    doubtful = [name for name, form in _FORMS.items() if not _of_form(texts[name], form)]
    if issued_on is None and texts["issued_on"]:
        doubtful.append("issued_on")
    if expires_on is None and texts["expires_on"]:
        doubtful.append("expires_on")
    if not _is_partial_date(texts["birth_date_text"]):
        doubtful.append("birth_date_text")
    plain = {name: text for name, text in texts.items() if not name.endswith("_on")}
    return HealthCardReading(
        **plain,
        issued_on=issued_on,
        expires_on=expires_on,
        card_id=card_id,
        doubtful=tuple(sorted(doubtful)),
    )


def _of_form(text: str, form: re.Pattern[str]) -> bool:
    return not text or form.fullmatch(text) is not None


def _date(text: str) -> date | None:
    """DDMMYYYY as a date; None where it is not one."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None


def _is_partial_date(text: str) -> bool:
    """Whether this is empty, a date, or one whose day, or day and month, are `00`."""
    known = f"{'01' if text[:2] == '00' else text[:2]}{text[2:]}"
    if text[:4] == "0000":
        known = f"0101{text[4:]}"
    return not text or _date(known) is not None


def _hexadecimal(digits: bytes) -> int | None:
    """The number; int() alone would also take signs, blanks and underscores."""
    return int(digits, 16) if digits and _HEXADECIMAL.issuperset(digits) else None


def _name_of(index: int) -> str:
    return _FIELDS[index] if index < len(_FIELDS) else "further"


def _empty() -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.DAMAGED, "card.record-empty")


def _damaged(code: str, field: str = "") -> DeviceTrouble:
    """Trouble with the record; only the name of the field goes into the details."""
    return DeviceTrouble(TroubleKind.DAMAGED, code, (("field", field),) if field else ())
