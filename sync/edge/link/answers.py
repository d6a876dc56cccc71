"""What a verified acknowledgement means for this store.

The watermark moves only where the hub's head is this chain's own hash at that place. What the hub
decided may be known later than that, and is known without gaps. A head that is further than the journal, or another one, is
never taken: it says that this store is not the one that the hub has heard from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.edge import trouble
from sync.edge.store import Store
from sync.edge.store.holding import UNKNOWN_HASH
from sync.edge.trouble import StoreTrouble
from sync.wire.receipt import Acknowledgement, Outcome


@dataclass(frozen=True, slots=True)
class Agreed:
    """The hub holds this chain up to `watermark`; outcomes are known up to `decided`."""

    watermark: int
    decided: int
    outcomes: Mapping[int, Outcome]


@dataclass(frozen=True, slots=True)
class AtOdds:
    """The hub's chain is not this store's; `code` is `store.behind-hub` or `store.forked`."""

    code: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A signed answer that is about something else: `answer.station` or `answer.operation`."""

    code: str


def judge(
    acknowledgement: Acknowledgement,
    store: Store,
    *,
    watermark: int,
    decided: int,
    received_at: int = 0,
    is_live: bool = False,
) -> Agreed | AtOdds | NotOurs | StoreTrouble:
    """What `acknowledgement` means, where `watermark` and `decided` are what is known so far.

    A store that was damaged and made anew goes on behind the hub's chain, by a word alone that
    `is_live`: it came over the network after this store asked. `received_at` is told with it,
    milliseconds since 1970.
    """
    if acknowledgement.station != store.station:
        return NotOurs("answer.station")
    own = _own_hash(acknowledgement, store, received_at, is_live=is_live)
    if isinstance(own, StoreTrouble):
        return own
    if own is None:
        return AtOdds(trouble.BEHIND_HUB)
    if own != acknowledgement.head:
        return AtOdds(trouble.FORKED)
    watermark = max(watermark, acknowledgement.up_to)
    answers = acknowledgement.answers
    if not answers:
        return Agreed(watermark, decided, {})
    operations = store.operation_ids(answers[0].seq, answers[-1].seq)
    if isinstance(operations, StoreTrouble):
        return operations
    outcomes: dict[int, Outcome] = {}
    for answer in answers:
        # The hub cannot know which operation it never got, nor a store that was damaged its own.
        known = operations.get(answer.seq)
        if known is not None and answer.operation_id not in {None, known}:
            return NotOurs("answer.operation")
        outcomes[answer.seq] = answer.outcome
    while decided + 1 in outcomes:
        decided += 1
    return Agreed(watermark, decided, outcomes)


def _own_hash(
    acknowledgement: Acknowledgement, store: Store, received_at: int, *, is_live: bool
) -> bytes | StoreTrouble | None:
    """This chain's hash where the hub's ends; None where it ends before that."""
    own = store.hash_at(acknowledgement.up_to)
    if own == UNKNOWN_HASH:
        return acknowledgement.head  # lost here, and the hub knows it
    if own is not None:
        return own
    standing = store.standing()
    if isinstance(standing, StoreTrouble):
        return standing
    if standing.trouble != trouble.REBUILT:
        return None
    if not is_live:
        return StoreTrouble(trouble.REBUILT)
    refusal = store.adopt(acknowledgement.up_to, acknowledgement.head, at=received_at)
    return store.hash_at(acknowledgement.up_to) if refusal is None else refusal
