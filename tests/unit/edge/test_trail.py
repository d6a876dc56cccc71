"""The audit trail of a station: in order, on the disk before anything is shown, sealed to the auditor."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.edge import trouble
from sync.edge.clock import StationClock
from sync.edge.store import Store
from sync.edge.trail import MOST_HELD, PAGE_LINES, Trail
from sync.edge.trouble import StoreTrouble
from sync.model import audit
from sync.model.audit import MOST_LINES, AuditEvent, AuditPage
from sync.wire.audit_trail import genesis, hashes, read_page
from sync.wire.sealing import SealingKey, UnsealingKey
from tests.unit.edge.stations import NAME, Station

AUDITOR = UnsealingKey.generate()
CODE = "RSSMRA80A01L219M"
CLERK = bytes(range(32))


def trail_of(store: Store | StoreTrouble, key: SealingKey | None = AUDITOR.sealing_key) -> Trail:
    return Trail(lambda: store, lambda: key, StationClock())


def page_of(trail: Trail) -> AuditPage:
    found = trail.page()
    assert isinstance(found, tuple), found
    return found[1]


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


@pytest.mark.rule("R-000-18")
def test_who_looks_after_the_machine_reads_what_happened_but_not_to_whom(
    store: Store, station: Station
) -> None:
    trail = trail_of(store)
    assert trail.keep(AuditEvent.OPENED, "found", actor=CLERK, subject=CODE) is None
    held = everything(station.profile.store)
    assert b"person.opened" in held
    assert CODE.encode() not in held
    page = page_of(trail)
    assert audit.problems(page, today=date(2026, 11, 23)) == ()
    (closed,) = read_page(NAME, page, None)
    assert (closed.line.event, closed.line.words, closed.subject) == (
        AuditEvent.OPENED,
        ("found",),
        None,
    )
    (opened,) = read_page(NAME, page, AUDITOR)
    assert (opened.subject, opened.line.actor) == (CODE, CLERK[:16])
    (foreign,) = read_page(NAME, page, UnsealingKey.generate())
    assert foreign.subject is None


def test_lines_follow_one_another_over_restarts(store: Store) -> None:
    first = trail_of(store)
    first.note(AuditEvent.STARTED, "0.1.0")
    first.note(AuditEvent.TRANSITION, "SignInAsked", "clerk.sign-in", "clerk.menu")
    assert first.flush() is None
    second = trail_of(store)
    second.note(AuditEvent.STARTED, "0.1.0")
    pages = []
    while (found := second.page()) is not None:
        assert isinstance(found, tuple)
        pages.append(found[1])
        assert second.recorded(found[1]) is None
    assert [page.first for page in pages] == [1, 3]  # a program's page has a key of its own
    assert pages[0].before == genesis(NAME)
    assert pages[1].before == hashes(1, pages[0].before, pages[0].lines)[-1]


def test_a_page_stays_the_same_until_it_is_recorded(store: Store) -> None:
    trail = trail_of(store)
    trail.note(AuditEvent.SIGNED_IN, "card", actor=CLERK)
    before = trail.page()
    trail.note(AuditEvent.SIGNED_OUT, actor=CLERK)
    assert trail.page() == before  # what comes later stands in the next
    assert trail_of(store).page() == before  # after a restart too
    assert isinstance(before, tuple)
    assert trail.recorded(before[1]) is None
    after = trail.page()
    assert isinstance(after, tuple)
    assert after[0] != before[0]
    assert [line.event for line in after[1].lines] == [AuditEvent.SIGNED_OUT]
    assert trail.recorded(after[1]) is None
    assert trail.page() is None


def test_a_page_is_due_by_lines_or_by_age(store: Store) -> None:
    trail = trail_of(store)
    assert not trail.is_due()
    for number in range(PAGE_LINES - 1):
        trail.note(AuditEvent.TRANSITION, f"step-{number}")
    assert trail.flush() is None
    assert not trail.is_due()
    trail.keep(AuditEvent.TRANSITION, "last")
    assert trail.is_due()


def test_long_trails_become_several_pages(store: Store) -> None:
    trail = trail_of(store)
    for number in range(3 * MOST_LINES):
        trail.note(AuditEvent.SEARCHED, str(number), subject=f"query {number}")
    assert trail.flush() is None
    subjects = []
    while (found := trail.page()) is not None:
        assert isinstance(found, tuple)
        assert len(found[1].lines) <= MOST_LINES
        subjects += [line.subject for line in read_page(NAME, found[1], AUDITOR)]
        assert trail.recorded(found[1]) is None
    assert subjects == [f"query {number}" for number in range(3 * MOST_LINES)]


def test_without_a_store_nothing_is_shown_and_nothing_forgotten(store: Store) -> None:
    places: list[Store | StoreTrouble] = [StoreTrouble(trouble.FULL)]
    trail = Trail(lambda: places[0], lambda: AUDITOR.sealing_key, StationClock())
    assert trail.keep(AuditEvent.OPENED, "found", subject=CODE) == StoreTrouble(trouble.FULL)
    places[0] = store
    assert trail.flush() is None
    assert read_page(NAME, page_of(trail), AUDITOR)[0].subject == CODE


def test_what_could_not_be_held_is_counted(store: Store) -> None:
    places: list[Store | StoreTrouble] = [StoreTrouble(trouble.FULL)]
    trail = Trail(lambda: places[0], lambda: None, StationClock())
    for _ in range(MOST_HELD + 7):
        trail.note(AuditEvent.TRANSITION, "step")
    places[0] = store
    assert trail.flush() is None
    counted = 0
    while (found := trail.page()) is not None:
        assert isinstance(found, tuple)
        counted += len(found[1].lines)
        last = found[1].lines[-1]
        assert trail.recorded(found[1]) is None
    assert counted == MOST_HELD + 1
    assert (last.event, last.words) == (AuditEvent.LOST, ("7",))


def test_without_an_auditor_lines_are_kept_and_nothing_is_sealed(store: Store) -> None:
    trail = trail_of(store, None)
    assert trail.keep(AuditEvent.OPENED, "found", subject=CODE) is None
    page = page_of(trail)
    assert page.key == b""
    assert page.lines[0].sealed == b""


def test_the_store_refuses_to_change_or_drop_lines(store: Store, station: Station) -> None:
    trail = trail_of(store)
    assert trail.keep(AuditEvent.OPENED, "found", subject=CODE) is None
    raw = sqlite3.connect(station.profile.store / "journal.db")
    try:
        for statement in (
            "DELETE FROM audit_line",
            "UPDATE audit_line SET words = 'other'",
            "UPDATE audit_head SET number = 0",
            "DELETE FROM audit_head",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(statement)
    finally:
        raw.close()


def test_every_change_of_a_page_changes_its_hash_or_opens_nothing(store: Store) -> None:
    trail = trail_of(store)
    for number in range(3):
        trail.note(AuditEvent.OPENED, "found", actor=CLERK, subject=f"person {number}")
    page = page_of(trail)
    last = hashes(page.first, page.before, page.lines)[-1]
    changed = [
        replace(page, lines=page.lines[:-1]),
        replace(page, lines=(*page.lines[1:], page.lines[0])),
        replace(page, first=page.first + 1),
        replace(page, lines=(replace(page.lines[0], at=0), *page.lines[1:])),
        replace(page, lines=(replace(page.lines[0], actor=b""), *page.lines[1:])),
        replace(page, lines=(replace(page.lines[0], words=("other",)), *page.lines[1:])),
        replace(page, lines=(replace(page.lines[0], event=AuditEvent.SEARCHED), *page.lines[1:])),
    ]
    for other in changed:
        assert hashes(other.first, other.before, other.lines)[-1] != last
    swapped = replace(page.lines[0], sealed=page.lines[1].sealed)
    moved = read_page(NAME, replace(page, lines=(swapped, *page.lines[1:])), AUDITOR)
    assert moved[0].subject is None


def test_only_names_and_codes_stand_openly() -> None:
    for word in ("SignInAsked", "clerk.menu", "token.pin-wrong", "12", "0.1.0"):
        assert audit.is_word(word)
    for text in ("Mario Rossi", "mario@example.org", "", "a/b", "x" * 65, "è"):
        assert not audit.is_word(text)


def test_a_disk_that_takes_its_time_keeps_nobody_waiting_who_only_notes(store: Store) -> None:
    asked, free = threading.Event(), threading.Event()

    def slow() -> Store:
        asked.set()
        free.wait(10)
        return store

    trail = Trail(slow, lambda: None, StationClock())
    trail.note(AuditEvent.STOPPED)
    writer = threading.Thread(target=trail.flush, daemon=True)
    writer.start()
    assert asked.wait(5)
    page = threading.Thread(target=trail.note, args=(AuditEvent.STOPPED,), daemon=True)
    page.start()
    page.join(2)
    waits = page.is_alive()
    free.set()
    writer.join(5)
    assert not waits
    assert len(page_of(trail).lines) == 2
