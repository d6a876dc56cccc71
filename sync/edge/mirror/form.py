"""Registrations, acts and disputes as the mirror's rows hold them: canonical CBOR, compressed.

An act is kept without its digests and codes: what it does to a registration depends on none.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any, Final

from sync.model import changes_plain, counter_plain, registration_plain
from sync.model.counter import Booking, CodeRegeneration, CounterAct, CounterRegistration
from sync.model.errors import Problem
from sync.model.inquiry import Dispute
from sync.model.plain_reader import PlainReader
from sync.model.registration import Registration
from sync.wire import canonical
from sync.wire.canonical import Malformed

ACT_VERSION: Final = 1

_MOST_BYTES: Final = 256 * 1024
_LEVEL: Final = 1
_WINDOW_BITS: Final = -12
# What most registrations have in common, as it stands in them; a change of it is another schema.
_COMMON: Final = canonical.encode(
    {
        "number": "",
        "community": "sistemapiemonte",
        "language": "it",
        "registered_at": 0,
        "person": {
            "codice_fiscale": "",
            "surname": "",
            "name": "",
            "birth_date": {"year": 1970, "month": 1, "day": 1},
            "sex": "F",
        },
        "residence": {
            "kind": "italian",
            "street": "Via ",
            "number": "",
            "comune": "L219",
            "cap": "101",
            "care_of": None,
        },
        "domicile": None,
        "contacts": {"email": "@example.it", "landline": None, "mobile": "+393"},
        "document": {
            "kind": "carta_identita",
            "number": "CA",
            "issued_on": "2020-",
            "issuer": "Comune di ",
        },
        "credential": {
            "state": "riscontrato",
            "strong": False,
            "has_pin": True,
            "checked_at": None,
            "checked_by": "",
            "activated_at": None,
            "promoted_at": None,
            "last": {
                "operation_id": "",
                "kind": "riscontro_forte",
                "status": "A",
                "booked_at": 0,
                "office": "",
                "station": "",
                "valid_until": "2026-",
                "delegation": None,
                "code_renewals": 0,
                "renewal": "",
                "renewed_at": 0,
            },
        },
        "note": "",
        "other_note": "",
        "username": "",
        "email_confirmed": False,
        "letters_printed": 0,
        "letter_printed_at": None,
        "data_at": 0,
    }
)


class Unreadable(Exception):  # noqa: N818 - it is no error of the program
    """A row is not what was written: the mirror is damaged."""


def registration_to(registration: Registration) -> bytes:
    """A registration as a row holds it."""
    return _packed(registration_plain.to_plain(registration))


def registration_from(data: bytes) -> Registration:
    """The inverse of `registration_to`. Raises `Unreadable`."""
    found = registration_plain.from_plain(_unpacked(data))
    if isinstance(found, Problem):
        raise Unreadable
    return found


def act_to(act: CounterAct) -> tuple[str, int, bytes]:
    """Kind, version and content of an act, without its secrets."""
    if isinstance(act, CounterRegistration | Booking | CodeRegeneration):
        act = replace(act, secrets=replace(act.secrets, pin=None, code="", mailed_code=None))
    return counter_plain.kind_of(act), ACT_VERSION, _packed(counter_plain.to_plain(act))


def act_from(kind: str, version: int, data: bytes) -> CounterAct | None:
    """The inverse of `act_to`; None for what another program wrote. Raises `Unreadable`."""
    if version != ACT_VERSION:
        return None
    found = counter_plain.from_plain(kind, _unpacked(data))
    return None if isinstance(found, Problem) else found


def dispute_to(dispute: Dispute) -> bytes:
    """A dispute as a row holds it."""
    return _packed(changes_plain.from_dispute(dispute))


def dispute_from(data: bytes) -> Dispute:
    """The inverse of `dispute_to`. Raises `Unreadable`."""
    reader = PlainReader(_unpacked(data))
    found = changes_plain.to_dispute(reader)
    if reader.problem is not None:
        raise Unreadable
    return found


def _packed(plain: object) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, zdict=_COMMON)
    return packer.compress(canonical.encode(plain)) + packer.flush()


def _unpacked(data: bytes) -> Any:
    try:
        plain = zlib.decompressobj(_WINDOW_BITS, zdict=_COMMON).decompress(data, _MOST_BYTES)
        return canonical.decode(plain, limit=_MOST_BYTES)
    except (zlib.error, Malformed):
        raise Unreadable from None
