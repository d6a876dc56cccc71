"""Inside a virtual machine: our camera on the kernel's own V4L2 test driver, vivid.

The driver is taken from its device and given back at run time, which is what the kernel sees of a
plug that is pulled; it also drops every picture on demand, which is a camera that hangs.

Arguments: how often the camera is pulled, and `short` or `whole`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hw.camera.camera import CameraPatience, ChildCamera
from hw.camera.wire import CameraSettings
from hw.pictures import Frame
from tests.vm.machine import report

DRIVER = Path("/sys/bus/platform/drivers/vivid")
DEVICE = "vivid.0"
SIZE = 320, 180
_PATIENCE = CameraPatience(opening=30.0, first=15.0, start=60.0)
"""An emulated processor takes its time to start a program."""
BARS = 8


def main() -> None:
    """Show all, or in short what matters most."""
    pulls, whole = int(sys.argv[1]), sys.argv[2] == "whole"
    report("begun", seconds=_uptime())
    camera = ChildCamera(CameraSettings("v4l2:vivid", *SIZE, rate=10), patience=_PATIENCE)
    look = camera.look()
    report("looked", trouble=look.code if look else None)
    began = time.monotonic()
    trouble = camera.start()
    report(
        "started",
        trouble=trouble.code if trouble else None,
        seconds=time.monotonic() - began,
        model=camera.model,
    )
    _plain()
    _tell_picture("picture", camera)
    report("rate", rate=camera.statistics().rate)
    if whole:
        _second_user()
    for _ in range(pulls):
        _fault("pulled", camera, lambda: _drive("unbind"), lambda: _drive("bind"))
        _tell_picture("picture", camera)
    _fault("frozen", camera, lambda: _drop(100), lambda: _drop(0))
    camera.stop()
    report("stopped", shows=camera.latest() is not None)
    if whole:
        _turned()
    report("ended", seconds=_uptime())


def bars(frame: Frame) -> list[tuple[int, ...]]:
    """The colours in the middle of the eight bars, below the driver's text."""
    row = frame.height * 3 // 4 * frame.width
    middles = [(2 * each + 1) * frame.width // (2 * BARS) for each in range(BARS)]
    return [tuple(frame.pixels[(row + at) * 3 : (row + at) * 3 + 3]) for at in middles]


def columns(frame: Frame) -> list[tuple[int, ...]]:
    """As `bars`, of a picture that lies on its side."""
    column = frame.width // 4
    middles = [(2 * each + 1) * frame.height // (2 * BARS) for each in range(BARS)]
    starts = [(at * frame.width + column) * 3 for at in middles]
    return [tuple(frame.pixels[start : start + 3]) for start in starts]


def _fault(
    name: str, camera: ChildCamera, harm: Callable[[], None], mend: Callable[[], None]
) -> None:
    """Do harm, wait until it is noticed, mend it, wait until pictures come again."""
    before = time.monotonic()
    harm()
    noticed = _until(lambda: camera.trouble() is not None, 30)
    trouble = camera.trouble()
    noticed_after = time.monotonic() - before
    time.sleep(1)
    count = camera.statistics().pictures
    before = time.monotonic()
    mend()
    back = _until(lambda: camera.statistics().pictures > count + 2, 60)
    report(
        name,
        code=trouble.code if trouble else None,
        details=trouble.details if trouble else (),
        noticed=noticed,
        noticed_after=noticed_after,
        back=back,
        back_after=time.monotonic() - before,
        children=camera.statistics().children,
    )


def _tell_picture(step: str, camera: ChildCamera) -> None:
    _pass(camera)
    frame = camera.latest()
    grey = camera.latest_grey()
    if frame is None or grey is None:
        report(step, width=0)
        return
    report(
        step,
        width=frame.width,
        height=frame.height,
        bars=bars(frame),
        grey=len(grey.pixels),
    )


def _second_user() -> None:
    """Another program that wants the same camera is told so."""
    second = ChildCamera(CameraSettings("v4l2:/dev/video0", *SIZE), patience=_PATIENCE)
    trouble = second.start()
    second.stop()
    report("second", trouble=trouble.code if trouble else None)


def _turned() -> None:
    """The same bars from top to bottom."""
    settings = CameraSettings("v4l2:", SIZE[1], SIZE[0], rate=10, turned=90)
    camera = ChildCamera(settings, patience=_PATIENCE)
    camera.start()
    _pass(camera)
    frame = camera.latest()
    camera.stop()
    if frame is None:
        report("turned", width=0)
        return
    report("turned", width=frame.width, height=frame.height, bars=columns(frame))


def _pass(camera: ChildCamera) -> None:
    """Let what was under way before go by."""
    count = camera.statistics().pictures
    _until(lambda: camera.statistics().pictures > count + 5, 10)


def _drive(verb: str) -> None:
    (DRIVER / verb).write_text(DEVICE)
    if verb == "bind":
        _plain()


def _plain() -> None:
    """Have the driver write no text over its bars."""
    _set("osd_text_mode", 2)


def _drop(percentage: int) -> None:
    _set("percentage_of_dropped_buffers", percentage)


def _set(control: str, value: int) -> None:
    subprocess.run(
        ["v4l2-ctl", "-d", "/dev/video0", "-c", f"{control}={value}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for it; whether it came."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _uptime() -> float:
    return float(Path("/proc/uptime").read_text().split()[0])


if __name__ == "__main__":
    main()
