"""A foreign IPP Everywhere printer, CUPS' ippeveprinter, in every state it can be brought into."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered, PrinterStatus
from hw.printer.ipp import IppPrinter
from hw.printer.ipp_address import parse_ipp
from tests.contract.printing.conftest import LETTER, TIMES
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.printing.name_service import NameService
from tests.emulated.printing.papers import plain_pdf
from tests.emulated.printing.virtual_printer import VirtualPrinter
from tests.emulated.services import ServiceError, wait_until

PAGE = plain_pdf("Ricevuta di prova")
PRINTED = Delivered(len(PAGE), Certainty.PRINTED)


def printer_at(device: VirtualPrinter, address: str = "", identity: str = "") -> IppPrinter:
    where = parse_ipp(address or device.uri)
    return IppPrinter(where, media=LETTER, times=TIMES, identity=identity)


def code_of(result: object) -> str:
    assert isinstance(result, DeviceTrouble), result
    return result.code


def later(act: Callable[[], object], seconds: float = 0.4) -> None:
    threading.Timer(seconds, act).start()


def cancel_at(device: VirtualPrinter) -> None:
    """As somebody does at the printer's panel; the engine then goes on."""
    subprocess.run(
        ["ipptool", "-t", device.uri, "cancel-current-job.test"], check=True, capture_output=True
    )
    device.mend()


def test_a_page_comes_out_once_as_it_was_sent(device: VirtualPrinter) -> None:
    before = len(device.papers)
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers[before:] == [PAGE]


@pytest.mark.parametrize("reason", ["media-empty", "media-jam", "cover-open"])
def test_a_printer_that_is_mended_in_time_prints_once(device: VirtualPrinter, reason: str) -> None:
    before = len(device.papers)
    device.trouble(reason)
    later(device.mend, 0.8)
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers[before:] == [PAGE]


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("media-empty", "paper-out"),
        pytest.param("media-jam", "jam", marks=pytest.mark.slow),
        pytest.param("cover-open", "cover-open", marks=pytest.mark.slow),
    ],
)
def test_a_printer_that_keeps_what_it_was_asked_to_give_back_is_told_so(
    device: VirtualPrinter, reason: str, cause: str
) -> None:
    """It accepts Cancel-Job and prints nevertheless when mended: the page does come."""
    before = len(device.papers)
    device.trouble(reason)
    result = printer_at(device).deliver(PAGE)
    assert code_of(result) == "printer.not-withdrawn"
    assert isinstance(result, DeviceTrouble)
    assert ("cause", cause) in result.details
    device.mend()
    wait_until(lambda: len(device.papers) > before, 5.0, "the page that was not given back")


def test_cancelled_although_accepted(device: VirtualPrinter) -> None:
    device.trouble("media-needed")
    later(lambda: cancel_at(device))
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.cancelled"


def test_given_up_although_accepted(device: VirtualPrinter) -> None:
    device.trouble("fails")
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.aborted"


def test_a_printer_that_restarts_has_lost_the_job(device: VirtualPrinter) -> None:
    device.trouble("media-empty")

    def restart() -> None:
        device.kill()
        device.mend()
        try:
            device.start()
        except ServiceError:
            # Its name may still be taken on the network by the one that was killed.
            device.kill()
            device.start()

    later(restart)
    before = len(device.papers)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.job-lost"
    assert len(device.papers) == before


def test_a_printer_that_is_switched_off_in_the_middle_is_silent(device: VirtualPrinter) -> None:
    device.trouble("media-empty")
    later(device.kill)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.silent"


def test_a_printer_that_hangs_gets_no_job(device: VirtualPrinter) -> None:
    device.freeze()
    quick = IppPrinter(parse_ipp(device.uri), media=LETTER, times=replace(TIMES, answer=0.5))
    result = quick.status()
    device.thaw()
    assert code_of(result) == "printer.unreachable"


def test_a_printer_that_is_off_is_unreachable(device: VirtualPrinter) -> None:
    device.stop()
    printer = printer_at(device)
    assert [code_of(each) for each in (printer.status(), printer.deliver(PAGE))] == [
        "printer.unreachable"
    ] * 2


def test_a_paper_that_is_not_in_the_tray_is_wrong_paper(device: VirtualPrinter) -> None:
    printer = IppPrinter(parse_ipp(device.uri), times=TIMES)
    before = device.begun
    assert code_of(printer.deliver(PAGE)) == "printer.wrong-paper"
    assert device.begun == before


def test_another_device_at_the_same_address_gets_nothing(
    device: VirtualPrinter, names: NameService
) -> None:
    status = printer_at(device).status()
    assert isinstance(status, PrinterStatus)
    device.stop()
    folder = device.folder / "other"
    other = VirtualPrinter(folder, names.environment, name="Another One", port=device.port)
    with other:
        result = printer_at(device, identity=status.identity).deliver(PAGE)
    assert (code_of(result), other.begun) == ("printer.swapped", 0)


def test_tls_trusts_one_certificate_only(device: VirtualPrinter) -> None:
    address = device.uri.replace("ipp://", "ipps://")
    found = ssl.get_server_certificate(("localhost", device.port))
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(found)).hexdigest()
    assert printer_at(device, f"{address}?sha256={pin}").deliver(PAGE) == PRINTED
    before = device.begun
    for other in (address, f"{address}?sha256={'00' * 32}"):
        assert code_of(printer_at(device, other).deliver(PAGE)) == "printer.untrusted"
    assert device.begun == before


def test_ipptool_takes_our_own_printer_for_one() -> None:
    """The foreign judge of the emulated printer: CUPS' conformance tool."""
    with EmulatedIppPrinter() as made:
        for test in ("create-job.test", "print-job.test", "get-completed-jobs.test"):
            command = ["ipptool", "-T", "10", "-tf", "/etc/hostname", made.uri, test]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
            assert done.returncode == 0, done.stdout
