"""Pictures of a camera in memory that several processes see: one writes, the others read.

The memory is a memfd whose size is sealed, so that no process can take it away under another's
eyes (which would end that one by SIGBUS). It holds a ring of slots; each slot keeps one picture
twice, as RGB and as grey, since windows draw the one and decoders read the other. A picture is
copied out once, as `Frame.pixels`.

Nobody waits for anybody. A reader that is overtaken by the writer notices: each slot has a word
that says which picture it holds, and that word is looked at before and after the copy. The writer
changes it one whole picture before it touches the pixels, so that no order in which a processor
stores things can hide it. What the words say is not believed: lengths are bounded by the memory.

Layout, native byte order: word 0 is the number of the newest picture plus 1 (0: none). From byte
64 on, each slot has eight words: state (2 n + 1 while picture n is written, 2 n + 2 once it is
whole), width, height, seconds of the monotonic clock as a double. From byte 4096 on, the pixels.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import time
from types import TracebackType
from typing import Final, Self

from hw.pictures import Frame, PixelFormat

SLOTS: Final = 4
"""A reader may take as long as the writer does for two pictures."""
MOST_PIXELS: Final = 1 << 24
_HEADER: Final = 4096
_WORDS: Final = 8
_STATE, _WIDTH, _HEIGHT, _TAKEN_AT = range(4)
_RGB_BYTES: Final = 3
_PIXEL_BYTES: Final = _RGB_BYTES + 1
_TRIES: Final = 3
_LAST_NUMBER: Final = 1 << 62


class FrameMemory:
    """The memory itself, for the process that owns it. A context manager."""

    def __init__(self, pixels: int) -> None:
        """Memory for pictures of up to `pixels` pixels each, all zero. Raises OSError."""
        self._descriptor = os.memfd_create("pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self._descriptor, _HEADER + SLOTS * _slot_bytes(pixels))
            fcntl.fcntl(
                self._descriptor,
                fcntl.F_ADD_SEALS,
                fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL,
            )
        except OSError:
            os.close(self._descriptor)
            raise
        self._closing = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def fileno(self) -> int:
        """The descriptor, to be handed to children. Ours until `close`."""
        return self._descriptor

    def wipe(self, count: int = 0) -> None:
        """Overwrite every picture; the next one that is written gets number `count`.

        Only while nobody writes.
        """
        with self._closing:
            if self._closed:
                return
            size = os.fstat(self._descriptor).st_size
            with mmap.mmap(self._descriptor, size) as memory:
                nothing = bytes(1 << 20)
                for at in range(0, size, len(nothing)):
                    end = min(at + len(nothing), size)
                    memory[at:end] = nothing[: end - at]
                with memoryview(memory) as view, view[:_HEADER].cast("Q") as words:
                    words[0] = count

    def close(self) -> None:
        """Wipe and give it back. Readers that are still open see zeroes. Safe to call twice."""
        self.wipe()
        with self._closing:
            if not self._closed:
                self._closed = True
                os.close(self._descriptor)


class Room:
    """Where the next picture goes; from `FrameWriter.begin` until `FrameWriter.publish`.

    Attributes:
        width, height: of the picture, in pixels.
        rgb: `width * height * 3` bytes to be filled, row by row without padding.
        grey: `width * height` bytes to be filled.
    """

    def __init__(self, width: int, height: int, pixels: memoryview) -> None:
        """`pixels` are the bytes of the slot."""
        self.width, self.height = width, height
        count = width * height
        self.rgb = pixels[: count * _RGB_BYTES]
        self.grey = pixels[count * _RGB_BYTES : count * _PIXEL_BYTES]

    def release(self) -> None:
        """Let the views go."""
        self.rgb.release()
        self.grey.release()


class FrameWriter:
    """The one process that writes. For one thread."""

    def __init__(self, descriptor: int) -> None:
        """Map the memory behind `descriptor`; that may be closed then.

        Raises:
            OSError, ValueError: it is no such memory.
        """
        size = os.fstat(descriptor).st_size
        self._capacity = _capacity(size)
        self._memory = mmap.mmap(descriptor, size)
        self._view = memoryview(self._memory)
        self._words = self._view[:_HEADER].cast("Q")
        self._seconds = self._view[:_HEADER].cast("d")
        self._barrier = threading.Lock()
        self._next = min(self._words[0], _LAST_NUMBER)
        self._claim(self._next)
        self._room: Room | None = None

    @property
    def capacity(self) -> int:
        """Most pixels of a picture."""
        return self._capacity

    def begin(self, width: int, height: int) -> Room:
        """Room for the next picture.

        Raises:
            ValueError: no such picture fits.
        """
        if width < 1 or height < 1 or width * height > self._capacity:
            raise ValueError(f"{width}x{height} does not fit")
        self._drop()
        start = _HEADER + self._next % SLOTS * _slot_bytes(self._capacity)
        self._room = Room(width, height, self._view[start : start + _slot_bytes(self._capacity)])
        return self._room

    def publish(self, taken_at: float) -> int:
        """Let readers see what was put into the room of `begin`.

        Args:
            taken_at: when the picture was taken, seconds of the monotonic clock.

        Returns:
            The number of the picture.
        """
        if self._room is None:
            raise RuntimeError("nothing was begun")
        number, at = self._next, _slot_word(self._next)
        self._words[at + _WIDTH] = self._room.width
        self._words[at + _HEIGHT] = self._room.height
        self._seconds[at + _TAKEN_AT] = taken_at
        self._drop()
        self._claim(number + 1)
        self._settle()
        self._words[at + _STATE] = 2 * number + 2
        self._settle()
        self._words[0] = number + 1
        self._next = number + 1
        return number

    def close(self) -> None:
        """Unmap it."""
        self._drop()
        self._words.release()
        self._seconds.release()
        self._view.release()
        self._memory.close()

    def _claim(self, number: int) -> None:
        """Say that the slot will hold that picture, and no more what it holds now."""
        self._words[_slot_word(number) + _STATE] = 2 * number + 1

    def _settle(self) -> None:
        """Have all stores so far seen before those that follow, on ARM, too.

        Two turns of a lock are a full barrier: a release is not passed by an acquire behind it.
        """
        for _ in range(2):
            with self._barrier:
                pass

    def _drop(self) -> None:
        if self._room is not None:
            self._room.release()
        self._room = None


class FrameReader:
    """A process that reads, as many as like. Any thread.

    Attributes:
        overtaken: how many copies were thrown away because the writer had come round the ring.
    """

    def __init__(self, descriptor: int) -> None:
        """Map the memory behind `descriptor`, for reading; that may be closed then.

        Raises:
            OSError, ValueError: it is no such memory.
        """
        size = os.fstat(descriptor).st_size
        self._capacity = _capacity(size)
        self._memory = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
        self._view = memoryview(self._memory)
        self._words = self._view[:_HEADER].cast("Q")
        self._seconds = self._view[:_HEADER].cast("d")
        self._reading = threading.Lock()
        self._closed = False
        self.overtaken = 0

    def latest(self, after: int = -1, pixels: PixelFormat = PixelFormat.RGB) -> Frame | None:
        """A copy of the newest picture, where its number is above `after`; None else.

        Returns at once. After `close` it is always None.
        """
        with self._reading:
            for _ in range(_TRIES):
                if self._closed:
                    return None
                number = self._words[0] - 1
                if not after < number < _LAST_NUMBER:
                    return None
                frame = self._copy(number, pixels)
                if frame is not None:
                    return frame
                self.overtaken += 1
        return None

    def close(self) -> None:
        """Unmap it. Safe to call twice."""
        with self._reading:
            if not self._closed:
                self._closed = True
                self._words.release()
                self._seconds.release()
                self._view.release()
                self._memory.close()

    def _copy(self, number: int, pixels: PixelFormat) -> Frame | None:
        """That picture; None where its slot holds another one by now, or nonsense."""
        at = _slot_word(number)
        whole = 2 * number + 2
        if self._words[at + _STATE] != whole:
            return None
        width, height = self._words[at + _WIDTH], self._words[at + _HEIGHT]
        taken_at = self._seconds[at + _TAKEN_AT]
        count = width * height
        if not 0 < count <= self._capacity:
            return None
        start = _HEADER + number % SLOTS * _slot_bytes(self._capacity)
        if pixels is PixelFormat.RGB:
            copied = self._memory[start : start + count * _RGB_BYTES]
        else:
            copied = self._memory[start + count * _RGB_BYTES : start + count * _PIXEL_BYTES]
        if self._words[at + _STATE] != whole:
            return None
        now = time.monotonic()
        if not 0 <= taken_at <= now:  # also where it is not a number
            taken_at = now
        return Frame(width, height, pixels, copied, number, taken_at)


def _slot_bytes(pixels: int) -> int:
    return pixels * _PIXEL_BYTES


def _slot_word(number: int) -> int:
    return (1 + number % SLOTS) * _WORDS


def _capacity(size: int) -> int:
    """Pixels that a picture may have in memory of that size."""
    pixels = (size - _HEADER) // (SLOTS * _PIXEL_BYTES)
    if not 0 < pixels <= MOST_PIXELS:
        raise ValueError("no memory of pictures")
    return pixels
