"""An entry that the hub never answers, or that the disk has damaged, never blocks the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from sync.edge.link.loop import Link
from sync.edge.outbox import OutboxState, ReleasedBy, WhoCanAct, Why
from sync.edge.store import FILE_NAME
from sync.wire.batch import Absent
from sync.wire.receipt import Accepted, Missing
from tests.emulated.services import wait_until
from tests.faults.edge.conftest import Kiosk, running_link
from tests.faults.edge.scripted_hub import ScriptedHub

Log = Callable[[str], list[str]]


def damage(kiosk: Kiosk, seq: int) -> None:
    """One bit of a recorded envelope turns over on the disk."""
    with closing(sqlite3.connect(kiosk.profile.store / FILE_NAME)) as raw:
        raw.execute("DROP TRIGGER IF EXISTS journal_is_not_changed")
        (data,) = raw.execute("SELECT envelope FROM journal WHERE seq = ?", (seq,)).fetchone()
        changed = data[:500] + bytes([data[500] ^ 4]) + data[501:]
        raw.execute("UPDATE journal SET envelope = ? WHERE seq = ?", (changed, seq))
        raw.commit()


@pytest.mark.parametrize("poison", [{1}, {7}, {3, 4}, {2, 9}])
def test_the_rest_gets_through(kiosk: Kiosk, hub: ScriptedHub, poison: set[int]) -> None:
    hub.script.silent = poison
    kiosk.record(12)
    with running_link(kiosk, answer_seconds=0.2):
        kiosk.wait_accepted(60)
    assert hub.up_to == 12
    assert set(hub.whole) == set(range(1, 13)) - poison
    for entry in kiosk.entries():
        if entry.seq in poison:
            assert entry.state is OutboxState.QUARANTINED
            assert entry.outcome == Missing()
            assert entry.why == Why.UNANSWERED.value
            assert entry.released_by == ReleasedBy.NEXT_TRY.value
            assert entry.who_can_act == WhoCanAct.CENTRAL_OFFICE.value
        else:
            assert entry.state is OutboxState.ACCEPTED
    waiting = kiosk.outbox.needing_a_person()
    assert isinstance(waiting, tuple)
    assert {entry.seq for entry in waiting} == poison


def test_poison_at_the_end_waits_and_does_not_hold_up_what_follows(
    kiosk: Kiosk, hub: ScriptedHub
) -> None:
    hub.script.silent = {3}
    kiosk.record(3)
    with running_link(kiosk, answer_seconds=0.2):
        wait_until(lambda: hub.up_to == 2, 20, "the first two are stored")
        kiosk.wait_code("link.no-answer")
        assert kiosk.entries()[2].state in {OutboxState.WAITING_RETRY, OutboxState.IN_FLIGHT}
        wait_until(
            lambda: kiosk.entries()[2].next_try_at is not None, 20, "it says when it tries again"
        )
        kiosk.record(1)
        kiosk.wait_accepted(60)
    assert kiosk.states() == [
        OutboxState.ACCEPTED,
        OutboxState.ACCEPTED,
        OutboxState.QUARANTINED,
        OutboxState.ACCEPTED,
    ]


def test_quarantine_ends_when_the_hub_takes_it_after_all(kiosk: Kiosk, hub: ScriptedHub) -> None:
    hub.script.silent = {2}
    kiosk.record(4)
    with running_link(kiosk, answer_seconds=0.2):
        kiosk.wait_accepted(60)
    assert kiosk.states()[1] is OutboxState.QUARANTINED
    hub.script.silent = set()
    with running_link(kiosk):
        wait_until(lambda: kiosk.states() == [OutboxState.ACCEPTED] * 4, 20, "all is accepted")
    assert hub.whole == [1, 2, 3, 4]
    assert kiosk.entries()[1].outcome == Accepted()


def test_damage_in_a_queue_is_told_and_blocks_nothing(
    kiosk: Kiosk, hub: ScriptedHub, log_lines: Log
) -> None:
    kiosk.record(6)
    damage(kiosk, 2)
    damage(kiosk, 3)
    with running_link(kiosk):
        kiosk.wait_accepted()
    assert hub.whole == [1, 4, 5, 6]
    assert "link.entry-damaged seq=2" in log_lines("link.entry-damaged")
    for entry in kiosk.entries()[1:3]:
        assert entry.state is OutboxState.QUARANTINED
        assert entry.why == Why.DAMAGED.value
        assert entry.who_can_act == WhoCanAct.TECHNICIAN.value


def test_damage_at_the_end_waits_for_an_entry_that_signs_for_it(
    kiosk: Kiosk, hub: ScriptedHub
) -> None:
    """Under a link that runs; one that starts sets such a store aside (`test_damaged`)."""
    hub.script.silent = {1}  # nothing is through before the damage is done
    with running_link(kiosk) as link:
        assert isinstance(link, Link)
        kiosk.record(3)
        damage(kiosk, 3)
        hub.script.silent = set()
        wait_until(lambda: kiosk.standing().decided == 2, 20, "what is whole is through")
        messages = len(hub.heard)
        kiosk.record(1)
        kiosk.wait_accepted()
    assert hub.whole == [1, 2, 4]
    assert any(isinstance(item, Absent) for item in hub.heard[messages].items)
