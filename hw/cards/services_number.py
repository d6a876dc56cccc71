"""The services number of the Italian identity card in any slot, hashed for this site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hw.apdu.chain import card_link
from hw.cards.any_slot import AnySlot, FindSlots
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.cards.ias import NisReading, read_nis
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel

_NO_KEY = DeviceTrouble(TroubleKind.ABSENT, "key.absent")


class ServicesNumberReader:
    """Reads it without PIN or CAN; see `ias` for what that proves."""

    def __init__(
        self,
        find_slots: FindSlots,
        seconds: float,
        site_key: bytes,
        trusted: Callable[[], tuple[TrustAnchors, date]],
    ) -> None:
        """Read for a site.

        Args:
            find_slots: gives the slots in which a card lies.
            seconds: longest time that a reading may take.
            site_key: secret of the site, at least 16 bytes; empty where it has none.
            trusted: whom the kiosk believes, and today.
        """
        self._site_key = site_key
        self._trusted = trusted
        self._slots = AnySlot(find_slots, seconds, self._read_card)

    @property
    def available(self) -> bool:
        """Whether this site has a key."""
        return bool(self._site_key)

    def read(self) -> NisReading | DeviceTrouble:
        """The reading; `key.absent` without a site key, `document.no-nis` on other cards."""
        return self._slots.read() if self.available else _NO_KEY

    def abandon(self) -> None:
        """Make a `read` that another thread waits for return `card.abandoned` now."""
        self._slots.abandon()

    def _read_card(self, channel: CardChannel, reader: str) -> NisReading | DeviceTrouble:
        del reader
        return read_nis(card_link(channel), self._site_key, trusted=self._trusted())
