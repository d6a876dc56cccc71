"""Readiness: how every device of the station stands, a test of each, and a report of it.

    DeviceList <-> DevicePage -> TestingDevice -> (JudgingTest ->) DevicePage
    DeviceList -> ReportPage -> RecordingReport -> ReportFailed | ReportDone -> DeviceList

The first page of a station for clerks or installers. Nothing of a person is in any of these states.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.finger_readings import FingerProgress
from kiosk.flows.papers import Papers
from kiosk.flows.receipt import ActReceipt
from kiosk.flows.steps.fingerprint import PREPARING_ONE
from sync.model.readiness import ReadinessReport

TEST = "test"
"""`OptionChosen` of "test it", on `DevicePage`."""
MEND = "mend"
"""`OptionChosen` of "mend it now", on `DevicePage`."""

JUDGED_BY_EYE = {
    DeviceKind.PAGE_PRINTER: "printer.test-not-seen",
    DeviceKind.SLIP_PRINTER: "printer.test-not-seen",
    DeviceKind.SPEAKER: "speaker.test-not-heard",
}
"""Devices whose test only a person can judge, with the failure code of a "no"."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """How the test of a device went; `code` is None where it passed."""

    __test__ = False
    kind: DeviceKind
    code: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return self.code is None


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of the devices.

    Attributes:
        devices: as last told, in the order of `DeviceKind`.
        tests: the last result of each test that was run on this occasion.
        watching: whether the runtime was asked to tell.
    """

    devices: tuple[DeviceHealth, ...] = ()
    tests: tuple[TestResult, ...] = ()
    watching: bool = False

    def of(self, kind: DeviceKind) -> DeviceHealth:
        """How a device stands; not fitted where nothing was told of it."""
        unknown = DeviceHealth(kind, DeviceState.NOT_FITTED)
        return next((one for one in self.devices if one.kind is kind), unknown)

    def test_of(self, kind: DeviceKind) -> TestResult | None:
        """How its test went; None where none was run."""
        return next((one for one in self.tests if one.kind is kind), None)

    @property
    def fitted(self) -> tuple[DeviceHealth, ...]:
        """The devices that the station has."""
        return tuple(one for one in self.devices if one.state is not DeviceState.NOT_FITTED)


@dataclass(frozen=True, slots=True)
class DeviceList:
    """Every device with its state: `DeviceChosen`, `Continued` for the report."""

    known: Findings = field(default_factory=Findings)


@dataclass(frozen=True, slots=True)
class DevicePage:
    """One device: state, last error with text and remedy, last test.

    `OptionChosen(TEST | MEND)`, `Back` and `Continued` to the list. `readiness_rows.device_rows`
    says what to draw.
    """

    known: Findings
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class TestingDevice:
    """The test runs and says what to do; `Refused` and `Back` stop it.

    `progress` is that of the fingerprint sensor's test.
    """

    __test__ = False
    known: Findings
    kind: DeviceKind
    progress: FingerProgress = PREPARING_ONE


@dataclass(frozen=True, slots=True)
class JudgingTest:
    """Whether the paper came out well, or the voice was heard: `Continued` says yes, `Refused` no."""

    known: Findings
    kind: DeviceKind


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The report as it will be recorded: `Continued` records it, `Back` to the list."""

    known: Findings


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """The report is being made durable."""

    known: Findings
    report: ReadinessReport


@dataclass(frozen=True, slots=True)
class ReportFailed:
    """Not recorded as far as is known; `Continued` tries it again, `Back` asks whether to leave."""

    known: Findings
    report: ReadinessReport
    code: str


@dataclass(frozen=True, slots=True)
class ReportDone:
    """Recorded, and printed where there is a printer; `Continued` and `Back` to the list."""

    known: Findings
    receipt: ActReceipt
    papers: Papers = ()


ReadinessState = (
    DeviceList
    | DevicePage
    | TestingDevice
    | JudgingTest
    | ReportPage
    | RecordingReport
    | ReportFailed
    | ReportDone
)
