"""What it costs to bring queued operations to an acknowledged state.

2,000 operations lie in a station's store. Ours: the real link sends them through a real Mosquitto
with mutual TLS to the real hub, which verifies, opens and enters each into its registry, commits,
and signs what it answers; the time ends when the station's store holds the last acknowledgement.
The peer: paho publishes the same envelopes, one a message with QoS 1 and its usual 20 in flight,
to the same broker over the same TLS, and nobody does anything with them; the time ends with the
last PUBACK. Rounds alternate; the figure is the median over rounds of our rate / its rate.

`python -m tests.benchmarks.drain` prints `BENCH drain ratio=... limit=0.5 ok|short`.
"""

from __future__ import annotations

import ssl
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sync.edge import station
from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.link.status import LinkStatus, read_link_status
from sync.edge.station import StationProfile
from sync.edge.store import Standing, Store
from sync.edge.wakeup import Role, WakeUp
from sync.model import codice_fiscale
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.preregistration import Preregistration
from sync.wire import topics
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import (
    Broker,
    HubProcess,
    LinkProcess,
    ServiceError,
    wait_until,
)
from tests.unit.edge.stations import preregistration
from tests.workbench.pki import Site, make_site
from tests.workbench.vaults import open_store

LIMIT = 0.5
OPERATIONS = 2000
ROUNDS = 5
PEER = "kiosk-0002"
OURS = "kiosk-0001"

_MONTHS = "ABCDEHLMPRST"
_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Operations a second, and the median of the rounds' ratios."""

    ours: float
    bare: float
    ratio: float


def person(number: int) -> Person:
    """A made-up man of Turin; each number is another one."""
    day, month, year = 1 + number % 28, number // 28 % 12, 1940 + number // 336 % 60
    body = f"RSSMRA{year % 100:02}{_MONTHS[month]}{day:02}L219"
    code = body + _check_letter(body)
    if isinstance(codice_fiscale.parse(code), Problem):
        raise ValueError(code)  # noqa: TRY004 - its content, not its type
    return Person(code, "Rossi", "Mario", PartialDate(year, month + 1, day), Sex.MALE)


def operation_of(number: int, position: Position) -> Preregistration:
    """What that man leaves at the kiosk."""
    return replace(
        preregistration(position),
        person=person(number),
        contacts=Contacts(f"person{number}@example.org", mobile="+393331234567"),
    )


class Bench:
    """The site with everything running, the link connected and idle."""

    def __init__(self, folder: Path) -> None:
        self.site: Site = make_site(folder / "site", [OURS, PEER])
        self.profile: StationProfile = station.load(self.site.stations[OURS])
        trust = self.profile.hub_trust()
        store = open_store(self.profile)
        if not isinstance(store, Store) or not isinstance(trust, HubTrust):
            raise ServiceError("the station's folder is not usable")
        self.store = store
        key = (self.profile.folder / "key" / "signing.pem").read_bytes()
        self.journal = Journal(
            store,
            self.profile,
            signer=SoftwareSigner.from_pem(key),
            sealing_key=trust.sealing_key,
        )
        self.recorded = 0
        self.wake = WakeUp(self.profile.store, Role.WINDOW)
        self.link = LinkProcess(self.site, OURS)

    def record(self, count: int) -> list[bytes]:
        """Queues operations; returns their envelopes."""
        first = self.recorded + 1
        for _ in range(count):
            done = self.journal.record(
                uuid7(time.time_ns() // 1_000_000), partial(operation_of, self.recorded)
            )
            if not isinstance(done, Recorded):
                raise ServiceError(done.code)
            self.recorded += 1
        entries = self.store.entries(first, most=count)
        return [entry.envelope for entry in entries] if isinstance(entries, list) else []

    def acknowledged(self) -> int:
        standing = self.store.standing()
        return standing.watermark if isinstance(standing, Standing) else 0

    def is_idle(self) -> bool:
        """Whether all is acknowledged and decided, so that the link writes nothing any more."""
        status, standing = read_link_status(self.store), self.store.standing()
        return (
            isinstance(status, LinkStatus)
            and status.hub_present
            and isinstance(standing, Standing)
            and standing.decided == self.recorded
        )

    def drain(self) -> float:
        """Operations a second, from letting the link run to the last acknowledgement kept."""
        waiting = self.recorded - self.acknowledged()
        started = time.perf_counter()
        self.link.thaw()
        self.wake.ring(Role.LINK)
        while self.acknowledged() < self.recorded:
            if time.perf_counter() - started > 120:
                raise ServiceError(f"still at {self.acknowledged()}: {self.link.log_end()}")
            time.sleep(0.005)
        return waiting / (time.perf_counter() - started)


def publish_bare(site: Site, payloads: list[bytes]) -> float:
    """Messages a second of paho alone, from the first publish to the last PUBACK."""
    tls = site.stations[PEER] / "tls"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(str(tls / "ca.pem"))
    context.load_cert_chain(str(tls / "station.pem"), str(tls / "station.key"))
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=PEER, protocol=MQTTProtocolVersion.MQTTv5
    )
    client.tls_set_context(context)
    client.max_inflight_messages_set(20)
    up, over = threading.Event(), threading.Event()
    left = [len(payloads)]

    def published(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            over.set()

    def connected(*_: object) -> None:
        up.set()

    client.on_connect = connected
    client.on_publish = published
    client.connect("localhost", site.ports.broker)
    client.loop_start()
    if not up.wait(10):
        raise ServiceError("the peer did not connect")
    started = time.perf_counter()
    for payload in payloads:
        client.publish(topics.state(PEER), payload, qos=1)
    if not over.wait(120):
        raise ServiceError("the peer did not finish")
    spent = time.perf_counter() - started
    client.disconnect()
    client.loop_stop()
    return len(payloads) / spent


def measure(folder: Path, *, rounds: int = ROUNDS, operations: int = OPERATIONS) -> Figures:
    """Both peers in turns; the first round warms up and does not count."""
    bench = Bench(folder)
    each: list[tuple[float, float]] = []
    with Broker(bench.site), HubProcess(bench.site) as hub, bench.link:
        wait_until(hub.linked, 20, "the hub is linked")
        for number in range(rounds + 1):
            wait_until(bench.is_idle, 60, "the link is idle")
            bench.link.freeze()
            payloads = bench.record(operations if number else 200)
            bare = publish_bare(bench.site, payloads)
            ours = bench.drain()
            if number:
                each.append((ours, bare))
    bench.wake.close()
    bench.store.close()
    return Figures(
        ours=statistics.median(one for one, _ in each),
        bare=statistics.median(other for _, other in each),
        ratio=statistics.median(one / other for one, other in each),
    )


def _check_letter(body: str) -> str:
    """The sixteenth character (DM 23 December 1976)."""
    total = 0
    for place, character in enumerate(body):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += value if place % 2 else _ODD[value]
    return chr(ord("A") + total % 26)


def main() -> int:
    """Measures on loopback; 1 where the limit is not held."""
    with tempfile.TemporaryDirectory(prefix="sportello-bench-") as folder:
        figures = measure(Path(folder))
    held = figures.ratio >= LIMIT
    print(f"drain: {figures.ours:.0f} operations/s, bare paho {figures.bare:.0f} messages/s")
    print(f"BENCH drain ratio={figures.ratio:.2f} limit={LIMIT} {'ok' if held else 'short'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
