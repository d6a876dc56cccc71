from __future__ import annotations

import time
from uuid import UUID

import pytest

from sync.edge.clock import StationClock, uuid7
from sync.edge.journal import Recorded
from sync.edge.link.answers import Agreed, AtOdds, NotOurs, judge
from sync.edge.link.dispatch import Entries, LateEntry, Question
from sync.edge.link.keeping import Keeper
from sync.edge.link.packing import Message, pack
from sync.edge.link.pipe import Down, Pipe
from sync.edge.log_events import Event, log, where
from sync.edge.store import Standing, Store
from sync.edge.trouble import StoreTrouble
from sync.wire import batch
from sync.wire.batch import Absent
from sync.wire.envelope import Envelope, genesis
from sync.wire.receipt import Accepted, Acknowledgement, Answer, Missing, Refused
from tests.unit.edge.stations import NAME, Station, preregistration
from tests.unit.edge.test_store import damage
from tests.workbench.authority import Authority


@pytest.fixture
def done(station: Station, store: Store) -> list[Recorded]:
    journal = station.journal(store)
    made = [journal.record(uuid7(time.time_ns() // 1_000_000), preregistration) for _ in range(6)]
    return [one for one in made if isinstance(one, Recorded)]


def said(
    done: list[Recorded], up_to: int, *answers: Answer, station: str = NAME
) -> Acknowledgement:
    head = done[up_to - 1].hash if up_to else genesis(NAME)
    return Acknowledgement(station, up_to, head, answers, 1000)


def accepted(done: list[Recorded], *seqs: int) -> list[Answer]:
    return [Answer(seq, done[seq - 1].operation_id, Accepted()) for seq in seqs]


def test_stored_and_decided_are_two_marks(store: Store, done: list[Recorded]) -> None:
    found = judge(said(done, 5, *accepted(done, 1, 2, 3)), store, watermark=0, decided=0)
    assert isinstance(found, Agreed)
    assert (found.watermark, found.decided) == (5, 3)
    assert set(found.outcomes) == {1, 2, 3}


def test_decisions_are_known_without_gaps(store: Store, done: list[Recorded]) -> None:
    found = judge(said(done, 6, *accepted(done, 3, 4)), store, watermark=6, decided=1)
    assert isinstance(found, Agreed)
    assert found.decided == 1
    found = judge(said(done, 6, *accepted(done, 2, 3, 5)), store, watermark=6, decided=1)
    assert isinstance(found, Agreed)
    assert found.decided == 3


def test_nothing_goes_back(store: Store, done: list[Recorded]) -> None:
    found = judge(said(done, 2), store, watermark=5, decided=4)
    assert found == Agreed(5, 4, {})
    assert judge(said(done, 0), store, watermark=0, decided=0) == Agreed(0, 0, {})


def test_another_head_is_never_taken(store: Store, done: list[Recorded]) -> None:
    wrong = Acknowledgement(NAME, 4, done[4].hash, (), 1000)
    assert judge(wrong, store, watermark=0, decided=0) == AtOdds("store.forked")
    wrong = Acknowledgement(NAME, 0, bytes(32), (), 1000)
    assert judge(wrong, store, watermark=0, decided=0) == AtOdds("store.forked")
    beyond = Acknowledgement(NAME, 7, bytes(32), (), 1000)
    assert judge(beyond, store, watermark=0, decided=0) == AtOdds("store.behind-hub")


def test_what_is_about_something_else_is_not_ours(store: Store, done: list[Recorded]) -> None:
    other = said(done, 2, station="kiosk-0002")
    assert judge(other, store, watermark=0, decided=0) == NotOurs("answer.station")
    wrong = said(done, 2, Answer(1, UUID(int=5), Accepted()))
    assert judge(wrong, store, watermark=0, decided=0) == NotOurs("answer.operation")
    unknown = said(done, 2, Answer(1, None, Missing()))
    assert judge(unknown, store, watermark=0, decided=0) == Agreed(2, 1, {1: Missing()})


def test_messages_hold_what_was_ordered(store: Store, done: list[Recorded]) -> None:
    question = pack(Question(), store, known=3)
    assert isinstance(question, Message)
    end = Absent(done[-1].seq, done[-1].hash)
    assert (batch.read(question.data), question.last) == (batch.Batch(3, (), end), 0)
    about = pack(Question(about=2), store, known=3)
    assert isinstance(about, Message)
    assert batch.read(about.data).end == Absent(2, done[1].hash)
    message = pack(Entries(2, 3), store, known=0)
    assert isinstance(message, Message)
    items = batch.unpack(message.data)
    assert [item.hash for item in items] == [one.hash for one in done[1:4]]
    assert message.last == 4
    passed = pack(Entries(2, 3, 2), store, known=0)
    assert isinstance(passed, Message)
    assert batch.unpack(passed.data)[:2] == (Absent(2, done[1].hash), Absent(3, done[2].hash))
    assert isinstance(batch.unpack(passed.data)[2], Envelope)
    late = pack(LateEntry(2), store, known=6)
    assert isinstance(late, Message)
    assert batch.read(late.data).known == 1
    assert pack(Entries(7, 5), store, known=0) is None


@pytest.mark.usefixtures("done")
def test_damaged_entries_go_as_hashes(station: Station, store: Store) -> None:
    for seq in (3, 4, 6):
        damage(station, seq)
    message = pack(Entries(1, 50), store, known=0)
    assert isinstance(message, Message)
    kinds = [type(item) for item in batch.unpack(message.data)]
    assert kinds == [Envelope, Envelope, Absent, Absent, Envelope]
    assert message.last == 5
    assert pack(Entries(6, 50), store, known=0) is None
    assert pack(LateEntry(6), store, known=0) is None
    # One passed over, and the next ones damaged: on to the first that is whole.
    passed = pack(Entries(2, 2, 1), store, known=0)
    assert isinstance(passed, Message)
    assert [type(item) for item in batch.unpack(passed.data)] == [Absent] * 3 + [Envelope]


def test_what_the_disk_did_not_take_is_kept_with_the_next(
    store: Store, done: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(store, StationClock())
    refused = Refused("a.b", None, "")
    first = said(done, 2, *accepted(done, 1), Answer(2, done[1].operation_id, refused))
    keeper.owe(first, Agreed(2, 2, {1: Accepted(), 2: refused}), b"first", 5)
    with monkeypatch.context() as patch:
        patch.setattr(store, "acknowledge", lambda *_, **__: StoreTrouble("store.full"))
        assert keeper.keep() == StoreTrouble("store.full")
    assert keeper.owes
    second = said(done, 3, *accepted(done, 3))
    keeper.owe(second, Agreed(3, 3, {3: Accepted()}), b"second", 6)
    assert keeper.keep() is True
    assert keeper.keep() is False
    assert store.verdicts() == {2: refused}
    assert store.standing() == Standing(3, 3, 1000, None)


def test_a_log_line_has_no_room_for_more(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="no such field"):
        log(Event.DAMAGED, name="Rossi")
    log(Event.STORE, code="store.disk")
    assert [record.getMessage() for record in caplog.records] == ["link.store code=store.disk"]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its place is what is looked at
        int("Rossi")
    assert where(caught.value).startswith("test_answers.py:")
    assert where(ValueError()) == "nowhere"
    for event in Event:
        assert event.meaning.endswith(".")


def test_missing_certificates_are_not_called_a_missing_network(station: Station) -> None:
    pipe = Pipe(station.profile, is_clock_wrong=False, protocol_5=True, will=b"")
    assert pipe.open() == Down("link.tls")
    pipe.close()
    Authority.create("other").issue_client(NAME).write(
        station.profile.tls_certificate, station.profile.tls_key
    )
    station.profile.tls_ca.write_bytes(b"nonsense")
    assert pipe.open() == Down("link.tls")
    station.profile.tls_ca.write_bytes(Authority.create("other").certificate_pem)
    assert pipe.open() == Down("link.no-network")
    pipe.close()
