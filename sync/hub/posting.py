"""Letters about a registration, to the address that the registry holds (R-003-25, 28, 57)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from sync.hub.store import letters
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.model.registration import Registration

MessageId = Callable[[], str]
"""Makes a fresh `Message-ID`, without brackets."""


def message_ids(domain: str, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> MessageId:
    """Fresh `Message-ID`s (RFC 5322 3.6.4), unique among all letters ever.

    Args:
        domain: what stands after the @.
        new_id: a fresh name.
    """
    return lambda: f"{new_id()}@{domain}"


def post(
    store: Store,
    kind: LetterKind,
    about: Registration,
    now: int,
    message_id: MessageId,
    *,
    facts: Mapping[str, str] | None = None,
    code: tuple[str, bytes] | None = None,
    forget: bool = False,
) -> bool:
    """Queues a letter to the person. Within a transaction.

    Args:
        store: the registry.
        kind: which letter.
        about: the person's registration, or what it was.
        now: milliseconds since 1970.
        message_id: for the letter's name.
        facts: what its words depend on, without personal data: `operation` (of `OperationKind`),
            `renewed`, `valid_until` (ISO), `office`, `done_at`, `standing`, `by_office`,
            `standing_at` (milliseconds), `letters`, `standing_letters` (`letter_number`).
        code: operation id and the sealed code that the letter carries.
        forget: the person is deleted; the address goes when the letter is done.

    Returns:
        False where the person has no e-mail address (R-003-57): nothing is queued.
    """
    recipient = about.contacts.email
    if not recipient:
        return False
    operation_id, mailed_code = (None, None) if code is None else code
    letter = NewLetter(
        kind,
        message_id(),
        about.number,
        recipient,
        about.language,
        community=about.community.value,
        facts=facts or {},
        operation_id=operation_id,
        mailed_code=mailed_code,
        forget=forget,
    )
    letters.queue(store, [letter], now)
    return True


def concluded(
    store: Store, about: Registration, operation: str, now: int, message_id: MessageId
) -> bool:
    """The letter after a procedure at home (R-003-28). Within a transaction.

    Args:
        store: the registry.
        about: the registration as it is now.
        operation: kind of the operation that was concluded, not a revocation.
        now: milliseconds since 1970.
        message_id: for the letter's name.

    Returns:
        As `post`.
    """
    letters.withdraw_codes(store, about.number, now)
    return post(store, LetterKind.CONCLUDED, about, now, message_id, facts={"operation": operation})
