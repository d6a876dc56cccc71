"""Scenes of the demonstration at the sensor and the camera."""

from __future__ import annotations

import time
from pathlib import Path

import zxingcpp
from PIL import Image

from tests.emulated.fingers.impressions import DRY, GOOD
from tests.workbench import walks
from tests.workbench.fingertips import LEFT, RIGHT, give_finger
from tests.workbench.stage import Stage

_SCENE = (1280, 720)
_CODE_PIXELS = 480


def hold_code(stage: Stage, page: Path) -> None:
    """Hold the QR code of a printed page before the camera."""
    with Image.open(page) as opened:
        picture = opened.convert("RGB")
    found = zxingcpp.read_barcodes(picture)
    if not found:
        raise LookupError(f"no code on {page.name}")
    at = found[0].position
    corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
    left, right = min(one.x for one in corners), max(one.x for one in corners)
    top, bottom = min(one.y for one in corners), max(one.y for one in corners)
    margin = (right - left) // 4
    box = (left - margin, top - margin, right + margin, bottom + margin)
    code = picture.crop(box).resize((_CODE_PIXELS, _CODE_PIXELS), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", _SCENE, (150, 150, 150))
    scene.paste(code, ((_SCENE[0] - _CODE_PIXELS) // 2, (_SCENE[1] - _CODE_PIXELS) // 2))
    stage.camera.show(scene)


def confirm_by_fingers(stage: Stage) -> float:
    """From a good verdict to the recorded identification; the sensor is pulled meanwhile.

    Returns:
        Seconds from putting the sensor back until it asked for the finger again.
    """
    person, sensor = stage.person, stage.sensor
    if sensor is None:
        raise LookupError("the station has no sensor")
    walks.from_verdict_to_ways(person)
    walks.from_ways_to_finger(person)
    person.touch("option.index")
    back: list[float] = []

    def pull_once(phase: str) -> None:
        if phase == "lift" and not back:
            sensor.pull()
            person.wait_for("fingerprint.taking.recovering")
            sensor.plug()
            back.append(time.monotonic())
        elif phase == "place" and len(back) == 1:
            back.append(time.monotonic())

    give_finger(person, sensor, RIGHT, kinds=(DRY, GOOD), meanwhile=pull_once)
    person.wait_for("fingerprint.choose-finger.left")
    person.touch("option.index")
    give_finger(person, sensor, LEFT)
    person.wait_for("fingerprint.review")
    person.touch("continue")
    person.wait_for("identification.confirm")
    person.touch("continue")
    person.wait_for("identification.done")
    return back[1] - back[0]
