"""An invented face, drawn at test time, in the record that EF.DG2 holds.

ISO/IEC 19794-5:2005 (facial record) within CBEFF (ICAO 9303-10 clause 4.7.2). It looks like nobody.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from tests.emulated.cards.emrtd_apdu import tlv

WIDTH, HEIGHT = 360, 480
JPEG, JPEG_2000 = "jpeg", "jp2"
"""Kinds of picture; the CIE holds JPEG 2000."""
_IMAGE_DATA_TYPES = {JPEG: 0, JPEG_2000: 1}


def drawn(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """The face itself: a head, hair, eyes, a nose and a mouth on a plain ground."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (226, 230, 233))
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 380, 340, 620), fill=(44, 74, 110))
    pen.rectangle((145, 320, 215, 410), fill=(214, 170, 140))
    pen.ellipse((80, 60, 280, 300), fill=(66, 44, 30))
    pen.ellipse((92, 95, 268, 350), fill=(228, 186, 154))
    for middle in (140, 220):
        pen.ellipse((middle - 22, 190, middle + 22, 216), fill=(250, 250, 250))
        pen.ellipse((middle - 10, 193, middle + 10, 213), fill=(70, 92, 60))
        pen.ellipse((middle - 4, 199, middle + 4, 207), fill=(12, 12, 12))
        pen.arc((middle - 28, 164, middle + 28, 204), 200, 340, fill=(60, 40, 28), width=6)
    pen.line((180, 205, 168, 258, 186, 262), fill=(190, 140, 112), width=4)
    pen.chord((142, 280, 218, 316), 0, 180, fill=(176, 82, 80))
    return image if (width, height) == image.size else image.resize((width, height))


@cache
def picture(kind: str = JPEG_2000, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The face as a file of that kind, ten to twenty kilobytes at its usual size."""
    out = io.BytesIO()
    if kind == JPEG:
        drawn(width, height).save(out, "JPEG", quality=90)
    else:
        drawn(width, height).save(out, "JPEG2000", quality_mode="rates", quality_layers=[36])
    return out.getvalue()


def facial_record(
    image: bytes, kind: str = JPEG_2000, width: int = WIDTH, height: int = HEIGHT
) -> bytes:
    """One facial record with one image and no feature points."""
    facial_information = (
        (32 + len(image)).to_bytes(4, "big")  # this block, with the image
        + bytes(2)  # feature points
        + bytes(3)  # gender, eye and hair colour: unspecified
        + bytes(3 + 2)  # properties, expression
        + bytes(3 + 3)  # pose and its uncertainty
    )
    image_information = (
        b"\x01"  # full frontal
        + bytes([_IMAGE_DATA_TYPES[kind]])
        + width.to_bytes(2, "big")
        + height.to_bytes(2, "big")
        + b"\x01"  # sRGB, 24 bits
        + b"\x02"  # a photograph, digital
        + bytes(2 + 2)  # device, quality
    )
    body = facial_information + image_information + image
    return b"FAC\x00010\x00" + (14 + len(body)).to_bytes(4, "big") + b"\x00\x01" + body


def biometric_file(record: bytes, *, instances: int = 1) -> bytes:
    """EF.DG2: the group template with each record behind its CBEFF header."""
    header = (
        tlv(0x80, b"\x01\x01")  # ICAO header version
        + tlv(0x81, b"\x02")  # facial features
        + tlv(0x82, b"\x00")
        + tlv(0x87, b"\x01\x01")  # format owner: ISO/IEC JTC 1/SC 37
        + tlv(0x88, b"\x00\x08")  # format type: ISO/IEC 19794-5
    )
    one = tlv(0x7F60, tlv(0xA1, header) + tlv(0x5F2E, record))
    return tlv(0x75, tlv(0x7F61, tlv(0x02, bytes([instances])) + one * instances))


@cache
def face_file(kind: str = JPEG_2000) -> bytes:
    """EF.DG2 with the drawn face."""
    return biometric_file(facial_record(picture(kind), kind))
