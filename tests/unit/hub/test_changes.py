"""What counters are told of the registry, and what could keep them from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from sync.hub import changes
from sync.hub.changes import Scope
from sync.hub.store import registrations
from sync.model import changes_plain, inquiry_plain
from sync.model.addresses import ItalianAddress
from sync.model.inquiry import Changes, EntryKind
from sync.model.registration import Part
from sync.wire.receipt import Accepted
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import Bench, preregistration
from tests.unit.model.examples import HOME

ALL: Final = Scope()


def told(bench: Bench, position: int = 0, scope: Scope = ALL) -> Changes:
    with bench.store.snapshot():
        found = changes.since(bench.store, position, changes.MOST, scope, "desk-0009")
    assert isinstance(found, Changes)
    return found


@pytest.mark.rule("R-003-9")
def test_who_preregisters_again_and_again_stops_no_counter(counters: Office) -> None:
    bench = counters.bench
    kiosk = bench.enrolled("kiosk-0001", 17)
    for turn in range(changes_plain.MOST_ALIASES + 3):
        kiosk.record(preregistration(5, email=f"x{turn}@example.org"))
    bench.send(kiosk, 1, len(kiosk.chain))
    bench.settle()
    counters.here.register(1)
    found = told(bench)
    read = inquiry_plain.reply_from_plain(*inquiry_plain.reply_to_plain(found))
    assert read == found
    newest = [entry for entry in found.entries if entry.kind is EntryKind.REGISTRATION]
    assert [len(entry.aliases) for entry in newest] == [changes_plain.MOST_ALIASES, 0]
    others = registrations.aliases(bench.store, newest[0].number)
    assert len(others) == changes_plain.MOST_ALIASES + 2, "every paper finds the person here"
    first = registrations.by_number(bench.store, others[0])
    assert first is not None
    assert first.number == newest[0].number
    assert others[0] not in newest[0].aliases, "the oldest is not told"
    assert others[-1] in newest[0].aliases


def test_entry_that_no_station_can_read_is_left_out(
    counters: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counters.here.register(1)
    counters.here.register(2)
    end = told(counters.bench).position

    def too_many(_: object, numbers: list[str], most: int) -> dict[str, tuple[str, ...]]:
        return {numbers[0]: tuple("X" for _ in range(most + 1))}

    monkeypatch.setattr(registrations, "aliases_of", too_many)
    found = told(counters.bench)
    assert len(found.entries) == 1
    assert found.position == end, "the station goes past it"
    assert "change.unfit" in caplog.text


def test_reader_goes_past_an_entry_that_it_cannot_read(counters: Office) -> None:
    counters.here.register(1)
    counters.here.register(2)
    found = told(counters.bench)
    kind, plain = inquiry_plain.reply_to_plain(found)
    plain["entries"][0]["kind"] = "rumour"
    read = inquiry_plain.reply_from_plain(kind, plain)
    assert read == replace(found, entries=found.entries[1:], unreadable=1)


@pytest.mark.rule("R-003-61")
def test_counter_forgets_who_has_left_its_scope_by_however_many_steps(counters: Office) -> None:
    counters.here.register(1)
    scope = Scope(comuni=frozenset({HOME.comune}))
    first = told(counters.bench, scope=scope)
    assert [entry.kind for entry in first.entries] == [EntryKind.REGISTRATION]
    for comune in ("A001", "A952"):
        seen = counters.seen(1)
        assert isinstance(seen.residence, ItalianAddress)
        moved = replace(seen.residence, comune=comune)
        assert counters.here.do(counters.here.move(seen, moved)) == Accepted()
    second = told(counters.bench, first.position, scope)
    assert [(entry.kind, entry.number) for entry in second.entries] == [
        (EntryKind.GONE, counters.held(1).number)
    ]


def test_office_that_is_no_more_concerned_forgets_the_person(counters: Office) -> None:
    counters.here.register(1)
    scope = Scope(offices=frozenset({counters.here.office}))
    first = told(counters.bench, scope=scope)
    assert [entry.kind for entry in first.entries] == [EntryKind.REGISTRATION]
    counters.there.register(1)
    second = told(counters.bench, first.position, scope)
    assert EntryKind.GONE in {entry.kind for entry in second.entries}


def test_whoever_holds_nothing_is_told_of_nobody_out_of_scope(counters: Office) -> None:
    counters.here.register(1)
    counters.here.do(counters.here.edit(counters.seen(1), Part.NOTE, "x"))
    assert told(counters.bench, scope=Scope(comuni=frozenset({"A001"}))).entries == ()
