"""A camera of the board, read by picamera2 (Raspberry Pi). Child only, on Debian's interpreter.

picamera2 and libcamera's Python come with the board's system and not from PyPI, so this is held
against the real class's signatures only; see ADR 0106.
"""

from __future__ import annotations

import time
from typing import Any, Final

import libcamera
import numpy as np
from picamera2 import Picamera2

from hw.camera.shared_frames import FrameWriter
from hw.camera.wire import CameraSettings, Failure, model_of

_QUARTERS: Final = {0: 0, 90: -1, 180: 0, 270: 1}
"""Quarter turns to the left that are done here; half a turn is done by the sensor."""


class PicameraSource:
    """One camera of the board: `picamera2:` is the first, `picamera2:1` the second."""

    def __init__(self, settings: CameraSettings) -> None:
        """Nothing is opened yet."""
        self._settings = settings
        self._camera: Any = None
        self.skipped = 0

    def open(self) -> str | Failure:
        """Open and start it."""
        selector = self._settings.address.partition(":")[2]
        index = int(selector) if selector.isascii() and selector.isdigit() else 0
        cameras = Picamera2.global_camera_info()
        if index >= len(cameras):
            return Failure("camera.absent")
        try:
            self._camera = Picamera2(index)
            self._camera.configure(self._configuration())
            self._camera.start()
        except (OSError, RuntimeError, IndexError, ValueError) as error:
            return Failure("camera.failed", type(error).__name__)
        return model_of(str(cameras[index].get("Model", "")))

    def take(self, writer: FrameWriter) -> Failure | None:
        """Publish the next picture."""
        try:
            request = self._camera.capture_request()
            taken_at = time.monotonic()
            try:
                rgb = request.make_array("main")
                luma = request.make_array("lores")
            finally:
                request.release()
        except (OSError, RuntimeError) as error:
            return Failure("camera.removed", type(error).__name__)
        height, width = rgb.shape[:2]
        # The luma plane comes first, its rows as long as the sensor's hardware likes them.
        grey = luma[:height, :width]
        rgb, grey = self._turned(rgb), self._turned(grey)
        room = writer.begin(rgb.shape[1], rgb.shape[0])
        room.rgb[:] = np.ascontiguousarray(rgb).reshape(-1).data
        room.grey[:] = np.ascontiguousarray(grey).reshape(-1).data
        writer.publish(taken_at)
        return None

    def close(self) -> bool:
        """Always by the end of the process: libcamera gives a camera back in no other sure way."""
        return False

    def _configuration(self) -> Any:
        """Video in the size that is wanted: colours for the window, luma for decoding."""
        flipped = self._settings.turned == 180
        mirrored = self._settings.mirrored and self._settings.turned in {0, 180}
        return self._camera.create_video_configuration(
            # libcamera names formats from the last byte on: this one is R, G, B in memory.
            main={"size": self._settings.seen, "format": "BGR888"},
            lores={"size": self._settings.seen, "format": "YUV420"},
            transform=libcamera.Transform(hflip=flipped != mirrored, vflip=flipped),
            controls={"FrameRate": self._settings.rate},
            buffer_count=4,
            queue=False,
        )

    def _turned(self, picture: Any) -> Any:
        """What is left to turn and to mirror."""
        quarters = _QUARTERS[self._settings.turned]
        if quarters:
            picture = np.rot90(picture, quarters)
            if self._settings.mirrored:
                picture = np.fliplr(picture)
        return picture
