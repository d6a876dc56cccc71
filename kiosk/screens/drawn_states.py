"""One screen per state, and what makes a screen another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from kiosk.flows.citizen import document_reading as document_states
from kiosk.flows.citizen import identification as act_states
from kiosk.flows.citizen import identity_check as check_states
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.citizen.document_reading import DocumentReadingState
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.identity_check import IdentityCheckState
from kiosk.flows.citizen.preregistration import PreregistrationState
from kiosk.flows.citizen.procedure import Intro, ProcedureState
from kiosk.flows.clerk.states import ClerkState
from kiosk.flows.entries import ChoiceEntry
from kiosk.flows.installer import readiness as ready_states
from kiosk.flows.installer.installation import AskName, InstallationDone, TestingEndpoints
from kiosk.flows.installer.provisioning import TypeAddress, TypeCode
from kiosk.flows.installer.readiness import ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.office import Network
from kiosk.flows.out_of_service import OutOfService
from kiosk.flows.state import IdleState, Overlay, Session
from kiosk.flows.station_facts import StationFacts
from kiosk.flows.steps import fingerprint as finger_states
from kiosk.flows.steps import scanning as scan_states
from kiosk.flows.steps.fingerprint import FingerprintState
from kiosk.flows.steps.scanning import ScanningState
from kiosk.flows.welcome import Ended, Welcome
from kiosk.screens.citizen.code_entry import CodeScreen
from kiosk.screens.citizen.document_reading import ReadingScreen, WrongKeyScreen
from kiosk.screens.citizen.done import DoneScreen
from kiosk.screens.citizen.fingerprint import (
    ChooseExcuseScreen,
    ChooseFingerScreen,
    FingerFailedScreen,
    ReviewScreen,
    TakingScreen,
)
from kiosk.screens.citizen.identification import ActDoneScreen, ChooseWayScreen, ConfirmScreen
from kiosk.screens.citizen.message import MessageScreen
from kiosk.screens.citizen.procedure import lasting_part, procedure_page
from kiosk.screens.citizen.question import ChoiceScreen, QuestionScreen
from kiosk.screens.citizen.rows import RowsScreen
from kiosk.screens.citizen.scanning import NotScannedScreen, ScanScreen
from kiosk.screens.citizen.verdict import ClerkScreen, VerdictScreen
from kiosk.screens.citizen.welcome import WelcomeScreen
from kiosk.screens.context import Context
from kiosk.screens.installer import readiness, setting_up
from kiosk.screens.installer.typing import TypingScreen
from kiosk.screens.overlay import ResumedScreen
from kiosk.screens.screen import Screen

_Messages = (
    Ended
    | OutOfService
    | status_states.LookingUp
    | status_states.Found
    | status_states.NotFound
    | status_states.LookUpFailed
)


def screen_for(  # noqa: C901, PLR0911, PLR0912  one line for each procedure
    ui: Context, session: Session, now: datetime
) -> Screen:
    """The screen of the session's state."""
    if session.overlay is Overlay.RESUMED:
        return ResumedScreen(ui, session)
    activity = session.activity
    match activity:
        case Welcome():
            return WelcomeScreen(ui, session, now)
        case status_states.AskNumber():
            return QuestionScreen(ui, session)
        case _ if isinstance(activity, _Messages):
            return MessageScreen(ui, session, now)
        case _ if isinstance(activity, PreregistrationState):
            return _of_form(ui, session, activity, now)
        case _ if isinstance(activity, DocumentReadingState):
            return _of_document(ui, session, activity, now)
        case _ if isinstance(activity, IdentityCheckState):
            return _of_check(ui, session, activity, now)
        case _ if isinstance(activity, FingerprintState | ScanningState):
            return _of_step(ui, session, activity, now)
        case _ if isinstance(activity, IdentificationState):
            return _of_identification(ui, session, activity, now)
        case _ if isinstance(activity, ProcedureState):
            return procedure_page(ui, session, activity, now)
        case _ if isinstance(activity, ReadinessState):
            return _of_readiness(ui, session, activity, now)
        case _ if isinstance(activity, InstallerState):
            return _of_installer(ui, session, activity, now)
        case _ if isinstance(activity, ClerkState):
            # A kiosk for citizens never needs them, and starts without.
            from kiosk.screens.clerk.pages import clerk_page  # noqa: PLC0415

            return clerk_page(ui, session, activity, now)
        case _:
            assert_never(activity)


def _of_form(
    ui: Context, session: Session, activity: PreregistrationState, now: datetime
) -> Screen:
    match activity:
        case form_states.Asking(entry=ChoiceEntry()):
            return ChoiceScreen(ui, session, now)
        case form_states.Asking():
            return QuestionScreen(ui, session)
        case form_states.Review() | form_states.Summary():
            return RowsScreen(ui, session, now)
        case form_states.Done():
            return DoneScreen(ui, session, now)
        case (
            form_states.AskMembership()
            | form_states.AlreadyMember()
            | form_states.Privacy()
            | form_states.InsertCard()
            | form_states.ReadingCard()
            | form_states.CardFailed()
            | form_states.CheckEmail()
            | form_states.Recording()
            | form_states.RecordFailed()
        ):
            return MessageScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_document(
    ui: Context, session: Session, activity: DocumentReadingState, now: datetime
) -> Screen:
    match activity:
        case document_states.TypeCan():
            return CodeScreen(ui, session)
        case document_states.TypeMrz():
            return QuestionScreen(ui, session)
        case document_states.ReadingDocument():
            return ReadingScreen(ui, session, now)
        case document_states.WrongKey():
            return WrongKeyScreen(ui, session, now)
        case document_states.DocumentFailed():
            return MessageScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_check(ui: Context, session: Session, activity: IdentityCheckState, now: datetime) -> Screen:
    match activity:
        case check_states.TypePin():
            return CodeScreen(ui, session)
        case check_states.VerdictPage():
            return VerdictScreen(ui, session, now)
        case check_states.ClerkPage():
            return ClerkScreen(ui, session, now)
        case (
            check_states.Intro()
            | check_states.ChooseCard()
            | check_states.InsertHealthCard()
            | check_states.ReadingHealthCard()
            | check_states.HealthCardFailed()
            | check_states.AskingTries()
            | check_states.ProvingPin()
            | check_states.PinRefused()
        ):
            return MessageScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_step(
    ui: Context, session: Session, activity: FingerprintState | ScanningState, now: datetime
) -> Screen:
    match activity:
        case finger_states.Notice():
            return MessageScreen(ui, session, now)
        case finger_states.ChooseFinger():
            return ChooseFingerScreen(ui, session, now)
        case finger_states.ChooseExcuse():
            return ChooseExcuseScreen(ui, session, now)
        case finger_states.TakingFinger() | finger_states.ComparingFinger():
            return TakingScreen(ui, session, now)
        case finger_states.FingerFailed():
            return FingerFailedScreen(ui, session, now)
        case finger_states.Review():
            return ReviewScreen(ui, session, now)
        case scan_states.ScanningCode():
            return ScanScreen(ui, session, now)
        case scan_states.CodeNotScanned():
            return NotScannedScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_identification(
    ui: Context, session: Session, activity: IdentificationState, now: datetime
) -> Screen:
    match activity:
        case act_states.ChooseWay():
            return ChooseWayScreen(ui, session, now)
        case act_states.Confirm():
            return ConfirmScreen(ui, session, now)
        case act_states.Done(papers=papers):
            return ActDoneScreen(ui, session, now, papers)
        case act_states.Intro() | act_states.Recording() | act_states.RecordFailed():
            return MessageScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_readiness(ui: Context, session: Session, activity: ReadinessState, now: datetime) -> Screen:
    match activity:
        case ready_states.DeviceList():
            return readiness.DeviceListScreen(ui, session, now)
        case ready_states.DevicePage():
            return readiness.DeviceScreen(ui, session, now)
        case ready_states.TestingDevice():
            return readiness.TestingScreen(ui, session, now)
        case ready_states.JudgingTest():
            return readiness.JudgingScreen(ui, session, now)
        case ready_states.ReportPage():
            return readiness.ReportScreen(ui, session, now)
        case ready_states.ReportDone(papers=papers):
            return ActDoneScreen(ui, session, now, papers, clerk=True)
        case ready_states.RecordingReport() | ready_states.ReportFailed():
            return MessageScreen(ui, session, now)
        case _:
            assert_never(activity)


def _of_installer(ui: Context, session: Session, activity: InstallerState, now: datetime) -> Screen:
    match activity:
        case TypeAddress() | TypeCode() | AskName():
            return TypingScreen(ui, session)
        case InstallationDone(papers=papers):
            return ActDoneScreen(ui, session, now, papers, clerk=True)
        case _:
            return setting_up.SettingUpScreen(ui, session, now)


def lasting(session: Session) -> object:
    """What makes a screen another screen; all else changes while it stays."""
    at_a_desk = is_at_desk(session)
    quiet = replace(
        session,
        operator_card=False,
        desk=None,
        coming=None,
        facts=session.facts if isinstance(session.activity, _TELLS_FACTS) else StationFacts(),
        notice=None if at_a_desk else session.notice,
        idle=IdleState(),
        network=Network.OFFLINE,
        speaking=False,
        help_open=False,
        overlay=session.overlay if session.overlay is Overlay.RESUMED else Overlay.NONE,
        activity=Welcome(),
    )
    return quiet, _lasting_part(session)


_TELLS_FACTS = StationPage | ready_states.DeviceList | Welcome
"""Pages that show what is known of the station; others stay while that changes."""


def is_at_desk(session: Session) -> bool:
    """Whether the page is one for who works at a counter."""
    return isinstance(session.activity, ClerkState)


def _lasting_part(session: Session) -> object:  # noqa: C901, PLR0911, PLR0912  one line for each kind of page
    """Of the activity: not what is typed, read or counted on its page."""
    activity = session.activity
    match activity:
        case _ if isinstance(activity, ClerkState):
            return type(activity)  # pages of a desk follow all else by themselves
        case form_states.Asking(entry=entry) if not isinstance(entry, ChoiceEntry):
            return activity.question, type(entry), activity.origin
        case Intro():
            return activity, session.network is Network.ONLINE
        case _ if isinstance(activity, ProcedureState):
            return lasting_part(activity)
        case status_states.AskNumber() | document_states.TypeCan():
            return type(activity)
        case check_states.TypePin(tries=tries):
            return type(activity), tries
        case document_states.TypeMrz(part=part):
            return type(activity), part
        case document_states.ReadingDocument(progress=progress):
            return type(activity), progress.stage, progress.coaching, progress.lost
        case finger_states.TakingFinger():
            return replace(activity, progress=finger_states.PREPARING)
        case finger_states.ComparingFinger():
            return replace(activity, progress=finger_states.PREPARING_ONE)
        case ready_states.TestingDevice(kind=kind) | ready_states.JudgingTest(kind=kind):
            return type(activity), kind
        case TypeAddress() | TypeCode():
            return type(activity)
        case AskName(who=who):
            return type(activity), who
        case TestingEndpoints(results=results):
            return type(activity), results
        case document_states.WrongKey():
            return replace(activity, wait_seconds=min(1, activity.wait_seconds))
        case _:
            return activity
