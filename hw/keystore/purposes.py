"""What a derived secret is for, as the bytes that keep purposes apart."""

from __future__ import annotations

from typing import Final

SECRET_BYTES: Final = 32
"""Length of a derived secret."""

_PREFIX: Final = "sportello/key-store/1/"


def label_of(purpose: str) -> bytes:
    """What a secret for `purpose` is derived from, in every kind of key store.

    Raises:
        ValueError: `purpose` is empty, or not ASCII.
    """
    if not purpose or not purpose.isascii():
        raise ValueError("a purpose is a text in ASCII")
    return f"{_PREFIX}{purpose}".encode("ascii")
