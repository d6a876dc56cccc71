"""The devices of a station: their list, a test of each, the report."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import FingerAdvice, FingerPhase, FingerProgress
from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.effects import (
    AbandonTest,
    EndSession,
    MendDevice,
    Print,
    PrintedDocument,
    RecordAct,
    TestDevice,
    WatchDevices,
)
from kiosk.flows.installer import readiness
from kiosk.flows.installer.readiness import JUDGED_BY_EYE, DeviceList
from kiosk.flows.office import StationRole
from kiosk.flows.readiness_rows import device_rows, list_rows
from kiosk.flows.session import Overlay, Session, screen_name, step
from kiosk.flows.wording import can_go_back, can_stop, wording
from kiosk.strings.catalogue import Catalogue
from sync.model import readiness as model
from sync.model.readiness import ReadinessReport
from tests.flows.devices import BENCH, NEXT, RECORDED, at_bench, kinds, told
from tests.flows.walking import (
    OPERATION,
    SESSION,
    TODAY,
    FlowStep,
    after,
    choose,
    effects_of,
    fresh,
    walk,
)

LIST: Final = "readiness.devices"
OTHERS: Final = [kind for kind in DeviceKind if kind not in JUDGED_BY_EYE]


def ended(kind: DeviceKind, code: str | None = None) -> ev.Event:
    return ev.DeviceTested(SESSION, kind, code)


def findings(session: Session) -> readiness.Findings:
    assert isinstance(session.activity, readiness.ReadinessState)
    return session.activity.known


def test_the_list_is_the_first_page_of_a_station_for_installers() -> None:
    session = fresh(replace(BENCH, role=StationRole.INSTALLER))
    assert screen_name(session) == LIST
    assert not can_go_back(session)
    assert not can_stop(session)
    walk(session, FlowStep(ev.TimePassed(1, TODAY), LIST, (WatchDevices(),)))
    assert effects_of(after(session, ev.TimePassed(1, TODAY)), ev.TimePassed(1, TODAY)) == ()


def test_every_device_is_listed_with_its_state_in_order() -> None:
    session = at_bench()
    rows = list_rows(findings(session))
    assert [row.kind for row in rows] == list(DeviceKind)
    away = rows[list(DeviceKind).index(DeviceKind.CAMERA)]
    assert (away.state, away.code, away.passed) == (DeviceState.AWAY, "camera.removed", None)


def test_a_device_shows_its_failure_with_what_to_do_and_who_can() -> None:
    page = after(at_bench(), ev.DeviceChosen(DeviceKind.CAMERA)).activity
    assert isinstance(page, readiness.DevicePage)
    facts = {fact.label.key: fact.value.key for fact in device_rows(page)}
    assert facts["readiness.row.meaning"] == "failure.camera.removed.clerk"
    assert facts["readiness.row.remedy"] == "failure.camera.removed.remedy"
    assert facts["readiness.row.actor"] == "failure-actor.clerk"
    for language in ("it", "en"):
        catalogue = Catalogue.load(language)
        assert all(catalogue.say(f.label) and catalogue.say(f.value) for f in device_rows(page))


@pytest.mark.parametrize("kind", OTHERS)
def test_a_test_that_passes_or_fails_is_noted(kind: DeviceKind) -> None:
    testing = walk(
        at_bench(),
        FlowStep(ev.DeviceChosen(kind), "readiness.device"),
        FlowStep(choose("test"), f"readiness.testing.{kind.value}", (TestDevice(SESSION, kind),)),
    )
    for code in (None, "kiosk.fault"):
        session = after(testing, ended(kind, code))
        assert screen_name(session) == "readiness.device"
        assert findings(session).test_of(kind) == readiness.TestResult(kind, code)


@pytest.mark.parametrize("kind", list(JUDGED_BY_EYE))
def test_what_only_a_person_can_see_or_hear_is_asked(kind: DeviceKind) -> None:
    testing = after(at_bench(), ev.DeviceChosen(kind), choose("test"))
    judging = after(testing, ended(kind, None))
    assert screen_name(judging) == f"readiness.judging.{kind.value}"
    good, bad = after(judging, ev.Continued()), after(judging, ev.Refused())
    assert findings(good).test_of(kind) == readiness.TestResult(kind)
    assert findings(bad).test_of(kind) == readiness.TestResult(kind, JUDGED_BY_EYE[kind])
    assert findings(after(judging, ev.Back())).test_of(kind) is None


def test_a_test_can_be_left_and_its_answer_then_is_nobodys() -> None:
    testing = after(at_bench(), ev.DeviceChosen(DeviceKind.CAMERA), choose("test"))
    left, effects = step(testing, ev.Refused())
    assert effects == (AbandonTest(),)
    assert after(left, ended(DeviceKind.CAMERA)) == left
    assert after(testing, ended(DeviceKind.FINGERPRINT)) == testing
    assert after(testing, ended(DeviceKind.CAMERA, "barcode.abandoned")) == testing


def test_the_test_of_the_sensor_says_what_to_do_with_the_finger() -> None:
    testing = after(at_bench(), ev.DeviceChosen(DeviceKind.FINGERPRINT), choose("test"))
    dry = FingerProgress(FingerPhase.PLACE, advice=FingerAdvice.DRY_FINGER)
    session = after(testing, ev.FingerProgressed(SESSION, dry))
    assert wording(session).body[0].key == "finger-advice.dry-finger"


def test_mending_is_asked_for_and_the_page_follows() -> None:
    page = after(at_bench(), ev.DeviceChosen(DeviceKind.CAMERA))
    assert effects_of(page, choose("mend")) == (MendDevice(DeviceKind.CAMERA),)
    mended = after(page, told(DeviceKind.CAMERA))
    assert findings(mended).of(DeviceKind.CAMERA).state is DeviceState.WORKING


def test_what_the_station_has_not_can_be_neither_tested_nor_mended() -> None:
    page = after(fresh(BENCH), ev.DeviceChosen(DeviceKind.SPEAKER))
    assert after(page, choose("test"), choose("mend")) == page


def test_a_device_may_change_on_every_page() -> None:
    session = at_bench()
    steps: tuple[ev.Event, ...] = (
        ev.DeviceChosen(DeviceKind.CAMERA),
        choose("test"),
        ev.Back(),
        ev.Back(),
        ev.Continued(),
        ev.Continued(),
    )
    for happened in steps:
        session = after(session, happened)
        for state in (DeviceState.AWAY, DeviceState.WORKING):
            changed = after(session, told(DeviceKind.CAMERA, state))
            assert screen_name(changed) == screen_name(session)
            assert findings(changed).of(DeviceKind.CAMERA).state is state


def test_the_report_is_recorded_printed_and_may_be_made_again() -> None:
    ready = after(at_bench(), ev.DeviceChosen(DeviceKind.CARD_READER), choose("test"))
    ready = after(ready, ended(DeviceKind.CARD_READER), ev.Back(), ev.Continued())
    assert screen_name(ready) == "readiness.report"
    (effect,) = effects_of(ready, ev.Continued())
    assert isinstance(effect, RecordAct)
    report = effect.act
    assert isinstance(report, ReadinessReport)
    assert model.problems(report, today=TODAY) == ()
    assert not report.ready
    assert (report.role, report.software) == ("installer", "1.2.3")
    assert report.devices[0].tested
    assert report.devices[0].milliseconds_to_service == 2500
    done, effects = step(after(ready, ev.Continued()), RECORDED)
    assert kinds(effects) == [Print]
    paper = PrintedDocument.READINESS_REPORT
    done = after(done, ev.Printed(SESSION, paper, Certainty.PRINTED))
    again = after(done, ev.Continued(), ev.Continued())
    (second,) = effects_of(again, ev.Continued())
    assert isinstance(second, RecordAct)
    assert second.operation_id == NEXT


def test_a_report_that_is_not_recorded_is_tried_again() -> None:
    recording = after(at_bench(), ev.Continued(), ev.Continued())
    failed = after(recording, ev.ActNotRecorded(SESSION, OPERATION, "store.full"))
    assert screen_name(failed) == "readiness.record-failed"
    assert kinds(effects_of(failed, ev.Continued())) == [RecordAct]
    assert screen_name(after(failed, RECORDED)) == "readiness.done"
    # It may be durable all the same, and another one would have its id.
    assert after(failed, ev.Back()).overlay is Overlay.STOP


def test_there_is_no_report_of_devices_that_nobody_told_of() -> None:
    session = fresh(BENCH)
    assert after(session, ev.Continued()) == session
    offered = [action.event for action in wording(session).actions]
    assert ev.Continued() not in offered


def test_who_walks_from_device_to_device_has_time() -> None:
    page = after(at_bench(), ev.DeviceChosen(DeviceKind.CAMERA))
    assert screen_name(after(page, ev.TimePassed(600, TODAY))) == "readiness.device"
    over, effects = step(page, ev.TimePassed(10_000, TODAY))
    assert screen_name(over) == "ended"
    assert EndSession(SESSION) in effects
    assert screen_name(after(over, ev.Started(NEXT, NEXT, TODAY))) == LIST


def test_a_list_that_nobody_touches_forgets_old_tests_and_keeps_the_devices() -> None:
    session = after(
        at_bench(), ev.DeviceChosen(DeviceKind.CAMERA), choose("test"),
        ended(DeviceKind.CAMERA), ev.Back(),
    )  # fmt: skip
    assert findings(after(session, ev.TimePassed(60, TODAY))).tests
    later = after(session, ev.TimePassed(10_000, TODAY))
    assert isinstance(later.activity, DeviceList)
    assert findings(later) == replace(findings(session), tests=())
    kept = after(session, ev.Started(NEXT, NEXT, TODAY))
    assert (kept.id, findings(kept)) == (NEXT, findings(session))


def test_a_citizens_station_has_no_list() -> None:
    session = fresh(replace(BENCH, role=StationRole.CITIZEN))
    assert screen_name(session) == "welcome"
    assert after(session, told(DeviceKind.CAMERA), ev.DeviceChosen(DeviceKind.CAMERA)) == session
