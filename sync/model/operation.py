"""The closed union of everything that counts, and its plain form for the wire.

An operation travels as its kind, the version of that kind, and a plain value of str, int, bytes,
bool, None, list and dict. A version is never changed once it has been recorded anywhere: a new
shape is a new version, and `from_plain` goes on reading the old ones.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, assert_never

from sync.model import identification, preregistration, readiness
from sync.model.errors import Problem
from sync.model.identification import Identification
from sync.model.preregistration import Preregistration
from sync.model.readiness import ReadinessReport

Operation = Preregistration | Identification | ReadinessReport
"""The union. `match` over it and close with `assert_never`."""

Act = Identification | ReadinessReport
"""What happens at a station and issues no registration number."""

PREREGISTRATION: Final = "preregistration"
IDENTIFICATION: Final = "identification"
READINESS: Final = "readiness"

VERSION: Final = 1
"""The version that `to_plain` writes, of every kind."""


def kind_of(operation: Operation) -> str:
    """The name of an operation's kind, as it stands in the header of an envelope."""
    match operation:
        case Preregistration():
            return PREREGISTRATION
        case Identification():
            return IDENTIFICATION
        case ReadinessReport():
            return READINESS
        case _:
            assert_never(operation)


def problems(operation: Operation, *, today: date) -> tuple[Problem, ...]:
    """Everything that keeps an operation from being recorded or accepted, by its kind's rules."""
    match operation:
        case Preregistration():
            return preregistration.problems(operation, today=today)
        case Identification():
            return identification.problems(operation, today=today)
        case ReadinessReport():
            return readiness.problems(operation, today=today)
        case _:
            assert_never(operation)


def to_plain(operation: Operation) -> dict[str, Any]:
    """The operation as a plain value of `VERSION`."""
    match operation:
        case Preregistration():
            return preregistration.to_plain(operation)
        case Identification():
            return identification.to_plain(operation)
        case ReadinessReport():
            return readiness.to_plain(operation)
        case _:
            assert_never(operation)


def from_plain(kind: str, version: int, plain: object) -> Operation | Problem:
    """Read an operation back.

    Whether it is shaped as an operation is all that is judged here; the rules are `problems`.

    Returns:
        The operation, or a `Problem`: `operation.unknown-kind`, `operation.unknown-version` (sent
        by a newer station), or `operation.malformed` with the field that is not as it should be.
    """
    if kind not in {PREREGISTRATION, IDENTIFICATION, READINESS}:
        return Problem("operation.unknown-kind")
    if version != VERSION:
        return Problem("operation.unknown-version")
    match kind:
        case "identification":
            return identification.from_plain(plain)
        case "readiness":
            return readiness.from_plain(plain)
        case _:
            return preregistration.from_plain(plain)
