"""Reads the health card in any of several slots."""

from __future__ import annotations

from hw.cards.any_slot import AnySlot, FindSlots
from hw.cards.ts_cns import read_health_card
from hw.readings import HealthCardReading


class AnySlotReader(AnySlot[HealthCardReading]):
    """Implements `HealthCardReader` over all slots at once; the first health card counts."""

    def __init__(self, find_slots: FindSlots, seconds: float) -> None:
        """Take the slots from `find_slots` at each reading, which takes at most `seconds`."""
        super().__init__(find_slots, seconds, lambda channel, _: read_health_card(channel))
