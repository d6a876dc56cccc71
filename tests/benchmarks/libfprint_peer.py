"""libfprint enrolling and verifying as its own test does it: the peer of `fingers`.

Runs on the system's Python. Standard input: a pickle of (fingers, probes), a finger being the
pictures that it is enrolled with, a picture (width, height, pixels). Standard output: JSON with
`same` (for each probe a list over the fingers) and `seconds` (of each verification).
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STAGES = 5


def main() -> None:
    """Enrol every finger, verify every probe against each."""
    fingers, probes = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own parent
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FP_VIRTUAL_IMAGE"] = str(Path(folder) / "sensor")
        import gi  # noqa: PLC0415 - behind the name of the socket

        gi.require_version("FPrint", "2.0")
        from gi.repository import FPrint, GLib  # noqa: PLC0415

        loop = GLib.main_context_default()
        devices = FPrint.Context().get_devices()
        device = next(each for each in devices if each.get_driver() == "virtual_image")
        device.open_sync(None)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.connect(os.environ["FP_VIRTUAL_IMAGE"])

        def lay(picture: tuple[int, int, bytes]) -> None:
            width, height, pixels = picture
            while not device.get_finger_status() & FPrint.FingerStatusFlags.NEEDED:
                loop.iteration(may_block=True)
            door.sendall(struct.pack("=ii", width, height) + pixels)

        def enrolled(pictures: list[tuple[int, int, bytes]]) -> Any:
            results: list[Any] = []
            stages: list[int] = []
            template = FPrint.Print.new(device)
            device.enroll(
                template, None, lambda _d, stage, *_: stages.append(stage), (),
                lambda _d, result: results.append(result),
            )  # fmt: skip
            for stage in range(STAGES):
                lay(pictures[stage % len(pictures)])
                while not results and len(stages) <= stage:
                    loop.iteration(may_block=True)
            while not results:
                loop.iteration(may_block=True)
            return device.enroll_finish(results[0])

        def verified(template: Any, picture: tuple[int, int, bytes]) -> bool:
            results: list[Any] = []
            device.verify(template, None, None, None, lambda _d, result: results.append(result))
            lay(picture)
            while not results:
                loop.iteration(may_block=True)
            return bool(device.verify_finish(results[0])[0])

        templates = [enrolled(each) for each in fingers]
        same, seconds = [], []
        for probe in probes:
            row = []
            for template in templates:
                began = time.perf_counter()
                row.append(verified(template, probe))
                seconds.append(time.perf_counter() - began)
            same.append(row)
        json.dump({"same": same, "seconds": seconds}, sys.stdout)
        sys.stdout.flush()
        os._exit(0)  # the library warns where its device is open at the end


if __name__ == "__main__":
    main()
