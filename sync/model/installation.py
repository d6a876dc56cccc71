"""The report of an installation: what the installer did and who signed for it (R-001-20, 21)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Final

from sync.model.errors import Problem
from sync.model.form_rules import checked
from sync.model.names import parse_line, parse_name
from sync.model.plain_reader import PlainReader


class InstallationStep(Enum):
    """The steps of the installer's list, in their order (R-001-21)."""

    SPACE = "space"
    POWER = "power"
    ETHERNET = "ethernet"
    ENDPOINTS = "endpoints"
    """Connectivity test to the addresses of R-001-11."""
    PROXY = "proxy"
    DEVICES = "devices"
    MASTER_PASSWORD = "master-password"  # noqa: S105  the name of a step
    """The Security Officer has it; without it the installation is not complete (R-001-7)."""
    CARD_ACTIVATION = "card-activation"
    """The Security Officer was shown how cards are activated and released; first one if possible."""
    REGISTER_LINK = "register-link"
    TEST_RUN = "test-run"
    TRAINING = "training"
    PACKAGING = "packaging"


MAY_BE_LEFT_OUT: Final = frozenset(
    {
        InstallationStep.PROXY,
        InstallationStep.CARD_ACTIVATION,
        InstallationStep.REGISTER_LINK,
        InstallationStep.PACKAGING,
    }
)
"""Where there is no proxy, no card yet, no link with a register, or the packaging stays
(R-001-13, 20, 30)."""

_STATION: Final = re.compile(r"[0-9A-Za-z-]{1,32}")
_SOFTWARE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}")
_DETAIL: Final = re.compile(r"[0-9A-Za-z.:/_?=-]{0,120}")
_LONGEST_OFFICE: Final = 120


class StepOutcome(Enum):
    """How a step ended."""

    DONE = "done"
    NOT_APPLICABLE = "not-applicable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step.

    Attributes:
        detail: a code, such as of the device or the address that failed; no person's data.
    """

    step: InstallationStep
    outcome: StepOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InstallationReport:
    """Verbale di installazione; complete when every mandatory step is done.

    Attributes:
        referente: who signed for the comune, as they are named on the report.
    """

    station: str
    office: str
    made_on: date
    software: str
    steps: tuple[StepReport, ...]
    referente: str = field(repr=False)
    installer: str = field(repr=False)

    @property
    def unfinished(self) -> tuple[InstallationStep, ...]:
        """The mandatory steps that are not done, in their order."""
        ended = {one.step: one.outcome for one in self.steps}
        return tuple(
            step
            for step in InstallationStep
            if ended.get(step) is not StepOutcome.DONE
            and not (step in MAY_BE_LEFT_OUT and ended.get(step) is StepOutcome.NOT_APPLICABLE)
        )


def problems(report: InstallationReport, *, today: date) -> tuple[Problem, ...]:  # noqa: ARG001 - as every kind's
    """Everything that keeps a report from being recorded or accepted.

    A report is made when the installation is complete: without the receipt of the master password
    it is not (R-001-7). Its day is not judged: the hub knows when it came.
    """
    return tuple(_problems(report))


def to_plain(report: InstallationReport) -> dict[str, Any]:
    """The report as str, list and dict, in the version `operation.VERSION`."""
    return {
        "station": report.station,
        "office": report.office,
        "made_on": report.made_on.isoformat(),
        "software": report.software,
        "steps": [
            {"step": one.step.value, "outcome": one.outcome.value, "detail": one.detail}
            for one in report.steps
        ],
        "referente": report.referente,
        "installer": report.installer,
    }


def from_plain(value: object) -> InstallationReport | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    report = InstallationReport(
        station=reader.text("station"),
        office=reader.text("office"),
        made_on=reader.day("made_on"),
        software=reader.text("software"),
        steps=tuple(_step(part) for part in reader.parts("steps")),
        referente=reader.text("referente"),
        installer=reader.text("installer"),
    )
    reader.finish()
    return reader.problem or report


def _step(reader: PlainReader) -> StepReport:
    step = StepReport(
        step=reader.choice("step", InstallationStep),
        outcome=reader.choice("outcome", StepOutcome),
        detail=reader.text("detail"),
    )
    reader.finish()
    return step


def _problems(report: InstallationReport) -> Iterator[Problem]:
    office = parse_line(report.office, longest=_LONGEST_OFFICE, what="office")
    for field_, right in (
        ("station", _STATION.fullmatch(report.station)),
        ("office", office == report.office),
        ("software", _SOFTWARE.fullmatch(report.software)),
    ):
        if not right:
            yield Problem("installation.station", field=field_, rule="R-001-20")
    if tuple(one.step for one in report.steps) != tuple(InstallationStep):
        yield Problem("installation.steps", field="steps", rule="R-001-21")
    for place, one in enumerate(report.steps):
        if not _DETAIL.fullmatch(one.detail):
            yield Problem("installation.detail", field=f"steps.{place}.detail", rule="R-001-20")
    for step in report.unfinished:
        receipt = step is InstallationStep.MASTER_PASSWORD
        yield Problem(
            "installation.unfinished", field=step.value, rule="R-001-7" if receipt else "R-001-20"
        )
    yield from checked("referente", report.referente, parse_name)
    yield from checked("installer", report.installer, parse_name)
