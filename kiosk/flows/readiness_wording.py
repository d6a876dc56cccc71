"""What the readiness pages say, as catalogue keys."""

from __future__ import annotations

from typing import assert_never

from hw.device_health import DeviceKind
from kiosk.flows import station_facts
from kiosk.flows.events import Continued, OptionChosen, Refused
from kiosk.flows.installer import installation, readiness, station_page
from kiosk.flows.installer.readiness import ReadinessState
from kiosk.flows.installer.readiness_steps import can_be_tested, report_of
from kiosk.flows.office import StationRole
from kiosk.flows.page_texts import Action, Wording, action, failure_phrase, pair
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.readiness_rows import device_rows, list_rows
from kiosk.flows.state import Session, activity_name


def wording(session: Session, activity: ReadinessState) -> Wording:
    """What the page says."""
    name = activity_name(activity)
    return Wording(
        title=_title(activity, name),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
    )


def _title(activity: ReadinessState, name: str) -> Phrase:
    match activity:
        case readiness.DevicePage(kind=kind):
            return phrase(f"device.{kind.value}")
        case _:
            return phrase(f"{name}.title")


def _body(session: Session, activity: ReadinessState, name: str) -> tuple[Phrase, ...]:
    match activity:
        case readiness.DeviceList(known=known) if not known.fitted:
            return (phrase(f"{name}.waiting"), *_warnings(session))
        case readiness.DeviceList():
            return (phrase(f"{name}.body"), *_warnings(session))
        case readiness.DevicePage(known=known, kind=kind) if not can_be_tested(known.of(kind)):
            return (phrase(f"{name}.not-fitted"),)
        case readiness.TestingDevice(kind=DeviceKind.FINGERPRINT, progress=progress):
            if progress.advice is not None:
                return (phrase(f"finger-advice.{progress.advice.value}"),)
            return (phrase(f"{name}.body"),)
        case readiness.ReportPage(known=known):
            ready = report_of(known, session.surroundings).ready
            return (phrase(f"{name}.{'ready' if ready else 'not-ready'}"), phrase(f"{name}.body"))
        case readiness.ReportFailed(code=code):
            return failure_phrase(code), phrase(f"{name}.kept")
        case _:
            return (phrase(f"{name}.body"),)


def _warnings(session: Session) -> tuple[Phrase, ...]:
    """A certificate that ends soon, lists that are old: who sets up can act (R-004-19)."""
    return station_facts.warnings(session.facts, session.today)


def _actions(session: Session, activity: ReadinessState, name: str) -> tuple[Action, ...]:
    go_on = action(f"{name}.continue", Continued(), main=True)
    match activity:
        case readiness.DeviceList(known=known):
            station = action(f"{name}.station", OptionChosen(station_page.OPEN))
            begin = action(f"{name}.installation", OptionChosen(installation.BEGIN))
            sets_up = session.office.role is StationRole.INSTALLER
            others = (station, begin) if sets_up else (station,)
            return (*others, go_on) if known.fitted else others
        case readiness.DevicePage(known=known, kind=kind):
            if not can_be_tested(known.of(kind)):
                return (go_on,)
            mend = action(f"{name}.mend", OptionChosen(readiness.MEND))
            test = action(f"{name}.test", OptionChosen(readiness.TEST), main=True)
            return mend, test
        case readiness.TestingDevice():
            return (action("readiness.testing.refuse", Refused()),)
        case readiness.JudgingTest():
            return pair("readiness.judging")
        case readiness.ReportPage() | readiness.ReportFailed() | readiness.ReportDone():
            return (go_on,)
        case readiness.RecordingReport():
            return ()
        case _:
            assert_never(activity)


def content(activity: ReadinessState) -> tuple[Phrase, ...]:
    """What a page shows beside its texts, for "Ascolta"."""
    match activity:
        case readiness.DeviceList(known=known) | readiness.ReportPage(known=known):
            return tuple(
                part
                for row in list_rows(known)
                for part in (phrase("spoken.row", label=row.name, value=row.said), row.test)
            )
        case readiness.DevicePage():
            return tuple(
                phrase("spoken.row", label=fact.label, value=fact.value)
                for fact in device_rows(activity)
            )
        case _:
            return ()
