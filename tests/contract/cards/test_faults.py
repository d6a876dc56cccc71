"""Cards that are pulled, silent, slow or swapped, at any moment."""

from __future__ import annotations

import threading
import time

import pytest

from hw.errors import DeviceTrouble
from hw.readings import HealthCardReading
from tests.contract.cards.conftest import Bench
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import ts_cns
from tests.emulated.cards.virtual_reader import Faults

HOLDER = Holder()
COMMANDS = 8
"""What a reading takes: twice three SELECTs and one READ BINARY."""
MOST_SECONDS = 6.0
"""The deadline of a reading is 3 s; the rest is for a machine under load."""


@pytest.mark.parametrize("number", range(COMMANDS))
def test_the_card_may_be_pulled_at_any_command(bench: Bench, number: int) -> None:
    bench.insert(ts_cns(HOLDER), Faults(pulled_at=number))
    assert bench.read_code() == "card.removed"
    assert len(bench.first.commands) == number + 1


def pulled_after(bench: Bench, count: int) -> None:
    since = len(bench.told)
    bench.insert(ts_cns(HOLDER), Faults(pulled_after=count))
    result = bench.read()
    assert isinstance(result, DeviceTrouble), f"read, though pulled after {count} bytes"
    assert result.code == "card.removed", f"pulled after {count} bytes"
    bench.await_event(lambda event: type(event).__name__ == "CardRemoved", since=since)


@pytest.mark.parametrize(
    "count", [0, 1, 2, 17, 19, 21, 38, 39, 61, 62, 63, 66, 67, 100, 200, 314, 315, 316, 317, 330]
)
def test_the_card_may_be_pulled_at_any_byte(bench: Bench, count: int) -> None:
    pulled_after(bench, count)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_card_may_be_pulled_at_every_byte(bench: Bench) -> None:
    """The campaign: each byte of each answer, one insertion each."""
    whole = DirectChannel(ts_cns(HOLDER))
    sizes = [len(whole.chip.answer(command)) for command in _commands_of_a_reading()]
    for count in range(sum(sizes)):
        pulled_after(bench, count)


def _commands_of_a_reading() -> list[bytes]:
    of_record = ["00A40000023F00", "00A40000021100", "00A40000021102", "00B0000000"]
    of_number = ["00A40000023F00", "00A40000021000", "00A40000021003", "00B0000010"]
    return [bytes.fromhex(text) for text in of_number + of_record]


def test_the_card_may_be_pulled_between_two_readings(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER))
    assert isinstance(bench.read(), HealthCardReading)
    bench.remove()
    assert bench.read_code() == "card.absent"
    bench.insert(ts_cns(HOLDER))
    assert isinstance(bench.read(), HealthCardReading)


@pytest.mark.parametrize("number", [0, 3])
def test_a_mute_card_is_told_in_time_and_the_next_card_is_read(bench: Bench, number: int) -> None:
    bench.insert(ts_cns(HOLDER), Faults(mute_from=number))
    began = time.monotonic()
    assert bench.read_code() == "card.unresponsive"
    assert time.monotonic() - began < MOST_SECONDS
    bench.remove()
    bench.insert(ts_cns(HOLDER))
    deadline = time.monotonic() + 5
    while not isinstance(result := bench.read(), HealthCardReading):
        # The thread that hung in the mute card needs a moment to let go.
        assert time.monotonic() < deadline, result
        time.sleep(0.02)


def test_a_mute_card_does_not_keep_the_other_reader_from_working(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER), Faults(mute_from=0))
    bench.insert(ts_cns(Holder(surname="BIANCHI")), reader=bench.second)
    for _ in range(2):
        began = time.monotonic()
        result = bench.read()
        assert isinstance(result, HealthCardReading)
        assert result.surname == "BIANCHI"
        assert time.monotonic() - began < 2.0


def test_a_slow_card_is_read_as_long_as_it_keeps_the_time(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER), Faults(seconds=0.1))
    assert isinstance(bench.read(), HealthCardReading)


def test_a_card_that_is_too_slow_is_told_in_time(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER), Faults(seconds=0.6))
    began = time.monotonic()
    assert bench.read_code() == "card.unresponsive"
    assert time.monotonic() - began < MOST_SECONDS


def test_a_reading_can_be_abandoned(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER), Faults(mute_from=2))
    timer = threading.Timer(0.3, bench.rig.abandon_reading)
    timer.start()
    began = time.monotonic()
    assert bench.read_code() == "card.abandoned"
    assert time.monotonic() - began < 2.5
    timer.join()


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "by hand"])
@pytest.mark.parametrize("number", [0, 2, 3, 4, 7])
def test_a_swap_during_the_reading_never_mixes_two_people(
    bench: Bench, number: int, *, at_once: bool
) -> None:
    first, second = (
        Holder(),
        Holder(surname="BIANCHI", name="ANNA", codice_fiscale="BNCNNA80A41H501Z"),
    )
    reached = threading.Event()

    def swap() -> None:
        reached.wait(5)
        bench.first.insert(ts_cns(second, card_id=b"SECOND"), at_once=at_once)

    swapper = threading.Thread(target=swap)
    swapper.start()

    def at_command(count: int) -> None:
        if count == number:
            reached.set()
            time.sleep(0.05)

    bench.insert(ts_cns(first, card_id=b"FIRST"), Faults(at_command=at_command))
    result = bench.read()
    swapper.join()
    if isinstance(result, HealthCardReading):
        seen = (result.surname, result.codice_fiscale, result.card_id)
        assert seen in {
            (first.surname, first.codice_fiscale, "FIRST"),
            (second.surname, second.codice_fiscale, "SECOND"),
        }
    else:
        assert result.code in {"card.removed", "card.unresponsive"}
    deadline = time.monotonic() + 5
    while not isinstance(result := bench.read(), HealthCardReading):
        assert time.monotonic() < deadline, result
        time.sleep(0.05)
    assert result.surname == "BIANCHI"


def test_pcscd_may_die_during_a_reading(bench: Bench) -> None:
    def at_command(count: int) -> None:
        if count == 3:
            bench.pcscd.kill()

    bench.insert(ts_cns(HOLDER), Faults(at_command=at_command))
    assert bench.read_code() == "reader.service-absent"
    bench.await_code("reader.service-absent")


def test_the_reader_may_be_unplugged_during_a_reading(bench: Bench) -> None:
    def at_command(count: int) -> None:
        if count == 3:
            bench.first.unplug()
            time.sleep(0.1)

    bench.insert(ts_cns(HOLDER), Faults(at_command=at_command))
    assert bench.read_code() == "reader.absent"


def test_two_threads_may_ask_at_once(bench: Bench) -> None:
    bench.insert(ts_cns(HOLDER), Faults(seconds=0.02))
    results: list[HealthCardReading | DeviceTrouble] = []
    threads = [threading.Thread(target=lambda: results.append(bench.read())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(isinstance(result, HealthCardReading) for result in results)
    codes = {result.code for result in results if isinstance(result, DeviceTrouble)}
    assert codes <= {"reader.busy", "card.unresponsive", "reader.service-absent"}
