"""The report of an installation (verbale): a list of steps, and who signs (R-001-7, 11, 20, 21).

    StepList <-> StepPage <-> TestingEndpoints
    StepList -> AskName (referente) -> AskName (installer) -> ReportSummary -> RecordingInstallation
        -> InstallationFailed | InstallationDone -> (the list of devices)

Nothing is recorded before every step has an outcome and the Security Officer has the master
password: without its receipt the installation is not complete.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kiosk.flows.entries import TextEntry
from kiosk.flows.installer.readiness import Findings
from kiosk.flows.papers import Papers
from kiosk.flows.receipt import ActReceipt
from sync.model.installation import (
    MAY_BE_LEFT_OUT,
    InstallationReport,
    InstallationStep,
    StepOutcome,
    StepReport,
)

BEGIN: Final = "installation"
"""`OptionChosen` of "report of the installation", on the list of devices."""
TEST: Final = "test"
"""`OptionChosen` of "test the addresses", on the page of that step."""


class Signer(Enum):
    """Who signs the report."""

    REFERENTE = "referente"
    """For the comune (R-001-7, 20)."""
    INSTALLER = "installer"


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """One address that was tried; `code` is empty where it was reached."""

    name: str
    code: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Work:
    """What has been done so far.

    Attributes:
        known: the devices, as the readiness pages have them.
        steps: outcomes, in the order of `InstallationStep`.
        endpoints: results of the last connectivity test.
        referente: as named on the report.
        installer: likewise.
    """

    known: Findings
    steps: tuple[StepReport, ...] = ()
    endpoints: tuple[EndpointResult, ...] = ()
    referente: str = field(default="", repr=False)
    installer: str = field(default="", repr=False)

    def of(self, step: InstallationStep) -> StepReport | None:
        """How a step ended; None where it was not done yet."""
        return next((one for one in self.steps if one.step is step), None)

    @property
    def missing(self) -> tuple[InstallationStep, ...]:
        """Steps that stand against the report: without an outcome, or failed (R-001-7, 20)."""
        return tuple(step for step in InstallationStep if not self._settled(step))

    def _settled(self, step: InstallationStep) -> bool:
        found = self.of(step)
        if found is None:
            return False
        left_out = step in MAY_BE_LEFT_OUT and found.outcome is StepOutcome.NOT_APPLICABLE
        return left_out or found.outcome is StepOutcome.DONE


@dataclass(frozen=True, slots=True)
class StepList:
    """Every step with its outcome: `OptionChosen(<step>)`; `Continued` goes on to the names."""

    work: Work
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step: `Continued` says done, `OptionChosen(<outcome>)` otherwise, `Back` to the list."""

    work: Work
    step: InstallationStep


@dataclass(frozen=True, slots=True)
class TestingEndpoints:
    """The addresses of the settings are tried, one after the other; `Refused` and `Back` stop."""

    __test__ = False
    work: Work
    results: tuple[EndpointResult, ...] = ()


@dataclass(frozen=True, slots=True)
class AskName:
    """Who signs, as they are to be named on the report."""

    work: Work
    who: Signer
    entry: TextEntry = field(default_factory=TextEntry)
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """The report as it will be recorded: `Continued` records it, `Back` to the list."""

    work: Work


@dataclass(frozen=True, slots=True)
class RecordingInstallation:
    """The report is being made durable."""

    work: Work
    report: InstallationReport


@dataclass(frozen=True, slots=True)
class InstallationFailed:
    """Not recorded as far as is known; `Continued` tries it again, `Back` asks whether to leave."""

    work: Work
    report: InstallationReport
    code: str


@dataclass(frozen=True, slots=True)
class InstallationDone:
    """Recorded, and printed for the signatures; `Continued` and `Back` to the list of devices."""

    work: Work
    receipt: ActReceipt
    papers: Papers = ()


InstallationState = (
    StepList
    | StepPage
    | TestingEndpoints
    | AskName
    | ReportSummary
    | RecordingInstallation
    | InstallationFailed
    | InstallationDone
)

NAMES: Final[dict[type, str]] = {
    StepList: "installation.steps",
    TestingEndpoints: "installation.testing",
    ReportSummary: "installation.summary",
    RecordingInstallation: "installation.recording",
    InstallationFailed: "installation.record-failed",
    InstallationDone: "installation.done",
}
"""Machine names of the pages; `StepPage` and `AskName` have one for each step and person."""


def outcomes(step: InstallationStep) -> tuple[StepOutcome, ...]:
    """What a step may end with beside "done"."""
    if step in MAY_BE_LEFT_OUT:
        return (StepOutcome.FAILED, StepOutcome.NOT_APPLICABLE)
    return (StepOutcome.FAILED,)


def can_be_done(work: Work, step: InstallationStep) -> bool:
    """Whether a step can be said to be done: two of them have to be shown by a test."""
    match step:
        case InstallationStep.ENDPOINTS:
            return bool(work.endpoints) and all(not one.code for one in work.endpoints)
        case InstallationStep.DEVICES:
            fitted = work.known.fitted
            tests = [work.known.test_of(one.kind) for one in fitted]
            return bool(fitted) and all(test is not None and test.passed for test in tests)
        case _:
            return True


def failing(work: Work, step: InstallationStep) -> str:
    """Code of what failed in a step that a test has shown; empty where none is known."""
    match step:
        case InstallationStep.ENDPOINTS:
            return next((one.code for one in work.endpoints if one.code), "")
        case InstallationStep.DEVICES:
            return next((one.code for one in work.known.tests if one.code is not None), "")
        case _:
            return ""
