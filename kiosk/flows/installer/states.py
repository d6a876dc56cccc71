"""The pages of who sets a station up, beside those of the devices."""

from __future__ import annotations

from typing import Final

from kiosk.flows.installer import installation, provisioning
from kiosk.flows.installer.courier import CourierPage, CourierStage
from kiosk.flows.installer.installation import AskName, InstallationState, StepPage
from kiosk.flows.installer.provisioning import AtWork, ProvisioningState
from kiosk.flows.installer.station_page import StationPage
from sync.model.installation import InstallationStep

InstallerState = ProvisioningState | InstallationState | StationPage | CourierPage

_NAMES: Final[dict[type, str]] = {
    **provisioning.NAMES,
    **installation.NAMES,
    StationPage: "station-page",
}


def name_of(state: InstallerState) -> str:
    """Machine name of a page; the prefix of its catalogue keys."""
    match state:
        case AtWork(told=told):
            return f"provisioning.{told.stage.value}"
        case CourierPage(stage=stage):
            return f"courier.{stage.value}"
        case StepPage(step=step):
            return f"installation.step.{step.value}"
        case AskName(who=who):
            return f"installation.ask-name.{who.value}"
        case _:
            return _NAMES[type(state)]


def names() -> frozenset[str]:
    """Machine names of all these pages."""
    steps = {f"installation.step.{step.value}" for step in InstallationStep}
    people = {f"installation.ask-name.{who.value}" for who in installation.Signer}
    stages = {f"provisioning.{stage.value}" for stage in provisioning.WORKING}
    visits = {f"courier.{stage.value}" for stage in CourierStage}
    return frozenset({*_NAMES.values(), *steps, *people, *stages, *visits})
