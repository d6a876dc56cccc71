"""A device pulled and returned at every page that needs it: shown, never a dead end, gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import FingerPhase, FingerProgress
from kiosk.flows import events as ev
from kiosk.flows.citizen.identity_check import InsertHealthCard, TypePin
from kiosk.flows.events import Event
from kiosk.flows.session import Overlay, Session, screen_name, step
from kiosk.flows.steps import fingerprint, scanning
from kiosk.flows.wording import can_stop, wording
from kiosk.strings.catalogue import Catalogue
from tests.flows.devices import EQUIPPED, TO_REVIEW, at_taking, at_ways, taken, told
from tests.flows.documents import TRIES
from tests.flows.test_scanning import at_scan, read
from tests.flows.walking import ROSSI, SESSION, START, after, choose, fresh

SENSOR: Final = DeviceKind.FINGERPRINT
CATALOGUES: Final = [Catalogue.load(language) for language in ("it", "en")]


def comparing() -> Session:
    return after(fresh(EQUIPPED), *TO_REVIEW, choose("compare"))


def recovering() -> Session:
    return after(at_taking(), ev.FingerProgressed(SESSION, FingerProgress(FingerPhase.RECOVERING)))


def pin() -> Session:
    read_card = (ev.CardInserted(), ev.CardRead(SESSION, ROSSI), ev.PinTriesTold(SESSION, TRIES))
    return after(at_ways(), choose("card-pin"), *read_card)


PULLS: Final[dict[str, tuple[Callable[[], Session], Event, Event]]] = {
    "taking": (at_taking, ev.FingerFailed(SESSION, "fingerprint.removed"), told(SENSOR)),
    "recovering": (recovering, ev.FingerFailed(SESSION, "fingerprint.removed"), told(SENSOR)),
    "comparing": (comparing, ev.FingerFailed(SESSION, "fingerprint.crashed"), told(SENSOR)),
    "scanning": (at_scan, ev.ScanFailed(SESSION, "camera.removed"), told(DeviceKind.CAMERA)),
}


def alive(session: Session) -> None:
    """The page can be read, heard, and left."""
    page = wording(session)
    for catalogue in CATALOGUES:
        assert all(catalogue.say(part) for part in (page.title, *page.body, *page.help))
    assert page.actions
    assert can_stop(session)
    assert after(session, ev.StopAsked()).overlay is Overlay.STOP


@pytest.mark.parametrize("laid", [None, ev.HelpOpened(), ev.StopAsked()])
@pytest.mark.parametrize("name", PULLS)
def test_what_was_pulled_is_gone_on_with_when_it_is_back(name: str, laid: Event | None) -> None:
    begin, failed, back = PULLS[name]
    session = begin() if laid is None else after(begin(), laid)
    before = type(session.activity)
    kind = DeviceKind.CAMERA if name == "scanning" else SENSOR
    for _again in range(3):
        session = after(session, failed)
        assert isinstance(session.activity, fingerprint.FingerFailed | scanning.CodeNotScanned)
        if laid is None:
            alive(session)
        session = after(session, told(kind, DeviceState.AWAY, "usb.absent"))
        session, effects = step(session, back)
        assert type(session.activity) is before
        assert effects


def test_what_was_taken_before_the_pull_is_still_there_after_it() -> None:
    session = after(comparing(), ev.FingerFailed(SESSION, "fingerprint.removed"))
    assert isinstance(session.activity, fingerprint.FingerFailed)
    assert len(session.activity.fingers.templates) == 2
    assert screen_name(after(session, ev.Back())) == "fingerprint.review"


def test_an_answer_from_before_the_pull_does_not_end_the_wait() -> None:
    failed = after(at_taking(), ev.FingerFailed(SESSION, "fingerprint.removed"))
    assert isinstance(failed.activity, fingerprint.FingerFailed)
    assert after(failed, taken(failed.activity.position)) == failed
    missed = after(at_scan(), ev.ScanFailed(SESSION, "camera.removed"))
    assert after(missed, read()) == missed


def test_a_reader_that_is_pulled_at_the_pin_leads_to_the_card_again_or_another_way() -> None:
    session = pin()
    assert isinstance(session.activity, TypePin)
    session = after(session, ev.CardRemoved())
    assert isinstance(session.activity, InsertHealthCard)
    session = after(session, ev.ReaderFailed("reader.absent"))
    alive(session)
    assert screen_name(after(session, ev.Refused())) == "identification.choose-way"
    again = after(session, ev.CardRemoved(), ev.CardInserted())
    assert screen_name(again) == "identity-check.reading-health-card"


def test_a_camera_that_is_never_there_leaves_the_keyboard() -> None:
    session = after(at_scan(), ev.ScanFailed(SESSION, "camera.absent"), ev.Refused())
    assert screen_name(session) == "preregistration.asking.codice-fiscale"
    assert screen_name(after(fresh(EQUIPPED), *START)) == "preregistration.insert-card"
