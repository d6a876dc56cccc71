"""Figures about the hub for whoever watches it, in the OpenMetrics format; nothing about persons.

Counters come from what the hub logs, so that log and figures cannot disagree; what is in the registry is
read from it when somebody asks. Series are few however many stations there are: of stations only
those with a trouble are named, and at most `MOST_NAMED`.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from sync.hub import log_events
from sync.hub.log_events import Event
from sync.hub.settings import MetricsSettings
from sync.hub.store import admission, backups, chains, health, parts
from sync.hub.store.database import Store, StoreError
from sync.hub.watching import Certificates
from sync.wire.canonical import Malformed
from sync.wire.health import decode

MOST_NAMED: Final = 200
"""So many concerns are named one by one; the count of each code is always whole."""

_BATCH_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_MS: Final = 1000.0


class Metrics:
    """Counters of this process.

    Attributes:
        registry: what `serve` shows.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._stored = Counter(
            "sportello_operations_stored",
            "Operations stored and acknowledged by this process.",
            registry=self.registry,
        )
        self._batches = Histogram(
            "sportello_batch_seconds",
            "Time from a batch's turn to its acknowledgement, of those that brought something new.",
            buckets=_BATCH_SECONDS,
            registry=self.registry,
        )
        self._refused = Counter(
            "sportello_operations_refused",
            "Operations that the rules refused.",
            registry=self.registry,
        )
        self._events = Counter(
            "sportello_events",
            "Lines of the hub's log, by event.",
            ["event"],
            registry=self.registry,
        )
        self._alarms = Counter(
            "sportello_alarms",
            "Alarms raised, by code.",
            ["code"],
            registry=self.registry,
        )

    def heard(self, event: Event, fields: dict[str, str | int | None]) -> None:
        """Counts a line of the log. From any thread."""
        self._events.labels(event.code).inc()
        match event:
            case Event.BATCH_STORED:
                self._stored.inc(_number(fields, "stored"))
                self._batches.observe(_number(fields, "milliseconds") / _MS)
            case Event.DECIDED:
                self._refused.inc(_number(fields, "refused"))
            case Event.ALARM:
                self._alarms.labels(str(fields.get("code"))).inc()
            case _:
                pass

    def listen(self) -> None:
        """Hears every line of the log from now on."""
        log_events.listen(self.heard)

    def close(self) -> None:
        """Hears no more."""
        log_events.unlisten(self.heard)


@dataclass(frozen=True, slots=True)
class Subject:
    """What figures are about.

    Attributes:
        open_reader: opens the registry for reading.
        listening: whether the broker passes messages on to this process.
        own: when the hub's own certificates end.
        clock: milliseconds since 1970.
        version: of the program.
    """

    open_reader: Callable[[], Store]
    listening: Callable[[], bool]
    own: Callable[[], Certificates]
    clock: Callable[[], int]
    version: str


class RegistryFigures(Collector):
    """What the registry says when it is asked."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def describe(self) -> Iterable[Metric]:
        """No names beforehand: the registry may be out of reach when this is made."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Every figure; only `sportello_registry_up` where the registry does not answer."""
        subject = self._subject
        info = InfoMetricFamily("sportello_build", "The program.")
        info.add_metric([], {"version": subject.version})
        yield info
        yield _gauge("sportello_listening", "Stations are heard.", int(subject.listening()))
        yield _by(
            "sportello_certificate_ends_timestamp_seconds",
            "When a certificate of the hub's own ends.",
            "certificate",
            {name: ends / _MS for name, ends in subject.own().ends},
        )
        try:
            found = list(self._of_registry())
        except StoreError:
            found = []
        yield _gauge("sportello_registry_up", "The registry answers.", int(bool(found)))
        yield from found

    def _of_registry(self) -> Iterable[Metric]:
        store = self._subject.open_reader()
        try:
            with store.snapshot():
                now = self._subject.clock()
                yield from _of_chains(store, now)
                yield from _of_admission(store)
                yield from _of_upkeep(store)
                yield from _of_stations(store)
                yield from _of_concerns(store)
        finally:
            store.close()


class Shown:
    """Figures at an address, until `close`."""

    def __init__(self, metrics: Metrics, server: WSGIServer | None, thread: Thread | None) -> None:
        self._metrics = metrics
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        """Where they are shown; 0 for nowhere."""
        return 0 if self._server is None else self._server.server_port

    def close(self) -> None:
        """Shows them no more."""
        self._metrics.close()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


def show(subject: Subject, where: MetricsSettings) -> Shown:
    """Shows the figures at `http://host:port/metrics`; nowhere where there is no port.

    Raises:
        OSError: the address cannot be listened at.
    """
    metrics = Metrics()
    if not where.port:
        return Shown(metrics, None, None)
    metrics.registry.register(RegistryFigures(subject))
    metrics.listen()
    server, thread = start_http_server(where.port, where.host, metrics.registry)
    return Shown(metrics, server, thread)


def _of_chains(store: Store, now: int) -> Iterable[Metric]:
    stations, held, decided = health.totals(store)
    oldest = health.oldest_undecided(store)
    yield _gauge("sportello_stations", "Enrolled stations.", stations)
    yield _gauge("sportello_operations_held", "Operations in the registry.", held)
    yield _gauge("sportello_operations_undecided", "Held, not decided.", held - decided)
    age = 0.0 if oldest is None else max(0, now - oldest) / _MS
    yield _gauge("sportello_backlog_age_seconds", "Age of the oldest undecided entry.", age)
    missing = sum(count for _, count, _ in health.gaps(store))
    yield _gauge("sportello_entries_missing", "Entries known by their hash alone.", missing)
    yield _gauge("sportello_forked_stations", "With two histories.", len(health.forked(store)))
    late = parts.missing(store)
    yield _gauge(
        "sportello_parts_missing", "Of operations that are here.", sum(p.parts for p in late)
    )
    yield _gauge("sportello_parts_missing_bytes", "Of these.", sum(p.bytes for p in late))


def _of_admission(store: Store) -> Iterable[Metric]:
    said = admission.windows(store)
    yield _by(
        "sportello_admission_window_seconds",
        "Within which stations come back after an outage.",
        "urgency",
        {"normal": float(said.normal), "bulk": float(said.bulk)},
    )
    to_come, stations = admission.announced(store)
    yield _gauge("sportello_entries_announced", "That stations say they will send.", to_come)
    yield _gauge("sportello_stations_announcing", "That say so.", stations)


def _of_upkeep(store: Store) -> Iterable[Metric]:
    letters, queued = health.letters_waiting(store)
    yield _gauge("sportello_letters_waiting", "Letters to be sent.", letters)
    yield _gauge(
        "sportello_oldest_letter_timestamp_seconds",
        "When the oldest of them was queued; 0 for none.",
        queued / _MS,
    )
    yield _gauge(
        "sportello_backup_timestamp_seconds",
        "When the last backup elsewhere was made; 0 for never.",
        backups.last_away(store) / _MS,
    )
    unsecured = sum(one.decided_seq - one.secured_seq for one in chains.stations(store))
    yield _gauge("sportello_operations_unsecured", "Decided, in no backup elsewhere.", unsecured)
    lists = health.signed_lists(store)
    yield _by(
        "sportello_signed_list_version",
        "The version signed last.",
        "list",
        {name: float(version) for name, (version, _) in lists.items()},
    )
    yield _by(
        "sportello_signed_list_timestamp_seconds",
        "When it was signed.",
        "list",
        {name: at / _MS for name, (_, at) in lists.items()},
    )


def _of_stations(store: Store) -> Iterable[Metric]:
    yield _by(
        "sportello_devices",
        "Registered devices, by the state of R-004-12.",
        "state",
        {name: float(count) for name, count in health.devices_by_state(store).items()},
    )
    ends = [one.ends_at for one in health.endings(store)]
    yield _gauge(
        "sportello_station_certificate_ends_timestamp_seconds",
        "When the first certificate of a station in use ends; 0 for none.",
        min(ends, default=0) / _MS,
    )
    waiting, to_decide, heard = 0, 0, 0
    wrong: Tally[str] = Tally()
    for one in health.reports(store):
        try:
            report = decode(one.report)
        except Malformed:
            continue
        heard += 1
        waiting += max(0, report.head - report.accepted)
        to_decide += report.to_decide
        wrong.update(report.codes)
    yield _gauge("sportello_stations_reporting", "That have said how they are.", heard)
    yield _gauge("sportello_station_entries_waiting", "Not yet with the hub, as told.", waiting)
    yield _gauge("sportello_station_entries_to_decide", "That want a person, as told.", to_decide)
    yield _by(
        "sportello_station_troubles",
        "Stations that tell of a trouble, by its code.",
        "code",
        {code: float(count) for code, count in wrong.items()},
    )


def _of_concerns(store: Store) -> Iterable[Metric]:
    found = health.concerns(store)
    counts = Tally(one.code for one in found)
    yield _by(
        "sportello_concerns",
        "What is wrong now, by its code.",
        "code",
        {code: float(count) for code, count in counts.items()},
    )
    named = GaugeMetricFamily(
        "sportello_concern_since_timestamp_seconds",
        f"Since when; the first {MOST_NAMED} of them.",
        labels=["code", "subject"],
    )
    for one in found[:MOST_NAMED]:
        named.add_metric([one.code, one.subject], one.since / _MS)
    yield named


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _number(fields: dict[str, str | int | None], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0
