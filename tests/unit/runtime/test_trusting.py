"""Document issuers: only the hub's newest list is believed, and none that was put back."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.runtime.trusting import DocumentBelief
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire import document_trust, trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from tests.unit.edge.stations import Station, make_station


def listed(version: int) -> DocumentTrust:
    return DocumentTrust(version, 1_800_000_000_000, country_signers=(b"certificate %d" % version,))


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return make_station(tmp_path / "station")


@pytest.fixture
def store(station: Station) -> Iterator[Store]:
    opened = station.store()
    yield opened
    opened.close()


@pytest.fixture
def taken() -> list[int]:
    return []


@pytest.fixture
def belief(station: Station, store: Store, taken: list[int]) -> DocumentBelief:
    return made(station, store, taken)


def made(station: Station, store: Store | StoreTrouble, taken: list[int]) -> DocumentBelief:
    return DocumentBelief(station.profile, lambda: store, lambda one: taken.append(one.version))


def put(station: Station, version: int, signer: SoftwareSigner | None = None) -> None:
    data = document_trust.sign(listed(version), signer or station.hub.signer)
    replaced(station.profile.document_list, data)


def replaced(file: Path, data: bytes) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(data)
    new.replace(file)


def test_a_list_is_taken_once_and_again_when_it_is_replaced(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    belief.renew()
    assert taken == []
    for version in (1, 3):
        put(station, version)
        belief.renew()
        belief.renew()
    assert taken == [1, 3]


def test_a_list_that_was_put_back_is_not_taken_after_a_restart_either(
    station: Station, store: Store, belief: DocumentBelief, taken: list[int]
) -> None:
    put(station, 5)
    belief.renew()
    put(station, 4)
    belief.renew()
    again: list[int] = []
    made(station, store, again).renew()
    assert (taken, again) == ([5], [])


def test_a_list_by_another_hand_is_not_taken(
    station: Station,
    belief: DocumentBelief,
    taken: list[int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    put(station, 9, SoftwareSigner.generate())
    with caplog.at_level(logging.INFO):
        belief.renew()
        belief.renew()
    assert taken == []
    assert caplog.text.count("document-trust.foreign") == 1


def test_bytes_that_are_no_list_change_nothing(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    put(station, 1)
    belief.renew()
    station.profile.document_list.write_bytes(b"\xff" * 100)
    belief.renew()
    assert taken == [1]


def test_without_a_store_nothing_is_taken_until_it_is_back(
    station: Station, store: Store, taken: list[int]
) -> None:
    """A list that was rolled back could not be told from a new one."""
    answers: list[Store | StoreTrouble] = [StoreTrouble("store.disk"), store]
    belief = DocumentBelief(
        station.profile, lambda: answers.pop(0), lambda one: taken.append(one.version)
    )
    put(station, 2)
    belief.renew()
    assert taken == []
    belief.renew()
    assert taken == [2]


class Forgetful:
    """A store that is asked and cannot be written."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lists = self
        self.refuses = True

    def trust_version(self) -> int | StoreTrouble:
        return self.store.trust_version()

    def version(self, name: str) -> int | StoreTrouble:
        return self.store.lists.version(name)

    def take(self, name: str, version: int) -> StoreTrouble | None:
        return StoreTrouble("store.full") if self.refuses else self.store.lists.take(name, version)


def test_a_list_that_cannot_be_remembered_is_not_taken_yet(
    station: Station, store: Store, taken: list[int]
) -> None:
    """Else an older one could be put back after a restart."""
    full = Forgetful(store)
    belief = made(station, full, taken)  # type: ignore[arg-type]  # as far as it is asked
    put(station, 5)
    belief.renew()
    assert (taken, store.lists.version("documents")) == ([], 0)
    full.refuses = False
    belief.renew()
    assert (taken, store.lists.version("documents")) == ([5], 5)


def test_a_list_whose_signer_was_withdrawn_is_let_go(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    put(station, 3)
    belief.renew()
    fresh = SoftwareSigner.generate()
    hub = replace(station.hub.trust(version=2), signing=(fresh.verifying_key,))
    replaced(station.profile.trust_list, trust.sign(hub, station.hub.root))
    belief.renew()
    belief.renew()
    assert taken == [3, 0]
    put(station, 4, fresh)
    belief.renew()
    assert taken == [3, 0, 4]


def test_without_the_trust_root_the_list_in_hand_stays(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    put(station, 1)
    belief.renew()
    root = station.profile.trust_root.read_bytes()
    station.profile.trust_root.unlink()
    put(station, 2)
    belief.renew()
    assert taken == [1]
    station.profile.trust_root.write_bytes(root)
    belief.renew()
    assert taken == [1, 2]


def test_a_pipe_in_place_of_the_list_is_not_waited_for(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    os.mkfifo(station.profile.document_list)
    belief.renew()
    assert taken == []


def test_a_list_larger_than_any_is_not_taken(
    station: Station, belief: DocumentBelief, taken: list[int]
) -> None:
    with station.profile.document_list.open("wb") as stream:
        stream.truncate(1 << 34)
    belief.renew()
    assert taken == []
