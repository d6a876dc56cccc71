"""From entries of the journal to the bytes of a message."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sync.edge.link.dispatch import Entries, LateEntry, Order, Question
from sync.edge.log_events import Event, log
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire import batch
from sync.wire.batch import Absent, Stored


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the hub; `last` is the last entry in it, 0 for a question."""

    data: bytes
    last: int


def is_whole(digest: bytes, envelope: bytes) -> bool:
    """Whether the envelope is still the one that was recorded with this hash."""
    return hashlib.sha256(envelope).digest() == digest


def pack(order: Order, store: Store, *, known: int) -> Message | StoreTrouble | None:
    """The message of an order; None where no entry is left that could sign for the others.

    `known` is up to where the hub's decisions are known.
    """
    match order:
        case Entries(first, most, passed_over):
            # With one passed over, the first whole one behind it is all that is wanted.
            entries = store.to_send(first, most=batch.MOST_ITEMS if passed_over else most)
            if isinstance(entries, StoreTrouble):
                return entries
            return _message(_items(entries, passed_over), known)
        case LateEntry(seq):
            entries = store.to_send(seq, most=1)
            if isinstance(entries, StoreTrouble):
                return entries
            # Its outcome is asked for, though those behind it are known.
            return _message(_items(entries, 0), min(known, seq - 1))
        case Question(about):
            head = store.head()
            if isinstance(head, StoreTrouble):
                return head
            end = Absent(head.seq, head.hash) if head.seq else None
            if 0 < about < head.seq:
                digest = store.hash_at(about)
                if isinstance(digest, StoreTrouble):
                    return digest
                end = end if digest is None else Absent(about, digest)
            return Message(batch.pack([], known=known, end=end), 0)


def _items(entries: Sequence[tuple[int, bytes, bytes]], passed_over: int) -> list[Absent | Stored]:
    items: list[Absent | Stored] = []
    for place, (seq, digest, data) in enumerate(entries):
        if place < passed_over or not data:  # destroyed: who asks for it again had it in a backup
            items.append(Absent(seq, digest))
        elif not is_whole(digest, data):
            log(Event.DAMAGED, seq=seq)
            items.append(Absent(seq, digest))
        else:
            items.append(Stored(seq, data))
            if passed_over:
                break
    return items


def _message(items: list[Absent | Stored], known: int) -> Message | None:
    taken = list(batch.leading(items))
    while taken and isinstance(taken[-1], Absent):
        taken.pop()
    if not taken:
        return None
    return Message(batch.pack(taken, known=known), batch.seq_of(taken[-1]))
