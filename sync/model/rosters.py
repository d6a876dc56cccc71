"""Who may act at a counter, for which office, with which right (R-003-55, 61, 63).

A roster is a list that the hub signs (`sync.wire.roster`). A station opens its menu by it and works
offline; the hub applies it again to every act, as it stood when the act was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import assert_never

from sync.model.addresses import ItalianAddress, Residence
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    OldAccountDeletion,
    PartChange,
    RecordEdit,
    ResidenceChange,
)
from sync.model.errors import Problem
from sync.model.inquiry import (
    ChangesSince,
    CodesShown,
    Inquiry,
    LeaseAsked,
    LeaseReturned,
    PersonLookUp,
    RosterSince,
    StandingAsked,
    UsernameAsked,
    UsernameProposed,
)
from sync.model.registration import Part


class Right(Enum):
    """What an operator may open in the menu (R-003-55); `DEVICES` is who looks after a station."""

    REGISTER = "register"
    """Registrazione utenti."""
    MANAGE = "manage"
    """Gestione utenti."""
    FSE = "fse"
    """Fascicolo Sanitario Elettronico (R-003-49)."""
    RESIDENCE = "residence"
    """Cambio residenza (R-003-61)."""
    DEVICES = "devices"
    USERS = "users"
    """Gestione Utenze and Gestione SmartCard of the console (R-004-4)."""
    STATIONS = "stations"
    """Gestione Postazione of the console (R-004-4)."""
    APPOINT = "appoint"
    """Appoints the administrators of security and of stations (R-004-1)."""


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """An operator of one office.

    Attributes:
        thumbprint: SHA-256 of the certificate of the operator's card, 32 bytes.
        name: as the header of the clerk's pages shows it.
        office: the Ente for which they act (R-003-63).
        comuni: Belfiore codes of their competence (R-003-61); empty: all.
        until: last day on which they may act.
    """

    thumbprint: bytes
    name: str = field(repr=False)
    office: str
    rights: frozenset[Right]
    comuni: tuple[str, ...]
    until: date


@dataclass(frozen=True, slots=True)
class Roster:
    """All operators.

    Attributes:
        version: 1 for the first list, one more for each after.
        issued: milliseconds since 1970.
    """

    version: int
    issued: int
    entries: tuple[OperatorEntry, ...]

    def entry(self, thumbprint: bytes) -> OperatorEntry | None:
        """Who has the card of that certificate, or None."""
        for entry in self.entries:
            if entry.thumbprint == thumbprint:
                return entry
        return None


_OF_A_COUNTER = frozenset({Right.REGISTER, Right.MANAGE, Right.RESIDENCE})


def may(entry: OperatorEntry, right: Right, *, on: date) -> bool:
    """Whether an operator has a right on a day."""
    return right in entry.rights and on <= entry.until


def competent(entry: OperatorEntry, comune: str) -> bool:
    """Whether a comune (Belfiore code) is in an operator's competence (R-003-61)."""
    return not entry.comuni or comune in entry.comuni


def right_for_act(act: CounterAct) -> Right:
    """The right that an act needs."""
    match act:
        case CounterRegistration() | OldAccountDeletion():
            return Right.REGISTER
        case (
            Booking() | CodeRegeneration() | RecordEdit() | DelegationChange() | DisputeSettlement()
        ):
            return Right.MANAGE
        case ResidenceChange():
            return Right.RESIDENCE
        case _:
            assert_never(act)


def rights_for_inquiry(inquiry: Inquiry) -> frozenset[Right]:
    """The rights of which an inquiry needs one.

    Empty for what a citizen asks at a kiosk, and for the roster, which says who has which.
    """
    match inquiry:
        case ChangesSince() | LeaseAsked() | LeaseReturned():
            return _OF_A_COUNTER
        case PersonLookUp() | StandingAsked():
            return frozenset({Right.REGISTER})
        case UsernameAsked():
            return frozenset({Right.MANAGE})
        case CodesShown() | UsernameProposed() | RosterSince():
            return frozenset()
        case _:
            assert_never(inquiry)


def act_problem(
    entry: OperatorEntry | None, act: CounterAct, *, on: date, residence: Residence | None = None
) -> Problem | None:
    """Why an operator may not do an act on a day, None where they may.

    A Modifica that moves the person to another comune is a Cambio residenza, and asks what that
    one asks; within the comune it is a correction like any other.

    Args:
        entry: the operator's line of the roster.
        act: what is done.
        on: the day.
        residence: of the registration as it is before the act, None where there is none.

    Returns:
        `operator.unknown`, `operator.expired`, `operator.other-office`, `operator.no-right` or
        `operator.outside-competence` (a residence outside the operator's comuni, R-003-61).
    """
    if entry is None:
        return Problem("operator.unknown")
    if on > entry.until:
        return Problem("operator.expired")
    if act.office != entry.office:
        return Problem("operator.other-office", field="office", rule="R-003-63")
    if right_for_act(act) not in entry.rights:
        return Problem("operator.no-right", rule="R-003-55")
    if isinstance(act, ResidenceChange):
        return _move_problem(entry, act.change, "change.value")
    if isinstance(act, RecordEdit):
        for place, change in enumerate(act.changes):
            if change.part is not Part.RESIDENCE or _same_comune(residence, change):
                continue
            if Right.RESIDENCE not in entry.rights:
                return Problem("operator.no-right", rule="R-003-55")
            return _move_problem(entry, change, f"changes.{place}.value")
    return None


def inquiry_problem(entry: OperatorEntry | None, inquiry: Inquiry, *, on: date) -> Problem | None:
    """Why an inquiry is not answered, None where it is.

    Returns:
        `operator.unknown`, `operator.expired` or `operator.no-right`.
    """
    needed = rights_for_inquiry(inquiry)
    if not needed:
        return None
    if entry is None:
        return Problem("operator.unknown")
    if on > entry.until:
        return Problem("operator.expired")
    return None if _any(entry, needed) else Problem("operator.no-right", rule="R-003-55")


def _any(entry: OperatorEntry, rights: Iterable[Right]) -> bool:
    return any(right in entry.rights for right in rights)


def _move_problem(entry: OperatorEntry, change: PartChange, field: str) -> Problem | None:
    """A residence abroad is in nobody's competence but of who has all comuni."""
    residence = change.value
    if isinstance(residence, ItalianAddress):
        within = competent(entry, residence.comune)
    else:
        within = not entry.comuni
    return None if within else Problem("operator.outside-competence", field=field, rule="R-003-61")


def _same_comune(before: Residence | None, change: PartChange) -> bool:
    """Whether a change leaves the person in the comune, or abroad, where they were."""
    after = change.value
    if isinstance(before, ItalianAddress) and isinstance(after, ItalianAddress):
        return before.comune == after.comune
    return before is not None and isinstance(before, type(after))
