"""Deterministic CBOR (RFC 8949, 4.2.1), narrowed to what the protocol needs.

Allowed are integers of 64 bits, byte strings, text, booleans, null, arrays and maps whose keys
are integers or text. Tags, floats, indefinite lengths, duplicate keys, every longer form of
something short and trailing bytes are refused, so one value has exactly one encoding: what two
parties hash is what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import cbor2

MOST_BYTES: Final = 1 << 20
MOST_DEPTH: Final = 16
MOST_NATURAL: Final = (1 << 63) - 1  # what an INTEGER of SQLite and of PostgreSQL can hold

_LONGEST_KNOWN: Final = 512  # characters of all keys of a map whose order is remembered
_LARGEST: Final = (1 << 64) - 1  # RFC 8949 3.1: major types 0 and 1 carry 64 bits


class Malformed(Exception):  # noqa: N818 - named as RFC 8949 names such data
    """Bytes from elsewhere that are not what they should be.

    Attributes:
        code: stable name of the reason (`cbor.not-canonical`); the message is the same, since
            the bytes themselves may be personal and stay out of it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(value: object) -> bytes:
    """The one encoding of `value`.

    Raises:
        TypeError: `value` holds something that the protocol does not know.
        ValueError: an integer beyond 64 bits, text with lone surrogates, or too deep.
    """
    return cbor2.dumps(_ordered(value, MOST_DEPTH))


def decode(data: bytes, *, limit: int = MOST_BYTES) -> Any:
    """The value whose one encoding is `data`: int, bytes, str, bool, None, list or dict.

    Raises:
        Malformed: `cbor.size` (more than `limit` bytes), `cbor.malformed`, `cbor.not-canonical`.
    """
    value = _load(data, limit)
    try:
        again = encode(value)
    except (TypeError, ValueError):
        raise Malformed("cbor.not-canonical") from None
    if again != data:
        raise Malformed("cbor.not-canonical")
    return value


def decode_known(data: bytes, *, limit: int = MOST_BYTES) -> Any:
    """As `decode`, for a caller that checks the type of every part and the order of every map.

    What cannot be seen in the value is checked here: lengths and integers in their shortest
    form, no duplicate keys, nothing after the end. It takes a third of the time.

    Raises:
        Malformed: as `decode`.
    """
    value = _load(data, limit)
    try:
        again = cbor2.dumps(value)
    except (cbor2.CBORError, ValueError, TypeError):
        raise Malformed("cbor.not-canonical") from None
    if again != data:
        raise Malformed("cbor.not-canonical")
    return value


def read_octets(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string whose head is at `at`, and where it ends.

    Raises:
        Malformed: `cbor.shape` (something else is there) or `cbor.not-canonical`.
    """
    head = data[at : at + 1]
    if not head or head[0] >> 5 != 2 or head[0] & 31 > 27:
        raise Malformed("cbor.shape")
    at += 1
    size = head[0] & 31
    if size > 23:
        width = 1 << size - 24
        size = int.from_bytes(data[at : at + width])
        at += width
        # RFC 8949, 4.2.1: a length in its shortest form
        if size < 24 or (width > 1 and size >> 4 * width == 0):
            raise Malformed("cbor.not-canonical")
    found = data[at : at + size]
    if len(found) != size:
        raise Malformed("cbor.malformed")
    return found, at + size


def natural(value: object, *, most: int = MOST_NATURAL) -> int:
    """`value` as an integer of 0 to `most`. Raises `Malformed("cbor.shape")`."""
    if type(value) is not int or not 0 <= value <= most:
        raise Malformed("cbor.shape")
    return value


def octets(value: object, *, exactly: int | None = None) -> bytes:
    """`value` as a byte string, of `exactly` so many bytes. Raises `Malformed("cbor.shape")`."""
    if not isinstance(value, bytes) or (exactly is not None and len(value) != exactly):
        raise Malformed("cbor.shape")
    return value


def text(value: object, *, longest: int) -> str:
    """`value` as text of up to `longest` characters. Raises `Malformed("cbor.shape")`."""
    if not isinstance(value, str) or len(value) > longest:
        raise Malformed("cbor.shape")
    return value


def items(value: object, *, exactly: int | None = None) -> list[Any]:
    """`value` as an array, of `exactly` so many items. Raises `Malformed("cbor.shape")`."""
    if not isinstance(value, list) or (exactly is not None and len(value) != exactly):
        raise Malformed("cbor.shape")
    return value


_LEAVES: Final = frozenset({str, bytes, bool, type(None)})


def _load(data: bytes, limit: int) -> Any:
    if len(data) > limit:
        raise Malformed("cbor.size")
    try:
        return cbor2.loads(
            data,
            max_depth=MOST_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_NO_TAGS,
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError):
        raise Malformed("cbor.malformed") from None


def _ordered(value: object, depth: int) -> object:
    """`value` with the keys of its maps in the bytewise order of their encodings."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if isinstance(value, int) and kind is int:
        if not -_LARGEST - 1 <= value <= _LARGEST:
            raise ValueError("integer beyond 64 bits")
        return value
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _LEAVES else _ordered(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {
            key: item if type(item := value[key]) in _LEAVES else _ordered(item, depth - 1)
            for key in _in_order(value)
        }
    raise TypeError(f"no place for {kind.__name__} in the protocol")


def _in_order(keys: dict[Any, Any]) -> Sequence[Any]:
    """Sorted as the encodings are: by major type, then length or number, then bytes."""
    try:
        length = len("".join(keys))
    except TypeError:  # not all are text
        return sorted(keys, key=_key_order)
    if length > _LONGEST_KNOWN:
        return sorted(keys, key=_key_order)
    return _order_of_texts(tuple(keys))


@lru_cache(maxsize=256)
def _order_of_texts(keys: tuple[str, ...]) -> Sequence[str]:
    """Maps of the protocol have few sets of keys, and each comes again and again."""
    return tuple(sorted(keys, key=_key_order))


def _key_order(key: object) -> tuple[int, int, bytes]:
    if type(key) is str:
        encoded = key.encode()
        return 3, len(encoded), encoded
    if type(key) is int:
        return (0, key, b"") if key >= 0 else (1, -1 - key, b"")
    raise TypeError(f"no place for a key of {type(key).__name__} in the protocol")


def _refuse(*_: object) -> Any:
    raise ValueError("tag")


class _NoTags(dict[int, Callable[..., Any]]):
    """Refuses every tag before its own decoder runs: some of those compile or compute."""

    def get(self, _key: int, _default: object = None) -> Callable[..., Any]:
        return _refuse

    def __missing__(self, _key: int) -> Callable[..., Any]:
        return _refuse

    def __contains__(self, _key: object) -> bool:
        return True


_NO_TAGS: Final = _NoTags()
