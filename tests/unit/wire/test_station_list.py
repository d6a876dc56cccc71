"""The signed list of stations, and the hint that a list is newer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.wire import list_versions, station_list
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.wire.material import OURS, THEIRS, flipped

HUB = HubTrust(1, 5, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
LISTED = StationList(
    7,
    1_800_000_000_000,
    (b"new", b"old"),
    (b"crl of new", b"crl of old"),
    ("058091-PC-0001",),
    ("058091-PC-0002", "058091-PC-0003"),
)
DATA = station_list.sign(LISTED, OURS.hub)


def test_the_list_comes_back() -> None:
    assert station_list.load(DATA, HUB, at_least=7) == LISTED


def test_a_list_of_another_hub_is_refused() -> None:
    foreign = station_list.sign(LISTED, THEIRS.hub)
    assert station_list.load(foreign, HUB) == TrustTrouble("stations.foreign")


def test_an_older_list_is_refused() -> None:
    assert station_list.load(DATA, HUB, at_least=8) == TrustTrouble("stations.rolled-back")


def test_no_changed_byte_is_taken() -> None:
    for changed in list(flipped(DATA))[::5]:
        assert isinstance(station_list.load(changed, HUB), TrustTrouble)
    for length in range(0, len(DATA), 9):
        assert station_list.load(DATA[:length], HUB) == TrustTrouble("stations.malformed")


@pytest.mark.parametrize(
    "listed",
    [
        replace(LISTED, authorities=(), revocation_lists=()),
        replace(LISTED, revocation_lists=(b"one",)),
        replace(LISTED, blocked=("058091-CO-9999",)),
        replace(LISTED, blocked=("b", "a")),
        replace(LISTED, revoked=("a", "a")),
    ],
)
def test_what_no_station_reads_is_not_signed(listed: StationList) -> None:
    with pytest.raises(ValueError, match="no station"):
        station_list.sign(listed, OURS.hub)


def test_a_hint_counts_from_the_hub_alone() -> None:
    versions = {"roster": 3, "stations": 9}
    data = list_versions.sign(versions, 5, OURS.hub)
    assert list_versions.load(data, HUB) == versions
    foreign = list_versions.sign(versions, 5, THEIRS.hub)
    assert list_versions.load(foreign, HUB) == TrustTrouble("versions.foreign")
    assert list_versions.load(DATA, HUB) == TrustTrouble("versions.malformed")
    assert list_versions.load(data[:-1], HUB) == TrustTrouble("versions.malformed")
