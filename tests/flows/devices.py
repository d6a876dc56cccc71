"""Fingers, codes and devices that a kiosk may meet in flow tests: all invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from kiosk.flows import events as ev
from kiosk.flows.citizen.identity_check import IDENTIFY
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import StationRole
from kiosk.flows.session import Session
from tests.flows.documents import TO_READING, reading
from tests.flows.walking import OFFICE, OPERATION, SESSION, after, choose, fresh

EQUIPPED: Final = replace(OFFICE, identifies=True, takes_fingers=True, scans_codes=True)
BENCH: Final = replace(EQUIPPED, role=StationRole.INSTALLER, software="1.2.3")
NEXT: Final = UUID(int=3)
RECORDED_AT: Final = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)

RIGHT_INDEX: Final = FingerPosition(Hand.RIGHT, Finger.INDEX)
LEFT_INDEX: Final = FingerPosition(Hand.LEFT, Finger.INDEX)
MARK_BYTES: Final = b"FP3 Zyxwv-minutiae"


def template(position: FingerPosition = RIGHT_INDEX, data: bytes = MARK_BYTES) -> FingerTemplate:
    """What was taken of a finger; no two fingers have the same."""
    own = f" {position.hand.value} {position.finger.value}".encode() if data else b""
    return FingerTemplate(position, data + own, "libfprint.fp3", 70, 40, 3)


def taken(position: FingerPosition) -> Event:
    """The sensor has taken a finger."""
    return ev.FingerTaken(SESSION, template(position))


RECORDED: Final = ev.ActRecorded(SESSION, OPERATION, NEXT, RECORDED_AT)

TO_WAYS: Final = (
    *TO_READING,
    ev.DocumentRead(SESSION, reading()),
    choose(IDENTIFY),
    ev.Continued(),
)
"""From the welcome page to the ways of an identification."""
TO_RIGHT: Final = (*TO_WAYS, choose("fingerprints"), ev.Continued())
"""On to the choice of a finger of the right hand."""
TO_TAKING: Final = (*TO_RIGHT, choose("index"))
TO_LEFT: Final = (*TO_TAKING, taken(RIGHT_INDEX))
TO_REVIEW: Final = (*TO_LEFT, choose("index"), taken(LEFT_INDEX))
TO_CONFIRM: Final = (*TO_REVIEW, ev.Continued())


def at_ways() -> Session:
    """An identity card was checked, and its holder identifies herself."""
    return after(fresh(EQUIPPED), *TO_WAYS)


def at_taking() -> Session:
    """The right index is waited for."""
    return after(fresh(EQUIPPED), *TO_TAKING)


def at_review() -> Session:
    """Both fingers were taken."""
    return after(fresh(EQUIPPED), *TO_REVIEW)


def at_identified() -> Session:
    """The identification is durable."""
    return after(fresh(EQUIPPED), *TO_CONFIRM, ev.Continued(), RECORDED)


def told(
    kind: DeviceKind, state: DeviceState = DeviceState.WORKING, code: str | None = None
) -> Event:
    """How a device stands."""
    trouble = None if code is None else DeviceTrouble(TroubleKind.ABSENT, code)
    when = None if code is None else RECORDED_AT
    return ev.DeviceTold(
        DeviceHealth(
            kind,
            state,
            model="05ba:000a",
            trouble=trouble,
            last_trouble=trouble,
            last_trouble_at=when,
            faults=1,
            mended=1,
            seconds_to_service=2.5,
        )
    )


def at_bench() -> Session:
    """A station for installers, whose devices all work but one."""
    devices = [told(kind) for kind in DeviceKind if kind is not DeviceKind.CAMERA]
    away = told(DeviceKind.CAMERA, DeviceState.AWAY, "camera.removed")
    return after(fresh(BENCH), ev.TimePassed(1, fresh().today), *devices, away)


def kinds(effects: tuple[Effect, ...]) -> list[type[Effect]]:
    """What was asked for, by its kind."""
    return [type(effect) for effect in effects]
