"""The child process of a camera: `python -m hw.camera.camera_worker`.

It hears one request (`wire.CameraSettings.fields`), then tries to open the camera, publishes its
pictures into the shared memory, says so, and tries again whenever they end. It may crash, hang or
be killed at any instruction, and ends with its parent.

Imports what one source needs only when it is that source: a camera of the board is read by
picamera2, which lives on Debian's interpreter, beside nothing of ours but the standard library.
"""

from __future__ import annotations

import os
import time
from typing import Final

from hw.camera.shared_frames import FrameWriter
from hw.camera.source import Source
from hw.camera.wire import CameraSettings, Failure, Notice, number
from hw.child.serving import Serving

_AGAIN_SECONDS: Final = 0.4


def source_of(settings: CameraSettings) -> Source | Failure:
    """The source that an address means, not opened yet."""
    scheme = settings.address.partition(":")[0]
    try:
        if scheme == "picamera2":
            from hw.camera.picamera import PicameraSource  # noqa: PLC0415 - see above

            return PicameraSource(settings)
        if scheme in {"v4l2", "http", "https"}:
            from hw.camera.video import VideoSource  # noqa: PLC0415 - see above

            return VideoSource(settings)
    except ImportError as error:
        return Failure("camera.software-missing", (error.name or "").replace(".", "-"))
    return Failure("camera.software-missing", "address")


def run(parent: Serving, source: Source, writer: FrameWriter) -> None:
    """Give pictures, until the source cannot be closed any more without ending the process."""
    while True:
        opened = source.open()
        if isinstance(opened, Failure):
            parent.send(opened.fields())
        else:
            parent.send((Notice.OPENED.value, opened.encode()))
            while (failure := source.take(writer)) is None:
                parent.send((Notice.PICTURE.value, number(source.skipped)))
            parent.send(failure.fields())
            if not source.close():
                return
        time.sleep(_AGAIN_SECONDS)


def main() -> None:
    """Hear the request, then `run`."""
    parent = Serving.begin()
    request = parent.take()
    if request is None:
        return
    settings, descriptor = CameraSettings.of(request.fields)
    request.wipe()  # an address may hold a password
    writer = FrameWriter(descriptor)
    source = source_of(settings)
    if isinstance(source, Failure):
        parent.send(source.fields())
        return
    run(parent, source, writer)
    # Not the interpreter's own end: it would wait for, or run into, threads that hang in a driver.
    os._exit(0)


if __name__ == "__main__":
    main()
