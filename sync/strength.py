"""How hard a password is to guess (R-003-51): zxcvbn, and a list of stolen ones where there is one.

What the rules are stands in `sync.model.passwords`; here is what a program must compute for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from zxcvbn import zxcvbn

_WEIGHED: Final = 72
"""Characters that are weighed: the time grows with their number, and these settle it."""

_PREFIX: Final = 8
"""Bytes of a SHA-1 in the list: among 2^30 stolen passwords one in 2^34 is taken for one wrongly."""


def strength(password: str, about: Sequence[str] = ()) -> int:
    """From 0 (guessed at once) to 4, by zxcvbn; `about` are words that a thief would try first."""
    if not password:
        return 0
    found = zxcvbn(password[:_WEIGHED], user_inputs=[word for word in about if word])
    return int(found["score"])


class BreachedPasswords:
    """A sorted file of the first 8 bytes of the SHA-1 of stolen passwords, searched on the disk."""

    def __init__(self, path: Path) -> None:
        """Opens the list.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no such list.
        """
        size = path.stat().st_size
        if size % _PREFIX:
            raise ValueError(f"{path.name} is not a list of stolen passwords")
        self._path = path
        self._count = size // _PREFIX

    def has(self, password: str) -> bool:
        """Whether the password is one of the list.

        Raises:
            OSError: the list cannot be read any more.
        """
        wanted = _prefix(hashlib.sha1(password.encode(), usedforsecurity=False).digest())
        low, high = 0, self._count
        with self._path.open("rb") as stream:
            while low < high:
                middle = (low + high) // 2
                stream.seek(middle * _PREFIX)
                found = stream.read(_PREFIX)
                if found == wanted:
                    return True
                low, high = (middle + 1, high) if found < wanted else (low, middle)
        return False


def write_breached(path: Path, hashes: Iterable[str]) -> int:
    """Makes the list from lines of `SHA1` or `SHA1:count` in hexadecimal digits, in any order.

    Returns:
        How many it has.

    Raises:
        ValueError: a line is not a SHA-1; nothing is written.
    """
    prefixes = set()
    for line in hashes:
        word = line.strip().partition(":")[0]
        if not word:
            continue
        raw = bytes.fromhex(word)
        if len(raw) != hashlib.sha1(usedforsecurity=False).digest_size:
            raise ValueError("a line is not a SHA-1")
        prefixes.add(_prefix(raw))
    path.write_bytes(b"".join(sorted(prefixes)))
    return len(prefixes)


def _prefix(digest: bytes) -> bytes:
    return digest[:_PREFIX]
