"""Made-up users and cards of a made-up comune."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from sync.hub.store.cards import Card
from sync.hub.store.users import User
from sync.model.console import UserAction, UserActionAct, UserChange
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserType
from tests.unit.hub.stations import NOON, codice_fiscale

ROME: Final = "058091"
TURIN: Final = "001272"


def user(person: int, *profiles: Profile, **changes: Any) -> User:
    """The `person`-th of a made-up family, as a user of Rome."""
    one = User(
        ROME,
        codice_fiscale(person),
        "Prova",
        "Persona",
        f"persona{person}@example.org",
        "",
        UserType.OPERATOR,
        frozenset({Environment.PRODUCTION}),
        frozenset(profiles or {Profile.ENROLMENT}),
        inserted_at=NOON,
        id=person,
    )
    return replace(one, **changes)


def card(person: int, state: CardState = CardState.ACTIVE, **changes: Any) -> Card:
    """Their card."""
    made = state is not CardState.REQUESTED
    one = Card(
        codice_fiscale(person),
        ROME,
        NOON,
        date(2026, 12, 11),
        state,
        f"SN{person:06}" if made else None,
        id=person,
    )
    return replace(one, **changes)


def action(person: int, what: UserAction, **changes: Any) -> UserActionAct:
    """What an administrator of Rome does to them."""
    return replace(UserActionAct(ROME, codice_fiscale(person), what), **changes)


def change(one: User, *profiles: Profile, **changes: Any) -> UserChange:
    """Modifica of a user."""
    act = UserChange(
        one.comune,
        one.codice_fiscale,
        bytes(32),
        one.email,
        one.pec,
        one.environments,
        frozenset(profiles),
    )
    return replace(act, **changes)
