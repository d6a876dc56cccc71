"""Child processes that say what the input says, to each part of ours that listens to one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from hw.camera.camera import CameraPatience, ChildCamera
from hw.camera.decoder import Decoder, Look
from hw.camera.decoder_wire import DONE as SEEN
from hw.camera.wire import CameraSettings, Failure, Notice, number, number_of, trouble_of
from hw.child.frames import HEAD, Broken, fields_of, frame, size_of
from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, Hand
from hw.fingerprint import uru4000_wire
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.libfprint_wire import (
    DONE,
    LARGEST_SIDE,
    LARGEST_TEMPLATE,
    SIZE,
    STEP,
    TOUCHED,
    UNREADABLE,
)
from hw.fingerprint.matcher import PrintReading
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.uru4000_source import Uru4000Source
from hw.pictures import Frame, PixelFormat, Symbology
from tests.fuzz.material import parts, script

_MOST: Final = 0x10000
_HASTE: Final = 0.3
_LONGEST_SECONDS: Final = 4.5
_RIGHT: Final = FingerPosition(Hand.RIGHT, Finger.INDEX)
_DPI: Final = 500
Command: TypeAlias = tuple[str, ...]


def frames(data: bytes) -> None:
    """A frame's body, and its head."""
    try:
        if size_of(data, _MOST) > _MOST:
            raise AssertionError("longer than allowed")
        _ = number_of(data)
    except Broken:
        pass
    try:
        found = fields_of(data)
    except Broken:
        return
    if frame(found)[HEAD:] != data:
        raise AssertionError("what was read cannot be written")
    try:
        _believable(trouble_of([bytes(each) for each in found[:2]]))
        CameraSettings.of(found)
    except (Broken, ValueError):
        return


def frames_seeds() -> Iterable[bytes]:
    yield bytes(frame((b"one", b"", b"three")))[HEAD:]
    yield bytes(frame(Failure("camera.failed", "no device").fields()[1:]))[HEAD:]
    yield bytes(frame(CameraSettings("v4l2:").fields(3)))[HEAD:]


def conversations(data: bytes) -> None:
    """The first byte says who listens, and whether the rest is frames or bytes as they are."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which & 0x80:
        said = rest
    else:
        said = b"".join(bytes(frame(parts(message))) for message in parts(rest))
    descriptor = os.memfd_create("said", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, said)
        command = ("/bin/sh", "-c", f"exec /bin/cat /proc/{os.getpid()}/fd/{descriptor}")
        began = time.monotonic()
        _LISTENERS[which % len(_LISTENERS)](command)
        if time.monotonic() - began > _LONGEST_SECONDS:
            raise AssertionError("listened for too long")
    finally:
        os.close(descriptor)


def conversations_seeds() -> Iterable[bytes]:
    first, second = (count.to_bytes(8, "big") for count in (1, 2))
    spot, tiny = SIZE.pack(3, 4), SIZE.pack(2, 2)
    wide, dots = (2).to_bytes(2, "big"), _DPI.to_bytes(2, "big")
    taken = (uru4000_wire.TAKEN, first, wide, wide, dots, bytes(4))
    trouble = (uru4000_wire.TROUBLE, b"fingerprint.removed", b"ENODEV")
    talks: Mapping[int, Sequence[Sequence[Sequence[bytes]]]] = {
        0: (
            ((uru4000_wire.READY, b"\0\x0a"), taken, (uru4000_wire.LIFTED, second)),
            ((uru4000_wire.READY, b"\0\x0a"), (uru4000_wire.WAITING, first), trouble),
        ),
        1: (
            ((DONE,), (DONE, b"FP3", spot, b"\1"), (DONE, b"FP3 joined"), (DONE, b"FP3", b"FP3")),
            ((DONE,), (DONE, UNREADABLE), (b"fingerprint.template-unreadable", b"reason")),
        ),
        2: (
            (
                *((DONE,), (DONE, b"elan", b"A sensor"), (STEP, TOUCHED)),
                (DONE, tiny, dots, bytes(4)),
            ),
            ((DONE,), (b"fingerprint.absent",)),
        ),
        3: (((SEEN, b"\1", b"code-39", b"XXXXXX00A01L219C"),), ((SEEN, b""),)),
        4: (
            ((Notice.OPENED.value, b"A camera"), (Notice.PICTURE.value, number(0))),
            (tuple(map(bytes, Failure("camera.absent").fields())),),
        ),
    }
    for which, scripts in talks.items():
        for messages in scripts:
            yield bytes([which]) + script(script(message) for message in messages)
            whole = b"".join(bytes(frame(message)) for message in messages)
            # 0x80 and up: as it is. The listener must be the same.
            mark = next(each for each in range(0x80, 0x100) if each % len(_LISTENERS) == which)
            yield bytes([mark]) + whole


def _sensor(command: Command) -> None:
    source = Uru4000Source()
    source._command = list(command)
    if _trouble(source.open()) is None:
        _finger_picture(source.picture(lambda _: None, time.monotonic() + _HASTE))
        _trouble(source.await_lift(time.monotonic() + _HASTE))
        _shown(source.latest())
    source.close()
    if source.latest() is not None:
        raise AssertionError("a picture outlives its source")


def _matcher(command: Command) -> None:
    matcher = LibfprintMatcher(interpreter=command, seconds=_HASTE)
    if _trouble(matcher.begin()) is None:
        picture = FingerPicture(4, 4, _DPI, bytearray(16))
        read = matcher.read(picture, (b"FP3",))
        if isinstance(read, PrintReading) and len(read.same) != 1:
            raise AssertionError("another number of verdicts")
        joined, split = matcher.join((b"FP3",), _RIGHT), matcher.split(b"FP3")
        if isinstance(joined, bytes) and len(joined) > LARGEST_TEMPLATE:
            raise AssertionError("a template larger than any")
        for outcome in (read, joined, split):
            if isinstance(outcome, DeviceTrouble):
                _believable(outcome)
    matcher.forget()


def _libfprint_sensor(command: Command) -> None:
    source = LibfprintSource(interpreter=command, open_seconds=_HASTE)
    if _trouble(source.open()) is None:
        _finger_picture(source.picture(lambda _: None, time.monotonic() + _HASTE))
        _shown(source.latest())
        if not source.model.isprintable():
            raise AssertionError("a name that cannot be shown")
    source.close()


def _decoder(command: Command) -> None:
    decoder = Decoder(command, hangs_after=_HASTE)
    frame_ = Frame(4, 4, PixelFormat.GREY, bytes(16), 0, 0.0)
    look = decoder.look(frame_, frozenset({Symbology.CODE_39}), [0])
    decoder.close()
    if isinstance(look, Look):
        if not all(text.isprintable() for _, text in look.codes):
            raise AssertionError("a code that cannot be shown")
    else:
        _believable(look)


def _camera(command: Command) -> None:
    patience = CameraPatience(_HASTE, _HASTE, _HASTE, start=0.05, again=0.05, seldom=0.05)
    camera = ChildCamera(CameraSettings("v4l2:", 16, 16), patience=patience, command=command)
    _trouble(camera.start())
    _trouble(camera.trouble())
    _shown(camera.latest())
    _ = camera.statistics()
    if not camera.model.isprintable():
        raise AssertionError("a name that cannot be shown")
    camera.stop()


_LISTENERS: Final[Sequence[Callable[[Command], None]]] = (
    *(_sensor, _matcher, _libfprint_sensor),
    *(_decoder, _camera),
)


def _trouble(outcome: DeviceTrouble | None) -> DeviceTrouble | None:
    if outcome is not None:
        _believable(outcome)
    return outcome


def _believable(trouble: DeviceTrouble) -> None:
    """Nothing of it may play tricks with a log or a screen."""
    for text in (trouble.code, *(each for detail in trouble.details for each in detail)):
        if not text.isprintable() or not text.isascii() or len(text) > 100:
            raise AssertionError("trouble that cannot be shown")


def _finger_picture(outcome: FingerPicture | DeviceTrouble) -> None:
    if isinstance(outcome, DeviceTrouble):
        _believable(outcome)
        return
    # mindtct sees it at 500 dots an inch.
    if max(outcome.width, outcome.height) * _DPI > LARGEST_SIDE * outcome.dpi:
        raise AssertionError("a picture larger than any finger")
    outcome.wipe()


def _shown(frame_: Frame | None) -> None:
    if frame_ is None:
        return
    deep = 3 if frame_.format is PixelFormat.RGB else 1
    if len(frame_.pixels) != frame_.width * frame_.height * deep:
        raise AssertionError("a picture of another size than it says")
