"""Keys of stretches of the journal: one seals its envelopes, and is destroyed when all are secured.

A key serves for `MOST_ENTRIES` entries or a day. It lies in the store sealed by the station's vault
(`sync.edge.vault`), so the disk alone opens no envelope; where the row is deleted, nothing does.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.edge import trouble
from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import JOURNAL, Vault, VaultTrouble
from sync.wire import at_rest

MOST_ENTRIES: Final = 64
LONGEST_SECONDS: Final = 86_400.0


@dataclass(slots=True)
class Segment:
    """A key in memory: its number in the store, and how much it has sealed here."""

    number: int
    key: bytes = field(repr=False)
    opened: float
    entries: int = 0


class Segments:
    """The keys of one store. May be used from several threads.

    Args:
        connection: the store.
        station: its name, bound into what is sealed.
        vault: seals the keys; None where the station has none, and envelopes lie as they are.
        random: gives so many random bytes.
        monotonic: seconds.
    """

    def __init__(
        self,
        connection: Connection,
        station: str,
        vault: Vault | None,
        *,
        random: Callable[[int], bytes] = os.urandom,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._station = station
        self._vault = vault
        self._random = random
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._current: Segment | None = None
        self._read: tuple[int, bytes] | None = None

    def check(self) -> StoreTrouble | None:
        """Whether the keys that the store holds are this vault's; `store.sealed` where not."""

        def work(raw: sqlite3.Connection) -> tuple[int, bytes] | None:
            row: tuple[int, bytes] | None = raw.execute(
                "SELECT id, key FROM segment ORDER BY id DESC LIMIT 1"
            ).fetchone()
            return row

        newest = self._connection.read(work)
        if newest is None or isinstance(newest, StoreTrouble):
            return newest
        return None if self._unwrapped(*newest) else StoreTrouble(trouble.SEALED)

    def opens(self, number: int, data: bytes) -> bool:
        """Whether `data` is a key of this number that the vault opens."""
        return self._unwrapped(number, data) is not None

    def seal(
        self, seq: int, digest: bytes, envelope: bytes
    ) -> tuple[int | None, bytes] | StoreTrouble:
        """The number of the key for the entry at `seq`, and its envelope as it goes to the disk."""
        if self._vault is None:
            return None, envelope
        with self._lock:
            segment = self._for_one_more(seq, self._vault)
            if isinstance(segment, StoreTrouble):
                return segment
            segment.entries += 1
        return segment.number, at_rest.seal(envelope, segment.key, self._about(seq, digest))

    def let_go(self, number: int | None) -> bool:
        """Goes on with another key than this one; whether there was one."""
        with self._lock:
            self._current = None
            return number is not None

    def forget(self) -> None:
        """Forgets every key in memory: some were destroyed."""
        with self._lock:
            self._current = self._read = None

    def unseal(
        self, raw: sqlite3.Connection, seq: int, digest: bytes, number: int | None, data: bytes
    ) -> bytes:
        """The envelope as it was recorded.

        Empty where it was destroyed; what lies there, whose hash is another, where it is damaged.
        """
        if number is None or not data:
            return data
        key = self._key(raw, number)
        if key is None:
            return b""
        plain = at_rest.unseal(data, key, self._about(seq, digest))
        return data if plain is None else plain

    def _for_one_more(self, seq: int, vault: Vault) -> Segment | StoreTrouble:
        now, current = self._monotonic(), self._current
        if (
            current is not None
            and current.entries < MOST_ENTRIES
            and now - current.opened < LONGEST_SECONDS
        ):
            return current
        made = self._random(at_rest.KEY_BYTES)
        # The number is part of what the key is bound to, so it is chosen before the row is written.
        numbers: list[int] = []

        def work(raw: sqlite3.Connection) -> None:
            found = raw.execute("SELECT seq FROM sqlite_sequence WHERE name = 'segment'").fetchone()
            number = (found[0] if found else 0) + 1
            sealed = vault.seal(JOURNAL, made, _about_key(self._station, number))
            raw.execute(
                "INSERT INTO segment (id, first, key) VALUES (?, ?, ?)", (number, seq, sealed)
            )
            numbers.append(number)

        # It need not be on the disk before the entry that it seals, whose commit takes it along.
        refusal = self._connection.note(work)
        if refusal is not None:
            return refusal
        self._current = Segment(numbers[0], made, now)
        return self._current

    def _key(self, raw: sqlite3.Connection, number: int) -> bytes | None:
        """The key of that number, None where it is destroyed."""
        read = self._read
        if read is not None and read[0] == number:
            return read[1]
        row = raw.execute("SELECT key FROM segment WHERE id = ?", (number,)).fetchone()
        key = None if row is None else self._unwrapped(number, row[0])
        if key is not None:
            self._read = number, key
        return key

    def _unwrapped(self, number: int, data: bytes) -> bytes | None:
        return None if self._vault is None else unwrap(self._vault, self._station, number, data)

    def _about(self, seq: int, digest: bytes) -> bytes:
        return b"entry %s %d %s" % (self._station.encode(), seq, digest)


def unwrap(vault: Vault, station: str, number: int, data: bytes) -> bytes | None:
    """The key of that number in `data`, None where the vault does not open it."""
    key = vault.open(JOURNAL, data, _about_key(station, number))
    return None if isinstance(key, VaultTrouble) else key


def _about_key(station: str, number: int) -> bytes:
    return b"segment %s %d" % (station.encode(), number)
