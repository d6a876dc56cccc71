"""The scanner: whole scans through the real decoders' process, and what ends them."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from hw.camera.barcodes import CameraScanner
from hw.camera.decoder import Decoder, Look
from hw.camera.decoder_wire import Aid, aids_for
from hw.errors import DeviceTrouble, TroubleKind
from hw.pictures import BarcodeReading, Frame, PixelFormat, Symbology
from kiosk.flows.scanned import codice_fiscale_in, registration_number_in
from sync.model.registration_number import issue
from tests.emulated.codes import drawing
from tests.emulated.codes.degraded import CONDITIONS, Condition, degraded_set, seen
from tests.unit.hw.camera.cameras import ShowingCamera

CF, OTHER_CF = "RSSMRA80A01H501U", "MRTMRA83T56A269B"
NUMBER = issue(17, 4711).text
BARS = frozenset({Symbology.CODE_39})
ALL = frozenset({Symbology.CODE_39, Symbology.QR, Symbology.PDF_417})
CLEAN = CONDITIONS[0]
WALL = Frame(1280, 720, PixelFormat.GREY, b"\x60" * (1280 * 720), 0, 0.0)
CRASHES = (sys.executable, "-c", "import os, sys; sys.stdin.buffer.read(4); os.abort()")
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")
NO_ZBAR = """
import ctypes.util
found = ctypes.util.find_library
ctypes.util.find_library = lambda name: None if name == "zbar" else found(name)
"""
TALKS_NONSENSE = (
    sys.executable,
    "-c",
    "import os, sys; sys.stdin.buffer.read(4); os.write(1, b'\\0\\0\\0\\x09' + b'x' * 9)",
)


def card(text: str = CF, condition: Condition = CLEAN) -> Frame:
    return seen(drawing.code_39(text, narrow=8, tall=50), 2.1, condition)


def is_codice_fiscale(text: str) -> bool:
    return codice_fiscale_in(text) is not None


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    made = Decoder(hangs_after=30.0)
    yield made
    made.close()


def scanner(camera: ShowingCamera, decoder: Decoder, seconds: float = 30.0) -> CameraScanner:
    return CameraScanner(camera, seconds=seconds, away_seconds=0.2, decoder=decoder)


def test_a_card_is_read_upright_and_askew_and_the_camera_is_let_go(decoder: Decoder) -> None:
    for turned in (0, 30):
        camera = ShowingCamera(WALL, card(condition=Condition("held", turned=turned)))
        reading = scanner(camera, decoder).scan(BARS, is_codice_fiscale)
        assert reading == BarcodeReading(CF, Symbology.CODE_39, 3)
        assert (camera.starts, camera.running) == (1, False)


def test_each_kind_of_code_is_read(decoder: Decoder) -> None:
    pictures = {
        Symbology.QR: drawing.qr("SPT1:" + "HELLO WORLD " * 9, module=8),
        Symbology.PDF_417: drawing.pdf_417("HELLO WORLD", module=8),
        Symbology.CODE_39: drawing.code_39(NUMBER, narrow=8, tall=50),
    }
    for symbology, picture in pictures.items():
        camera = ShowingCamera(seen(picture, 3.0, CLEAN))
        reading = scanner(camera, decoder).scan(ALL, lambda _text: True)
        assert isinstance(reading, BarcodeReading)
        assert reading.symbology is symbology
        if symbology is Symbology.CODE_39:
            assert registration_number_in(reading.text) == NUMBER


def test_colour_pictures_and_large_ones_are_read(decoder: Decoder) -> None:
    grey = Image.frombytes("L", (1280, 720), card().pixels)
    colours = Frame(1280, 720, PixelFormat.RGB, grey.convert("RGB").tobytes(), 0, 0.0)
    large = Image.new("L", (4096, 3072), 70)
    large.paste(grey.resize((3840, 2160)), (100, 100))
    big = Frame(4096, 3072, PixelFormat.GREY, large.tobytes(), 0, 0.0)
    for frame in (colours, big):
        look = decoder.look(frame, BARS, [Aid.NONE])
        assert isinstance(look, Look)
        assert look.codes == ((Symbology.CODE_39, CF),)


def test_without_libzbar_the_other_library_goes_on_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_ZBAR, encoding="ascii")
    path = f"PYTHONPATH={tmp_path}"
    alone = Decoder(("env", path, sys.executable, "-m", "hw.camera.decoder_worker"))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            look = alone.look(card(), BARS, [Aid.NONE])
            assert isinstance(look, Look)
            assert look.codes == ((Symbology.CODE_39, CF),)
            look = alone.look(WALL, BARS, [Aid.ZBAR])
            assert isinstance(look, Look)
            assert look.codes == ()
    alone.close()
    assert [each.message for each in caplog.records if "ZBar" in each.message] == [
        "codes are decoded without ZBar: libzbar0 is missing"
    ]


def test_a_code_with_a_wrong_check_character_never_counts(decoder: Decoder) -> None:
    camera = ShowingCamera(card("RSSMRA80A01H501V"))
    outcome = scanner(camera, decoder, 1.0).scan(BARS, is_codice_fiscale)
    assert outcome == DeviceTrouble(TroubleKind.REFUSED, "barcode.other-code")


def test_two_cards_in_turns_count_for_nobody(decoder: Decoder) -> None:
    camera = ShowingCamera(card(CF), card(OTHER_CF))
    outcome = scanner(camera, decoder, 1.0).scan(BARS, is_codice_fiscale)
    assert outcome == DeviceTrouble(TroubleKind.REFUSED, "barcode.several")


def test_a_wall_shows_no_code(decoder: Decoder) -> None:
    outcome = scanner(ShowingCamera(WALL), decoder, 0.5).scan(BARS, is_codice_fiscale)
    assert outcome == DeviceTrouble(TroubleKind.ABSENT, "barcode.none-found")


def test_a_camera_that_cannot_be_opened_says_so_and_is_let_go(decoder: Decoder) -> None:
    trouble = DeviceTrouble(TroubleKind.ABSENT, "camera.absent")
    camera = ShowingCamera(refuses=trouble)
    assert scanner(camera, decoder).scan(BARS, is_codice_fiscale) is trouble
    assert not camera.running


def test_a_camera_that_goes_away_is_waited_for_and_then_told(decoder: Decoder) -> None:
    gone = DeviceTrouble(TroubleKind.REMOVED, "camera.removed")
    camera = ShowingCamera(card())
    camera.away = gone
    assert scanner(camera, decoder).scan(BARS, is_codice_fiscale) is gone
    comes_back = threading.Timer(0.1, setattr, (camera, "away", None))
    comes_back.start()
    patient = CameraScanner(camera, seconds=30, away_seconds=20, decoder=decoder)
    assert isinstance(patient.scan(BARS, is_codice_fiscale), BarcodeReading)
    comes_back.join()


def test_an_abandoned_scan_ends_at_once_and_the_next_one_reads(decoder: Decoder) -> None:
    camera = ShowingCamera(WALL)
    whole = scanner(camera, decoder)
    camera.asked = lambda number: whole.abandon() if number == 2 else None
    began = time.monotonic()
    outcome = whole.scan(BARS, is_codice_fiscale)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "barcode.abandoned"
    assert time.monotonic() - began < 5
    camera.asked = lambda _number: None
    camera.pictures = (card(),)
    assert isinstance(whole.scan(BARS, is_codice_fiscale), BarcodeReading)


@pytest.mark.parametrize("command", [CRASHES, HANGS, TALKS_NONSENSE, ("/nowhere/at/all",)])
def test_decoders_that_crash_hang_or_lie_end_the_scan_with_a_code(command: tuple[str, ...]) -> None:
    broken = Decoder(command, hangs_after=0.1)
    camera = ShowingCamera(WALL)
    outcome = scanner(camera, broken).scan(BARS, is_codice_fiscale)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "barcode.decoder-failed"
    assert not camera.running
    broken.close()


def test_a_scan_survives_the_death_of_the_decoders(decoder: Decoder) -> None:
    camera = ShowingCamera(card())

    def kill(number: int) -> None:
        child = decoder._child
        if number in {1, 4} and child is not None:
            child.strike()

    camera.asked = kill
    reading = scanner(camera, decoder).scan(BARS, is_codice_fiscale)
    assert isinstance(reading, BarcodeReading)


def test_a_hanging_decoder_does_not_hold_up_who_abandons() -> None:
    hanging = Decoder(HANGS, hangs_after=30.0)
    whole = scanner(ShowingCamera(WALL), hanging)
    threading.Timer(0.2, whole.abandon).start()
    began = time.monotonic()
    outcome = whole.scan(BARS, is_codice_fiscale)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "barcode.abandoned"
    assert time.monotonic() - began < 2
    whole.close()


def test_nothing_stays_open(decoder: Decoder) -> None:
    del decoder
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        one = Decoder()
        one.look(WALL, BARS, [Aid.NONE])
        one.close()
        one.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_part_of_the_degraded_set_is_read_and_nothing_wrongly(decoder: Decoder) -> None:
    """One picture of each kind in each condition; the benchmark looks at all."""
    right = 0
    for picture in degraded_set((3,)):
        look = decoder.look(picture.frame, ALL, list(aids_for(ALL)))
        assert isinstance(look, Look)
        assert set(look.codes) <= {(picture.symbology, picture.text)}, picture.condition
        right += bool(look.codes)
    assert right >= 28


def test_a_camera_that_counts_anew_is_followed_and_one_picture_counts_once(
    decoder: Decoder,
) -> None:
    picture = card()

    class Restarted(ShowingCamera):
        """Stays at one picture, then counts from 0 again, as after a new opening."""

        def latest(self, after: int = -1) -> Frame | None:
            asked = next(self._numbers)
            number, taken_at = (500, 1.0) if asked < 20 else (asked - 20, 2.0 + asked)
            frame = Frame(1280, 720, PixelFormat.GREY, picture.pixels, number, taken_at)
            return frame if number > after else None

    reading = scanner(Restarted(picture), decoder).scan(BARS, is_codice_fiscale)
    assert reading == BarcodeReading(CF, Symbology.CODE_39, 3)
    stuck = Frame(1280, 720, PixelFormat.GREY, picture.pixels, 0, 1.0)

    class Stuck(ShowingCamera):
        """Shows one picture for ever."""

        def latest(self, after: int = -1) -> Frame | None:
            return stuck if after < 0 else None

    outcome = scanner(Stuck(picture), decoder, 1.5).scan(BARS, is_codice_fiscale)
    assert isinstance(outcome, DeviceTrouble)


def test_no_representation_shows_what_a_code_says() -> None:
    look = Look(((Symbology.CODE_39, CF),), 0)
    assert CF not in repr(look)
    assert CF not in repr(BarcodeReading(CF, Symbology.CODE_39, 3))
