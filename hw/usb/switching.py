"""`python -m hw.usb.switching FILE OFF ON SECONDS`: writes OFF, waits, writes ON.

A program of its own, so that a port without power gets it back whatever becomes of who asked.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def switch(file: Path, off: bytes, on: bytes, seconds: float) -> int:
    """Do it; 0, or the number of the error (errno)."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    except OSError as error:
        return error.errno or 1
    try:
        os.write(descriptor, off)
        try:
            time.sleep(seconds)
        finally:
            os.pwrite(descriptor, on, 0)
    except OSError as error:
        return error.errno or 1
    finally:
        os.close(descriptor)
    return 0


def main() -> int:
    """Read the command line, and hear no signal that can be ignored until the power is back."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    file, off, on, seconds = sys.argv[1:5]
    return switch(Path(file), off.encode(), on.encode(), float(seconds))


if __name__ == "__main__":
    sys.exit(main())
