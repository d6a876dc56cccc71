"""The report of an installation: what the installer did and who signed for it (R-001-20, 21)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum


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
