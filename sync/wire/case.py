"""The code on the summary by which any station of the office goes on with the case, offline.

It holds the registration as the station saw it when it printed, with the booking that the hub may
not know yet, encrypted under a key that the stations of one office share: to everybody else the
paper says nothing more than what is printed on it. No secret is in it. What is done with it is
judged by the hub as everything else.

As text: `SPORTELLO1:` and Base45 (RFC 9285) of the key's id, a nonce and AES-256-GCM over the
compressed plain form, whose keys are in a dictionary that both ends have. A code of up to
`MOST_CHARACTERS` can be read from paper by a camera; of a case that does not fit the notes are left
out, and they alone.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.model import registration_plain
from sync.model.errors import Problem
from sync.model.registration import Registration
from sync.wire import base45, canonical
from sync.wire.canonical import Malformed
from sync.wire.topics import is_station_name

FORMAT: Final = 1
PREFIX: Final = "SPORTELLO1:"
MOST_CHARACTERS: Final = 1000
"""Version 20 of a QR code with correction M holds 970 alphanumeric characters, version 21 1,010."""

KEY_BYTES: Final = 32

_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_MOST_PLAIN_BYTES: Final = 16 * 1024
_LEVEL: Final = 9
_WINDOW_BITS: Final = -13

# What most cases have in common, the most frequent last (RFC 1951 reads backwards). A change of it
# is another FORMAT.
_DICTIONARY: Final = canonical.encode(
    [
        "dichiarazione_sostitutiva modulo_delega passaporto patente_guida permesso_soggiorno",
        "torinofacile_light torinofacile rigenera_pin promozione reset revoca attivato respinto",
        {
            "delegation": {
                "delegate": {},
                "document": {},
                "email": None,
                "kind": "",
                "phone": None,
            },
            "abroad": True,
            "city": "",
            "nation": "Z1",
            "nation_text": "",
        },
        "@gmail.com @libero.it @example.org Comune di Torino Ministero dell'Interno Via Corso 10121",
        {
            "note": "",
            "number": "",
            "person": {
                "sex": "M",
                "name": "",
                "surname": "",
                "birth_date": "19",
                "codice_fiscale": "",
            },
            "data_at": 0x19AAAAAAAAA,
            "contacts": {"email": "", "mobile": "+393", "landline": None},
            "document": {
                "kind": "carta_identita",
                "issuer": "Comune di ",
                "number": "CA",
                "issued_on": "202",
            },
            "domicile": None,
            "language": "it",
            "username": "",
            "community": "sistemapiemonte",
            "residence": {
                "cap": "10",
                "abroad": False,
                "comune": "L219",
                "number": "",
                "street": "Via ",
                "care_of": None,
            },
            "credential": {
                "last": {
                    "kind": "riscontro_forte",
                    "office": "",
                    "status": "A",
                    "renewal": "",
                    "station": "",
                    "booked_at": 0x19AAAAAAAAA,
                    "delegation": None,
                    "renewed_at": 0,
                    "valid_until": "2027-0",
                    "operation_id": "",
                    "code_renewals": 0,
                },
                "state": "riscontrato",
                "strong": False,
                "has_pin": True,
                "checked_at": 0x19AAAAAAAAA,
                "checked_by": "",
                "promoted_at": None,
                "activated_at": None,
            },
            "other_note": "",
            "registered_at": 0x19AAAAAAAAA,
            "email_confirmed": False,
            "letters_printed": 0,
            "letter_printed_at": None,
        },
    ]
)


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """A case as it was read.

    Attributes:
        station: where the paper was printed.
        made_at: when, milliseconds since 1970 by that station's clock.
        abridged: the notes did not fit.
    """

    registration: Registration
    station: str
    made_at: int
    abridged: bool


@dataclass(frozen=True, slots=True)
class CaseTrouble:
    """Why a code is no case here.

    Attributes:
        code: `case.other-code` (not of this product), `case.other-office` (none of the keys),
            `case.malformed`.
    """

    code: str


def make_case(
    registration: Registration, *, office_key: bytes, station: str, made_at: int
) -> str | None:
    """The text of a case's code; None for one that does not fit even without notes.

    Args:
        registration: with the station's own booking applied.
        office_key: 32 bytes that the stations of one office share.
        station: where it is printed.
        made_at: milliseconds since 1970.
    """
    whole = _text(registration, office_key, station, made_at, abridged=False)
    if len(whole) <= MOST_CHARACTERS:
        return whole
    short = replace(registration, note="", other_note="")
    abridged = _text(short, office_key, station, made_at, abridged=True)
    return abridged if len(abridged) <= MOST_CHARACTERS else None


def read_case(text: str, office_keys: Iterable[bytes]) -> Case | CaseTrouble:
    """The case in a code's text.

    Args:
        text: as scanned.
        office_keys: the office's key, and older ones that papers may still have.
    """
    if not text.startswith(PREFIX):
        return CaseTrouble("case.other-code")
    if len(text) > MOST_CHARACTERS:
        return CaseTrouble("case.malformed")
    try:
        packed = base45.decode(text.removeprefix(PREFIX))
        opened = _opened(packed, office_keys)
        if opened is None:
            return CaseTrouble("case.other-office")
        return _case(canonical.decode(_inflated(opened), limit=_MOST_PLAIN_BYTES))
    except Malformed:
        return CaseTrouble("case.malformed")


def key_id(office_key: bytes) -> bytes:
    """Four bytes by which a code names its key."""
    return hashlib.sha256(b"sportello case 1 " + office_key).digest()[:_KEY_ID_BYTES]


def _text(
    registration: Registration, key: bytes, station: str, made_at: int, *, abridged: bool
) -> str:
    plain = [FORMAT, station, made_at, abridged, registration_plain.to_plain(registration)]
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, 9, 0, _DICTIONARY)
    packed = packer.compress(canonical.encode(plain)) + packer.flush()
    name, nonce = key_id(key), os.urandom(_NONCE_BYTES)
    return PREFIX + base45.encode(name + nonce + AESGCM(key).encrypt(nonce, packed, name))


def _opened(packed: bytes, office_keys: Iterable[bytes]) -> bytes | None:
    name = packed[:_KEY_ID_BYTES]
    nonce = packed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
    if len(nonce) != _NONCE_BYTES:
        raise Malformed("case.shape")
    for key in office_keys:
        if key_id(key) == name:
            try:
                return AESGCM(key).decrypt(nonce, packed[len(name) + len(nonce) :], name)
            except InvalidTag:
                raise Malformed("case.shape") from None
    return None


def _inflated(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(_WINDOW_BITS, _DICTIONARY)
    try:
        plain = unpacker.decompress(packed, _MOST_PLAIN_BYTES)
    except zlib.error:
        raise Malformed("case.shape") from None
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("case.shape")
    return plain


def _case(plain: Any) -> Case:
    form, station, made_at, abridged, value = canonical.items(plain, exactly=5)
    if type(form) is not int or form != FORMAT or not isinstance(abridged, bool):
        raise Malformed("case.shape")
    name = canonical.text(station, longest=32)
    registration = registration_plain.from_plain(value)
    if isinstance(registration, Problem) or not is_station_name(name):
        raise Malformed("case.shape")
    return Case(registration, name, canonical.natural(made_at), abridged)
