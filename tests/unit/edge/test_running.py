"""A link that waits for its key store and its store, and never serves a station twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sync.edge.link import running
from sync.edge.vault import Vault
from tests.unit.edge.stations import Station
from tests.unit.edge.test_sealed_store import Sealed

OURS = Vault(bytes(range(32)))


class Rounds:
    """Ends the link after so many looks."""

    def __init__(self, most: int) -> None:
        self.left = most

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@contextmanager
def held(station: Station) -> Iterator[None]:
    handle = os.open(station.profile.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def answers(*given: Vault | str) -> Callable[[], Vault | str]:
    left = list(given)
    return lambda: left.pop(0)


def test_one_link_for_a_station(station: Station) -> None:
    with held(station):
        assert running.run(station.profile, lambda: OURS) == running.ALREADY_RUNNING
    assert running.run(station.profile, lambda: OURS, until=lambda: True) == 0


def test_a_key_store_that_is_away_is_asked_again(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    rests: list[float] = []
    asked = answers("token.removed", "token.removed", OURS)
    assert running.run(station.profile, asked, until=Rounds(3), rest=rests.append) == 0
    assert rests == [running.RETRY_SECONDS] * 2
    assert [one.message for one in caplog.records if "token.removed" in one.message]


def test_a_store_that_another_key_store_sealed_is_not_sent_from(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    store = station.store(vault=Vault(bytes(32)))
    Sealed(station).record(store)
    store.close()
    assert running.run(station.profile, lambda: OURS, until=Rounds(1), rest=lambda _: None) == 0
    assert "store.sealed" in caplog.text
