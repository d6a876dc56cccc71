from __future__ import annotations

from pathlib import Path

import pytest

from hw.camera import v4l2


@pytest.fixture
def machine(tmp_path: Path) -> tuple[Path, Path]:
    devices, listed = tmp_path / "dev", tmp_path / "class"
    devices.mkdir()
    for number, name in ((10, "Document Camera"), (2, "HD Webcam: HD Webcam"), (3, "Gone")):
        (listed / f"video{number}").mkdir(parents=True)
        (listed / f"video{number}" / "name").write_text(name + "\n")
        if name != "Gone":
            (devices / f"video{number}").touch()
    (listed / "v4l-subdev0").mkdir()
    return devices, listed


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("", "HD Webcam: HD Webcam"),
        ("Document", "Document Camera"),
        ("HD Webcam", "HD Webcam: HD Webcam"),
        ("Gone", None),
        ("Other", None),
        ("/dev/video10", "Document Camera"),
        ("/dev/video3", None),
        ("/dev/video1", None),
    ],
)
def test_a_camera_is_known_by_its_name_or_its_path(
    machine: tuple[Path, Path], selector: str, found: str | None
) -> None:
    devices, listed = machine
    assert v4l2.fitted(selector, devices=devices, listed=listed) == found


def test_where_the_kernel_has_no_cameras_there_is_none(tmp_path: Path) -> None:
    assert v4l2.fitted("", devices=tmp_path, listed=tmp_path / "nothing") is None


def test_what_is_no_camera_is_told_as_an_error() -> None:
    assert isinstance(v4l2.chosen("/dev/video99"), FileNotFoundError)
    assert isinstance(v4l2.chosen("/dev/null"), OSError)
    with pytest.raises(OSError, match="ioctl"):
        v4l2.offered("/dev/null", "MJPG", 640, 480)
