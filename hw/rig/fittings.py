"""Devices out of what the settings say of them."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from hw.camera.camera import ChildCamera
from hw.camera.wire import CameraSettings
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.taking import FingerTaking
from hw.fingerprint.uru4000_source import Uru4000Source
from hw.ports import Printer
from hw.printer.page_printer import page_printer
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address as parse_slip_address

_NETWORK_CAMERAS: Final = frozenset({"http", "https"})
_LOCAL_CAMERAS: Final = frozenset({"v4l2", "picamera2"})


def slip_printer_at(address: str) -> Printer | None:
    """The thermal printer at an address; None where the address is empty.

    Raises:
        ValueError: it cannot be an address.
    """
    if not address:
        return None
    place = parse_slip_address(address)
    if not address.startswith("/"):
        _check_place(address)
    elif address.endswith("/"):
        raise ValueError("a folder is no printer's device file")
    return ThermalPrinter(place)


def page_printer_at(address: str) -> Printer | None:
    """The page printer at an address; None where the address is empty.

    Raises:
        ValueError: it cannot be an address.
    """
    if not address:
        return None
    printer = page_printer(address)
    _check_place(address)
    return printer


def camera_of(settings: CameraSettings | None) -> ChildCamera | None:
    """The camera; None where the station has none.

    Raises:
        ValueError: its address is none of those that `CameraSettings` tells.
    """
    if settings is None:
        return None
    scheme, _, rest = settings.address.partition(":")
    if scheme in _NETWORK_CAMERAS:
        parts = urlsplit(settings.address)
        _check_host(parts.hostname, parts.port)
    elif scheme not in _LOCAL_CAMERAS or not settings.address.startswith(f"{scheme}:"):
        raise ValueError("a camera's address is v4l2:, picamera2:, http://... or https://...")
    elif scheme == "picamera2" and rest and not (rest.isascii() and rest.isdecimal()):
        raise ValueError("a camera of the board is picamera2: or its number behind that")
    elif rest.startswith("/") and (
        not rest.startswith("/dev/") or ".." in PurePosixPath(rest).parts
    ):
        raise ValueError("a camera's device file lies below /dev")
    return ChildCamera(settings)


def sensor_of(way: str) -> FingerTaking | None:
    """The fingerprint sensor; None where the station has none.

    Raises:
        ValueError: none of the ways of `hw.rig.settings.SENSORS`.
    """
    match way:
        case "":
            return None
        case "uru4000":
            return FingerTaking(Uru4000Source(os.environ), LibfprintMatcher())
        case "libfprint":
            return FingerTaking(LibfprintSource(environment=os.environ), LibfprintMatcher())
        case _:
            raise ValueError("no such way to a fingerprint sensor")


def _check_place(address: str) -> None:
    """Refuse an address that no name service would take, or with more than its way knows.

    Raises:
        ValueError: see above; `UnicodeError`, for names, is one.
    """
    scheme, _, rest = address.partition("://")
    parts = urlsplit(address)
    if "#" in address or (scheme == "tcp" and "@" in parts.netloc):
        raise ValueError("there is more in the address than its way knows")
    if scheme == "cups":  # what stands before the host is a queue
        _, at, server = rest.partition("@")
        if not at:
            return
        parts = urlsplit(f"//{server}")
    _check_host(parts.hostname, parts.port)


def _check_host(host: str | None, port: int | None) -> None:
    if not host or port == 0:
        raise ValueError("a host is missing, or its port is 0")
    host.encode("idna")
