"""Frozen values of cameras: pictures, and the codes that are read in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PixelFormat(Enum):
    """How `Frame.pixels` is laid out, row by row from the top, without padding."""

    GREY = "grey"
    """One byte a pixel."""
    RGB = "rgb"
    """Three bytes a pixel."""


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """One picture of a live source: a camera, or a finger on a sensor.

    The representation shows no pixel.

    Attributes:
        width, height: in pixels.
        format: of `pixels`.
        pixels: the bytes. A camera's are never written again; those of a finger are one buffer,
            which its source fills with zeroes when the picture is to be forgotten: nobody copies
            them but to draw them, and a picture that goes dark while it is drawn does no harm.
        number: counts the source's pictures; never falls within one opening.
        taken_at: seconds of the monotonic clock.
    """

    width: int
    height: int
    format: PixelFormat
    pixels: bytes | bytearray
    number: int
    taken_at: float

    def __repr__(self) -> str:
        return f"Frame({self.width}x{self.height}, number {self.number})"


class Symbology(Enum):
    """Kinds of codes that the kiosk reads."""

    CODE_39 = "code-39"
    QR = "qr"
    PDF_417 = "pdf-417"
    TYPED = "typed"
    """By a hand scanner that types like a keyboard and does not say which kind it was."""


@dataclass(frozen=True, slots=True, repr=False)
class BarcodeReading:
    """A code on which several pictures, or the scanner itself, agree.

    Attributes:
        text: what it says; printable characters only.
        symbology: its kind.
        frames: how many pictures agreed; 0 where it was typed.
    """

    text: str
    symbology: Symbology
    frames: int = 0

    def __repr__(self) -> str:
        return f"BarcodeReading({self.symbology.value})"
