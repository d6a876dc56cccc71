"""What the console shows of users, as the registry has them.

A card that is active and does not open the user's comune yet is shown there as one that was handed
over: what is to be done with it is to register it (`sync.hub.console.derivation.is_adopted`).
"""

from __future__ import annotations

from dataclasses import replace

from sync.hub.console import derivation
from sync.hub.store import cards, officers, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.users import User
from sync.model import console_views_plain
from sync.model.console_views import CardRecord, UserRecord
from sync.model.smart_cards import CardState


def of_user(store: Store, user: User) -> UserRecord:
    """A user's record, with the digest that names its state (`UserChange.basis`)."""
    card = cards.of_person(store, user.codice_fiscale)
    master = officers.master(store, user.id)
    adopted = derivation.is_adopted(store, user, card)
    record = UserRecord(
        codice_fiscale=user.codice_fiscale,
        surname=user.surname,
        name=user.name,
        email=user.email,
        pec=user.pec,
        user_type=user.user_type,
        environments=user.environments,
        profiles=user.profiles,
        state=user.state,
        card=None if card is None else _of_card(card, adopted=adopted),
        comuni=len(users.of_person(store, user.codice_fiscale)),
        master_received=master is not None and master.received_at is not None,
    )
    return replace(record, digest=console_views_plain.digest_of(record))


def _of_card(card: Card, *, adopted: bool) -> CardRecord:
    due = card.due if card.serial is None else None
    waits = card.state is CardState.ACTIVE and not adopted
    state = CardState.HANDED_OVER if waits else card.state
    return CardRecord(state, card.serial or "", due, card.codes_sent)
