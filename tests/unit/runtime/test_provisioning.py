"""The enrolment as its pages see it, with a hub's office for devices behind them."""

from __future__ import annotations

import contextlib
import queue
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import enrolling
from kiosk.enrolling import is_station, make_or_open_keys, settings_writer
from kiosk.flows.events import Event
from kiosk.flows.installer.effects import AskOn, KeepCode, StartStation, UseCode, UseToken
from kiosk.flows.installer.events import CodeKept, EnrolmentStage, EnrolmentTold
from kiosk.runtime.provisioning import Provisioning, Ways
from kiosk.settings import SettingsError
from sync.edge.enrolment import DeviceKeys, Enrolment
from tests.unit.edge.test_enrolment import posting
from tests.unit.hub.devices import NOW, Agency


class Device:
    """A device whose events are taken one by one."""

    def __init__(self, agency: Agency, folder: Path, ways: Ways | None = None) -> None:
        self.told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.started = False
        self._hub = posting(agency)
        self._calls: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()
        self.work = Provisioning(
            Enrolment(folder, lambda: NOW),
            lambda: make_or_open_keys(folder),
            settings_writer(folder),
            self.told.put,
            ways or Ways(self._reach, "http://hub.example"),
            self.start_station,
        )
        self.work.start()

    def start_station(self) -> None:
        self.started = True

    def _reach(self, address: str, data: bytes) -> bytes | str:
        """The hub's store belongs to the test's thread."""
        self._calls.put((address, data))
        return self._answers.get(timeout=10)

    def settle(self) -> None:
        """Answer what is being asked."""
        for _ in range(20):
            with contextlib.suppress(queue.Empty):
                self._answers.put(self._hub(*self._calls.get(timeout=0.02)))

    def until(self, stage: EnrolmentStage) -> EnrolmentTold:
        for _ in range(1000):
            with contextlib.suppress(queue.Empty):
                self._answers.put(self._hub(*self._calls.get(block=False)))
            try:
                event = self.told.get(timeout=0.01)
            except queue.Empty:
                continue
            if isinstance(event, EnrolmentTold) and event.stage is stage:
                return event
        raise AssertionError(stage)


@pytest.mark.rule("R-004-14")
def test_from_the_qr_code_to_the_station_across_a_restart(tmp_path: Path) -> None:
    agency, folder = Agency.make(tmp_path / "site"), tmp_path / "device"
    token = agency.token(agency.register())
    device = Device(agency, folder)
    device.until(EnrolmentStage.NEEDS_CODE)
    device.work.perform(UseToken(token.to_text()))
    waiting = device.until(EnrolmentStage.WAITING)
    assert waiting.station == token.station
    device.settle()
    device.work.stop()
    again = Device(agency, folder)  # the power was away
    assert again.until(EnrolmentStage.WAITING).check_code == waiting.check_code
    agency.approve(token.station)
    agency.generate()
    again.settle()
    again.work.perform(AskOn())
    assert again.until(EnrolmentStage.READY).station == token.station
    assert is_station(folder)
    again.work.perform(StartStation())
    assert again.started
    again.work.stop()


def test_a_typed_code_is_judged_and_then_used(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    token = agency.token(agency.register())
    device = Device(agency, tmp_path / "device")
    device.until(EnrolmentStage.NEEDS_CODE)
    device.work.perform(KeepCode("ABCD"))
    device.work.perform(UseCode())
    assert device.told.get(timeout=10) == CodeKept(4, "enrolment-code.length")
    device.work.perform(KeepCode(token.password.lower()))
    device.work.perform(UseCode())
    assert device.until(EnrolmentStage.WAITING).station == token.station
    device.settle()
    device.work.stop()


def test_a_hub_that_is_away_and_a_code_that_is_no_code_ask_for_another(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    token = agency.token(agency.register())
    ways = Ways(lambda _address, _data: "enrolment.unreachable")
    device = Device(agency, tmp_path / "device", ways)
    device.until(EnrolmentStage.NEEDS_CODE)
    device.work.perform(UseToken("https://example.org"))
    assert device.until(EnrolmentStage.NEEDS_CODE).code == "enrolment.not-ours"
    device.work.perform(UseToken(token.to_text()))
    assert device.until(EnrolmentStage.NEEDS_CODE).code == "enrolment.unreachable"
    device.work.stop()


def test_settings_that_cannot_be_used_are_told_and_may_be_mended(tmp_path: Path) -> None:
    """The thread goes on: what is mended is found when it asks again."""
    agency, folder = Agency.make(tmp_path / "site"), tmp_path / "device"
    token = agency.token(agency.register())
    device = Device(agency, folder)
    device.until(EnrolmentStage.NEEDS_CODE)
    device.work.perform(UseToken(token.to_text()))
    device.until(EnrolmentStage.WAITING)
    device.settle()
    agency.approve(token.station)
    agency.generate()
    (folder / "station.toml").write_text("[key\nbroken")
    device.work.perform(AskOn())
    assert device.until(EnrolmentStage.WAITING).code == "enrolment.unwritable"
    (folder / "station.toml").unlink()
    device.work.perform(AskOn())
    device.until(EnrolmentStage.READY)
    device.work.stop()


@pytest.mark.parametrize("error", [OSError("gone"), SettingsError("key.store"), ValueError()])
def test_whatever_stops_the_keys_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(_: Path) -> None:
        raise error

    agency, folder = Agency.make(tmp_path / "site"), tmp_path / "device"
    token = agency.token(agency.register())
    device = Device(agency, folder)
    device.until(EnrolmentStage.NEEDS_CODE)
    monkeypatch.setattr(sys.modules[__name__], "make_or_open_keys", fails)
    device.work.perform(UseToken(token.to_text()))
    assert device.until(EnrolmentStage.NEEDS_CODE).code == "enrolment.unwritable"
    monkeypatch.undo()
    device.work.perform(UseToken(token.to_text()))
    device.until(EnrolmentStage.WAITING)
    device.settle()
    device.work.stop()


def test_the_key_store_is_closed_after_every_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = closed = 0

    def counted(folder: Path) -> DeviceKeys | str:
        nonlocal opened
        found = enrolling.make_or_open_keys(folder)
        assert isinstance(found, DeviceKeys)
        opened += 1

        def close() -> None:
            nonlocal closed
            closed += 1
            found.close()

        return replace(found, close=close)

    monkeypatch.setattr(sys.modules[__name__], "make_or_open_keys", counted)
    agency, folder = Agency.make(tmp_path / "site"), tmp_path / "device"
    token = agency.token(agency.register())
    device = Device(agency, folder)
    device.until(EnrolmentStage.NEEDS_CODE)
    device.work.perform(UseToken(token.to_text()))
    device.until(EnrolmentStage.WAITING)
    device.settle()
    agency.approve(token.station)
    agency.generate()
    device.work.perform(AskOn())
    device.until(EnrolmentStage.READY)
    device.work.stop()
    assert opened == closed == 2
