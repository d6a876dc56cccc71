"""Cameras that the kernel knows: Video4Linux2, the Linux kernel's media userspace API."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_QUERYCAP: Final = 0x80685600
"""VIDIOC_QUERYCAP: _IOR('V', 0, struct v4l2_capability)."""
_CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
"""driver, card, bus_info, version, capabilities, device_caps."""
_FORMAT: Final = struct.Struct(f"={struct.calcsize('P')}s48s152x")
"""struct v4l2_format: type, padded to the union's alignment; of the union, struct v4l2_pix_format."""
_PICTURE: Final = struct.Struct("=III36x")
"""width, height, pixelformat."""
_TRY_FMT: Final = 0xC0005640 | _FORMAT.size << 16
"""VIDIOC_TRY_FMT: _IOWR('V', 64, struct v4l2_format)."""
_CAPTURE: Final = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE."""
_VIDEO_CAPTURE: Final = 0x00000001
_STREAMING: Final = 0x04000000
_DEVICE_CAPS: Final = 0x80000000
DEVICES: Final = Path("/dev")
CLASS: Final = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class Node:
    """A device node that gives pictures.

    Attributes:
        path: of the node.
        name: of the device, as its driver tells it.
    """

    path: str
    name: str


def chosen(selector: str) -> Node | OSError | None:
    """The node that an address behind `v4l2:` means.

    Args:
        selector: nothing, a path, or the begin of a name.

    Returns:
        The node; why the one that was named by its path cannot be asked; None where there is none.
    """
    if selector.startswith("/"):
        try:
            return _asked(selector)
        except OSError as error:
            return error
    for path in _paths():
        with contextlib.suppress(OSError):
            node = _asked(path)
            if node is not None and node.name.startswith(selector):
                return node
    return None


def offered(path: str, code: str, width: int, height: int) -> tuple[int, int] | None:
    """The size that a device would give where that size is asked for.

    A driver takes the nearest one that it can do. FFmpeg must be told that one: of what a driver
    changes behind its back it makes broken pictures.

    Args:
        path: of the node.
        code: four letters that name a pixel format of V4L2, `MJPG`; empty: whatever it has.
        width: wanted.
        height: wanted.

    Returns:
        Width and height; None where it has not that format.

    Raises:
        OSError: it cannot be asked.
    """
    pixels = int.from_bytes(code.encode(), "little")
    picture = _PICTURE.pack(width, height, pixels)
    kind = _CAPTURE.to_bytes(4, sys.byteorder)
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(descriptor, _TRY_FMT, _FORMAT.pack(kind, picture))
    except OSError as error:
        if error.errno == errno.EINVAL:  # drivers differ in what they say of a format they lack
            return None
        raise
    finally:
        os.close(descriptor)
    width, height, given = _PICTURE.unpack(_FORMAT.unpack(answer)[1])
    return (width, height) if given == pixels or not code else None


def fitted(selector: str, *, devices: Path = DEVICES, listed: Path = CLASS) -> str | None:
    """The name of the device that an address behind `v4l2:` means, without opening it.

    Args:
        selector: as for `chosen`.
        devices: where device nodes are.
        listed: where sysfs lists them.

    Returns:
        None where the kernel knows none of that name.
    """
    wanted = Path(selector).resolve().name if selector.startswith("/") else None
    for path in sorted(listed.glob("video*"), key=_rank):
        name = ""
        with contextlib.suppress(OSError):
            name = (path / "name").read_text(errors="replace").strip()
        right = name.startswith(selector) if wanted is None else path.name == wanted
        if right and (devices / path.name).exists():
            return name
    return None


def _asked(path: str) -> Node | None:
    """What the driver behind a node says; None where it gives no pictures. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    finally:
        os.close(descriptor)
    _, card, _, _, physical, own = _CAPABILITY.unpack(answer)
    able = own if physical & _DEVICE_CAPS else physical
    if able & (_VIDEO_CAPTURE | _STREAMING) != _VIDEO_CAPTURE | _STREAMING:
        return None
    return Node(path, card.split(b"\0")[0].decode(errors="replace").strip())


def _paths() -> Iterator[str]:
    """Nodes by number, as the kernel gave them."""
    return map(str, sorted(DEVICES.glob("video*"), key=_rank))


def _rank(path: Path) -> tuple[int, str]:
    digits = path.name.removeprefix("video")
    return (int(digits) if digits.isascii() and digits.isdigit() else 1 << 30, path.name)
