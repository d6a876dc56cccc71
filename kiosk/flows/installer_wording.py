"""What the pages of a new station and of an installation say, as catalogue keys."""

from __future__ import annotations

from typing import Final, assert_never

from kiosk.flows import station_facts, station_rows
from kiosk.flows.events import Continued, OptionChosen, Refused, TextDone
from kiosk.flows.installer import courier, installation, provisioning
from kiosk.flows.installer.installation import Work, can_be_done, failing, outcomes
from kiosk.flows.installer.states import InstallerState, name_of
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.page_texts import Action, Wording, action, failure_phrase
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.state import Session
from kiosk.flows.steps.scanning import SCAN
from kiosk.flows.verdicts import Fact
from sync.model.installation import InstallationStep

_TYPED: Final = provisioning.TypeAddress | provisioning.TypeCode | installation.AskName


def wording(session: Session, activity: InstallerState) -> Wording:
    """What the page says."""
    name = name_of(activity)
    return Wording(
        title=phrase(f"{name}.title"),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity),
    )


def can_go_back(activity: InstallerState) -> bool:
    """Whether "Indietro" leads anywhere."""
    if isinstance(activity, courier.CourierPage):
        return activity.stage is not courier.CourierStage.WORKING
    nowhere = (
        provisioning.ChooseWay
        | provisioning.AtWork
        | provisioning.WaitForApproval
        | provisioning.EnrolmentFailed
        | provisioning.Ready
        | installation.RecordingInstallation
    )
    return not isinstance(activity, nowhere)


def can_stop(activity: InstallerState) -> bool:
    """Whether "Esci" is on offer: where something is lost by leaving, and not before a station."""
    return not isinstance(
        activity, provisioning.ProvisioningState | installation.RecordingInstallation
    ) and not (
        isinstance(activity, courier.CourierPage) and activity.stage is courier.CourierStage.WORKING
    )


def _body(
    session: Session, activity: InstallerState, name: str
) -> tuple[Phrase, ...]:  # one line for each kind of page
    body = phrase(f"{name}.body")
    match activity:
        case provisioning.WaitForApproval(told=told):
            lines = [body, phrase(f"{name}.{'offline' if told.code else 'online'}")]
            return (*lines, phrase(f"{name}.stick")) if told.stick else tuple(lines)
        case provisioning.EnrolmentFailed(told=told):
            code = told.code
            return (phrase(f"failure.{code}.clerk"), phrase(f"failure.{code}.remedy"))
        case provisioning.Ready(told=told):
            return (phrase(f"{name}.body", station=told.station),)
        case installation.StepPage(work=work, step=step):
            return (body, *_shown_by_test(work, step))
        case installation.StepList(incomplete=True):
            return (phrase(f"{name}.incomplete"),)
        case installation.InstallationFailed(code=code):
            return failure_phrase(code), phrase(f"{name}.kept")
        case courier.CourierPage(stage=courier.CourierStage.STOPPED, told=told) if told is not None:
            code = told.code
            return (phrase(f"failure.{code}.clerk"), phrase(f"failure.{code}.remedy"), body)
        case StationPage():
            return station_facts.warnings(session.facts, session.today) or (body,)
        case _:
            return (body,)


def _shown_by_test(work: Work, step: InstallationStep) -> tuple[Phrase, ...]:
    """What stands against a step that only a test can settle."""
    if can_be_done(work, step):
        return ()
    code = failing(work, step)
    if code:
        return (phrase(f"failure.{code}.clerk"), phrase(f"failure.{code}.remedy"))
    return (phrase(f"installation.step.{step.value}.untested"),)


def _problem(activity: InstallerState) -> Phrase | None:
    match activity:
        case provisioning.ChooseWay(code=code) if code:
            return phrase(f"failure.{code}.clerk")
        case provisioning.TypeAddress(wrong=True):
            return phrase("provisioning.type-address.wrong")
        case provisioning.TypeCode(problem=problem) if problem:
            return phrase(f"provisioning.{problem}")
        case installation.AskName(wrong=True):
            return phrase("installation.ask-name.wrong")
        case _:
            return None


def _actions(
    session: Session, activity: InstallerState, name: str
) -> tuple[Action, ...]:  # one line for each page with buttons
    go_on = action(f"{name}.continue", Continued(), main=True)
    match activity:
        case provisioning.ChooseWay(stick=stick):
            scan = (
                (action(f"{name}.scan", OptionChosen(SCAN)),) if session.office.scans_codes else ()
            )
            read = (action(f"{name}.stick", OptionChosen(provisioning.STICK)),) if stick else ()
            return (*scan, *read, action(f"{name}.type", OptionChosen(provisioning.TYPE)))
        case provisioning.ScanningToken():
            return (action(f"{name}.refuse", Refused()),)
        case provisioning.TypeAddress() | provisioning.TypeCode() | installation.AskName():
            return (action("button.continue", TextDone(), main=True),)
        case provisioning.WaitForApproval(told=told):
            if not told.stick:
                return (go_on,)
            write = action(f"{name}.write", OptionChosen(provisioning.WRITE))
            return write, action(f"{name}.read", OptionChosen(provisioning.STICK)), go_on
        case provisioning.AtWork() | installation.RecordingInstallation():
            return ()
        case installation.TestingEndpoints():
            return (action(f"{name}.refuse", Refused()),)
        case installation.StepPage(work=work, step=step):
            return _step_actions(work, step, go_on)
        case (
            provisioning.EnrolmentFailed()
            | provisioning.Ready()
            | installation.StepList()
            | installation.ReportSummary()
            | installation.InstallationFailed()
            | installation.InstallationDone()
        ):
            return (go_on,)
        case StationPage() | courier.CourierPage():
            return _of_station(session, activity, name, go_on)
        case _:
            assert_never(activity)


def _of_station(
    session: Session, activity: StationPage | courier.CourierPage, name: str, go_on: Action
) -> tuple[Action, ...]:
    match activity:
        case StationPage() if not courier.may_carry(session.surroundings):
            return (go_on,)
        case StationPage():
            return (action(f"{name}.courier", OptionChosen(courier.OPEN)), go_on)
        case courier.CourierPage(stage=courier.CourierStage.WORKING):
            return ()
        case courier.CourierPage(stage=courier.CourierStage.DONE):
            return (action(f"{name}.again", Refused()), go_on)
        case courier.CourierPage():
            return (go_on,)


def _step_actions(work: Work, step: InstallationStep, go_on: Action) -> tuple[Action, ...]:
    others = [
        action(f"installation.outcome.{one.value}.choose", OptionChosen(one.value))
        for one in outcomes(step)
    ]
    done = Action(phrase("installation.step.done"), go_on.event, main=True)
    if step is InstallationStep.ENDPOINTS:
        shown = can_be_done(work, step)
        test = action("installation.step.test", OptionChosen(installation.TEST), main=not shown)
        return (*others, test, done) if shown else (*others, test)
    return (*others, done) if can_be_done(work, step) else tuple(others)


# --- what the pages show beside their texts


def step_rows(work: Work) -> tuple[Fact, ...]:
    """A line for every step: what it is, and how it ended."""
    return tuple(
        Fact(phrase(f"installation.step.{step.value}.title"), _outcome(work, step))
        for step in InstallationStep
    )


def _outcome(work: Work, step: InstallationStep) -> Phrase:
    found = work.of(step)
    return phrase(f"installation.outcome.{'open' if found is None else found.outcome.value}")


def endpoint_rows(results: tuple[installation.EndpointResult, ...]) -> tuple[Fact, ...]:
    """A line for every address that was tried."""
    return tuple(
        Fact(
            literal(one.name),
            literal(one.code)
            if one.code
            else phrase("installation.reached", milliseconds=one.milliseconds),
        )
        for one in results
    )


def content(session: Session, activity: InstallerState) -> tuple[Phrase, ...]:
    """What a page shows beside its texts, for "Ascolta"."""
    facts: tuple[Fact, ...] = ()
    match activity:
        case provisioning.WaitForApproval(told=told):
            spelled = ", ".join(told.check_code.replace("-", ""))
            return (phrase("provisioning.wait.code", code=spelled),)
        case installation.StepList(work=work):
            facts = step_rows(work)
        case installation.ReportSummary(work=work):
            people = (("referente", work.referente), ("installer", work.installer))
            facts = (
                *step_rows(work),
                *(Fact(phrase(f"installation.{who}"), literal(name)) for who, name in people),
            )
        case installation.TestingEndpoints(results=results):
            facts = endpoint_rows(results)
        case installation.StepPage(work=work, step=InstallationStep.ENDPOINTS):
            facts = endpoint_rows(work.endpoints)
        case courier.CourierPage(told=told) if told is not None:
            facts = courier.rows(told)
        case StationPage():
            facts = station_rows.rows(session.facts, session.office.station, session.today)
        case _:
            pass
    return tuple(phrase("spoken.row", label=fact.label, value=fact.value) for fact in facts)
