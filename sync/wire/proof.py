"""What the QR code of a receipt carries: a registration that can be proven without a network.

`SPT1:` and the Base45 (RFC 9285) of a COSE_Sign1 by the station's key, all of it in the
alphabet of a QR code's alphanumeric mode. Whoever has the station's certificate can check it.
The key id is left out of the header's usual 32 bytes to keep the code small: the station's name
says which certificate it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sync.model.errors import Problem
from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.cose import Signed
from sync.wire.envelope import HASH_BYTES
from sync.wire.signer import Signer, VerifyingKey
from sync.wire.topics import is_station_name

PREFIX: Final = "SPT1:"
PURPOSE: Final = "sportello-proof"
LONGEST_TEXT: Final = 600
KEY_ID_BYTES: Final = 8

_FORMAT: Final = 1
_NUMBER: Final = re.compile(r"[2-9A-HJKMNP-Z]{9}")
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}


@dataclass(frozen=True, slots=True)
class Proof:
    """A registration as its station vouched for it.

    Attributes:
        registration_number: canonical, 9 characters.
        recorded_at: milliseconds since 1970 by the station's clock.
        operation_hash: hash of the operation's envelope.
        signed: what `verify` checks.
    """

    registration_number: str
    recorded_at: int
    operation_hash: bytes
    station: str
    signed: Signed


def make_proof(
    *,
    registration_number: str,
    recorded_at: int,
    operation_hash: bytes,
    station: str,
    signer: Signer,
) -> str:
    """The text of the QR code, about 300 characters."""
    payload = canonical.encode([_FORMAT, registration_number, recorded_at, operation_hash, station])
    signed = cose.sign(PURPOSE, payload, signer, key_id=signer.key_id[:KEY_ID_BYTES])
    return PREFIX + base45(signed.data)


def read_proof(text: str) -> Proof | Problem:
    """What `text` carries; nothing is verified.

    Returns:
        A proof, or `proof.not-ours` (a QR code of something else) or `proof.damaged`.
    """
    if not text.startswith(PREFIX):
        return Problem("proof.not-ours")
    if len(text) > LONGEST_TEXT:
        return Problem("proof.damaged")
    try:
        signed = cose.parse(from_base45(text.removeprefix(PREFIX)), PURPOSE, limit=LONGEST_TEXT)
        return _from_plain(canonical.decode(signed.payload), signed)
    except Malformed:
        return Problem("proof.damaged")


def verify(proof: Proof, key: VerifyingKey) -> bool:
    """Whether `key` signed it. That `key` is the station's is the caller's to know."""
    return proof.signed.key_id == key.key_id[:KEY_ID_BYTES] and cose.verify(proof.signed, key)


def base45(data: bytes) -> str:
    """RFC 9285, 4: two bytes become three letters, a last single byte two."""
    letters: list[str] = []
    for first, second in zip(data[::2], data[1::2], strict=False):
        rest, low = divmod(first << 8 | second, 45)
        letters += (_ALPHABET[low], _ALPHABET[rest % 45], _ALPHABET[rest // 45])
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        letters += (_ALPHABET[low], _ALPHABET[high])
    return "".join(letters)


def from_base45(text: str) -> bytes:
    """The inverse of `base45`. Raises `Malformed("base45.malformed")`."""
    try:
        values = [_VALUES[letter] for letter in text]
    except KeyError:
        raise Malformed("base45.malformed") from None
    data = bytearray()
    for start in range(0, len(values), 3):
        group = values[start : start + 3]
        number = sum(value * 45**power for power, value in enumerate(group))
        size = len(group) - 1
        if size == 0 or number >= 1 << 8 * size:
            raise Malformed("base45.malformed")
        data += number.to_bytes(size)
    return bytes(data)


def _from_plain(plain: object, signed: Signed) -> Proof:
    form, number, recorded_at, operation_hash, station = canonical.items(plain, exactly=5)
    if form != _FORMAT:
        raise Malformed("proof.version")
    number = canonical.text(number, longest=9)
    station = canonical.text(station, longest=32)
    if not _NUMBER.fullmatch(number) or not is_station_name(station):
        raise Malformed("proof.shape")
    return Proof(
        number,
        canonical.natural(recorded_at),
        canonical.octets(operation_hash, exactly=HASH_BYTES),
        station,
        signed,
    )
