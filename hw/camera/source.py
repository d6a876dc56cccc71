"""What the camera's child needs of a source of pictures."""

from __future__ import annotations

from typing import Protocol

from hw.camera.shared_frames import FrameWriter
from hw.camera.wire import Failure


class Source(Protocol):
    """One camera, for one thread. May block or crash: the parent has the deadline."""

    @property
    def skipped(self) -> int:
        """How many pictures were passed over since it was made: the newest one counts."""
        ...

    def open(self) -> str | Failure:
        """Let pictures come; gives the model. May be called again after a failure and `close`."""
        ...

    def take(self, writer: FrameWriter) -> Failure | None:
        """Wait for the next picture and publish it."""
        ...

    def close(self) -> bool:
        """Let the camera go. False where that needs the end of the process."""
        ...
