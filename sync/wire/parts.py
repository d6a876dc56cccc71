"""Parts that travel apart from their operation: a copy of a document, a signed page.

The operation's header names each part by the hash of its sealed bytes, so the registry knows at once
that it exists, and the part follows when there is room: in pieces, each answered by the hub with how
far it holds the part, so that what was cut short goes on from there. A piece is not signed: what has
another hash than the header names is thrown away. The hub's answer is signed, since a station gives
its own copy up for it.

A part is sealed to the hub as a body is, bound to its station, its operation and what it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sync.wire import canonical, cose, sealing
from sync.wire.canonical import Malformed
from sync.wire.envelope import HASH_BYTES, MOST_PART_BYTES, PartRef
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Signer
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-part+cose"
PIECE_BYTES: Final = 48 * 1024
MOST_MESSAGE_BYTES: Final = PIECE_BYTES + 256
MOST_ANSWER_BYTES: Final = 2 * 1024

MOST_PLAIN_BYTES: Final = MOST_PART_BYTES - sealing.OVERHEAD_BYTES - 4096
"""Of a part before it is sealed; what does not compress may grow a little."""

UNKNOWN: Final = "part.unknown"
"""No entry that the hub holds names the part, yet."""
DAMAGED: Final = "part.damaged"
"""What came has another hash; it is to be sent from the beginning."""

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was made.

    Attributes:
        kind: what it is, `a-z` and `_`.
        data: at most `MOST_PLAIN_BYTES`.
    """

    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part that only the hub can read, and how a header names it."""

    ref: PartRef
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sealed part; an empty one asks how far the hub holds it.

    Attributes:
        digest: which part.
        offset: where in it.
    """

    digest: bytes
    offset: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What the hub says of a part.

    Attributes:
        held: so many bytes are held, from the first on; all of them where it is complete.
        is_complete: it is here, and is what the header names.
        is_secured: a backup elsewhere holds it: the station may destroy its own copy.
        trouble: `part.unknown`, `part.damaged`, a code of the station's standing, or None.
    """

    station: str
    digest: bytes
    held: int
    is_complete: bool
    is_secured: bool
    trouble: str | None = None


def seal(part: Part, station: str, operation_id: UUID, key: SealingKey) -> SealedPart:
    """A part as it travels.

    Raises:
        ValueError: it is empty or too large.
    """
    if not 0 < len(part.data) <= MOST_PLAIN_BYTES:
        raise ValueError("a part is empty or too large")
    data = sealing.seal(part.data, key, _info(station, operation_id, part.kind))
    return SealedPart(PartRef(hashlib.sha256(data).digest(), len(data), part.kind), data)


def unseal(
    data: bytes, kind: str, station: str, operation_id: UUID, key: UnsealingKey
) -> bytes | None:
    """The inverse of `seal`, or None."""
    info = _info(station, operation_id, kind)
    return sealing.unseal(data, key, info, limit=MOST_PLAIN_BYTES)


def pack(piece: Piece) -> bytes:
    """A piece as it travels."""
    return canonical.encode([FORMAT, piece.digest, piece.offset, piece.data])


def read(message: bytes) -> Piece:
    """The inverse of `pack`. Raises `Malformed`."""
    plain = canonical.decode(message, limit=MOST_MESSAGE_BYTES)
    form, digest, offset, data = canonical.items(plain, exactly=4)
    if type(form) is not int or form != FORMAT:
        raise Malformed("part.version")
    piece = Piece(
        canonical.octets(digest, exactly=HASH_BYTES),
        canonical.natural(offset, most=MOST_PART_BYTES),
        canonical.octets(data),
    )
    if len(piece.data) > PIECE_BYTES:
        raise Malformed("part.shape")
    return piece


def sign(answer: PartAnswer, hub: Signer) -> bytes:
    """The answer as signed by the hub."""
    plain = [
        FORMAT,
        answer.station,
        answer.digest,
        answer.held,
        answer.is_complete,
        answer.is_secured,
        answer.trouble,
    ]
    return cose.sign(PURPOSE, canonical.encode(plain), hub).data


def verify(data: bytes, trust: HubTrust) -> PartAnswer | None:
    """The answer in `data`; None where it is malformed or no trusted hub signed it."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_ANSWER_BYTES)
        key = trust.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return None
        return _answer_from_plain(canonical.decode(signed.payload))
    except Malformed:
        return None


def _answer_from_plain(plain: object) -> PartAnswer:
    form, station, digest, held, complete, secured, trouble = canonical.items(plain, exactly=7)
    if type(form) is not int or form != FORMAT:
        raise Malformed("part.version")
    if type(complete) is not bool or type(secured) is not bool:
        raise Malformed("part.shape")
    answer = PartAnswer(
        canonical.text(station, longest=32),
        canonical.octets(digest, exactly=HASH_BYTES),
        canonical.natural(held, most=MOST_PART_BYTES),
        complete,
        secured,
        None if trouble is None else canonical.text(trouble, longest=64),
    )
    if not is_station_name(answer.station) or (secured and not complete):
        raise Malformed("part.shape")
    if answer.trouble is not None and not _CODE.fullmatch(answer.trouble):
        raise Malformed("part.shape")
    return answer


def _info(station: str, operation_id: UUID, kind: str) -> bytes:
    said = b"sportello part 1 %s %s %s" % (station.encode(), operation_id.bytes, kind.encode())
    return hashlib.sha256(said).digest()
