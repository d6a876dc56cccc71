"""What libfprint recorded of real sensors: `make setup` fetches it into build/recordings."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from hw.fingerprint.picture_source import FingerPicture

ROOT = Path(__file__).parents[3] / "build" / "recordings" / "usr"
FOLDER = ROOT / "share" / "installed-tests" / "libfprint-2"
PROGRAMS = ROOT / "libexec" / "installed-tests" / "libfprint-2"
SAMPLES = ("arch", "loop-right", "tented_arch", "whorl")
"""Sample prints of NIST, public domain: inked and scanned."""


def picture(file: Path) -> FingerPicture:
    """A picture as libfprint ships it."""
    with Image.open(file) as image:
        grey = image.convert("L")
        return FingerPicture(*grey.size, 500, bytearray(grey.tobytes()))


def sample(name: str) -> FingerPicture:
    """A sample print of NIST."""
    return picture(FOLDER / "prints" / f"{name}.png")


def captured(sensor: str) -> FingerPicture:
    """What libfprint's own driver made of a recording."""
    return picture(FOLDER / sensor / "capture.png")


def replayed(sensor: str) -> tuple[str, ...]:
    """The start of a command line that shows one process that recorded sensor, below libusb."""
    folder = FOLDER / sensor
    described = (folder / "device").read_text().splitlines()
    options: tuple[str, ...] = ()
    packets = next(folder.glob("c*.pcapng"), None)
    if packets is not None:
        path = described[0].removeprefix("P: ").strip()
        options = ("-p", f"/sys{path}={packets}")
    elif (folder / "capture.ioctl").exists():
        node = next(line for line in described if line.startswith("E: DEVNAME="))
        options = ("-i", f"{node.partition('=')[2]}={folder / 'capture.ioctl'}")
    return ("/usr/bin/umockdev-run", "-d", str(folder / "device"), *options, "--")
