"""The face image out of EF.DG2, and its decoding in a process of its own."""

from __future__ import annotations

import contextlib
import io
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hw.apdu.tlv import Malformed, encode
from hw.cards.emrtd import face_decoding
from hw.cards.emrtd.face import FaceImage, ImageKind, face_image, image_of
from hw.cards.emrtd.face_decoding import decode
from hw.document_readings import FacePicture
from hw.errors import DeviceTrouble

BLANKS = {"JPEG": 0, "JPEG2000": 1}


def drawn(
    kind: str = "JPEG2000", size: tuple[int, int] = (300, 400), *, bare: bool = False
) -> bytes:
    """A drawn face: red left, green right."""
    picture = Image.new("RGB", size, (200, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((size[0] // 2, 0, size[0], size[1]), fill=(0, 200, 0))
    written = io.BytesIO()
    if bare:
        picture.save(written, kind, no_jp2=True)
    else:
        picture.save(written, kind)
    return written.getvalue()


def record(image: bytes, points: int = 0, faces: int = 1) -> bytes:
    """A face image record of ISO/IEC 19794-5:2005."""
    face = struct.pack(">IH", 20 + 8 * points + 12 + len(image), points) + bytes(14)
    face += bytes(8 * points) + bytes((1, 1)) + bytes(10) + image
    return b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(face), faces) + face


def dg2(block: bytes, tag: int = 0x5F2E) -> bytes:
    header = encode(0xA1, bytes.fromhex("800201018702010188020008"))
    template = encode(0x7F60, header + encode(tag, block))
    return encode(0x75, encode(0x7F61, bytes.fromhex("020101") + template))


def reason_of(data: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        face_image(data)
    return caught.value.reason


def undecodable(image: FaceImage, seconds: float = 5.0) -> str:
    result = decode(image, seconds)
    assert isinstance(result, DeviceTrouble)
    assert result.code == "document.face-undecodable"
    return dict(result.details)["reason"]


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("points", [0, 3])
@pytest.mark.parametrize("tag", [0x5F2E, 0x7F2E])
def test_the_image_is_found_with_its_size(kind: str, points: int, tag: int) -> None:
    coded = drawn(kind)
    image = face_image(dg2(record(coded, points), tag))
    assert (image.kind.value, image.width, image.height) == (kind, 300, 400)
    assert image.data == coded
    assert "300x400" in repr(image)


def test_a_bare_codestream_is_found_too() -> None:
    coded = drawn(bare=True)
    assert coded.startswith(b"\xff\x4f")
    assert face_image(dg2(record(coded))).kind is ImageKind.JPEG_2000


def newer(image: bytes) -> bytes:
    """Data objects as in ISO/IEC 39794-5: versions, then one representation with its image."""
    picture = encode(0xA0, encode(0x80, image) + encode(0xA1, encode(0x80, b"\x01")))
    representation = encode(0x30, encode(0x80, b"\x01") + encode(0xA1, picture))
    return encode(0x65, encode(0xA0, encode(0x80, b"\x03")) + encode(0xA1, representation))


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_the_newer_form_is_read_too(kind: str) -> None:
    coded = drawn(kind)
    assert face_image(dg2(newer(coded), 0x7F2E)).data == coded
    assert reason_of(dg2(newer(b"GIF89a"), 0x7F2E)) == "face-no-image"
    deep = coded
    for _ in range(40):
        deep = encode(0xA0, deep)
    assert reason_of(dg2(deep, 0x7F2E)) == "face-no-image"


def test_what_is_no_face_is_refused() -> None:
    good = record(drawn())
    assert reason_of(dg2(b"PIC" + good[3:])) == "face-format"
    assert reason_of(dg2(good[:20])) == "face-cut-off"
    assert reason_of(dg2(good[:-1])) == "face-cut-off"
    assert reason_of(dg2(record(drawn(), faces=0))) == "face-cut-off"
    assert reason_of(dg2(record(b"GIF89a" + bytes(40)))) == "face-image-kind"
    assert reason_of(dg2(record(b""))) == "face-image-kind"
    assert reason_of(encode(0x75, encode(0x7F61, b"\x02\x01\x00"))) == "face-no-record"
    assert reason_of(encode(0x75, b"")) == "tlv-cut-off"


def test_a_large_image_is_refused_by_its_header() -> None:
    coded = bytearray(drawn(bare=True))
    struct.pack_into(">II", coded, 8, 30000, 30000)
    struct.pack_into(">II", coded, 24, 30000, 30000)
    with pytest.raises(Malformed, match="face-image-size"):
        image_of(bytes(coded))
    struct.pack_into(">II", coded, 24, 1, 1)
    with pytest.raises(Malformed, match="face-siz"):
        image_of(bytes(coded))
    flat = bytearray(drawn("JPEG"))
    frame = flat.index(b"\xff\xc0")
    struct.pack_into(">HH", flat, frame + 5, 60000, 60000)
    with pytest.raises(Malformed, match="face-image-size"):
        image_of(bytes(flat))


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_the_picture_is_decoded(kind: str) -> None:
    picture = decode(image_of(drawn(kind)))
    assert isinstance(picture, FacePicture)
    assert (picture.width, picture.height, len(picture.rgb)) == (300, 400, 300 * 400 * 3)
    row = picture.rgb[300 * 3 * 200 :]
    assert row[3] > 150 > row[4]
    assert row[3 * 290] < 100 < row[3 * 290 + 1]


def test_grey_pictures_and_large_ones_are_made_fit() -> None:
    grey = Image.new("L", (1200, 1600), 120)
    written = io.BytesIO()
    grey.save(written, "JPEG2000")
    picture = decode(image_of(written.getvalue()))
    assert isinstance(picture, FacePicture)
    assert (picture.width, picture.height) == (480, 640)
    assert set(picture.rgb[:3]) <= set(range(115, 126))


def test_broken_pictures_are_refused() -> None:
    coded = drawn()
    cut = FaceImage(ImageKind.JPEG_2000, coded[: len(coded) // 3], 300, 400)
    assert undecodable(cut) == "refused"
    assert undecodable(FaceImage(ImageKind.JPEG, coded, 300, 400)) == "refused"
    assert undecodable(FaceImage(ImageKind.JPEG, bytes(600_000), 300, 400)) == "refused"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; time.sleep(60)", "too-slow"),
        ("import sys; sys.stdin.close(); import time; time.sleep(60)", "too-slow"),
        ("import os; os.abort()", "died"),
        ("import sys; sys.stdin.read(); sys.exit(1)", "refused"),
        ("print('x' * 10)", "nonsense"),
        ("import os\nwhile True: os.write(1, bytes(65536))", "died"),
        (
            "import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write(bytes((0, 9, 0, 9)))",
            "nonsense",
        ),
    ],
)
def test_whatever_the_decoder_does_ends_in_time(
    program: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoder is replaced by a worse one, as a fault in it would."""
    worse = tmp_path / "worse.py"
    worse.write_text(program)
    monkeypatch.setattr(face_decoding, "_PROGRAM", worse)
    began = time.monotonic()
    assert undecodable(image_of(drawn(size=(1000, 1000))), seconds=1.0) in {reason, "too-slow"}
    assert time.monotonic() - began < 4.0


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_are_an_image_or_malformed(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(0, 6))):
        raw[data.draw(st.integers(0, min(200, len(raw) - 1)))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        assert 1 <= face_image(bytes(raw)).width <= 2600


SEEDS = [
    *(dg2(record(drawn(kind, (40, 50)))) for kind in ("JPEG", "JPEG2000")),
    dg2(newer(drawn("JPEG", (40, 50))), 0x7F2E),
]
