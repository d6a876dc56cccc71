"""A station and its hub in one process, without the wire: the parts that store, and what they say.

Both ends are opened from the folder of a site as their programs open them. What the link and the
hub's writer do with a message is done here by the same functions; only MQTT is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from kiosk.runtime.signing import StationSigner
from kiosk.station_keys import open_keys, vault_of
from sync.edge import station
from sync.edge.clock import StationClock, uuid7
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.link.answers import Agreed, AtOdds, NotOurs, judge
from sync.edge.link.dispatch import Dispatch, Question
from sync.edge.link.keeping import Keeper
from sync.edge.link.packing import Message, pack
from sync.edge.link.trusting import Belief
from sync.edge.space import Space
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.hub import ingest, posting, settings, setup
from sync.hub.decide import Decider
from sync.hub.home.checking import Comparer
from sync.hub.home.procedures import Procedures
from sync.hub.ingest import Ingest
from sync.hub.registry import Registry
from sync.hub.store import chains
from sync.hub.store.database import Store as HubStore
from sync.hub.store.opening import open_store
from sync.model.preregistration import Preregistration
from sync.wire.receipt import Missing
from sync.wire.trust import HubTrust
from tests.faults.people import invented

STATION = "kiosk-0001"
HUB_PART = "hub/"
STATION_PART = f"stations/{STATION}/"

_FIRST_MOMENT = 1_790_000_000_000
_MOST_TURNS = 2000


class NotStoredError(Exception):
    """A store does not do what it must; the text is its code."""


class AtOddsError(NotStoredError):
    """The hub holds another chain up to `up_to`."""

    def __init__(self, code: str, up_to: int) -> None:
        super().__init__(code)
        self.up_to = up_to


@dataclass
class HubEnd:
    """The hub's door to its registry."""

    store: HubStore
    ingest: Ingest

    @classmethod
    def open(cls, folder: Path) -> HubEnd:
        """The hub of `folder`; raises `StoreError`."""
        chosen = settings.load(folder)
        keys = setup.load_keys(chosen)
        comparer = Comparer(keys.digests)
        message_id = posting.message_ids("hub.example")
        home = Procedures(comparer, keys.digests, message_id)
        registry = Registry(keys.tokens, message_id, comparer.protect, home.conclude)
        decider = Decider(registry, keys.unsealing, _now)
        store = open_store(chosen)
        return cls(store, Ingest(decider, keys.signing, _now))

    def close(self) -> None:
        self.store.close()

    def take(self, message: bytes) -> bytes:
        """The acknowledgement, as it leaves the hub."""
        return self.ingest.take(self.store, STATION, ingest.read(message)).acknowledgement

    def decide(self) -> bytes | None:
        """What is told of a piece of what waits; None where nothing does."""
        done = self.ingest.decide(self.store)
        return None if done is None else done[1]

    def secure(self) -> None:
        """As if a backup elsewhere held all that is decided."""
        place = chains.station(self.store, STATION)
        if place is not None:
            with self.store.transaction():
                chains.secured(self.store, {STATION: place.decided_seq})


@dataclass
class StationEnd:
    """The window's journal and the link's half of one station."""

    profile: StationProfile
    store: Store
    journal: Journal
    belief: Belief
    keeper: Keeper
    clock: StationClock = field(default_factory=StationClock)

    @classmethod
    def open(cls, folder: Path) -> StationEnd:
        """The station of `folder`.

        Raises:
            NotStoredError: its store does not open.
        """
        profile = station.load(folder)
        keys = open_keys(folder)
        store = Store.open(
            profile.store,
            station=profile.name,
            code=profile.code,
            space=Space(profile.store, floor=0, ballast=1 << 12),
            vault=vault_of(keys),
        )
        if isinstance(store, StoreTrouble):
            raise NotStoredError(store.code)
        trust = profile.hub_trust()
        if not isinstance(trust, HubTrust):
            raise NotStoredError(trust.code)
        journal = Journal(store, profile, signer=StationSigner(keys), sealing_key=trust.sealing_key)
        clock = StationClock()
        return cls(profile, store, journal, Belief(profile, store), Keeper(store, clock), clock)

    def close(self) -> None:
        self.store.close()

    def record(self, index: int) -> Recorded:
        """The `index`-th person; raises `NotStoredError` where the store does not take them."""

        def compose(position: Position) -> Preregistration:
            return replace(invented(index), registration_number=position.registration_number)

        done = self.journal.record(operation_id(index), compose)
        if not isinstance(done, Recorded):
            raise NotStoredError(done.code)
        return done

    def hear(self, payload: bytes) -> Agreed:
        """What the link does with an acknowledgement, up to the disk."""
        answer = self.belief.believed(payload)
        if answer is None:
            raise NotStoredError("link.foreign-answer")
        standing = self.store.standing()
        if isinstance(standing, StoreTrouble):
            raise NotStoredError(standing.code)
        found = judge(answer, self.store, watermark=standing.watermark, decided=standing.decided)
        match found:
            case Agreed():
                self.keeper.owe(answer, found, payload, None)
                kept = self.keeper.keep()
                if isinstance(kept, StoreTrouble):
                    raise NotStoredError(kept.code)
                return found
            case AtOdds(code):
                self.store.hold(code, hub_time=answer.hub_time)
                raise AtOddsError(code, answer.up_to)
            case NotOurs(code):
                raise NotStoredError(code)
            case StoreTrouble(code):
                raise NotStoredError(code)

    def destroy(self) -> None:
        """Destroys what is secured, to the end."""
        for _ in range(_MOST_TURNS):
            more = self.store.destroy_secured()
            if more is not True:
                return


def talk(ends: StationEnd, hub: HubEnd, said: Callable[[bytes], None] = lambda _: None) -> None:
    """Station and hub talk until neither has anything more to say.

    `said` hears each acknowledgement when it has left the hub and the station has not heard it.

    Raises:
        NotStoredError: they do not agree.
    """
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.connected(0.0, _missing(ends.store))
    try:
        _talk(dispatch, ends, hub, said)
    except AtOddsError as odds:
        # As the link does: it asks again, and says what it has there itself.
        question = pack(Question(odds.up_to), ends.store, known=0)
        if isinstance(question, Message):
            hub.take(question.data)
        raise


def _talk(dispatch: Dispatch, ends: StationEnd, hub: HubEnd, said: Callable[[bytes], None]) -> None:
    now = 0.0
    for _ in range(_MOST_TURNS):
        head, standing = ends.store.head(), ends.store.standing()
        if isinstance(head, StoreTrouble) or isinstance(standing, StoreTrouble):
            raise NotStoredError("the store cannot be read")
        dispatch.stands(watermark=standing.watermark, decided=standing.decided, last=head.seq)
        order = dispatch.next_order(now)
        if order is None:
            payload = hub.decide()
            if payload is None:
                return
            said(payload)
            ends.hear(payload)
            continue
        message = pack(order, ends.store, known=standing.decided)
        if not isinstance(message, Message):
            raise NotStoredError(f"nothing can be sent for {order}: {message}")
        dispatch.sent(order, message.last, now)
        payload = hub.take(message.data)
        said(payload)
        found = ends.hear(payload)
        answer = ends.belief.believed(payload)
        now += 120.0 if isinstance(order, Question) else 1.0
        if answer is not None:
            dispatch.answered(
                now,
                watermark=found.watermark,
                decided=found.decided,
                up_to=answer.up_to,
                trouble=answer.trouble,
                is_newest=True,
            )
    raise NotStoredError("station and hub talk without an end")


def operation_id(index: int) -> UUID:
    """Of the `index`-th person, the same in every life of the station."""
    return uuid7(_FIRST_MOMENT + index, index.to_bytes(10, "big"))


def _missing(store: Store) -> list[int]:
    verdicts = store.verdicts()
    if isinstance(verdicts, StoreTrouble):
        return []
    return [seq for seq, verdict in verdicts.items() if isinstance(verdict, Missing)]


def _now() -> int:
    return time.time_ns() // 1_000_000
