"""Reading whichever slot holds a health card, within a time, from slots without a PC/SC service."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from hw.cards.reader import AnySlotReader
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardSlot
from hw.readings import HealthCardReading
from tests.emulated.cards.direct import DirectSlot
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import bank_card, ts_cns

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
BUSY = DeviceTrouble(TroubleKind.REFUSED, "reader.busy")


def reader_over(*slots: DirectSlot, seconds: float = 3.0) -> AnySlotReader:
    def find() -> Sequence[CardSlot]:
        return slots

    return AnySlotReader(find, seconds)


def hanging(name: str) -> DirectSlot:
    slot = DirectSlot(name, ts_cns())
    slot.released.clear()
    return slot


def code_of(result: HealthCardReading | DeviceTrouble) -> str:
    assert isinstance(result, DeviceTrouble)
    return result.code


def test_the_card_is_read_and_let_go() -> None:
    slot = DirectSlot("a", ts_cns())
    assert isinstance(reader_over(slot).read(), HealthCardReading)
    assert [channel.closed for channel in slot.channels] == [1]


def test_no_card_is_told() -> None:
    assert code_of(reader_over().read()) == "card.absent"


def test_what_keeps_the_slots_from_being_found_is_told() -> None:
    trouble = DeviceTrouble(TroubleKind.ABSENT, "reader.absent")
    assert AnySlotReader(lambda: trouble, 1.0).read() == trouble


@pytest.mark.parametrize("first", [True, False])
def test_of_two_cards_the_health_card_counts(*, first: bool) -> None:
    slots = [DirectSlot("a", bank_card()), DirectSlot("b", ts_cns(Holder(surname="BIANCHI")))]
    result = reader_over(*(slots if first else reversed(slots))).read()
    assert isinstance(result, HealthCardReading)
    assert result.surname == "BIANCHI"


@pytest.mark.parametrize(
    ("troubles", "told"),
    [
        ((bank_card(), REMOVED), "card.removed"),
        ((bank_card(), BUSY), "reader.busy"),
        ((bank_card(), bank_card()), "card.not-health-card"),
        ((bank_card(), ts_cns(record=b"")), "card.record-empty"),
    ],
)
def test_of_two_troubles_that_of_the_likelier_card_is_told(
    troubles: tuple[DeviceTrouble, DeviceTrouble], told: str
) -> None:
    for pair in (troubles, troubles[::-1]):
        slots = [DirectSlot(str(number), trouble) for number, trouble in enumerate(pair)]
        assert code_of(reader_over(*slots).read()) == told


def test_a_mute_card_costs_its_time_and_no_more() -> None:
    slot = hanging("a")
    reader = reader_over(slot, seconds=0.2)
    began = time.monotonic()
    assert code_of(reader.read()) == "card.unresponsive"
    assert 0.15 < time.monotonic() - began < 1.0
    assert code_of(reader.read()) == "card.unresponsive"
    slot.released.set()
    assert isinstance(reader_over(slot).read(), HealthCardReading)


def test_a_slot_is_free_again_as_soon_as_its_mute_card_is_pulled() -> None:
    slot = hanging("a")
    reader = reader_over(slot, seconds=0.1)
    reader.read()
    slot.released.set()
    assert isinstance(reader_over(slot).read(), HealthCardReading)


def test_threads_that_wait_for_a_mute_card_do_not_gather() -> None:
    slot = hanging("a")
    reader = reader_over(slot, seconds=0.05)
    for _ in range(10):
        reader.read()
    time.sleep(0.2)
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("card-reading-a") == 1
    slot.released.set()


def test_a_mute_card_does_not_keep_another_reader_from_working() -> None:
    mute = hanging("a")
    reader = reader_over(mute, DirectSlot("b", ts_cns()), seconds=5.0)
    began = time.monotonic()
    assert isinstance(reader.read(), HealthCardReading)
    assert isinstance(reader.read(), HealthCardReading)
    assert time.monotonic() - began < 1.0
    mute.released.set()


def test_a_reading_can_be_abandoned() -> None:
    slot = hanging("a")
    reader = reader_over(slot, seconds=30.0)
    timer = threading.Timer(0.1, reader.abandon)
    timer.start()
    began = time.monotonic()
    assert code_of(reader.read()) == "card.abandoned"
    assert time.monotonic() - began < 5.0
    timer.join()
    slot.released.set()


def test_an_abandoned_reading_sends_nothing_more() -> None:
    chip = ts_cns()
    slot = DirectSlot("a", chip)
    reader = reader_over(slot, seconds=30.0)
    chip.overrides = lambda _: reader.abandon()
    assert code_of(reader.read()) == "card.abandoned"
    for thread in threading.enumerate():
        if thread.name == "card-reading-a":
            thread.join(5)
    assert len(slot.channels[0].commands) == 1
    assert slot.channels[0].closed == 1


def test_abandoning_when_nobody_reads_changes_nothing() -> None:
    reader = reader_over(DirectSlot("a", ts_cns()))
    reader.abandon()
    assert isinstance(reader.read(), HealthCardReading)


def test_a_service_that_hangs_costs_its_time_and_no_more() -> None:
    thaw = threading.Event()

    def find() -> Sequence[CardSlot]:
        thaw.wait()
        return ()

    reader = AnySlotReader(find, 0.1)
    began = time.monotonic()
    assert code_of(reader.read()) == "reader.service-absent"
    assert code_of(reader.read()) == "reader.service-absent"
    assert time.monotonic() - began < 1.0
    thaw.set()
    assert code_of(reader.read()) == "card.absent"
