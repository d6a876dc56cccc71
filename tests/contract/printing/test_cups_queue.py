"""A real cupsd between us and a foreign printer: what it says is true only in part."""

from __future__ import annotations

import io
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered, PrinterStatus
from hw.printer.cups import CupsPrinter
from hw.printer.ipp_address import parse_cups
from hw.printer.ipp_job import Waiting
from tests.contract.printing.conftest import LETTER, TIMES
from tests.emulated.printer import EmulatedPrinter
from tests.emulated.printing.name_service import NameService
from tests.emulated.printing.papers import plain_pdf
from tests.emulated.printing.private_cups import PrivateCups
from tests.emulated.printing.virtual_printer import VirtualPrinter
from tests.emulated.services import wait_until

PAGE = plain_pdf("Ricevuta di prova")
PRINTED = Delivered(len(PAGE), Certainty.PRINTED)


@pytest.fixture(scope="module")
def address(cups: PrivateCups, device: VirtualPrinter) -> str:
    return cups.add_queue("pagine", device.uri)


def queue_at(address: str, cups: PrivateCups) -> CupsPrinter:
    where = parse_cups(address)
    return CupsPrinter(where, settings=cups.settings, media=LETTER, times=TIMES)


@pytest.fixture
def queue(address: str, cups: PrivateCups) -> CupsPrinter:
    return queue_at(address, cups)


def code_of(result: object) -> str:
    assert isinstance(result, DeviceTrouble), result
    return result.code


def later(act: Callable[[], object], seconds: float = 0.7) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def text_of(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)


def test_a_page_comes_out_once_and_leaves_no_history(
    queue: CupsPrinter, cups: PrivateCups, device: VirtualPrinter
) -> None:
    before = len(device.papers)
    assert queue.deliver(PAGE) == PRINTED
    assert [text_of(paper) for paper in device.papers[before:]] == [
        "Ricevuta di prova 1\nRicevuta di prova 2"
    ]
    assert cups.run("lpstat", "-W", "all", "-o") == ""


def test_paper_that_is_refilled_in_time_leads_to_one_page(
    queue: CupsPrinter, device: VirtualPrinter
) -> None:
    before = len(device.papers)
    device.trouble("media-empty")
    later(device.mend)
    assert queue.deliver(PAGE) == PRINTED
    assert len(device.papers) == before + 1


def test_a_job_that_the_queue_lets_go_and_the_device_does_not_may_still_come(
    queue: CupsPrinter, device: VirtualPrinter, cups: PrivateCups
) -> None:
    """CUPS says `canceled`; the page comes out all the same when the tray is filled."""
    before = len(device.papers)
    device.trouble("media-empty")
    result = queue.deliver(PAGE)
    assert code_of(result) == "printer.not-withdrawn"
    assert isinstance(result, DeviceTrouble)
    assert ("cause", "paper-out") in result.details
    assert cups.run("lpstat", "-o") == ""
    device.mend()
    wait_until(lambda: len(device.papers) > before, 5.0, "the page that was not given back")


def test_given_up_by_the_device(queue: CupsPrinter, device: VirtualPrinter) -> None:
    device.trouble("fails")
    assert code_of(queue.deliver(PAGE)) == "printer.aborted"


def test_a_device_that_restarts_has_lost_the_job_and_prints_nothing_later(
    queue: CupsPrinter, device: VirtualPrinter
) -> None:
    device.trouble("media-empty")

    def restart() -> None:
        device.kill()
        device.mend()
        device.start()

    later(restart)
    before, begun = len(device.papers), device.begun
    assert code_of(queue.deliver(PAGE)) == "printer.job-lost"
    time.sleep(1.5)
    assert (len(device.papers), device.begun) == (before, begun + 1)


def test_a_job_id_unknown_after_a_restart_of_cups_is_lost(
    names: NameService, device: VirtualPrinter
) -> None:
    with PrivateCups(names.environment) as cups:
        queue = queue_at(cups.add_queue("pagine", device.uri), cups)
        device.trouble("media-empty")

        def restart() -> None:
            cups.kill()
            for kept in cups.spool.glob("[cd]*"):
                kept.unlink(missing_ok=True)
            (cups.folder / "cache" / "job.cache").unlink(missing_ok=True)
            cups.start()

        restarting = later(restart)
        assert code_of(queue.deliver(PAGE)) == "printer.job-lost"
        restarting.join()


@pytest.mark.slow
def test_a_crash_of_cups_in_the_middle_prints_once(
    names: NameService, device: VirtualPrinter
) -> None:
    """It comes back with the job in its spool, as on a machine that kept its disk."""
    with PrivateCups(names.environment) as cups:
        patient = replace(TIMES, waiting=Waiting(stopped=5.0, stalled=10.0, silent=5.0))
        queue = CupsPrinter(
            parse_cups(cups.add_queue("pagine", device.uri)),
            settings=cups.settings,
            media=LETTER,
            times=patient,
        )
        before = device.begun
        device.trouble("media-empty")

        def crash() -> None:
            cups.kill()
            cups.start()
            time.sleep(1.0)
            device.mend()

        later(crash)
        assert queue.deliver(PAGE) == PRINTED
        time.sleep(3.0)
        assert device.begun == before + 1


def test_a_printer_that_is_off_gets_no_job_that_would_wait_for_it(
    queue: CupsPrinter, device: VirtualPrinter, cups: PrivateCups
) -> None:
    device.stop()
    assert [code_of(each) for each in (queue.status(), queue.deliver(PAGE))] == [
        "printer.unreachable"
    ] * 2
    assert cups.run("lpstat", "-W", "all", "-o") == ""


def test_a_queue_that_does_not_exist_is_told(cups: PrivateCups) -> None:
    printer = queue_at(f"cups://altra@{cups.server}", cups)
    assert code_of(printer.deliver(PAGE)) == "printer.queue-unknown"


def test_a_queue_without_an_ipp_printer_says_taken_at_most(cups: PrivateCups) -> None:
    """To CUPS a job is complete when the bytes went out, paper or none."""
    with EmulatedPrinter() as old:
        address = cups.add_queue("vecchia", old.address.replace("tcp://", "socket://"))
        queue = CupsPrinter(parse_cups(address), settings=cups.settings, times=TIMES)
        assert queue.deliver(PAGE) == Delivered(len(PAGE), Certainty.TAKEN)
        status = queue.status()
        assert isinstance(status, PrinterStatus)
        assert not status.tells
        assert old.jobs == [PAGE]


@pytest.mark.parametrize(
    ("policy", "code"),
    [("retry-current-job", "printer.queue-repeats"), ("abort-job", "printer.aborted")],
)
def test_a_queue_that_repeats_by_itself_gets_no_job(
    names: NameService, tmp_path: Path, policy: str, code: str
) -> None:
    """The same queue, used without us, prints a page again and again behind each failure."""
    with PrivateCups(names.environment, error_policy=policy) as cups:
        address = cups.add_queue("pagine", "failing:/x", "-o", f"printer-error-policy={policy}")
        assert code_of(queue_at(address, cups).deliver(PAGE)) == code
        printed = cups.failing_jobs
        assert printed == (policy == "abort-job")
        page = tmp_path / "page.pdf"
        page.write_bytes(PAGE)
        cups.run("lp", "-d", "pagine", str(page))
        wait_until(lambda: cups.failing_jobs > printed, 5.0, "the page of a job that failed")
        time.sleep(0.5)
        again = cups.failing_jobs - printed
        assert (again > 1) is (policy != "abort-job")


def test_cancelled_at_the_device(queue: CupsPrinter, device: VirtualPrinter) -> None:
    device.trouble("media-needed")

    def cancel() -> None:
        subprocess.run(
            ["ipptool", "-t", device.uri, "cancel-current-job.test"],
            check=True,
            capture_output=True,
        )
        device.mend()

    later(cancel)
    assert code_of(queue.deliver(PAGE)) == "printer.cancelled"


def test_a_refused_secret_is_never_sent(
    queue: CupsPrinter, device: VirtualPrinter, cups: PrivateCups, tmp_path: Path
) -> None:
    before = device.begun
    assert code_of(queue.deliver(PAGE, secret=True)) == "printer.not-for-secrets"
    nothing = CupsPrinter(
        parse_cups(f"cups://pagine@{cups.server}"), settings=tmp_path, media=LETTER, times=TIMES
    )
    assert code_of(nothing.deliver(PAGE, secret=True)) == "printer.not-for-secrets"
    assert device.begun == before
