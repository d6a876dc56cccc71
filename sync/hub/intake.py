"""What every process of a hub does with what stations say: taken, stored, decided, answered.

A hub that serves does this and more (`sync.hub.app`); a worker does this alone (`sync.hub.work`).
Nothing here counts on being the only one: which process a message goes to is the broker's choice,
and the next one of the same station may go to another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from sync.hub import admitting, doors, epoch, ingest, list_making, posting
from sync.hub.admitting import Admitting
from sync.hub.console.day_sign_in import DaySignIns
from sync.hub.console.deciding import ConsoleDecisions
from sync.hub.console.fitting import console_of
from sync.hub.courier.relaying import Relaying
from sync.hub.decide import Decided, Decider
from sync.hub.device_ca import deciding as station_acts
from sync.hub.device_ca import serving
from sync.hub.device_ca.serving import Stations, Voice
from sync.hub.door import Channel, Delivery
from sync.hub.home.checking import Comparer
from sync.hub.home.procedures import Procedures
from sync.hub.ingest import Ingest, Ingested
from sync.hub.inquiries import Inquiries, Sources
from sync.hub.list_delivery import SignedLists
from sync.hub.log_events import Event, log, where
from sync.hub.parts import Parts
from sync.hub.readers import Readers
from sync.hub.registers import configured
from sync.hub.registry import Registry
from sync.hub.reporting import Reports
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys
from sync.hub.store import alarms, opening
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.model import codice_fiscale, places
from sync.wire import topics
from sync.wire.batch import Batch
from sync.wire.canonical import Malformed

FAILED = "ingest.failed"

_DECIDE_AGAIN_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_PLACES_SECONDS = 5.0
_DECIDE_AT_ONCE = 25  # some 15 ms: so long may a message have to wait


class Intake:
    """Writer, link and inquiries, put together.

    Attributes:
        writer: the thread's work that changes the registry.
        link: where stations come in.
        inquiries: answers questions.
        admitting: says how fast stations may come back.
        ingest, stations, home, comparer, message_id, lists: what else of a hub needs them too.
    """

    def __init__(
        self,
        settings: HubSettings,
        keys: HubKeys,
        *,
        migrates: bool = True,
        decided: Callable[[Store], None] = lambda _store: None,
        at_leisure: Callable[[Store], float | None] = lambda _store: None,
        outdated: Callable[[], None] = lambda: None,
        leads: Callable[[], bool] = lambda: False,
    ) -> None:
        """Put the parts together.

        Args:
            settings: of the hub.
            keys: its keys.
            migrates: whether it makes tables and brings them up to date.
            decided: called in the writer's thread after decisions.
            at_leisure: likewise when nothing is left to decide; returns after how many seconds
                there may be more to do, or None.
            outdated: called, from any thread, when a newer program has changed the registry.
            leads: whether this process does what one alone does.

        Raises:
            StoreError: the registry cannot be used.
            SettingsError: the settings of the population registers cannot be used.
        """
        self._settings = settings
        self._decided = decided
        self._at_leisure = at_leisure
        self._outdated = outdated
        self._places, self._places_due = 0, 0.0
        # Opened here once, so that a registry that cannot be used is told before anything starts.
        store = opening.open_store(settings, migrate=migrates)
        try:
            registry_name = epoch.of(settings, store)
        finally:
            store.close()
        self.comparer = Comparer(keys.digests)
        self.message_id = posting.message_ids(settings.smtp.sender_domain)
        self.home = Procedures(self.comparer, keys.digests, self.message_id)
        office = serving.office(settings, keys, self._wake_stations)
        console = ConsoleDecisions(console_of(settings, keys), partial(station_acts.decide, office))
        registry = Registry(
            keys.tokens, self.message_id, self.comparer.protect, self.home.conclude, console
        )
        decider = Decider(registry, keys.unsealing, now, settings.protection)
        self.ingest = Ingest(decider, keys.signing, now, office)
        self.writer = Writer(partial(opening.open_store, settings, migrate=migrates), self._decide)
        self.lists = SignedLists(settings.trust_dir)
        self.stations = Stations(office, keys, self.writer, now, self.lists)
        self._readers = Readers(self.open_reader)
        self.inquiries = Inquiries(
            Sources(
                open_reader=self._readers.lend if settings.registry.url else self.open_reader,
                writer=self.writer,
                home=self.home,
                registers=configured.load(settings.folder),
                scopes=settings.counters,
                clock=now,
                epoch=registry_name,
                signed_list=self.lists.read,
                stations=self.stations.enrolling,
                day_sign_ins=DaySignIns(
                    self.comparer, keys.digests, keys.signing, settings.name, settings.offices
                ),
            ),
            keys.unsealing,
            keys.signing,
            self._reply,
        )
        self.reports = Reports(self.writer, now)
        self.link = doors.open_door(
            settings,
            {
                Channel.ASKS: self._asked,
                Channel.OPERATIONS: self.receive,
                Channel.PARTS: self._part,
                Channel.RELAYED: self._relaying,
                Channel.HEALTH: self.reports.heard,
            },
        )
        self._relays = Relaying(self.ingest, self.writer, self.link.answer, self.took)
        self._parts = Parts(keys.signing, now)
        self._meter = admitting.Meter()
        self.admitting = Admitting(
            admitting.Voice(
                settings.at_broker,
                leads,
                keys.signing,
                partial(self.link.retain, topics.ADMISSION),
            ),
            self._meter,
            self.writer,
            now,
        )
        self.stations.voice = Voice(
            partial(self.link.retain, topics.LIST_VERSIONS),
            self.link.tell,
            self.ingest.silence,
            self.ingest.greet,
        )

    def open_reader(self) -> Store:
        """A connection that reads. Raises `StoreError`."""
        try:
            return opening.open_reader(self._settings)
        except StoreError as error:
            if error.code == "store.newer":
                self._outdated()
            raise

    def write(self) -> None:
        """The writer's work: with the tables of the rules read, work is even from the start."""
        places.preload()
        codice_fiscale.preload()
        self.writer.submit(self._keep_places)
        self.writer.run()

    def _keep_places(self, store: Store) -> None:
        """In the writer's thread, now and then: judges by the corrections that stations have too."""
        if time.monotonic() < self._places_due:
            return
        self._places_due = time.monotonic() + _PLACES_SECONDS
        self._places = list_making.adopt_places(store, self._places)

    def leave(self, writing: threading.Thread, linking: threading.Thread, seconds: float) -> bool:
        """Answers what was taken, takes nothing more, and ends link, inquiries and writer.

        Args:
            writing: the writer's thread.
            linking: the link's.
            seconds: so long it may take, each time that something is waited for.

        Returns:
            Whether all that was taken was answered; what was not is sent again by its station.
        """
        self.admitting.stop()
        drained = not linking.is_alive() or self.link.drain(seconds)
        self.inquiries.stop()
        self.link.stop()
        linking.join(seconds)
        self.writer.stop()
        writing.join(seconds)
        self._readers.close()
        return drained

    def _wake_stations(self) -> None:
        """In the writer's thread: something about a device has been written."""
        self.stations.wake()

    def _reply(self, station: str, data: bytes) -> None:
        """In a thread of the inquiries."""
        self.link.reply(station, data)

    def _asked(self, delivery: Delivery) -> None:
        """In the link's thread."""
        self.inquiries.receive(delivery.station, delivery.payload)

    def receive(self, delivery: Delivery) -> None:
        """In the link's thread: takes a message apart, while the writer waits for the disk."""
        try:
            message = ingest.read(delivery.payload)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            failure = error
            self.writer.submit(lambda store: self._give_up(store, delivery, failure))
        else:
            self.writer.submit(lambda store: self._take(store, delivery, message))

    def _relaying(self, delivery: Delivery) -> None:
        """In the link's thread: what a station passes on for a neighbour."""
        self._relays.receive(delivery)

    def _part(self, delivery: Delivery) -> None:
        """In the link's thread: a piece of a part that travels apart."""
        self.writer.submit(lambda store: self._take_part(store, delivery))

    def _take_part(self, store: Store, delivery: Delivery) -> None:
        """In the writer's thread: stores it, then answers."""
        try:
            said = self._parts.take(store, delivery.station, delivery.payload)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            self._give_up(store, delivery, error)
        else:
            self.link.answer(delivery, said)

    def _take(self, store: Store, delivery: Delivery, message: Batch | Malformed) -> None:
        """In the writer's thread: stores, then answers."""
        started = time.monotonic()
        try:
            ingested = self.ingest.take(store, delivery.station, message)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            self._give_up(store, delivery, error)
            return
        self.link.answer(delivery, ingested.acknowledgement)
        seconds = time.monotonic() - started
        queued = started - delivery.came_at if delivery.came_at else 0.0
        self._meter.took(ingested.stored, seconds, delivery.waited + queued)
        self.took(store, delivery.station, ingested, seconds)

    def took(self, store: Store, station: str, ingested: Ingested, seconds: float = 0.0) -> None:
        """In the writer's thread, after a message was taken, whichever way it came."""
        if ingested.decided is not None:
            self._decided(store)
        _tell(station, ingested, seconds)

    def _give_up(self, store: Store, delivery: Delivery, error: Exception) -> None:
        """A message at which the hub itself failed: not acknowledged, so the station keeps it."""
        self.link.answer(delivery, None)
        _report(store, delivery.station, error)

    def _decide(self, store: Store) -> float | None:
        """In the writer's thread, when there is quiet: decides on some of what is stored."""
        try:
            self._keep_places(store)
            done = self.ingest.decide(store, _DECIDE_AT_ONCE)
        except StoreError as error:
            log(Event.DECISIONS_WAIT, error=error.code)
            return _DECIDE_AGAIN_SECONDS
        self._decided(store)
        if done is None:
            pause = self._at_leisure(store)
            if not self._settings.registry.url:
                return pause
            # Another process may store what it does not live to decide.
            return _LOOK_SECONDS if pause is None else min(pause, _LOOK_SECONDS)
        decided, acknowledgement = done
        self.link.tell(decided.station.name, acknowledgement)
        _tell_decided(decided)
        return 0.0


def now() -> int:
    """Milliseconds since 1970 by the hub's clock."""
    return time.time_ns() // 1_000_000


def _tell(station: str, ingested: Ingested, seconds: float) -> None:
    if ingested.trouble is not None:
        log(
            Event.BATCH_TROUBLE,
            station=station,
            code=ingested.trouble,
            up_to=ingested.up_to,
        )
    if ingested.alarm:
        log(Event.ALARM, station=station, code=ingested.trouble)
    if ingested.stored:
        log(
            Event.BATCH_STORED,
            station=station,
            up_to=ingested.up_to,
            stored=ingested.stored,
            milliseconds=round(seconds * 1000),
        )
    if ingested.decided is not None:
        _tell_decided(ingested.decided)


def _tell_decided(decided: Decided) -> None:
    log(
        Event.DECIDED,
        station=decided.station.name,
        up_to=decided.last,
        refused=decided.refused,
    )


def _report(store: Store, station: str, error: Exception) -> None:
    """A failure of the hub's own: logged, and an alarm where the registry takes it."""
    word = error.code if isinstance(error, StoreError) else type(error).__name__
    log(Event.INGEST_FAILED, station=station, error=word, where=where(error))
    try:
        with store.transaction(of=station):
            alarms.raise_alarm(store, station, FAILED, now(), detail=word)
    except StoreError:
        return
