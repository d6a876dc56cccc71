"""The hub as one process: link, writer, mailer and audit in threads, web pages in the main one.

Everything that must survive is in the registry before anyone is told of it, so the process may be
killed at any instruction and started again. Of several that share a registry on a server each has
its pages and takes messages; what must run once is done by one of them (`sync.hub.leading`).
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable

from sync.hub import audit, metrics, rosters, setup, watching, web, writer
from sync.hub.composing import Composer
from sync.hub.courier.drop import DropFolder, Watch
from sync.hub.courier.taking import Sources as CourierSources
from sync.hub.courier.taking import Taking
from sync.hub.device_ca import register
from sync.hub.home.revoking import OnlineRevocation
from sync.hub.intake import Intake, now
from sync.hub.leading import Leading, LostError
from sync.hub.log_events import Event, log, where
from sync.hub.mailer import Mailer
from sync.hub.retention import Retention
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys, SetupError
from sync.hub.store.database import Store, StoreError

VERSION = "0.1.0"

_SHUTDOWN_SECONDS = 1
_DRAIN_SECONDS = 10
_SHED_AGAIN_SECONDS = 5.0


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
        self.intake = Intake(
            settings,
            keys,
            decided=self._decided,
            at_leisure=self._shed,
            outdated=self._end_outdated,
            leads=lambda: self._leading.has_begun,
        )
        intake = self.intake
        self._retention = Retention(settings.retention, intake.ingest, now)
        composer = Composer(settings, keys.tokens, keys.letters)
        self._mailer = Mailer(
            settings.smtp, composer.compose, intake.open_reader, intake.writer, now
        )
        self._audit = audit.Audit(intake.open_reader, intake.writer, now)
        self._courier = Watch(
            DropFolder(settings.folder),
            Taking(
                CourierSources(
                    intake.open_reader,
                    intake.writer,
                    intake.ingest,
                    intake.took,
                    keys.unsealing,
                    intake.lists.read,
                )
            ),
        )
        self._leading = Leading(
            intake.writer, self._begin, self._round, may_wait=bool(settings.registry.url)
        )
        self._of_a_leader: list[threading.Thread] = []
        self._register_seen: tuple[int, bytes] | None = None
        family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
        self._door = socket.create_server(
            (settings.web.host, settings.web.port), family=family, backlog=128
        )
        self._server = web.server(self._site())
        self._watch = watching.Watch(intake.open_reader, intake.writer, now, self._own)
        self._metrics = metrics.show(
            metrics.Subject(
                intake.open_reader, lambda: intake.link.listening, self._own, now, VERSION
            ),
            settings.metrics,
        )
        self._defect = False

    def _site(self) -> web.Site:
        """What the pages need."""
        intake = self.intake
        return web.Site(
            settings=self._settings,
            open_reader=intake.open_reader,
            writer=intake.writer,
            clock=now,
            message_id=intake.message_id,
            confirmed=self._mailer.wake,
            healthy=lambda: intake.link.listening,
            enrolling=intake.stations.enrolling,
            home=web.Home(
                intake.home,
                OnlineRevocation(
                    intake.comparer,
                    self._keys.digests,
                    intake.message_id,
                    self._keys.letters[0].sealing_key,
                    self._settings.authority,
                ),
                web.breached_passwords(self._settings),
            ),
        )

    def serve(self) -> int:
        """Serves until SIGTERM or SIGINT.

        Returns:
            The exit code: 0, or 1 where a defect ended a part of the hub, or another process does
            what must be done once.
        """
        # uvicorn raises the signals that it caught once more when it is done; they find these.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        log(Event.STARTED, version=VERSION)
        writing = self._start("writer", self.intake.write)
        linking = self._start("link", self.intake.link.run)
        self._start("admission", self.intake.admitting.run)
        self._start("courier", self._courier.run)  # each process its own machine's folder
        leading = self._start("leading", self._leading.run)
        self._server.run(sockets=[self._door])
        log(Event.STOPPING)
        self._leading.stop()
        self.intake.stations.stop()
        self._courier.stop()
        self._watch.stop()
        self._metrics.close()
        self._audit.stop()
        self._mailer.stop()
        if linking.is_alive():
            self.intake.link.drain(_SHUTDOWN_SECONDS if self._defect else _DRAIN_SECONDS)
        deadline = time.monotonic() + _SHUTDOWN_SECONDS
        for thread in (*self._of_a_leader, leading):
            thread.join(max(deadline - time.monotonic(), 0))
        self.intake.leave(writing, linking, _SHUTDOWN_SECONDS)
        return int(self._defect)

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """A thread whose death ends the hub: a half-dead hub looks alive and does nothing."""

        def guarded() -> None:
            try:
                work()
            except LostError:
                log(Event.LEADING_LOST)
            except Exception as error:  # noqa: BLE001  reported, and the process ends
                log(Event.THREAD_DIED, thread=name, error=type(error).__name__, where=where(error))
            else:
                return
            self._defect = True
            self._server.should_exit = True

        return writer.start(name, guarded)

    def _own(self) -> watching.Certificates:
        """When the hub's own certificates end; from any thread."""
        authorities = self.intake.stations.office.authorities
        return watching.certificates(self._settings, [one.der for one in authorities])

    def _end_outdated(self) -> None:
        """From any thread: a newer program has changed the registry."""
        if not self._defect:
            log(Event.OUTDATED)
        self._defect = True
        self._server.should_exit = True

    def _begin(self) -> None:
        """In the thread that leads, once: what one process alone does."""
        self._of_a_leader = [
            self._start("mailer", self._mailer.run),
            self._start("audit", self._audit.run),
            self._start("stations", self.intake.stations.run),
            self._start("watch", self._watch.run),
        ]

    def _round(self) -> None:
        """In the thread that leads, every second: what other processes have left to be done."""
        self._mailer.wake()
        try:
            self.intake.writer.look(self._look)
        except StoreError:
            return  # it comes again

    def _look(self, store: Store) -> None:
        """In the writer's thread."""
        self._sign_roster(store)
        head = register.head(store)
        if head != self._register_seen:
            self._register_seen = head
            self.intake.stations.wake()

    @property
    def _is_to_do_it(self) -> bool:
        """Whether this process does what one alone must do."""
        return self._leading.has_begun or not self._settings.registry.url

    def _decided(self, store: Store) -> None:
        """In the writer's thread, after decisions."""
        if self._is_to_do_it:
            self._mailer.wake()
            self._sign_roster(store)

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
            self.intake.stations.wake()

    def _shed(self, store: Store) -> float | None:
        """In the writer's thread, when there is quiet: sheds some of the bodies that are due."""
        if not self._is_to_do_it:
            return None
        try:
            step = self._retention.step(store)
        except StoreError as error:
            log(Event.SHEDDING_WAITS, error=error.code)
            return _SHED_AGAIN_SECONDS
        if step.acknowledgement is not None:
            self.intake.link.tell(step.station, step.acknowledgement)
        if step.shed:
            log(Event.BODIES_SHED, station=step.station, shed=step.shed)
        return step.pause
