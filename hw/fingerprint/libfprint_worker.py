"""The child process in which libfprint runs, on the system's Python: `libfprint` starts it.

Usage: `/usr/bin/python3 -m hw.fingerprint.libfprint_worker matcher|sensor`.

libfprint has no public call that compares two pictures. The library of every distribution has a
driver, however, whose pictures come through a socket (`virtual_image`), and whatever comes that way
goes through mindtct and bozorth3 like any sensor's. The matcher opens that driver on a socket in a
folder of its own which nobody else may enter, connects to it, and removes both before anything is
sent (docs/adr/0100).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from hw.child.frames import Buffer
from hw.child.serving import Request, Serving
from hw.fingerprint.libfprint_wire import (
    DONE,
    FP3,
    LARGEST_SIDE,
    NBIS_PRINTS,
    SIZE,
    STEP,
    TAKEN,
    TOUCHED,
    UNREADABLE,
    Duty,
    Verb,
)

_DRIVER: Final = "virtual_image"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp, mode 0700
_FOLDER: Final = "sportello-prints-"
_HEADER: Final = struct.Struct("=ii")
"""What `virtual_image` wants before the pixels: width and height."""
_MAGIC: Final = b"FP3"
_NBIS: Final = 2
"""FPI_PRINT_NBIS."""
_NO_DAY: Final = -(2**31)
"""G_MININT32 for prints without a day of enrolment."""
_USUAL_DPI: Final = 500
_ERRORS: Final = {
    2: b"fingerprint.failed",  # NOT_OPEN
    4: b"fingerprint.busy",
    5: b"fingerprint.failed",  # PROTO
    0x100: b"fingerprint.removed",
}
"""FpDeviceError; others are `fingerprint.failed`."""
_RETRIES: Final = {1: b"too-short", 2: b"centre", 3: b"remove", 4: b"too-fast"}
"""FpDeviceRetry; 0 is general."""


class Failure(Exception):  # noqa: N818 - it is sent, not raised to anybody
    """What is answered in place of `DONE`: a failure code, and what more there is to say."""

    def __init__(self, code: bytes, more: bytes = b"") -> None:
        super().__init__(code)
        self.fields: tuple[bytes, ...] = (code, more) if more else (code,)


class Library:
    """libfprint, asked one thing at a time."""

    def __init__(self) -> None:
        import gi  # noqa: PLC0415 - behind what makes this process keep its secrets

        gi.require_version("FPrint", "2.0")
        from gi.repository import FPrint, Gio, GLib  # noqa: PLC0415

        self.fprint, self.gio, self.glib = FPrint, Gio, GLib
        self.loop = GLib.main_context_default()
        self.context = FPrint.Context()

    def wait(
        self, begin: Callable[[Callable[..., None]], None], between: Callable[[], None]
    ) -> Any:
        """The result object of what `begin` starts.

        Args:
            begin: gets the callback that libfprint is to call when it is done.
            between: called between the events of the loop.
        """
        results: list[Any] = []
        begin(lambda _device, result, *_: results.append(result))
        while not results:
            self.loop.iteration(may_block=True)
            between()
        return results[0]

    def failure(self, error: Any) -> Failure:
        """What a GError of libfprint means."""
        if error.domain == self.glib.quark_to_string(self.fprint.DeviceRetry.quark()):
            return Failure(b"fingerprint.unclear", _RETRIES.get(error.code, b""))
        if error.matches(self.gio.io_error_quark(), self.gio.IOErrorEnum.CANCELLED):
            return Failure(b"fingerprint.abandoned")
        if error.domain == self.glib.quark_to_string(self.fprint.DeviceError.quark()):
            return Failure(_ERRORS.get(error.code, b"fingerprint.failed"))
        if any(word in error.message.lower() for word in ("access", "permission")):
            return Failure(b"fingerprint.denied")
        return Failure(b"fingerprint.failed")


class Matcher:
    """mindtct and bozorth3 behind the virtual driver."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._device: Any = None

    @staticmethod
    def prepare() -> Path:
        """Make the folder for the socket and name it to libfprint, before that is loaded."""
        own = Path(os.environ.get("XDG_RUNTIME_DIR", _MEMORY))
        place = own if own.is_dir() else _MEMORY
        for each in place.glob(f"{_FOLDER}*"):  # of a worker that was killed as it began
            number = each.name.removeprefix(_FOLDER).partition("-")[0]
            if not Path("/proc", number).exists():
                shutil.rmtree(each, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=place))
        os.environ["FP_VIRTUAL_IMAGE"] = str(folder / "door")
        for name in ("FP_DRIVERS_WHITELIST", "FP_DRIVERS_ALLOWLIST"):  # older and newer releases
            os.environ[name] = _DRIVER
        return folder

    def open(self, folder: Path) -> None:
        """Open the driver, connect to it, and close the door behind us."""
        devices = self._library.context.get_devices()
        virtual = [each for each in devices if each.get_driver() == _DRIVER]
        if not virtual:
            raise Failure(b"fingerprint.library-unusable", b"virtual-image")
        self._device = virtual[0]
        self._device.open_sync(None)
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.connect(str(folder / "door"))
        shutil.rmtree(folder)
        answering = self._door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if struct.unpack("=iii", answering)[0] != os.getpid():
            raise Failure(b"fingerprint.library-unusable", b"socket")
        self._door.setblocking(False)  # noqa: FBT003 - the library's own
        self._empty = self._deserialised(self._composed([], 0))

    def answer(self, verb: Verb, fields: Sequence[memoryview]) -> list[Buffer]:
        """Do what is asked."""
        if verb is Verb.READ:
            return self._read(fields[0], fields[1], fields[2:])
        if verb is Verb.JOIN:
            prints = [each for field in fields[1:] for each in self._prints(bytes(field))]
            return [self._composed(prints, fields[0][0])]
        if verb is Verb.SPLIT:
            return [self._composed([each], 0) for each in self._prints(bytes(fields[0]))]
        raise Failure(b"fingerprint.failed", b"verb")

    def _read(
        self, size: memoryview, pixels: memoryview, templates: Sequence[memoryview]
    ) -> list[Buffer]:
        """Look at a picture against each template; libfprint looks anew for each."""
        galleries = [self._deserialised(bytes(each)) for each in templates] or [self._empty]
        found, same = None, bytearray()
        for gallery in galleries:
            outcome = self._verified(SIZE.unpack(size), pixels, gallery)
            if outcome is None:
                return [UNREADABLE]
            found = outcome[1]
            same.append(outcome[0])
        if found is None:
            raise Failure(b"fingerprint.failed", b"print")
        spots = [each.get_coords() for each in found.props.image.get_minutiae()]
        places = b"".join(SIZE.pack(max(0, x), max(0, y)) for x, y in spots)
        return [bytes(found.serialize()), places, bytes(same[: len(templates)])]

    def _verified(
        self, size: tuple[int, int], pixels: memoryview, gallery: Any
    ) -> tuple[bool, Any] | None:
        """Whether the picture is of that finger, and its print; None where it has no minutiae."""
        left = [memoryview(_HEADER.pack(*size)), pixels]

        def push() -> None:
            # A little at a time: both ends of the socket are in this thread.
            while left:
                try:
                    sent = self._door.send(left[0])
                except BlockingIOError:
                    return
                left[0] = left[0][sent:]
                if not left[0]:
                    del left[0]

        def begin(done: Callable[..., None]) -> None:
            self._device.verify(gallery, None, None, None, done)
            push()

        result = self._library.wait(begin, push)
        try:
            same, found = self._device.verify_finish(result)
        except self._library.glib.GError as error:
            failure = self._library.failure(error)
            if failure.fields[0] == b"fingerprint.unclear":
                return None
            raise failure from None
        return bool(same), found

    def _deserialised(self, data: bytes) -> Any:
        # libfprint ends the process over some data that is no GVariant of this type.
        if not data.startswith(_MAGIC) or not self._variant(data).is_normal_form():
            raise Failure(b"fingerprint.template-unreadable")
        try:
            made = self._library.fprint.Print.deserialize(data)
        except self._library.glib.GError:
            raise Failure(b"fingerprint.template-unreadable") from None
        if not made.compatible(self._device):
            raise Failure(b"fingerprint.template-unreadable")
        return made

    def _prints(self, data: bytes) -> list[tuple[list[int], list[int], list[int]]]:
        """The minutiae of each picture that a serialised print is made of."""
        self._deserialised(data)
        prints: list[tuple[list[int], list[int], list[int]]] = self._variant(data).unpack()[9][0]
        return prints

    def _variant(self, data: bytes) -> Any:
        """What stands behind a serialised print's first letters."""
        glib = self._library.glib
        return glib.Variant.new_from_bytes(
            glib.VariantType(FP3), glib.Bytes.new(data[len(_MAGIC) :]), trusted=False
        )

    def _composed(self, prints: Sequence[tuple[list[int], ...]], finger: int) -> bytes:
        """A serialised print of several pictures, without names, days or device numbers."""
        glib = self._library.glib
        minutiae = glib.Variant(NBIS_PRINTS, (list(prints),))
        device = "0"  # what the virtual driver calls itself
        whole = glib.Variant(
            FP3, (_NBIS, _DRIVER, device, False, finger, None, None, _NO_DAY, {}, minutiae)
        )
        return _MAGIC + bytes(whole.get_data_as_bytes().get_data())


class Sensor:
    """A sensor that libfprint has a driver for, if it gives pictures."""

    def __init__(self, library: Library, serving: Serving) -> None:
        self._library = library
        self._serving = serving
        self._device: Any = None

    def answer(self, verb: Verb, _fields: Sequence[memoryview]) -> list[Buffer]:
        """Do what is asked."""
        try:
            if verb is Verb.OPEN:
                return self._open()
            if verb is Verb.PICTURE:
                return self._picture()
            if verb is Verb.CLOSE:
                if self._device is not None:
                    self._device.close_sync(None)
                self._device = None
                return []
        except self._library.glib.GError as error:
            raise self._library.failure(error) from None
        if verb is Verb.ABANDON:
            raise Failure(b"fingerprint.abandoned")
        raise Failure(b"fingerprint.failed", b"verb")

    def _open(self) -> list[Buffer]:
        devices = self._library.context.get_devices()
        if not devices:
            raise Failure(b"fingerprint.absent")
        capture = self._library.fprint.DeviceFeature.CAPTURE
        giving = [each for each in devices if each.has_feature(capture)]
        if not giving:
            raise Failure(b"fingerprint.unsupported", devices[0].get_driver().encode()[:40])
        giving[0].open_sync(None)
        self._device = giving[0]
        return [self._device.get_driver().encode(), self._device.get_name().encode()]

    def _picture(self) -> list[Buffer]:
        if self._device is None:
            raise Failure(b"fingerprint.failed", b"not-open")
        cancellable = self._library.gio.Cancellable()
        flags = self._library.fprint.FingerStatusFlags
        steps: list[bytes] = []
        wait = True

        def step(name: bytes) -> None:
            if name not in steps:
                steps.append(name)
                self._serving.send((STEP, name))

        def between() -> None:
            status = self._device.get_finger_status()
            if status & flags.PRESENT:
                step(TOUCHED)
                if not status & flags.NEEDED:
                    step(TAKEN)
            request = self._serving.take(0)
            if request is not None:  # whatever it is, nothing else may be asked now
                cancellable.cancel()

        result = self._library.wait(
            lambda done: self._device.capture(wait, cancellable, done), between
        )
        image = self._device.capture_finish(result)
        width, height = image.get_width(), image.get_height()
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise Failure(b"fingerprint.failed", b"size")
        dpi = round(image.get_ppmm() * 25.4) or _USUAL_DPI
        data = image.get_data()
        return [SIZE.pack(width, height), dpi.to_bytes(2, "big"), data[: width * height]]


def _serve(serving: Serving, worker: Matcher | Sensor) -> None:
    """Answer until the parent is gone."""
    while True:
        request = serving.take()
        if request is None:
            continue
        try:
            verb, *fields = request.fields
            answer: Sequence[Buffer] = (DONE, *worker.answer(Verb(bytes(verb)), fields))
        except Failure as failure:
            answer = failure.fields
        except (ValueError, TypeError, IndexError, struct.error):
            answer = (b"fingerprint.failed", b"request")
        finally:
            _wipe(request)
        serving.send(answer)


def _wipe(request: Request) -> None:
    with contextlib.suppress(BufferError):
        request.wipe()


def main(arguments: Sequence[str]) -> None:
    """Serve whoever started this, for the duty that is named."""
    duty = Duty(arguments[0])
    wake: list[Callable[[], None]] = []

    def noticed() -> None:
        for each in wake:
            each()

    serving = Serving.begin(noticed)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        folder = Matcher.prepare() if duty is Duty.MATCHER else None
        library = Library()
        wake.append(library.loop.wakeup)
        worker: Matcher | Sensor
        if folder is not None:
            worker = Matcher(library)
            worker.open(folder)
        else:
            worker = Sensor(library, serving)
    except (ImportError, ValueError, OSError) as error:
        serving.send((b"fingerprint.library-unusable", type(error).__name__.encode()))
        return
    except Failure as failure:
        serving.send(failure.fields)
        return
    serving.send((DONE,))
    _serve(serving, worker)


if __name__ == "__main__":
    main(sys.argv[1:])
