"""The face image out of EF.DG2: its bytes and their kind, nothing decoded.

Source: ICAO 9303-10 clause 4.7.2 (EF.DG2 as a CBEFF structure: 7F61 with one 7F60 for each image,
5F2E or 7F2E with the record), ISO/IEC 19794-5:2005 clause 5 (face image record), ISO/IEC 39794-5 (its
successor, in data objects). What an image says of its own size is read from its header, before
anything is decoded; see `face_decoding`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hw.apdu import tlv
from hw.apdu.tlv import Malformed, Tlv
from hw.cards.emrtd.lds import data_group

_GROUP_TEMPLATE: Final = 0x7F61
_TEMPLATE: Final = 0x7F60
_OBJECTS: Final = 0x7F2E
_RECORDS: Final = (0x5F2E, _OBJECTS)
_MOST_OBJECTS: Final = 512
_DEEPEST: Final = 12
_FORMAT: Final = b"FAC\x00"
_VERSIONS: Final = (b"010\x00", b"020\x00", b"030\x00")
_RECORD_HEADER_SIZE: Final = 14
_FACE_HEADER_SIZE: Final = 20
_FEATURE_POINT_SIZE: Final = 8
_IMAGE_HEADER_SIZE: Final = 12
LONGEST_SIDE: Final = 2600
"""Pixels. Faces on chips are some 400 wide and never above 1600; a decoder is not fed with more."""
_JPEG: Final = b"\xff\xd8\xff"
_JP2: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_CODESTREAM: Final = b"\xff\x4f\xff\x51"
_MOST_BOXES: Final = 64
_MOST_SEGMENTS: Final = 256
_START_OF_FRAME: Final = frozenset({0xC0, 0xC1, 0xC2})
_MOST_COMPONENTS: Final = 4


class ImageKind(Enum):
    """How the image is coded; the value is the decoder's name for it."""

    JPEG = "JPEG"
    JPEG_2000 = "JPEG2000"


@dataclass(frozen=True, slots=True, repr=False)
class FaceImage:
    """A coded image. The representation hides it.

    Attributes:
        kind: how it is coded, by its own first bytes.
        data: the coded image.
        width: pixels, by its own header; 1 to `LONGEST_SIDE`.
        height: pixels.
    """

    kind: ImageKind
    data: bytes
    width: int
    height: int

    def __repr__(self) -> str:
        return f"FaceImage({self.kind.value}, {self.width}x{self.height}, {len(self.data)} bytes)"


def face_image(dg2: bytes) -> FaceImage:
    """The first face image of EF.DG2.

    Raises:
        Malformed: the file has no such form, its image is of another kind, or too large.
    """
    record = _record(dg2)
    if record.tag == _OBJECTS and not record.value.startswith(_FORMAT):
        return image_of(_image_within(record))
    return image_of(_image_of_record(record.value))


def _image_of_record(record: bytes) -> bytes:
    """The first image of a face image record of ISO/IEC 19794-5:2005."""
    if record[:4] != _FORMAT or record[4:8] not in _VERSIONS:
        raise Malformed("face-format")
    if len(record) < _RECORD_HEADER_SIZE + _FACE_HEADER_SIZE + _IMAGE_HEADER_SIZE:
        raise Malformed("face-cut-off")
    size, faces, block, points = struct.unpack(">IHIH", record[8:20])
    if size > len(record) or faces == 0:
        raise Malformed("face-cut-off")
    start = _RECORD_HEADER_SIZE + _FACE_HEADER_SIZE + points * _FEATURE_POINT_SIZE
    return record[start + _IMAGE_HEADER_SIZE : min(_RECORD_HEADER_SIZE + block, size)]


def _image_within(record: Tlv) -> bytes:
    """The first image in the data objects of ISO/IEC 39794-5, whose other contents do not matter.

    Chips carry this form from 2026 on (ICAO 9303-10, eighth edition). The image is the one value
    that begins like an image; how deep it lies differs between the drafts that chips were made by.
    """
    pending = [(record, 0)]
    for _ in range(_MOST_OBJECTS):
        if not pending:
            break
        element, depth = pending.pop()
        if element.value.startswith((_JPEG, _JP2, _CODESTREAM)):
            return element.value
        if element.constructed and depth < _DEEPEST:
            pending.extend((child, depth + 1) for child in reversed(element.children()))
    raise Malformed("face-no-image")


def image_of(data: bytes) -> FaceImage:
    """A coded image with the size that its own header gives.

    Raises:
        Malformed: neither JPEG nor JPEG 2000, no size within its headers, or too large a one.
    """
    if data.startswith(_JPEG):
        kind, (width, height) = ImageKind.JPEG, _jpeg_size(data)
    elif data.startswith((_JP2, _CODESTREAM)):
        kind, (width, height) = ImageKind.JPEG_2000, _codestream_size(_codestream(data))
    else:
        raise Malformed("face-image-kind")
    if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
        raise Malformed("face-image-size")
    return FaceImage(kind, data, width, height)


def _record(dg2: bytes) -> Tlv:
    """The biometric data block of the first image."""
    group = tlv.only(tlv.only(dg2, data_group(2).tag), _GROUP_TEMPLATE)
    for template in tlv.read_all(group):
        if template.tag == _TEMPLATE:
            for element in template.children():
                if element.tag in _RECORDS:
                    return element
    raise Malformed("face-no-record")


def _codestream(data: bytes) -> bytes:
    """The contiguous codestream of a JP2 file (ISO/IEC 15444-1 annex I), or a bare one as it is."""
    if data.startswith(_CODESTREAM):
        return data
    offset = 0
    for _ in range(_MOST_BOXES):
        if offset + 8 > len(data):
            break
        size, kind = struct.unpack(">I4s", data[offset : offset + 8])
        if kind == b"jp2c":
            return data[offset + (16 if size == 1 else 8) :]
        if size < 8:  # 0: up to the end; 1: eight bytes of length, for nothing that fits a chip
            break
        offset += size
    raise Malformed("face-jp2-boxes")


def _codestream_size(stream: bytes) -> tuple[int, int]:
    """Width and height from the SIZ marker (ISO/IEC 15444-1 annex A.5.1), and sane tiles."""
    if not stream.startswith(_CODESTREAM) or len(stream) < 42:
        raise Malformed("face-siz")
    right, below, left, top, tile_width, tile_height, tile_left, tile_top, parts = struct.unpack(
        ">8IH", stream[8:42]
    )
    tiles = (tile_width > 0 and tile_height > 0) and (
        -(-(right - tile_left) // tile_width) * -(-(below - tile_top) // tile_height)
    )
    if not 1 <= tiles <= 4096 or not 1 <= parts <= _MOST_COMPONENTS:
        raise Malformed("face-siz")
    return right - left, below - top


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81 annex B.2.2)."""
    offset = 2
    for _ in range(_MOST_SEGMENTS):
        if offset + 4 > len(data) or data[offset] != 0xFF:
            break
        marker, size = data[offset + 1], int.from_bytes(data[offset + 2 : offset + 4], "big")
        if marker == 0xFF:  # a fill byte
            offset += 1
            continue
        if marker in _START_OF_FRAME and offset + 10 <= len(data):
            height, width, parts = struct.unpack(">HHB", data[offset + 5 : offset + 10])
            if not 1 <= parts <= _MOST_COMPONENTS:
                break
            return width, height
        offset += 2 + size
    raise Malformed("face-jpeg-frame")
