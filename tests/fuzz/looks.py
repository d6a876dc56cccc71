"""What comes of cameras: memory that another process writes, streams, pictures with codes."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterable
from functools import cache
from typing import Final

import av
from av.container import InputContainer
from PIL import Image

from hw.camera.agreement import Agreement
from hw.camera.decoder import Decoder
from hw.camera.decoder_wire import Aid
from hw.camera.shared_frames import FrameMemory, FrameReader, FrameWriter
from hw.camera.video import VideoSource
from hw.camera.wire import CameraSettings, model_of
from hw.errors import DeviceTrouble
from hw.pictures import Frame, PixelFormat, Symbology
from tests.emulated.camera.mjpeg import jpeg
from tests.emulated.codes.drawing import code_39, qr
from tests.fuzz.material import parts, script

_PIXELS: Final = 64
_WORDS: Final = 48
_DEEP: Final = {PixelFormat.RGB: 3, PixelFormat.GREY: 1}


def _whole(frame: Frame | None, most: int = _PIXELS) -> None:
    if frame is None:
        return
    if len(frame.pixels) != frame.width * frame.height * _DEEP[frame.format]:
        raise AssertionError("a picture of another size than it says")
    if not 0 < frame.width * frame.height <= most or frame.number < 0:
        raise AssertionError("no picture")
    if not 0 <= frame.taken_at <= time.monotonic():
        raise AssertionError("a picture of another time")


def memories(data: bytes) -> None:
    """A memory whose words the other process chose: place, value, and a size to write."""
    with FrameMemory(_PIXELS) as memory:
        rest = data[3:]
        while len(rest) >= 9:
            os.pwrite(memory.fileno(), rest[1:9], rest[0] % _WORDS * 8)
            rest = rest[9:]
        reader = FrameReader(memory.fileno())
        _looked_at(reader)
        writer = FrameWriter(memory.fileno())
        for _ in range(3):
            try:
                room = writer.begin(data[0] % 12, data[1] % 12) if len(data) > 1 else None
            except ValueError:
                break
            if room is None:
                break
            room.rgb[:] = bytes(len(room.rgb))
            room.grey[:] = bytes(len(room.grey))
            writer.publish(0.0)
            _looked_at(reader)
        writer.close()
        reader.close()
    _odd(len(data) * (data[2] if len(data) > 2 else 0))


def _looked_at(reader: FrameReader) -> None:
    for pixels in PixelFormat:
        for after in (-1, 3):
            frame = reader.latest(after, pixels)
            _whole(frame)
            if frame is not None and frame.number <= after:
                raise AssertionError("a picture that was seen before")


def _odd(size: int) -> None:
    """Memory of a size that nobody made for pictures."""
    descriptor = os.memfd_create("odd", os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        for kind in (FrameReader, FrameWriter):
            try:
                kind(descriptor).close()
            except (OSError, ValueError):
                continue
    finally:
        os.close(descriptor)


def memories_seeds() -> Iterable[bytes]:
    def words(*told: tuple[int, int]) -> bytes:
        return b"".join(bytes([place]) + value.to_bytes(8, "little") for place, value in told)

    yield b"\4\4\x40" + words((0, 1), (8, 2), (9, 8), (10, 8))
    yield b"\x08\x08\xff" + words((0, 6), (16, 12), (17, 4), (18, 16), (19, 0x4000 << 48))
    yield b"\1\1\1" + words((0, (1 << 62) + 1), (8, (1 << 63) + 2), (9, 1 << 32), (10, 1 << 32))


_SETTINGS: Final = CameraSettings("http://127.0.0.1/", 64, 48, turned=90)


def streams(data: bytes) -> None:
    """A network camera's body, through FFmpeg as the child reads it."""
    if not model_of(data[:200].decode("utf-8", "replace")).isprintable():
        raise AssertionError("a name that cannot be shown")
    try:
        container = av.open(io.BytesIO(data), format="mpjpeg", options={"probesize": "32"})
    except (av.error.FFmpegError, OSError, ValueError):
        return
    with container, FrameMemory(64 * 64) as memory:
        if not isinstance(container, InputContainer):
            raise TypeError("what was opened for reading")
        if not container.streams.video:
            return
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        source = VideoSource(_SETTINGS)
        source._stream = container.streams.video[0]
        source._stream.codec_context.options = {"max_pixels": str(4096 * 4096)}
        try:
            for packet in container.demux(source._stream):
                if packet.size and source._publish(packet, time.monotonic(), writer):
                    _whole(reader.latest(), 64 * 64)
        except (av.error.FFmpegError, OSError, ValueError):
            pass  # as the packets' thread takes it
        source._turning.forget()
        writer.close()
        reader.close()


def streams_seeds() -> Iterable[bytes]:
    for size in ((16, 16), (48, 64), (1, 1)):
        picture = jpeg(Image.effect_noise(size, 60).convert("RGB"))
        part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture)
        yield (part + picture + b"\r\n") * 2


@cache
def _decoder() -> Decoder:
    return Decoder()


_AIDS: Final = tuple(Aid)
_KINDS: Final = frozenset({Symbology.CODE_39, Symbology.QR, Symbology.PDF_417})


def codes(data: bytes) -> None:
    """Pictures of anything, in the true decoder's process: it may die there, never refuse one."""
    if len(data) < 6:
        return
    width = 1 + int.from_bytes(data[:2], "big") % 400
    height = 1 + int.from_bytes(data[2:4], "big") % 400
    format_ = PixelFormat.RGB if data[4] & 1 else PixelFormat.GREY
    size = width * height * _DEEP[format_]
    tile = data[5:]
    frame = Frame(width, height, format_, (tile * (size // len(tile) + 1))[:size], 0, 0.0)
    look = _decoder().look(frame, _KINDS, [_AIDS[0], _AIDS[data[4] // 2 % len(_AIDS)]])
    if isinstance(look, DeviceTrouble):
        if ("reason", "nonsense") in look.details or ("reason", "timeout") in look.details:
            raise AssertionError(f"the decoder refuses a picture: {look}")
        return
    if not all(text.isprintable() for _, text in look.codes):
        raise AssertionError("a code that cannot be shown")
    agreement = Agreement()
    for at in range(4):
        agreed = agreement.add(look.codes, at / 10)
        if agreed is not None and (agreed.symbology, agreed.text) not in look.codes:
            raise AssertionError("agreed on what was not there")


def codes_seeds() -> Iterable[bytes]:
    for picture in (qr("SPORTELLO TEST"), code_39("XXXXXX00A01L219C", tall=20)):
        grey = picture.convert("L")
        for aid in (0, 2, 6, 18):
            head = (grey.width - 1).to_bytes(2, "big") + (grey.height - 1).to_bytes(2, "big")
            yield head + bytes([aid]) + grey.tobytes()
    yield b"\0\x50\0\0\x0a\x7f"


def sightings(data: bytes) -> None:
    """Codes in pictures, as they come: a reading needs as many as its kind demands."""
    agreement, at = Agreement(), 0.0
    for step in parts(data):
        at += step[0] / 50 if step else 0
        found = [(list(Symbology)[each % 4], chr(65 + each // 4 % 3)) for each in step[1:5]]
        agreed = agreement.add(found, at)
        if agreed is not None and agreed.frames < 2:
            raise AssertionError("one picture agrees with itself")


def sightings_seeds() -> Iterable[bytes]:
    yield script((b"\1\0", b"\2\0", b"\3\0", b"\1\1\1", b"\1\0\1"))
