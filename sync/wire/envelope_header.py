"""The header of an envelope: what anyone may read of an operation on its way.

It is an array in the order of `Header`'s fields after the format version. Format 1 ends with the
operator; format 2 has the hybrid clock and the parts that travel apart after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar
from uuid import UUID

from sync.wire import canonical, sealing
from sync.wire.canonical import Malformed
from sync.wire.hybrid_time import MOST_COUNTER, HybridTime
from sync.wire.operator_key import LONGEST_SIGNATURE, SHORTEST_SIGNATURE
from sync.wire.signer import Protection
from sync.wire.topics import is_station_name

FORMAT: Final = 2
"""What this program writes where a hybrid clock is kept; format 1, without it, is read as well."""
HASH_BYTES: Final = 32
MOST_PARTS: Final = 16
MOST_PART_BYTES: Final = 8 << 20
"""Of one sealed part that travels apart."""

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


def check(header: Header) -> None:
    """Refuses what `from_plain` would refuse: it would be on the disk for ever, and never taken.

    Raises:
        ValueError: a field is out of range.
    """
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


def to_plain(header: Header) -> list[object]:
    """The header as `canonical.encode` takes it: its format, then the fields in their order."""
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


def from_plain(plain: object) -> Header:
    """The inverse of `to_plain`.

    Raises:
        Malformed: `envelope.version` for a format that this program does not know, otherwise
            `envelope.shape` or a code of `canonical`.
    """
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
