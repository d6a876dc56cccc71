"""Jobs at an IPP printer that prints, stands still, forgets, is swapped, falls silent or lies."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered, PrinterCondition, PrinterStatus
from hw.ports import Printer
from hw.printer.ipp import IppPrinter, IppTimes
from hw.printer.ipp_address import parse_ipp
from hw.printer.ipp_job import Waiting
from tests.emulated.printing.ipp_printer import (
    Cancelling,
    EmulatedIppPrinter,
    Fate,
    Manner,
)

PAGE = b"%PDF-1.7 " + bytes(range(256)) * 400
TIMES = IppTimes(
    connect=1.0,
    answer=0.3,
    step=0.3,
    poll=0.02,
    withdraw=0.4,
    waiting=Waiting(stopped=0.25, stalled=0.4, silent=0.3, job=5.0),
)
PRINTED = Delivered(len(PAGE), Certainty.PRINTED)


@pytest.fixture
def device() -> Iterator[EmulatedIppPrinter]:
    with EmulatedIppPrinter() as made:
        yield made


def printer_at(device: EmulatedIppPrinter, identity: str = "", times: IppTimes = TIMES) -> Printer:
    return IppPrinter(parse_ipp(device.uri), identity=identity, times=times)


def code_of(result: object) -> str:
    assert isinstance(result, DeviceTrouble), result
    return result.code


def sent(result: object) -> bool:
    """Whether the printer got anything, by the trouble's own word."""
    assert isinstance(result, DeviceTrouble), result
    return ("sent", "no") not in result.details


def later(act: Callable[[], object], seconds: float = 0.15) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def standing(device: EmulatedIppPrinter, *reasons: str, job_state: int = 6) -> None:
    """From the next job on it stands still in the middle, for these reasons."""
    device.fate, device.job_state = Fate.STAYS, job_state
    device.reasons = list(reasons)


def test_a_page_is_printed_once_and_to_its_last_byte(device: EmulatedIppPrinter) -> None:
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers == [PAGE]


def test_a_printer_that_knows_print_job_only_prints_once(device: EmulatedIppPrinter) -> None:
    device.operations = [0x02, 0x08, 0x09, 0x0A, 0x0B]
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers == [PAGE]


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        (Fate.SAYS_NO_MORE, Delivered(len(PAGE), Certainty.TAKEN)),
        (Fate.WITH_ERRORS, "printer.aborted"),
        (Fate.ABORTED, "printer.aborted"),
        (Fate.CANCELLED, "printer.cancelled"),
    ],
)
def test_printed_is_said_for_success_only(
    device: EmulatedIppPrinter, fate: Fate, told: Delivered | str
) -> None:
    device.fate = fate
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result) if isinstance(told, str) else result) == told


REASONS = [
    ("media-empty-error", "printer.paper-out"),
    ("media-empty", "printer.paper-out"),
    ("media-needed", "printer.paper-out"),
    ("media-jam-error", "printer.jam"),
    ("cover-open", "printer.cover-open"),
    ("door-open-error", "printer.cover-open"),
    ("toner-empty-error", "printer.ink-out"),
    ("fuser-over-temp-error", "printer.overheated"),
    ("paused", "printer.paused"),
    ("output-area-full-error", "printer.fault"),
]


@pytest.mark.parametrize(("reason", "code"), REASONS)
def test_what_stops_a_job_in_its_middle_is_told_and_the_job_is_withdrawn(
    device: EmulatedIppPrinter, reason: str, code: str
) -> None:
    standing(device)
    later(lambda: setattr(device, "reasons", [reason]), 0.05)
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result), sent(result)) == (code, True)
    device.finish()  # whoever mends it now gets nothing of it
    assert device.papers == []


@pytest.mark.parametrize(("reason", "code"), REASONS)
def test_a_printer_that_stands_still_gets_no_job(
    device: EmulatedIppPrinter, reason: str, code: str
) -> None:
    device.state, device.reasons = 5, [reason]
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result), sent(result), device.jobs) == (code, False, {})


def test_a_warning_of_an_empty_tray_stops_nothing(device: EmulatedIppPrinter) -> None:
    device.reasons = ["media-empty-warning", "toner-low-report"]
    assert printer_at(device).deliver(PAGE) == PRINTED
    status = printer_at(device).status()
    assert isinstance(status, PrinterStatus)
    assert status.conditions == (PrinterCondition.PAPER_LOW, PrinterCondition.INK_LOW)


def test_a_warning_explains_a_job_that_does_not_move(device: EmulatedIppPrinter) -> None:
    standing(device, "media-empty-warning", job_state=5)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.paper-out"


def test_a_job_that_does_not_move_for_no_reason_is_stalled(device: EmulatedIppPrinter) -> None:
    standing(device, "none", job_state=5)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.stalled"


def test_paper_that_is_refilled_in_time_leads_to_a_page(device: EmulatedIppPrinter) -> None:
    standing(device)
    later(lambda: setattr(device, "reasons", ["media-empty-error"]), 0.05)
    later(device.finish, 0.2)
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers == [PAGE]


@pytest.mark.parametrize(
    ("ready", "code"), [(["iso_a5_148x210mm"], "printer.wrong-paper"), ([], None)]
)
def test_another_paper_in_the_tray_is_told_before_anything_is_sent(
    device: EmulatedIppPrinter, ready: list[str], code: str | None
) -> None:
    device.ready = ready
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result) if code else None) == code
    assert bool(device.papers) is (code is None)


def test_another_paper_called_for_in_the_middle_is_wrong_paper(device: EmulatedIppPrinter) -> None:
    standing(device)

    def other_tray() -> None:
        device.ready, device.reasons = ["iso_a5_148x210mm"], ["media-needed-error"]

    later(other_tray, 0.05)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.wrong-paper"


def test_a_format_that_it_does_not_take_is_not_sent(device: EmulatedIppPrinter) -> None:
    device.formats = ["image/pwg-raster"]
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result), device.jobs) == ("printer.wrong-format", {})


def test_a_printer_that_takes_no_jobs_gets_none(device: EmulatedIppPrinter) -> None:
    device.accepting = False
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.paused"
    assert device.jobs == {}


@pytest.mark.parametrize("operation", [0x05, 0x06, 0x0B])
def test_a_refusal_means_nothing_was_printed(device: EmulatedIppPrinter, operation: int) -> None:
    device.refuses[operation] = 0x0403
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.refused", False)
    assert device.papers == []


def test_a_job_that_is_unknown_after_a_restart_is_lost(device: EmulatedIppPrinter) -> None:
    standing(device, "none", job_state=5)
    later(device.restart)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.job-lost"


def test_another_printer_with_a_completed_job_of_this_number_says_nothing_of_ours(
    device: EmulatedIppPrinter,
) -> None:
    standing(device, "none", job_state=5)
    later(device.swap)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.job-lost"


def test_the_same_number_after_a_restart_may_be_another_job(device: EmulatedIppPrinter) -> None:
    standing(device, "none", job_state=5)

    def restarted() -> None:
        uuid = device.uuid
        device.swap()
        device.uuid = uuid

    later(restarted)
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.job-lost"


def test_a_pinned_printer_is_the_only_one_that_gets_jobs(device: EmulatedIppPrinter) -> None:
    status = printer_at(device).status()
    assert isinstance(status, PrinterStatus)
    assert "00000000" not in status.identity
    printer = printer_at(device, status.identity)
    assert printer.deliver(PAGE) == PRINTED
    device.swap()
    result = printer.deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.swapped", False)


@pytest.mark.parametrize("manner", [Manner.NEVER, Manner.HANGS_UP, Manner.RUBBISH, Manner.DRIPS])
def test_a_printer_that_never_answers_well_gets_no_job_and_holds_nobody_up(
    device: EmulatedIppPrinter, manner: Manner
) -> None:
    device.manner = manner
    began = time.monotonic()
    for result in (printer_at(device).deliver(PAGE), printer_at(device).status()):
        assert code_of(result) == "printer.unreachable"
    assert time.monotonic() - began < 4.0
    assert device.papers == []


def test_a_printer_that_wants_a_password_refuses(device: EmulatedIppPrinter) -> None:
    device.manner = Manner.FORBIDS
    assert code_of(printer_at(device).deliver(PAGE)) == "printer.refused"


@pytest.mark.parametrize(
    "manner",
    [
        Manner.NEVER,
        Manner.HANGS_UP,
        pytest.param(Manner.RUBBISH, marks=pytest.mark.slow),
        pytest.param(Manner.DRIPS, marks=pytest.mark.slow),
        pytest.param(Manner.FORBIDS, marks=pytest.mark.slow),
    ],
)
def test_a_printer_that_falls_silent_with_the_job_may_still_print_it(
    device: EmulatedIppPrinter, manner: Manner
) -> None:
    standing(device, "none", job_state=5)
    later(lambda: setattr(device, "manner", manner))
    result = printer_at(device).deliver(PAGE)
    assert code_of(result) in {"printer.silent", "printer.not-withdrawn"}


def test_a_printer_that_answers_again_goes_on(device: EmulatedIppPrinter) -> None:
    standing(device, "none", job_state=5)
    later(lambda: setattr(device, "manner", Manner.HANGS_UP), 0.05)
    later(lambda: setattr(device, "manner", Manner.WELL), 0.25)
    later(device.finish, 0.3)
    assert printer_at(device).deliver(PAGE) == PRINTED


@pytest.mark.parametrize("operation", [0x02, 0x06])
def test_a_lost_answer_to_the_document_prints_no_second_page(
    device: EmulatedIppPrinter, operation: int
) -> None:
    if operation == 0x02:
        device.operations = [0x02, 0x08, 0x09, 0x0A, 0x0B]
    device.mute_operations = {operation}
    assert printer_at(device).deliver(PAGE) == PRINTED
    assert device.papers == [PAGE]
    assert device.asked.count(operation) == 1


def test_a_lost_answer_to_the_empty_job_prints_nothing(device: EmulatedIppPrinter) -> None:
    device.mute_operations = {0x05}
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.unreachable", False)
    assert device.papers == []


@pytest.mark.parametrize("after", [0, 1, 5000, 100_000])
@pytest.mark.parametrize("only_print_job", [False, True])
def test_a_document_broken_at_any_byte_is_never_called_printed(
    device: EmulatedIppPrinter, after: int, *, only_print_job: bool
) -> None:
    if only_print_job:
        device.operations = [0x02, 0x08, 0x09, 0x0A, 0x0B]
    device.breaks_after = after
    result = printer_at(device).deliver(PAGE)
    # Stalled: all of it was in the sockets' buffers, and the printer's job does not move.
    assert code_of(result) in {"printer.interrupted", "printer.silent", "printer.stalled"}
    assert device.papers == []


@pytest.mark.parametrize(
    ("cancelling", "told"),
    [
        (Cancelling.WORKS, "printer.paper-out"),
        (Cancelling.REFUSED, "printer.not-withdrawn"),
        (Cancelling.IGNORED, "printer.not-withdrawn"),
        (Cancelling.TOO_LATE, PRINTED),
    ],
)
def test_whether_a_job_could_be_withdrawn_is_told(
    device: EmulatedIppPrinter, cancelling: Cancelling, told: Delivered | str
) -> None:
    standing(device)
    later(lambda: setattr(device, "reasons", ["media-empty-error"]), 0.05)
    device.cancelling = cancelling
    result = printer_at(device).deliver(PAGE)
    assert (code_of(result) if isinstance(told, str) else result) == told


def test_an_abandoned_job_is_withdrawn_at_once(device: EmulatedIppPrinter) -> None:
    standing(device, "none", job_state=5)
    printer = printer_at(device)
    later(printer.abandon)
    began = time.monotonic()
    assert code_of(printer.deliver(PAGE)) == "printer.abandoned"
    assert time.monotonic() - began < 0.45
    device.finish()
    assert device.papers == []


def test_abandoning_reaches_a_printer_that_does_not_answer(device: EmulatedIppPrinter) -> None:
    device.manner = Manner.NEVER
    slow = IppTimes(connect=5.0, answer=30.0)
    printer = printer_at(device, times=slow)
    later(printer.abandon)
    began = time.monotonic()
    result = printer.deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.abandoned", False)
    assert time.monotonic() - began < 2.0


def test_abandoning_nothing_harms_no_later_job(device: EmulatedIppPrinter) -> None:
    printer = printer_at(device)
    printer.abandon()
    assert printer.deliver(PAGE) == PRINTED


def test_an_address_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    printer = IppPrinter(parse_ipp(f"ipp://127.0.0.1:{port}"), times=TIMES)
    assert code_of(printer.deliver(PAGE)) == "printer.unreachable"
    assert code_of(IppPrinter(parse_ipp("ipp://printer.invalid")).status()) == "printer.unreachable"


def test_jobs_have_names_that_say_nothing_and_are_never_the_same(
    device: EmulatedIppPrinter,
) -> None:
    printer = printer_at(device)
    for _ in range(5):
        printer.deliver(PAGE)
    names = {job.name for job in device.jobs.values()}
    assert len(names) == 5
    assert all(name.startswith("sportello-") and len(name) == 26 for name in names)


@pytest.mark.parametrize(
    ("counted", "certainty"),
    [(0, Certainty.TAKEN), (1, Certainty.PRINTED), (None, Certainty.PRINTED)],
)
def test_success_with_no_page_counted_is_no_proof(
    device: EmulatedIppPrinter, counted: int | None, certainty: Certainty
) -> None:
    device.counted = counted
    assert printer_at(device).deliver(PAGE) == Delivered(len(PAGE), certainty)


def test_a_job_for_one_printer_goes_to_no_other(device: EmulatedIppPrinter) -> None:
    printer = printer_at(device)
    status = printer.status()
    assert isinstance(status, PrinterStatus)
    assert printer.deliver(PAGE, identity=status.identity) == PRINTED
    device.swap()
    result = printer.deliver(PAGE, identity=status.identity)
    assert (code_of(result), sent(result)) == ("printer.swapped", False)
    device.uuid = ""
    assert code_of(printer.deliver(PAGE, identity=status.identity)) == "printer.swapped"
    assert device.papers == [PAGE]
