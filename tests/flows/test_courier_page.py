"""The page for removable media, from the station's page and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows import events
from kiosk.flows.clerk.desk import Operator
from kiosk.flows.clerk.events import MenuChosen, MenuEntry, OperatorCardTold
from kiosk.flows.installer import courier
from kiosk.flows.installer.courier import CourierPage, CourierStage
from kiosk.flows.installer.effects import CarryByMedium
from kiosk.flows.installer.events import MediumCarried
from kiosk.flows.installer.readiness import Findings
from kiosk.flows.installer.station_page import OPEN, StationPage
from kiosk.flows.session import step
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from sync.model.rosters import Right
from tests.flows.clerk.counter import CLERK, EVERY_RIGHT, SESSION, counter, signed_in
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


TO_PAGE = (
    MenuChosen(MenuEntry.DEVICES),
    events.OptionChosen(OPEN),
    events.OptionChosen(courier.OPEN),
)


def test_at_a_counter_nobody_opens_it_who_is_not_signed_in() -> None:
    """The state of the devices is anybody's there; what the journal holds is not."""
    walk = counter()(*TO_PAGE)
    assert isinstance(walk.activity, StationPage)
    assert [one.event for one in wording(walk.session).actions] == [events.Continued()]
    walk(events.Continued(), events.OptionChosen(courier.OPEN))
    assert walk.asked_for(CarryByMedium) == []


@pytest.mark.parametrize("right", [True, False])
def test_at_a_counter_it_takes_the_right_to_the_devices(*, right: bool) -> None:
    clerk: Operator = CLERK if right else replace(CLERK, rights=EVERY_RIGHT - {Right.DEVICES})
    walk = signed_in(clerk)
    walk.session = replace(walk.session, activity=StationPage(Findings()))
    walk(events.OptionChosen(courier.OPEN))
    assert isinstance(walk.activity, CourierPage) is right
    walk.session = replace(walk.session, activity=CourierPage(Findings()))
    walk(events.Continued())
    assert len(walk.asked_for(CarryByMedium)) == right


def test_who_is_signed_out_meanwhile_begins_nothing() -> None:
    walk = signed_in()(*TO_PAGE)
    assert isinstance(walk.activity, CourierPage)
    walk(OperatorCardTold(present=False), events.Continued())
    assert walk.asked_for(CarryByMedium) == []


def test_a_visit_that_was_not_allowed_counts_nothing() -> None:
    refused = MediumCarried(SESSION, courier.NOT_ALLOWED)
    assert courier.rows(refused) == ()
    assert len(courier.rows(replace(refused, code="courier.full"))) == 5


def test_an_installers_station_that_asks_for_a_card_wants_one_for_it(session: Session) -> None:
    office = replace(session.office, signs_in=True)
    session, _ = step(replace(session, office=office), events.OptionChosen(courier.OPEN))
    assert isinstance(session.activity, StationPage)
