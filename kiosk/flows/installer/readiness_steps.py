"""The transitions of the readiness pages; their states are in `readiness`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from kiosk.flows import events, papers
from kiosk.flows.effects import (
    AbandonTest,
    Effect,
    MendDevice,
    Print,
    PrintedDocument,
    RecordAct,
    TestDevice,
    WatchDevices,
)
from kiosk.flows.events import Event
from kiosk.flows.installer.readiness import (
    JUDGED_BY_EYE,
    MEND,
    TEST,
    DeviceList,
    DevicePage,
    Findings,
    JudgingTest,
    ReadinessState,
    RecordingReport,
    ReportDone,
    ReportFailed,
    ReportPage,
    TestingDevice,
    TestResult,
)
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Paper
from kiosk.flows.receipt import ActReceipt
from sync.model import readiness as model
from sync.model.readiness import DeviceChecked, ReadinessReport

Move = tuple[ReadinessState, tuple[Effect, ...]]

_ABANDONED: Final = ".abandoned"
_REPORTED: Final = {kind.value: kind for kind in model.DeviceKind}


def step(state: ReadinessState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    if isinstance(event, events.DeviceTold):
        return replace(state, known=with_device(state.known, event.health)), ()
    match state:
        case DeviceList():
            return _list(state, event)
        case DevicePage():
            return _device(state, event, around)
        case TestingDevice():
            return _testing(state, event, around)
        case JudgingTest():
            return _judging(state, event)
        case ReportPage():
            return _report(state, event, around)
        case RecordingReport():
            return _recording(state, event, around)
        case ReportFailed():
            return _failed(state, event, around)
        case ReportDone():
            return _done(state, event, around)
        case _:
            assert_never(state)


def watched(state: ReadinessState) -> Move:
    """The same page, with the runtime asked to tell of the devices."""
    known = state.known
    if known.watching:
        return state, ()
    return replace(state, known=replace(known, watching=True)), (WatchDevices(),)


def with_device(known: Findings, health: DeviceHealth) -> Findings:
    """The list with one device as it stands now."""
    devices = {one.kind: one for one in known.devices} | {health.kind: health}
    ordered = tuple(devices[kind] for kind in DeviceKind if kind in devices)
    return replace(known, devices=ordered)


def _list(state: DeviceList, event: Event) -> Move:
    match event:
        case events.DeviceChosen(kind):
            return DevicePage(state.known, kind), ()
        case events.Continued() if state.known.fitted:
            return ReportPage(state.known), ()
        case _:
            return state, ()


def can_be_tested(health: DeviceHealth) -> bool:
    """Whether there is something to test or to mend."""
    return health.state is not DeviceState.NOT_FITTED


def _device(state: DevicePage, event: Event, around: Surroundings) -> Move:
    fitted = can_be_tested(state.known.of(state.kind))
    match event:
        case events.OptionChosen(value) if value == TEST and fitted:
            testing = TestingDevice(state.known, state.kind)
            return testing, (TestDevice(around.session_id, state.kind),)
        case events.OptionChosen(value) if value == MEND and fitted:
            return state, (MendDevice(state.kind),)
        case events.Back() | events.Continued():
            return DeviceList(state.known), ()
        case _:
            return state, ()


def _testing(state: TestingDevice, event: Event, around: Surroundings) -> Move:
    asked = (around.session_id, state.kind)
    match event:
        case events.FingerProgressed(session_id, progress) if session_id == around.session_id:
            return replace(state, progress=progress), ()
        case events.DeviceTested(session_id, kind, code) if (session_id, kind) == asked:
            return _tested(state, code), ()
        case events.Refused() | events.Back():
            return DevicePage(state.known, state.kind), (AbandonTest(),)
        case _:
            return state, ()


def _tested(state: TestingDevice, code: str | None) -> ReadinessState:
    """The result; what only a person can see or hear is asked first."""
    if code is not None and code.endswith(_ABANDONED):
        return state
    if code is None and state.kind in JUDGED_BY_EYE:
        return JudgingTest(state.known, state.kind)
    return DevicePage(_with_test(state.known, TestResult(state.kind, code)), state.kind)


def _with_test(known: Findings, result: TestResult) -> Findings:
    tests = {one.kind: one for one in known.tests} | {result.kind: result}
    return replace(known, tests=tuple(tests[kind] for kind in DeviceKind if kind in tests))


def _judging(state: JudgingTest, event: Event) -> Move:
    match event:
        case events.Continued():
            result = TestResult(state.kind)
        case events.Refused():
            result = TestResult(state.kind, JUDGED_BY_EYE[state.kind])
        case events.Back():
            return DevicePage(state.known, state.kind), ()
        case _:
            return state, ()
    return DevicePage(_with_test(state.known, result), state.kind), ()


# --- the report


def report_of(known: Findings, around: Surroundings) -> ReadinessReport:
    """The devices as they were found."""
    office = " ".join(around.office.name.split())[: model.LONGEST_OFFICE].rstrip()
    return ReadinessReport(
        office=office,
        role=around.office.role.value,
        software=around.office.software,
        made_on=around.today,
        devices=tuple(_checked(one, known) for one in known.devices if one.kind.value in _REPORTED),
    )


def _checked(health: DeviceHealth, known: Findings) -> DeviceChecked:
    test, last = known.test_of(health.kind), health.trouble or health.last_trouble
    seconds = health.seconds_to_service
    return DeviceChecked(
        kind=_REPORTED[health.kind.value],
        state=model.DeviceState(health.state.value),
        model=model.model_text(health.model),
        last_code=last.code if last is not None else None,
        tested=test is not None,
        passed=test is not None and test.passed,
        milliseconds_to_service=None if seconds is None else max(0, round(seconds * 1000)),
    )


def _report(state: ReportPage, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _record(state.known, report_of(state.known, around), around)
        case events.Back():
            return DeviceList(state.known), ()
        case _:
            return state, ()


def _record(known: Findings, report: ReadinessReport, around: Surroundings) -> Move:
    effect = RecordAct(around.session_id, around.operation_id, report)
    return RecordingReport(known, report), (effect,)


def _recording(state: RecordingReport, event: Event, around: Surroundings) -> Move:
    asked = (around.session_id, around.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == asked:
            return _recorded(state, event, around)
        case events.ActNotRecorded(session_id, operation_id, code) if (
            session_id,
            operation_id,
        ) == asked:
            return ReportFailed(state.known, state.report, code), ()
        case _:
            return state, ()


def _failed(state: ReportFailed, event: Event, around: Surroundings) -> Move:
    asked = (around.session_id, around.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == asked:
            return _recorded(state, event, around)
        case events.Continued():
            return _record(state.known, state.report, around)
        case _:
            return state, ()


def _recorded(
    state: RecordingReport | ReportFailed, event: events.ActRecorded, around: Surroundings
) -> Move:
    receipt = ActReceipt(
        operation_id=event.operation_id,
        recorded_at=event.recorded_at,
        station=around.office.station,
        office=around.office.name,
        language=around.language,
        act=state.report,
    )
    if not around.office.page_printer:
        return ReportDone(state.known, receipt), ()
    done = ReportDone(state.known, receipt, (Paper(PrintedDocument.READINESS_REPORT),))
    return _print(done, PrintedDocument.READINESS_REPORT, around)


def _done(state: ReportDone, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PrintAsked(document):
            return _print(state, document, around)
        case events.Continued() | events.Back():
            return DeviceList(state.known), ()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _print(done: ReportDone, document: PrintedDocument, around: Surroundings) -> Move:
    found = papers.asked(done.papers, document)
    if found is None:
        return done, ()
    printing, again = found
    effect = Print(around.session_id, document, done.receipt, again)
    return replace(done, papers=printing), (effect,)
