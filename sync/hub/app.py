"""The hub as one process: link, writer, mailer and audit in threads, web pages in the main one.

Everything that must survive is in the registry before anyone is told of it, so the process may be
killed at any instruction and started again.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from sync.hub import audit, ingest, posting, rosters, setup, web, writer
from sync.hub.composing import Composer
from sync.hub.console.day_sign_in import DaySignIns
from sync.hub.console.deciding import ConsoleDecisions
from sync.hub.console.fitting import console_of
from sync.hub.decide import Decided, Decider
from sync.hub.device_ca import deciding as station_acts
from sync.hub.device_ca import serving
from sync.hub.device_ca.serving import Stations, Voice
from sync.hub.door import Channel, Delivery, Door
from sync.hub.epoch import FILE, Epoch
from sync.hub.home.checking import Comparer
from sync.hub.home.procedures import Procedures
from sync.hub.home.revoking import OnlineRevocation
from sync.hub.ingest import Ingest, Ingested
from sync.hub.inquiries import Inquiries, Sources
from sync.hub.link import Link
from sync.hub.list_delivery import SignedLists
from sync.hub.log_events import Event, log, where
from sync.hub.mailer import Mailer
from sync.hub.posting import MessageId
from sync.hub.registers import configured
from sync.hub.registry import Registry
from sync.hub.retention import Retention
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys, SetupError
from sync.hub.store import alarms, feed, opening
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.model import codice_fiscale, places
from sync.wire import topics
from sync.wire.batch import Batch
from sync.wire.canonical import Malformed

VERSION = "0.1.0"
FAILED = "ingest.failed"

_SHUTDOWN_SECONDS = 1
_DECIDE_AGAIN_SECONDS = 5.0
_DECIDE_AT_ONCE = 25  # some 15 ms: so long may a message have to wait


class Hub:
    """Everything that serves, put together."""

    def __init__(self, settings: HubSettings, keys: HubKeys) -> None:
        """Put the parts together.

        Raises:
            StoreError: the registry cannot be used.
            SettingsError: the settings of the population registers cannot be used.
            OSError: the web address cannot be listened at.
        """
        self._settings = settings
        self._keys = keys
        setup.tell_in_use(settings, keys)
        # Opened here once, so that a registry that cannot be used is told before anything starts.
        store = opening.open_store(settings)
        try:
            with store.snapshot():
                epoch = Epoch(settings.keys_dir / FILE, feed.end(store))
        finally:
            store.close()
        comparer = Comparer(keys.digests)
        message_id = posting.message_ids(settings.smtp.sender_domain)
        home = Procedures(comparer, keys.digests, message_id)
        stations = serving.office(settings, keys, self._wake_stations)
        console = ConsoleDecisions(
            console_of(settings, keys), partial(station_acts.decide, stations)
        )
        registry = Registry(keys.tokens, message_id, comparer.protect, home.conclude, console)
        decider = Decider(registry, keys.unsealing, now, settings.protection)
        self._ingest = Ingest(decider, keys.signing, now, stations)
        self._retention = Retention(settings.retention, self._ingest, now)
        self._writer = Writer(lambda: opening.open_store(settings), self._decide)
        lists = SignedLists(settings.trust_dir)
        self._stations = Stations(stations, keys, self._writer, now, lists)
        self._inquiries = Inquiries(
            Sources(
                open_reader=self._open_reader,
                writer=self._writer,
                home=home,
                registers=configured.load(settings.folder),
                scopes=settings.counters,
                clock=now,
                epoch=epoch,
                signed_list=lists.read,
                stations=self._stations.enrolling,
                day_sign_ins=DaySignIns(
                    comparer, keys.digests, keys.signing, settings.name, settings.offices
                ),
            ),
            keys.unsealing,
            keys.signing,
            self._reply,
        )
        self._link: Door = Link(
            settings, {Channel.ASKS: self._asked, Channel.OPERATIONS: self._receive}
        )
        self._stations.voice = Voice(
            partial(self._link.retain, topics.LIST_VERSIONS),
            self._link.tell,
            self._ingest.silence,
            self._ingest.greet,
        )
        composer = Composer(settings, keys.tokens, keys.letters)
        self._mailer = Mailer(settings.smtp, composer.compose, self._open_reader, self._writer, now)
        self._audit = audit.Audit(self._open_reader, self._writer, now)
        site = self._site(home, comparer, message_id)
        family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
        self._door = socket.create_server(
            (settings.web.host, settings.web.port), family=family, backlog=128
        )
        self._server = web.server(site)
        self._defect = False

    def _site(self, home: Procedures, comparer: Comparer, message_id: MessageId) -> web.Site:
        """What the pages need."""
        return web.Site(
            settings=self._settings,
            open_reader=self._open_reader,
            writer=self._writer,
            clock=now,
            message_id=message_id,
            confirmed=self._mailer.wake,
            healthy=lambda: self._link.listening,
            enrolling=self._stations.enrolling,
            home=web.Home(
                home,
                OnlineRevocation(
                    comparer,
                    self._keys.digests,
                    message_id,
                    self._keys.letters[0].sealing_key,
                    self._settings.authority,
                ),
                web.breached_passwords(self._settings),
            ),
        )

    def serve(self) -> int:
        """Serves until SIGTERM or SIGINT.

        Returns:
            The exit code: 0, or 1 where a defect ended a part of the hub.
        """
        # uvicorn raises the signals that it caught once more when it is done; they find these.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        log(Event.STARTED, version=VERSION)
        writing = self._start("writer", self._write)
        sending = self._start("mailer", self._mailer.run)
        others = [
            self._start("link", self._link.run),
            self._start("audit", self._audit.run),
            self._start("stations", self._stations.run),
        ]
        self._server.run(sockets=[self._door])
        log(Event.STOPPING)
        self._stations.stop()
        self._link.stop()
        self._inquiries.stop()
        self._audit.stop()
        self._mailer.stop()
        deadline = time.monotonic() + _SHUTDOWN_SECONDS
        for thread in (*others, sending):
            thread.join(max(deadline - time.monotonic(), 0))
        self._writer.stop()
        writing.join(_SHUTDOWN_SECONDS)
        return int(self._defect)

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """A thread whose death ends the hub: a half-dead hub looks alive and does nothing."""

        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  reported, and the process ends
                log(Event.THREAD_DIED, thread=name, error=type(error).__name__, where=where(error))
                self._defect = True
                self._server.should_exit = True

        return writer.start(name, guarded)

    def _write(self) -> None:
        """In the writer's thread: with the tables of the rules read, work is even from the start."""
        places.preload()
        codice_fiscale.preload()
        self._writer.run()

    def _wake_stations(self) -> None:
        """In the writer's thread: something about a device has been written."""
        self._stations.wake()

    def _open_reader(self) -> Store:
        return opening.open_reader(self._settings)

    def _reply(self, station: str, data: bytes) -> None:
        """In a thread of the inquiries."""
        self._link.reply(station, data)

    def _asked(self, delivery: Delivery) -> None:
        """In the link's thread."""
        self._inquiries.receive(delivery.station, delivery.payload)

    def _receive(self, delivery: Delivery) -> None:
        """In the link's thread: takes a message apart, while the writer waits for the disk."""
        try:
            message = ingest.read(delivery.payload)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            failure = error
            self._writer.submit(lambda store: self._give_up(store, delivery, failure))
        else:
            self._writer.submit(lambda store: self._take(store, delivery, message))

    def _take(self, store: Store, delivery: Delivery, message: Batch | Malformed) -> None:
        """In the writer's thread: stores, then answers."""
        started = time.monotonic()
        try:
            ingested = self._ingest.take(store, delivery.station, message)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            self._give_up(store, delivery, error)
            return
        self._link.answer(delivery, ingested.acknowledgement)
        if ingested.decided is not None:
            self._mailer.wake()
            self._sign_roster(store)
        _tell(delivery.station, ingested, time.monotonic() - started)

    def _give_up(self, store: Store, delivery: Delivery, error: Exception) -> None:
        """A message at which the hub itself failed: not acknowledged, so the station keeps it."""
        self._link.answer(delivery, None)
        _report(store, delivery.station, error)

    def _decide(self, store: Store) -> float | None:
        """In the writer's thread, when there is quiet: decides on some of what is stored.

        Where nothing waits for that, bodies that are due go.
        """
        try:
            done = self._ingest.decide(store, _DECIDE_AT_ONCE)
        except StoreError as error:
            log(Event.DECISIONS_WAIT, error=error.code)
            return _DECIDE_AGAIN_SECONDS
        self._sign_roster(store)
        if done is None:
            return self._shed(store)
        decided, acknowledgement = done
        self._link.tell(decided.station.name, acknowledgement)
        self._mailer.wake()
        _tell_decided(decided)
        return 0.0

    def _sign_roster(self, store: Store) -> None:
        """In the writer's thread: signs the roster where users or cards have changed."""
        try:
            signed = rosters.sign_due(self._settings, store, self._keys.signing)
        except (SetupError, StoreError, OSError) as error:
            word = error.code if isinstance(error, StoreError) else type(error).__name__
            log(Event.ROSTER_WAITS, error=word)
            return
        if signed:
            log(Event.ROSTER_SIGNED)
            self._stations.wake()

    def _shed(self, store: Store) -> float | None:
        """In the writer's thread, when there is quiet: sheds some of the bodies that are due."""
        try:
            step = self._retention.step(store)
        except StoreError as error:
            log(Event.SHEDDING_WAITS, error=error.code)
            return _DECIDE_AGAIN_SECONDS
        if step.acknowledgement is not None:
            self._link.tell(step.station, step.acknowledgement)
        if step.shed:
            log(Event.BODIES_SHED, station=step.station, shed=step.shed)
        return step.pause


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
        with store.transaction():
            alarms.raise_alarm(store, station, FAILED, now(), detail=word)
    except StoreError:
        return
