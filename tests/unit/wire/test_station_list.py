"""The signed list of stations, and the signed hint of what is newer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.wire import canonical, cose, list_versions, station_list
from sync.wire.list_versions import ListVersions
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.wire.material import OURS, THEIRS, flipped

HUB = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
STATIONS = StationList(
    7,
    1_795_000_000_000,
    (b"authority", b"older"),
    (b"crl",),
    ("058091-PC-0002", "kiosk-0001"),
    ("058091-PC-0001",),
)
VERSIONS = ListVersions(1_795_000_000_000, {"roster": 3, "trust": 2, "weather": 9})


def code(loaded: object) -> str:
    assert isinstance(loaded, TrustTrouble)
    return loaded.code


@pytest.mark.rule("R-004-15", "R-004-16")
def test_a_list_comes_as_it_was_signed_and_never_older() -> None:
    data = station_list.sign(STATIONS, OURS.hub)
    assert station_list.load(data, HUB, at_least=7) == STATIONS
    assert code(station_list.load(data, HUB, at_least=8)) == "station-list.rolled-back"
    foreign = station_list.sign(STATIONS, THEIRS.hub)
    assert code(station_list.load(foreign, HUB)) == "station-list.foreign"
    for changed in flipped(data):
        assert isinstance(station_list.load(changed, HUB), TrustTrouble)
    for kept in (0, 1, len(data) // 2, len(data) - 1):
        assert code(station_list.load(data[:kept], HUB)) == "station-list.malformed"
    empty = StationList(1, 0)
    assert station_list.load(station_list.sign(empty, OURS.hub), HUB) == empty


PLAIN: list[object] = [1, 7, 0, [b"a"], [b"c"], ["a"], ["b"]]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 2),
        (1, -1),
        (2, "0"),
        (3, [b"a"] * 65),
        (4, ["c"]),
        (5, ["b"]),
        (5, ["a", "a"]),
        (5, ["c", "a"]),
        (6, ["058091-CO-9999"]),
        (6, ["058091-PC-0001\n"]),
    ],
)
def test_what_is_no_list_is_not_taken(place: int, value: object) -> None:
    def signed(plain: list[object]) -> bytes:
        return cose.sign(station_list.PURPOSE, canonical.encode(plain), OURS.hub).data

    assert isinstance(station_list.load(signed(PLAIN), HUB), StationList)
    wrong = [*PLAIN[:place], value, *PLAIN[place + 1 :]]
    assert code(station_list.load(signed(wrong), HUB)) == "station-list.malformed"


@pytest.mark.rule("R-004-9")
def test_the_hub_signs_no_list_that_no_station_takes() -> None:
    for wrong in (
        replace(STATIONS, blocked=STATIONS.revoked),
        replace(STATIONS, blocked=("058091-CO-9999",)),
        replace(STATIONS, revocation_lists=(bytes(station_list.MOST_BYTES),)),
    ):
        with pytest.raises(ValueError, match="station"):
            station_list.sign(wrong, OURS.hub)


def test_a_hint_says_what_is_newer_and_is_the_hubs() -> None:
    data = list_versions.sign(VERSIONS, OURS.hub)
    hint = list_versions.load(data, HUB)
    assert hint == VERSIONS
    assert isinstance(hint, ListVersions)
    assert hint.newer({}) == ("trust", "roster")
    assert hint.newer({"trust": 2, "roster": 2, "weather": 1}) == ("roster",)
    assert hint.newer({"trust": 3, "roster": 3}) == ()
    foreign = list_versions.sign(VERSIONS, THEIRS.hub)
    assert code(list_versions.load(foreign, HUB)) == "list-versions.foreign"
    for changed in flipped(data):
        assert isinstance(list_versions.load(changed, HUB), TrustTrouble)
    for plain in ([2, 0, {}], [1, 0, []], [1, 0, {"a": -1}], [1, 0, {1: 1}]):
        wrong = cose.sign(list_versions.PURPOSE, canonical.encode(plain), OURS.hub).data
        assert code(list_versions.load(wrong, HUB)) == "list-versions.malformed"


def test_the_version_of_a_list_is_read_from_it() -> None:
    data = station_list.sign(STATIONS, OURS.hub)
    assert list_versions.version_of("stations", data) == 7
    assert list_versions.version_of("roster", data) is None
    assert list_versions.version_of("weather", data) is None
    assert list_versions.version_of("stations", b"") is None
