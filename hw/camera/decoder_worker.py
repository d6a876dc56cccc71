"""The child process that looks for codes: `python -m hw.camera.decoder_worker`; see `decoder_wire`.

It may crash, hang or be killed at any picture. When standard input closes, the process ends.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from typing import Final

from PIL import Image

from hw.camera.decoder_wire import DONE, DONE_WITHOUT_ZBAR, LONGEST_REQUEST, REFUSED, Aid
from hw.camera.decoding import HAS_ZBAR, find
from hw.child.frames import Broken, Buffer
from hw.child.serving import Serving
from hw.pictures import Symbology

_MOST_MEMORY: Final = 1 << 30
"""Address space, so that a picture that makes a decoder swell ends this process alone."""


def main() -> int:
    """Serve until the parent is gone."""
    serving = Serving.begin(longest=LONGEST_REQUEST)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    while True:
        request = serving.take()
        if request is None:
            continue
        try:
            answer = _answer(request.fields)
        except (Broken, ValueError):
            answer = [REFUSED]
        request.wipe()
        serving.send(answer)


def _answer(fields: Sequence[memoryview]) -> list[Buffer]:
    """Raises ValueError for a request that does not fit."""
    width_field, height_field, pixels, kinds, aid_field = fields
    width, height = int.from_bytes(width_field), int.from_bytes(height_field)
    if width * height != len(pixels) or not len(pixels):
        raise ValueError("size")
    wanted = frozenset(Symbology(kind) for kind in bytes(kinds).decode("ascii").split(","))
    picture = Image.frombytes("L", (width, height), bytes(pixels))
    codes, aid = find(picture, wanted, [Aid(number) for number in aid_field])
    done = DONE if HAS_ZBAR else DONE_WITHOUT_ZBAR
    answer: list[Buffer] = [done, b"" if aid is None else bytes([aid])]
    for symbology, text in codes:
        answer += [symbology.value.encode(), text.encode("utf-8", "replace")]
    return answer


if __name__ == "__main__":
    sys.exit(main())
