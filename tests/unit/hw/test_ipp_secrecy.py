"""What answers at a printer's address may be a spooler: it gets no secret letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hw.errors import DeviceTrouble
from hw.printer import cups
from hw.printer.ipp_address import parse_cups
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.unit.hw.test_ipp_printer import PAGE, PRINTED, TIMES, code_of, device, printer_at, sent

__all__ = ["device"]

PATIENT = replace(TIMES, connect=5.0, answer=5.0, step=5.0)


def spooling(device: EmulatedIppPrinter, sign: str) -> None:
    """Have it look like a spooler in one way."""
    match sign:
        case "device-uri":
            device.device_uri = "usb://HP/LaserJet?serial=1"
        case "operations":
            device.operations = [*device.operations, 0x4001]
        case "operations untold":
            device.operations = []
        case _:
            device.path = sign


SIGNS = [
    *("device-uri", "operations", "operations untold"),
    *("/printers/lettere", "/classes/tutte", "//Printers/lettere", "/%70rinters/lettere"),
]


@pytest.mark.rule("C-003-23")
@pytest.mark.parametrize("sign", SIGNS)
def test_a_spooler_behind_an_ipp_address_gets_no_secret(
    device: EmulatedIppPrinter, sign: str
) -> None:
    spooling(device, sign)
    result = printer_at(device, times=PATIENT).deliver(PAGE, secret=True)
    assert (code_of(result), sent(result)) == ("printer.not-for-secrets", False)
    assert device.jobs == {}
    assert printer_at(device, times=PATIENT).deliver(PAGE) == PRINTED


@pytest.mark.rule("C-003-23")
@pytest.mark.parametrize("sign", ["", *SIGNS])
def test_a_queue_that_leads_to_another_spooler_gets_no_secret(
    device: EmulatedIppPrinter, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    """The queue itself would do: its spool is in memory."""
    monkeypatch.setattr(cups, "why_not_for_secrets", lambda _settings: None)
    spooling(device, sign or device.path)
    with EmulatedIppPrinter() as queue:
        queue.path, queue.device_uri = "/printers/lettere", device.uri
        printer = cups.CupsPrinter(
            parse_cups(f"cups://lettere@127.0.0.1:{queue.port}"), times=PATIENT
        )
        result = printer.deliver(PAGE, secret=True)
        refused = isinstance(result, DeviceTrouble) and result.code == "printer.not-for-secrets"
        assert refused is bool(sign)
        assert bool(queue.jobs) is not refused


@pytest.mark.rule("C-003-23")
@pytest.mark.parametrize(
    ("behind", "good"),
    [
        ("usb://HP/LaserJet?serial=1", True),
        *((uri, False) for uri in ("usb://HP/LaserJet", "cups-pdf:/", "file:/tmp/out", "")),
        *((uri, False) for uri in ("lpd://host/queue", "socket://host:9100", "smb://host/share")),
        ("dnssd://HP._ipp._tcp.local/?uuid=1", False),
    ],
)
def test_a_queue_gets_a_secret_only_for_a_device_that_is_known(
    device: EmulatedIppPrinter, monkeypatch: pytest.MonkeyPatch, behind: str, *, good: bool
) -> None:
    monkeypatch.setattr(cups, "why_not_for_secrets", lambda _settings: None)
    device.path, device.device_uri = "/printers/lettere", behind
    printer = cups.CupsPrinter(parse_cups(f"cups://lettere@127.0.0.1:{device.port}"), times=PATIENT)
    result = printer.deliver(PAGE, secret=True)
    refused = isinstance(result, DeviceTrouble) and result.code == "printer.not-for-secrets"
    assert refused is not good
    assert bool(device.jobs) is good
