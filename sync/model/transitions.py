"""The state table and its operations as data, and the functions that move a credential.

R-003-13 is `TABLE`, R-003-19 is `OPERATIONS`. Every pair of them that is left out is forbidden,
and each refusal has a reason of its own. Hub, station and mirror call the same functions.

Not settled by the seed, and settled here (ADR 0131): a state that has no row of its own (`respinto`)
may be searched and nothing else; "registrato" and strong may be revoked and nothing else; riscontro
forte is allowed to "riscontrato" and strong; an activation code is made anew, and a delegation is
changed, only while there is an operation in progress that has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Final

from sync.model.credential import (
    Booked,
    Credential,
    Function,
    OperationKind,
    OperationStatus,
    State,
)
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.home import HomeStep


@dataclass(frozen=True, slots=True)
class Row:
    """A row of R-003-13.

    Attributes:
        case: "Caso" of the manual, None where it describes none.
        operations: what may be booked, in the order of the choice page.
        left_only: such a registration may come by import, and is never made here.
    """

    case: int | None
    functions: frozenset[Function]
    operations: tuple[OperationKind, ...]
    left_only: bool = False


class Gives(Enum):
    """What a counter hands over (R-003-19 `counter_gives`)."""

    ACTIVATION_CODE = "activation_code"
    REVOCATION_CODE = "revocation_code"
    NEW_PIN = "new_pin"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Procedure:
    """An operation of R-003-19.

    Attributes:
        allowed: states and strength from which it may be booked.
        gives: what the counter hands over.
        steps: what is left to do at home, in order.
        result: state and strength once it is concluded; None: the registration is deleted.
        use_when: key of the catalogue that tells the clerk when it is the right one.
    """

    allowed: frozenset[tuple[State, bool]]
    gives: frozenset[Gives]
    steps: tuple[HomeStep, ...]
    result: tuple[State, bool] | None
    use_when: str


_WEAK: Final = False
_STRONG: Final = True

_ALL_BUT_CODE: Final = frozenset(set(Function) - {Function.RIGENERA_CODICE})
_ALL: Final = frozenset(Function)
_FORTE: Final = (OperationKind.RISCONTRO_FORTE, OperationKind.REVOCA)

TABLE: Final[Mapping[tuple[State, bool], Row]] = {
    (State.REGISTRATO, _WEAK): Row(1, _ALL_BUT_CODE, _FORTE),
    (State.REGISTRATO, _STRONG): Row(None, _ALL_BUT_CODE, (OperationKind.REVOCA,), left_only=True),
    (State.RISCONTRATO, _WEAK): Row(2, _ALL, _FORTE),
    (State.RISCONTRATO, _STRONG): Row(3, _ALL, _FORTE, left_only=True),
    (State.ATTIVATO, _WEAK): Row(
        4, _ALL, (OperationKind.PROMOZIONE, OperationKind.RESET, OperationKind.REVOCA)
    ),
    (State.ATTIVATO, _STRONG): Row(
        5, _ALL, (OperationKind.RIGENERA_PIN, OperationKind.RESET, OperationKind.REVOCA)
    ),
    (State.RESPINTO, _WEAK): Row(None, frozenset({Function.RICERCA}), (), left_only=True),
    (State.RESPINTO, _STRONG): Row(None, frozenset({Function.RICERCA}), (), left_only=True),
}
"""R-003-13, by state and strength."""

_LETTERS: Final = frozenset({Gives.ACTIVATION_CODE, Gives.NEW_PIN, Gives.SUMMARY})
_ACTIVE_STRONG: Final = (State.ATTIVATO, _STRONG)


def _from(kind: OperationKind) -> frozenset[tuple[State, bool]]:
    return frozenset(pair for pair, row in TABLE.items() if kind in row.operations)


OPERATIONS: Final[Mapping[OperationKind, Procedure]] = {
    OperationKind.RISCONTRO_FORTE: Procedure(
        _from(OperationKind.RISCONTRO_FORTE),
        _LETTERS,
        (
            HomeStep.REGULATION,
            HomeStep.PRIVACY,
            HomeStep.SIGN,
            HomeStep.USERNAME,
            HomeStep.PASSWORD,
            HomeStep.SECRET_QUESTION,
        ),
        _ACTIVE_STRONG,
        "use-when.riscontro_forte",
    ),
    OperationKind.PROMOZIONE: Procedure(
        _from(OperationKind.PROMOZIONE),
        _LETTERS,
        (HomeStep.REGULATION, HomeStep.PRIVACY, HomeStep.SIGN),
        _ACTIVE_STRONG,
        "use-when.promozione",
    ),
    OperationKind.RESET: Procedure(
        _from(OperationKind.RESET),
        _LETTERS,
        (
            HomeStep.REGULATION,
            HomeStep.PRIVACY,
            HomeStep.OLD_USER_ENDS,
            HomeStep.SIGN,
            HomeStep.USERNAME,
            HomeStep.PASSWORD,
            HomeStep.SECRET_QUESTION,
        ),
        _ACTIVE_STRONG,
        "use-when.reset",
    ),
    OperationKind.RIGENERA_PIN: Procedure(
        _from(OperationKind.RIGENERA_PIN),
        _LETTERS,
        (HomeStep.CONDITIONS, HomeStep.SIGN),
        _ACTIVE_STRONG,
        "use-when.rigenera_pin",
    ),
    OperationKind.REVOCA: Procedure(
        _from(OperationKind.REVOCA),
        frozenset({Gives.REVOCATION_CODE, Gives.SUMMARY}),
        (HomeStep.CONDITIONS, HomeStep.SIGN),
        None,
        "use-when.revoca",
    ),
}
"""R-003-19; "Rigenera codice" is no operation of Prenota and is `renew_code`."""

CODE_RENEWAL_GIVES: Final = frozenset({Gives.ACTIVATION_CODE})
"""What "Rigenera codice" hands over: the PIN stays (R-003-56, C-003-11)."""

_IDENTIFIES: Final = frozenset(
    {OperationKind.RISCONTRO_FORTE, OperationKind.PROMOZIONE, OperationKind.RESET}
)
"""Bookings by which weak credentials become strong: the date and office of the check are theirs."""


def functions(credential: Credential) -> frozenset[Function]:
    """What a row of the search offers for `credential` (R-003-11, 13; C-003-13, 14)."""
    offered = set(TABLE[credential.state, credential.strong].functions)
    if _code_trouble(credential) is not None:
        offered.discard(Function.RIGENERA_CODICE)
    if _delegation_trouble(credential) is not None:
        offered.discard(Function.MODIFICA_DELEGA)
    return frozenset(offered)


def bookable(credential: Credential) -> tuple[OperationKind, ...]:
    """What the choice page lists (R-003-21), in its order."""
    return TABLE[credential.state, credential.strong].operations


def why_not(credential: Credential, function: Function) -> Problem | None:
    """Why a function is not offered, for the clerk who asks; None where it is."""
    if function not in TABLE[credential.state, credential.strong].functions:
        if credential.state is State.RESPINTO:
            return Problem("transition.rejected", rule="R-003-13")
        return Problem("transition.not-checked", rule="R-003-13")
    match function:
        case Function.RIGENERA_CODICE:
            return _code_trouble(credential)
        case Function.MODIFICA_DELEGA:
            return _delegation_trouble(credential)
        case _:
            return None


def warning(credential: Credential) -> Problem | None:
    """What a clerk should know of a registration that no procedure of today makes (C-003-2, 3)."""
    if credential.state is State.RESPINTO:
        return Problem("transition.rejected", rule="R-003-13")
    if credential.state is State.REGISTRATO and credential.strong:
        return Problem("transition.strong-unchecked", rule="R-003-13")
    return None


def forbidden(credential: Credential, kind: OperationKind) -> Problem | None:
    """Why `kind` may not be booked, None where it may (R-003-13, 19).

    Returns:
        `transition.rejected`, `transition.strong-unchecked`, `transition.already-activated`,
        `transition.not-activated`, `transition.already-strong` or `transition.not-strong`.
    """
    if kind in bookable(credential):
        return None
    if credential.state is State.RESPINTO:
        return Problem("transition.rejected", field="kind", rule="R-003-13")
    if kind is OperationKind.RISCONTRO_FORTE:
        if credential.state is State.ATTIVATO:
            return Problem("transition.already-activated", field="kind", rule="R-003-13")
        return Problem("transition.strong-unchecked", field="kind", rule="R-003-13")
    if credential.state is not State.ATTIVATO:
        return Problem("transition.not-activated", field="kind", rule="R-003-13")
    if credential.strong:
        return Problem("transition.already-strong", field="kind", rule="R-003-13")
    return Problem("transition.not-strong", field="kind", rule="R-003-13")


def book(credential: Credential, booked: Booked) -> Credential | Problem:
    """The credential with `booked` in progress; what was in progress is replaced (R-003-22).

    After riscontro forte the state is "riscontrato" and the registration is still weak: it becomes
    strong when the person accepts at home (C-003-15).

    Returns:
        The credential, or why the table forbids it (`forbidden`).
    """
    problem = forbidden(credential, booked.kind)
    if problem is not None:
        return problem
    moved = replace(credential, last=replace(booked, status=OperationStatus.ACTIVE))
    if Gives.NEW_PIN in OPERATIONS[booked.kind].gives:
        moved = replace(moved, has_pin=True)
    if booked.kind in _IDENTIFIES:
        moved = replace(moved, checked_at=booked.booked_at, checked_by=booked.office)
    if booked.kind is OperationKind.RISCONTRO_FORTE:
        moved = replace(moved, state=State.RISCONTRATO)
    return moved


def renew_code(
    credential: Credential,
    *,
    renewal: str = "",
    renewed_at: int = 0,
    valid_until: date | None = None,
) -> Credential | Problem:
    """The operation in progress with a new activation code (R-003-56, C-003-13).

    Args:
        credential: whose operation.
        renewal: operation id of the regeneration.
        renewed_at: its time, as `Booked.booked_at`.
        valid_until: last day of the new code; None leaves it.

    Returns:
        The credential, or `transition.not-checked`, `transition.rejected`,
        `transition.nothing-running`, `transition.revocation-running`.
    """
    problem = why_not(credential, Function.RIGENERA_CODICE)
    running = credential.running
    if problem is not None or running is None:
        return problem or Problem("transition.nothing-running", rule="R-003-56")
    renewed = replace(
        running,
        code_renewals=running.code_renewals + 1,
        renewal=renewal,
        renewed_at=renewed_at,
        valid_until=running.valid_until if valid_until is None else valid_until,
    )
    return replace(credential, last=renewed)


def conclude(credential: Credential, kind: OperationKind, at: int) -> Credential | Problem | None:
    """What is left when the person has done all the steps at home (R-003-19 `result`).

    Whether the codes are still good is judged when they are shown (`in_validity`), not here: who
    showed them in time is not turned away by midnight.

    Args:
        credential: with the operation in progress.
        kind: which procedure the person went through.
        at: milliseconds since 1970.

    Returns:
        The credential; None after a revocation: the registration is to be deleted; or
        `transition.nothing-running`, `transition.other-running`.
    """
    running = credential.running
    if running is None:
        return Problem("transition.nothing-running", rule="R-003-19")
    if running.kind is not kind:
        return Problem("transition.other-running", field="kind", rule="R-003-19")
    result = OPERATIONS[kind].result
    if result is None:
        return None
    state, strong = result
    done = replace(
        credential,
        state=state,
        strong=strong,
        last=replace(running, status=OperationStatus.SUCCEEDED),
    )
    match kind:
        case OperationKind.RISCONTRO_FORTE | OperationKind.RESET:
            return replace(done, activated_at=at)
        case OperationKind.PROMOZIONE:
            return replace(done, promoted_at=at)
        case _:
            return done


def in_validity(booked: Booked, at: int) -> bool:
    """Whether the codes of `booked` are good at `at`: through their last day, counted in UTC.

    In Italy that is one or two hours more than the letter says. Imported ones have no end.
    """
    until = booked.valid_until
    return until is None or datetime.fromtimestamp(at / 1000, UTC).date() <= until


def discard(credential: Credential) -> Credential | Problem:
    """The credential with its operation in progress given up, status D (R-003-7)."""
    running = credential.running
    if running is None:
        return Problem("transition.nothing-running", rule="R-003-7")
    return replace(credential, last=replace(running, status=OperationStatus.DISCARDED))


def change_delegation(credential: Credential, delegation: Delegation) -> Credential | Problem:
    """The operation in progress with other data of its delegate (R-003-71, 72; C-003-14).

    Returns:
        The credential, or `transition.rejected`, `transition.nothing-running`,
        `transition.no-delegate`, `delegation.other-delegate` (the codice fiscale is read-only).
    """
    problem = why_not(credential, Function.MODIFICA_DELEGA)
    running = credential.running
    if problem is not None or running is None or running.delegation is None:
        return problem or Problem("transition.no-delegate", rule="R-003-71")
    if delegation.delegate.codice_fiscale != running.delegation.delegate.codice_fiscale:
        return Problem(
            "delegation.other-delegate", field="delegation.delegate.codice_fiscale", rule="R-003-72"
        )
    return replace(credential, last=replace(running, delegation=delegation))


def home_steps(kind: OperationKind) -> tuple[HomeStep, ...]:
    """What is left to do at home, in order (R-003-19 `home_steps`)."""
    return OPERATIONS[kind].steps


def _code_trouble(credential: Credential) -> Problem | None:
    """Why there is no activation code to be made anew (C-003-13)."""
    running = credential.running
    if running is None:
        return Problem("transition.nothing-running", rule="R-003-56")
    if running.kind is OperationKind.REVOCA:
        return Problem("transition.revocation-running", rule="R-003-56")
    return None


def _delegation_trouble(credential: Credential) -> Problem | None:
    """Why there is no delegation to change (C-003-14)."""
    running = credential.running
    if running is None:
        return Problem("transition.nothing-running", rule="R-003-71")
    if running.delegation is None:
        return Problem("transition.no-delegate", rule="R-003-71")
    return None
