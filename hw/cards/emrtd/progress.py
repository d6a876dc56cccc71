"""Tells how far a reading is, in steps that only go forward."""

from __future__ import annotations

from typing import Final

from hw.cards.emrtd.lds import ElementaryFile
from hw.document_readings import Coaching, ProgressListener, ReadingProgress, ReadingStage

_EXPECTED: Final = {
    "EF.DG1": 95,
    "EF.COM": 32,
    "EF.SOD": 2200,
    "EF.DG11": 250,
    "EF.DG12": 80,
    "EF.DG14": 700,
    "EF.DG2": 16000,
}
"""Bytes of each file on an Italian identity card; others are small or rare."""
_FACE: Final = "EF.DG2"


class Progress:
    """Turns what happens into `ReadingProgress`; not the same one twice in a row.

    Attributes:
        stage: how far the reading is now.
        coaching: what would help; told with every step until files advance again.
    """

    def __init__(self, told: ProgressListener, *, with_face: bool) -> None:
        """Tell `told`; `with_face`: whether EF.DG2 will be read."""
        self._told = told
        self._sizes = {name: size for name, size in _EXPECTED.items() if with_face or name != _FACE}
        self._done: dict[str, int] = {}
        self._share = 0.0
        self._last: ReadingProgress | None = None
        self.stage = ReadingStage.WAITING
        self.coaching: Coaching | None = None

    def entered(self, stage: ReadingStage) -> None:
        """A stage has begun, or begun again after a loss."""
        self.stage = stage
        if stage is ReadingStage.READING:
            self._tell_bytes()
        else:
            self._tell(ReadingProgress(stage, coaching=self.coaching))

    def lost(self) -> None:
        """The document left the field and is waited for."""
        self.stage = ReadingStage.WAITING
        self._tell(ReadingProgress(ReadingStage.WAITING, coaching=self.coaching, lost=True))

    def advanced(self, file: ElementaryFile, there: int, size: int) -> None:
        """`there` bytes of `file`, which has `size`, are there."""
        self._sizes[file.name] = size
        self._done[file.name] = max(there, self._done.get(file.name, 0))
        if self.stage is ReadingStage.READING:
            self.coaching = None
            self._tell_bytes()

    def missing(self, file: ElementaryFile) -> None:
        """The chip has no such file."""
        self._sizes.pop(file.name, None)

    @property
    def done(self) -> int:
        """Bytes of files that are there."""
        return sum(self._done.values())

    def _tell_bytes(self) -> None:
        done, total = self.done, max(self.done, sum(self._sizes.values()))
        # A file larger than expected must not move the bar back.
        if done and total and done / total < self._share:
            total = max(done, int(done / self._share))
        self._share = max(self._share, done / total if total else 0.0)
        self._tell(ReadingProgress(ReadingStage.READING, done, total, self.coaching))

    def _tell(self, progress: ReadingProgress) -> None:
        if progress != self._last:
            self._last = progress
            self._told(progress)
