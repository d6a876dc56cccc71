"""Fingers taken on an emulated U.are.U 4500 below libusb, with the real libfprint behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hw.errors import DeviceTrouble
from hw.finger_readings import (
    Finger,
    FingerAdvice,
    FingerComparison,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
    Hand,
)
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.picture_source import FingerPicture, SourceStep
from hw.fingerprint.taking import FingerTaking
from hw.fingerprint.uru4000_source import Uru4000Source
from hw.fingerprint.visit import Limits
from tests.contract.fingerprint.workers import workers
from tests.emulated.fingers.impressions import (
    DRY,
    GOOD,
    OFF_CENTRE,
    OLD,
    PARTIAL,
    WET,
    Impression,
    everyday,
    impress,
    stained_pane,
)
from tests.emulated.fingers.person import Person
from tests.emulated.fingers.ridges import Pattern, Skin
from tests.emulated.usb.uru4000 import EmulatedUru4000, Fault

RIGHT = FingerPosition(Hand.RIGHT, Finger.INDEX)
LEFT = FingerPosition(Hand.LEFT, Finger.INDEX)
INDEX = Skin(1, Pattern.WHORL)
OTHER = Skin(2, Pattern.LEFT_LOOP)
QUICK = Limits(finger_seconds=5, whole_seconds=20, recover_seconds=5)


@pytest.fixture
def sensor() -> Iterator[EmulatedUru4000]:
    with EmulatedUru4000() as sensor:
        yield sensor


@pytest.fixture
def taking(sensor: EmulatedUru4000) -> FingerTaking:
    return made(sensor)


def made(sensor: EmulatedUru4000, limits: Limits = QUICK) -> FingerTaking:
    return FingerTaking(Uru4000Source(sensor.environment()), LibfprintMatcher(), limits=limits)


def shot(seed: int, kind: Impression = GOOD, skin: Skin = INDEX) -> bytes:
    return impress(skin, everyday(seed, kind))


def shots(count: int, first: int = 1, kind: Impression = GOOD, skin: Skin = INDEX) -> list[bytes]:
    return [shot(first + each, kind, skin) for each in range(count)]


def template(outcome: object) -> FingerTemplate:
    assert isinstance(outcome, FingerTemplate), outcome
    return outcome


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code


def test_three_good_pictures_make_a_template(sensor: EmulatedUru4000, taking: FingerTaking) -> None:
    person = Person(sensor, shots(3))
    got = template(taking.take(RIGHT, person))
    assert got.position == RIGHT
    assert got.pictures == 3
    assert got.quality > 80
    assert got.minutiae > 20
    assert "FP3" not in repr(got)
    assert person.counted() == [1, 2, 3]
    assert person.phases()[:4] == [
        FingerPhase.PREPARING,
        FingerPhase.PLACE,
        FingerPhase.TAKING,
        FingerPhase.LIFT,
    ]

    same = taking.compare(got, Person(sensor, [shot(9)]))
    assert isinstance(same, FingerComparison)
    assert same.same
    sensor.lift_finger()
    other = taking.compare(got, Person(sensor, [shot(9, skin=OTHER)]))
    assert isinstance(other, FingerComparison)
    assert not other.same
    assert workers() == []


def test_bad_pictures_are_advised_on_and_do_not_count(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    bad = [shot(1, WET), shot(2, DRY), shot(3, PARTIAL), shot(4, OFF_CENTRE)]
    advice = [
        FingerAdvice.DRY_FINGER,
        FingerAdvice.MOISTEN_FINGER,
        FingerAdvice.PRESS_MORE,
        FingerAdvice.CENTRE_FINGER,
    ]
    person = Person(sensor, [*bad, *shots(3, 5)])
    template(taking.take(RIGHT, person))
    assert person.advised == advice
    waiting = [each for each in person.heard if each.phase is FingerPhase.PLACE]
    assert [each.advice for each in waiting[:5]] == [None, *advice]  # it stays on the screen
    assert [each.taken for each in waiting] == [0, 0, 0, 0, 0, 1, 2]


def test_a_poor_picture_may_match_but_never_differs(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    got = template(taking.take(RIGHT, Person(sensor, shots(3))))
    sensor.lift_finger()
    pressed = replace(GOOD, pressure=0.85)
    person = Person(sensor, [shot(9, pressed, OTHER), shot(10, pressed)])
    found = taking.compare(got, person)
    assert isinstance(found, FingerComparison)
    assert found.same
    assert len(person.advised) == 1  # another's poor picture: no verdict, another try


def test_a_finger_between_that_is_another_one(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    person = Person(sensor, [shot(1), shot(2, skin=OTHER), shot(3), shot(4)])
    template(taking.take(RIGHT, person))
    assert person.advised == [FingerAdvice.SAME_FINGER]


def test_a_first_finger_that_was_the_wrong_one_is_given_up(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    person = Person(sensor, [shot(1, skin=OTHER), *shots(3, 2)])
    got = template(taking.take(RIGHT, person))
    assert person.advised == [FingerAdvice.SAME_FINGER]
    sensor.lift_finger()
    found = taking.compare(got, Person(sensor, [shot(9)]))
    assert isinstance(found, FingerComparison)
    assert found.same


@pytest.mark.rule("R-001-2")
def test_the_same_finger_does_not_pass_for_that_of_the_other_hand(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    first = template(taking.take(RIGHT, Person(sensor, shots(3))))
    sensor.lift_finger()
    person = Person(sensor, [shot(8), *shots(3, 1, skin=OTHER)])
    second = template(taking.take(LEFT, person, unlike=(first,)))
    assert person.advised == [FingerAdvice.OTHER_FINGER]
    assert second.position == LEFT


def test_an_old_creased_dry_finger_is_taken(sensor: EmulatedUru4000, taking: FingerTaking) -> None:
    got = template(taking.take(RIGHT, Person(sensor, shots(6, kind=OLD))))
    sensor.lift_finger()
    found = taking.compare(got, Person(sensor, [shot(30, OLD)]))
    assert isinstance(found, FingerComparison)
    assert found.same


def test_dirt_on_the_glass_is_called_dirt(sensor: EmulatedUru4000, taking: FingerTaking) -> None:
    person = Person(sensor, [stained_pane(1), stained_pane(2), *shots(3)])
    template(taking.take(RIGHT, person))
    assert person.advised[-1] is FingerAdvice.CLEAN_SENSOR


def test_a_finger_that_gives_nothing_is_left_in_peace(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    person = Person(sensor, shots(20, kind=replace(PARTIAL, coverage=0.05)))
    assert code(taking.take(RIGHT, person)) == "fingerprint.not-good-enough"
    assert len(person.advised) < 16


def test_a_worn_finger_that_never_gets_better_is_taken_for_what_it_is(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    """Nobody of 75 is sent away over a score where the pictures agree with one another."""
    worn = replace(GOOD, moisture=-0.72, creases=5)
    person = Person(sensor, shots(14, kind=worn))
    got = template(taking.take(RIGHT, person))
    assert got.pictures == 3


def test_pulled_and_returned_it_goes_on_with_what_it_had(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    def pull() -> None:
        sensor.lift_finger()
        sensor.pull()
        threading.Timer(0.4, sensor.plug).start()

    person = Person(sensor, [shot(1), pull, shot(2), shot(3)])
    template(taking.take(RIGHT, person))
    assert FingerPhase.RECOVERING in person.phases()
    recovering = next(each for each in person.heard if each.phase is FingerPhase.RECOVERING)
    assert recovering.taken == 1
    assert person.counted() == [1, 2, 3]


def test_pulled_for_good_it_says_so(sensor: EmulatedUru4000) -> None:
    taking = made(sensor, replace(QUICK, recover_seconds=0.5))
    began = time.monotonic()
    person = Person(sensor, [shot(1), sensor.pull])
    assert code(taking.take(RIGHT, person)) in {"fingerprint.absent", "fingerprint.removed"}
    assert time.monotonic() - began < 5
    assert workers() == []


def test_a_sensor_that_never_gives_a_picture_is_given_up(sensor: EmulatedUru4000) -> None:
    taking = made(sensor, replace(QUICK, whole_seconds=60))
    sensor.fail(Fault.SHORT_PICTURE, 50)
    person = Person(sensor, shots(20))
    assert code(taking.take(RIGHT, person)) == "fingerprint.failed"
    assert [each.phase for each in person.heard].count(FingerPhase.RECOVERING) == 5


def test_a_sensor_that_fails_once_is_opened_anew(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    sensor.fail(Fault.EMPTY_PICTURE)
    person = Person(sensor, shots(5))
    assert template(taking.take(RIGHT, person)).pictures == 3
    assert FingerPhase.RECOVERING in person.phases()


def test_no_finger_ends_at_the_deadline(sensor: EmulatedUru4000) -> None:
    taking = made(sensor, replace(QUICK, finger_seconds=0.3))
    assert code(taking.take(RIGHT, Person(sensor, []))) == "fingerprint.no-finger"


def test_abandoned_it_returns_at_once_and_can_begin_anew(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    taking.abandon()  # nothing is under way: no effect
    ended: list[float] = []

    def give_up() -> None:
        threading.Timer(0.2, end).start()

    def end() -> None:
        ended.append(time.monotonic())
        taking.abandon()

    assert code(taking.take(RIGHT, Person(sensor, [shot(1), give_up]))) == "fingerprint.abandoned"
    assert time.monotonic() - ended[0] < 1.5
    assert workers() == []
    sensor.lift_finger()
    template(taking.take(RIGHT, Person(sensor, shots(3))))


def test_the_preview_shows_the_finger_only_while_it_is_taken(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    seen = []

    class Looking(Person):
        def __call__(self, progress: FingerProgress) -> None:
            if progress.phase is FingerPhase.LIFT:
                seen.append(taking.preview.latest())
            super().__call__(progress)

    assert taking.preview.latest() is None
    template(taking.take(RIGHT, Looking(sensor, shots(3))))
    assert len(seen) >= 3
    assert all(each is not None and (each.width, each.height) == (384, 290) for each in seen)
    assert taking.preview.latest() is None


def test_every_picture_is_wiped(sensor: EmulatedUru4000) -> None:
    handed_out: list[FingerPicture] = []

    class Remembering(Uru4000Source):
        def picture(
            self, told: Callable[[SourceStep], None], deadline: float
        ) -> FingerPicture | DeviceTrouble:
            picture = super().picture(told, deadline)
            if isinstance(picture, FingerPicture):
                assert any(picture.pixels)
                handed_out.append(picture)
            return picture

    source = Remembering(sensor.environment())
    taking = FingerTaking(source, LibfprintMatcher(), limits=QUICK)
    person = Person(sensor, [shot(1), shot(2, WET), shot(3), shot(4, skin=OTHER), shot(5)])
    template(taking.take(RIGHT, person))
    assert len(handed_out) == 5
    assert not any(any(each.pixels) for each in handed_out)


def test_another_driver_takes_the_same_finger(sensor: EmulatedUru4000) -> None:
    """A foreign judge of sensor and driver: what libfprint's own driver takes matches ours."""
    ours = template(made(sensor).take(RIGHT, Person(sensor, shots(3))))
    sensor.lift_finger()
    source = LibfprintSource(environment=sensor.environment())
    theirs = FingerTaking(source, LibfprintMatcher(), limits=QUICK)

    found = theirs.compare(ours, Person(sensor, [shot(9)]))
    assert isinstance(found, FingerComparison), found
    assert found.same


def test_a_matcher_that_dies_between_two_pictures_is_not_noticed(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    def kill() -> None:
        for each in workers():
            os.kill(each, signal.SIGKILL)
        sensor.put_finger(shot(2))

    person = Person(sensor, [shot(1), kill, shot(3)])
    template(taking.take(RIGHT, person))
    assert person.advised == []


def test_a_check_opens_both_and_leaves_nothing(
    sensor: EmulatedUru4000, taking: FingerTaking
) -> None:
    assert taking.check() is None
    assert workers() == []
    sensor.pull()
    assert code(taking.check()) == "fingerprint.absent"


def test_a_broken_template_is_told(sensor: EmulatedUru4000, taking: FingerTaking) -> None:
    broken = FingerTemplate(RIGHT, b"FP3" + bytes(30), "libfprint.fp3", 90, 30, 3)
    assert code(taking.compare(broken, Person(sensor, []))) == "fingerprint.template-unreadable"
    foreign = replace(broken, format="iso19794-2")
    assert code(taking.compare(foreign, Person(sensor, []))) == "fingerprint.template-unreadable"
    outcome = taking.take(LEFT, Person(sensor, []), unlike=(broken,))
    assert code(outcome) == "fingerprint.template-unreadable"
