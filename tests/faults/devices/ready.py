"""Clerks and installers see each device go and come, on the list and while it is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from tests.faults.devices.page import Page
from tests.workbench import walks
from tests.workbench.stage import Stage

_LIST = "readiness.devices"
_SERVING = frozenset({"working", "degraded"})


@dataclass(frozen=True, slots=True)
class Plug:
    """How a device is pulled and returned where nobody uses it."""

    pull: Callable[[Stage], None]
    give_back: Callable[[Stage], None]


def _sensor(stage: Stage, *, there: bool) -> None:
    if stage.sensor is None:
        raise ValueError("the stage has no sensor")
    if there:
        stage.sensor.plug()
    else:
        stage.sensor.pull()


PLUGS = {
    "fingerprint": Plug(
        lambda stage: _sensor(stage, there=False), lambda stage: _sensor(stage, there=True)
    ),
    "camera": Plug(lambda stage: stage.camera.go_away(), lambda stage: stage.camera.come_back()),
    "card-reader": Plug(lambda stage: stage.reader.unplug(), lambda stage: stage.reader.plug()),
    "slip-printer": Plug(
        lambda stage: stage.slip_printer.switch_off(), lambda stage: stage.slip_printer.switch_on()
    ),
    "page-printer": Plug(
        lambda stage: stage.page_printer.go_away(), lambda stage: stage.page_printer.come_back()
    ),
}


class ListOfDevices(Page):
    """The list says that it is away, and that it works again; all others work all the time."""

    name = "readiness.devices"
    role = "installer"
    kind: ClassVar[str]

    def arrive(self) -> None:
        """The first page; every device is known."""
        self.person.wait_for(_LIST)
        self.wait_until(lambda: self.state() in _SERVING, "a working device")

    def state(self) -> str:
        """How the page says that it stands."""
        return str(self.person.ask("devices").get(self.kind, ""))

    def pull(self) -> None:
        """As each device is."""
        PLUGS[self.kind].pull(self.stage)

    def give_back(self) -> None:
        """As each device is."""
        PLUGS[self.kind].give_back(self.stage)

    def troubled(self) -> bool:
        """It is being mended, or away; nothing is the matter with the others."""
        told = dict(self.person.ask("devices"))
        if told.pop(self.kind, "") in _SERVING:
            return False
        others = {kind: told.get(kind, "") for kind in PLUGS if kind != self.kind}
        return all(state in _SERVING for state in others.values())

    def serves(self) -> bool:
        """It works."""
        return self.state() in _SERVING


class DeviceTest(ListOfDevices):
    """It goes while it is tested; the test says so, or waits, and passes when it is back."""

    name = "readiness.testing"

    def arrive(self) -> None:
        """The page of the device."""
        super().arrive()
        self.person.touch(f"device.{self.kind}")
        self.person.wait_for("readiness.device")

    def pull(self) -> None:
        """The test is asked for; then it goes."""
        self.stage.camera.show(walks.WALL)
        self.person.touch("option.test")
        self.rest(0.4)
        super().pull()

    def troubled(self) -> bool:
        """The test still waits and can be stopped, or it is over."""
        return self.on("readiness.testing", "readiness.judging", "readiness.device")

    def give_back(self) -> None:
        """And what the test asks for is given."""
        self.stage.camera.show(walks.held_sheet())
        super().give_back()
        if self.kind == "card-reader" and not self.stage.reader.occupied:
            self.stage.reader.insert(walks.health_card())

    def serves(self) -> bool:
        """The device works by what the page says, and its test can be run again."""
        if self.on("readiness.testing"):
            self.tries_again("readiness.testing", button="refuse")
        if self.on("readiness.judging"):
            self.person.touch("refuse", seconds=2)
            return False
        return self.on("readiness.device") and self.state() in _SERVING

    def settle(self) -> None:
        """The next card has to be put in."""
        self.stage.reader.remove()


def pages(kind: str) -> tuple[type[ListOfDevices], ...]:
    """The pages of readiness for a device."""
    return tuple(
        type(f"{page.__name__}Of{kind}", (page,), {"kind": kind})
        for page in (ListOfDevices, DeviceTest)
    )
