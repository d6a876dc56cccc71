"""The readiness report: what somebody who fitted or looked after a station found of its devices.

It has no registration number and nothing of a person in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from sync.model.errors import Problem
from sync.model.names import parse_line
from sync.model.plain_reader import PlainReader

LONGEST_MODEL: Final = 80
LONGEST_OFFICE: Final = 120

_CODE: Final = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_CODE: Final = 60
_ROLE: Final = re.compile(r"[a-z]{1,20}")
_SOFTWARE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
_UNPRINTABLE: Final = re.compile(r"[^ -~]+")
_MOST_MILLISECONDS: Final = 1 << 40


class DeviceKind(Enum):
    """The devices of a station; values as `hw.device_health.DeviceKind` has them."""

    CARD_READER = "card-reader"
    FINGERPRINT = "fingerprint"
    CAMERA = "camera"
    PAGE_PRINTER = "page-printer"
    SLIP_PRINTER = "slip-printer"
    SPEAKER = "speaker"


class DeviceState(Enum):
    """How a device stands; values as `hw.device_health.DeviceState` has them."""

    WORKING = "working"
    MENDING = "mending"
    DEGRADED = "degraded"
    AWAY = "away"
    NOT_FITTED = "not-fitted"


@dataclass(frozen=True, slots=True)
class DeviceChecked:
    """One device, and how its test went.

    Attributes:
        model: maker and model, as `model_text` leaves them; no serial number.
        last_code: failure code of the last trouble, None where there was none.
        tested: whether its test was run for this report.
        passed: how the test went; False where it was not run.
        milliseconds_to_service: from the last fault that was noticed until it served again; None
            where there was none.
    """

    kind: DeviceKind
    state: DeviceState
    model: str = ""
    last_code: str | None = None
    tested: bool = False
    passed: bool = False
    milliseconds_to_service: int | None = None


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """The devices of a station at one moment. Which station, the envelope says.

    Attributes:
        office: name of the office, as the station's profile has it.
        role: the station's role, `citizen`, `counter` or `installer`.
        software: version of the kiosk's program.
        made_on: day by the station's clock, which may be wrong.
        devices: each kind once at most, in the order of `DeviceKind`.
    """

    office: str
    role: str
    software: str
    made_on: date
    devices: tuple[DeviceChecked, ...]

    @property
    def ready(self) -> bool:
        """Every device that is fitted was tested, passed, and works."""
        fitted = [one for one in self.devices if one.state is not DeviceState.NOT_FITTED]
        return bool(fitted) and all(
            one.tested and one.passed and one.state is DeviceState.WORKING for one in fitted
        )


def model_text(text: str) -> str:
    """What a report keeps of a device's own name: printable ASCII, `LONGEST_MODEL` characters."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:LONGEST_MODEL].rstrip()


def problems(report: ReadinessReport, *, today: date) -> tuple[Problem, ...]:  # noqa: ARG001 - as every kind's
    """Everything that keeps a report from being recorded or accepted.

    Its day is not judged: a clock that is wrong is one of the things that an installer finds, and
    the hub knows when a report came.
    """
    return tuple(_problems(report))


def to_plain(report: ReadinessReport) -> dict[str, Any]:
    """The report as str, int, bool, None, list and dict, in the version `operation.VERSION`."""
    return {
        "office": report.office,
        "role": report.role,
        "software": report.software,
        "made_on": report.made_on.isoformat(),
        "devices": [
            {
                "kind": device.kind.value,
                "state": device.state.value,
                "model": device.model,
                "last_code": device.last_code,
                "tested": device.tested,
                "passed": device.passed,
                "milliseconds_to_service": device.milliseconds_to_service,
            }
            for device in report.devices
        ],
    }


def from_plain(value: object) -> ReadinessReport | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    report = ReadinessReport(
        office=reader.text("office"),
        role=reader.text("role"),
        software=reader.text("software"),
        made_on=reader.day("made_on"),
        devices=tuple(_device(part) for part in reader.parts("devices")),
    )
    reader.finish()
    return reader.problem or report


def _device(reader: PlainReader) -> DeviceChecked:
    device = DeviceChecked(
        kind=reader.choice("kind", DeviceKind),
        state=reader.choice("state", DeviceState),
        model=reader.text("model"),
        last_code=reader.text_or_none("last_code"),
        tested=reader.flag("tested"),
        passed=reader.flag("passed"),
        milliseconds_to_service=reader.whole_or_none("milliseconds_to_service"),
    )
    reader.finish()
    return device


def _problems(report: ReadinessReport) -> Iterator[Problem]:
    office = parse_line(report.office, longest=LONGEST_OFFICE, what="office")
    if office != report.office:
        yield Problem("readiness.station", field="office")
    if not _ROLE.fullmatch(report.role):
        yield Problem("readiness.station", field="role")
    if not _SOFTWARE.fullmatch(report.software):
        yield Problem("readiness.station", field="software")
    order = list(DeviceKind)
    places = [order.index(device.kind) for device in report.devices]
    if not places or places != sorted(set(places)):
        yield Problem("readiness.devices", field="devices")
    for place, device in enumerate(report.devices):
        if not _is_plausible(device):
            yield Problem("readiness.device", field=f"devices.{place}")


def _is_plausible(device: DeviceChecked) -> bool:
    time = device.milliseconds_to_service
    code = device.last_code
    return (
        device.model == model_text(device.model)
        and (code is None or (len(code) <= _LONGEST_CODE and bool(_CODE.fullmatch(code))))
        and (device.tested or not device.passed)
        and (time is None or 0 <= time <= _MOST_MILLISECONDS)
    )
