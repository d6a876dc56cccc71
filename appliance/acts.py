"""What may be asked of the steward, and how it is said: one JSON object a line.

A request names an act and its arguments; an answer is `ok` with a result, or a failure code. An
act that takes long answers with any number of `progress` lines before the last one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

LONGEST_LINE: Final = 64 * 1024
"""Bytes of a request or an answer; a longer one is refused."""

UNKNOWN_ACT: Final = "steward.unknown-act"
NOT_YOURS: Final = "steward.not-yours"
BAD_REQUEST: Final = "steward.bad-request"
FAILED: Final = "steward.failed"
AWAY: Final = "steward.away"

Json: TypeAlias = Mapping[str, Any]
Progress: TypeAlias = Callable[[int], None]
"""Told the hundredths that are done."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act was not done.

    Attributes:
        code: a failure code (docs/failure-codes.md).
        detail: for the log: no personal data, never shown to a citizen.
    """

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the steward does.

    Attributes:
        name: `area.verb`, such as `slot.state`.
        users: names of the system users that may ask for it, besides root.
        perform: does it; gets the arguments, already known to be an object, and tells progress.
            Returns the result, or why it was not done. What it raises is a bug, told as `FAILED`.
        alone: whether no other act that is `alone` may run beside it.
    """

    name: str
    users: frozenset[str]
    perform: Callable[[Json, Progress], Json | Refusal]
    alone: bool = False


WINDOW: Final = "sportello-window"
LINK: Final = "sportello-link"
DEVICES: Final = "sportello-devices"


def line_of(value: Json) -> bytes:
    """`value` as one line. Raises `ValueError` where it is too long."""
    line = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    if len(line) > LONGEST_LINE:
        raise ValueError("line too long")
    return line


def value_of(line: bytes) -> Json | None:
    """The object of a line; None where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
