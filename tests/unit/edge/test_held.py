"""A store that was made anew is held until the hub's word covers all that may have left it."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest

from sync.edge.clock import StationClock, uuid7
from sync.edge.courier.answers import AnswerTaker
from sync.edge.journal import Recorded
from sync.edge.link.answers import judge
from sync.edge.link.dispatch import Dispatch, Question
from sync.edge.store import FILE_NAME, Store
from sync.edge.store.carried import CarriedParcel
from sync.edge.store.holding import TAKEN_IN
from sync.edge.store.marks import FILE_NAME as MARKS
from sync.edge.store.marks import STRETCH, Marks
from sync.edge.store.rebuilding import SPARE_NUMBERS
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model import registration_number
from sync.wire import receipt
from sync.wire.courier import CarriedAnswer
from sync.wire.receipt import Acknowledgement
from tests.unit.edge.stations import NAME, Station, preregistration
from tests.unit.edge.test_rebuilding import (
    HUB_TIME,
    MANY,
    PAGE,
    database,
    hear,
    opened,
    overwrite,
    record,
    told,
    whole,
    zero_header,
)

LAST = 30
"""The last entry that the damage leaves."""
HELD = StoreTrouble("store.rebuilt")


def lose_the_end(station: Station, made: list[Recorded]) -> None:
    """The pages that hold entries behind `LAST` read as zeros."""
    data = bytearray(database(station).read_bytes())
    for one in made[LAST:]:
        while (at := data.find(one.hash)) >= 0:
            page = at // PAGE * PAGE
            data[page : page + PAGE] = bytes(PAGE)
    database(station).write_bytes(data)


def after_damage(
    station: Station, *, sent: int = 0, carried: int = 0, marks: bool = True
) -> tuple[Store, list[Recorded]]:
    """A store whose end was lost when so many entries had left; the hub had acknowledged five."""
    store = opened(station)
    made = record(station.journal(store), MANY)
    hear(store, 5, made[4].hash)
    if sent:
        assert store.hand_out(sent) is None
    if carried:
        parcel = CarriedParcel(bytes(16), bytes(32), 1, carried, 1, 1, b"k")
        assert store.carried.add(parcel) is None
    store.close()
    lose_the_end(station, made)
    if not marks:
        (station.profile.store / MARKS).unlink()
    return opened(station), made


def try_record(station: Station, store: Store) -> object:
    return station.journal(store).record(uuid7(1_800_000_000_000), preregistration)


def counter_of(done: Recorded) -> int:
    number = registration_number.parse(done.registration_number)
    assert isinstance(number, registration_number.RegistrationNumber)
    return number.counter


@pytest.mark.parametrize(("sent", "carried"), [(MANY, 0), (0, MANY), (35, MANY)])
def test_what_left_and_was_not_answered_holds_it(station: Station, sent: int, carried: int) -> None:
    store, made = after_damage(station, sent=sent, carried=carried)

    hear(store, 5, made[4].hash, HUB_TIME + 1)
    assert try_record(station, store) == HELD
    hear(store, 35, made[34].hash, HUB_TIME + 2)
    assert try_record(station, store) == HELD
    assert told(store).waits
    hear(store, MANY, made[-1].hash, HUB_TIME + 3)

    (after,) = record(station.journal(store), 1)
    assert after.seq == MANY + 1
    store.close()


def test_it_stays_held_when_it_is_opened_again_and_when_it_breaks_again(station: Station) -> None:
    store, made = after_damage(station, carried=MANY)
    store.close()
    zero_header(station)
    (station.profile.store / MARKS).write_bytes(b"")

    with closing(opened(station)) as store:
        hear(store, 5, made[4].hash, HUB_TIME + 1)
        assert try_record(station, store) == HELD


def test_a_contradiction_that_passes_does_not_end_it(station: Station) -> None:
    store, made = after_damage(station, sent=MANY)

    assert store.hold("store.forked", hub_time=HUB_TIME + 1) is None
    hear(store, 5, made[4].hash, HUB_TIME + 2)

    assert try_record(station, store) == HELD
    store.close()


def test_what_never_left_is_no_reason_to_wait(station: Station) -> None:
    store, made = after_damage(station, sent=20)

    hear(store, 5, made[4].hash, HUB_TIME + 1)

    (after,) = record(station.journal(store), 1)
    assert after.seq == LAST + 1
    assert counter_of(after) not in {counter_of(one) for one in made}
    store.close()


def test_an_old_answer_on_a_stick_moves_the_watermark_and_ends_nothing(station: Station) -> None:
    store, made = after_damage(station, sent=20)
    taker = AnswerTaker(station.profile, store, StationClock())

    for up_to in (20, MANY):
        word = Acknowledgement(NAME, up_to, made[up_to - 1].hash, (), HUB_TIME + up_to)
        taker.take(CarriedAnswer(NAME, (receipt.sign(word, station.hub.signer),)))

    standing = store.standing()
    assert not isinstance(standing, StoreTrouble)
    assert (standing.watermark, standing.trouble) == (20, "store.rebuilt")
    assert try_record(station, store) == HELD
    store.close()


def test_a_word_that_nobody_asked_for_ends_nothing(station: Station) -> None:
    store, made = after_damage(station, sent=20)

    behind = Acknowledgement(NAME, MANY, made[-1].hash, (), HUB_TIME + 1)
    assert judge(behind, store, watermark=5, decided=0) == HELD
    store.acknowledge(20, 0, {}, data=b"", hub_time=HUB_TIME + 2, sent_at=None, received_at=1)

    assert try_record(station, store) == HELD
    store.close()


def test_without_marks_a_person_says_that_all_was_taken_in(station: Station) -> None:
    store, made = after_damage(station, marks=False)
    folder = station.profile.store

    hear(store, MANY, made[-1].hash, HUB_TIME + 1)
    assert try_record(station, store) == HELD
    (folder / TAKEN_IN).touch()
    assert try_record(station, store) == HELD  # the hub speaks after that
    hear(store, MANY, made[-1].hash, HUB_TIME + 2)

    (after,) = record(station.journal(store), 1)
    assert after.seq == MANY + 1
    assert counter_of(after) > SPARE_NUMBERS
    assert not (folder / TAKEN_IN).exists()
    assert (folder / told(store).aside / TAKEN_IN).exists()
    store.close()
    assert Marks(folder, NAME).read().is_sure


def test_a_mark_of_which_one_slot_is_broken_is_not_believed(station: Station) -> None:
    store = opened(station)
    made = record(station.journal(store), MANY)
    store.hand_out(MANY)
    store.close()
    for slot in (0, 4096):
        marks = (station.profile.store / MARKS).read_bytes()
        overwrite(station.profile.store / MARKS, slot, bytes(100))
        assert not Marks(station.profile.store, NAME).read().is_sure
        (station.profile.store / MARKS).write_bytes(marks)
    overwrite(station.profile.store / MARKS, 0, bytes(100))
    lose_the_end(station, made)

    store = opened(station)
    hear(store, MANY, made[-1].hash)

    assert try_record(station, store) == HELD
    store.close()


def test_marks_that_are_gone_are_made_anew_as_if_all_had_left(station: Station) -> None:
    store = opened(station)
    record(station.journal(store), 3)
    store.close()
    (station.profile.store / MARKS).unlink()

    opened(station).close()

    mark = Marks(station.profile.store, NAME).read()
    assert (mark.handed, mark.is_sure) == (3, True)


def test_no_number_is_issued_twice(station: Station) -> None:
    """More numbers than a stretch, of which nothing is left but the mark."""
    store = opened(station)
    made = record(station.journal(store), STRETCH + 10)
    store.close()
    database(station).unlink()

    with closing(opened(station)) as store:
        hear(store, 5, made[4].hash)
        (after,) = record(station.journal(store), 1)

    assert after.seq == 6
    assert len(made) < counter_of(after) <= len(made) + STRETCH + 5


def test_a_record_is_marked_before_it_is_made(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(station)
    record(station.journal(store), 1)
    monkeypatch.setattr("sync.edge.store.marks.STRETCH", 0)
    store.close()
    store = opened(station)

    def full(*_: object) -> int:
        raise OSError(errno.EIO, "")

    record(station.journal(store), STRETCH)
    monkeypatch.setattr("os.fdatasync", full)

    assert try_record(station, store) == StoreTrouble("store.disk")
    assert store.hand_out(2) == StoreTrouble("store.disk")
    assert not Marks(station.profile.store, NAME).read().is_sure
    store.close()


def test_a_held_link_asks_now_and_then() -> None:
    link = Dispatch(draw=lambda: 0.5)
    link.connected(0.0)
    link.stands(watermark=5, decided=5, last=5, is_held=True)
    asked = []
    for second in range(300):
        order = link.next_order(float(second))
        if order is not None:
            assert order == Question()
            asked.append(second)
            link.sent(order, 0, float(second))
            link.answered(second, watermark=5, decided=5, up_to=5, trouble=None, is_newest=True)

    assert 4 <= len(asked) < 60
    assert asked[-1] > 200


# --- without the vault that sealed it


@pytest.mark.parametrize("vault", [None, Vault(b"x" * 32)], ids=["none", "another"])
def test_what_no_key_opens_is_left_alone(station: Station, vault: Vault | None) -> None:
    store = opened(station)
    made = record(station.journal(store), MANY)
    store.close()
    zero_header(station)
    before = database(station).read_bytes()

    assert station.try_store(vault=vault) == StoreTrouble("store.sealed")
    assert database(station).read_bytes() == before
    assert not list(station.profile.store.glob("set-aside-*"))

    with closing(opened(station)) as store:
        assert whole(store, made) == set(range(1, MANY + 1))


def test_a_station_without_vault_is_made_anew_without_one(station: Station) -> None:
    store = station.store()
    made = record(station.journal(store), MANY)
    store.close()
    zero_header(station)

    with closing(station.store()) as store:
        assert whole(store, made) == set(range(1, MANY + 1))


def test_the_mark_lies_beside_the_store(station: Station) -> None:
    opened(station).close()
    names = {one.name for one in Path(station.profile.store).iterdir()}
    assert {FILE_NAME, MARKS} <= names
