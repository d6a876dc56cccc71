"""DER from cards, looked through before asn1crypto sees it.

asn1crypto is lazy and trusting: it takes indefinite lengths, follows nesting by recursion and tells
of malformed parts wherever they are first touched, in many kinds of exceptions. So structures are
walked first, without recursion, and taken apart inside `decoding`, in one place and at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hw.apdu.tlv import Malformed

MOST_DEPTH: Final = 32
MOST_ELEMENTS: Final = 8192

_CONSTRUCTED: Final = 0x20
_MORE_TAG_BYTES: Final = 0x1F
_MOST_TAG_BYTES: Final = 3
_MOST_LENGTH_BYTES: Final = 4
_LAZY: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What asn1crypto may raise on bytes that are not what its specification says: it parses lazily, and
some of its own steps take the form for granted."""


@contextmanager
def decoding(reason: str) -> Iterator[None]:
    """Turns whatever asn1crypto raises into `Malformed(reason)`; a `Malformed` passes as it is."""
    try:
        yield
    except Malformed:
        raise
    except _LAZY:
        raise Malformed(reason) from None


def check(
    data: bytes, *, longest: int, most_elements: int = MOST_ELEMENTS, most_depth: int = MOST_DEPTH
) -> None:
    """Whether `data` is one data object with definite lengths, nested and split within bounds.

    Lengths may be longer than they need be (ITU-T X.690 clause 8.1.3.5), as in files of some cards.

    Raises:
        Malformed: `der-too-long`, `der-cut-off`, `der-indefinite`, `der-too-deep`, `der-too-many`
            or `der-trailing`.
    """
    if len(data) > longest:
        raise Malformed("der-too-long")
    ends = [len(data)]
    offset = seen = 0
    while ends:
        if offset == ends[-1]:
            ends.pop()
            continue
        if len(ends) == 1 and seen:
            raise Malformed("der-trailing")
        seen += 1
        if seen > most_elements:
            raise Malformed("der-too-many")
        first = data[offset]
        offset, end = _content(data, offset, ends[-1])
        if first & _CONSTRUCTED:
            if len(ends) > most_depth:
                raise Malformed("der-too-deep")
            ends.append(end)
        else:
            offset = end
    if not seen:
        raise Malformed("der-cut-off")


def _content(data: bytes, offset: int, limit: int) -> tuple[int, int]:
    """Where the content of the object at `offset` begins and ends, all before `limit`."""
    size = 1
    if data[offset] & _MORE_TAG_BYTES == _MORE_TAG_BYTES:
        while offset + size < limit and data[offset + size] & 0x80:
            size += 1
        size += 1
    if size > _MOST_TAG_BYTES or offset + size >= limit:
        raise Malformed("der-cut-off")
    start = offset + size + 1
    length = data[start - 1]
    if length & 0x80:
        width = length & 0x7F
        if not width:
            raise Malformed("der-indefinite")
        if width > _MOST_LENGTH_BYTES or start + width > limit:
            raise Malformed("der-cut-off")
        length = int.from_bytes(data[start : start + width])
        start += width
    if start + length > limit:
        raise Malformed("der-cut-off")
    return start, start + length
