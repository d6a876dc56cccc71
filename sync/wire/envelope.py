"""An operation on its way: a header that anyone may read, a body that only the hub can read.

The envelope is a COSE_Sign1 by the station's key. Its protected header carries the header below
under one private label, as an array in the order of `Header`'s fields after the format version;
its payload is the body, compressed and sealed, bound to the hash of the protected header. Its hash
is taken over its exact bytes, signature included, and is what the next envelope's `prev` holds.

What a clerk does is signed by the clerk's card as well: over the header and the hash of the body.
Sixteen random bytes before such a body keep its hash, and so the signature that anyone may see,
from being compared with guesses at what the body says.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from sync.wire import canonical, cose, sealing
from sync.wire.canonical import Malformed
from sync.wire.hybrid_time import MOST_COUNTER, HybridTime
from sync.wire.operator_key import LONGEST_SIGNATURE, SHORTEST_SIGNATURE, OperatorKey
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Protection, Signer, VerifyingKey
from sync.wire.topics import is_station_name

FORMAT: Final = 2
"""What this program writes where a hybrid clock is kept; format 1, without it, is read as well."""
HASH_BYTES: Final = 32
MOST_ENVELOPE_BYTES: Final = sealing.MOST_PLAIN_BYTES + 4096
PURPOSE: Final = "application/sportello-operation+cose"
OPERATOR_PURPOSE: Final = "application/sportello-operator"
"""Stands first in what a card signs, so that the signature can pass for nothing else."""
SALT_BYTES: Final = 16
MOST_PARTS: Final = 16
MOST_PART_BYTES: Final = 8 << 20
"""Of one sealed part that travels apart."""

_HEADER: Final = -70001  # a private label, RFC 9052 3.1: below -65536
_HEADER_FIELDS: Final = {1: 13, 2: 15}
_MOST_VERSION: Final = 0xFFFF
_BOOT_ID_BYTES: Final = 16
_Choice = TypeVar("_Choice", bound=Enum)
_KIND: Final = re.compile(r"[a-z][a-z_]{0,39}")


class Priority(Enum):
    """How urgent an operation is; the order of a station's chain never changes for it."""

    URGENT = 0
    NORMAL = 1


class ClockQuality(Enum):
    """How far a station's clock may be believed."""

    SYNCHRONISED = "synchronised"
    UNSYNCHRONISED = "unsynchronised"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a station's clocks said; order never comes from it.

    Attributes:
        wall: milliseconds since 1970, UTC; may be wrong by years.
        monotonic: nanoseconds of a clock that only goes forward within one boot.
        boot_id: 16 bytes that name the boot.
    """

    wall: int
    monotonic: int
    boot_id: bytes
    quality: ClockQuality


@dataclass(frozen=True, slots=True)
class PartRef:
    """A part of the operation that is too big to travel with it: a scan, a picture.

    Attributes:
        digest: SHA-256 of the part as it is sealed.
        size: bytes of it as it is sealed.
        kind: what it is, `a-z` and `_`.
    """

    digest: bytes
    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class Operator:
    """The clerk who acted.

    Attributes:
        thumbprint: SHA-256 of the certificate in DER.
        signature: by the certificate's key, over what `operator_message` gives: RS256 (RFC 7518,
            3.3) as long as the modulus, or ES256 as r and s.
    """

    thumbprint: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The operator's card did not sign; `code` says why (`token.removed`)."""

    code: str


class OperatorSigner(Protocol):
    """The card of the operator who acts."""

    @property
    def thumbprint(self) -> bytes:
        """SHA-256 of its certificate in DER."""

    def sign(self, message: bytes) -> bytes | Unsigned:
        """The card's signature over SHA-256 of `message`; may take a second."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a station's chain.

    Attributes:
        seq: 1 for the first operation.
        prev: hash of the envelope before, `genesis(station)` for the first.
    """

    station: str
    seq: int
    prev: bytes


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on the outside about the operation inside.

    Attributes:
        hybrid: the station's hybrid logical clock; None where none is kept, and then there are no
            parts and the envelope is of format 1.
        parts: what travels apart; at most `MOST_PARTS`.
    """

    operation_id: UUID
    kind: str
    kind_version: int
    clock: ClockReading
    priority: Priority = Priority.NORMAL
    hybrid: HybridTime | None = None
    parts: tuple[PartRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What anyone may read; free of personal data.

    Attributes:
        station, seq, prev: see `Position`.
        operation_id ... clock, hybrid, parts: see `Label`.
        body_size: bytes of the body before compression, the salt of a signed one included.
        protection: what keeps the station's key from being copied.
        sealing_key_id: which of the hub's keys opens the body.
        operator: who acted, where a clerk did.
    """

    station: str
    seq: int
    prev: bytes
    operation_id: UUID
    kind: str
    kind_version: int
    priority: Priority
    clock: ClockReading
    body_size: int
    protection: Protection
    sealing_key_id: bytes
    operator: Operator | None
    hybrid: HybridTime | None = None
    parts: tuple[PartRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed envelope; only `verify` says whether its station made it.

    Attributes:
        hash: SHA-256 of `data`.
    """

    signed: cose.Signed
    hash: bytes
    header: Header

    @property
    def data(self) -> bytes:
        """The exact bytes, which are stored and sent and never encoded again."""
        return self.signed.data

    @property
    def key_id(self) -> bytes:
        """The signing key that the envelope names."""
        return self.signed.key_id

    @property
    def sealed(self) -> bytes:
        """The body as only the hub can read it."""
        return self.signed.payload

    @property
    def signature(self) -> bytes:
        """The station's, 64 bytes."""
        return self.signed.signature


def genesis(station: str) -> bytes:
    """What stands as `prev` in a station's first envelope.

    It differs from station to station, so that no chain can be passed off as another's.
    """
    return hashlib.sha256(b"sportello chain 1 " + station.encode()).digest()


def compose(
    position: Position, label: Label, body: object, *, signer: Signer, sealing_key: SealingKey
) -> Envelope:
    """The envelope of an operation, signed and sealed.

    `body` is what `canonical.encode` takes, up to `sealing.MOST_PLAIN_BYTES` encoded.

    Raises:
        ValueError: a field of the header is out of range, or the body is too large.
    """
    plain = canonical.encode(body)
    header = _header(position, label, len(plain), signer, sealing_key)
    return _sealed(header, plain, signer, sealing_key)


def compose_signed(
    position: Position,
    label: Label,
    body: object,
    *,
    signer: Signer,
    sealing_key: SealingKey,
    operator: OperatorSigner,
) -> Envelope | Unsigned:
    """As `compose`, signed by the operator's card too; or why the card did not sign.

    Raises:
        ValueError: as `compose`, or the card's signature is of no known length.
    """
    plain = os.urandom(SALT_BYTES) + canonical.encode(body)
    unsigned = _header(position, label, len(plain), signer, sealing_key)
    _check(unsigned)  # before anybody waits for a card
    signature = operator.sign(operator_message(unsigned, operator.thumbprint, plain))
    if isinstance(signature, Unsigned):
        return signature
    header = replace(unsigned, operator=Operator(operator.thumbprint, signature))
    return _sealed(header, plain, signer, sealing_key)


def operator_message(header: Header, thumbprint: bytes, plain: bytes) -> bytes:
    """What an operator's card signs: purpose, header, certificate, and the hash of the body.

    Args:
        header: of the envelope; its `operator` does not count.
        thumbprint: SHA-256 of the operator's certificate in DER.
        plain: the body as it is sealed, salt included.
    """
    fields = _header_to_plain(replace(header, operator=None))
    return canonical.encode([OPERATOR_PURPOSE, fields, thumbprint, hashlib.sha256(plain).digest()])


def _header(
    position: Position, label: Label, size: int, signer: Signer, sealing_key: SealingKey
) -> Header:
    return Header(
        station=position.station,
        seq=position.seq,
        prev=position.prev,
        operation_id=label.operation_id,
        kind=label.kind,
        kind_version=label.kind_version,
        priority=label.priority,
        clock=label.clock,
        body_size=size,
        protection=signer.protection,
        sealing_key_id=sealing_key.key_id,
        operator=None,
        hybrid=label.hybrid,
        parts=label.parts,
    )


def _sealed(header: Header, plain: bytes, signer: Signer, sealing_key: SealingKey) -> Envelope:
    _check(header)
    signed = cose.sign(
        PURPOSE,
        lambda protected: sealing.seal(plain, sealing_key, _info(protected)),
        signer,
        extra={_HEADER: _header_to_plain(header)},
    )
    return Envelope(signed, hashlib.sha256(signed.data).digest(), header)


def parse(data: bytes) -> Envelope:
    """`data` taken apart; nothing is verified.

    Raises:
        Malformed: `envelope.version` for a format that this program does not know, or a code of
            `cose.parse` or of `canonical`.
    """
    signed = cose.parse(data, PURPOSE, limit=MOST_ENVELOPE_BYTES)
    return Envelope(signed, hashlib.sha256(data).digest(), _header_of(signed.headers))


def read_protected(protected: bytes) -> tuple[Header, bytes]:
    """Header and key id of an envelope of which only the protected header is kept.

    Raises:
        Malformed: as `parse`.
    """
    headers = cose.read_protected(protected, PURPOSE)
    return _header_of(headers), headers[cose.KEY_ID]


def verify(envelope: Envelope, key: VerifyingKey) -> bool:
    """Whether `key` signed it. That `key` is the station's is the caller's to know."""
    return envelope.key_id == key.key_id and cose.verify(envelope.signed, key)


def open_body(envelope: Envelope, key: UnsealingKey) -> Any | None:
    """The body as plain values, or None where `key` does not open it or it is not as labelled."""
    plain = _plain(envelope, key)
    if plain is None:
        return None
    content = plain if envelope.header.operator is None else plain[SALT_BYTES:]
    try:
        return canonical.decode(content, limit=len(content))
    except Malformed:
        return None


def is_signed_by(envelope: Envelope, operator: OperatorKey, key: UnsealingKey) -> bool:
    """Whether this operator's card signed header and body.

    Args:
        envelope: as `parse` took it apart; that its station made it says `verify`.
        operator: the key of a certificate that is believed to be an operator's.
        key: opens the body.
    """
    claimed = envelope.header.operator
    if claimed is None or claimed.thumbprint != operator.thumbprint:
        return False
    plain = _plain(envelope, key)
    if plain is None:
        return False
    message = operator_message(envelope.header, claimed.thumbprint, plain)
    return operator.verify(message, claimed.signature)


def _plain(envelope: Envelope, key: UnsealingKey) -> bytes | None:
    """What was sealed, as long as the header says; or None."""
    size = envelope.header.body_size
    plain = sealing.unseal(envelope.sealed, key, _info(envelope.signed.protected), limit=size)
    return plain if plain is not None and len(plain) == size else None


def _header_of(headers: Mapping[Any, Any]) -> Header:
    """The header out of the labels of a protected header."""
    if _HEADER not in headers:
        raise Malformed("envelope.shape")
    header = _header_from_plain(headers[_HEADER])
    canonical.octets(headers[cose.KEY_ID], exactly=HASH_BYTES)
    return header


def _info(protected: bytes) -> bytes:
    return hashlib.sha256(protected).digest()


def _check(header: Header) -> None:
    """Refuses what `parse` would refuse: it would be on the disk for ever, and never taken."""
    clock, operator = header.clock, header.operator
    numbers = (header.seq, header.kind_version, header.body_size, clock.wall, clock.monotonic)
    if (
        header.seq < 1
        or min(numbers) < 0
        or max(numbers) > canonical.MOST_NATURAL
        or header.kind_version > _MOST_VERSION
        or header.body_size > sealing.MOST_PLAIN_BYTES
        or not is_station_name(header.station)
        or not _KIND.fullmatch(header.kind)
        or (len(header.prev), len(header.sealing_key_id)) != (HASH_BYTES, HASH_BYTES)
        or len(clock.boot_id) != _BOOT_ID_BYTES
        or not _can_be_read(header)
    ):
        raise ValueError("a field of the header is out of range")
    if operator is not None and (
        len(operator.thumbprint) != HASH_BYTES
        or not SHORTEST_SIGNATURE <= len(operator.signature) <= LONGEST_SIGNATURE
    ):
        raise ValueError("a field of the header is out of range")


def _can_be_read(header: Header) -> bool:
    """Whether hybrid time and parts are what `parse` takes."""
    hybrid, parts = header.hybrid, header.parts
    if hybrid is None:
        return not parts
    return (
        0 <= hybrid.ms <= canonical.MOST_NATURAL
        and 0 <= hybrid.counter <= MOST_COUNTER
        and len(parts) <= MOST_PARTS
        and all(
            len(part.digest) == HASH_BYTES
            and 0 < part.size <= MOST_PART_BYTES
            and _KIND.fullmatch(part.kind) is not None
            for part in parts
        )
        and len({part.digest for part in parts}) == len(parts)
    )


def _header_to_plain(header: Header) -> list[object]:
    clock = header.clock
    operator = header.operator
    plain: list[object] = [
        1 if header.hybrid is None else FORMAT,
        header.station,
        header.seq,
        header.prev,
        header.operation_id.bytes,
        header.kind,
        header.kind_version,
        header.priority.value,
        [clock.wall, clock.monotonic, clock.boot_id, clock.quality.value],
        header.body_size,
        header.protection.value,
        header.sealing_key_id,
        None if operator is None else [operator.thumbprint, operator.signature],
    ]
    if header.hybrid is not None:
        plain.append([header.hybrid.ms, header.hybrid.counter])
        plain.append([[part.digest, part.size, part.kind] for part in header.parts])
    return plain


def _header_from_plain(plain: object) -> Header:
    fields = canonical.items(plain)
    if not fields or type(fields[0]) is not int or fields[0] not in _HEADER_FIELDS:
        raise Malformed("envelope.version")
    if len(fields) != _HEADER_FIELDS[fields[0]]:
        raise Malformed("envelope.shape")
    station = canonical.text(fields[1], longest=32)
    kind = canonical.text(fields[5], longest=40)
    if not is_station_name(station) or not _KIND.fullmatch(kind):
        raise Malformed("envelope.shape")
    seq = canonical.natural(fields[2])
    if seq == 0:
        raise Malformed("envelope.shape")
    return Header(
        station=station,
        seq=seq,
        prev=canonical.octets(fields[3], exactly=HASH_BYTES),
        operation_id=UUID(bytes=canonical.octets(fields[4], exactly=16)),
        kind=kind,
        kind_version=canonical.natural(fields[6], most=_MOST_VERSION),
        priority=_one_of(_PRIORITIES, fields[7]),
        clock=_clock_from_plain(fields[8]),
        body_size=canonical.natural(fields[9], most=sealing.MOST_PLAIN_BYTES),
        protection=_one_of(_PROTECTIONS, fields[10]),
        sealing_key_id=canonical.octets(fields[11], exactly=HASH_BYTES),
        operator=_operator_from_plain(fields[12]),
        hybrid=_hybrid_from_plain(fields[13]) if fields[0] == FORMAT else None,
        parts=_parts_from_plain(fields[14]) if fields[0] == FORMAT else (),
    )


def _hybrid_from_plain(plain: object) -> HybridTime:
    ms, counter = canonical.items(plain, exactly=2)
    return HybridTime(canonical.natural(ms), canonical.natural(counter, most=MOST_COUNTER))


def _parts_from_plain(plain: object) -> tuple[PartRef, ...]:
    listed = canonical.items(plain)
    if len(listed) > MOST_PARTS:
        raise Malformed("envelope.shape")
    parts = tuple(_part_from_plain(item) for item in listed)
    if len({part.digest for part in parts}) != len(parts):
        raise Malformed("envelope.shape")
    return parts


def _part_from_plain(plain: object) -> PartRef:
    digest, size, kind = canonical.items(plain, exactly=3)
    named = canonical.text(kind, longest=40)
    if not _KIND.fullmatch(named) or canonical.natural(size, most=MOST_PART_BYTES) == 0:
        raise Malformed("envelope.shape")
    return PartRef(
        canonical.octets(digest, exactly=HASH_BYTES),
        canonical.natural(size, most=MOST_PART_BYTES),
        named,
    )


def _clock_from_plain(plain: object) -> ClockReading:
    wall, monotonic, boot_id, quality = canonical.items(plain, exactly=4)
    return ClockReading(
        canonical.natural(wall),
        canonical.natural(monotonic),
        canonical.octets(boot_id, exactly=_BOOT_ID_BYTES),
        _one_of(_QUALITIES, quality),
    )


def _operator_from_plain(plain: object) -> Operator | None:
    if plain is None:
        return None
    thumbprint, signature = canonical.items(plain, exactly=2)
    signed = canonical.octets(signature)
    if not SHORTEST_SIGNATURE <= len(signed) <= LONGEST_SIGNATURE:
        raise Malformed("envelope.shape")
    return Operator(canonical.octets(thumbprint, exactly=HASH_BYTES), signed)


def _one_of(choices: Mapping[tuple[type, object], _Choice], value: object) -> _Choice:
    try:
        found = choices.get((type(value), value))
    except TypeError:  # a list, say
        found = None
    if found is None:
        raise Malformed("envelope.shape")
    return found


def _by_value(choices: type[_Choice]) -> Mapping[tuple[type, object], _Choice]:
    # With its type: 1 == True, and each value has one encoding only.
    return {(type(choice.value), choice.value): choice for choice in choices}


_PRIORITIES: Final = _by_value(Priority)
_QUALITIES: Final = _by_value(ClockQuality)
_PROTECTIONS: Final = _by_value(Protection)
