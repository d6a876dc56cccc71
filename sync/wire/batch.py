"""What travels from a station to the hub in one message: consecutive entries of its chain.

The rules that both ends keep:

- The hub takes a batch that begins at or before the entry after its head. Entries that it holds
  already with the same hash are duplicates; the outcome that it gave them is given again.
- The last item is always an envelope. An envelope's signature vouches for the envelopes before it, back
  to and with the first absent entry's hash; of several absent entries in a row only the last one's.
- What the hub decides about an entry may follow later than its storing. A batch says up to where
  the station knows outcomes, and the acknowledgement goes on from there.
- `Absent` stands for an entry that the station cannot send now, damaged or in quarantine. The
  chain goes on over its hash. The hub answers `receipt.Missing` for it, and takes the envelope
  itself when a later batch brings it, provided that it verifies and, where that hash is vouched for, has it.
- A batch without items asks where the hub stands; so does every batch, since the hub answers
  each with an acknowledgement. It says where the station's own chain ends: one that ends before what
  the hub holds, or otherwise, was put back to a copy or is one.

Bodies are compressed before they are sealed, and sealed bytes do not compress: neither does a
batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from sync.wire import canonical, envelope
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope

FORMAT: Final = 1
FORMAT_WITH_END: Final = 2
"""Of a batch without items that says where the chain ends."""
MOST_ITEMS: Final = 50
EXPIRY_SECONDS: Final = 120
"""A batch that the broker could not pass on for so long is gone; its station has sent it again."""
FULL_BYTES: Final = 64 * 1024
MOST_BATCH_BYTES: Final = envelope.MOST_ENVELOPE_BYTES + 4096

_Sent = TypeVar("_Sent", bound="Sendable")
_FRAME: Final = 8  # the outer arrays and the format


@dataclass(frozen=True, slots=True)
class Absent:
    """An entry of the chain of which only the hash is sent."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An envelope as its station stored it: sent as it is, without being taken apart again."""

    seq: int
    data: bytes


Item = Envelope | Absent
Sendable = Item | Stored


def seq_of(item: Sendable) -> int:
    """The item's place in its chain."""
    return item.header.seq if isinstance(item, Envelope) else item.seq


def leading(
    items: Iterable[_Sent], *, limit: int = FULL_BYTES, most: int = MOST_ITEMS
) -> tuple[_Sent, ...]:
    """As many of the first items as one message takes: at least one, whatever its size."""
    taken: list[_Sent] = []
    size = _FRAME
    for item in items:
        size += _size(item)
        if taken and (size > limit or len(taken) == most):
            break
        taken.append(item)
    return tuple(taken)


@dataclass(frozen=True, slots=True)
class Batch:
    """A message taken apart.

    Attributes:
        known: up to where the station knows outcomes.
        end: the last entry of the station's own chain, by its hash; None where it is not told.
    """

    known: int
    items: tuple[Item, ...]
    end: Absent | None = None


def pack(items: Sequence[Sendable], *, known: int = 0, end: Absent | None = None) -> bytes:
    """The message that carries `items`.

    Args:
        items: consecutive ones.
        known: up to where outcomes are known.
        end: the last entry of the chain, in a message without items.

    Raises:
        ValueError: too many, not consecutive, or both items and an end.
    """
    if len(items) > MOST_ITEMS or not _consecutive(items) or (items and end is not None):
        raise ValueError("not a batch")
    if end is not None:
        return canonical.encode([FORMAT_WITH_END, known, end.seq, end.hash])
    parts = [[item.seq, item.hash] if isinstance(item, Absent) else item.data for item in items]
    # One encoding for each batch: what is not known is not said.
    return canonical.encode([FORMAT, parts, known] if known else [FORMAT, parts])


def unpack(data: bytes) -> tuple[Item, ...]:
    """The items of a message; as `read`."""
    return read(data).items


def read(data: bytes) -> Batch:
    """The inverse of `pack`. No signature, station or hash has been checked.

    Raises:
        Malformed: `batch.version`, `batch.order` (not consecutive), `batch.size`, or a code of
            `envelope.parse` or `canonical`.
    """
    outer = canonical.items(canonical.decode(data, limit=MOST_BATCH_BYTES))
    if len(outer) == 4 and outer[0] == FORMAT_WITH_END:
        end = _parse([outer[2], outer[3]])
        return Batch(canonical.natural(outer[1]), (), end if isinstance(end, Absent) else None)
    if len(outer) not in {2, 3} or outer[0] != FORMAT:
        raise Malformed("batch.version")
    known = canonical.natural(outer[2]) if len(outer) == 3 else 0
    if len(outer) == 3 and known == 0:
        raise Malformed("batch.version")
    parts = canonical.items(outer[1])
    if len(parts) > MOST_ITEMS:
        raise Malformed("batch.size")
    found = tuple(_parse(part) for part in parts)
    if not _consecutive(found):
        raise Malformed("batch.order")
    return Batch(known, found)


def _parse(part: object) -> Item:
    if isinstance(part, bytes):
        return envelope.parse(part)
    seq, digest = canonical.items(part, exactly=2)
    seq = canonical.natural(seq)
    if seq == 0:
        raise Malformed("cbor.shape")
    return Absent(seq, canonical.octets(digest, exactly=envelope.HASH_BYTES))


def _consecutive(items: Sequence[Sendable]) -> bool:
    return all(seq_of(after) == seq_of(before) + 1 for before, after in pairwise(items))


def _size(item: Sendable) -> int:
    return 48 if isinstance(item, Absent) else len(item.data) + 5
