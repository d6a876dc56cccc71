from __future__ import annotations

import pytest

from hw.camera.wire import (
    TROUBLES,
    CameraSettings,
    Failure,
    model_of,
    number,
    number_of,
    trouble_of,
)
from hw.child.frames import Broken


def test_settings_travel_whole() -> None:
    told = CameraSettings("v4l2:HD Webcam", 1920, 1080, 25, turned=270, mirrored=True)
    assert CameraSettings.of(told.fields(7)) == (told, 7)
    assert told.seen == (1080, 1920)
    assert CameraSettings("v4l2:").seen == (1280, 720)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"height": 5000}, {"rate": 0}, {"rate": 500}, {"turned": 45}]
)
def test_pictures_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="pictures"):
        CameraSettings("v4l2:", **wrong)  # type: ignore[arg-type]  # by name


def test_the_address_is_not_shown() -> None:
    assert "s3cret" not in repr(CameraSettings("http://office:s3cret@10.0.0.9/"))


@pytest.mark.parametrize("code", TROUBLES)
def test_each_trouble_is_told_with_its_kind(code: str) -> None:
    _, *fields = Failure(code, "ENODEV").fields()
    trouble = trouble_of([bytes(field) for field in fields])
    assert (trouble.kind, trouble.code) == (TROUBLES[code], code)
    assert trouble.details == (("reason", "ENODEV"),)


@pytest.mark.parametrize(
    "fields", [[], [b"camera.absent"], [b"card.removed", b""], [b"\xff\xff", b""], [b"", b"", b""]]
)
def test_trouble_of_others_is_none(fields: list[bytes]) -> None:
    with pytest.raises(Broken):
        trouble_of(fields)


@pytest.mark.parametrize("reason", [b"\x1b[2J", b"a\nb", b"x" * 61, b"\xff", b""])
def test_a_child_writes_nothing_of_its_own_into_the_log(reason: bytes) -> None:
    assert trouble_of([b"camera.failed", reason]).details == ()


def test_numbers_and_names_are_bounded() -> None:
    assert number_of(number(1 << 40)) == 1 << 40
    for wrong in (b"", b"1", b"123456789"):
        with pytest.raises(Broken):
            number_of(wrong)
    assert model_of("HD \x1b[31mWebcam\n" + "x" * 100) == ("HD 31mWebcam" + "x" * 100)[:60]
