"""The transitions of the report of an installation; their states are in `installation`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from kiosk.flows import events, papers
from kiosk.flows.effects import Effect, Print, PrintedDocument, RecordAct
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.installer.effects import AbandonEndpoints, TestEndpoints
from kiosk.flows.installer.events import EndpointsTested, EndpointTested
from kiosk.flows.installer.installation import (
    TEST,
    AskName,
    EndpointResult,
    InstallationDone,
    InstallationFailed,
    InstallationState,
    RecordingInstallation,
    ReportSummary,
    Signer,
    StepList,
    StepPage,
    TestingEndpoints,
    Work,
    can_be_done,
    failing,
    outcomes,
)
from kiosk.flows.installer.readiness import DeviceList
from kiosk.flows.installer.readiness_steps import with_device
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Paper
from kiosk.flows.receipt import ActReceipt
from sync.model.errors import Problem
from sync.model.installation import InstallationReport, InstallationStep, StepOutcome, StepReport
from sync.model.names import parse_name

LONGEST_NAME: Final = 80

Move = tuple[InstallationState | DeviceList, tuple[Effect, ...]]

_STEPS: Final = {step.value: step for step in InstallationStep}
_OUTCOMES: Final = {outcome.value: outcome for outcome in StepOutcome}


def step(
    state: InstallationState, event: Event, around: Surroundings
) -> Move:  # one line for each page
    """The state after `event`, and what to ask for."""
    if isinstance(event, events.DeviceTold):
        known = with_device(state.work.known, event.health)
        return replace(state, work=replace(state.work, known=known)), ()
    match state:
        case StepList():
            return _list(state, event)
        case StepPage():
            return _page(state, event, around)
        case TestingEndpoints():
            return _testing(state, event, around)
        case AskName():
            return _name(state, event)
        case ReportSummary():
            return _summary(state, event, around)
        case RecordingInstallation() | InstallationFailed():
            return _recording(state, event, around)
        case InstallationDone():
            return _done(state, event, around)
        case _:
            assert_never(state)


def _list(state: StepList, event: Event) -> Move:
    match event:
        case events.OptionChosen(value) if value in _STEPS:
            return StepPage(state.work, _STEPS[value]), ()
        case events.Continued() if state.work.missing:
            return replace(state, incomplete=True), ()
        case events.Continued():
            return _ask(state.work, Signer.REFERENTE), ()
        case events.Back():
            return DeviceList(state.work.known), ()
        case _:
            return state, ()


def _ask(work: Work, who: Signer) -> AskName:
    known = work.referente if who is Signer.REFERENTE else work.installer
    return AskName(work, who, TextEntry(known))


def _page(state: StepPage, event: Event, around: Surroundings) -> Move:
    work, which = state.work, state.step
    match event:
        case events.Continued() if can_be_done(work, which):
            return _settled(work, StepReport(which, StepOutcome.DONE)), ()
        case events.OptionChosen(value) if value == TEST and which is InstallationStep.ENDPOINTS:
            return TestingEndpoints(work), (TestEndpoints(around.session_id),)
        case events.OptionChosen(value) if _OUTCOMES.get(value) in outcomes(which):
            return _settled(work, StepReport(which, _OUTCOMES[value], failing(work, which))), ()
        case events.Back():
            return StepList(work), ()
        case _:
            return state, ()


def _settled(work: Work, report: StepReport) -> StepList:
    """The list with one outcome more."""
    steps = {one.step: one for one in work.steps} | {report.step: report}
    ordered = tuple(steps[one] for one in InstallationStep if one in steps)
    return StepList(replace(work, steps=ordered))


def _testing(state: TestingEndpoints, event: Event, around: Surroundings) -> Move:
    match event:
        case EndpointTested(session_id, name, code, milliseconds) if (
            session_id == around.session_id
        ):
            result = EndpointResult(name, code, milliseconds)
            return replace(state, results=(*state.results, result)), ()
        case EndpointsTested(session_id) if session_id == around.session_id:
            work = replace(state.work, endpoints=state.results)
            return StepPage(work, InstallationStep.ENDPOINTS), ()
        case events.Refused() | events.Back():
            return StepPage(state.work, InstallationStep.ENDPOINTS), (AbandonEndpoints(),)
        case _:
            return state, ()


def _name(state: AskName, event: Event) -> Move:
    match event:
        case events.TextChanged(text) if len(text) <= LONGEST_NAME:
            return AskName(state.work, state.who, TextEntry(text)), ()
        case events.TextDone() | events.Continued():
            return _named(state), ()
        case events.Back():
            if state.who is Signer.INSTALLER:
                return _ask(state.work, Signer.REFERENTE), ()
            return StepList(state.work), ()
        case _:
            return state, ()


def _named(state: AskName) -> AskName | ReportSummary:
    name = parse_name(state.entry.text)
    if isinstance(name, Problem):
        return replace(state, wrong=True)
    if state.who is Signer.REFERENTE:
        return _ask(replace(state.work, referente=name), Signer.INSTALLER)
    return ReportSummary(replace(state.work, installer=name))


def report_of(work: Work, around: Surroundings) -> InstallationReport:
    """The report of what was done."""
    return InstallationReport(
        station=around.office.station,
        office=" ".join(around.office.name.split())[:120].rstrip(),
        made_on=around.today,
        software=around.office.software,
        steps=work.steps,
        referente=work.referente,
        installer=work.installer,
    )


def _summary(state: ReportSummary, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _record(state.work, report_of(state.work, around), around)
        case events.Back():
            return StepList(state.work), ()
        case _:
            return state, ()


def _record(work: Work, report: InstallationReport, around: Surroundings) -> Move:
    effect = RecordAct(around.session_id, around.operation_id, report)
    return RecordingInstallation(work, report), (effect,)


def _recording(
    state: RecordingInstallation | InstallationFailed, event: Event, around: Surroundings
) -> Move:
    asked = (around.session_id, around.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == asked:
            return _recorded(state, event, around)
        case events.ActNotRecorded(session_id, operation_id, code) if (
            session_id,
            operation_id,
        ) == asked:
            return InstallationFailed(state.work, state.report, code), ()
        case events.Continued() if isinstance(state, InstallationFailed):
            return _record(state.work, state.report, around)
        case _:
            return state, ()


def _recorded(
    state: RecordingInstallation | InstallationFailed,
    event: events.ActRecorded,
    around: Surroundings,
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
        return InstallationDone(state.work, receipt), ()
    paper = Paper(PrintedDocument.INSTALLATION_REPORT)
    done = InstallationDone(state.work, receipt, (paper,))
    return _print(done, PrintedDocument.INSTALLATION_REPORT, around)


def _done(state: InstallationDone, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PrintAsked(document):
            return _print(state, document, around)
        case events.Continued() | events.Back():
            return DeviceList(state.work.known), ()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _print(done: InstallationDone, document: PrintedDocument, around: Surroundings) -> Move:
    found = papers.asked(done.papers, document)
    if found is None:
        return done, ()
    printing, again = found
    return replace(done, papers=printing), (
        Print(around.session_id, document, done.receipt, again),
    )
