"""A full or broken store is told at the first page, before anybody types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.flows import events as ev
from kiosk.flows.citizen import preregistration, registration_status
from kiosk.flows.events import Service
from kiosk.flows.office import StationRole
from kiosk.flows.session import step
from kiosk.flows.state import Session
from kiosk.flows.station_facts import StationFacts, StorageFacts
from kiosk.flows.station_rows import rows
from kiosk.flows.welcome import Welcome
from kiosk.flows.wording import wording
from tests.flows.test_station import fresh

FULL = StationFacts(storage=StorageFacts(refusal="store.full"))


def with_full_disk() -> Session:
    session, _ = step(fresh(StationRole.CITIZEN), ev.StationFactsTold(FULL))
    return session


def test_the_first_page_says_so() -> None:
    said = wording(with_full_disk())

    assert [one.key for one in said.body] == ["welcome.no-space"]
    assert [one.event for one in said.actions] == [ev.ServiceChosen(Service.REGISTRATION_STATUS)]


@pytest.mark.parametrize(
    "service", [one for one in Service if one is not Service.REGISTRATION_STATUS]
)
def test_nobody_begins_what_could_not_be_kept(service: Service) -> None:
    session, asked = step(with_full_disk(), ev.ServiceChosen(service))

    assert isinstance(session.activity, Welcome)
    assert asked == ()


def test_what_records_nothing_goes_on() -> None:
    session, _ = step(with_full_disk(), ev.ServiceChosen(Service.REGISTRATION_STATUS))

    assert isinstance(session.activity, registration_status.AskNumber)


def test_with_space_again_all_is_as_before() -> None:
    session, _ = step(with_full_disk(), ev.StationFactsTold(StationFacts()))
    session, _ = step(session, ev.ServiceChosen(Service.PREREGISTRATION))

    assert isinstance(session.activity, preregistration.AskMembership)


def test_who_is_being_served_is_not_disturbed() -> None:
    session, _ = step(fresh(StationRole.CITIZEN), ev.ServiceChosen(Service.PREREGISTRATION))
    after, _ = step(session, ev.StationFactsTold(FULL))

    assert after == replace(session, facts=FULL)


def test_the_page_of_the_station_shows_the_disk() -> None:
    known = StorageFacts("store.full", ("store.worn",), 120, 90, (7, 9))

    shown = rows(StationFacts(storage=known), "kiosk-0001", fresh(StationRole.CITIZEN).today)

    keys = [fact.label.key for fact in shown]
    assert "station-facts.space" in keys
    assert "station-facts.wear" in keys
    assert "station-facts.lost" in keys
    assert keys.count("readiness.row.failure") == 2
