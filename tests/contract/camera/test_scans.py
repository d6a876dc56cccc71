"""A scan from a real network camera's stream to the codice fiscale, both child processes included."""

from __future__ import annotations

import threading
import time

from PIL import Image

from hw.camera.barcodes import CameraScanner
from hw.camera.camera import ChildCamera
from hw.camera.decoder import ABANDONED
from hw.camera.wire import CameraSettings
from hw.errors import DeviceTrouble
from hw.pictures import BarcodeReading, Symbology
from kiosk.flows.scanned import codice_fiscale_in
from tests.emulated.camera.mjpeg import EmulatedCamera
from tests.emulated.codes import drawing
from tests.emulated.codes.degraded import CONDITIONS, seen

CF = "RSSMRA80A01H501U"
BARS = frozenset({Symbology.CODE_39})


def card() -> Image.Image:
    frame = seen(drawing.code_39(CF, narrow=8, tall=50), 2.1, CONDITIONS[0])
    return Image.frombytes("L", (frame.width, frame.height), frame.pixels).convert("RGB")


def test_a_driver_that_hangs_while_it_is_opened_keeps_nobody_who_walks_away() -> None:
    hanging = ChildCamera(CameraSettings(address="v4l2:"), command=("/bin/sleep", "300"))
    scanner = CameraScanner(hanging)
    outcomes: list[BarcodeReading | DeviceTrouble] = []
    thread = threading.Thread(target=lambda: outcomes.append(scanner.scan(BARS, lambda _: True)))
    thread.start()
    time.sleep(0.4)
    began = time.monotonic()
    scanner.abandon()
    thread.join(10)
    assert time.monotonic() - began < 1.5
    assert outcomes == [ABANDONED]
    scanner.close()


def test_a_card_is_read_and_a_camera_that_goes_away_meanwhile_is_waited_for() -> None:
    wall = Image.new("RGB", (1280, 720), (96, 96, 96))
    with EmulatedCamera(rate=10) as real:
        real.show(wall)
        scanner = CameraScanner(
            ChildCamera(CameraSettings(address=real.address)), seconds=60, away_seconds=40
        )
        outcomes: list[BarcodeReading | DeviceTrouble] = []

        def scan() -> None:
            outcomes.append(scanner.scan(BARS, lambda text: codice_fiscale_in(text) is not None))

        thread = threading.Thread(target=scan)
        thread.start()
        while scanner.preview.latest() is None:
            assert thread.is_alive()
            time.sleep(0.02)
        real.go_away()
        real.show(card())
        real.come_back()
        thread.join(60)
        scanner.close()
    assert outcomes == [BarcodeReading(CF, Symbology.CODE_39, 3)]
