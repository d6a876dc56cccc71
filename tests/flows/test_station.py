"""A station that is blocked, one that is set up, and the report of its installation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from kiosk.flows import events as ev
from kiosk.flows.citizen.preregistration import AskMembership
from kiosk.flows.effects import Effect, EndSession, RecordAct
from kiosk.flows.installer import installation
from kiosk.flows.installer.effects import KeepCode, TestEndpoints, UseCode, UseToken
from kiosk.flows.installer.events import (
    CodeTyped,
    EndpointsTested,
    EndpointTested,
    EnrolmentStage,
    EnrolmentTold,
)
from kiosk.flows.installer.installation import InstallationDone, ReportSummary, StepList, Work
from kiosk.flows.installer.provisioning import ChooseWay, Ready, TypeCode, WaitForApproval
from kiosk.flows.installer.readiness import DeviceList, Findings, TestResult
from kiosk.flows.office import StationRole
from kiosk.flows.out_of_service import OutOfService, StationStanding
from kiosk.flows.session import Session, begin, step
from kiosk.flows.station_facts import ListHeld, SignedList, StationFacts, warnings
from kiosk.flows.welcome import Ended, Welcome
from kiosk.flows.wording import wording
from sync.model import installation as model
from sync.model.installation import InstallationStep, StepOutcome
from tests.screens.sessions import OFFICE

SESSION, OPERATION, NEXT = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 5, 4)


def fresh(role: StationRole = StationRole.CITIZEN, station: str = "058091-PC-0001") -> Session:
    office = replace(OFFICE, role=role, station=station)
    return begin(session_id=SESSION, operation_id=OPERATION, today=TODAY, office=office)


def run(session: Session, *happened: ev.Event) -> tuple[Session, list[Effect]]:
    asked: list[Effect] = []
    for event in happened:
        session, effects = step(session, event)
        asked += effects
    return session, asked


@pytest.mark.rule("R-004-16")
@pytest.mark.rule("R-004-18")
def test_whoever_is_served_is_sent_away_and_wiped_when_the_station_is_blocked() -> None:
    session, _ = run(fresh(), ev.ServiceChosen(ev.Service.PREREGISTRATION))
    assert isinstance(session.activity, AskMembership)
    session, asked = run(session, ev.StationStandingTold(StationStanding.BLOCKED))
    assert isinstance(session.activity, Ended)
    assert EndSession(SESSION) in asked
    session, _ = run(session, ev.Started(UUID(int=9), OPERATION, TODAY))
    assert session.activity == OutOfService(StationStanding.BLOCKED)


@pytest.mark.rule("R-004-15")
@pytest.mark.parametrize("role", list(StationRole))
def test_a_blocked_station_serves_nobody_and_comes_back(role: StationRole) -> None:
    session, _ = run(fresh(role), ev.StationStandingTold(StationStanding.REFUSED))
    shut = session.activity
    assert isinstance(shut, OutOfService)
    touched, asked = run(
        session,
        ev.ServiceChosen(ev.Service.PREREGISTRATION),
        ev.Continued(),
        ev.Back(),
        ev.OptionChosen("station"),
        ev.TimePassed(3600, TODAY),
    )
    assert touched.activity == shut
    assert asked == []
    back, _ = run(touched, ev.StationStandingTold(StationStanding.GOOD))
    assert back.activity == fresh(role).activity


def test_a_citizen_is_not_told_what_only_a_clerk_can_mend() -> None:
    for role, keys in (
        (StationRole.CITIZEN, ["failure.standing.blocked.citizen"]),
        (
            StationRole.COUNTER,
            [
                "failure.standing.blocked.citizen",
                "failure.standing.blocked.clerk",
                "failure.standing.blocked.remedy",
                "out-of-service.station",
            ],
        ),
    ):
        session, _ = run(fresh(role), ev.StationStandingTold(StationStanding.BLOCKED))
        assert [line.key for line in wording(session).body] == keys


@pytest.mark.rule("R-004-19")
def test_a_certificate_that_ends_soon_and_an_old_list_are_told_to_who_can_act() -> None:
    soon = StationFacts(
        expires=date(2026, 5, 20), lists=(ListHeld(SignedList.ROSTER, 3, date(2026, 4, 1)),)
    )
    said = [line.key for line in warnings(soon, TODAY)]
    assert said == ["station-facts.expires-soon", "station-facts.old-list"]
    over = StationFacts(expires=date(2026, 5, 1))
    assert [line.key for line in warnings(over, TODAY)] == ["station-facts.expired"]
    assert warnings(StationFacts(expires=date(2027, 5, 1)), TODAY) == ()
    session, _ = run(fresh(StationRole.INSTALLER), ev.StationFactsTold(soon))
    assert "station-facts.expires-soon" in {line.key for line in wording(session).body}


def told(stage: EnrolmentStage, code: str = "") -> EnrolmentTold:
    return EnrolmentTold(stage, "058091-PC-0001", "ABCD-EFGH", code)


@pytest.mark.rule("R-004-14")
def test_a_device_without_a_name_asks_for_its_code_and_keeps_it_in_no_state() -> None:
    session = fresh(StationRole.INSTALLER, station="")
    assert session.activity == ChooseWay()
    session, asked = run(session, ev.BarcodeTyped("SPE1:SECRET"))
    assert asked == [UseToken("SPE1:SECRET")]
    session, _ = run(session, ev.OptionChosen("type"))
    session, _ = run(session, ev.TextChanged("registro.example"), ev.TextDone())
    session, asked = run(session, CodeTyped("ABCDEFGH"), ev.TextDone())
    assert session.activity == TypeCode("https://registro.example", 8)
    assert asked == [KeepCode("ABCDEFGH"), UseCode("https://registro.example")]
    assert "ABCDEFGH" not in repr(session.activity)
    session, _ = run(session, told(EnrolmentStage.WAITING))
    assert isinstance(session.activity, WaitForApproval)
    hours, _ = run(session, ev.TimePassed(86_400, TODAY))
    assert hours.activity == session.activity
    session, _ = run(session, told(EnrolmentStage.READY))
    assert isinstance(session.activity, Ready)


HEALTH = DeviceHealth(DeviceKind.CARD_READER, DeviceState.WORKING)
TESTED = Findings((HEALTH,), (TestResult(DeviceKind.CARD_READER),))


def done(session: Session) -> Session:
    """Every step done."""
    for one in InstallationStep:
        session, _ = run(session, ev.OptionChosen(one.value))
        if one is InstallationStep.ENDPOINTS:
            stuck, _ = run(session, ev.Continued())
            assert stuck == session
            session, asked = run(session, ev.OptionChosen(installation.TEST))
            assert asked == [TestEndpoints(SESSION)]
            session, _ = run(
                session,
                EndpointTested(SESSION, "cieonline.example:443", "", 40),
                EndpointsTested(SESSION),
            )
        session, _ = run(session, ev.Continued())
    return session


@pytest.mark.rule("R-001-20")
@pytest.mark.rule("R-001-21")
@pytest.mark.rule("R-001-11")
def test_an_installation_is_reported_when_every_step_is_done() -> None:
    session = replace(fresh(StationRole.INSTALLER), activity=DeviceList(TESTED))
    session, _ = run(session, ev.OptionChosen(installation.BEGIN))
    session = done(session)
    assert isinstance(session.activity, StepList)
    session, _ = run(session, ev.Continued(), ev.TextChanged("Anna Bianchi"), ev.TextDone())
    session, _ = run(session, ev.TextChanged("Luca Verdi"), ev.TextDone())
    assert isinstance(session.activity, ReportSummary)
    session, asked = run(session, ev.Continued())
    (record,) = asked
    assert isinstance(record, RecordAct)
    assert isinstance(record.act, model.InstallationReport)
    assert model.problems(record.act, today=TODAY) == ()
    when = datetime(2026, 5, 4, 9, tzinfo=UTC)
    session, _ = run(session, ev.ActRecorded(SESSION, OPERATION, NEXT, when))
    assert isinstance(session.activity, InstallationDone)


@pytest.mark.rule("R-001-7")
def test_without_the_receipt_of_the_master_password_nothing_is_signed() -> None:
    session = replace(fresh(StationRole.INSTALLER), activity=StepList(Work(TESTED)))
    session = done(session)
    session, _ = run(
        session,
        ev.OptionChosen(InstallationStep.MASTER_PASSWORD.value),
        ev.OptionChosen(StepOutcome.FAILED.value),
        ev.Continued(),
    )
    assert isinstance(session.activity, StepList)
    assert session.activity.incomplete
    assert session.activity.work.missing == (InstallationStep.MASTER_PASSWORD,)


def test_only_who_sets_up_opens_the_report_of_an_installation() -> None:
    clerk = replace(fresh(StationRole.COUNTER), activity=DeviceList(TESTED))
    same, _ = run(clerk, ev.OptionChosen(installation.BEGIN))
    assert same.activity == clerk.activity
    assert fresh().activity == Welcome()
