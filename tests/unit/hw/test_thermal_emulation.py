"""The emulated thermal printer, judged by a library that shares nothing with it, and by hand."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from escpos.printer import Network

from hw.errors import DeviceTrouble
from hw.paper import Delivered
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address
from hw.printer.thermal_talk import ThermalTimes
from tests.emulated.printer import read_slip
from tests.emulated.thermal import EmulatedThermalPrinter, wait_for_slips

QUICK = ThermalTimes(
    connect=0.5, answer=0.1, stall=0.4, job=1.5, end=0.5, ask_every=0.05, settle=0.05
)
JOB = b"\x1b@" + b"a line\n" * 40 + b"\x1dVB\x00"


@pytest.fixture
def device() -> Iterator[EmulatedThermalPrinter]:
    with EmulatedThermalPrinter() as made:
        yield made


def foreign(device: EmulatedThermalPrinter) -> Network:
    host, _, port = device.address.removeprefix("tcp://").partition(":")
    return Network(host, int(port), timeout=5)


def test_a_foreign_library_prints_and_reads_its_status(device: EmulatedThermalPrinter) -> None:
    judge = foreign(device)
    judge.open()
    assert judge.is_online()
    assert judge.paper_status() == 2  # plenty
    judge.text("Hello\n")
    judge.cut()
    wait_for_slips(device, 1)
    assert read_slip(device.slips[0]).text.strip() == "Hello"
    device.load_paper(2000)
    assert judge.paper_status() == 1  # near its end
    device.load_paper(0)
    assert judge.paper_status() == 0
    assert not judge.is_online()
    device.load_paper()
    device.open_cover()
    assert not judge.is_online()
    device.close_cover()
    assert judge.is_online()
    judge.close()


def test_a_process_id_comes_back_only_when_the_paper_is_out(
    device: EmulatedThermalPrinter,
) -> None:
    """By hand, byte for byte as Epson's reference has it."""
    host, _, port = device.address.removeprefix("tcp://").partition(":")
    with socket.create_connection((host, int(port)), timeout=2) as link:
        device.open_cover()
        link.sendall(b"line\n\x1dVB\x00\x1d(H\x06\x00000001\x10\x04\x02")
        assert link.recv(100) == b"\x16"  # the cover is open
        device.close_cover()
        assert link.recv(100) == b"\x37\x220001\x00"
        assert device.slips == [b"line\n\x1dVB\x00"]
        link.sendall(b"\x1dI\x43\x1dr\x01")
        time.sleep(0.2)
        assert link.recv(100) == b"\x5fTM-T88VI\x00\x00"


@pytest.mark.parametrize("seed", range(6))
def test_whatever_a_printer_babbles_a_job_ends_in_time(seed: int) -> None:
    dice = random.Random(seed)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def babble() -> None:
            while not over.is_set():
                try:
                    link, _ = server.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                with link:
                    link.settimeout(0.01)
                    while not over.is_set():
                        try:
                            link.sendall(dice.randbytes(dice.randint(1, 60)))
                            if not link.recv(dice.randint(1, 4096)):
                                break
                        except TimeoutError:
                            continue
                        except OSError:
                            break

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        printer = ThermalPrinter(
            parse_address(f"tcp://127.0.0.1:{server.getsockname()[1]}"), times=QUICK
        )
        began = time.monotonic()
        outcomes = [printer.status(), printer.deliver(JOB), printer.deliver(JOB * 200)]
        assert time.monotonic() - began < 8.0
        assert isinstance(outcomes[1], Delivered | DeviceTrouble)
        over.set()
        server.close()
        thread.join(5)


@pytest.mark.parametrize("mm", [0.1, 20, 60, 149, 151, 164])
def test_power_may_go_at_any_line(mm: float) -> None:
    with EmulatedThermalPrinter(mm_per_second=3000) as device:
        printer = ThermalPrinter(parse_address(device.address), times=QUICK)
        device.after(mm, "power")
        began = time.monotonic()
        outcome = printer.deliver(JOB)
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.code in {"printer.interrupted", "printer.stalled"}
        assert time.monotonic() - began < 3.0
        assert not any(slip != JOB for slip in device.slips)
        device.switch_off()
        device.switch_on()
        device.load_paper()
        device.slips.clear()
        again = printer.deliver(JOB)
        assert isinstance(again, Delivered)
        assert device.slips == [JOB]
