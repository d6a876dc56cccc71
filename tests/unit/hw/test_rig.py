"""The rig without a PC/SC service: everything is told, nothing raises, everything closes."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hw.camera.wire import CameraSettings
from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, Hand
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.taking import FingerTaking
from hw.paper import Certainty, Delivered
from hw.rig import RigSettings, open_rig
from tests.emulated.printer import EmulatedPrinter

SCRIPT = """
import threading, time
from hw.errors import DeviceTrouble
from hw.rig import RigSettings, open_rig
rig = open_rig(RigSettings(speech=False))
told, first = [], threading.Event()
def listen(event):
    told.append(event)
    first.set()
rig.watch_cards(listen)
first.wait(5)
time.sleep(1.2)
result = rig.read_health_card()
began = time.monotonic()
rig.close()
rig.close()
print([event.code for event in told], result.code, rig.speaker.available, rig.slip_printer)
print(time.monotonic() - began < 2)
"""


def test_without_a_service_the_trouble_is_told_once(tmp_path: Path) -> None:
    """In a process of its own: libpcsclite keeps the first address of its service for good."""
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "['reader.service-absent'] reader.service-absent False None",
        "True",
    ]


def test_printers_are_those_of_the_settings() -> None:
    with EmulatedPrinter() as slips:
        rig = open_rig(RigSettings(slip_printer=slips.address, speech=False))
        assert rig.page_printer is None
        assert rig.slip_printer is not None
        assert rig.slip_printer.deliver(b"slip") == Delivered(4, Certainty.TAKEN)
        rig.close()
    assert slips.jobs[-1] == b"slip"


def test_a_rig_whose_devices_all_hang_closes_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        settings = RigSettings(
            page_printer=f"ipp://{address}/ipp/print",
            slip_printer=f"tcp://{address}",
            camera=CameraSettings(f"http://{address}/"),
            fingerprint="libfprint",
            speech=False,
        )
        rig = open_rig(settings)
        rig.attend()
        ended: list[object] = []
        for printer in (rig.page_printer, rig.slip_printer):
            assert printer is not None
            job = functools.partial(printer.deliver, b"%PDF-1.4 " * 10000)
            threading.Thread(target=lambda job=job: ended.append(job()), daemon=True).start()
        assert rig.barcodes is not None
        scan = functools.partial(rig.barcodes.scan, frozenset(), lambda _text: True)
        threading.Thread(target=lambda: ended.append(scan()), daemon=True).start()
        time.sleep(1)
        began = time.monotonic()
        rig.close()
        assert time.monotonic() - began < 3.5
        until = time.monotonic() + 5
        while len(ended) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(ended) == 3
        assert any(isinstance(each, DeviceTrouble) for each in ended)


def test_a_sensor_whose_library_hangs_keeps_no_rig_from_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs = ("/bin/sh", "-c", "exec sleep 300", "hangs")
    taking = FingerTaking(LibfprintSource(interpreter=hangs), LibfprintMatcher(interpreter=hangs))
    monkeypatch.setattr("hw.rig.sensor_of", lambda _choice: taking)
    rig = open_rig(RigSettings(fingerprint="libfprint", speech=False))
    rig.attend()
    time.sleep(0.5)
    began = time.monotonic()
    rig.close()
    outcome = taking.take(FingerPosition(Hand.LEFT, Finger.THUMB), lambda _progress: None)
    assert time.monotonic() - began < 2.5  # nobody waits for the check of the attendant
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "fingerprint.abandoned"


def test_a_wrong_address_is_seen_at_once() -> None:
    with pytest.raises(ValueError, match="address"):
        open_rig(RigSettings(page_printer="lpt1:"))


def test_opening_takes_no_time() -> None:
    began = time.monotonic()
    open_rig(RigSettings()).close()
    assert time.monotonic() - began < 1.0
