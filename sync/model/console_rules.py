"""What keeps an act of the console from being recorded or accepted, whatever the hub's lists hold.

A station applies these before it records and the hub when it decides. What depends on the users,
cards and stations as they are, the hub's state machines judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, assert_never

from sync.model import certificates, codice_fiscale
from sync.model.certified_mail import is_certified
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    RegisterNote,
    StationAction,
    StationChange,
    StationReason,
    StationRegistration,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
    UserReason,
)
from sync.model.console_plain import HASH_BYTES
from sync.model.contacts import parse_email
from sync.model.errors import Problem
from sync.model.form_rules import checked
from sync.model.names import parse_line, parse_name
from sync.model.secret_digests import digest_problem
from sync.model.users import ADMINISTRATORS, ASSIGNABLE, Environment, Profile, UserType

LONGEST_PLACE: Final = 120
"""Characters of a note in the Register PC - certificate."""

MOST_MAILED_BYTES: Final = 2048
"""Of the sealed second half of a daily password."""

REASONS_OF_STATIONS: Final[Mapping[StationAction, frozenset[StationReason]]] = {
    StationAction.BLOCK: frozenset(
        {StationReason.ORDER, StationReason.SUSPICION, StationReason.STOLEN}
    ),
    StationAction.UNBLOCK: frozenset({StationReason.ORDER}),
    StationAction.CANCEL: frozenset(StationReason),
    StationAction.NEW_TOKEN: frozenset({StationReason.ORDER}),
}
"""For which reasons each is done (R-004-15, 17, 18)."""

REASONS_OF_USERS: Final[Mapping[UserAction, frozenset[UserReason]]] = {
    UserAction.BLOCK: frozenset(
        {UserReason.ORDER, UserReason.FORGOTTEN, UserReason.THEFT, UserReason.LOSS}
    ),
    UserAction.UNBLOCK: frozenset({UserReason.ORDER, UserReason.FORGOTTEN}),
    UserAction.DELETE: frozenset({UserReason.ORDER, UserReason.MOVED, UserReason.RETIRED}),
    UserAction.NEW_CARD: frozenset({UserReason.ORDER}),
    UserAction.REPLACE_CARD: frozenset(
        {UserReason.THEFT, UserReason.LOSS, UserReason.BROKEN, UserReason.EXPIRED}
    ),
    UserAction.HAND_OVER_CARD: frozenset({UserReason.ORDER}),
    UserAction.REGISTER_CARD: frozenset({UserReason.ORDER}),
    UserAction.SEND_CODES: frozenset({UserReason.ORDER}),
}
"""For which reasons each is done (R-004-24, 31, 35, 36)."""

OF_A_CARD: Final = frozenset(
    {
        UserAction.REPLACE_CARD,
        UserAction.HAND_OVER_CARD,
        UserAction.REGISTER_CARD,
        UserAction.SEND_CODES,
    }
)
"""What is done to a card that exists, and names its serial."""

_COMUNE: Final = re.compile(r"[0-9]{6}")
_SERIAL: Final = re.compile(r"[0-9A-Za-z]{1,32}")
_OFFICERS_CARD: Final = frozenset({OfficerAction.ACTIVATE_CARD, OfficerAction.ASK_REVOCATION})


def problems(act: ConsoleAct, *, today: date) -> tuple[Problem, ...]:
    """Everything that is wrong with an act, in the order of its fields.

    Args:
        act: what was done.
        today: the day in Italy when it is recorded, or when the hub decides.
    """
    return (*_comune_problems(act.comune), *_problems(act, today))


def _problems(act: ConsoleAct, today: date) -> Iterator[Problem]:
    match act:
        case StationRegistration():
            problem = certificates.label_problem(act.label)
            if problem is not None:
                yield problem
        case EnrolmentApproval() | StationChange() | RegisterNote():
            yield from _of_a_station(act)
        case UserInsertion():
            yield from _insertion_problems(act)
        case UserChange():
            yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
            yield from _mail_problems(act.email, act.pec)
            yield from _setting_problems(act.environments, act.profiles)
        case UserActionAct():
            yield from _action_problems(act)
        case DailyPasswordAct():
            yield from _daily_problems(act, today)
        case OfficerAct():
            yield from _officer_problems(act)
        case _:
            assert_never(act)


def _comune_problems(comune: str) -> Iterator[Problem]:
    if not _COMUNE.fullmatch(comune):
        yield Problem("console.comune", field="comune", rule="R-004-8")


def _of_a_station(act: EnrolmentApproval | StationChange | RegisterNote) -> Iterator[Problem]:
    """A certificate is of the comune that its name begins with (R-004-8)."""
    if not certificates.kind_of(act.station) or certificates.comune_of(act.station) != act.comune:
        yield Problem("station.name", field="station", rule="R-004-8")
    match act:
        case EnrolmentApproval():
            if len(act.request) != HASH_BYTES:
                yield Problem("operation.not-canonical", field="request")
        case StationChange():
            if act.reason not in REASONS_OF_STATIONS[act.action]:
                yield Problem("station.reason", field="reason", rule="R-004-15")
        case RegisterNote():
            if act.place:
                yield from checked("place", act.place, _place)


def _insertion_problems(act: UserInsertion) -> Iterator[Problem]:
    yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
    yield from checked("surname", act.surname, parse_name)
    yield from checked("name", act.name, parse_name)
    yield from _mail_problems(act.email, act.pec)
    if not _fits(act.user_type, act.profiles):
        yield Problem("user.type", field="user_type", rule="R-004-28")
    yield from _setting_problems(act.environments, act.profiles)


def _fits(user_type: UserType, profiles: frozenset[Profile]) -> bool:
    """An administrator is who administers; a Security Officer may be anything besides (R-001-7)."""
    match user_type:
        case UserType.ADMINISTRATOR:
            return bool(profiles & ADMINISTRATORS)
        case UserType.OPERATOR:
            return bool(profiles) and not profiles & ADMINISTRATORS
        case UserType.SECURITY_OFFICER:
            return True


def _mail_problems(email: str, pec: str) -> Iterator[Problem]:
    """The address for codes and daily passwords is mandatory, and no certified one (R-004-28)."""
    yield from checked("email", email, parse_email)
    if is_certified(email) or (pec and pec == email):
        yield Problem("email.certified", field="email", rule="R-004-28")
    if pec:
        yield from checked("pec", pec, parse_email)


def _setting_problems(
    environments: frozenset[Environment], profiles: frozenset[Profile]
) -> Iterator[Problem]:
    if not environments:
        yield Problem("user.environment", field="environments", rule="R-004-29")
    if not profiles <= ASSIGNABLE:
        yield Problem("user.profile", field="profiles", rule="R-004-5")


def _action_problems(act: UserActionAct) -> Iterator[Problem]:
    yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
    if act.reason not in REASONS_OF_USERS[act.action]:
        yield Problem("user.reason", field="reason", rule="R-004-31")
    yield from _serial_problems(
        act.serial, needed=act.action in OF_A_CARD, allowed=act.action is not UserAction.NEW_CARD
    )
    # A block never waits for a report: the card is in other hands already. What cannot be taken
    # back does (ADR 0162).
    stolen = act.reason in {UserReason.THEFT, UserReason.LOSS}
    if act.action is UserAction.REPLACE_CARD and stolen and not act.reported:
        yield Problem("card.not-reported", field="reported", rule="R-004-36")


def _serial_problems(serial: str, *, needed: bool, allowed: bool = True) -> Iterator[Problem]:
    right = bool(_SERIAL.fullmatch(serial)) if serial else not needed
    if not right or (serial and not allowed):
        yield Problem("card.serial", field="serial", rule="R-004-25")


def _daily_problems(act: DailyPasswordAct, today: date) -> Iterator[Problem]:
    yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
    problem = digest_problem(act.digest)
    if problem is not None:
        yield problem.at("digest")
    if not 0 < len(act.mailed_half) <= MOST_MAILED_BYTES:
        yield Problem("daily.half", field="mailed_half", rule="R-004-34")
    if act.day != today:
        yield Problem("daily.day", field="day", rule="R-004-34")
    if act.reason is not UserReason.FORGOTTEN:
        yield Problem("daily.reason", field="reason", rule="R-004-34")


def _officer_problems(act: OfficerAct) -> Iterator[Problem]:
    yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
    of_a_card = act.action in _OFFICERS_CARD
    yield from _serial_problems(act.serial, needed=of_a_card, allowed=of_a_card)
    proven = HASH_BYTES if act.action is OfficerAction.ACTIVATE_CARD else 0
    if len(act.proof) != proven:
        yield Problem("officer.proof", field="proof", rule="R-001-7")


def _place(text: str) -> str | Problem:
    return parse_line(text, longest=LONGEST_PLACE, what="place")
