"""The signed roster, told to a counter that asks whether there is a newer one.

The hub judges by a roster from the moment it is loaded. A counter that went on with an older one
would let people record what is refused; so it need not wait until somebody carries a file to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from sync.hub.store import operators
from sync.hub.store.database import Store
from sync.model.inquiry import Done, RosterPart, RosterSince

PART_BYTES: Final = 48 * 1024
"""Of one reply: whole it would not go through the broker where there are many operators."""


def since(
    store: Store, asked: RosterSince, signed_roster: Callable[[], bytes | None]
) -> RosterPart | Done:
    """The part that is asked for, or `Done` where there is nothing newer.

    Also `Done` between the moment a version is used up and the moment its file is there: the
    counter asks again.

    Args:
        store: the registry.
        asked: what the counter holds, and which part it wants.
        signed_roster: the file that the hub signed last.
    """
    version = operators.version(store)
    if version <= asked.version:
        return Done()
    data = signed_roster()
    if data is None or not operators.is_signed(store, version, hashlib.sha256(data).digest()):
        return Done()
    part = data[asked.offset : asked.offset + PART_BYTES]
    return RosterPart(version, asked.offset, len(data), part) if part else Done()
