"""The difference between two versions of a signed list, so that a long list need not travel whole.

A list is cut where its own entries begin and end (`lines`), so an entry that came, went or changed
moves no other cut. The hub needs the digests of the old lines, never the old lines: it keeps nothing of
somebody who left the list. A delta names the hash of what must come out, and what comes out is the
list as the hub signed it: it is believed for that signature, like one that came whole.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Final

from sync.wire import canonical
from sync.wire.canonical import Malformed

FORMAT: Final = 1
DIGEST_BYTES: Final = 16
"""Of a line: two of one list never have the same by chance, and a wrong one shows in the whole's hash."""

MOST_STEPS: Final = 50_000
_HASH_BYTES: Final = 32
_FEW: Final = 8
_DEEPEST: Final = 3
_ARRAY: Final = 4
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}


def lines(data: bytes) -> tuple[bytes, ...]:
    """A signed list as its pieces; joined they are `data` again.

    Every member of the list's arrays is a piece of its own, and where such an array has few members,
    theirs too; so is what lies between.

    Raises:
        Malformed: no signed list.
    """
    # A tag and an array of four, the protected header, an empty map: `sync.wire.cose`.
    _, at = canonical.read_octets(data, 2)
    payload, end = canonical.read_octets(data, at + 1)
    cuts = {0, end - len(payload), end, len(data)}
    at = _cut(data, end - len(payload), cuts, _DEEPEST)
    if at != end:
        raise Malformed("list-delta.shape")
    places = sorted(cuts)
    return tuple(data[a:b] for a, b in pairwise(places))


def digests(pieces: tuple[bytes, ...]) -> bytes:
    """The digests of pieces, one behind the other, `DIGEST_BYTES` each."""
    return b"".join(hashlib.sha256(piece).digest()[:DIGEST_BYTES] for piece in pieces)


def make(old: bytes, new: bytes) -> bytes:
    """The delta that leads from the list whose lines have the digests `old` to the list `new`.

    Raises:
        Malformed: `new` is no signed list, or `old` are no digests.
    """
    if len(old) % DIGEST_BYTES:
        raise Malformed("list-delta.shape")
    places: dict[bytes, int] = {}
    for place in range(len(old) // DIGEST_BYTES):
        places.setdefault(old[place * DIGEST_BYTES :][:DIGEST_BYTES], place)
    steps: list[list[int] | bytes] = []
    for piece in lines(new):
        digest = hashlib.sha256(piece).digest()[:DIGEST_BYTES]
        known = places.get(digest)
        last = steps[-1] if steps else None
        if known is None:
            if isinstance(last, bytes):
                steps[-1] = last + piece
            else:
                steps.append(piece)
        elif isinstance(last, list) and last[0] + last[1] == known:
            last[1] += 1
        else:
            steps.append([known, 1])
    return canonical.encode([FORMAT, hashlib.sha256(new).digest(), list(steps)])


def apply(old: bytes, delta: bytes, *, most: int) -> bytes:
    """The newer list.

    Args:
        old: the list that is here.
        delta: as `make` made it.
        most: how long the newer list may be, in bytes.

    Raises:
        Malformed: `old` is no list, `delta` no delta of it, or what comes out is not what it names.
    """
    pieces = lines(old)
    form, wanted, steps = canonical.items(canonical.decode(delta, limit=most), exactly=3)
    if type(form) is not int or form != FORMAT:
        raise Malformed("list-delta.shape")
    canonical.octets(wanted, exactly=_HASH_BYTES)
    found: list[bytes] = []
    size = 0
    for step in canonical.items(steps):
        part = step if isinstance(step, bytes) else _copied(pieces, step)
        size += len(part)
        if size > most or len(found) >= MOST_STEPS:
            raise Malformed("list-delta.size")
        found.append(part)
    new = b"".join(found)
    if hashlib.sha256(new).digest() != wanted:
        raise Malformed("list-delta.other-base")
    return new


def _copied(pieces: tuple[bytes, ...], step: object) -> bytes:
    first, count = canonical.items(step, exactly=2)
    first, count = canonical.natural(first), canonical.natural(count)
    if not count or first + count > len(pieces):
        raise Malformed("list-delta.shape")
    return b"".join(pieces[first : first + count])


def _head(data: bytes, at: int, *, array: bool = False) -> tuple[int, int]:
    """Where the head at `at` ends, and the number in it (RFC 8949, 3)."""
    if at >= len(data) or (array and data[at] >> 5 != _ARRAY):
        raise Malformed("list-delta.shape")
    short = data[at] & 31
    if short < 24:
        return at + 1, short
    width = _WIDTHS.get(short)
    if width is None or at + 1 + width > len(data):
        raise Malformed("list-delta.shape")
    return at + 1 + width, int.from_bytes(data[at + 1 : at + 1 + width])


def _cut(data: bytes, at: int, cuts: set[int], depth: int) -> int:
    """Cuts an array at its members, and below where it is the list itself or has few.

    Returns where it ends.
    """
    at, members = _head(data, at, array=True)
    below = depth == _DEEPEST or (depth > 0 and members <= _FEW)
    for _ in range(members):
        cuts.add(at)
        if below and at < len(data) and data[at] >> 5 == _ARRAY:
            at = _cut(data, at, cuts, depth - 1)
        else:
            at = _after(data, at)
    cuts.add(at)
    return at


def _after(data: bytes, at: int) -> int:
    """Where the item at `at` ends, with everything in it."""
    left = 1
    while left:
        if at >= len(data):
            raise Malformed("list-delta.shape")
        kind = data[at] >> 5
        at, number = _head(data, at)
        left -= 1
        if kind in {2, 3}:
            at += number
        elif kind == _ARRAY:
            left += number
        elif kind == 5:
            left += 2 * number
        elif kind == 6:
            left += 1
        if left > len(data):
            raise Malformed("list-delta.shape")
    return at
