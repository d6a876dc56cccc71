"""The rig without a PC/SC service: everything is told, nothing raises, everything closes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def test_a_wrong_address_is_seen_at_once() -> None:
    with pytest.raises(ValueError, match="address"):
        open_rig(RigSettings(page_printer="lpt1:"))


def test_opening_takes_no_time() -> None:
    began = time.monotonic()
    open_rig(RigSettings()).close()
    assert time.monotonic() - began < 1.0
