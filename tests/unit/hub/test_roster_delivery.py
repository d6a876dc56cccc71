"""The signed roster comes to a counter that asks, in parts, and to nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub import inquiries, roster_delivery, rosters
from sync.hub.changes import Scope, Scopes
from sync.hub.inquiries import NO_COUNTER
from sync.hub.settings import HubSettings
from sync.hub.store import operators
from sync.model.inquiry import Denied, Done, RosterPart, RosterSince
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import roster
from tests.unit.hub.counters import Office
from tests.unit.hub.test_inquiries import Hub

MANY = 1200


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
        made._sources = replace(made._sources, signed_roster=lambda: self.file)
        return made

    def fetch(self, held: int = 0) -> bytes | None:
        """The whole roster as a counter with no operator in force puts it together."""
        whole = b""
        while True:
            told = self.ask(self.counters.here, RosterSince(held, len(whole)), operator=None)
            if told == Done():
                return None
            assert isinstance(told, RosterPart)
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
    assert len(roll.file) > 2 * roster_delivery.PART_BYTES
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


def test_roster_is_told_to_counters_only(roll: Roll, counters: Office) -> None:
    roll.file = signed(counters, 3, people=2)
    roll.inquiries = roll.open(Scopes({"somewhere-else": Scope()}))
    assert isinstance(told := roll.ask(counters.here, RosterSince(0)), Denied)
    assert told.code == NO_COUNTER


def test_signed_file_is_read_from_the_folder_of_trust(tmp_path: Path) -> None:
    class Settings:
        trust_dir = tmp_path

    settings: HubSettings = Settings()  # type: ignore[assignment]  # only the folder is looked at
    assert rosters.signed(settings) is None
    (tmp_path / rosters.FILE).write_bytes(b"signed")
    assert rosters.signed(settings) == b"signed"
