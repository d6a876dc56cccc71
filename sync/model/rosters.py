"""Who may act at a counter, for which office, with which right (R-003-55, 61, 63).

A roster is a list that the hub signs (`sync.wire.roster`). A station opens its menu by it and works
offline; the hub applies it again to every act, as it stood when the act was recorded.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, assert_never

from sync.model import console_plain
from sync.model.addresses import ItalianAddress, Residence
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    OfficerAct,
    RegisterNote,
    StationAction,
    StationChange,
    StationRegistration,
    UserActionAct,
    UserChange,
    UserInsertion,
)
from sync.model.console_views import (
    CertificateAsked,
    ConsoleInquiry,
    DaySignIn,
    EnrolmentCodeAsked,
    RenewalAsked,
    SignedListSince,
    StationsAsked,
    UsersAsked,
)
from sync.model.counter import (
    Booking,
    ClosingReason,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    OldAccountDeletion,
    OutcomeClosing,
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
    RefusedAsked,
    StandingAsked,
    UsernameAsked,
    UsernameProposed,
)
from sync.model.registration import Part
from sync.model.rights import Right as Right  # noqa: PLC0414  a part of what this module tells
from sync.model.users import ADMINISTRATORS, Profile

HOLDER_BYTES: Final = 32
"""Of a digest of a codice fiscale."""

SALT_BYTES: Final = 32
"""Of a roster whose entries name their holders."""


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """An operator of one office.

    A card stands once for each comune of its holder, who may have other profiles in each
    (R-004-20, 32).

    Attributes:
        thumbprint: SHA-256 of the certificate of the operator's card, 32 bytes.
        name: as the header of the clerk's pages shows it.
        office: the Ente for which they act (R-003-63).
        comuni: Belfiore codes of their competence (R-003-61); empty: all.
        until: last day on which they may act.
        comune: ISTAT code of the Ente's comune; empty for who is in no comune's care: an entry for
            every station.
        profiles: from which the rights come; empty likewise.
        holder: digest of the codice fiscale (`holder_digest`), which the card must bear (R-004-6);
            empty where the roster does not say.
    """

    thumbprint: bytes
    name: str = field(repr=False)
    office: str
    rights: frozenset[Right]
    comuni: tuple[str, ...]
    until: date
    comune: str = ""
    profiles: frozenset[Profile] = frozenset()
    holder: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """All operators.

    Attributes:
        version: 1 for the first list, one more for each after.
        issued: milliseconds since 1970 by the hub's clock. It may lie ahead of a station's: what
            counts is the version, and the age is then told as unknown (`age_of`).
        salt: of the holders' digests; empty where no entry has one.
    """

    version: int
    issued: int
    entries: tuple[OperatorEntry, ...]
    salt: bytes = field(default=b"", repr=False)

    def entry(self, thumbprint: bytes, comune: str = "") -> OperatorEntry | None:
        """Who has the card of that certificate, or None.

        Args:
            thumbprint: SHA-256 of the certificate.
            comune: ISTAT code of the station's comune, whose entry is wanted: a card that is known
                in other comuni alone opens nothing there, and one that is known in any goes by no
                entry of a CSV file. Empty for a station that is of none: the card's first entry.
        """
        found = [entry for entry in self.entries if entry.thumbprint == thumbprint]
        if comune:
            of_console = any(entry.comune for entry in found)
            found = [entry for entry in found if entry.comune == (comune if of_console else "")]
        return found[0] if found else None

    def names_holder(self, entry: OperatorEntry, codice_fiscale: str) -> bool:
        """Whether an entry is of who has that codice fiscale, as their card says (R-004-6).

        True for an entry that names no holder: an office without a console has none to compare.
        """
        if not entry.holder:
            return True
        return hmac.compare_digest(entry.holder, holder_digest(self.salt, codice_fiscale))


def holder_digest(salt: bytes, codice_fiscale: str) -> bytes:
    """The digest by which a roster names a holder: HMAC-SHA-256 of the codice fiscale, 32 bytes.

    It keeps the list from being a list of persons at a glance. Whoever has the salt can try all
    codici fiscali, so a roster is kept encrypted where it lies.
    """
    return hmac.digest(salt, codice_fiscale.encode(), hashlib.sha256)


def age_of(issued: int, now: int) -> int | None:
    """How old a signed list is, milliseconds; None where its date lies ahead of the clock.

    Args:
        issued: by the hub's clock, milliseconds since 1970.
        now: by the station's. Ages are told in days: a difference of less than one is none.
    """
    if issued > now + _CLOCKS_DIFFER:
        return None
    return max(0, now - issued)


_CLOCKS_DIFFER: Final = 24 * 60 * 60 * 1000

_OF_A_COUNTER = frozenset({Right.REGISTER, Right.MANAGE, Right.RESIDENCE})
_OF_CONSOLE: Final = frozenset({Right.USERS, Right.STATIONS, Right.APPOINT, Right.OFFICER})
_OF_THE_STATION: Final = frozenset({"readiness", "installation", "audit_page"})
"""Kinds of what a station records of itself (`sync.model.operation`)."""

DECIDES: Final = _OF_A_COUNTER | _OF_CONSOLE | {Right.DEVICES}
"""Rights of who may decide on some operation that does not stand."""


def may(entry: OperatorEntry, right: Right, *, on: date) -> bool:
    """Whether an operator has a right on a day."""
    return right in entry.rights and on <= entry.until


def competent(entry: OperatorEntry, comune: str) -> bool:
    """Whether a comune (Belfiore code) is in an operator's competence (R-003-61)."""
    return not entry.comuni or comune in entry.comuni


def rights_for_act(act: CounterAct) -> frozenset[Right]:
    """The rights of which an act needs one."""
    match act:
        case CounterRegistration() | OldAccountDeletion():
            return frozenset({Right.REGISTER})
        case (
            Booking() | CodeRegeneration() | RecordEdit() | DelegationChange() | DisputeSettlement()
        ):
            return frozenset({Right.MANAGE})
        case ResidenceChange():
            return frozenset({Right.RESIDENCE})
        case OutcomeClosing():
            return rights_for_closing(act.kind, lost=act.reason is ClosingReason.LOST)
        case _:
            assert_never(act)


def rights_for_closing(kind: str, *, lost: bool) -> frozenset[Right]:
    """The rights of which one is needed to decide what becomes of an operation that does not stand.

    Whoever does such operations decides on them; on a damaged one who looks after the station, too.

    Args:
        kind: of the operation, as in the header of its envelope.
        lost: it never came whole, and will not.
    """
    if kind in console_plain.KINDS:
        rights = _OF_CONSOLE
    elif kind in _OF_THE_STATION:
        rights = frozenset({Right.MANAGE, Right.DEVICES, Right.STATIONS})
    else:
        rights = _OF_A_COUNTER
    return rights | {Right.DEVICES} if lost else rights


def rights_for_inquiry(inquiry: Inquiry) -> frozenset[Right]:
    """The rights of which an inquiry needs one.

    Empty for what a citizen asks at a kiosk, for what a station asks for itself, and for a signed
    list: who has lost a right has a station that must learn of it.
    """
    match inquiry:
        case ChangesSince() | LeaseAsked() | LeaseReturned() | RefusedAsked():
            return _OF_A_COUNTER
        case PersonLookUp():
            # Inserisci utente asks who somebody is, too (R-004-28).
            return frozenset({Right.REGISTER, Right.USERS, Right.APPOINT})
        case StandingAsked():
            return frozenset({Right.REGISTER})
        case UsernameAsked():
            return frozenset({Right.MANAGE})
        case UsersAsked():
            # The Security Officer sees whose cards wait for activation (R-001-3, 7).
            return frozenset({Right.USERS, Right.APPOINT, Right.OFFICER})
        case StationsAsked() | EnrolmentCodeAsked() | CertificateAsked():
            return frozenset({Right.STATIONS})
        case CodesShown() | UsernameProposed() | DaySignIn() | SignedListSince() | RenewalAsked():
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
    if not _any(entry, rights_for_act(act)):
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


def appoints_only(entry: OperatorEntry) -> bool:
    """Whether somebody may do with users only what the Mayor does: with administrators (R-004-1)."""
    return Right.APPOINT in entry.rights and Right.USERS not in entry.rights


def console_problem(
    entry: OperatorEntry | None, act: ConsoleAct, *, on: date, of_oneself: bool = False
) -> Problem | None:
    """Why an administrator may not do an act of the console on a day, None where they may.

    Who is the Mayor, or has the Mayor's delegation, prepares stations and appoints administrators
    (R-004-1); an ALS does all with users and cards, an ALP all with stations (R-004-2, 4). What the
    lists at the hub say, the hub judges: that a user with whom a Mayor does something is an
    administrator (`appoints_only`), that an act of a Security Officer is by one, and that a comune
    keeps an ALS.

    Args:
        entry: the administrator's line of the roster, of the act's comune.
        act: what is done.
        on: the day.
        of_oneself: whether the user of the act is who does it: nobody gives themselves profiles or
            a daily password.

    Returns:
        `operator.unknown`, `operator.expired`, `operator.other-office` (of another comune) or
        `operator.no-right`.
    """
    if entry is None:
        return Problem("operator.unknown")
    if on > entry.until:
        return Problem("operator.expired")
    if not _of_comune(entry, act.comune):
        return Problem("operator.other-office", field="comune", rule="R-004-4")
    if not _may_in_console(entry, act) or (of_oneself and _raises(entry, act)):
        return Problem("operator.no-right", rule="R-004-4")
    return None


def _may_in_console(entry: OperatorEntry, act: ConsoleAct) -> bool:
    """By rights and profiles alone."""
    rights = entry.rights
    match act:
        case StationRegistration() | EnrolmentApproval() | RegisterNote():
            return Right.STATIONS in rights
        case StationChange():
            # A Mayor prepares stations; who looks after them is an ALP.
            prepares = act.action is StationAction.NEW_TOKEN
            return Right.STATIONS in rights and (prepares or Profile.ALP in entry.profiles)
        case UserInsertion() | UserChange():
            if appoints_only(entry):
                return bool(act.profiles) and act.profiles <= ADMINISTRATORS
            return Right.USERS in rights
        case UserActionAct():
            return not rights.isdisjoint({Right.USERS, Right.APPOINT})
        case DailyPasswordAct():
            return Right.USERS in rights
        case OfficerAct():
            return True
        case _:
            assert_never(act)


def _raises(entry: OperatorEntry, act: ConsoleAct) -> bool:
    """Whether somebody would give themselves what they have not."""
    match act:
        case UserInsertion() | DailyPasswordAct():
            return True
        case UserChange():
            return not act.profiles <= entry.profiles
        case _:
            return False


def inquiry_problem(entry: OperatorEntry | None, inquiry: Inquiry, *, on: date) -> Problem | None:
    """Why an inquiry is not answered, None where it is.

    Returns:
        `operator.unknown`, `operator.expired`, `operator.no-right` or, where the console asks,
        `operator.other-office` (of another comune than the operator's).
    """
    needed = rights_for_inquiry(inquiry)
    if not needed:
        return None
    if entry is None:
        return Problem("operator.unknown")
    if on > entry.until:
        return Problem("operator.expired")
    if not _any(entry, needed):
        return Problem("operator.no-right", rule="R-003-55")
    if isinstance(inquiry, ConsoleInquiry) and not _of_comune(entry, inquiry.comune):
        return Problem("operator.other-office", field="comune", rule="R-004-4")
    return None


def _of_comune(entry: OperatorEntry, comune: str) -> bool:
    """Whether an administrator's console is of a comune: nobody has a console of all."""
    return bool(comune) and entry.comune == comune


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
