"""Two stations on one network: who is let in, what is bounded, what is nobody's word."""

from __future__ import annotations

import errno
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sync.edge.courier import acquaintance, neighbourhood, passing_on
from sync.edge.courier import discovery as discovery_module
from sync.edge.courier.discovery import MOST_FOUND, Discovery
from sync.edge.courier.frames import Kind
from sync.edge.courier.neighbour import NeighbourPipe
from sync.edge.courier.neighbourhood import Neighbourhood
from sync.edge.courier.passing_on import (
    MOST_CONNECTIONS,
    MOST_OF_ADDRESS,
    MOST_UNKNOWN,
    PassingOn,
)
from sync.edge.link.pipe import Arrived, Down, Event, Taken, Up
from sync.edge.station import Neighbours, ProfileError, StationProfile, load
from sync.wire import device_certificate, relayed, station_list, topics
from sync.wire.canonical import Malformed
from sync.wire.relayed import Relayed
from sync.wire.station_list import StationList
from tests.emulated.services import wait_until
from tests.unit.edge.stations import HubKeys, make_station
from tests.workbench.authority import Authority

HELPER, NEEDY = "058091-PC-0001", "058091-PC-0002"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("transport")


@pytest.fixture(scope="module")
def keys() -> HubKeys:
    return HubKeys.generate()


def station(
    folder: Path, name: str, authority: Authority, keys: HubKeys, **neighbours: object
) -> StationProfile:
    """A station with its certificate for TLS."""
    made = make_station(folder, keys, name=name)
    credential = authority.issue_client(name)
    credential.write(folder / "tls" / "station.pem", folder / "tls" / "station.key")
    (folder / "tls" / "ca.pem").write_bytes(authority.certificate_pem)
    return replace(made.profile, neighbours=Neighbours(**neighbours))  # type: ignore[arg-type]


@pytest.fixture
def needy(tmp_path: Path, authority: Authority, keys: HubKeys) -> StationProfile:
    return station(tmp_path / "needy", NEEDY, authority, keys)


@pytest.fixture
def helper(tmp_path: Path, authority: Authority, keys: HubKeys) -> StationProfile:
    return station(tmp_path / "helper", HELPER, authority, keys, listen=("127.0.0.1", 0))


@pytest.fixture
def door(helper: StationProfile) -> Iterator[tuple[PassingOn, int]]:
    passing = PassingOn(helper, b"", lambda: None)
    passing.may_take = True
    port = passing.start()
    assert port is not None
    yield passing, port
    passing.stop()


@pytest.fixture
def pipes() -> Iterator[Callable[[StationProfile, int], NeighbourPipe]]:
    made: list[NeighbourPipe] = []

    def connect(profile: StationProfile, port: int) -> NeighbourPipe:
        made.append(NeighbourPipe(profile, ("127.0.0.1", port), b""))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def hear(pipe: NeighbourPipe, kind: type[Event], seconds: float = 20) -> Event:
    """The next event of that kind."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for event in pipe.serve(is_readable=True):
            if isinstance(event, kind):
                return event
        time.sleep(0.01)
    raise TimeoutError(kind.__name__)


Connect = Callable[[StationProfile, int], NeighbourPipe]


def test_out_and_back(door: tuple[PassingOn, int], needy: StationProfile, pipes: Connect) -> None:
    passing, port = door
    pipe = pipes(needy, port)
    assert pipe.open() is None
    hear(pipe, Up)
    mid = pipe.publish(topics.operations(NEEDY), b"a batch")
    hear_nothing = pipe.publish(topics.state(NEEDY), b"presence")
    assert hear(pipe, Taken) == Taken(hear_nothing, somebody_listens=False, is_refused=False)
    wait_until(lambda: passing.has_waiting, 20, "the message")
    found = passing.next_message(time.monotonic())
    assert found is not None
    assert relayed.read(found[1]) == Relayed(NEEDY, b"a batch")
    passing.taken(found[0], somebody_listens=True)
    assert hear(pipe, Taken) == Taken(mid, somebody_listens=True, is_refused=False)
    passing.answered(relayed.pack(Relayed("058091-PC-0009", b"for another")))
    passing.answered(b"nonsense")
    passing.answered(relayed.pack(Relayed(NEEDY, b"signed")))
    assert hear(pipe, Arrived) == Arrived(b"signed")


def test_what_is_passed_on_has_its_pace(
    door: tuple[PassingOn, int], needy: StationProfile, pipes: Connect
) -> None:
    passing, port = door
    pipe = pipes(needy, port)
    assert pipe.open() is None
    for _ in range(40):
        pipe.publish(topics.operations(NEEDY), bytes(1000))
    list(pipe.serve(is_readable=False))
    wait_until(passing._waiting.full, 20, "the bound")
    now = time.monotonic()
    assert passing.next_message(now) is not None
    assert passing.next_message(now + 0.01) is None
    assert passing.next_message(now + 1) is not None


def test_only_so_many_at_once_and_none_without_a_hub(
    door: tuple[PassingOn, int], needy: StationProfile, pipes: Connect
) -> None:
    passing, port = door
    for _ in range(MOST_CONNECTIONS):
        pipe = pipes(needy, port)
        assert pipe.open() is None
    wait_until(lambda: len(passing._names) == MOST_CONNECTIONS, 20, "the connections")
    assert pipes(needy, port).open() == Down("link.no-network")
    passing.may_take = False
    wait_until(lambda: not passing._names, 20, "their end")
    assert pipes(needy, port).open() == Down("link.no-network")


@pytest.mark.parametrize("wrong", ["foreign", "other-comune", "itself"])
def test_who_is_no_neighbour_is_not_dealt_with(
    wrong: str,
    door: tuple[PassingOn, int],
    tmp_path: Path,
    authority: Authority,
    keys: HubKeys,
    pipes: Connect,
) -> None:
    passing, port = door
    name = {"other-comune": "001272-PC-0001", "itself": HELPER}.get(wrong, NEEDY)
    issuer = Authority.create("foreign") if wrong == "foreign" else authority
    stranger = station(tmp_path / "stranger", name, issuer, keys)
    assert pipes(stranger, port).open() == Down("link.no-network")
    assert not passing.has_waiting


@pytest.mark.parametrize("standing", ["blocked", "revoked"])
def test_who_is_blocked_or_revoked_is_not_dealt_with(
    standing: str,
    door: tuple[PassingOn, int],
    helper: StationProfile,
    needy: StationProfile,
    keys: HubKeys,
    pipes: Connect,
) -> None:
    """Either end holds to the hub's list."""
    _, port = door
    named = StationList(1, 1_800_000_000_000, **{standing: (HELPER,)})  # type: ignore[arg-type]
    path = needy.trust_list.with_name("stations.cose")
    path.write_bytes(station_list.sign(named, keys.signer))
    assert pipes(needy, port).open() == Down("link.no-network")
    path.unlink()
    assert pipes(needy, port).open() is None
    named = StationList(1, 1_800_000_000_000, **{standing: (NEEDY,)})  # type: ignore[arg-type]
    path = helper.trust_list.with_name("stations.cose")
    path.write_bytes(station_list.sign(named, keys.signer))
    pipe = pipes(needy, port)
    assert pipe.open() is None  # its own end cannot know
    pipe.publish(topics.operations(NEEDY), b"a batch")
    hear(pipe, Down)


def test_an_expired_certificate_counts_no_more(helper: StationProfile) -> None:
    der = device_certificate.all_in(helper.tls_certificate.read_bytes())[0]
    other = replace(helper, name=NEEDY)
    assert acquaintance.judged(other, der) == HELPER
    assert acquaintance.judged(other, der, datetime.now(UTC) + timedelta(days=40_000)) == ""
    assert acquaintance.judged(other, None) == ""
    assert acquaintance.judged(other, b"no certificate") == ""


@pytest.mark.parametrize(
    "noise",
    [b"GET / HTTP/1.0\r\n\r\n", bytes(9), Kind.ANSWER.value + bytes(4), b"M\xff\xff\xff\xff", b""],
)
def test_noise_ends_the_connection_and_nothing_else(
    noise: bytes, door: tuple[PassingOn, int], needy: StationProfile, pipes: Connect
) -> None:
    passing, port = door
    tls = acquaintance.context(needy, b"", listens=False)
    with (
        socket.create_connection(("127.0.0.1", port), 20) as plain,
        tls.wrap_socket(plain) as channel,
    ):
        channel.sendall(noise)
        if noise:
            with suppress(ssl.SSLError, ConnectionError):
                assert channel.recv(10) == b""
    assert not passing.has_waiting
    pipe = pipes(needy, port)
    assert pipe.open() is None


def test_a_neighbour_is_asked_by_turns_when_the_broker_is_missed(needy: StationProfile) -> None:
    known = (("127.0.0.1", 1), ("127.0.0.1", 2))
    around = Neighbourhood(replace(needy, neighbours=Neighbours(known=known)), b"", lambda: None)
    asked = [around.pipe(failures) for failures in range(8)]
    assert [one is not None for one in asked] == [
        False,
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert len({one._address for one in asked if one is not None}) == 2
    assert Neighbourhood(needy, b"", lambda: None).pipe(2) is None


def test_a_neighbour_lasts_only_so_long(door: tuple[PassingOn, int], needy: StationProfile) -> None:
    pipe = NeighbourPipe(needy, ("127.0.0.1", door[1]), b"", lasts=0.0)
    try:
        assert pipe.open() is None
        assert Down("link.no-network") in list(pipe.serve(is_readable=False))
    finally:
        pipe.close()


def test_stations_find_each_other_and_show_no_name() -> None:
    one, other = Discovery(4711, ["127.0.0.1"]), Discovery(None, ["127.0.0.1"])
    try:
        assert one.start()
        assert other.start()
        wait_until(lambda: ("127.0.0.1", 4711) in other.found(), 20, "the neighbour")
        assert ("127.0.0.1", 4711) not in one.found()
    finally:
        one.stop()
        other.stop()


def test_discovery_begins_when_there_is_a_network(
    needy: StationProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Discovery] = []

    def later(self: Discovery) -> bool:
        tries.append(self)
        self.shown("one", ("127.0.0.1", 4711))
        return len(tries) > 1

    monkeypatch.setattr(Discovery, "start", later)
    monkeypatch.setattr(neighbourhood, "_AGAIN_SECONDS", 0.01)
    around = Neighbourhood(replace(needy, neighbours=Neighbours(discover=True)), b"", lambda: None)
    around.start()
    try:
        wait_until(lambda: around.pipe(2) is not None, 20, "a neighbour")
    finally:
        around.stop()
    assert len(tries) == 2


@pytest.mark.parametrize(
    "table",
    ['listen = "nowhere"', "known = 7", 'known = ["host:0"]', 'discover = "yes"', "listen = 1"],
)
def test_settings_that_make_no_sense_are_told(needy: StationProfile, table: str) -> None:
    path = needy.folder / "station.toml"
    path.write_text(f"{path.read_text()}[neighbours]\n{table}\n")
    with pytest.raises(ProfileError, match=r"neighbours\."):
        load(needy.folder)


@pytest.mark.parametrize("data", [b"", b"\x80", relayed.pack(Relayed("hub/#", b""))[:-1]])
def test_what_is_passed_on_has_its_shape(data: bytes) -> None:
    with pytest.raises(Malformed):
        relayed.read(data)


def test_only_the_same_comune_passes_on() -> None:
    assert relayed.may_pass(HELPER, NEEDY)
    assert not relayed.may_pass(HELPER, "001272-PC-0001")
    assert not relayed.may_pass(HELPER, HELPER)


def silent(port: int, count: int, source: str = "127.0.0.1") -> list[socket.socket]:
    """Connections of somebody who begins a handshake and says no more."""
    made = []
    for _ in range(count):
        made.append(socket.create_connection(("127.0.0.1", port), 20, (source, 0)))
        with suppress(OSError):
            made[-1].sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
    return made


def test_whoever_says_nothing_keeps_no_neighbour_out(
    door: tuple[PassingOn, int], needy: StationProfile, pipes: Connect
) -> None:
    """Few of one address; and where all places are held, only for a moment."""
    passing, port = door
    held = silent(port, 40, "127.0.0.2")
    try:
        wait_until(lambda: len(passing._unknown) == MOST_OF_ADDRESS, 20, "the bound")
        assert len(passing._threads) <= MOST_OF_ADDRESS + 1
        pipe = pipes(needy, port)
        assert pipe.open() is None
        hear(pipe, Up)
        pipe.publish(topics.operations(NEEDY), b"a batch")
        list(pipe.serve(is_readable=False))
        wait_until(lambda: passing.has_waiting, 20, "the message")
        for last in range(3, 3 + MOST_UNKNOWN // MOST_OF_ADDRESS):
            held += silent(port, MOST_OF_ADDRESS, f"127.0.0.{last}")
        assert len(passing._unknown) <= MOST_UNKNOWN
        wait_until(lambda: pipes(needy, port).open() is None, 20, "a place")
        assert len(passing._threads) <= MOST_UNKNOWN + MOST_CONNECTIONS + 1
    finally:
        for one in held:
            one.close()


def test_a_handshake_has_its_time(
    door: tuple[PassingOn, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    passing, port = door
    monkeypatch.setattr(passing_on, "_HANDSHAKE_SECONDS", 0.3)
    (held,) = silent(port, 1)
    with held:
        held.settimeout(20)
        with suppress(ConnectionError):
            assert held.recv(1) == b""
    wait_until(lambda: not passing._unknown, 20, "its end")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ECONNABORTED, errno.ENOBUFS])
def test_the_door_stays_open_whatever_the_system_says(
    number: int,
    door: tuple[PassingOn, int],
    needy: StationProfile,
    pipes: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passing, port = door
    monkeypatch.setattr(passing_on, "_DOOR_SECONDS", 0.02)
    failing = [OSError(number, "no")] * 3
    passing.stop()
    passing._ended.clear()
    plain = socket.create_server(("127.0.0.1", port))
    plain.settimeout(0.1)

    def accept() -> object:
        if failing:
            raise failing.pop()
        return plain.accept()

    passing._door = cast("socket.socket", SimpleNamespace(accept=accept, close=plain.close))
    passing._spawn(passing._listen)
    wait_until(lambda: not failing, 20, "the failures")
    assert pipes(needy, port).open() is None


def test_names_by_chance_take_no_place_for_ever() -> None:
    """Anybody can show any number of them."""
    discovery = Discovery(None, chance=random.Random(4))
    station = ("10.0.0.9", 8884)
    discovery.shown("neighbour", station)
    for number in range(100):
        discovery.shown(f"one address {number}", ("10.0.0.66", number + 1))
    assert len(discovery.found()) == 1 + discovery_module.MOST_OF_ADDRESS
    discovery.told(station, is_station=True)
    for number in range(500):
        discovery.shown(f"fake {number}", (f"10.1.{number // 250}.{number % 250}", 1))
        assert len(discovery.found()) <= MOST_FOUND
        assert discovery.found()[0] == station
        discovery.told(discovery.found()[1], is_station=False)
    discovery.told(station, is_station=False)
    assert station in discovery.found()


def test_whom_the_settings_name_has_every_other_turn(needy: StationProfile) -> None:
    known = (("127.0.0.1", 1),)
    around = Neighbourhood(replace(needy, neighbours=Neighbours(known=known)), b"", lambda: None)
    around._discovery = discovery = Discovery(None)
    for number in range(MOST_FOUND):
        discovery.shown(f"fake {number}", (f"127.0.1.{number}", 1))
    asked = []
    for _ in range(8):
        pipe = around.pipe(2)
        assert pipe is not None
        asked.append(pipe._address)
        pipe._told(False)  # noqa: FBT003 - as `open` says it
    assert asked.count(known[0]) == 4
    assert len(set(asked)) == 5


def test_what_was_found_is_looked_for_anew(
    needy: StationProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Discovery] = []

    def start(self: Discovery) -> bool:
        made.append(self)
        self.shown("fake", ("127.0.0.1", len(made)))
        return True

    monkeypatch.setattr(Discovery, "start", start)
    monkeypatch.setattr(neighbourhood, "LOOKS_SECONDS", 0.01)
    around = Neighbourhood(replace(needy, neighbours=Neighbours(discover=True)), b"", lambda: None)
    around.start()
    try:
        wait_until(lambda: len(made) > 2, 20, "another look")
    finally:
        around.stop()
