"""The fingerprint sensor is pulled on every page that takes or compares a finger."""

from __future__ import annotations

from functools import cache

from tests.emulated.fingers.impressions import GOOD, everyday, impress
from tests.emulated.usb.uru4000 import EmulatedUru4000
from tests.faults.devices.page import Page
from tests.workbench import walks
from tests.workbench.fingertips import RIGHT

_TAKING = "fingerprint.taking."
_AWAY = ("fingerprint.taking.recovering", "fingerprint.comparing.recovering", "fingerprint.failed")
_LAYINGS = 6


@cache
def _pictures() -> tuple[bytes, ...]:
    return tuple(impress(RIGHT, everyday(number, GOOD)) for number in range(1, _LAYINGS + 1))


class SensorPage(Page):
    """A page that waits for a finger."""

    @property
    def sensor(self) -> EmulatedUru4000:
        """On its bus, or pulled."""
        if self.stage.sensor is None:
            raise ValueError("the stage has no sensor")
        return self.stage.sensor

    def arrive(self) -> None:
        """A finger of the right hand is waited for."""
        walks.to_choose_finger(self.stage)
        walks.to_place(self.person)

    def pull(self) -> None:
        """The plug, without anybody's finger."""
        self.sensor.pull()

    def give_back(self) -> None:
        """The plug, and no finger on the glass."""
        self.sensor.lift_finger()
        self.sensor.plug()

    def troubled(self) -> bool:
        """The page says that the reader stopped, and offers the other ways."""
        return self.on(*_AWAY) and self.person.can_touch("refuse")

    def serves(self) -> bool:
        """The finger is waited for again."""
        self.tries_again("fingerprint.failed")
        return self.on("fingerprint.taking.place", "fingerprint.comparing.place")


class WaitingForFinger(SensorPage):
    """No finger was laid down yet. Every sixth pull in a row leads to the page of the failure."""

    name = "fingerprint.taking.place"
    share = 4


class FingerOnGlass(SensorPage):
    """Pulled at any moment while a picture is taken, sent, judged; what was taken stays."""

    name = "fingerprint.taking.lift"
    share = 3

    def pull(self) -> None:
        """With the finger on it, for a while that the dice say."""
        self.sensor.put_finger(self.dice.choice(_pictures()))
        self.rest(0.6)
        self.sensor.pull()
        self.sensor.lift_finger()

    def troubled(self) -> bool:
        """As ever; or the third picture was there already, and the other hand is next."""
        return super().troubled() or self.on("fingerprint.choose-finger.left")

    def serves(self) -> bool:
        """As ever; or the other hand."""
        return super().serves() or self.on("fingerprint.choose-finger.left")

    def settle(self) -> None:
        """Back to the right hand."""
        if self.on("fingerprint.choose-finger.left"):
            self.go("back", "fingerprint.choose-finger.right")
            walks.to_place(self.person)


class BeforeFinger(SensorPage):
    """Pulled while the person still chooses which finger, and touched all the same."""

    name = "fingerprint.choose-finger"
    share = 2

    def arrive(self) -> None:
        """The choice of the finger."""
        walks.to_choose_finger(self.stage)

    def pull(self) -> None:
        """The plug; then a finger is chosen."""
        self.sensor.pull()
        self.rest(0.5)
        self.person.touch("option.index")

    def settle(self) -> None:
        """Back to the choice."""
        self.go("back", "fingerprint.choose-finger.right")


class Comparing(SensorPage):
    """Pulled while a finger is waited for that is to be compared."""

    name = "fingerprint.comparing.place"
    share = 2

    def arrive(self) -> None:
        """Both fingers taken, one is tried."""
        walks.to_finger_review(self.stage)
        self.go("option.compare", "fingerprint.comparing.place")


class ReviewOfFingers(SensorPage):
    """Pulled on the review; what was taken stays, and the trial waits for the sensor."""

    name = "fingerprint.review"

    def arrive(self) -> None:
        """Both fingers taken."""
        walks.to_finger_review(self.stage)

    def pull(self) -> None:
        """The plug; then the trial is asked for."""
        self.sensor.pull()
        self.rest(0.5)
        self.person.touch("option.compare")

    def settle(self) -> None:
        """Back to the review."""
        self.go("back", "fingerprint.review")


PAGES = (WaitingForFinger, FingerOnGlass, BeforeFinger, Comparing, ReviewOfFingers)
