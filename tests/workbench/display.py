"""A display: the one that is there, or an Xvfb of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

_SECONDS = 20


class Display:
    """An X display for as long as the context lasts.

    Args:
        size: width and height of the screen of an own Xvfb.
        own: start an Xvfb even where a display is there, so that nobody's screen is disturbed.
    """

    def __init__(self, size: tuple[int, int] = (1280, 800), *, own: bool = True) -> None:
        self._size = size
        self._own = own or not os.environ.get("DISPLAY")
        self._process: subprocess.Popen[bytes] | None = None
        self.name = os.environ.get("DISPLAY", "")

    def __enter__(self) -> Self:
        if self._own:
            self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    @property
    def environment(self) -> dict[str, str]:
        """What a child needs to open its window here, whatever this process itself draws on."""
        return {"DISPLAY": self.name, "SDL_VIDEODRIVER": "x11"}

    def picture(self, target: Path) -> None:
        """The whole screen as a PNG."""
        program = shutil.which("import")
        if program is None:
            raise RuntimeError("ImageMagick is not installed")
        subprocess.run(
            [program, "-silent", "-window", "root", str(target)],
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            timeout=30,
        )

    def _start(self) -> None:
        """Xvfb picks a free display itself and writes its number into a pipe."""
        reading, writing = os.pipe()
        width, height = self._size
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [
                    *("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24"),
                    *("-nolisten", "tcp", "-noreset"),
                ],
                pass_fds=(writing,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            os.close(writing)
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            if not number:
                log.seek(0)
                raise RuntimeError(f"Xvfb did not start: {log.read()[-500:]!r}")
        self.name = f":{number}"
