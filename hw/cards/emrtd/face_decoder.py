"""The program that decodes one face image: coded bytes on standard input, pixels on standard output.

Started by `face_decoding` and never imported: it takes away its own memory, time, files and
children before it touches the image. In: eight bytes with the kind, then the image. Out: width and
height (two bytes each), then width * height * 3 bytes of RGB. Ends with 1 where it refuses.
"""

from __future__ import annotations

import ctypes
import io
import resource
import struct
import sys
from typing import Final

from PIL import Image

_MEMORY: Final = 512 * 1024 * 1024
_CPU_SECONDS: Final = 4
_MOST_PIXELS: Final = 2600 * 2600
_MOST_BYTES: Final = 512 * 1024
_SIDE: Final = 640
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine() -> None:
    """Give away what decoding does not need."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def main() -> int:
    """Decode; the exit code."""
    Image.init()  # the formats are modules, and files cannot be opened any more soon
    confine()
    kind = sys.stdin.buffer.read(8).decode("ascii", "replace").strip()
    data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if kind not in {"JPEG", "JPEG2000"} or len(data) > _MOST_BYTES:
        return 1
    try:
        image = Image.open(io.BytesIO(data), formats=[kind])
        if image.width * image.height > _MOST_PIXELS:
            return 1
        image.load()
        picture = image.convert("RGB")
        picture.thumbnail((_SIDE, _SIDE))
    except Exception:  # noqa: BLE001 - whatever the decoder says, there is no picture
        return 1
    sys.stdout.buffer.write(struct.pack(">HH", *picture.size) + picture.tobytes())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
