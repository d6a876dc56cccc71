"""The closed union of everything that counts, and its plain form for the wire.

An operation travels as its kind, the version of that kind, and a plain value of str, int, bytes,
bool, None, list and dict. A version is never changed once it has been recorded anywhere: a new
shape is a new version, and `from_plain` goes on reading the old ones.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, TypeGuard

from sync.model import (
    audit,
    console_plain,
    console_rules,
    counter_plain,
    counter_rules,
    home_plain,
    identification,
    installation,
    preregistration,
    readiness,
)
from sync.model.audit import AuditPage
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    OfficerAct,
    RegisterNote,
    StationChange,
    StationRegistration,
    UserActionAct,
    UserChange,
    UserInsertion,
)
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    OldAccountDeletion,
    OutcomeClosing,
    RecordEdit,
    ResidenceChange,
)
from sync.model.errors import Problem
from sync.model.home import Conclusion
from sync.model.identification import Identification
from sync.model.installation import InstallationReport
from sync.model.preregistration import Preregistration
from sync.model.readiness import ReadinessReport

Numbered = Preregistration | CounterRegistration
"""What takes a registration number."""

Act = (
    Identification
    | ReadinessReport
    | Booking
    | CodeRegeneration
    | RecordEdit
    | ResidenceChange
    | DelegationChange
    | OldAccountDeletion
    | DisputeSettlement
    | OutcomeClosing
    | Conclusion
    | StationRegistration
    | EnrolmentApproval
    | StationChange
    | RegisterNote
    | UserInsertion
    | UserChange
    | UserActionAct
    | DailyPasswordAct
    | OfficerAct
    | AuditPage
    | InstallationReport
)
"""What happens at a station and issues no registration number."""

Operation = Numbered | Act
"""The union. `match` over it and close with `assert_never`."""

PREREGISTRATION: Final = "preregistration"
IDENTIFICATION: Final = "identification"
READINESS: Final = "readiness"
REGISTRATION: Final = counter_plain.REGISTRATION
BOOKING: Final = counter_plain.BOOKING
CODE_REGENERATION: Final = counter_plain.CODE_REGENERATION
RECORD_EDIT: Final = counter_plain.RECORD_EDIT
RESIDENCE_CHANGE: Final = counter_plain.RESIDENCE_CHANGE
DELEGATION_CHANGE: Final = counter_plain.DELEGATION_CHANGE
ACCOUNT_DELETION: Final = counter_plain.ACCOUNT_DELETION
DISPUTE_SETTLEMENT: Final = counter_plain.DISPUTE_SETTLEMENT
OUTCOME_CLOSING: Final = counter_plain.OUTCOME_CLOSING
CONCLUSION: Final = "conclusion"
AUDIT_PAGE: Final = "audit_page"
INSTALLATION: Final = "installation"

NUMBERED: Final = frozenset({PREREGISTRATION, REGISTRATION})
"""Kinds of `Numbered`."""

COUNTER: Final = counter_plain.KINDS
"""Kinds of `CounterAct`: each carries the operator who did it."""

CONSOLE: Final = console_plain.KINDS
"""Kinds of `ConsoleAct`: each carries the administrator who did it."""

KINDS: Final = (
    COUNTER
    | CONSOLE
    | {PREREGISTRATION, IDENTIFICATION, READINESS, CONCLUSION, AUDIT_PAGE, INSTALLATION}
)
"""All kinds."""

VERSION: Final = 1
"""The version that `to_plain` writes, of every kind."""


def kind_of(operation: Operation) -> str:
    """The name of an operation's kind, as it stands in the header of an envelope."""
    if isinstance(operation, ConsoleAct):
        return console_plain.kind_of(operation)
    match operation:
        case Preregistration():
            return PREREGISTRATION
        case Identification():
            return IDENTIFICATION
        case ReadinessReport():
            return READINESS
        case Conclusion():
            return CONCLUSION
        case AuditPage():
            return AUDIT_PAGE
        case InstallationReport():
            return INSTALLATION
        case _:
            return counter_plain.kind_of(operation)


def is_counter_act(operation: Operation) -> TypeGuard[CounterAct]:
    """Whether an operation is a clerk's."""
    return isinstance(operation, CounterAct)


def problems(operation: Operation, *, today: date) -> tuple[Problem, ...]:
    """Everything that keeps an operation from being recorded or accepted, by its kind's rules."""
    if isinstance(operation, ConsoleAct):
        return console_rules.problems(operation, today=today)
    match operation:
        case Preregistration():
            return preregistration.problems(operation, today=today)
        case Identification():
            return identification.problems(operation, today=today)
        case ReadinessReport():
            return readiness.problems(operation, today=today)
        case Conclusion():
            return home_plain.problems(operation, today=today)
        case AuditPage():
            return audit.problems(operation, today=today)
        case InstallationReport():
            return installation.problems(operation, today=today)
        case _:
            return counter_rules.problems(operation, today=today)


def to_plain(operation: Operation) -> dict[str, Any]:
    """The operation as a plain value of `VERSION`."""
    if isinstance(operation, ConsoleAct):
        return console_plain.to_plain(operation)
    match operation:
        case Preregistration():
            return preregistration.to_plain(operation)
        case Identification():
            return identification.to_plain(operation)
        case ReadinessReport():
            return readiness.to_plain(operation)
        case Conclusion():
            return home_plain.to_plain(operation)
        case AuditPage():
            return audit.to_plain(operation)
        case InstallationReport():
            return installation.to_plain(operation)
        case _:
            return counter_plain.to_plain(operation)


def from_plain(kind: str, version: int, plain: object) -> Operation | Problem:
    """Read an operation back.

    Whether it is shaped as an operation is all that is judged here; the rules are `problems`.

    Returns:
        The operation, or a `Problem`: `operation.unknown-kind`, `operation.unknown-version` (sent
        by a newer station), or `operation.malformed` with the field that is not as it should be:
        one that holds a NUL too, which nobody types and not every registry can keep.
    """
    if kind not in KINDS:
        return Problem("operation.unknown-kind")
    if version != VERSION:
        return Problem("operation.unknown-version")
    found = _read(kind, plain)
    nul = None if isinstance(found, Problem) else _place_of_nul(plain)
    return found if nul is None else Problem("operation.malformed", field=nul)


def _read(kind: str, plain: object) -> Operation | Problem:
    if kind in CONSOLE:
        return console_plain.from_plain(kind, plain)
    match kind:
        case "preregistration":
            return preregistration.from_plain(plain)
        case "identification":
            return identification.from_plain(plain)
        case "readiness":
            return readiness.from_plain(plain)
        case "conclusion":
            return home_plain.from_plain(plain)
        case "audit_page":
            return audit.from_plain(plain)
        case "installation":
            return installation.from_plain(plain)
        case _:
            return counter_plain.from_plain(kind, plain)


def _place_of_nul(plain: object, place: str = "") -> str | None:
    """The dotted path of a text that holds U+0000; None where none does."""
    match plain:
        case str():
            return place if "\0" in plain else None
        case list():
            inner = [(place, one) for one in plain]
        case dict():
            inner = [(place, key) for key in plain]
            inner += [(f"{place}.{key}".lstrip("."), one) for key, one in plain.items()]
        case _:
            return None
    return next((at for where, one in inner if (at := _place_of_nul(one, where)) is not None), None)
