"""Asking the hub and waiting for its reply: for what is told at once, or not at all.

A question lies sealed in the store until the link sends it; the key that opens its reply is in this
process's memory and dies with it. Without a network nothing is asked and nobody waits: every
procedure goes on without an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from sync.edge.clock import StationClock
from sync.edge.link.status import read_link_status
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model.inquiry import Inquiry, Reply
from sync.wire import inquiry as wire
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import Unsigned
from sync.wire.inquiry import Asked, InquiryTrouble
from sync.wire.signer import NotSignedError, Signer
from sync.wire.trust import HubTrust, TrustTrouble

OFFLINE: Final = "inquiry.offline"
HUB_AWAY: Final = "inquiry.hub-away"
NO_ANSWER: Final = "inquiry.no-answer"
ABANDONED: Final = "inquiry.abandoned"

DEADLINE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no reply.

    Attributes:
        code: `inquiry.offline` (no connection), `inquiry.hub-away` (nobody answers there),
            `inquiry.no-answer` (not in time), `inquiry.abandoned` (nobody waits any more), a code
            of `sync.wire.inquiry.InquiryTrouble`, of the store, of the trust in the hub, of the
            station's key store, or of the card that did not sign that its operator is there.
    """

    code: str


class Asker(Protocol):
    """The operator who is signed in and asks."""

    def statement(self, station: str, now: int) -> DutyStatement | Unsigned:
        """The card's word that it is signed in at `station`; or why it does not give it.

        Args:
            station: the station's name.
            now: milliseconds since 1970, by the hub's clock as far as it is known.
        """


@dataclass(slots=True)
class _Waiting:
    asked: Asked
    reply: Reply | InquiryTrouble | None = None


class Wait:
    """Somebody who waits for replies and may walk away."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def end(self) -> None:
        """Nobody waits any more."""
        self._over.set()

    def pause(self, seconds: float) -> None:
        """Wait so long, or until nobody waits any more."""
        self._over.wait(seconds)

    def is_over(self) -> bool:
        """Whether nobody waits any more."""
        return self._over.is_set()


@dataclass(slots=True)
class _Trust:
    stamp: tuple[int, int] = (0, 0)
    keys: HubTrust | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Inquiries:
    """Asks for one station. May be used from several threads.

    Args:
        station: whose question it is.
        store: gives the open store, or why there is none.
        signer: the station's key.
        ring: wakes the link.
        clock: the station's.
    """

    def __init__(
        self,
        station: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        signer: Signer,
        ring: Callable[[], object],
        clock: StationClock | None = None,
    ) -> None:
        self._station = station
        self._store = store
        self._signer = signer
        self._ring = ring
        self._clock = clock or StationClock()
        self._changed = threading.Condition()
        self._waiting: dict[bytes, _Waiting] = {}
        self._reading = threading.Lock()
        self._trust = _Trust()

    def ask(
        self,
        inquiry: Inquiry,
        *,
        operator: Asker | None = None,
        seconds: float = DEADLINE_SECONDS,
        wait: Wait | None = None,
    ) -> Reply | Trouble:
        """Ask and wait for the reply.

        Args:
            inquiry: what.
            operator: who is signed in; None for a citizen. Their card may be asked to sign.
            seconds: no longer than this is waited.
            wait: `abandon` ends it from another thread.
        """
        store = self._store()
        if isinstance(store, StoreTrouble):
            return Trouble(store.code)
        away = self._away(store)
        # A hub whose keys are new here seems away until the list of them has come.
        if away is not None and not (away.code == HUB_AWAY and wire.is_for_keys(inquiry)):
            return away
        trust = self._hub(store)
        if isinstance(trust, Trouble):
            return trust
        shown: DutyStatement | None = None
        if operator is not None:
            at = self._hub_clock(store, self._clock.now_ms())
            signed = operator.statement(self._station.name, at)
            if isinstance(signed, Unsigned):
                return Trouble(signed.code)
            shown = signed
        now = self._clock.now_ms()
        try:
            asked = wire.ask(
                inquiry,
                self._station.name,
                shown,
                self._signer,
                trust.sealing_key,
                asked_at=self._hub_clock(store, now),
            )
        except NotSignedError as error:
            return Trouble(error.code)
        waiting = _Waiting(asked)
        with self._changed:
            self._waiting[asked.id] = waiting
        try:
            until = now + round(seconds * 1000)
            refusal = store.questions.ask(asked.data, now=now, until=until)
            if refusal is not None:
                return Trouble(refusal.code)
            self._ring()
            return self._await(waiting, store, time.monotonic() + seconds, wait)
        finally:
            with self._changed:
                del self._waiting[asked.id]

    def hub(self) -> HubTrust | Trouble:
        """The hub's keys from the newest list, or why there are none."""
        store = self._store()
        return Trouble(store.code) if isinstance(store, StoreTrouble) else self._hub(store)

    def look(self) -> None:
        """The link rang: there may be replies. Returns at once."""
        with self._changed:
            if self._waiting:
                self._changed.notify_all()

    def abandon(self, wait: Wait) -> None:
        """Whoever waits with it is told `inquiry.abandoned` now."""
        wait.end()
        with self._changed:
            self._changed.notify_all()

    def _await(
        self, waiting: _Waiting, store: Store, deadline: float, wait: Wait | None
    ) -> Reply | Trouble:
        while True:
            refusal = self._collect(store)
            if isinstance(waiting.reply, InquiryTrouble):
                return Trouble(waiting.reply.code)
            if waiting.reply is not None:
                return waiting.reply
            if wait is not None and wait.is_over():
                return Trouble(ABANDONED)
            if refusal is not None:
                return refusal
            left = deadline - time.monotonic()
            if left <= 0:
                return Trouble(NO_ANSWER)
            with self._changed:
                self._changed.wait(min(left, _LOOK_SECONDS))

    def _collect(self, store: Store) -> Trouble | None:
        """Takes what came and gives each reply to whoever waits for it."""
        with self._reading:
            found = store.questions.take_replies()
            if isinstance(found, StoreTrouble):
                return Trouble(found.code)
            for data in found:
                name = wire.id_of_reply(data)
                waiting = None if name is None else self._waiting.get(name)
                trust = self._hub(store) if waiting is not None else None
                if waiting is None or not isinstance(trust, HubTrust):
                    continue
                opened = wire.open_answer(data, waiting.asked, trust)
                # Somebody else's forgery must not end the waiting for the true one.
                if isinstance(opened, InquiryTrouble) and opened.code in _NOT_THE_HUBS:
                    continue
                waiting.reply = opened
        if found:
            with self._changed:
                self._changed.notify_all()
        return None

    def _away(self, store: Store) -> Trouble | None:
        status = read_link_status(store)
        if isinstance(status, StoreTrouble):
            return Trouble(status.code)
        if not status.connected:
            return Trouble(OFFLINE)
        return None if status.hub_present else Trouble(HUB_AWAY)

    def _hub_clock(self, store: Store, now: int) -> int:
        """The hub refuses what seems old, and a station's clock may have stopped for a night."""
        standing = store.standing()
        return now if isinstance(standing, StoreTrouble) else max(now, standing.hub_time)

    def _hub(self, store: Store) -> HubTrust | Trouble:
        """The hub's keys from the newest list."""
        with self._trust.lock:
            stamp = self._station.trust_stamp()
            if self._trust.keys is not None and self._trust.stamp == stamp:
                return self._trust.keys
            version = store.trust_version()
            if isinstance(version, StoreTrouble):
                return self._trust.keys or Trouble(version.code)
            found: HubTrust | TrustTrouble = TrustTrouble("trust.absent")
            with suppress(ProfileError):
                found = self._station.hub_trust(at_least=version)
            if isinstance(found, TrustTrouble):
                return self._trust.keys or Trouble(found.code)
            self._trust.stamp, self._trust.keys = stamp, found
            return found


_NOT_THE_HUBS: Final = frozenset({"inquiry.malformed", "inquiry.foreign", "inquiry.other-question"})
