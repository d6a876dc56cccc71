"""Signed lists come to any station that asks, in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub import inquiries, list_delivery
from sync.hub.changes import Scope, Scopes
from sync.hub.list_delivery import SignedLists
from sync.hub.store import alarms, lists, operators
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Done
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import list_versions, roster, station_list
from sync.wire.station_list import StationList
from tests.unit.hub.counters import Office
from tests.unit.hub.test_inquiries import Hub

MANY = 1800


def signed(counters: Office, version: int, people: int = MANY) -> bytes:
    entries = tuple(
        OperatorEntry(
            hashlib.sha256(bytes([one % 256, one // 256])).digest(),
            f"Operatore {one}",
            "Comune di Torino",
            frozenset({Right.REGISTER, Right.MANAGE}),
            (),
            date(2030, 12, 31),
        )
        for one in range(people)
    )
    bench = counters.bench
    data = roster.sign(Roster(version, bench.now, entries), bench.signer)
    with bench.store.transaction():
        operators.signed(bench.store, version, hashlib.sha256(data).digest(), bench.now)
    return data


class Roll(Hub):
    """A hub with the file of a signed roster."""

    file: bytes | None = None

    def open(self, scopes: Scopes) -> inquiries.Inquiries:
        made = super().open(scopes)
        made._sources = replace(made._sources, signed_list=self.signed)
        return made

    def signed(self, name: str) -> tuple[int, bytes] | None:
        version = None if self.file is None else list_versions.version_of(name, self.file)
        return None if version is None or self.file is None else (version, self.file)

    def fetch(self, held: int = 0) -> bytes | None:
        """The whole roster as a counter with no operator in force puts it together."""
        whole = b""
        while True:
            told = self.ask(
                self.counters.here, SignedListSince("roster", held, len(whole)), operator=None
            )
            if told == Done():
                return None
            assert isinstance(told, SignedListPart)
            assert told.offset == len(whole)
            whole += told.data
            if len(whole) == told.of:
                return whole


@pytest.fixture
def roll(counters: Office, registry_path: Path) -> Iterator[Roll]:
    made = Roll(counters, registry_path)
    yield made
    made.inquiries.stop()
    made.writer.stop()
    made.thread.join(5)


def test_counter_fetches_a_roster_that_no_message_holds(roll: Roll, counters: Office) -> None:
    roll.file = signed(counters, 3)
    assert len(roll.file) > 2 * list_delivery.PART_BYTES
    whole = roll.fetch()
    assert whole == roll.file
    taken = roster.load(whole, counters.bench.trust, at_least=2)
    assert isinstance(taken, Roster)
    assert taken.version == 3
    assert len(taken.entries) == MANY


def test_nothing_newer_nothing_told(roll: Roll, counters: Office) -> None:
    assert roll.fetch() is None
    roll.file = signed(counters, 3, people=2)
    assert roll.fetch(held=3) is None
    assert roll.fetch(held=4) is None
    assert roll.fetch(held=2) == roll.file


def test_file_that_is_not_the_one_signed_last_is_not_told(roll: Roll, counters: Office) -> None:
    roll.file = signed(counters, 3, people=2)
    signed(counters, 4, people=3)
    assert roll.fetch(held=2) is None
    roll.file = None
    assert roll.fetch(held=2) is None


def test_lists_are_told_to_any_station(roll: Roll, counters: Office) -> None:
    """Who is no counter, or has lost every right, must learn of it too."""
    roll.file = signed(counters, 3, people=2)
    roll.inquiries = roll.open(Scopes({"somewhere-else": Scope()}))
    assert roll.fetch() == roll.file
    roll.file = station_list.sign(StationList(5, 0, blocked=("kiosk-0001",)), counters.bench.signer)
    told = roll.ask(counters.here, SignedListSince("stations", 4), operator=None)
    assert told == SignedListPart("stations", 5, 0, len(roll.file), roll.file)
    for asked in (
        SignedListSince("stations", 5),
        SignedListSince("stations", 4, len(roll.file)),
        SignedListSince("trust", 0),
        SignedListSince("weather", 0),
    ):
        assert roll.ask(counters.here, asked, operator=None) == Done()


def test_what_a_station_says_that_it_holds_is_kept(roll: Roll, counters: Office) -> None:
    here = counters.here.station.name
    roll.ask(counters.here, SignedListSince("trust", 7), operator=None)
    roll.ask(counters.here, SignedListSince("weather", 7), operator=None)
    held = {one.station: one.version for one in lists.holdings(counters.bench.store, "trust")}
    assert held[here] == 7
    assert not lists.is_known(counters.bench.store, here, "weather", 7, 0)


def test_a_station_with_a_newer_list_than_the_hubs_is_an_alarm(
    roll: Roll, counters: Office
) -> None:
    roll.file = signed(counters, 3, people=1)
    roll.ask(counters.here, SignedListSince("roster", 3), operator=None)
    assert "list.ahead" not in {alarm.code for alarm in alarms.alarms(counters.bench.store)}
    roll.ask(counters.here, SignedListSince("roster", 4), operator=None)
    (raised,) = [a for a in alarms.alarms(counters.bench.store) if a.code == "list.ahead"]
    assert (raised.station, raised.detail) == (counters.here.station.name, "roster")


def test_a_process_whose_copy_is_behind_raises_no_alarm(roll: Roll, counters: Office) -> None:
    """What another process of the hub has signed and noted counts as the hub's."""
    store = counters.bench.store
    roll.file = signed(counters, 3, people=1)
    newer = signed(counters, 4, people=1)
    with store.transaction():
        list_delivery.note_lines(store, "roster", 4, newer, counters.bench.now)
    roll.ask(counters.here, SignedListSince("roster", 4), operator=None)
    assert not [one for one in alarms.alarms(store) if one.code == "list.ahead"]
    roll.ask(counters.here, SignedListSince("roster", 5), operator=None)
    assert [one.code for one in alarms.alarms(store)] == ["list.ahead"]


def test_signed_files_are_read_from_the_folder_of_trust(tmp_path: Path, counters: Office) -> None:
    files = SignedLists(tmp_path)
    assert files.read("stations") is None
    assert files.versions() == {}
    for version in (1, 2):
        data = station_list.sign(StationList(version, 0), counters.bench.signer)
        fresh = tmp_path / "fresh"
        fresh.write_bytes(data)
        fresh.replace(tmp_path / list_delivery.FILES["stations"])
        assert files.read("stations") == files.read("stations") == (version, data)
        assert files.versions() == {"stations": version}
    (tmp_path / list_delivery.FILES["roster"]).write_bytes(b"no list")
    assert files.read("roster") is None
    assert files.read("../keys/signing") is None
    assert files.versions() == {"stations": 2}
