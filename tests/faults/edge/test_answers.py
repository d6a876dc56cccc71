"""What the link does with answers: good, doubled, lost, foreign, false; over a real broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from sync.edge.outbox import OutboxState, ReleasedBy, WhoCanAct, Why
from sync.edge.trouble import StoreTrouble
from sync.wire import receipt
from sync.wire.receipt import Accepted, Answer, Refused
from sync.wire.signer import SoftwareSigner
from tests.emulated.services import wait_until
from tests.faults.edge.conftest import Kiosk
from tests.faults.edge.scripted_hub import ScriptedHub

Log = Callable[[str], list[str]]

pytestmark = pytest.mark.usefixtures("link")


def test_operations_arrive_in_order_and_are_accepted(kiosk: Kiosk, hub: ScriptedHub) -> None:
    done = kiosk.record(120)
    kiosk.wait_accepted()
    assert [held.hash for held in hub.chain] == [one.hash for one in done]
    assert set(kiosk.states()) == {OutboxState.ACCEPTED}
    entry = kiosk.entries()[0]
    assert entry.outcome == Accepted()
    assert (entry.why, entry.released_by) == (Why.WELL.value, ReleasedBy.NOTHING_NEEDED.value)
    assert entry.sent_at is not None
    assert entry.acknowledged_at is not None
    assert entry.recorded_at <= entry.sent_at <= entry.acknowledged_at
    assert kiosk.status().code == "link.up"


def test_doubled_answers_change_nothing(kiosk: Kiosk, hub: ScriptedHub) -> None:
    hub.script.repeat = 3
    for _ in range(5):
        kiosk.record(3)
    kiosk.wait_accepted()
    sent = sum(len(message.items) for message in hub.heard)
    assert hub.up_to == 15
    assert sent <= 20


def test_lost_answers_are_mended_by_asking(kiosk: Kiosk, hub: ScriptedHub) -> None:
    hub.script.swallow = 2
    kiosk.record(10)
    kiosk.wait_accepted()
    assert hub.up_to == 10
    assert set(kiosk.states()) == {OutboxState.ACCEPTED}


def test_a_refused_operation_waits_for_a_person(kiosk: Kiosk, hub: ScriptedHub) -> None:
    refused = Refused("email.cec-pac", "R-003-31", "remedy.correct-and-repeat")
    hub.script.outcomes[2] = refused
    kiosk.record(3)
    kiosk.wait_accepted()
    assert kiosk.states() == [OutboxState.ACCEPTED, OutboxState.REFUSED, OutboxState.ACCEPTED]
    entry = kiosk.entries()[1]
    assert entry.outcome == refused
    assert entry.why == Why.REFUSED.value
    assert entry.released_by == ReleasedBy.DECISION.value
    assert entry.who_can_act == WhoCanAct.OPERATOR.value
    waiting = kiosk.outbox.needing_a_person()
    assert waiting == (entry,)


def test_stored_is_not_yet_decided(kiosk: Kiosk, hub: ScriptedHub) -> None:
    hub.script.decides = False
    kiosk.record(4)
    wait_until(lambda: kiosk.standing().watermark == 4, 20, "stored")
    assert set(kiosk.states()) == {OutboxState.IN_FLIGHT}
    assert {entry.why for entry in kiosk.entries()} == {Why.BEING_DECIDED.value}
    assert all(entry.acknowledged_at is not None for entry in kiosk.entries())
    hub.script.decides = True
    hub.push(hub.sign(hub.acknowledgement()))
    kiosk.wait_accepted()
    assert set(kiosk.states()) == {OutboxState.ACCEPTED}


def test_decisions_that_are_not_told_are_asked_for(kiosk: Kiosk, hub: ScriptedHub) -> None:
    hub.script.decides = False
    kiosk.record(4)
    wait_until(lambda: kiosk.standing().watermark == 4, 20, "stored")
    hub.script.decides = True
    kiosk.wait_accepted()
    assert hub.heard[-1].items == ()
    assert hub.heard[-1].known == 0


def test_an_answer_of_a_stranger_is_ignored_and_logged(
    kiosk: Kiosk, hub: ScriptedHub, log_lines: Log
) -> None:
    hub.script.foreign = SoftwareSigner.generate()
    hub.script.swallow = 0
    kiosk.record(2)
    kiosk.wait_accepted()
    assert log_lines("link.foreign-answer")
    before = kiosk.standing()
    lie = replace(hub.acknowledgement(), up_to=9, hub_time=hub.time + 10_000)
    hub.push(receipt.sign(lie, SoftwareSigner.generate()))
    hub.push(b"nonsense")
    hub.push(b"")
    wait_until(lambda: len(log_lines("link.foreign-answer")) >= 5, 20, "all are logged")
    assert kiosk.standing() == before
    assert kiosk.try_record() != StoreTrouble("store.behind-hub")


def test_an_answer_about_another_station_is_ignored(
    kiosk: Kiosk, hub: ScriptedHub, log_lines: Log
) -> None:
    kiosk.record(1)
    kiosk.wait_accepted()
    hub.push(hub.sign(replace(hub.acknowledgement(), station="kiosk-0002", up_to=5, answers=())))
    wait_until(lambda: log_lines("link.wrong-answer") != [], 20, "it is logged")
    assert log_lines("link.wrong-answer") == ["link.wrong-answer code=answer.station"]
    assert kiosk.standing().trouble is None


def test_an_answer_about_another_operation_is_ignored(
    kiosk: Kiosk, hub: ScriptedHub, log_lines: Log
) -> None:
    kiosk.record(2)
    kiosk.wait_accepted()
    wrong = replace(hub.acknowledgement(), answers=(Answer(2, UUID(int=1), Refused("a.b")),))
    hub.push(hub.sign(wrong))
    wait_until(lambda: log_lines("link.wrong-answer") != [], 20, "it is logged")
    assert log_lines("link.wrong-answer") == ["link.wrong-answer code=answer.operation"]
    assert set(kiosk.states()) == {OutboxState.ACCEPTED}


def test_a_head_that_is_not_ours_stops_recording(
    kiosk: Kiosk, hub: ScriptedHub, log_lines: Log
) -> None:
    """Somebody else has spoken with this station's key: no silent fork."""
    kiosk.record(3)
    kiosk.wait_accepted()
    hub.script.lie = lambda said: replace(said, head=bytes(32))
    kiosk.record(1)
    kiosk.wait_code("store.forked")
    assert log_lines("link.held")
    assert kiosk.try_record() == StoreTrouble("store.forked")
    assert kiosk.standing().watermark == 3
    assert kiosk.states() == [OutboxState.ACCEPTED] * 3 + [OutboxState.WAITING_HUB]
    entry = kiosk.entries()[-1]
    assert (entry.why, entry.who_can_act) == ("store.forked", WhoCanAct.TECHNICIAN.value)
    # The hub's later word that its chain is ours after all releases it.
    hub.script.lie = lambda said: said
    wait_until(lambda: kiosk.standing().trouble is None, 20, "released")
    kiosk.record(1)
    kiosk.wait_accepted()


def test_a_head_beyond_ours_stops_recording(kiosk: Kiosk, hub: ScriptedHub) -> None:
    kiosk.record(3)
    kiosk.wait_accepted()
    hub.script.lie = lambda said: replace(said, up_to=7, head=bytes(32))
    hub.push(hub.sign(hub.script.lie(hub.acknowledgement(known=3))))
    kiosk.wait_code("store.behind-hub")
    assert kiosk.try_record() == StoreTrouble("store.behind-hub")
    assert kiosk.states() == [OutboxState.ACCEPTED] * 3
    assert kiosk.standing().watermark == 3


def test_an_old_answer_releases_nothing(kiosk: Kiosk, hub: ScriptedHub) -> None:
    kiosk.record(2)
    kiosk.wait_accepted()
    old = hub.sign(hub.acknowledgement(known=2))
    hub.script.lie = lambda said: replace(said, head=bytes(32))
    hub.push(hub.sign(hub.script.lie(hub.acknowledgement(known=2))))
    kiosk.wait_code("store.forked")
    for _ in range(3):
        hub.push(old)
    with pytest.raises(TimeoutError):
        wait_until(lambda: kiosk.standing().trouble is None, 1.0, "released")


def test_an_old_answer_brings_nothing_back(kiosk: Kiosk, hub: ScriptedHub) -> None:
    """A broker that repeats old messages costs time and changes nothing."""
    kiosk.record(2)
    kiosk.wait_accepted()
    old = list(hub.said)
    kiosk.record(5)
    kiosk.wait_accepted()
    before = kiosk.standing()
    for data in old * 3:
        hub.push(data)
    kiosk.record(1)
    kiosk.wait_accepted()
    assert kiosk.standing().watermark == 8
    assert kiosk.standing().hub_time >= before.hub_time
    assert hub.up_to == 8
