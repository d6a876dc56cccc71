"""What the console asks of users, answered page by page."""

from __future__ import annotations

from typing import Final

from sync.hub.console import records
from sync.hub.store import users
from sync.hub.store.database import Store
from sync.model.console_views import UsersAsked, UsersTold

PAGE: Final = 60
"""Users of one reply: with the longest names and addresses well below what the broker passes on."""


def told(store: Store, asked: UsersAsked) -> UsersTold:
    """Some of the users of a comune, by codice fiscale; sees one moment.

    That the administrator may ask, for that comune, was judged before.
    """
    with store.snapshot():
        found = users.of_comune(store, asked.comune, offset=asked.offset, most=PAGE + 1)
        return UsersTold(
            tuple(records.of_user(store, user) for user in found[:PAGE]), more=len(found) > PAGE
        )
