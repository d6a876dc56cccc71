"""BER-TLV data objects as cards write them, ISO/IEC 7816-4 clause 6.3, read with every size bound.

Strict where leniency would let two readers see two things (bytes after the end, a tag that only
looks like one), lenient where cards are known to vary: a length may use more bytes than it needs, and a number
below 31 may stand in a tag of two bytes, as ICAO 9303-10 has it (5F0E).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_OBJECTS: Final = 4096
"""More data objects in a row than any file of any card has."""
_CONSTRUCTED: Final = 0x20
_MORE_TAG_BYTES: Final = 0x1F
_MORE: Final = 0x80
_MOST_TAG_BYTES: Final = 3
_MOST_LENGTH_BYTES: Final = 4
_SHORTEST_LONG_LENGTH: Final = 0x80


class Malformed(ValueError):  # noqa: N818 - says what the bytes are, like its many readers
    """Bytes of a card that do not have the form they must have.

    Attributes:
        reason: short identifier of what is wrong, such as `tlv-cut-off`; never bytes of the card.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """The beginning of a data object, which tells how much of it there is.

    Attributes:
        tag: all tag bytes as one number, such as 0x7F66.
        header_size: bytes of tag and length together.
        value_size: bytes that follow them.
    """

    tag: int
    header_size: int
    value_size: int

    @property
    def size(self) -> int:
        """Bytes of the whole data object."""
        return self.header_size + self.value_size


@dataclass(frozen=True, slots=True, repr=False)
class Tlv:
    """One data object. The representation hides the value, which may be a person's.

    Attributes:
        tag: all tag bytes as one number, such as 0x5F1F.
        value: the value field.
    """

    tag: int
    value: bytes

    def __repr__(self) -> str:
        return f"Tlv({self.tag:X}, {len(self.value)} bytes)"

    @property
    def constructed(self) -> bool:
        """Whether the tag says that the value is itself a row of data objects."""
        return bool(_tag_bytes(self.tag)[0] & _CONSTRUCTED)

    def children(self) -> tuple[Tlv, ...]:
        """The data objects in the value, one level deep.

        Raises:
            Malformed: a primitive tag, or a value that is no row of data objects.
        """
        if not self.constructed:
            raise Malformed("tlv-not-constructed")
        return read_all(self.value)


def encode(tag: int, value: bytes) -> bytes:
    """Tag, shortest length, value.

    Raises:
        ValueError: a tag that is none, or a value of 4 GiB or more. That is a bug of the caller.
    """
    head = _tag_bytes(tag)
    if _tag_size(head) != len(head):
        raise ValueError("not a tag")
    if len(value) < _SHORTEST_LONG_LENGTH:
        return head + bytes((len(value),)) + value
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    if len(length) > _MOST_LENGTH_BYTES:
        raise ValueError("value too long")
    return head + bytes((_MORE | len(length),)) + length + value


def header(first: bytes) -> Header | None:
    """Tag and length at the start of `first`; None where they do not end within it.

    For reading a file whose size is not known: its first bytes tell the size of the whole.

    Raises:
        Malformed: the bytes that are there cannot begin a data object.
    """
    return _header(first, 0)


def read(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
    """The data object that starts at `offset`, and the offset after it.

    Raises:
        Malformed: there is none, or it does not end within `data`.
    """
    head = _header(data, offset)
    if head is None or offset + head.size > len(data):
        raise Malformed("tlv-cut-off")
    start = offset + head.header_size
    end = start + head.value_size
    return Tlv(head.tag, bytes(data[start:end])), end


def read_all(data: bytes, most: int = MOST_OBJECTS) -> tuple[Tlv, ...]:
    """The data objects that fill `data` exactly; none for no bytes.

    Raises:
        Malformed: `data` is anything else, or more than `most` of them.
    """
    found: list[Tlv] = []
    offset = 0
    while offset < len(data):
        if len(found) == most:
            raise Malformed("tlv-too-many")
        element, offset = read(data, offset)
        found.append(element)
    return tuple(found)


def only(data: bytes, tag: int) -> bytes:
    """The value of the one data object that fills `data` exactly and carries `tag`.

    Raises:
        Malformed: another tag, bytes after it, or no data object.
    """
    element, end = read(data)
    if element.tag != tag:
        raise Malformed("tlv-other-tag")
    if end != len(data):
        raise Malformed("tlv-bytes-after")
    return element.value


def find(data: bytes, *path: int) -> bytes | None:
    """The value reached by `path`, one tag per level, the first of its tag at each; None if absent.

    Raises:
        Malformed: a level that was entered is no row of data objects.
    """
    value: bytes | None = data
    for tag in path:
        if value is None:
            return None
        value = next((element.value for element in read_all(value) if element.tag == tag), None)
    return value


def _tag_bytes(tag: int) -> bytes:
    """The bytes of a tag; a bug of the caller where there are none or too many."""
    if not 0 < tag < 1 << (8 * _MOST_TAG_BYTES):
        raise ValueError("not a tag")
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big")


def _tag_size(data: bytes, offset: int = 0) -> int | None:
    """How many bytes the tag at `offset` has; None where it does not end within `data`."""
    if offset >= len(data):
        return None
    if data[offset] == 0:
        raise Malformed("tlv-no-tag")
    if data[offset] & _MORE_TAG_BYTES != _MORE_TAG_BYTES:
        return 1
    for size in range(2, _MOST_TAG_BYTES + 1):
        if offset + size > len(data):
            return None
        byte = data[offset + size - 1]
        if size == 2 and byte == _MORE:
            raise Malformed("tlv-no-tag")
        if not byte & _MORE:
            return size
    raise Malformed("tlv-tag-too-long")


def _header(data: bytes, offset: int) -> Header | None:
    """Tag and length at `offset`; None where they do not end within `data`."""
    tag_size = _tag_size(data, offset)
    if tag_size is None or offset + tag_size >= len(data):
        return None
    tag = int.from_bytes(data[offset : offset + tag_size], "big")
    first = data[offset + tag_size]
    if first < _SHORTEST_LONG_LENGTH:
        return Header(tag, tag_size + 1, first)
    count = first & ~_MORE
    if not 1 <= count <= _MOST_LENGTH_BYTES:
        raise Malformed("tlv-length-form")
    end = offset + tag_size + 1 + count
    if end > len(data):
        return None
    return Header(tag, tag_size + 1 + count, int.from_bytes(data[end - count : end], "big"))
