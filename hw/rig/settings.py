"""What a station's profile says of its devices."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hw.camera.wire import CameraSettings
from hw.cards.document_reader import DocumentTimes

OPENSC: Final = f"/usr/lib/{platform.machine()}-linux-gnu/opensc-pkcs11.so"
"""OpenSC's PKCS#11 module where Debian's package `opensc-pkcs11` puts it."""
SENSORS: Final = ("uru4000", "libfprint")
"""Ways to a fingerprint sensor: our own driver, or any that libfprint knows."""
RESTARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "pcscd": ("systemctl", "--no-ask-password", "restart", "pcscd.service"),
    "cups": ("systemctl", "--no-ask-password", "restart", "cups.service"),
}
"""How the services behind devices are restarted where the settings say nothing else."""


@dataclass(frozen=True, slots=True)
class RigSettings:
    """Which devices this station has.

    Attributes:
        slip_printer: address of the thermal printer: `tcp://host[:port]`, `/dev/usb/lp*`,
            `/dev/ttyUSB0`; empty for none.
        page_printer: address of the page printer: `ipp://`, `ipps://`, `cups://` or
            `tcp://host[:port]`; empty for none.
        fingerprint: one of `SENSORS`; empty for none.
        camera: which camera; None for none.
        speech: whether the station speaks.
        read_seconds: longest time that reading a card may take.
        document_times: how long an identity document is waited for and read.
        pkcs11_module: path of the PKCS#11 module for PINs and signatures of cards.
        site_key: secret under which this site hashes services numbers; empty for none.
        restarts: commands that restart services, by name; one that is missing is not restarted.
    """

    slip_printer: str = ""
    page_printer: str = ""
    fingerprint: str = ""
    camera: CameraSettings | None = None
    speech: bool = True
    read_seconds: float = 3.0
    document_times: DocumentTimes = field(default_factory=DocumentTimes)
    pkcs11_module: str = OPENSC
    site_key: bytes = field(default=b"", repr=False)
    restarts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: RESTARTS)
