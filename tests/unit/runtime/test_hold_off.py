"""The wait after failed tries: grows, outlives a restart, and does not hear clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.runtime.hold_off import FIRST_SECONDS, FREE_TRIES, LONGEST_SECONDS, HoldOff


class Machine:
    """A machine with its seconds since the start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = 100.0
        self.boot = "one"

    def hold_off(self) -> HoldOff:
        return HoldOff(self.path, clock=lambda: self.seconds, boot=lambda: self.boot)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "hold-off.json")


@pytest.mark.rule("R-004-6")
def test_waits_begin_after_some_tries_and_grow(machine: Machine) -> None:
    hold_off = machine.hold_off()
    waits = [hold_off.failed() for _ in range(FREE_TRIES + 8)]
    assert waits[: FREE_TRIES - 1] == [0] * (FREE_TRIES - 1)
    assert waits[FREE_TRIES - 1 : FREE_TRIES + 2] == [30, 60, 120]
    assert waits[-1] == LONGEST_SECONDS
    machine.seconds += LONGEST_SECONDS
    assert hold_off.waiting() == 0


def test_a_sign_in_begins_the_count_anew(machine: Machine) -> None:
    hold_off = machine.hold_off()
    for _ in range(FREE_TRIES):
        hold_off.failed()
    hold_off.succeeded()
    assert hold_off.waiting() == 0
    assert machine.hold_off().failed() == 0


def test_another_start_of_the_program_goes_on_with_the_wait(machine: Machine) -> None:
    hold_off = machine.hold_off()
    for _ in range(FREE_TRIES):
        hold_off.failed()
    machine.seconds += 10
    assert machine.hold_off().waiting() == FIRST_SECONDS - 10


def test_another_start_of_the_machine_begins_the_whole_wait_again(machine: Machine) -> None:
    hold_off = machine.hold_off()
    for _ in range(FREE_TRIES):
        hold_off.failed()
    machine.boot, machine.seconds = "two", 5.0
    after = machine.hold_off()
    assert after.waiting() == FIRST_SECONDS
    machine.seconds += FIRST_SECONDS
    assert after.waiting() == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 5000, b'{"failures": "many"}', b"\xff"])
def test_what_cannot_be_read_is_the_longest_wait(machine: Machine, content: bytes) -> None:
    machine.path.write_bytes(content)
    assert machine.hold_off().waiting() == LONGEST_SECONDS


def test_a_disk_that_takes_nothing_keeps_nobody_from_work(tmp_path: Path) -> None:
    hold_off = Machine(tmp_path / "missing" / "hold-off.json").hold_off()
    assert [hold_off.failed() for _ in range(FREE_TRIES)][-1] == FIRST_SECONDS
    hold_off.succeeded()
    assert hold_off.waiting() == 0
