"""Letters to users: halves of passwords and codes, sealed until they are sent (R-004-22, 26, 34)."""

from __future__ import annotations

from collections.abc import Mapping

from sync.hub.posting import MessageId
from sync.hub.store import letters, users
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.hub.store.users import User


def post(
    store: Store,
    kind: LetterKind,
    to: User,
    now: int,
    message_id: MessageId,
    *,
    sealed: bytes,
    bound_to: str,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Queues a letter to a user, to the personal mailbox. Within a transaction.

    An earlier one of the same kind that still waits is taken back: what it says is void, or said
    again.

    Args:
        store: the registry.
        kind: `CARD_CODES`, `DAILY_PASSWORD` or `MASTER_PASSWORD`.
        to: the user.
        now: milliseconds since 1970.
        message_id: for the letter's name.
        sealed: what it carries, sealed to the key for letters.
        bound_to: what that is bound to: the operation, the card's serial number, the user.
        facts: what its words depend on; no personal data.
    """
    subject = users.letter_subject(to.id)
    letters.withdraw_kind(store, subject, kind, now)
    letters.queue(
        store,
        [
            NewLetter(
                kind,
                message_id(),
                subject,
                to.email,
                "it",
                facts=facts or {},
                operation_id=bound_to,
                mailed_code=sealed,
            )
        ],
        now,
    )
