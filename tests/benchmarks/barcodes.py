"""Codes found in bad pictures, against zbarimg and plain zxing-cpp; what decoding costs the window.

Every way looks at the same 204 pictures (`tests.emulated.codes.degraded`). Ours is the whole way of
the product, child process included; zbarimg is started for each picture. A wrong read is a text that the picture does not say; one of ours fails the bench.

`python -m tests.benchmarks.barcodes` prints `BENCH barcodes-... ratio=... limit=... ok|short`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import zxingcpp
from PIL import Image

from hw.camera.barcodes import CameraScanner
from hw.camera.camera import ChildCamera
from hw.camera.decoder import Decoder, Look
from hw.camera.decoder_wire import aids_for
from hw.camera.wire import CameraSettings
from hw.pictures import Symbology
from tests.emulated.camera.mjpeg import EmulatedCamera
from tests.emulated.codes.degraded import HEIGHT, WIDTH, Picture, degraded_set

WANTED = frozenset({Symbology.CODE_39, Symbology.QR})
FRAMES_LIMIT = 2.0
"""How much longer a frame of the window may take while codes are looked for."""
FRAME_SECONDS = 4.0


@dataclass(slots=True)
class Result:
    """What one way made of the set.

    Attributes:
        right: codes read, of each kind.
        wrong: texts that no picture says.
        milliseconds: of each picture; empty where they are not known one by one.
    """

    right: dict[Symbology, int] = field(default_factory=lambda: dict.fromkeys(WANTED, 0))
    wrong: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def count(self, picture: Picture, texts: Iterable[str]) -> None:
        """Compare what was read with what the picture says."""
        found = set(texts)
        self.right[picture.symbology] += picture.text in found
        self.wrong += len(found - {picture.text})

    def told(self, name: str) -> str:
        """A line for the reader."""
        times = ""
        if self.milliseconds:
            worst = sorted(self.milliseconds)[int(0.95 * len(self.milliseconds))]
            times = f" median_ms={statistics.median(self.milliseconds):.1f} p95_ms={worst:.1f}"
        return (
            f"{name}: code_39={self.right[Symbology.CODE_39]} qr={self.right[Symbology.QR]}"
            f" wrong={self.wrong}{times}"
        )


def timed(pictures: list[Picture], read: Callable[[Picture], Iterable[str]]) -> Result:
    """Read the set picture by picture."""
    result = Result()
    for picture in pictures:
        began = time.perf_counter()
        texts = read(picture)
        result.milliseconds.append(1000 * (time.perf_counter() - began))
        result.count(picture, texts)
    return result


def ours(pictures: list[Picture]) -> Result:
    """The product's way, every aid on each picture."""
    decoder, aids = Decoder(hangs_after=60), [int(aid) for aid in aids_for(WANTED)]

    def read(picture: Picture) -> Iterable[str]:
        look = decoder.look(picture.frame, WANTED, aids)
        return [text for _, text in look.codes] if isinstance(look, Look) else []

    decoder.look(pictures[0].frame, WANTED, aids[:1])
    try:
        return timed(pictures, read)
    finally:
        decoder.close()


def plain_zxing(pictures: list[Picture]) -> Result:
    """zxing-cpp as it comes, in this process."""
    formats = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.QRCode]
    )

    def read(picture: Picture) -> Iterable[str]:
        image = Image.frombytes("L", (WIDTH, HEIGHT), picture.frame.pixels)
        return [code.text for code in zxingcpp.read_barcodes(image, formats=formats)]

    return timed(pictures, read)


def zbarimg(pictures: list[Picture]) -> Result:
    """The tool of the zbar-tools package, Code 39 and QR switched on alone."""
    result = Result()
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{place:03}.pgm" for place in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            path.write_bytes(b"P5 %d %d 255\n" % (WIDTH, HEIGHT) + picture.frame.pixels)
        options = ["-Sdisable", "-Scode39.enable", "-Sqrcode.enable"]
        for path, picture in zip(paths, pictures, strict=True):
            began = time.perf_counter()
            told = subprocess.run(
                ["zbarimg", "--quiet", "--raw", "--nodbus", *options, str(path)],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            result.milliseconds.append(1000 * (time.perf_counter() - began))
            result.count(picture, told.stdout.splitlines())
    return result


def frames(camera: ChildCamera, seconds: float) -> list[float]:
    """Milliseconds of each frame of a window's thread that draws what the camera shows."""
    took, number = [], -1
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        began = time.perf_counter()
        frame = camera.latest(number)
        if frame is not None:
            number = frame.number
            picture = Image.frombytes("RGB", (frame.width, frame.height), frame.pixels)
            picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()
            took.append(1000 * (time.perf_counter() - began))
        time.sleep(max(0.0, 1 / 60 - (time.perf_counter() - began)))
    return took


def preview(pictures: list[Picture]) -> tuple[list[float], list[float]]:
    """Frames without and with a scan, in which nothing is ever meant, of the same live camera."""
    shown = [
        Image.frombytes("L", (WIDTH, HEIGHT), one.frame.pixels).convert("RGB")
        for one in pictures[:6]
    ]
    with EmulatedCamera(rate=20) as real:
        real.show(*shown)
        camera = ChildCamera(CameraSettings(address=real.address, rate=20))
        scanner = CameraScanner(camera, seconds=FRAME_SECONDS + 20)
        trouble = camera.start()
        if trouble is not None:
            raise SystemExit(trouble.code)
        time.sleep(2)
        idle = frames(camera, FRAME_SECONDS)
        thread = threading.Thread(target=scanner.scan, args=(WANTED, lambda _text: False))
        thread.start()
        time.sleep(2)
        busy = frames(camera, FRAME_SECONDS)
        scanner.abandon()
        thread.join()
        scanner.close()
        camera.stop()
    return idle, busy


def main() -> int:
    """Print every figure; 1 where one falls short."""
    pictures = list(degraded_set())
    mine, zxing, tool = ours(pictures), plain_zxing(pictures), zbarimg(pictures)
    print(mine.told("ours"), zxing.told("zxing-cpp"), tool.told("zbarimg"), sep="\n")
    short = False

    def line(name: str, ratio: float, limit: float, *, least: bool) -> None:
        nonlocal short
        falls = ratio < limit if least else ratio > limit
        short = short or falls
        print(f"BENCH {name} ratio={ratio:.2f} limit={limit:g} {'short' if falls else 'ok'}")

    for symbology in (Symbology.CODE_39, Symbology.QR):
        for peer, other in (("zxing", zxing), ("zbarimg", tool)):
            ratio = mine.right[symbology] / max(1, other.right[symbology])
            line(f"barcodes-{symbology.value}-read-{peer}", ratio, 1.0, least=True)
    line("barcodes-wrong", mine.wrong, 0, least=False)
    median = statistics.median(mine.milliseconds)
    line("barcodes-time-zbarimg", median / statistics.median(tool.milliseconds), 1.0, least=False)
    idle, busy = preview(pictures)
    print(
        f"frame_ms without decoding: median={statistics.median(idle):.2f} worst={max(idle):.1f}"
        f" pictures={len(idle)};"
        f" with: median={statistics.median(busy):.2f} worst={max(busy):.1f}"
        f" pictures={len(busy)}; cores={os.cpu_count()}"
    )
    ratio = statistics.median(busy) / statistics.median(idle)
    line("preview-frame-while-decoding", ratio, FRAMES_LIMIT, least=False)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
