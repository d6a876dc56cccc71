"""A RabbitMQ node of a test's own: real, with the configuration that the repository ships.

Erlang's port mapper (epmd) runs beside each node, at a port of its own, and ends with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from sync.hub.broker import rabbit
from sync.hub.broker.rabbit import NodePlan
from tests.emulated.services import Service, ServiceError, wait_until
from tests.workbench.pki import HOSTS, HUB_NAME, Site

PROGRAMS: Final = Path("/usr/lib/rabbitmq/bin")
COOKIE: Final = "sportello-of-a-test"
_DEADLINE_SECONDS: Final = 120.0


class RabbitNode(Service):
    """A node; as a context manager it leaves nothing running."""

    def __init__(
        self,
        folder: Path,
        plan: NodePlan,
        *,
        name: str = "rabbit@127.0.0.1",
        ports: tuple[int, int] = (4369, 25672),
        within: Sequence[str] = (),
    ) -> None:
        """Writes its configuration; `start` starts it.

        Args:
            folder: everything of the node lies in it.
            plan: what it is told.
            name: its Erlang name.
            ports: of the port mapper and of the nodes among themselves.
            within: command that runs a command elsewhere (`ip netns exec NAME`).
        """
        if not (PROGRAMS / "rabbitmq-server").exists():
            raise ServiceError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        self.folder = folder
        configuration = rabbit.write_configuration(plan, folder)
        cookie = folder / ".erlang.cookie"
        cookie.write_text(COOKIE)
        cookie.chmod(0o400)
        mapper, among = ports
        self._within = tuple(within)
        self._mapper_port = mapper
        self._among = plan.among
        self.environment = {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": name,
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_CONF_ENV_FILE": str(folder / rabbit.ENVIRONMENT),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / rabbit.PLUGINS),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_DIST_PORT": str(among),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            "ERL_EPMD_PORT": str(mapper),
            "LANG": "C.UTF-8",
        }
        super().__init__(
            name,
            [*within, str(PROGRAMS / "rabbitmq-server")],
            folder / "node.log",
            self.environment,
        )
        self._mapper: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        """Starts the port mapper and the node."""
        if self._mapper is None:
            epmd = shutil.which("epmd")
            if epmd is None:
                raise ServiceError("epmd is not installed")
            self._mapper = subprocess.Popen(
                [
                    *self._within,
                    *(epmd, "-address", self._among, "-port", str(self._mapper_port)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        super().start(wait=wait)

    def wait_ready(self, seconds: float = _DEADLINE_SECONDS) -> None:
        """Until the node has started; Erlang takes its time."""
        super().wait_ready(seconds)

    def ready(self) -> bool:
        """Whether it listens to everybody."""
        if not self.running:
            return False
        return self._ctl("await_startup", "--timeout", "1").returncode == 0

    def kill(self) -> None:
        """SIGKILL to the virtual machine itself, and to the shell around it."""
        self._end_children(signal.SIGKILL)
        super().kill()

    def stop(self, seconds: float = 30) -> float:
        """In order; then the port mapper."""
        self._end_children(signal.SIGTERM)
        took = super().stop(seconds)
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None
        return took

    def ctl(self, *words: str) -> str:
        """What `rabbitmqctl` says. Raises `ServiceError`."""
        done = self._ctl(*words)
        if done.returncode:
            raise ServiceError(f"rabbitmqctl {words[0]}: {done.stderr[-800:]}")
        return done.stdout

    def _ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(*self._within, str(PROGRAMS / "rabbitmqctl")),
                *("--quiet", "--longnames", "-n", self.name, *words),
            ],
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment},
            check=False,
        )

    def _end_children(self, how: signal.Signals) -> None:
        """The script waits for the virtual machine, which is its child."""
        if not self.running:
            return
        for child in _children(self.pid):
            with suppress(ProcessLookupError):
                os.kill(child, how)


def _children(pid: int) -> list[int]:
    found = []
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(line), *_children(int(line))]
    return found


def node_of(site: Site, folder: Path, ports: tuple[int, int, int]) -> RabbitNode:
    """One node on loopback with a site's certificates, for its stations and its hub.

    Args:
        site: whose `ports.broker` is the port of MQTT.
        folder: of the node.
        ports: of AMQP, of the port mapper, of the nodes among themselves.
    """
    amqp, mapper, among = ports
    plan = NodePlan(
        ca=site.broker_dir / "ca.pem",
        certificate=site.broker_dir / "broker.pem",
        key=site.broker_dir / "broker.key",
        address="127.0.0.1",
        port=site.ports.broker,
        amqp_port=amqp,
    )
    return RabbitNode(folder, plan, ports=(mapper, among))


def define(site: Site, node: RabbitNode, workers: Sequence[str] = ()) -> None:
    """Lets hub, workers and stations of a site in."""
    path = rabbit.write_definitions(site.broker_dir, [HUB_NAME, *workers], site.stations)
    node.ctl("import_definitions", str(path))


__all__ = ["HOSTS", "RabbitNode", "define", "node_of", "wait_until"]
