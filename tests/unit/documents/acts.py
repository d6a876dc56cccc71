"""Receipts of acts: identifications of invented people, and reports of a station's devices."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kiosk.flows.receipt import ActReceipt
from sync.model.dates import PartialDate
from sync.model.identification import (
    DocumentSeen,
    Excuse,
    Finger,
    FingerEntry,
    Hand,
    Identification,
    SeenKind,
    Way,
)
from sync.model.readiness import DeviceChecked, DeviceKind, DeviceState, ReadinessReport
from tests.unit.documents.samples import OFFICE, RECORDED_AT

OPERATION_ID = UUID("0195b3a0-0000-7000-8000-0000a1b2c3d4")

ALL_WELL = tuple(
    DeviceChecked(kind, DeviceState.WORKING, f"Example {kind.value}", None, True, True)  # noqa: FBT003 - tested, passed
    for kind in DeviceKind
)
MIXED = (
    DeviceChecked(
        DeviceKind.CARD_READER, DeviceState.WORKING, "Example Reader", tested=True, passed=True
    ),
    DeviceChecked(
        DeviceKind.FINGERPRINT,
        DeviceState.WORKING,
        "Example Sensor (05ba:000a)",
        "card.removed",
        tested=True,
        passed=True,
        milliseconds_to_service=3420,
    ),
    DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, "Example Camera"),
    DeviceChecked(
        DeviceKind.PAGE_PRINTER,
        DeviceState.AWAY,
        "Example Printer",
        "printer.unreachable",
        tested=True,
    ),
    DeviceChecked(DeviceKind.SLIP_PRINTER, DeviceState.DEGRADED, "Example Slips"),
    DeviceChecked(DeviceKind.SPEAKER, DeviceState.NOT_FITTED),
)


def report_of(devices: tuple[DeviceChecked, ...] = MIXED, *, language: str = "it") -> ActReceipt:
    report = ReadinessReport(OFFICE.name, "installer", "0.4.0", date(2026, 3, 3), devices)
    return ActReceipt(
        OPERATION_ID, RECORDED_AT, OFFICE.station, OFFICE.name, language=language, act=report
    )


def identification_of(way: Way = Way.FINGERPRINTS, *, language: str = "it") -> ActReceipt:
    fingers = (
        FingerEntry(Hand.RIGHT, Finger.INDEX, b"FP3 template", "libfprint.fp3", 80),
        FingerEntry(Hand.LEFT, Finger.INDEX, excused=Excuse.BANDAGED),
    )
    act = Identification(
        "RSSMRA50A41L219X",
        "Rossi",
        "Maria",
        PartialDate(1950, 1, 1),
        DocumentSeen(
            SeenKind.IDENTITY_CARD, "sound", ("genuine", "unaltered", "not-cloned", "in-date")
        ),
        way,
        fingers if way is Way.FINGERPRINTS else (),
    )
    return ActReceipt(
        OPERATION_ID, RECORDED_AT, OFFICE.station, OFFICE.name, language=language, act=act
    )
