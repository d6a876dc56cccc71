"""Decides on acts of the console: rules, rights when it was recorded, then what it leads to.

Acts on stations go to the device authority; acts on users are entered here. Of what is refused about
a user, and of a deleted user, no body is kept: nobody could have it taken out later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, assert_never

from sync.hub import acting, remedies
from sync.hub.acting import Acting, Recorded
from sync.hub.console.desk import Console, Desk
from sync.hub.store import alarms, shedding, users
from sync.hub.store.database import Store
from sync.hub.store.users import User
from sync.model import operation, rosters
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    OfficerAct,
    OfficerAction,
    StationAct,
    UserAct,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
)
from sync.model.errors import Problem
from sync.model.rosters import OperatorEntry, Right
from sync.model.users import ADMINISTRATORS, UserType
from sync.wire.receipt import Accepted, Outcome, Refused

NOT_HERE: Final = "console.not-here"
"""This hub looks after no stations."""

DecideStations = Callable[[Store, StationAct, str, int], Outcome]
"""Decides on an act about a station; by whom (thumbprint and station), at what time. Within the
transaction of the decision (`sync.hub.device_ca`)."""


@dataclass(frozen=True, slots=True)
class ConsoleDecisions:
    """Decides, each at once. Within the transaction of a sitting.

    Attributes:
        console: what acts on users need.
        stations: decides on acts about stations; None where this hub looks after none.
    """

    console: Console
    stations: DecideStations | None = None

    def enter(self, store: Store, act: ConsoleAct, recorded: Recorded, now: int) -> Outcome:
        """Decides on one act."""
        found = operation.problems(act, today=acting.day(now))
        by = acting.judge_console(store, act, recorded, now)
        if by.problem is not None:
            alarms.raise_alarm(store, recorded.station, by.problem.code, now, seq=recorded.seq)
        if isinstance(act, UserAct):
            trouble = by.problem or (found[0] if found else None)
            user = users.of(store, act.comune, act.codice_fiscale)
            if trouble is None:
                trouble = self._on_user(store, act, user, by, recorded, now)
            self._note_body(store, act, recorded, accepted=trouble is None)
            if trouble is None:
                return Accepted()
            if trouble.code == "officer.proof":
                alarms.raise_alarm(store, recorded.station, trouble.code, now, seq=recorded.seq)
            return _refused(trouble, is_of_operator=by.problem is not None)
        if by.problem is not None:
            return _refused(by.problem, is_of_operator=True)
        if found:
            return _refused(found[0])
        if self.stations is None:
            return Refused(NOT_HERE, None, remedies.CALL_ASSISTANCE)
        return self.stations(store, act, _whose(recorded), now)

    def _on_user(
        self,
        store: Store,
        act: UserAct,
        user: User | None,
        by: Acting,
        recorded: Recorded,
        now: int,
    ) -> Problem | None:
        administrator = None
        if by.known is not None and by.known.user is not None:
            administrator = users.by_id(store, by.known.user)
        desk = Desk(store, self.console, administrator, now)
        if isinstance(act, UserInsertion):
            inserted = desk.insert(act)
            return inserted if isinstance(inserted, Problem) else None
        if user is None:
            return Problem("user.unknown", field="codice_fiscale", rule="R-004-33")
        entry = None if by.known is None else by.known.entry
        if entry is not None and rosters.appoints_only(entry) and not _is_appointed(act, user):
            return Problem("operator.no-right", rule="R-004-1")
        match act:
            case UserChange():
                return desk.change(act, user)
            case UserActionAct():
                return desk.act(act, user)
            case DailyPasswordAct():
                return desk.set_password(act, user, recorded)
            case OfficerAct():
                return _officer_problem(act, administrator, entry) or desk.officer(act, user)
            case _:
                assert_never(act)

    def _note_body(self, store: Store, act: UserAct, recorded: Recorded, *, accepted: bool) -> None:
        """Ties the body to the user, so that it goes with them; else it goes at once."""
        user = users.of(store, act.comune, act.codice_fiscale)
        if accepted and user is not None and not isinstance(act, DailyPasswordAct):
            users.note_entry(store, recorded.station, recorded.seq, user.id)
        else:
            shedding.note_at_once(store, [(recorded.station, recorded.seq)])


def _is_appointed(act: UserAct, user: User) -> bool:
    """Whether an act is one of the Mayor's: with administrators, or any card is collected (R-004-1)."""
    collects = isinstance(act, UserActionAct) and act.action is UserAction.HAND_OVER_CARD
    return collects or isinstance(act, OfficerAct) or bool(user.profiles & ADMINISTRATORS)


def _officer_problem(
    act: OfficerAct, by: User | None, entry: OperatorEntry | None
) -> Problem | None:
    """Why somebody may not act as a Security Officer, None where they may (R-001-7, 28).

    What the ministry is asked for, whoever looks after the comune's users may ask too.
    """
    asks = act.action in {OfficerAction.ASK_REVOCATION, OfficerAction.ASK_EXTRA}
    if asks and entry is not None and entry.rights & {Right.USERS, Right.APPOINT}:
        return None
    if by is None or by.user_type is not UserType.SECURITY_OFFICER:
        return Problem("officer.not-one", rule="R-001-7")
    received = act.action is OfficerAction.MASTER_RECEIVED
    if received and by.codice_fiscale != act.codice_fiscale:
        return Problem("officer.not-one", rule="R-001-7")
    return None


def _whose(recorded: Recorded) -> str:
    """Who did an act on a station, for the Register: the card's thumbprint, and where."""
    operator = recorded.header.operator
    card = "" if operator is None else operator.thumbprint.hex()
    return f"{card} {recorded.station}"


def _refused(problem: Problem, *, is_of_operator: bool = False) -> Refused:
    remedy = remedies.CALL_ASSISTANCE if is_of_operator else remedies.of(problem)
    return Refused(problem.code, problem.rule, remedy)
