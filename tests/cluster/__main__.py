"""A hub as a cluster, in network namespaces of this machine; nodes and workers die while it works.

`make cluster` (as root): three RabbitMQ nodes, PostgreSQL with a synchronous standby, a hub that
serves, three workers and some stations, each on a machine of its own network. While the stations
bring what they recorded, a worker is killed, then a node of the broker, then the database. At the end
everything that was recorded is in the registry once, in order:
`CLUSTER ok operations=N lost=0 doubled=0`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Self, TypeVar

from sync.hub import settings
from sync.hub.broker import rabbit
from sync.hub.broker.rabbit import NodePlan
from sync.hub.store import alarms, chains, opening, registrations
from tests.cluster.database import Pair
from tests.cluster.hosts import Machines
from tests.cluster.stations import Recording
from tests.emulated.rabbit import RabbitNode
from tests.emulated.services import (
    HubProcess,
    LinkProcess,
    Service,
    ServiceError,
    WorkerProcess,
    wait_until,
)
from tests.workbench.pki import HOSTS, HUB_NAME, Ports, make_site

NODES = ("n1", "n2", "n3")
WORKERS = ("hub-w1", "hub-w2", "hub-w3")
BROKER = "broker.cluster.example"
MQTT, AMQP = 8883, 5671
SECONDS = 180.0
S = TypeVar("S", bound=Service)


def say(text: str) -> None:
    """A line of what happens, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Cluster:
    """Everything of a run."""

    def __init__(self, folder: Path, stations: int, operations: int) -> None:
        self.names = [f"kiosk-{number:04}" for number in range(1, stations + 1)]
        self._operations = operations
        self._folder = folder
        self._running = ExitStack()
        self.links: list[LinkProcess] = []
        kiosks = [f"k{place}" for place in range(len(self.names))]
        self._kiosks = dict(zip(self.names, kiosks, strict=True))
        self.machines = Machines([*NODES, "serve", "w1", "w2", "w3", *kiosks])

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _make(self) -> None:
        enter = self._running.enter_context
        enter(self.machines)
        say("a database and its standby")
        self.database = enter(Pair(self._folder))
        addresses = [self.machines.addresses[name] for name in NODES]
        self.site = make_site(
            self._folder / "site",
            self.names,
            ports=Ports(MQTT, MQTT, 2525, 8080),
            overrides={"broker": {"host": BROKER}},
            hub={
                "registry": {"url": self.database.url()},
                "broker": {
                    "kind": "rabbitmq",
                    "host": addresses[0],
                    "hosts": addresses,
                    "amqp_port": AMQP,
                },
            },
            workers=WORKERS,
        )
        authority = self.site.transport_authority()
        authority.issue_server("broker", (*HOSTS, BROKER, *addresses)).write(
            self.site.broker_dir / "broker.pem", self.site.broker_dir / "broker.key"
        )
        self._start_nodes()
        self.hub = enter(self._unseen(HubProcess(self.site, within=self._in("serve"))))
        self.workers = [
            enter(self._unseen(WorkerProcess(self.site, name, within=self._in(name[4:]))))
            for name in WORKERS
        ]
        for one in (self.hub, *self.workers):
            wait_until(lambda one=one: heard(one), SECONDS, f"{one.name}'s link")  # type: ignore[misc]
        self.recordings = {name: Recording(self.site.stations[name]) for name in self.names}
        for recording in self.recordings.values():
            self._running.callback(recording.close)

    def _in(self, machine: str) -> tuple[str, ...]:
        return self.machines.within(machine)

    @staticmethod
    def _unseen(service: S) -> S:
        """Its pages answer on its own machine alone: that it runs is seen in its log."""
        service.ready = lambda: service.running  # type: ignore[method-assign]
        return service

    def _start_nodes(self) -> None:
        names = [f"rabbit@{self.machines.addresses[name]}" for name in NODES]
        self.nodes: list[RabbitNode] = []
        for machine, name in zip(NODES, names, strict=True):
            plan = NodePlan(
                ca=self.site.broker_dir / "ca.pem",
                certificate=self.site.broker_dir / "broker.pem",
                key=self.site.broker_dir / "broker.key",
                nodes=names,
                port=MQTT,
                amqp_port=AMQP,
                among=self.machines.addresses[machine],
            )
            node = RabbitNode(self._folder / machine, plan, name=name, within=self._in(machine))
            say(f"a node of the broker: {name}")
            self.nodes.append(self._running.enter_context(node))
        said = self.nodes[0].ctl("cluster_status", "--formatter", "json")
        if not all(name in said for name in names):
            raise ServiceError("the nodes are no cluster")
        path = rabbit.write_definitions(
            self.site.broker_dir, [HUB_NAME, *WORKERS], self.site.stations
        )
        self.nodes[0].ctl("import_definitions", str(path))

    def start_links(self) -> None:
        """Each on its machine, and each knows the nodes in another order."""
        addresses = [self.machines.addresses[name] for name in NODES]
        for place, name in enumerate(self.names):
            turned = [*addresses[place % 3 :], *addresses[: place % 3]]
            machine = self._kiosks[name]
            self.machines.name_hosts(machine, [(address, BROKER) for address in turned])
            link = LinkProcess(self.site, name, within=self._in(machine))
            self.links.append(self._running.enter_context(link))

    def record(self) -> None:
        for place, one in enumerate(self.recordings.values()):
            one.record(range(1 + place * self._operations, 1 + (place + 1) * self._operations))

    def stored(self) -> int:
        return sum(one.standing()[0] for one in self.recordings.values())

    def decided(self) -> int:
        return sum(one.standing()[1] for one in self.recordings.values())

    def outcome(self) -> tuple[int, int, list[str]]:
        """How many operations are lost, how many doubled, and alarms."""
        store = opening.open_reader(settings.load(self.site.hub_dir))
        lost = doubled = 0
        try:
            for name, one in self.recordings.items():
                own = one.hashes()
                held = [entry.hash for entry in chains.entries(store, name, 1, len(own) + 1)]
                lost += len(own) - len(held) if own[: len(held)] == held else len(own)
            entered = Counter(one.codice_fiscale for one in registrations.registrations(store))
            lost += sum(one.recorded for one in self.recordings.values()) - len(entered)
            doubled = sum(count - 1 for count in entered.values())
            return (
                lost,
                doubled,
                [f"{one.code} {one.detail}".strip() for one in alarms.alarms(store)],
            )
        finally:
            store.close()


def heard(process: Service) -> bool:
    """Whether its last word about the broker was that it hears the stations."""
    words = [line for line in process.log_end(200_000).splitlines() if " link." in line]
    if not process.running:
        raise ServiceError(f"{process.name} ended: {process.log_end()}")
    return bool(words) and "link.up" in words[-1]


def play(cluster: Cluster) -> int:
    """The run. Returns 0 where nothing is lost and nothing doubled."""
    total = sum(one.recorded for one in cluster.recordings.values())
    started = time.monotonic()
    cluster.start_links()

    def at(part: float, what: str) -> None:
        wait_until(lambda: cluster.stored() >= total * part, SECONDS, what)
        say(f"{cluster.stored()} of {total} stored, {cluster.decided()} decided; {what}")

    at(0.1, "a worker is killed")
    cluster.workers[0].kill()
    at(0.25, "a node of the broker is killed")
    cluster.nodes[0].kill()
    at(0.4, "the killed worker comes back, another leaves in order")
    cluster.workers[0].start()
    cluster.workers[1].stop(60)
    if cluster.workers[1].exit_code != 0:
        raise ServiceError(f"the worker did not leave: {cluster.workers[1].log_end()}")
    at(0.55, "the database is killed; its standby takes over")
    cluster.database.fail_over()
    at(0.7, "the killed node comes back")
    cluster.nodes[0].start(wait=False)
    at(1.0, "all is stored")
    stored = time.monotonic() - started
    wait_until(lambda: cluster.decided() == total, SECONDS, "all is decided")
    say(f"stored after {stored:.1f} s, decided after {time.monotonic() - started:.1f} s")
    lost, doubled, raised = cluster.outcome()
    for code in raised:
        say(f"alarm {code}")
    ok = not lost and not doubled and not raised
    print(f"CLUSTER {'ok' if ok else 'broken'} operations={total} lost={lost} doubled={doubled}")
    return int(not ok)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.cluster")
    parser.add_argument("--stations", type=int, default=6)
    parser.add_argument("--operations", type=int, default=1500, help="of each station")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sportello-cluster-") as folder:
        Path(folder).chmod(0o755)
        with Cluster(Path(folder), options.stations, options.operations) as cluster:
            say(f"{options.stations} stations record {options.operations} operations each")
            cluster.record()
            try:
                return play(cluster)
            except (ServiceError, TimeoutError) as error:
                for one in (cluster.hub, *cluster.workers, *cluster.nodes):
                    print(f"--- {one.name}\n{one.log_end(1500)}")
                for link in cluster.links:
                    print(f"--- {link.name}\n{link.log_end(1500)}")
                print(f"CLUSTER broken {error}")
                return 1


if __name__ == "__main__":
    sys.exit(main())
