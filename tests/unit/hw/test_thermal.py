"""A thermal printer that tells: every way in which a slip comes out, or does not, or in part."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Certainty, Delivered, PrinterCondition, PrinterStatus
from hw.printer.appsocket import AppSocketAddress
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import DeviceFileAddress, FlowControl, parse_address
from hw.printer.thermal_talk import ThermalTimes
from tests.emulated.escpos_commands import Command, Kind
from tests.emulated.printer import EmulatedPrinter, PrinterFault
from tests.emulated.thermal import EmulatedThermalPrinter, Knows, wait_for_slips

QUICK = ThermalTimes(
    connect=1.0, answer=0.25, stall=0.8, job=5.0, end=1.2, ask_every=0.05, settle=0.1
)
JOB = b"\x1b@\x1bt\x13" + b"".join(b"line %d\n" % n for n in range(60)) + b"\x1dVB\x00"
"""225 mm of paper, then a cut."""
DONE = Delivered(len(JOB), Certainty.PRINTED)
LINES = [False, True]


@pytest.fixture(params=LINES, ids=["network", "serial"])
def device(request: pytest.FixtureRequest) -> Iterator[EmulatedThermalPrinter]:
    with EmulatedThermalPrinter(on_line=request.param) as made:
        yield made


def printer_at(device: EmulatedThermalPrinter | EmulatedPrinter) -> ThermalPrinter:
    return ThermalPrinter(parse_address(device.address), times=QUICK)


def code_of(result: object) -> str:
    assert isinstance(result, DeviceTrouble)
    return result.code


def test_a_slip_that_is_cut_is_printed(device: EmulatedThermalPrinter) -> None:
    printer = printer_at(device)
    for count in (1, 2, 3):
        assert printer.deliver(JOB) == DONE
        assert device.slips == [JOB] * count


def test_it_tells_who_it_is_without_its_number(device: EmulatedThermalPrinter) -> None:
    status = printer_at(device).status()
    assert isinstance(status, PrinterStatus)
    assert (status.model, status.conditions, status.tells) == ("EPSON TM-T88VI", (), True)
    assert status.identity
    assert "X3CF" not in repr(status)
    assert printer_at(device).status() == status
    assert device.jobs == []


def test_another_printer_in_its_place_has_another_identity() -> None:
    with (
        EmulatedThermalPrinter(serial="A1") as one,
        EmulatedThermalPrinter(serial="A2") as other,
        EmulatedThermalPrinter(serial="") as unnamed,
    ):
        identities = [printer_at(device).status() for device in (one, other, unnamed)]
    told = [status.identity for status in identities if isinstance(status, PrinterStatus)]
    assert len(set(told)) == 3
    assert told[2] == ""


Hand = Callable[[EmulatedThermalPrinter], None]
STOPS: list[tuple[str, Hand, Hand]] = [
    ("paper-out", lambda d: d.load_paper(0), lambda d: d.load_paper()),
    ("cover-open", lambda d: d.open_cover(), lambda d: d.close_cover()),
    ("overheated", lambda d: d.heat(hot=True), lambda d: d.heat(hot=False)),
    ("paused", lambda d: d.hold_feed(held=True), lambda d: d.hold_feed(held=False)),
]


@pytest.mark.parametrize(("what", "break_it", "mend_it"), STOPS, ids=[stop[0] for stop in STOPS])
def test_what_stops_it_before_a_job_is_told_and_nothing_is_sent(
    device: EmulatedThermalPrinter, what: str, break_it: Hand, mend_it: Hand
) -> None:
    printer = printer_at(device)
    break_it(device)
    status = printer.status()
    assert isinstance(status, PrinterStatus)
    assert status.conditions[0] is PrinterCondition(what)
    outcome = printer.deliver(JOB)
    assert outcome == DeviceTrouble(TroubleKind.REFUSED, f"printer.{what}", (("sent", "no"),))
    mend_it(device)
    time.sleep(0.1)
    assert device.jobs == []
    assert printer.deliver(JOB) == DONE


@pytest.mark.parametrize("mm", [5, 100, 220])
def test_paper_that_ends_within_a_slip_leaves_a_part_and_nothing_follows_it(
    device: EmulatedThermalPrinter, mm: int
) -> None:
    printer = printer_at(device)
    device.load_paper(mm)
    outcome = printer.deliver(JOB)
    assert outcome == DeviceTrouble(
        TroubleKind.REFUSED, "printer.paper-out", (("paper", "a part"),)
    )
    assert JOB.startswith(device.torn)
    device.load_paper()
    time.sleep(0.1)
    assert device.jobs == [], "the rest of one person's slip must not come out for the next"
    assert printer.deliver(JOB) == DONE


def test_a_cover_opened_within_a_slip(device: EmulatedThermalPrinter) -> None:
    printer = printer_at(device)
    device.after(50, "cover")
    assert code_of(printer.deliver(JOB)) == "printer.cover-open"
    device.close_cover()
    device.load_paper()
    assert printer.deliver(JOB) == DONE
    assert device.slips == [JOB]


def test_a_cutter_that_sticks_leaves_a_slip_that_is_not_handed_over(
    device: EmulatedThermalPrinter,
) -> None:
    printer = printer_at(device)
    device.jam_cutter()
    assert code_of(printer.deliver(JOB)) == "printer.cutter"
    assert device.slips == []
    device.free_cutter()
    device.load_paper()
    assert printer.deliver(JOB) == DONE


def test_a_hot_head_cools_and_the_slip_goes_on() -> None:
    with EmulatedThermalPrinter() as device:
        device.after(100, "heat")
        threading.Timer(0.5, lambda: device.heat(hot=False)).start()
        assert printer_at(device).deliver(JOB) == DONE
        assert device.slips == [JOB]


def test_a_head_that_stays_hot_is_said_by_its_name() -> None:
    with EmulatedThermalPrinter() as device:
        device.after(100, "heat")
        assert code_of(printer_at(device).deliver(JOB)) == "printer.overheated"
        device.heat(hot=False)
        time.sleep(0.1)
        assert device.slips == []


def test_power_lost_within_a_slip_interrupts_and_another_job_works_when_it_is_back(
    device: EmulatedThermalPrinter,
) -> None:
    printer = printer_at(device)
    device.after(100, "power")
    # A serial line that falls silent looks like a printer that says nothing any more.
    expected = {"printer.interrupted", "printer.stalled"}
    assert code_of(printer.deliver(JOB)) in expected
    device.switch_off()
    assert code_of(printer_at(device).deliver(JOB)) == "printer.unreachable"
    device.switch_on()
    device.load_paper()
    assert printer_at(device).deliver(JOB) == DONE


def test_paper_that_ends_with_the_very_cut_is_not_called_printed() -> None:
    """The printer stops before it gets to the question, so nobody can know: the safe side."""
    with EmulatedThermalPrinter() as device:
        device.load_paper(240.0)
        assert code_of(printer_at(device).deliver(JOB)) == "printer.paper-out"
        assert device.slips == [JOB]


def test_a_printer_that_cannot_forget_is_unfinished_until_its_job_is_out() -> None:
    with EmulatedThermalPrinter(Knows.ALL & ~Knows.CLEARING) as device:
        printer = printer_at(device)
        device.load_paper(100)
        outcome = printer.deliver(JOB)
        assert code_of(outcome) == "printer.unfinished"
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.details == (("condition", "paper-out"),)
        # The clerk puts paper in: the rest comes out, and after it a whole new slip.
        device.load_paper()
        wait_for_slips(device, 1)
        assert printer.deliver(JOB) == DONE
        assert device.slips[1:] == [JOB]


def test_a_cheap_printer_is_believed_by_its_sensor_and_its_status() -> None:
    with EmulatedThermalPrinter(Knows.CHEAP) as device:
        printer = printer_at(device)
        status = printer.status()
        assert status == PrinterStatus()
        assert printer.deliver(JOB) == DONE
        device.load_paper(100)
        assert code_of(printer.deliver(JOB)) == "printer.unfinished"


def test_an_epson_that_keeps_its_process_id_to_itself_leaves_it_to_the_person() -> None:
    with EmulatedThermalPrinter(Knows.ALL & ~Knows.PROCESS_ID) as device:
        assert printer_at(device).deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)
        assert device.slips == [JOB]


def test_older_epsons_are_not_asked_for_what_they_do_not_know() -> None:
    with EmulatedThermalPrinter(Knows.ALL & ~Knows.PROCESS_ID, model="TM-T88III") as device:
        assert printer_at(device).deliver(JOB) == DONE


def test_a_printer_that_says_nothing_still_gets_its_job() -> None:
    with EmulatedPrinter() as mute:
        printer = printer_at(mute)
        assert printer.deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)
        assert mute.jobs[-1] == JOB
        assert printer.status() == PrinterStatus(tells=False)
        mute.fail(PrinterFault.STALLS, after=20)
        assert code_of(printer.deliver(JOB)) == "printer.stalled"


def test_a_serial_printer_that_says_nothing_still_gets_its_job() -> None:
    with EmulatedThermalPrinter(Knows.NOTHING, on_line=True) as device:
        assert printer_at(device).deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)
        wait_for_slips(device, 1)
        assert device.slips == [JOB]


def test_a_printer_that_takes_no_more_is_stalled_in_time() -> None:
    with EmulatedThermalPrinter(mm_per_second=0.5, buffer=2000) as device:
        began = time.monotonic()
        assert code_of(printer_at(device).deliver(JOB * 40)) == "printer.stalled"
        assert time.monotonic() - began < 4.0


def test_a_printer_that_needs_a_moment_between_two_connections_gets_it() -> None:
    with EmulatedThermalPrinter() as device:
        printer = printer_at(device)
        assert isinstance(printer.status(), PrinterStatus)
        device.switch_off()
        back = threading.Timer(0.3, device.switch_on)
        back.start()
        assert printer.deliver(JOB) == DONE
        back.join()
        device.switch_off()
        time.sleep(QUICK.between + 0.1)
        began = time.monotonic()
        assert code_of(printer.deliver(JOB)) == "printer.unreachable"
        assert time.monotonic() - began < 0.5


def test_what_is_abandoned_does_not_come_out(device: EmulatedThermalPrinter) -> None:
    printer = printer_at(device)
    device.after(100, "heat")
    outcomes: list[object] = []
    job = threading.Thread(target=lambda: outcomes.append(printer.deliver(JOB)))
    job.start()
    deadline = time.monotonic() + 2
    while device.printed_mm < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    asked = printer.status()
    began = time.monotonic()
    printer.abandon()
    job.join(3)
    assert time.monotonic() - began < 1.0
    assert code_of(outcomes[0]) == "printer.abandoned"
    assert isinstance(asked, PrinterStatus), "asked while a job runs, it answers at once"
    device.heat(hot=False)
    device.load_paper()
    assert printer.deliver(JOB) == DONE
    assert device.slips == [JOB]


def test_abandoning_nothing_does_nothing(device: EmulatedThermalPrinter) -> None:
    printer = printer_at(device)
    printer.abandon()
    assert printer.deliver(JOB) == DONE


def test_many_failures_leave_nothing_open(device: EmulatedThermalPrinter) -> None:
    printer = printer_at(device)
    printer.deliver(JOB)
    before = len(list(Path("/proc/self/fd").iterdir()))
    device.load_paper(0)
    for _ in range(20):
        printer.deliver(JOB)
        printer.status()
    time.sleep(0.1)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


@pytest.mark.parametrize(
    ("address", "parsed"),
    [
        ("tcp://printer:9101", AppSocketAddress("printer", 9101)),
        ("/dev/usb/lp0", DeviceFileAddress("/dev/usb/lp0")),
        ("/dev/usb/lp*", DeviceFileAddress("/dev/usb/lp*")),
        ("/dev/usb/lp?", DeviceFileAddress("/dev/usb/lp?")),
        (
            "/dev/ttyUSB0?speed=115200&flow=xonxoff",
            DeviceFileAddress("/dev/ttyUSB0", 115200, FlowControl.XON_XOFF),
        ),
    ],
)
def test_addresses(address: str, parsed: object) -> None:
    assert parse_address(address) == parsed


@pytest.mark.parametrize(
    "address",
    [
        "/etc/passwd",
        "/dev/../etc/passwd",
        "/dev/ttyS0?speed=1",
        "/dev/ttyS0?flow=x",
        "/dev/ttyS0?speed=9600&colour=red",
        "serial",
        "ipp://printer",
    ],
)
def test_other_addresses_are_a_bug_of_the_settings(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own texts differ
        parse_address(address)


def test_a_file_that_is_no_device_is_unreachable() -> None:
    assert code_of(ThermalPrinter(DeviceFileAddress("/dev/shm")).deliver(b"x")) == (
        "printer.unreachable"
    )
    assert code_of(ThermalPrinter(DeviceFileAddress("/dev/usb/none*")).deliver(b"x")) == (
        "printer.unreachable"
    )


class _SilentAfterwards(EmulatedThermalPrinter):
    """Its power fails behind an answer: so many more come, the line stays open."""

    left: int | None = None

    def _send(self, data: bytes) -> None:
        if self.left is None:
            super()._send(data)
        elif self.left:
            self.left -= 1
            super()._send(data)

    def _perform(self, command: Command) -> None:
        super()._perform(command)
        if command.kind is Kind.SENSOR:
            self.left = self.more

    more = 0


@pytest.mark.parametrize("on_line", LINES, ids=["network", "serial"])
@pytest.mark.parametrize("more", [0, 1])
def test_a_printer_that_falls_silent_behind_the_slip_is_not_believed_to_be_well(
    *, on_line: bool, more: int
) -> None:
    with _SilentAfterwards(Knows.CHEAP, maker="CUSTOM", model="X", on_line=on_line) as device:
        device.more = more
        assert printer_at(device).deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)


def test_a_slip_for_one_printer_goes_to_no_other() -> None:
    with EmulatedThermalPrinter() as device, EmulatedThermalPrinter(serial="A2") as other:
        status = printer_at(device).status()
        assert isinstance(status, PrinterStatus)
        assert printer_at(device).deliver(JOB, identity=status.identity) == DONE
        swapped = DeviceTrouble(TroubleKind.ABSENT, "printer.swapped", (("sent", "no"),))
        assert printer_at(other).deliver(JOB, identity=status.identity) == swapped
        assert other.jobs == []
    with EmulatedPrinter() as mute:
        assert printer_at(mute).deliver(JOB, identity=status.identity) == swapped
        assert mute.jobs == []
