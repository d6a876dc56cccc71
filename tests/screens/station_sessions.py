"""Sessions to draw of a station that is set up, of its installation, and of one that is blocked."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kiosk.flows.installer import installation, provisioning
from kiosk.flows.installer.courier import CourierPage, CourierStage
from kiosk.flows.installer.events import EnrolmentStage, EnrolmentTold, MediumCarried
from kiosk.flows.installer.installation import EndpointResult, Signer, Work
from kiosk.flows.installer.readiness import Findings
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.out_of_service import OutOfService, StationStanding
from kiosk.flows.state import Activity
from kiosk.flows.station_facts import ListHeld, SignedList, StationFacts
from sync.model.installation import InstallationStep, StepOutcome, StepReport

NAME = "058091-PC-0001"

FACTS = StationFacts(
    expires=date(2026, 5, 30),
    protection="tpm",
    lists=(
        ListHeld(SignedList.TRUST, 4, date(2026, 5, 4)),
        ListHeld(SignedList.STATIONS, 31, date(2026, 5, 4)),
        ListHeld(SignedList.ROSTER, 12, date(2026, 4, 20)),
        ListHeld(SignedList.DOCUMENTS),
    ),
)

_HALF = Work(
    Findings(),
    steps=(
        StepReport(InstallationStep.SPACE, StepOutcome.DONE),
        StepReport(InstallationStep.POWER, StepOutcome.DONE),
        StepReport(InstallationStep.ETHERNET, StepOutcome.FAILED),
        StepReport(InstallationStep.PROXY, StepOutcome.NOT_APPLICABLE),
    ),
    endpoints=(
        EndpointResult("cieonline.example:443", "", 38),
        EndpointResult("dvra.example:8443", "endpoint.timeout", 8000),
    ),
)
_WHOLE = Work(
    Findings(),
    steps=tuple(StepReport(step, StepOutcome.DONE) for step in InstallationStep),
    referente="Anna Bianchi",
    installer="Luca Verdi",
)


def told(stage: EnrolmentStage, code: str = "", *, stick: bool = False) -> EnrolmentTold:
    """How an enrolment stands."""
    return EnrolmentTold(stage, NAME, "K7MD-Q2XA", code, stick)


def station_activities() -> dict[str, Activity]:
    """Each page of these once."""
    stage = EnrolmentStage
    step = InstallationStep
    return {
        "station-blocked": OutOfService(StationStanding.BLOCKED),
        "station-facts": StationPage(Findings()),
        "courier": CourierPage(Findings()),
        "courier-working": CourierPage(Findings(), CourierStage.WORKING),
        "courier-done": CourierPage(
            Findings(), CourierStage.DONE, MediumCarried(UUID(int=1), "", 128, 128, 0, 0, 2)
        ),
        "courier-stopped": CourierPage(
            Findings(),
            CourierStage.STOPPED,
            MediumCarried(UUID(int=1), "courier.full", 96, 128, 12, 12, 0),
        ),
        "enrol-choose": provisioning.ChooseWay(stick=True),
        "enrol-choose-failed": provisioning.ChooseWay("enrolment.code-unknown"),
        "enrol-address": provisioning.TypeAddress(),
        "enrol-code": provisioning.TypeCode("", 0, "enrolment-code.check-letter"),
        "enrol-keys": provisioning.AtWork(told(stage.MAKING_KEYS)),
        "enrol-wait": provisioning.WaitForApproval(told(stage.WAITING)),
        "enrol-wait-stick": provisioning.WaitForApproval(
            told(stage.WAITING, "enrolment.unreachable", stick=True)
        ),
        "enrol-failed": provisioning.EnrolmentFailed(
            told(stage.INSTALLING, "enrolment.unwritable")
        ),
        "enrol-ready": provisioning.Ready(told(stage.READY)),
        "install-steps": installation.StepList(_HALF, incomplete=True),
        "install-step": installation.StepPage(_HALF, step.MASTER_PASSWORD),
        "install-endpoints": installation.StepPage(_HALF, step.ENDPOINTS),
        "install-name": installation.AskName(_HALF, Signer.REFERENTE),
        "install-summary": installation.ReportSummary(_WHOLE),
    }
