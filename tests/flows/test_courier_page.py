"""The page for removable media, from the station's page and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows import events
from kiosk.flows.installer import courier
from kiosk.flows.installer.courier import CourierPage, CourierStage
from kiosk.flows.installer.effects import CarryByMedium
from kiosk.flows.installer.events import MediumCarried
from kiosk.flows.installer.readiness import Findings
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.session import step
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from tests.flows.devices import at_bench


@pytest.fixture
def session() -> Session:
    return replace(at_bench(), activity=StationPage(Findings()))


def test_out_and_back(session: Session) -> None:
    session, _ = step(session, events.OptionChosen(courier.OPEN))
    assert isinstance(session.activity, CourierPage)
    session, effects = step(session, events.Continued())
    assert effects == (CarryByMedium(session.id),)
    assert wording(session).actions == ()
    still, effects = step(session, events.Back())
    assert (still.activity, effects) == (session.activity, ())
    session, _ = step(session, MediumCarried(session.id, "", 5, 5))
    assert isinstance(session.activity, CourierPage)
    assert session.activity.stage is CourierStage.DONE
    session, effects = step(session, events.Refused())  # another stick
    assert effects == (CarryByMedium(session.id),)
    session, _ = step(session, MediumCarried(session.id, "courier.full", 3, 5))
    assert isinstance(session.activity, CourierPage)
    assert session.activity.stage is CourierStage.STOPPED
    assert [line.key for line in wording(session).body][:2] == [
        "failure.courier.full.clerk",
        "failure.courier.full.remedy",
    ]
    session, _ = step(session, events.Back())
    assert isinstance(session.activity, StationPage)


def test_another_sessions_answer_is_nobodys(session: Session) -> None:
    session, _ = step(session, events.OptionChosen(courier.OPEN))
    session, _ = step(session, events.Continued())
    other = MediumCarried(session.operation_id)
    assert step(session, other)[0].activity == session.activity
