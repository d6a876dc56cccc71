"""What travels between a station and the hub on a removable medium: parcels out, answers back.

A parcel holds messages as they would go to the broker (`sync.wire.batch`). It is signed by the
station, then sealed to the hub, and padded: who finds the medium reads neither whose it is nor what
it holds, and of its size only the next multiple of `PAD_BYTES`. An answer holds what the hub
would have told: acknowledgements, each signed by itself, and signed lists that are newer than the
station's. It is encrypted under a key that only the parcel names.

What a parcel says beside its messages is believed for the station's signature. An old one that
comes again brings entries that the hub holds already, and asks what was answered before: it changes
nothing.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.wire import canonical, cose, list_versions
from sync.wire.batch import MOST_BATCH_BYTES
from sync.wire.canonical import Malformed
from sync.wire.sealing import OVERHEAD_BYTES, SealingKey, UnsealingKey
from sync.wire.signer import Signer, VerifyingKey
from sync.wire.topics import is_station_name

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-parcel+cose"
PAD_BYTES: Final = 64 * 1024
"""Parcels and answers are as long as a multiple of it."""
FULL_BYTES: Final = 3 * 1024 * 1024
"""A parcel with so much in it takes no further message."""
MOST_PARCEL_BYTES: Final = FULL_BYTES + MOST_BATCH_BYTES + 4 * PAD_BYTES
MOST_ANSWER_BYTES: Final = 96 * 1024 * 1024
ID_BYTES: Final = 16
KEY_BYTES: Final = 32
MOST_MESSAGES: Final = 4096
MOST_ACKNOWLEDGEMENTS: Final = 20_000

_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_WRAPPED_BYTES: Final = OVERHEAD_BYTES - _NONCE_BYTES - _TAG_BYTES
_PARCEL_INFO: Final = b"sportello parcel 1"
_ANSWER_INFO: Final = b"sportello answer 1 "
_MOST_LISTS: Final = 32
_LONGEST_NAME: Final = 32
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a station gives along.

    Attributes:
        parcel_id: 16 bytes by chance; names its file and that of its answer.
        station: whose it is.
        made_at: milliseconds since 1970 by the station's clock; says which of several is newest.
        known: up to where the station knows outcomes (`Batch.known`).
        lists: version of each signed list that the station wants, as it holds it; 0 for none.
        answer_key: 32 bytes, under which the answer comes.
        messages: as `batch.pack` makes them, in order of the chain; may be none.
    """

    parcel_id: bytes
    station: str
    made_at: int
    known: int
    lists: Mapping[str, int]
    answer_key: bytes = field(repr=False)
    messages: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SignedParcel:
    """A parcel that was opened; its signature has not been checked yet (`is_signed_by`)."""

    parcel: Parcel
    signed: cose.Signed = field(repr=False)

    def is_signed_by(self, key: VerifyingKey) -> bool:
        """Whether `key` signed it."""
        return cose.verify(self.signed, key)


@dataclass(frozen=True, slots=True)
class CarriedAnswer:
    """What the hub gives back.

    Attributes:
        station: for whom it is.
        acknowledgements: as `receipt.sign` makes them, in order of their time.
        lists: signed lists by name, as they were signed.
    """

    station: str
    acknowledgements: tuple[bytes, ...] = ()
    lists: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def new_id() -> bytes:
    """A name for a parcel."""
    return os.urandom(ID_BYTES)


def new_answer_key() -> bytes:
    """A key for an answer."""
    return os.urandom(KEY_BYTES)


def seal(parcel: Parcel, signer: Signer, hub: SealingKey) -> bytes:
    """The parcel's file.

    Args:
        parcel: what goes along.
        signer: the station's key.
        hub: whom it is sealed to.

    Raises:
        NotSignedError: the key did not sign.
        ValueError: more in it than a parcel takes.
    """
    payload = canonical.encode(
        [
            FORMAT,
            parcel.parcel_id,
            parcel.station,
            parcel.made_at,
            parcel.known,
            dict(parcel.lists),
            parcel.answer_key,
            list(parcel.messages),
        ]
    )
    signed = cose.sign(PURPOSE, payload, signer).data
    key, wrapped = hub.take_body_key()
    nonce = os.urandom(_NONCE_BYTES)
    front = wrapped + nonce  # not whom it is sealed to: the hub tries its keys
    plain = _padded(signed, len(front) + _TAG_BYTES)
    data = front + key.encrypt(nonce, plain, _PARCEL_INFO)
    if len(data) > MOST_PARCEL_BYTES:
        raise ValueError("more than a parcel takes")
    return data


def open_parcel(data: bytes, keys: Iterable[UnsealingKey]) -> SignedParcel:
    """What is in a parcel's file.

    Args:
        data: the file.
        keys: the hub's, each of which is tried.

    Raises:
        Malformed: `courier.size`, `courier.unreadable` (sealed to another hub or to a key that is
            destroyed, changed, or no parcel at all), or `courier.shape`.
    """
    if not OVERHEAD_BYTES < len(data) <= MOST_PARCEL_BYTES:
        raise Malformed("courier.size")
    plain = next((plain for key in keys if (plain := _opened(data, key)) is not None), None)
    if plain is None:
        raise Malformed("courier.unreadable")
    try:
        signed = cose.parse(_unpadded(plain), PURPOSE, limit=MOST_PARCEL_BYTES)
        payload = canonical.decode(signed.payload, limit=MOST_PARCEL_BYTES)
        return SignedParcel(_from_plain(payload), signed)
    except Malformed:
        raise Malformed("courier.shape") from None


def _opened(data: bytes, key: UnsealingKey) -> bytes | None:
    body_key = key.body_key(data[:_WRAPPED_BYTES])
    if body_key is None:
        return None
    rest = data[_WRAPPED_BYTES:]
    try:
        return body_key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _PARCEL_INFO)
    except InvalidTag:
        return None


def seal_answer(answer: CarriedAnswer, parcel_id: bytes, key: bytes) -> bytes:
    """The answer's file.

    Args:
        answer: what comes back.
        parcel_id: of the parcel that is answered; bound in.
        key: the parcel's `answer_key`.
    """
    plain = zlib.compress(
        canonical.encode(
            [FORMAT, answer.station, list(answer.acknowledgements), dict(answer.lists)]
        )
    )
    nonce = os.urandom(_NONCE_BYTES)
    padded = _padded(plain, _NONCE_BYTES + _TAG_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, padded, _ANSWER_INFO + parcel_id)


def open_answer(data: bytes, parcel_id: bytes, key: bytes) -> CarriedAnswer | None:
    """The inverse of `seal_answer`; None for another parcel's, or bytes that were changed."""
    if not _NONCE_BYTES + _TAG_BYTES < len(data) <= MOST_ANSWER_BYTES:
        return None
    try:
        padded = AESGCM(key).decrypt(
            data[:_NONCE_BYTES], data[_NONCE_BYTES:], _ANSWER_INFO + parcel_id
        )
        inflater = zlib.decompressobj()
        plain = inflater.decompress(_unpadded(padded), MOST_ANSWER_BYTES)
        if not inflater.eof:
            return None
        return _answer_from_plain(canonical.decode(plain, limit=MOST_ANSWER_BYTES))
    except (InvalidTag, zlib.error, Malformed):
        return None


def _from_plain(plain: object) -> Parcel:
    form, parcel_id, station, made_at, known, lists, key, messages = canonical.items(
        plain, exactly=8
    )
    if type(form) is not int or form != FORMAT:
        raise Malformed("courier.shape")
    found = Parcel(
        parcel_id=canonical.octets(parcel_id, exactly=ID_BYTES),
        station=canonical.text(station, longest=32),
        made_at=canonical.natural(made_at),
        known=canonical.natural(known),
        lists={name: canonical.natural(version) for name, version in _named(lists).items()},
        answer_key=canonical.octets(key, exactly=KEY_BYTES),
        messages=tuple(canonical.octets(one) for one in canonical.items(messages)),
    )
    if not is_station_name(found.station) or len(found.messages) > MOST_MESSAGES:
        raise Malformed("courier.shape")
    return found


def _answer_from_plain(plain: object) -> CarriedAnswer:
    form, station, acknowledgements, lists = canonical.items(plain, exactly=4)
    if type(form) is not int or form != FORMAT:
        raise Malformed("courier.shape")
    told = canonical.items(acknowledgements)
    if len(told) > MOST_ACKNOWLEDGEMENTS:
        raise Malformed("courier.shape")
    return CarriedAnswer(
        canonical.text(station, longest=32),
        tuple(canonical.octets(one) for one in told),
        {
            name: canonical.octets(data)
            for name, data in _named(lists).items()
            if name in list_versions.NAMES  # one that this program does not know yet
        },
    )


def _named(lists: object) -> dict[str, object]:
    if not isinstance(lists, dict) or len(lists) > _MOST_LISTS:
        raise Malformed("courier.shape")
    return {canonical.text(name, longest=_LONGEST_NAME): one for name, one in lists.items()}


def _padded(content: bytes, around: int) -> bytes:
    """`content` with its length before it, and zeros so that the whole file is a round size."""
    bare = _LENGTH_BYTES + len(content) + around
    return len(content).to_bytes(_LENGTH_BYTES) + content + bytes(-bare % PAD_BYTES)


def _unpadded(plain: bytes) -> bytes:
    length = int.from_bytes(plain[:_LENGTH_BYTES])
    content = plain[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if len(content) != length:
        raise Malformed("courier.shape")
    return content
