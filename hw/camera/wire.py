"""The words between `ChildCamera` and its child. Pictures go through shared memory, not here.

Of the standard library alone: the child may run on another interpreter than ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, Self

from hw.child.frames import Broken, Buffer
from hw.errors import DeviceTrouble, TroubleKind

_NUMBER: Final = 8
_REASON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,59}")
_MODEL: Final = re.compile(r"[^A-Za-z0-9 .,:;_()+/-]")
_LONGEST_MODEL: Final = 60
TURNS: Final = frozenset({0, 90, 180, 270})


class Notice(Enum):
    """What the child says without being asked. Its fields stand behind each."""

    OPENED = b"opened"
    """Model, as the device tells it. Pictures should come from now on."""
    PICTURE = b"picture"
    """How many pictures were passed over so far. One more lies in the memory."""
    TROUBLE = b"trouble"
    """Failure code, reason. The child goes on looking and says so again with each attempt."""


TROUBLES: Final[Mapping[str, TroubleKind]] = MappingProxyType(
    {
        "camera.absent": TroubleKind.ABSENT,
        "camera.removed": TroubleKind.REMOVED,
        "camera.unreachable": TroubleKind.ABSENT,
        "camera.in-use": TroubleKind.REFUSED,
        "camera.not-allowed": TroubleKind.REFUSED,
        "camera.unsuitable": TroubleKind.DAMAGED,
        "camera.no-pictures": TroubleKind.PROTOCOL,
        "camera.software-missing": TroubleKind.DAMAGED,
        "camera.failed": TroubleKind.PROTOCOL,
    }
)
"""What a child may tell."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no pictures come, as the child tells it.

    Attributes:
        code: one of `TROUBLES`.
        reason: technical, for the log; letters, digits, blanks and hyphens.
    """

    code: str
    reason: str = ""

    def fields(self) -> Sequence[Buffer]:
        """As a message."""
        return Notice.TROUBLE.value, self.code.encode(), self.reason.encode()


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Which camera, and how it looks at the world.

    The representation does not show the address, which may hold a password.

    Attributes:
        address: `v4l2:` (the first camera of the kernel), `v4l2:/dev/video0`, `v4l2:HD Webcam`
            (begin of the name that the device tells; stays the same wherever it is plugged in),
            `http://...` or `https://...` (a network camera that sends Motion JPEG), `picamera2:`
            or `picamera2:1` (a camera of the board).
        width, height: of the pictures that are wanted, as they are shown; what is larger is scaled
            down, what is smaller stays so.
        rate: most pictures a second.
        turned: by how many degrees the picture is turned clockwise before it is shown: one of
            `TURNS`.
        mirrored: whether left and right are exchanged, after turning.
    """

    address: str = field(repr=False)
    width: int = 1280
    height: int = 720
    rate: int = 30
    turned: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where a number makes no sense."""
        fits = 16 <= self.width <= 4096 and 16 <= self.height <= 4096 and 1 <= self.rate <= 120
        if not fits or self.turned not in TURNS:
            raise ValueError("no such pictures")

    def fields(self, descriptor: int) -> list[Buffer]:
        """As the one request that the child gets, with the descriptor of the memory."""
        numbers = (descriptor, self.width, self.height, self.rate, self.turned, self.mirrored)
        return [self.address.encode(), *(int(each).to_bytes(_NUMBER, "big") for each in numbers)]

    @classmethod
    def of(cls, fields: Sequence[Buffer]) -> tuple[Self, int]:
        """The settings and the descriptor of a request.

        Raises:
            Broken, ValueError: it is none.
        """
        address, *numbers = fields
        descriptor, width, height, rate, turned, mirrored = map(number_of, numbers)
        told = cls(bytes(address).decode(), width, height, rate, turned, bool(mirrored))
        return told, descriptor

    @property
    def seen(self) -> tuple[int, int]:
        """Width and height as the camera sees the world, before its pictures are turned."""
        wide = self.turned in {0, 180}
        return (self.width, self.height) if wide else (self.height, self.width)


def number(value: int) -> bytes:
    """A number as a field."""
    return value.to_bytes(_NUMBER, "big")


def number_of(field: Buffer) -> int:
    """The number in a field.

    Raises:
        Broken: it is none.
    """
    if len(field) != _NUMBER:
        raise Broken("no number")
    return int.from_bytes(field, "big")


def model_of(told: str) -> str:
    """The name of a model as it may be shown and logged: short, and printable."""
    return _MODEL.sub("", told).strip()[:_LONGEST_MODEL]


def trouble_of(fields: Sequence[bytes]) -> DeviceTrouble:
    """The trouble that the fields behind `Notice.TROUBLE` tell.

    Raises:
        Broken: they tell none. A source that took the child over must not write into the log.
    """
    if len(fields) != 2:
        raise Broken("no trouble")
    code, reason = (field.decode("ascii", "replace") for field in fields)
    kind = TROUBLES.get(code)
    if kind is None:
        raise Broken("no code")
    details = (("reason", reason),) if _REASON.fullmatch(reason) else ()
    return DeviceTrouble(kind, code, details)
