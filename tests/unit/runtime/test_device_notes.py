"""Trouble of devices is noted for the hub whatever page is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hw.device_health import DeviceHealth, DeviceKind, DeviceState, HealthListener
from hw.errors import DeviceTrouble, TroubleKind
from kiosk.runtime.device_notes import NotedDevices
from sync.edge.window_notes import WindowNotes

READER = DeviceHealth(DeviceKind.CARD_READER, DeviceState.WORKING)
AWAY = DeviceHealth(
    DeviceKind.CARD_READER,
    DeviceState.AWAY,
    trouble=DeviceTrouble(TroubleKind.ABSENT, "reader.absent"),
)
UNFITTED = DeviceHealth(
    DeviceKind.CAMERA,
    DeviceState.NOT_FITTED,
    trouble=DeviceTrouble(TroubleKind.ABSENT, "camera.absent"),
)


@dataclass
class Rig:
    """What the rig does with its one listener."""

    now: DeviceHealth = READER
    listener: HealthListener | None = None
    asked: list[str] = field(default_factory=list)

    def watch_devices(self, listener: HealthListener | None) -> None:
        self.listener = listener
        if listener is not None:
            listener(self.now)

    def tell(self, health: DeviceHealth) -> None:
        self.now = health
        assert self.listener is not None
        self.listener(health)

    def mend_device(self, kind: DeviceKind) -> None:
        self.asked.append(kind.value)

    def read_health_card(self) -> Any:
        self.asked.append("read")
        return DeviceTrouble(TroubleKind.ABSENT, "card.absent")

    def abandon_reading(self) -> None:
        self.asked.append("abandon")


def test_trouble_is_noted_once_and_goes_when_it_is_mended() -> None:
    rig, kept = Rig(), list[WindowNotes]()
    devices = NotedDevices(rig, "0.1.0", kept.append)
    devices.start()
    rig.tell(AWAY)
    rig.tell(AWAY)
    rig.tell(UNFITTED)
    rig.tell(READER)
    assert kept == [
        WindowNotes("0.1.0"),
        WindowNotes("0.1.0", ("reader.absent",)),
        WindowNotes("0.1.0"),
    ]


def test_a_page_hears_how_things_stand_and_every_change_until_it_goes() -> None:
    rig, kept, page = Rig(), list[WindowNotes](), list[DeviceHealth]()
    devices = NotedDevices(rig, "0.1.0", kept.append)
    devices.start()
    devices.watch_devices(page.append)
    rig.tell(AWAY)
    devices.watch_devices(None)
    rig.tell(READER)
    assert page == [READER, AWAY]
    assert kept[-1] == WindowNotes("0.1.0")


def test_everything_else_goes_to_the_rig() -> None:
    rig = Rig()
    devices = NotedDevices(rig, "0.1.0", lambda _notes: None)
    devices.mend_device(DeviceKind.CAMERA)
    devices.read_health_card()
    devices.abandon_reading()
    assert rig.asked == ["camera", "read", "abandon"]
