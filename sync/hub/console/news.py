"""Letters that carry no secret: somebody is told what was done, so that they can object (R-004-36).

They are never taken back: one after the other each says something of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.hub.posting import MessageId
from sync.hub.store import letters, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.hub.store.users import User
from sync.model.console import UserAction
from sync.model.users import CENSUS, Profile, UserState

OF_A_CARD: Final = {
    UserAction.BLOCK: "blocked",
    UserAction.UNBLOCK: "unblocked",
    UserAction.REPLACE_CARD: "replaced",
    UserAction.DELETE: "disabled",
}
"""What a comune does to a card that other comuni know, as the letter's words depend on it."""


def of_address(store: Store, before: User, office: str, now: int, message_id: MessageId) -> None:
    """Tells a user's address of until now that there is another one. Within a transaction."""
    facts = {"office": office, "done_at": str(now)}
    _queue(store, LetterKind.USER_ADDRESS, before, facts, now, message_id)


def of_card(
    store: Store,
    card: Card,
    what: UserAction,
    by: User | None,
    office: str,
    now: int,
    message_id: MessageId,
) -> None:
    """Tells what one comune did to a card that opens others too. Within a transaction.

    Told are the administrators of security of every comune that knows the card's holder, and of the
    one that asked for it; and the holder, where the census names them. By the card's serial number,
    without a name.

    Args:
        store: the registry.
        card: as it is now.
        what: was done.
        by: whom, who needs not be told.
        office: the Ente whose administrator did it.
        now: milliseconds since 1970.
        message_id: for the letters' names.
    """
    known = users.of_person(store, card.codice_fiscale or "")
    told = {user.id: user for user in known if user.profiles & CENSUS}
    for comune in {card.comune, *(user.comune for user in known)}:
        for user in users.of_comune(store, comune):
            if user.state is UserState.ACTIVE and Profile.ALS in user.profiles:
                told[user.id] = user
    facts = {
        "office": office,
        "done_at": str(now),
        "card": card.serial or "",
        "operation": OF_A_CARD[what],
    }
    for number in sorted(told):
        if by is None or number != by.id:
            _queue(store, LetterKind.USER_CARD, told[number], facts, now, message_id)


def _queue(
    store: Store,
    kind: LetterKind,
    to: User,
    facts: Mapping[str, str],
    now: int,
    message_id: MessageId,
) -> None:
    subject = users.letter_subject(to.id)
    letter = NewLetter(kind, message_id(), subject, to.email, "it", facts=facts)
    letters.queue(store, [letter], now)
