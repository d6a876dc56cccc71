"""A printer that answers with an error may have printed before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.unit.hw.test_ipp_printer import (
    PAGE,
    PRINTED,
    TIMES,
    code_of,
    device,
    printer_at,
    sent,
    standing,
)

__all__ = ["device"]

PATIENT = replace(TIMES, connect=5.0, answer=5.0, step=5.0, withdraw=5.0)


@pytest.mark.parametrize(
    ("operations", "operation"), [(None, 0x06), ([0x02, 0x08, 0x09, 0x0A, 0x0B], 0x02)]
)
@pytest.mark.parametrize("status", [0x0500, 0x0508, 0x0411])
def test_an_error_behind_the_document_does_not_mean_that_nothing_was_printed(
    device: EmulatedIppPrinter, operations: list[int] | None, operation: int, status: int
) -> None:
    """Printers print while they receive; 0x0508 is somebody's "cancel" at the panel."""
    device.operations = operations or device.operations
    device.fails_behind = {operation: status}
    result = printer_at(device, times=PATIENT).deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.interrupted", True)
    assert device.papers == [PAGE]


@pytest.mark.parametrize(
    ("operations", "operation"), [(None, 0x06), ([0x02, 0x08, 0x09, 0x0A, 0x0B], 0x02)]
)
def test_what_an_error_leaves_in_the_printer_is_withdrawn(
    device: EmulatedIppPrinter, operations: list[int] | None, operation: int
) -> None:
    device.operations = operations or device.operations
    device.fails_behind = {operation: 0x0505}
    standing(device)
    assert code_of(printer_at(device, times=PATIENT).deliver(PAGE)) == "printer.interrupted"
    device.finish()
    assert device.papers == []


def test_an_error_to_a_job_that_nobody_finds_again_is_interrupted(
    device: EmulatedIppPrinter,
) -> None:
    device.operations = [0x02, 0x08, 0x09, 0x0A, 0x0B]
    device.refuses[0x02] = 0x0500
    result = printer_at(device, times=PATIENT).deliver(PAGE)
    assert (code_of(result), sent(result)) == ("printer.interrupted", True)


def test_an_answer_without_the_jobs_number_is_looked_behind(device: EmulatedIppPrinter) -> None:
    device.operations = [0x02, 0x08, 0x09, 0x0A, 0x0B]
    device.fails_behind = {0x02: 0x0000}
    assert printer_at(device, times=PATIENT).deliver(PAGE) == PRINTED
    assert device.papers == [PAGE]
