"""The readiness report as a page: what was found of each device, and what is still to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.documents import wording
from kiosk.documents.press import Sheet, typeset
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt
from kiosk.strings.catalogue import Catalogue
from sync.model.readiness import DeviceChecked, DeviceState, ReadinessReport

_WELL: Final = DeviceState.WORKING


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as the table shows it; `fault_note` is empty where it did not come back."""

    name: str
    model: str
    state: str
    test: str
    fault: str
    fault_note: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """What is missing of one device, and what helps."""

    name: str
    text: str


def readiness_report(
    receipt: ActReceipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return the report as one PDF/UA-1 file in A4, in the language of `catalogue`.

    Raises:
        TypeError: the receipt is of another act.
    """
    report = receipt.act
    if not isinstance(report, ReadinessReport):
        raise TypeError("a readiness report is printed of a readiness report only")
    text = catalogue.text
    values = {
        "office_name": office.name,
        "station": receipt.station,
        "role": text(f"document.role.{report.role}"),
        "software": report.software,
        "operation": str(receipt.operation_id),
        "recorded": text(
            "document.readiness.when",
            date=wording.local_day(receipt.recorded_at, catalogue),
            time=wording.local_time(receipt.recorded_at),
        ),
        "ready": report.ready,
        "devices": tuple(_row(device, catalogue) for device in report.devices),
        "to_do": tuple(to_do for d in report.devices if (to_do := _to_do(d, catalogue))),
    }
    sheet = Sheet("readiness.html", catalogue, values, again=again)
    return typeset([sheet], created=receipt.recorded_at)


def _row(device: DeviceChecked, catalogue: Catalogue) -> DeviceRow:
    text = catalogue.text
    fitted = device.state is not DeviceState.NOT_FITTED
    took = device.milliseconds_to_service
    back = took is not None and device.state is _WELL
    return DeviceRow(
        name=text(f"device.{device.kind.value}"),
        model=device.model,
        state=text(f"document.device-state.{device.state.value}"),
        test=text(f"document.readiness.{_test(device)}") if fitted else "",
        fault=device.last_code or (text("document.readiness.none") if fitted else ""),
        fault_note=text("document.readiness.back", seconds=_seconds(took or 0, catalogue))
        if back
        else "",
    )


def _test(device: DeviceChecked) -> str:
    if not device.tested:
        return "untested"
    return "passed" if device.passed else "failed"


def _to_do(device: DeviceChecked, catalogue: Catalogue) -> ToDo | None:
    """None where the device works and passed, or is not fitted."""
    text = catalogue.text
    passed = device.tested and device.passed
    if device.state is DeviceState.NOT_FITTED or (passed and device.state is _WELL):
        return None
    name = text(f"device.{device.kind.value}")
    if device.last_code and not (device.state is _WELL and not device.tested):
        known = f"failure.{device.last_code}"
        return ToDo(name, f"{text(f'{known}.clerk')} {text(f'{known}.remedy')}")
    if device.tested or device.state is not _WELL:
        return ToDo(name, text("document.readiness.look"))
    return ToDo(name, text("document.readiness.run-test"))


def _seconds(milliseconds: int, catalogue: Catalogue) -> str:
    """Seconds with one decimal, as the language writes it."""
    return wording.decimal(milliseconds / 1000, catalogue)
