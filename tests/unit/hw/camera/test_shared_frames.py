from __future__ import annotations

import mmap
import os
import struct
import subprocess
import sys
import time

import pytest

from hw.camera.shared_frames import MOST_PIXELS, SLOTS, FrameMemory, FrameReader, FrameWriter
from hw.pictures import Frame, PixelFormat

WIDTH, HEIGHT = 64, 48


def put(writer: FrameWriter, value: int, width: int = WIDTH, height: int = HEIGHT) -> int:
    room = writer.begin(width, height)
    room.rgb[:] = bytes([value]) * len(room.rgb)
    room.grey[:] = bytes([value ^ 0xFF]) * len(room.grey)
    return writer.publish(time.monotonic())


def seen(frame: Frame | None) -> Frame:
    assert frame is not None
    return frame


def test_a_picture_is_seen_in_both_formats_once() -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        assert reader.latest() is None
        assert put(writer, 7) == 0
        rgb, grey = seen(reader.latest()), seen(reader.latest(-1, PixelFormat.GREY))
        assert (rgb.width, rgb.height, rgb.number) == (WIDTH, HEIGHT, 0)
        assert rgb.pixels == bytes([7]) * WIDTH * HEIGHT * 3
        assert grey.pixels == bytes([0xF8]) * WIDTH * HEIGHT
        assert grey.taken_at == rgb.taken_at <= time.monotonic()
        assert reader.latest(after=0) is None


def test_the_newest_of_many_is_seen_and_a_frame_does_not_change_any_more() -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        put(writer, 1)
        first = seen(reader.latest())
        for value in range(2, 3 * SLOTS):
            put(writer, value, WIDTH - value, HEIGHT)
        assert first.pixels == bytes([1]) * len(first.pixels)
        last = seen(reader.latest())
        assert last.number == 3 * SLOTS - 2
        assert last.width == WIDTH - (3 * SLOTS - 1)
        assert set(last.pixels) == {3 * SLOTS - 1}


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 5), (WIDTH, HEIGHT + 1), (1 << 40, 1)])
def test_what_does_not_fit_is_not_begun(size: tuple[int, int]) -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory, pytest.raises(ValueError, match="fit"):
        FrameWriter(memory.fileno()).begin(*size)


def test_wiping_leaves_no_byte_and_numbers_go_on() -> None:
    memory = FrameMemory(WIDTH * HEIGHT)
    writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
    for _ in range(SLOTS):
        number = put(writer, 200)
    writer.close()
    memory.wipe(number + 1)
    assert reader.latest() is None
    with mmap.mmap(memory.fileno(), 0, access=mmap.ACCESS_READ) as plain:
        assert not any(plain[4096:])
    writer = FrameWriter(memory.fileno())
    assert put(writer, 9) == number + 1
    assert seen(reader.latest(number)).pixels[:1] == b"\x09"
    memory.close()
    memory.close()
    assert reader.latest() is None
    reader.close()
    reader.close()
    assert reader.latest() is None


def test_nobody_can_take_the_memory_away() -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory:
        for size in (0, 1 << 20):
            with pytest.raises(PermissionError):
                os.ftruncate(memory.fileno(), size)


def test_a_slot_that_is_being_written_is_not_shown() -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        put(writer, 1)
        writer._claim(SLOTS)  # the writer came round to the slot of picture 0
        assert reader.latest() is None
        assert reader.overtaken > 0


@pytest.mark.parametrize(
    "words",
    [
        {0: (1 << 64) - 1},
        {0: 1 << 63},
        {0: 5},
        {9: 1 << 40},
        {9: 0},
        {10: (1 << 64) - 1},
        {11: struct.unpack("Q", struct.pack("d", float("nan")))[0]},
        {11: struct.unpack("Q", struct.pack("d", float("inf")))[0]},
        {8: 0},
    ],
)
def test_nonsense_from_a_child_harms_nobody(words: dict[int, int]) -> None:
    with FrameMemory(WIDTH * HEIGHT) as memory:
        writer, reader = FrameWriter(memory.fileno()), FrameReader(memory.fileno())
        put(writer, 1)
        with mmap.mmap(memory.fileno(), 0) as plain:
            for word, value in words.items():
                plain[word * 8 : word * 8 + 8] = struct.pack("Q", value)
        frame = reader.latest()
        if frame is not None:
            assert len(frame.pixels) == frame.width * frame.height * 3
            assert 0 <= frame.taken_at <= time.monotonic()
        FrameWriter(memory.fileno()).close()


def test_other_descriptors_are_refused() -> None:
    for size in (0, 100, 4096, 4096 + SLOTS * 4 * (MOST_PIXELS + 1)):
        other = os.memfd_create("other")
        os.ftruncate(other, size)
        with pytest.raises(ValueError, match=r"memory|mmap"):
            FrameReader(other)
        os.close(other)


_WRITER = """
import sys, time
from hw.camera.shared_frames import FrameWriter
writer, until = FrameWriter(int(sys.argv[1])), time.monotonic() + 1.5
number = 0
while time.monotonic() < until:
    room = writer.begin(640, 480)
    room.rgb[:] = bytes([number & 255]) * len(room.rgb)
    room.grey[:] = bytes([number & 255]) * len(room.grey)
    number = writer.publish(time.monotonic()) + 1
"""


def test_no_torn_picture_comes_from_a_writer_in_another_process_that_never_rests() -> None:
    with FrameMemory(640 * 480) as memory:
        reader = FrameReader(memory.fileno())
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(memory.fileno())], pass_fds=[memory.fileno()]
        )
        last, copies = -1, 0
        while child.poll() is None:
            frame = reader.latest(last, PixelFormat.GREY if copies % 2 else PixelFormat.RGB)
            if frame is not None:
                assert frame.pixels.count(frame.number & 255) == len(frame.pixels)
                assert frame.number > last
                last, copies = frame.number, copies + 1
        assert child.returncode == 0
        assert copies > 20
