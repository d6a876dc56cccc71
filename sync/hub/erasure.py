"""A revocation deletes all registration data of the person (R-003-60).

Registration, operations, secrets, letters, identifications and the names in disputes go at once; the
sealed bodies of whatever stations recorded of the person follow as soon as their signatures are
checked and their stations are told (`sync.hub.retention`). What stays says nothing of anybody:
numbers, times, kinds of operations, hashes and signatures. The population registers (CIA, AURA)
are other archives and are not touched.
"""

from __future__ import annotations

from sync.hub import posting
from sync.hub.posting import MessageId
from sync.hub.store import disputes, letters, people, registrations, shedding
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.hub.store.registrations import Held


def erase(store: Store, held: Held, now: int, message_id: MessageId) -> None:
    """Deletes a person, and queues the letter that says so. Within a transaction.

    The letter's address is the last that is kept of the person: it goes when the letter is sent, or
    the mail server refuses it for good.

    Args:
        store: the registry.
        held: the person's registration.
        now: milliseconds since 1970.
        message_id: for that letter's name.
    """
    number, codice_fiscale = held.number, held.codice_fiscale
    for each in (number, *registrations.aliases(store, number)):
        letters.delete(store, each)
    shedding.note_at_once(store, people.entries(store, codice_fiscale))
    people.forget(store, codice_fiscale)
    disputes.forget(store, codice_fiscale)
    registrations.delete(store, number)
    posting.post(store, LetterKind.REVOKED, held.registration, now, message_id, forget=True)
