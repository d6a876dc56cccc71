"""The port between the hub and its registry: what every engine does alike.

Two engines stand behind it: `sync.hub.store.sqlite`, a file that one process writes to, and
`sync.hub.store.postgresql`, a server that many processes share. SQL is written once, in what both
understand, with `?` for values (`sync.hub.store.dialect` says what that is). Which engine a hub has
stands in its settings; `sync.hub.store.opening` opens it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

Value = str | int | bytes | None
Row = tuple[Any, ...]

ALL: Final = 2**62
"""For `LIMIT`: no limit."""


class StoreError(Exception):
    """The database cannot be used.

    Attributes:
        code: `store.missing`, `store.foreign` (not a hub's), `store.newer` (written by a newer
            program), `store.older` (not brought up to date yet), `store.unsafe` (durability cannot
            be had), `store.full`, `store.read-only`, `store.damaged`, `store.failed`; of a server
            also `store.unreachable` (no connection, or it was lost: what was not answered may have
            been kept or not), `store.refused` (the hub lacks a right, or the file with its password)
            and `store.busy` (others were in the way); `store.ambiguous` and `store.moved`, see
            `sync.hub.store.opening`.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class IntegrityError(Exception):
    """A change that the schema does not allow: a defect of the caller's. Nothing was changed."""


class Store(ABC):
    """One connection. It belongs to the thread that opened it."""

    @classmethod
    def open(cls, path: Path) -> Store:
        """The registry in a file, for reading and writing; makes it and brings it up to date.

        Raises:
            StoreError: it cannot be used; nothing in it was changed.
        """
        from sync.hub.store.sqlite import SqliteStore  # noqa: PLC0415  the port stands below it

        return SqliteStore.open(path)

    @classmethod
    def open_reader(cls, path: Path) -> Store:
        """The registry in a file, for reading alone, beside a writer.

        Raises:
            StoreError: it is missing, was written by an older program alone (`store.older`), or
                cannot be used.
        """
        from sync.hub.store.sqlite import SqliteStore  # noqa: PLC0415  the port stands below it

        return SqliteStore.open_reader(path)

    @abstractmethod
    def close(self) -> None:
        """Ends the connection; what was not committed is gone, and so is every claim."""

    @abstractmethod
    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""

    @abstractmethod
    def row(self, statement: str, *values: Value) -> Row | None:
        """The first row of a question, or None."""

    @abstractmethod
    def rows_among(self, beginning: str, values: Sequence[Value]) -> list[Row]:
        """Every row of a question that ends in `IN`, for each of `values`: at most some hundred."""

    @abstractmethod
    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""

    @abstractmethod
    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`."""

    @abstractmethod
    def transaction(
        self, *, of: str | None = None, deciding: str | None = None
    ) -> AbstractContextManager[None]:
        """All or nothing; what is in it is on the disk when it ends.

        Alone in the registry. Where an engine lets many processes in, less may be asked for, and
        whoever asks for less changes nothing else:

        Args:
            of: only the chain of this station: its entries, its place, its alarms. Beside
                others for other stations, and beside a decision about other stations.
            deciding: what entries of this station do to the whole registry. One at a time, but
                beside the above for other stations.

        Raises:
            StoreError: the disk is full, read-only or failing: nothing was changed. Or the
                connection was lost (`store.unreachable`): whether it was, nobody knows.
            IntegrityError: the schema does not allow a change in it; nothing was changed.
        """

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Several questions that see the same moment."""

    @abstractmethod
    def scrub(self) -> bool:
        """Takes what was overwritten or deleted out of every file too. Outside a transaction.

        What an engine can do about it is said where it does it.

        Returns:
            Whether it is done; False while somebody still reads what stands there.

        Raises:
            StoreError: the disk is full, read-only or failing.
        """

    @abstractmethod
    def claim(self, what: str) -> bool:
        """Whether this connection alone, of all processes, does `what` from now on.

        Held until it is closed or lost: ask again before each piece of work.

        Args:
            what: a word; the same word excludes.
        """
