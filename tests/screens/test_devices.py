"""Pages of fingers, codes, papers and devices: what can be touched, what changes in place."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import Finger, FingerAdvice, FingerPhase, FingerProgress, Hand
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import (
    Continued,
    DeviceChosen,
    OptionChosen,
    PaperConfirmed,
    PrintAsked,
    Refused,
)
from kiosk.flows.installer import readiness as ready_states
from kiosk.flows.installer.readiness import MEND, TEST
from kiosk.flows.steps.fingerprint import COMPARE, NO_FINGER, OTHER_FINGER
from kiosk.flows.steps.scanning import SCAN
from kiosk.flows.wording import failure_phrase
from kiosk.screens.context import Previews
from kiosk.screens.installer.device_states import ICONS, StateTag
from kiosk.screens.theme import HIGH_CONTRAST, STANDARD
from kiosk.screens.widgets.drawing import outline_of
from kiosk.screens.widgets.live import LiveView
from kiosk.screens.widgets.sensor_picture import Move, SensorPicture
from kiosk.screens.widgets.text import IconText
from kiosk.strings.catalogue import Catalogue
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.device_sessions import KNOWN, StillPicture, drawn_card, taking
from tests.screens.sessions import sessions
from tests.screens.test_layout import troubles

_SLIP = PrintedDocument.IDENTIFICATION_SLIP
EVENTS = [
    *(("finger-choose-right", f"option.{one.value}", OptionChosen(one.value)) for one in Finger),
    ("finger-choose-left", f"option.{NO_FINGER}", OptionChosen(NO_FINGER)),
    ("finger-choose-left", "refuse", Refused()),
    ("finger-taking", f"option.{OTHER_FINGER}", OptionChosen(OTHER_FINGER)),
    ("finger-failed", "continue", Continued()),
    ("finger-failed", f"option.{OTHER_FINGER}", OptionChosen(OTHER_FINGER)),
    ("finger-excuse", "option.bandaged", OptionChosen("bandaged")),
    ("finger-review", f"option.{COMPARE}", OptionChosen(COMPARE)),
    ("finger-review", "option.retake-left", OptionChosen("retake-left")),
    ("scan-card", "refuse", Refused()),
    ("scan-offered", "option.scan", OptionChosen(SCAN)),
    ("scan-offered-status", "option.scan", OptionChosen(SCAN)),
    ("identify-choose-way", "option.operator", OptionChosen("operator")),
    ("identify-done", f"paper.{_SLIP.value}.yes", PaperConfirmed(_SLIP, came=True)),
    ("identify-done", f"paper.{_SLIP.value}.no", PaperConfirmed(_SLIP, came=False)),
    ("identify-done-operator", f"print.{_SLIP.value}", PrintAsked(_SLIP)),
    ("ready-list", "device.camera", DeviceChosen(DeviceKind.CAMERA)),
    ("ready-device-away", f"option.{TEST}", OptionChosen(TEST)),
    ("ready-device-away", f"option.{MEND}", OptionChosen(MEND)),
    ("ready-testing-speaker", "refuse", Refused()),
]


@pytest.mark.parametrize(("screen", "button", "event"), EVENTS)
def test_a_touch_says_its_event(person: Person, screen: str, button: str, event: object) -> None:
    person.shows(sessions()[screen])
    person.taps(button)
    assert person.events == [event]


def test_hands_lie_as_a_person_sees_them(person: Person) -> None:
    """Palm down: the thumb of the right hand is at the left."""
    order = [f"option.{finger.value}" for finger in Finger]
    for hand, names in ((Hand.RIGHT, order), (Hand.LEFT, order[::-1])):
        person.shows(sessions()[f"finger-choose-{hand.value}"])
        at = [probe.place_of(person.window, name).x for name in names]
        assert at == sorted(at), hand


@pytest.mark.parametrize("person", [(1024, 768)], indirect=True)
def test_fingers_are_large_enough_for_a_trembling_one(person: Person) -> None:
    """On the smallest window, more than twice what WCAG 2.5.5 asks for, and none on another."""
    person.shows(replace(sessions()["finger-choose-right"], large_text=True))
    places = [probe.place_of(person.window, f"option.{one.value}") for one in Finger]
    assert min(place.width for place in places) >= 100
    assert min(place.height for place in places) >= 100
    edges = sorted((place.x, place.x + place.width) for place in places)
    assert all(right <= left + 1 for (_, right), (left, _) in pairwise(edges))


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_another_way_stays_in_sight_on_every_page_of_fingers(
    person: Person, *, large: bool
) -> None:
    """EN 301 549, 5.3."""
    for name, one in sessions().items():
        if name.startswith(("finger-", "scan-")) and not name.startswith("scan-offered"):
            person.window.router.draw(replace(one, large_text=large))
            assert "refuse" in {part.name for part in probe.named(person.window)}, name


def test_a_taking_changes_in_place(person: Person) -> None:
    shown = sessions()["finger-place"]
    person.shows(shown)
    router = person.window.router
    screen, live = router.screen, _one(person, LiveView)
    assert live.shown >= 0
    for progress, move, said in (
        (FingerProgress(FingerPhase.TAKING), Move.HOLD, "Tieni fermo"),
        (FingerProgress(FingerPhase.LIFT, 1), Move.LIFT, "Alza il dito"),
        (
            FingerProgress(FingerPhase.PLACE, 1, advice=FingerAdvice.MOISTEN_FINGER),
            Move.PLACE,
            "molto secco",
        ),
        (FingerProgress(FingerPhase.RECOVERING, 1), Move.BACK, "riavviando"),
    ):
        person.shows(replace(shown, activity=taking(progress)))
        assert router.screen is screen
        assert _one(person, LiveView) is live
        assert _one(person, SensorPicture).move is move
        assert said in person.sees()
        good = [one.name for one in probe.named(person.window) if one.name.endswith(".good")]
        assert len(good) == progress.taken
        assert probe.screen_of(person.window) == f"fingerprint.taking.{progress.phase.value}"
        assert troubles(person) == []


@pytest.mark.parametrize("person", [(1024, 768)], indirect=True)
def test_the_longest_advice_has_room_where_there_is_little(person: Person) -> None:
    shown = replace(sessions()["finger-place"], large_text=True)
    person.shows(shown)
    for advice in FingerAdvice:
        advised = taking(FingerProgress(FingerPhase.PLACE, 1, advice=advice))
        person.shows(replace(shown, activity=advised))
        assert troubles(person) == [], advice
        assert "scroll.down" not in {part.name for part in probe.named(person.window)}, advice


def test_a_live_picture_leaves_the_page_alone(person: Person) -> None:
    camera = StillPicture(drawn_card())
    camera.still = False
    person.window.router._previews = Previews(camera=camera)
    person.shows(sessions()["scan-card"])
    screen, live = person.window.router.screen, _one(person, LiveView)
    texture, before = live._texture, live.shown
    person.waits(5)
    assert live.shown >= before + 4
    assert person.window.router.screen is screen
    assert live._texture is texture
    red = probe.picture().crop(_corner(live)).resize((1, 1)).getpixel((0, 0))
    assert red == (255, 0, 0)  # the first row is the uppermost
    person.shows(sessions()["welcome"])
    person.waits(2)
    looks = camera.looks
    person.waits(3)
    assert camera.looks == looks
    assert live._texture is None


def test_a_camera_that_shows_nothing_yet_is_said_to_start(person: Person) -> None:
    person.window.router._previews = Previews(camera=None)
    person.shows(sessions()["scan-card"])
    assert "Accendiamo la fotocamera" in person.sees()
    person.window.router._previews = Previews(camera=StillPicture(drawn_card()))
    person.shows(sessions()["welcome"])
    person.shows(sessions()["scan-card"])
    assert "Accendiamo la fotocamera" not in person.sees()


def test_whether_the_paper_came_is_asked_before_all_else(person: Person) -> None:
    person.shows(sessions()["done-unseen"])
    names = {part.name for part in probe.named(person.window)}
    assert {"paper.receipt-slip.yes", "paper.receipt-slip.no"} <= names
    assert "print.receipt-slip" not in names  # never printed again before its fate is known
    assert "Hai in mano il foglio?" in person.sees()


def test_what_stopped_a_printer_is_said_with_the_question(person: Person) -> None:
    """A paper may come after a failure: who is asked reads why."""
    shown = sessions()["identify-done-may-come"]
    person.shows(shown)
    assert Catalogue.load("it").say(failure_phrase("printer.interrupted")) in person.sees()
    assert "Hai in mano il foglio?" in person.sees()


def test_a_clerk_reads_code_and_remedy_of_a_printer(person: Person) -> None:
    person.shows(sessions()["ready-done-failed"])
    assert "printer.paper-out" in person.sees()
    assert "ristampa" in person.sees()
    person.shows(sessions()["identify-done-operator"])
    assert "printer.paper-out" not in person.sees()


def test_a_state_is_a_colour_a_sign_and_a_word(person: Person) -> None:
    person.shows(sessions()["ready-list"])
    tags = [part for part in probe.shown(person.window) if isinstance(part, StateTag)]
    assert len(tags) == len(DeviceKind)
    for tag in tags:
        state = DeviceState(tag.name.rsplit(".", 1)[1])
        sign = next(part for part in probe.walk(tag) if isinstance(part, IconText))
        assert sign.icon is ICONS[state]
    assert len({tag.paint.ink for tag in tags}) == len({tag.name.rsplit(".", 1)[1] for tag in tags})
    assert len(set(ICONS.values())) == len(ICONS)
    assert {"Funziona", "Non risponde", "Lo stiamo sistemando"} <= set(person.sees().split("\n"))


def test_a_device_says_all_that_is_known_of_it(person: Person) -> None:
    person.shows(sessions()["ready-device-away"])
    seen = person.sees()
    for said in ("05ba:000a", "fingerprint.absent", "Collega il lettore", "ore 09:41", "4.3"):
        assert said in seen


def test_what_is_told_of_other_devices_leaves_a_test_alone(person: Person) -> None:
    testing = sessions()["ready-testing-camera"]
    person.shows(testing)
    screen = person.window.router.screen
    other = replace(KNOWN, devices=KNOWN.devices[:2])
    activity = ready_states.TestingDevice(other, DeviceKind.CAMERA)
    person.shows(replace(testing, activity=activity))
    assert person.window.router.screen is screen


@pytest.mark.parametrize("palette", [STANDARD, HIGH_CONTRAST], ids=["standard", "high-contrast"])
def test_a_drawn_hand_is_told_from_its_nails(palette: Any) -> None:
    assert outline_of(palette.document) != palette.document.ground


def _one(person: Person, kind: type[Any]) -> Any:
    (found,) = (part for part in probe.shown(person.window) if isinstance(part, kind))
    return found


def _corner(live: LiveView) -> tuple[int, int, int, int]:
    height = probe.picture().height
    left, bottom = live._picture.pos
    top = height - bottom - live._picture.size[1]
    return (int(left) + 4, int(top) + 4, int(left) + 8, int(top) + 8)
