"""Base45 (RFC 9285): bytes as the 45 characters that a QR code packs best."""

from __future__ import annotations

from typing import Final

from sync.wire.canonical import Malformed

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_BASE: Final = len(ALPHABET)


def encode(data: bytes) -> str:
    """Three characters for two bytes, two for a last single one (RFC 9285 4)."""
    characters: list[str] = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, _BASE)
            characters.append(ALPHABET[rest])
    return "".join(characters)


def decode(text: str) -> bytes:
    """The inverse of `encode`.

    Raises:
        Malformed: `base45.malformed`: another character, a length or a value that no bytes give.
    """
    data = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        value = 0
        for character in reversed(group):
            if character not in _VALUES:
                raise Malformed("base45.malformed")
            value = value * _BASE + _VALUES[character]
        size = len(group) - 1
        if size == 0 or value >> 8 * size:
            raise Malformed("base45.malformed")
        data += value.to_bytes(size)
    return bytes(data)
