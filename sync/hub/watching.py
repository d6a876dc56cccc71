"""What is wrong now, at the hub and at its stations: looked for again and again, told once a day.

A concern is there as long as its cause is, and goes with it; when it comes it is counted as an alarm
(`sync.hub.store.alarms`) and logged, and again each day that it lasts. What each is about and what
helps stands in docs/operations.md; the age of the last backup is looked at by `sync.hub.upkeep`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from cryptography import x509

from sync.hub import upkeep
from sync.hub.log_events import Event, log
from sync.hub.settings import HubSettings
from sync.hub.store import alarms, health, parts
from sync.hub.store.database import Store, StoreError
from sync.hub.store.health import Concern
from sync.hub.writer import Writer
from sync.wire.canonical import Malformed
from sync.wire.health import Health, decode

PERIOD_SECONDS: Final = 60.0
HUB: Final = upkeep.HUB

_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WORN_PERCENT: Final = 80


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is a concern; milliseconds.

    Attributes:
        backlog: for so long the oldest entry has waited for its decision.
        gap: for so long an entry is known by its hash alone.
        parts: for so long a part that travels apart may be missing.
        ending: so long before a certificate ends: well inside the time of its renewal.
        authority: likewise for the device authority and the hub's own certificate.
        silent: for so long an active station was not heard.
        behind: for so long after it was signed a list may be unknown to a station that is heard.
        fresh: a health report older than this says nothing about now.
        waiting: for so long an entry may wait at a station that is heard.
        letters: for so long the oldest letter has waited.
    """

    backlog: int = 15 * _MINUTE
    gap: int = _DAY
    parts: int = 3 * _DAY
    ending: int = 14 * _DAY
    authority: int = 60 * _DAY
    silent: int = 3 * _DAY
    behind: int = _DAY
    fresh: int = 30 * _MINUTE
    waiting: int = _HOUR
    letters: int = _HOUR


@dataclass(frozen=True, slots=True)
class Certificates:
    """When the hub's own certificates end, milliseconds since 1970, by what they are for."""

    ends: tuple[tuple[str, int], ...] = ()


def certificates(settings: HubSettings, authorities: Iterable[bytes]) -> Certificates:
    """Those of the hub at the broker, and of the device authority that issues now.

    Args:
        settings: where the hub's certificate lies.
        authorities: certificates in DER, the newest first.
    """
    found: list[tuple[str, int]] = []
    with suppress(OSError, ValueError):
        own = x509.load_pem_x509_certificate((settings.tls_dir / "hub.pem").read_bytes())
        found.append(("hub", _milliseconds(own)))
    for der in list(authorities)[:1]:
        with suppress(ValueError):
            found.append(("authority", _milliseconds(x509.load_der_x509_certificate(der))))
    return Certificates(tuple(found))


def look(store: Store, now: int, own: Certificates, limits: Limits | None = None) -> list[Concern]:
    """Everything that is wrong now.

    Args:
        store: the registry; a snapshot is taken.
        now: milliseconds since 1970.
        own: when the hub's own certificates end.
        limits: from when on something is a concern.

    Raises:
        StoreError: the registry cannot be used.
    """
    limits = limits or Limits()
    with store.snapshot():
        return [
            *_of_hub(store, now, own, limits),
            *_of_chains(store, now, limits),
            *_of_devices(store, now, limits),
            *_of_reports(store, now, limits),
        ]


def note(store: Store, found: Sequence[Concern], now: int) -> list[Concern]:
    """Keeps what was found, takes away what is so no more, and counts alarms. One transaction.

    Returns:
        Those that are to be told: new, or of a day ago.

    Raises:
        StoreError: the registry cannot be used.
    """
    with store.transaction():
        before = {(one.code, one.subject): one for one in health.concerns(store)}
        kept, told = [], []
        for one in found:
            known = before.pop((one.code, one.subject), None)
            since = now if known is None else known.since
            is_due = known is None or now - known.told_at >= _DAY
            told_at = now if known is None or is_due else known.told_at
            one = replace(one, since=since, told_at=told_at)  # noqa: PLW2901  the same, completed
            if known != one:
                kept.append(one)
            if is_due:
                told.append(one)
                alarms.raise_alarm(store, one.subject, one.code, now, detail=one.detail)
        health.put(store, kept)
        health.settle(store, list(before.values()))
    return told


class Watch:
    """Looks again and again, in a thread of its own."""

    def __init__(
        self,
        open_reader: Callable[[], Store],
        writer: Writer,
        clock: Callable[[], int],
        own: Callable[[], Certificates],
    ) -> None:
        """Set it up; `run` works."""
        self._open_reader = open_reader
        self._writer = writer
        self._clock = clock
        self._own = own
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        while not self._stopping.wait(0):
            try:
                self.step()
            except StoreError as error:
                log(Event.WATCH_WAITS, error=error.code)
            self._stopping.wait(PERIOD_SECONDS)

    def step(self) -> list[Concern]:
        """One round; what was told. Raises `StoreError`."""
        now = self._clock()
        reader = self._open_reader()
        try:
            found = look(reader, now, self._own())
        finally:
            reader.close()
        told = self._writer.call(lambda store: note(store, found, now))
        for one in told:
            log(Event.ALARM, station=one.subject, code=one.code)
        return told


def _of_hub(store: Store, now: int, own: Certificates, limits: Limits) -> Iterable[Concern]:
    oldest = health.oldest_undecided(store)
    if oldest is not None and now - oldest >= limits.backlog:
        yield Concern("backlog.old", HUB, f"minutes={(now - oldest) // _MINUTE}")
    count, queued = health.letters_waiting(store)
    if count and now - queued >= limits.letters:
        yield Concern("letters.waiting", HUB, f"letters={count}")
    for name, ends in own.ends:
        if ends - now <= limits.authority:
            yield Concern(f"certificate.{name}-ending", HUB, f"days={(ends - now) // _DAY}")
    published = health.signed_lists(store).get("stations")
    if published is not None and now - published[1] >= limits.ending:
        yield Concern("revocations.old", HUB, f"days={(now - published[1]) // _DAY}")


def _of_chains(store: Store, now: int, limits: Limits) -> Iterable[Concern]:
    for station, proofs in health.forked(store):
        yield Concern("chain.fork", station, f"proofs={proofs}")
    for station, count, since in health.gaps(store):
        if now - since >= limits.gap:
            yield Concern("chain.gap", station, f"entries={count} days={(now - since) // _DAY}")
    for station, late in groupby(
        sorted(parts.missing(store, now - limits.parts)), key=attrgetter("station")
    ):
        count = sum(one.parts for one in late)
        yield Concern("parts.missing", station, f"parts={count}")


def _of_devices(store: Store, now: int, limits: Limits) -> Iterable[Concern]:
    for device, ends_at in health.endings(store):
        if ends_at - now <= limits.ending:
            yield Concern("certificate.ending", device, f"days={(ends_at - now) // _DAY}")
    for device, seen in health.silent(store, now - limits.silent):
        yield Concern("station.silent", device, f"days={(now - seen) // _DAY}")


def _of_reports(store: Store, now: int, limits: Limits) -> Iterable[Concern]:
    lists = health.signed_lists(store)
    for station, heard_at, data in health.reports(store):
        if now - heard_at > limits.fresh:
            continue
        try:
            report = decode(data)
        except Malformed:  # of another version; the hub keeps what stations send
            continue
        for code in report.codes:
            yield Concern(code, station)
        yield from _of_report(station, report)
        if report.oldest_seconds * 1000 >= limits.waiting:
            yield Concern("station.waiting", station, f"minutes={report.oldest_seconds // 60}")
        held = dict(report.lists)
        for name, (version, signed_at) in lists.items():
            # A kiosk for citizens takes no roster.
            is_behind = 0 < held.get(name, 0) < version
            if is_behind and now - signed_at >= limits.behind:
                yield Concern(f"{name}.old", station, f"held={held[name]} signed={version}")


def _of_report(station: str, report: Health) -> Iterable[Concern]:
    if report.to_decide:
        yield Concern("outbox.to-decide", station, f"entries={report.to_decide}")
    if report.worn_percent is not None and report.worn_percent >= _WORN_PERCENT:
        yield Concern("storage.worn", station, f"percent={report.worn_percent}")


def _milliseconds(certificate: x509.Certificate) -> int:
    return int(certificate.not_valid_after_utc.timestamp() * 1000)
