"""What the console shows of users, as the registry has them."""

from __future__ import annotations

from dataclasses import replace

from sync.hub.store import cards, officers, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.users import User
from sync.model import console_views_plain
from sync.model.console_views import CardRecord, UserRecord


def of_user(store: Store, user: User) -> UserRecord:
    """A user's record, with the digest that names its state (`UserChange.basis`)."""
    card = cards.of_person(store, user.codice_fiscale)
    master = officers.master(store, user.id)
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
        card=None if card is None else _of_card(card),
        comuni=len(users.of_person(store, user.codice_fiscale)),
        master_received=master is not None and master.received_at is not None,
    )
    return replace(record, digest=console_views_plain.digest_of(record))


def _of_card(card: Card) -> CardRecord:
    due = card.due if card.serial is None else None
    return CardRecord(card.state, card.serial or "", due, card.codes_sent)
