"""The closed union of everything that counts, and its plain form for the wire.

An operation travels as its kind, the version of that kind, and a plain value of str, int, bool,
None, list and dict. A version is never changed once it has been recorded anywhere: a new shape is
a new version, and `from_plain` goes on reading the old ones.
"""

from __future__ import annotations

from typing import Any, Final, assert_never

from sync.model import preregistration
from sync.model.errors import Problem
from sync.model.preregistration import Preregistration

Operation = Preregistration
"""The union: one kind today. `match` over it and close with `assert_never`."""

PREREGISTRATION: Final = "preregistration"

VERSION: Final = 1
"""The version that `to_plain` writes, of every kind."""


def kind_of(operation: Operation) -> str:
    """The name of an operation's kind, as it stands in the header of an envelope."""
    match operation:
        case Preregistration():
            return PREREGISTRATION
        case _:
            assert_never(operation)


def to_plain(operation: Operation) -> dict[str, Any]:
    """The operation as a plain value of `VERSION`."""
    match operation:
        case Preregistration():
            return preregistration.to_plain(operation)
        case _:
            assert_never(operation)


def from_plain(kind: str, version: int, plain: object) -> Operation | Problem:
    """Read an operation back.

    Whether it is shaped as an operation is all that is judged here; the rules are
    `preregistration.problems`.

    Returns:
        The operation, or a `Problem`: `operation.unknown-kind`, `operation.unknown-version` (sent
        by a newer station), or `operation.malformed` with the field that is not as it should be.
    """
    if kind != PREREGISTRATION:
        return Problem("operation.unknown-kind")
    if version != VERSION:
        return Problem("operation.unknown-version")
    return preregistration.from_plain(plain)
