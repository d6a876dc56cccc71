"""Pages of a station that is set up or blocked look as when somebody last looked at them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows.installer.provisioning import ProvisioningState
from kiosk.flows.office import StationRole
from kiosk.flows.state import Session
from tests.screens.conftest import Person
from tests.screens.sessions import OFFICE, sessions
from tests.screens.station_sessions import FACTS, NAME, station_activities

IN_ENGLISH_TOO = {
    "station-blocked",
    "enrol-wait",
    "install-steps",
    "courier",
    "courier-done",
    "courier-stopped",
}
PICTURES = [
    (name, language)
    for name in station_activities()
    for language in ("it", "en")
    if language == "it" or name in IN_ENGLISH_TOO
]


def session_of(name: str, language: str) -> Session:
    """A session with that page."""
    activity = station_activities()[name]
    station = "" if isinstance(activity, ProvisioningState) else NAME
    office = replace(OFFICE, role=StationRole.INSTALLER, station=station)
    before = next(iter(sessions().values()))
    return replace(before, office=office, language=language, facts=FACTS, activity=activity)


@pytest.mark.parametrize(("name", "language"), PICTURES)
def test_page(person: Person, name: str, language: str) -> None:
    person.shows(session_of(name, language))
    person.looks_like(f"{name}.{language}")
