"""Document issuers: only the hub's newest list is believed, and none that was put back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.runtime.trusting import DocumentBelief
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire import document_trust
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
    new = station.profile.document_list.with_suffix(".new")
    new.write_bytes(data)
    new.replace(station.profile.document_list)


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
