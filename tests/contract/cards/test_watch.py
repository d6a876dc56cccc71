"""What is told of readers and cards while they come and go, and the service with them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time

import pytest

from hw.readings import CardEvent, CardInserted, CardRemoved, HealthCardReading, ReaderReady
from hw.rig import RigSettings, open_rig
from tests.contract.cards.conftest import Bench
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import bank_card, ts_cns

MOST_SECONDS = 6.0
"""The deadline of a reading is 3 s; the rest is for a machine under load."""
NAME_A, NAME_B = "Virtual Reader A 00 00", "Virtual Reader B 00 00"


@pytest.mark.parametrize("polled", [False, True], ids=["reader tells", "reader is polled"])
def test_cards_are_seen_in_half_a_second(bench: Bench, *, polled: bool) -> None:
    reader, name = (bench.second, NAME_B) if polled else (bench.first, NAME_A)
    seen = [(bench.insert(ts_cns(), reader=reader), bench.remove(reader)) for _ in range(6)]
    inserted, removed = (statistics.median(times) for times in zip(*seen, strict=True))
    print(f"insertion seen after {inserted * 1000:.0f} ms, removal after {removed * 1000:.0f} ms")
    # At a polled reader it is pcscd that takes up to 0.4 s, and a hand half a second more.
    assert inserted < (1.0 if polled else 0.5)
    assert removed < (0.6 if polled else 0.5)
    assert bench.events() == [
        ReaderReady((NAME_A, NAME_B)),
        *[CardInserted(name), CardRemoved(name)] * 6,
    ]


def test_a_card_of_any_kind_is_told(bench: Bench) -> None:
    bench.insert(bank_card())
    assert bench.events()[-1] == CardInserted(NAME_A)


def test_a_card_that_is_in_at_the_start_is_told(bench: Bench) -> None:
    bench.insert(ts_cns())
    bench.told.clear()
    bench.rig.watch_cards(bench.listen)
    bench.await_event(lambda event: event == CardInserted(NAME_A))
    assert bench.short() == ["ReaderReady", "CardInserted"]


def test_two_readers_are_told_apart(bench: Bench) -> None:
    bench.insert(ts_cns(Holder(surname="BIANCHI")), reader=bench.second)
    assert bench.events()[-1] == CardInserted(NAME_B)
    bench.insert(bank_card())
    assert bench.events()[-1] == CardInserted(NAME_A)
    result = bench.read()
    assert isinstance(result, HealthCardReading)
    assert result.surname == "BIANCHI"
    bench.remove(bench.second)
    assert bench.events()[-1] == CardRemoved(NAME_B)
    assert bench.read_code() == "card.not-health-card"


def test_a_card_that_does_not_answer_its_reset_is_told(bench: Bench) -> None:
    bench.first.dirty()
    bench.first.insert(ts_cns())
    bench.await_code("card.unresponsive")
    assert bench.read_code() == "card.unresponsive"
    bench.remove()
    bench.first.clean()
    bench.insert(ts_cns())
    assert isinstance(bench.read(), HealthCardReading)


def test_a_reader_that_is_unplugged_and_plugged_in_again_works(bench: Bench) -> None:
    bench.second.unplug()
    bench.insert(ts_cns())
    since = len(bench.told)
    bench.first.unplug()
    bench.await_code("reader.absent", since=since)
    assert bench.short()[since:] == ["CardRemoved", "reader.absent"]
    assert bench.read_code() == "reader.absent"
    since = len(bench.told)
    bench.first.plug()
    bench.await_event(lambda event: event == CardInserted(NAME_A), since=since)
    assert bench.short()[since:] == ["ReaderReady", "CardInserted"]
    assert isinstance(bench.read(), HealthCardReading)


def test_one_reader_of_two_may_go_without_a_word(bench: Bench) -> None:
    bench.second.unplug()
    bench.insert(ts_cns())
    assert isinstance(bench.read(), HealthCardReading)
    assert bench.short() == ["ReaderReady", "CardInserted"]


@pytest.mark.parametrize("gently", [True, False], ids=["stopped", "killed"])
def test_pcscd_may_come_and_go(bench: Bench, *, gently: bool) -> None:
    bench.insert(ts_cns())
    for _ in range(2):
        since = len(bench.told)
        if gently:
            bench.pcscd.stop()
        else:
            bench.pcscd.kill()
        bench.await_code("reader.service-absent", since=since)
        assert bench.short()[since] == "CardRemoved"
        assert bench.short().count("reader.absent") <= 1
        assert bench.read_code() == "reader.service-absent"
        since = len(bench.told)
        bench.pcscd.start()
        bench.await_event(lambda event: event == CardInserted(NAME_A), since=since)
        assert isinstance(bench.read(), HealthCardReading)


def test_a_service_without_readers_is_told_and_readers_that_come_are_seen(bench: Bench) -> None:
    bench.pcscd.stop()
    bench.pcscd.offer(())
    bench.pcscd.start()
    bench.await_code("reader.absent")
    assert bench.read_code() == "reader.absent"
    since = len(bench.told)
    bench.pcscd.stop()
    bench.pcscd.offer((bench.second,))
    bench.pcscd.start()
    bench.await_ready(since=since)
    assert bench.events()[-1] == ReaderReady((NAME_B.replace("B 00", "B 00"),))
    bench.insert(ts_cns(), reader=bench.second)
    assert isinstance(bench.read(), HealthCardReading)


def test_a_service_that_hangs_keeps_nobody_waiting(bench: Bench) -> None:
    bench.insert(ts_cns())
    bench.pcscd.freeze()
    began = time.monotonic()
    assert bench.read_code() == "reader.service-absent"
    assert time.monotonic() - began < MOST_SECONDS
    bench.pcscd.thaw()
    deadline = time.monotonic() + 5
    while not isinstance(bench.read(), HealthCardReading):
        assert time.monotonic() < deadline
        time.sleep(0.05)


TICKING = """
import sys, threading, time
from hw.pcsc import occupied_slots
def ask():
    while True:
        occupied_slots()
for _ in range(3):
    threading.Thread(target=ask, daemon=True).start()
worst, last = 0.0, time.monotonic()
print("ready", flush=True)
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
while not ended.wait(0.005):
    worst, last = max(worst, time.monotonic() - last), time.monotonic()
print(worst)
"""


def test_a_service_that_hangs_never_stops_the_program(bench: Bench) -> None:
    """In a process of its own, as the fault would stop this one too: see hw/pcsc.py."""
    hang = 0.6
    with subprocess.Popen(
        [sys.executable, "-c", TICKING],
        env={**os.environ, **bench.pcscd.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as ticking:
        assert ticking.stdout is not None
        assert ticking.stdout.readline() == "ready\n"
        for _ in range(8):
            time.sleep(0.05)
            bench.pcscd.freeze()
            time.sleep(hang)
            bench.pcscd.thaw()
        output, _ = ticking.communicate(timeout=30)
    assert float(output) < hang / 2


def test_nothing_is_told_after_the_watch_was_stopped(bench: Bench) -> None:
    began = time.monotonic()
    bench.rig.stop_watching_cards()
    assert time.monotonic() - began < 0.5
    told = bench.short()
    bench.first.insert(ts_cns())
    time.sleep(1.0)
    assert bench.short() == told
    assert isinstance(bench.read(), HealthCardReading), "reading needs no watch"
    bench.rig.watch_cards(bench.listen)
    bench.await_event(lambda event: isinstance(event, CardInserted))


def test_a_listener_may_stop_its_own_watch(bench: Bench) -> None:
    rig = open_rig(RigSettings(speech=False))
    told: list[CardEvent] = []
    done = threading.Event()

    def listen(event: CardEvent) -> None:
        told.append(event)
        rig.stop_watching_cards()
        done.set()

    bench.insert(ts_cns())
    rig.watch_cards(listen)
    assert done.wait(5)
    time.sleep(0.3)
    assert told == [ReaderReady((NAME_A, NAME_B))]


def test_watches_start_and_stop_a_hundred_times(bench: Bench) -> None:
    began = time.monotonic()
    for _ in range(100):
        bench.rig.watch_cards(bench.listen)
    assert time.monotonic() - began < 15
    bench.insert(ts_cns())
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("card-watch") == 1


def test_a_watch_costs_no_processor_time(bench: Bench) -> None:
    bench.insert(ts_cns())
    bench.second.unplug()
    time.sleep(0.5)
    before = time.process_time()
    time.sleep(2.0)
    assert time.process_time() - before < 0.1
