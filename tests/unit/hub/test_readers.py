"""Connections for reading are kept for a while, one a thread, and given up when they fail."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sync.hub.readers import Readers
from sync.hub.store.database import Store, StoreError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thread_keeps_its_connection_for_a_while(store: Store, registry_path: Path) -> None:
    assert store.row("SELECT 1") == (1,)
    opened: list[Store] = []
    clock = Clock()

    def open_reader() -> Store:
        opened.append(Store.open_reader(registry_path))
        return opened[-1]

    readers = Readers(open_reader, kept_seconds=60, clock=clock)
    for _ in range(3):
        lent = readers.lend()
        assert lent.row("SELECT 2") == (2,)
        with lent.snapshot():
            assert lent.rows_among("SELECT 3 WHERE 1 IN", [1]) == [(3,)]
        lent.close()
    assert len(opened) == 1
    clock.now = 61
    readers.lend().close()
    assert len(opened) == 2
    readers.close()


def test_threads_share_no_connection() -> None:
    opened: list[int] = []

    class Quiet:
        def close(self) -> None:
            pass

    def open_reader() -> Store:
        opened.append(threading.get_ident())
        return Quiet()  # type: ignore[return-value]

    readers = Readers(open_reader)
    threads = [threading.Thread(target=readers.lend) for _ in range(2)]
    readers.lend()
    for thread in threads:
        thread.start()
        thread.join()
    readers.lend()
    assert len(opened) >= 2
    assert opened.count(threading.get_ident()) == 1
    readers.close()


def test_one_that_fails_is_not_used_again(store: Store, registry_path: Path) -> None:
    assert store.row("SELECT 1") == (1,)
    opened = 0

    class Failing:
        closed = 0

        def row(self, _statement: str) -> None:
            raise StoreError("store.unreachable")

        def close(self) -> None:
            self.closed += 1

    failing = Failing()

    def open_reader() -> Store:
        nonlocal opened
        opened += 1
        return failing if opened == 1 else Store.open_reader(registry_path)  # type: ignore[return-value]

    readers = Readers(open_reader)
    with pytest.raises(StoreError):
        readers.lend().row("SELECT 1")
    assert failing.closed == 1
    assert readers.lend().row("SELECT 1") == (1,)
    readers.close()
