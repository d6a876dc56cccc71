"""Printing to a TCP printer that works, refuses, breaks, stalls or never answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Certainty, Delivered
from hw.ports import Printer
from hw.printer.appsocket import AppSocketAddress, AppSocketPrinter
from tests.emulated.printer import EmulatedPrinter, PrinterFault

JOB = bytes(range(256)) * 4000
"""A megabyte: more than all buffers between two sockets hold."""


@pytest.fixture
def device() -> Iterator[EmulatedPrinter]:
    with EmulatedPrinter() as made:
        yield made


def printer_at(address: str, seconds: float = 5.0) -> Printer:
    parsed = AppSocketAddress.parse(address)
    return AppSocketPrinter(parsed, connect_seconds=1.0, stall_seconds=seconds)


def code_of(result: Delivered | DeviceTrouble) -> tuple[TroubleKind, str]:
    assert isinstance(result, DeviceTrouble)
    return result.kind, result.code


@pytest.mark.parametrize("job", [b"", b"x", b"%PDF-1.7", JOB], ids=["empty", "1", "8", "1 MB"])
def test_a_job_arrives_byte_for_byte(device: EmulatedPrinter, job: bytes) -> None:
    assert printer_at(device.address).deliver(job) == Delivered(len(job), Certainty.TAKEN)
    assert device.jobs == [job]


def test_jobs_follow_each_other(device: EmulatedPrinter) -> None:
    printer = printer_at(device.address)
    for number in range(5):
        assert isinstance(printer.deliver(bytes([number])), Delivered)
    assert device.jobs == [bytes([number]) for number in range(5)]


def test_status_bytes_of_the_printer_are_no_trouble(device: EmulatedPrinter) -> None:
    device.chat(b"\x14\x00")
    assert printer_at(device.address).deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)


def test_a_printer_that_is_off_is_unreachable_and_reachable_again(device: EmulatedPrinter) -> None:
    printer = printer_at(device.address)
    device.switch_off()
    assert code_of(printer.deliver(b"x")) == (TroubleKind.ABSENT, "printer.unreachable")
    device.switch_on()
    assert printer.deliver(b"x") == Delivered(1, Certainty.TAKEN)


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    assert code_of(printer_at("tcp://printer.invalid").deliver(b"x"))[1] == "printer.unreachable"


def test_an_address_that_never_answers_is_unreachable_in_time() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        where = deaf.getsockname()
        # Linux takes backlog + 1 connections for a listener that accepts none, then drops SYNs.
        waiting = []
        for _ in range(4):
            link = socket.socket()
            link.setblocking(False)  # noqa: FBT003 - the library's own signature
            link.connect_ex(where)
            waiting.append(link)
        time.sleep(0.1)
        began = time.monotonic()
        result = printer_at(f"tcp://127.0.0.1:{where[1]}").deliver(b"x")
        assert code_of(result) == (TroubleKind.ABSENT, "printer.unreachable")
        assert time.monotonic() - began < 3.0
        for link in waiting:
            link.close()


@pytest.mark.parametrize("after", [0, 1, 1000, 100_000])
def test_a_connection_broken_at_any_byte_is_interrupted(
    device: EmulatedPrinter, after: int
) -> None:
    device.fail(PrinterFault.BREAKS, after=after)
    result = printer_at(device.address).deliver(JOB)
    expected = {(TroubleKind.REMOVED, "printer.interrupted")}
    if after == 0:  # the break may come while the connection is made
        expected.add((TroubleKind.ABSENT, "printer.unreachable"))
    assert code_of(result) in expected
    assert device.jobs == [JOB[:after]]


def test_a_connection_broken_after_the_last_byte_is_interrupted(device: EmulatedPrinter) -> None:
    device.fail(PrinterFault.BREAKS, after=3)
    result = printer_at(device.address).deliver(b"abc")
    assert code_of(result)[1] == "printer.interrupted"


@pytest.mark.parametrize("job", [b"short", JOB], ids=["short", "long"])
def test_a_printer_that_takes_no_more_is_stalled_in_time(
    device: EmulatedPrinter, job: bytes
) -> None:
    device.fail(PrinterFault.STALLS, after=3)
    began = time.monotonic()
    result = printer_at(device.address, seconds=0.3).deliver(job)
    assert code_of(result) == (TroubleKind.REFUSED, "printer.stalled")
    assert time.monotonic() - began < 2.0
    device.fail(PrinterFault.NONE)


@pytest.mark.parametrize("job", [JOB, JOB * 16], ids=["while waiting", "while sending"])
@pytest.mark.parametrize("option", ["", "?waiteof=false"])
def test_a_printer_that_crawls_is_stalled_by_the_end_of_the_job(
    device: EmulatedPrinter, option: str, job: bytes
) -> None:
    device.fail(PrinterFault.CRAWLS)
    address = AppSocketAddress.parse(device.address + option)
    patient = AppSocketPrinter(address, stall_seconds=30.0, end_seconds=30.0, job_seconds=0.5)
    began = time.monotonic()
    assert code_of(patient.deliver(job)) == (TroubleKind.REFUSED, "printer.stalled")
    assert 0.4 < time.monotonic() - began < 5.0


@pytest.mark.parametrize(("end_seconds", "job_seconds"), [(0.5, 30.0), (30.0, 0.5)])
def test_a_printer_that_chats_for_ever_is_stalled_in_time(
    device: EmulatedPrinter, end_seconds: float, job_seconds: float
) -> None:
    device.fail(PrinterFault.CHATS_ON)
    patient = AppSocketPrinter(
        AppSocketAddress.parse(device.address),
        stall_seconds=30.0,
        end_seconds=end_seconds,
        job_seconds=job_seconds,
    )
    began = time.monotonic()
    assert code_of(patient.deliver(b"x")) == (TroubleKind.REFUSED, "printer.stalled")
    assert 0.4 < time.monotonic() - began < 5.0


def test_a_printer_that_never_closes_is_told_in_its_address(device: EmulatedPrinter) -> None:
    device.fail(PrinterFault.KEEPS_OPEN)
    assert code_of(printer_at(device.address, seconds=0.3).deliver(b"x"))[1] == "printer.stalled"
    device.switch_off()
    device.switch_on()
    printer = printer_at(f"{device.address}?waiteof=false", seconds=5.0)
    assert printer.deliver(JOB) == Delivered(len(JOB), Certainty.TAKEN)
    device.switch_off()
    assert device.jobs == [b"x", JOB]


@pytest.mark.parametrize("fault", [PrinterFault.STALLS, PrinterFault.BREAKS])
def test_trouble_is_seen_without_waiting_for_the_end_too(
    device: EmulatedPrinter, fault: PrinterFault
) -> None:
    device.fail(fault, after=1000)
    result = printer_at(f"{device.address}?waiteof=false", seconds=0.3).deliver(JOB)
    expected = {PrinterFault.STALLS: "printer.stalled", PrinterFault.BREAKS: "printer.interrupted"}
    assert code_of(result)[1] == expected[fault]


@pytest.mark.parametrize(
    ("address", "parsed"),
    [
        ("tcp://10.0.0.7", AppSocketAddress("10.0.0.7", 9100)),
        ("tcp://printer:9101", AppSocketAddress("printer", 9101)),
        ("tcp://printer/?waiteof=false", AppSocketAddress("printer", 9100, waits_for_end=False)),
        ("tcp://[fe80::1]:9100?waiteof=true", AppSocketAddress("fe80::1", 9100)),
    ],
)
def test_addresses(address: str, parsed: AppSocketAddress) -> None:
    assert AppSocketAddress.parse(address) == parsed


@pytest.mark.parametrize(
    "address",
    [
        "printer",
        "ipp://printer",
        "tcp://",
        "tcp://printer:x",
        "tcp://printer:99999",
        "tcp://printer/queue",
        "tcp://printer?waiteof=no",
        "tcp://printer?speed=9600",
        "tcp://printer?waiteof",
    ],
)
def test_other_addresses_are_a_bug_of_the_settings(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own texts differ
        AppSocketAddress.parse(address)
