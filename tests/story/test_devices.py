"""Fingers, codes, papers and the list of devices at the real window, over real stacks, by touch."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from hw.device_health import DeviceKind
from tests.emulated.cards.pcscd import why_not
from tests.emulated.cards.ts_cns import ts_cns
from tests.emulated.fingers.impressions import DRY, GOOD
from tests.emulated.services import wait_until
from tests.workbench import walks
from tests.workbench.display import Display
from tests.workbench.fingertips import LEFT, RIGHT, give_finger
from tests.workbench.person import Person
from tests.workbench.search import readable
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

FORM = "preregistration."
CHECK = "identity-check."
DOCUMENT = "identity-document."
SECONDS = 30.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Display() as display, Stage(display, fitted=True, idle_seconds=180) as made:
        yield made


@pytest.fixture
def person(stage: Stage) -> Iterator[Person]:
    """Somebody before the welcome page; whoever came before has gone."""
    someone = stage.person
    someone.wait_for("welcome")
    yield someone
    stage.reader.remove()
    if someone.screen() != "welcome":
        stage.kiosk.kill()
        stage.kiosk.start()


@pytest.mark.rule("R-001-2")
def test_two_fingers_confirm_a_person_though_the_sensor_is_pulled(
    stage: Stage, person: Person
) -> None:
    sensor = stage.sensor
    assert sensor is not None
    walks.to_choose_finger(stage)
    person.touch("option.index")
    pulled: list[float] = []

    def pull_once(phase: str) -> None:
        if phase == "lift" and not pulled:
            pulled.append(time.monotonic())
            sensor.pull()
            person.wait_for("fingerprint.taking.recovering")
            sensor.plug()

    seen_phases = give_finger(person, sensor, RIGHT, kinds=(GOOD, DRY, GOOD), meanwhile=pull_once)
    assert "recovering" in seen_phases
    person.wait_for("fingerprint.choose-finger.left")
    person.touch("option.index")
    give_finger(person, sensor, LEFT)
    person.wait_for("fingerprint.review")
    person.touch("continue")
    person.wait_for("identification.confirm")
    before = len(stage.outbox())
    person.touch("continue")
    person.wait_for("identification.done")
    assert len(stage.outbox()) == before + 1
    wait_until(lambda: stage.outbox_state() == "accepted", SECONDS, "the hub's answer")
    person.leaves("identification.done", to="welcome")
    listing = subprocess.run(
        [sys.executable, "-m", "sync.hub", "identifications", "--hub-dir", stage.site.hub_dir],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "fingerprints" in listing
    # The name of the templates' format stands beside each: no template is readable, in no file.
    assert not readable(stage.station_dir, ("ROSSI", "RSSMRA80A01H501U", "libfprint.fp3"))


def test_a_card_held_before_the_camera_fills_the_field(stage: Stage, person: Person) -> None:
    walks.to_typed_code(person)
    person.touch("option.scan")
    person.wait_for("scanning.codice-fiscale")
    stage.camera.show(walks.held_card())
    person.wait_until_left("scanning.codice-fiscale", seconds=SECONDS)
    assert not person.screen().startswith("scanning")
    person.touch("stop")
    person.touch("stop.confirm")
    person.wait_for("welcome", seconds=SECONDS)


def test_without_a_camera_the_code_is_typed(stage: Stage, person: Person) -> None:
    walks.to_number(person)
    stage.camera.go_away()
    person.touch("option.scan")
    person.wait_for("scanning.failed", seconds=SECONDS)
    person.touch("refuse")
    person.wait_for("registration-status.ask-number")
    stage.camera.come_back()


@pytest.fixture(scope="module")
def workshop() -> Iterator[Stage]:
    with Display() as display, Stage(display, fitted=True, role="installer") as made:
        yield made


def test_an_installer_tests_every_device_and_signs_the_report(workshop: Stage) -> None:
    stage, person = workshop, workshop.person
    assert stage.sensor is not None
    person.wait_for("readiness.devices")
    for kind in DeviceKind:
        if kind is DeviceKind.SPEAKER:
            continue
        person.touch(f"device.{kind.value}")
        person.wait_for("readiness.device")
        person.touch("option.test")
        person.wait_until_left("readiness.device")
        match kind:
            case DeviceKind.CARD_READER:
                stage.reader.insert(ts_cns())
            case DeviceKind.FINGERPRINT:
                person.wait_for(f"readiness.testing.{kind.value}")
                give_finger(person, stage.sensor)
            case DeviceKind.PAGE_PRINTER | DeviceKind.SLIP_PRINTER:
                person.wait_for(f"readiness.judging.{kind.value}", seconds=SECONDS)
                person.touch("continue")
            case _:
                stage.camera.show(walks.held_sheet())
        person.wait_for("readiness.device", seconds=SECONDS)
        said = " ".join(person.sees())
        print(kind, said)
        person.leaves("readiness.device", to="readiness.devices", by="back")
    before = len(stage.outbox())
    person.touch("continue")
    person.wait_for("readiness.report")
    person.touch("continue")
    person.wait_for("readiness.done")
    wait_until(lambda: stage.outbox_state() == "accepted", SECONDS, "the hub's answer")
    assert len(stage.outbox()) == before + 1
    wait_until(lambda: len(stage.page_printer.papers) == 2, SECONDS, "test page and report")
