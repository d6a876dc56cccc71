"""Readiness reports: what a station may say of its devices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw import device_health
from sync.model import operation, readiness
from sync.model.errors import Problem
from sync.model.readiness import (
    DeviceChecked,
    DeviceKind,
    DeviceState,
    ReadinessReport,
    model_text,
)
from sync.wire import canonical
from tests.unit.model.examples import READY, TODAY, reports


def codes(report: ReadinessReport) -> list[tuple[str, str]]:
    return [(found.code, found.field) for found in readiness.problems(report, today=TODAY)]


def test_a_report_of_tested_devices_is_right() -> None:
    assert codes(READY) == []
    assert READY.ready


@pytest.mark.parametrize(
    "device",
    [
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, tested=True),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.DEGRADED, tested=True, passed=True),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.AWAY, last_code="camera.absent"),
    ],
)
def test_a_device_that_was_not_seen_working_is_not_ready(device: DeviceChecked) -> None:
    report = replace(READY, devices=(device,))
    assert codes(report) == []
    assert not report.ready


def test_a_device_that_is_not_fitted_keeps_nobody_waiting() -> None:
    absent = DeviceChecked(DeviceKind.SPEAKER, DeviceState.NOT_FITTED)
    assert replace(READY, devices=(*READY.devices, absent)).ready
    assert not replace(READY, devices=(absent,)).ready


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"office": " Comune"}, "office"),
        ({"office": ""}, "office"),
        ({"role": "Counter"}, "role"),
        ({"role": ""}, "role"),
        ({"software": "1.0 beta"}, "software"),
    ],
)
def test_facts_of_the_station_are_short_and_plain(change: dict[str, str], field: str) -> None:
    assert codes(replace(READY, **change)) == [("readiness.station", field)]  # type: ignore[arg-type] # texts only


def test_each_kind_of_device_stands_there_once_and_in_order() -> None:
    wrong = [("readiness.devices", "devices")]
    assert codes(replace(READY, devices=())) == wrong
    assert codes(replace(READY, devices=READY.devices[::-1])) == wrong
    assert codes(replace(READY, devices=READY.devices + READY.devices[-1:])) == wrong


@pytest.mark.parametrize(
    "device",
    [
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, passed=True),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, model="Càmera"),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, model="x" * 81),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, last_code="camera"),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, last_code=f"camera.{'x' * 60}"),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, milliseconds_to_service=1 << 50),
    ],
)
def test_a_device_that_cannot_be_so_is_refused(device: DeviceChecked) -> None:
    assert codes(replace(READY, devices=(device,))) == [("readiness.device", "devices.0")]


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2099, 1, 1)])
def test_a_wrong_clock_does_not_keep_a_report_back(day: date) -> None:
    assert codes(replace(READY, made_on=day)) == []


@given(st.text(max_size=200))
def test_whatever_a_device_calls_itself_can_be_reported(text: str) -> None:
    device = replace(READY.devices[0], model=model_text(text))
    assert codes(replace(READY, devices=(device,))) == []


def test_kinds_and_states_are_those_of_the_devices() -> None:
    for ours, theirs in (
        (DeviceKind, device_health.DeviceKind),
        (DeviceState, device_health.DeviceState),
    ):
        assert [one.value for one in ours] == [one.value for one in theirs]


@given(reports)
def test_whatever_is_right_comes_back_as_it_was(report: ReadinessReport) -> None:
    assert codes(report) == []
    plain = canonical.decode(canonical.encode(operation.to_plain(report)))
    assert operation.from_plain(operation.READINESS, operation.VERSION, plain) == report


@pytest.mark.parametrize(
    ("key", "value"), [("tested", 1), ("model", None), ("state", "lost"), ("extra", "")]
)
def test_a_wrong_member_is_told_by_its_place(key: str, value: object) -> None:
    plain = operation.to_plain(READY)
    plain["devices"][0][key] = value
    found = operation.from_plain(operation.READINESS, operation.VERSION, plain)
    assert isinstance(found, Problem)
    assert (found.code, found.field) == ("operation.malformed", f"devices.0.{key}")
