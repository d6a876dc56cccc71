"""Looking at what a person typed: slow on purpose, and equally slow whoever it is (ADR 0140).

Argon2id takes its time for a right code, for a wrong one and for a person whom nobody knows: the
answer and its time are the same. Two look at once, the others in order of arrival; who waits too
long is told. Whatever the pages digest takes such a place, so that nobody else has to wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final

from sync.hub.home.pace import Origin
from sync.wire import secret_digest
from sync.wire.turns import NoTurnError, Turns

MOST_WAITING: Final = 16
"""Who comes when so many wait is told at once: the pages' other threads serve other pages."""

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
        self._turns = Turns(secret_digest.AT_ONCE, MOST_WAITING)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for looking.

        Raises:
            BusyError: none was free in time.
        """
        try:
            with self._turns.turn(_PATIENCE_SECONDS):
                yield
        except NoTurnError:
            raise BusyError from None

    def matches(self, kept: bytes | None, typed: bytes, context: bytes) -> bool:
        """Whether `typed` is what was digested; as slow where nothing is kept."""
        phc = None if kept is None else self.unprotect(kept, context)
        same = secret_digest.verify(phc or _decoy(), typed)
        return same and phc is not None

    def protect(self, phc: str, context: bytes) -> bytes:
        """A digest as the database holds it, good in its own place only (`store.secrets`)."""
        return secret_digest.protect(phc, self._key, context)

    def unprotect(self, kept: bytes, context: bytes) -> str | None:
        """The digest; None where it was put into another's place."""
        return secret_digest.unprotect(kept, self._key, context)


@cache
def _decoy() -> str:
    """A digest that nothing typed has: of as much work as a real one."""
    return secret_digest.digest(b"\x00 nobody types this")
