"""Looking at what a person typed: slow on purpose, and equally slow whoever it is (ADR 0140).

Argon2id takes its time for a right code, for a wrong one and for a person whom nobody knows: the
answer and its time are the same. Looks go one after the other, and who waits too long is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

from sync.hub.home.pace import Origin
from sync.wire import secret_digest

AT_ONCE: Final = 1
"""Looks at the same time: a second one would wait for the first (`sync.wire.secret_digest`)."""

_PATIENCE_SECONDS: Final = 8.0


class BusyError(Exception):
    """Too many people are being looked at; the same may be tried in some seconds."""


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """What looking at the codes has shown. It counts for what the registry held at that moment.

    Attributes:
        origin: where they were typed.
        number: registration number of the person; empty where nobody has that codice fiscale.
        operation_id: the operation in progress, empty for none.
        kept: what is kept of its code and its PIN.
        first: the code is right (of a log-in: the password).
        second: the PIN is right, or none is needed.
    """

    origin: Origin
    number: str
    operation_id: str
    kept: tuple[bytes, bytes]
    first: bool
    second: bool


class Comparer:
    """Compares what was typed with the digests under the hub's key."""

    def __init__(self, key: bytes) -> None:
        """`key` is the one for digests, which lies outside the database."""
        self._key = key
        _decoy()  # made now: the first stranger must not take longer than others
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for looking.

        Raises:
            BusyError: none was free in time.
        """
        if not self._places.acquire(timeout=_PATIENCE_SECONDS):
            raise BusyError
        try:
            yield
        finally:
            self._places.release()

    def matches(self, kept: bytes | None, typed: bytes) -> bool:
        """Whether `typed` is what was digested; as slow where nothing is kept."""
        phc = None if kept is None else secret_digest.unprotect(kept, self._key)
        same = secret_digest.verify(phc or _decoy(), typed)
        return same and phc is not None

    def protect(self, phc: str) -> bytes:
        """A digest as the database holds it."""
        return secret_digest.protect(phc, self._key)


@cache
def _decoy() -> str:
    """A digest that nothing typed has: of as much work as a real one."""
    return secret_digest.digest(b"\x00 nobody types this")
