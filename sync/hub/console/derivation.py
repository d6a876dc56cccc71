"""The roster's lines of users: every active user with an active card, in each of their comuni.

They are made anew within the transaction that changes a user or a card; the roster is signed right
after it (`sync.hub.rosters`). What a user may open comes from the profiles (R-004-4, 5). Where a
comune's Security Officer has the master password, a card that is registered after that opens a
counter only when they have activated it (R-001-3, 7); what its holder administers it opens at once.
A card opens a comune that asked for it, that inserted its holder when it was active already, or that
registered it for itself: no other comune's administrator makes a card that opens this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

from sync.hub.console import card_certificates
from sync.hub.store import cards, officers, operators, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator, Source
from sync.hub.store.users import User
from sync.model import places
from sync.model.rosters import OperatorEntry, Right
from sync.model.smart_cards import CardState
from sync.model.users import Environment, UserState, UserType, rights_of

OF_A_COUNTER: Final = frozenset({Right.REGISTER, Right.MANAGE, Right.RESIDENCE, Right.FSE})
"""What a card opens when the Security Officer has activated it."""


@dataclass(frozen=True, slots=True)
class Offices:
    """What the hub's settings say of the comuni.

    Attributes:
        names: ISTAT code to the name of the Ente as its counters write it; the rest is called
            "Comune di" and its name, with the province where another comune has the same.
        environment: in which this hub works (R-004-29): only its users are in the roster.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    environment: Environment = Environment.PRODUCTION

    def name(self, comune: str) -> str:
        """The Ente of a comune, by its ISTAT code."""
        known = self.names.get(comune)
        if known is not None:
            return known
        place = places.comune_by_istat(comune)
        if place is None:
            return comune
        also = f" ({place.province})" if place.name in _names_of_several() else ""
        return f"Comune di {place.name}{also}"


@cache
def _names_of_several() -> frozenset[str]:
    """Names that more than one comune of today has: Samone, Castro."""
    names = Counter(
        place.name
        for province in places.provinces()
        for place in places.comuni_of(province.sigla, date.max)
    )
    return frozenset(name for name, times in names.items() if times > 1)


def renew(store: Store, offices: Offices, codici_fiscali: Collection[str], now: int) -> bool:
    """Makes the lines of some people anew. Within a transaction.

    Where somebody has none, their daily password goes: it stands for a card that opens something.

    Returns:
        Whether one has changed; then the roster is noted to be signed.
    """
    ids: set[int] = set()
    lines = []
    for codice_fiscale in sorted(set(codici_fiscali)):
        card = cards.of_person(store, codice_fiscale)
        for user in users.of_person(store, codice_fiscale):
            ids.add(user.id)
            line = current(store, user, card, offices)
            if line is not None:
                lines.append(line)
            else:
                users.forget_password(store, user.id)
    changed = operators.replace_of_users(store, ids, lines, now)
    if changed:
        operators.note_due(store, now)
    return changed > 0


def end(store: Store, user: int, now: int) -> None:
    """Ends the lines of a user who is deleted, and forgets the person. Within a transaction."""
    if operators.replace_of_users(store, {user}, [], now):
        operators.note_due(store, now)
    operators.end_day_keys(store, user, now)
    operators.forget_user(store, user)


def current(store: Store, user: User, card: Card | None, offices: Offices) -> KnownOperator | None:
    """The roster's line of a user, with that card, as the registry stands; None for none."""
    return line_of(
        user,
        card,
        offices,
        activated=is_activated(store, user, card),
        adopted=is_adopted(store, user, card),
    )


def line_of(
    user: User, card: Card | None, offices: Offices, *, activated: bool, adopted: bool
) -> KnownOperator | None:
    """The roster's line of a user, None where they are to have none.

    Args:
        user: in one comune.
        card: the person's.
        offices: what the settings say.
        activated: `is_activated`; what a card opens at a counter needs it.
        adopted: `is_adopted`; whatever a card opens needs it.
    """
    if (
        user.state is not UserState.ACTIVE
        or not adopted
        or offices.environment not in user.environments
        or card is None
        or card.state is not CardState.ACTIVE
        or card.certificate is None
        or card.thumbprint is None
    ):
        return None
    rights = rights_of(user.profiles)
    if not activated:
        rights -= OF_A_COUNTER
    if user.user_type is UserType.SECURITY_OFFICER:
        rights |= {Right.OFFICER}
    place = places.comune_by_istat(user.comune)
    entry = OperatorEntry(
        thumbprint=card.thumbprint,
        name=f"{user.name} {user.surname}".strip(),
        office=offices.name(user.comune),
        rights=rights,
        # Competence (R-003-61): the Ente's own comune. One of no known place has none.
        comuni=("----" if place is None else place.belfiore,),
        until=card_certificates.ends_on(card.certificate),
        comune=user.comune,
        profiles=user.profiles,
    )
    return KnownOperator(entry, card.certificate, Source.CONSOLE, user.id)


def is_adopted(store: Store, user: User, card: Card | None) -> bool:
    """Whether a card may open the user's comune at all: it asked for it, or took it over."""
    return card is not None and cards.is_adopted(store, card.id, user.comune)


def is_activated(store: Store, user: User, card: Card | None) -> bool:
    """Whether a card may open a counter of the user's comune (R-001-7).

    That is where no Security Officer there has the master password, where the card was registered
    before one had it, or where one has activated it.
    """
    since = officers.received_since(store, user.comune)
    if since is None or card is None:
        return True
    before = card.registered_at is not None and card.registered_at <= since
    return before or cards.is_activated(store, card.id, user.comune)
