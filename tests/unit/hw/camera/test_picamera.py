"""Our adapter for picamera2 against the real class's signatures; nothing is shown of a real board.

picamera2 needs libcamera's Python and other modules of a Raspberry Pi, which are stood in for
while it is imported; the class itself is the published one.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, create_autospec

import numpy as np
import pytest

from hw.camera.shared_frames import FrameMemory, FrameReader, FrameWriter
from hw.camera.wire import CameraSettings, Failure
from hw.pictures import PixelFormat

_STRANGERS = (
    "libcamera",
    "pykms",
    "prctl",
    "piexif",
    "simplejpeg",
    "videodev2",
    "tqdm",
    "jsonschema",
    "pidng",
    "pidng.camdefs",
    "pidng.core",
    "OpenEXR",
    "Imath",
    "libarchive",
)
WIDTH, HEIGHT, STRIDE = 64, 48, 96


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The adapter with the real class, checked for its calls, in it."""
    before = dict(sys.modules)
    for name in _STRANGERS:
        monkeypatch.setitem(sys.modules, name, MagicMock(name=name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        module = importlib.import_module("hw.camera.picamera")
    yield module
    for name in set(sys.modules) - set(before):
        if name.split(".")[0] == "picamera2" or name == "hw.camera.picamera":
            del sys.modules[name]


@pytest.fixture
def board(adapter: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The class; its instance gives pictures as `request.py` of picamera2 describes them."""
    fake = create_autospec(adapter.Picamera2)
    fake.global_camera_info.return_value = [{"Model": "imx708_wide", "Num": 0, "Id": "/base/x"}]
    request_type = importlib.import_module("picamera2.request").CompletedRequest
    request = create_autospec(request_type, instance=True)
    rgb = np.arange(WIDTH * HEIGHT * 3, dtype=np.uint32).astype(np.uint8)
    luma = np.zeros((HEIGHT * 3 // 2, STRIDE), np.uint8)
    luma[:HEIGHT, :WIDTH] = 5
    request.make_array.side_effect = {"main": rgb.reshape(HEIGHT, WIDTH, 3), "lores": luma}.get
    fake.return_value.capture_request.return_value = request
    monkeypatch.setattr(adapter, "Picamera2", fake)
    fake.request = request
    return fake


def settings(**more: Any) -> CameraSettings:
    return CameraSettings("picamera2:", WIDTH, HEIGHT, **more)


def test_the_camera_is_opened_and_gives_both_formats(adapter: ModuleType, board: Any) -> None:
    source = adapter.PicameraSource(settings(rate=20))
    assert source.open() == "imx708_wide"
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        assert source.take(writer) is None
        rgb, grey = reader.latest(), reader.latest(-1, PixelFormat.GREY)
        assert rgb is not None
        assert grey is not None
        assert rgb.pixels == bytes(each & 255 for each in range(WIDTH * HEIGHT * 3))
        assert grey.pixels == b"\x05" * WIDTH * HEIGHT
    board.request.release.assert_called_once_with()
    wanted = board.return_value.create_video_configuration.call_args.kwargs
    formats = importlib.import_module("picamera2.formats")
    assert formats.is_RGB(wanted["main"]["format"])
    assert formats.is_YUV(wanted["lores"]["format"])
    assert wanted["controls"] == {"FrameRate": 20}
    assert not source.close()


def test_a_quarter_turn_is_done_here(adapter: ModuleType, board: Any) -> None:
    source = adapter.PicameraSource(CameraSettings("picamera2:0", HEIGHT, WIDTH, turned=90))
    source.open()
    wanted = board.return_value.create_video_configuration.call_args.kwargs
    assert wanted["main"]["size"] == (WIDTH, HEIGHT)
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        source.take(writer)
        frame = reader.latest()
        assert frame is not None
        assert (frame.width, frame.height) == (HEIGHT, WIDTH)
        # What was at the bottom of the left edge is now at its top.
        start = (HEIGHT - 1) * WIDTH * 3
        assert frame.pixels[:3] == bytes(each & 255 for each in range(start, start + 3))


def test_trouble_of_the_board_is_a_value(adapter: ModuleType, board: Any) -> None:
    assert adapter.PicameraSource(CameraSettings("picamera2:1")).open() == Failure("camera.absent")
    board.return_value.configure.side_effect = RuntimeError("camera in use")
    assert adapter.PicameraSource(settings()).open() == Failure("camera.failed", "RuntimeError")
    board.return_value.configure.side_effect = None
    source = adapter.PicameraSource(settings())
    source.open()
    board.return_value.capture_request.side_effect = RuntimeError("timed out")
    with FrameMemory(WIDTH * HEIGHT) as memory:
        failure = source.take(FrameWriter(memory.fileno()))
    assert failure == Failure("camera.removed", "RuntimeError")
