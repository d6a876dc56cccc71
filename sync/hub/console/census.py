"""The census of a comune: who stands above its administrators (R-004-1), and what is missing.

The Mayor (or Commissario, ASC) and the Mayor's delegate (APL) are named by the ministry's list, not
by anybody in the console: they appoint the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from sync.hub.acting import day
from sync.hub.console import consequences, csv_lines, derivation
from sync.hub.console.derivation import is_activated
from sync.hub.console.desk import Console, Desk
from sync.hub.setup import SetupError
from sync.hub.store import cards, officers, users
from sync.hub.store.database import Store
from sync.hub.store.users import User
from sync.model import console_rules, places
from sync.model.console import UserInsertion
from sync.model.errors import Problem
from sync.model.rosters import Right
from sync.model.smart_cards import CardState
from sync.model.users import (
    CENSUS,
    Environment,
    Profile,
    UserState,
    UserType,
    rights_of,
)

COLUMNS: Final = ("comune", "role", "codice_fiscale", "surname", "name", "email", "pec")

_ROLES: Final = {profile.value: profile for profile in CENSUS}


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Somebody of the census."""

    user: UserInsertion
    role: Profile


def read(path: Path, today: date) -> list[Named]:
    """The census of a CSV file with the columns `COLUMNS`; `role` is `asc` or `apl`.

    Raises:
        SetupError: the file or a line of it cannot be used; the text names every such line.
    """

    def line(row: dict[str, str]) -> Named:
        role = _ROLES.get(row["role"].lower())
        if role is None:
            raise SetupError(f"role is one of {', '.join(sorted(_ROLES))}")
        if places.comune_by_istat(row["comune"]) is None:
            raise SetupError("comune must be an ISTAT code, 058091")
        user = UserInsertion(
            row["comune"],
            row["codice_fiscale"].upper(),
            row["surname"].upper(),
            row["name"].upper(),
            row["email"],
            row["pec"],
            UserType.ADMINISTRATOR,
            frozenset({Environment.PRODUCTION}),
            frozenset({Profile.ASC}),
            card=True,
        )
        found = console_rules.problems(user, today=today)
        if found:
            raise SetupError(", ".join(f"{one.field or 'line'}: {one.code}" for one in found))
        return Named(replace(user, profiles=frozenset({role})), role)

    return csv_lines.read(path, COLUMNS, line)


def load(store: Store, console: Console, named: Sequence[Named], now: int) -> int:
    """Puts the census of the comuni that it names in force. A transaction of its own.

    Who is new becomes a user; whoever has no card gets one. Roles and addresses of whoever it names
    are what it says; whoever is not named for their comune any more loses the role, and stays what
    they are besides.

    Returns:
        How many users are new or changed.
    """
    changed = 0
    with store.transaction():
        desk = Desk(store, console, None, now)
        for one in named:
            known = users.of(store, one.user.comune, one.user.codice_fiscale)
            if known is None:
                found = desk.insert(one.user, of_census=True)
                changed += not isinstance(found, Problem)
            else:
                changed += _brought_up(desk, known, one)
        listed = {(one.user.comune, one.user.codice_fiscale, one.role) for one in named}
        for comune in {one.user.comune for one in named}:
            for user in users.of_comune(store, comune):
                lost = {
                    role
                    for role in user.profiles & CENSUS
                    if (comune, user.codice_fiscale, role) not in listed
                }
                if lost:
                    _put(store, console, replace(user, profiles=user.profiles - lost), now)
                    changed += 1
    return changed


def _brought_up(desk: Desk, known: User, named: Named) -> bool:
    """Makes a user what the census says. Returns whether anything has changed."""
    said = named.user
    user = replace(known, email=said.email, pec=said.pec, profiles=known.profiles | {named.role})
    asks = consequences.wants_card(cards.of_person(desk.store, user.codice_fiscale))
    if asks:
        desk.ask_for_card(user)
    if user == known:
        return asks
    desk.put_changed(known, user)
    return True


def check(store: Store, now: int) -> list[str]:
    """What is missing in each comune, a line each, without names of people.

    Roles without an active user who holds an active card (R-004-1, 2), no Security Officer with the
    master password (R-001-7), fewer cards than operators who register (R-001-3), cards that are
    late (R-004-23).
    """
    lines = []
    for comune in users.comuni(store):
        found = users.of_comune(store, comune)
        lines += [
            f"{comune}: no {role.name} with an active card"
            for role in (Profile.ASC, Profile.APL, Profile.ALS, Profile.ALP)
            if not any(role in user.profiles and _opens(store, user) for user in found)
        ]
        lines += [f"{comune}: {words}" for words in _officer_lines(store, comune, found)]
        late = sum(_is_late(store, user, now) for user in found)
        if late:
            lines.append(f"{comune}: {late} cards are late at the Prefettura")
    return lines


def _officer_lines(store: Store, comune: str, found: Sequence[User]) -> list[str]:
    lines = []
    received = any(one.received_at is not None for one in officers.masters_of(store, comune))
    if not any(user.user_type is UserType.SECURITY_OFFICER for user in found):
        lines.append("no Security Officer")
    elif not received:
        lines.append("no Security Officer has confirmed the master password")
    registrars = [
        user
        for user in found
        if user.state is UserState.ACTIVE and Right.REGISTER in rights_of(user.profiles)
    ]
    with_card = 0
    for user in registrars:
        card = cards.of_person(store, user.codice_fiscale)
        with_card += (
            card is not None and card.state is CardState.ACTIVE and is_activated(store, user, card)
        )
    if with_card < len(registrars):
        lines.append(f"{with_card} activated cards for {len(registrars)} operators who register")
    return lines


def _opens(store: Store, user: User) -> bool:
    card = cards.of_person(store, user.codice_fiscale)
    active = card is not None and card.state is CardState.ACTIVE
    return active and user.state is UserState.ACTIVE


def _is_late(store: Store, user: User, now: int) -> bool:
    card = cards.of_person(store, user.codice_fiscale)
    return (
        card is not None
        and card.comune == user.comune
        and card.state is CardState.REQUESTED
        and card.due is not None
        and card.due < day(now)
    )


def _put(store: Store, console: Console, user: User, now: int) -> None:
    users.put(store, user)
    derivation.renew(store, console.offices, [user.codice_fiscale], now)
