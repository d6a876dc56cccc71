"""Machines of a network that exists in this one alone: network namespaces, veth pairs, a bridge.

Needs root. The bridge is in a namespace of its own, so the network of the machine is left alone; the
names of the brokers stand in `/etc/netns/NAME/hosts`, which `ip netns exec` puts in the place of
`/etc/hosts` there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_ETC: Final = Path("/etc/netns")
_NETWORK: Final = "10.77.0"


def run(*command: str) -> str:
    """What a command says. Raises `subprocess.CalledProcessError`."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


class Machines:
    """Namespaces that can reach one another; as a context manager it leaves none."""

    def __init__(self, names: Sequence[str]) -> None:
        """Plans them; `__enter__` makes them.

        Args:
            names: of the machines, a few letters each.
        """
        self._prefix = f"sp{os.getpid()}"
        self.addresses = {name: f"{_NETWORK}.{place}" for place, name in enumerate(names, 11)}
        self._cables: set[str] = set()

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def within(self, name: str) -> tuple[str, ...]:
        """The words before a command that runs on that machine."""
        return ("ip", "netns", "exec", self._space(name))

    def name_hosts(self, name: str, hosts: Sequence[tuple[str, str]]) -> None:
        """Lets a machine know hosts by address and name, in this order."""
        folder = _ETC / self._space(name)
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["127.0.0.1 localhost", *(f"{address} {host}" for address, host in hosts)]
        (folder / "hosts").write_text("\n".join(lines) + "\n")

    def pull(self, name: str) -> None:
        """Pulls a machine's cable."""
        run("ip", "-n", self._space("switch"), "link", "set", f"v-{name}", "down")

    def plug(self, name: str) -> None:
        """Puts it back."""
        run("ip", "-n", self._space("switch"), "link", "set", f"v-{name}", "up")

    def _space(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def _make(self) -> None:
        switch = self._space("switch")
        run("ip", "netns", "add", switch)
        run("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "br0", "up")
        for name, address in self.addresses.items():
            space = self._space(name)
            run("ip", "netns", "add", space)
            run(
                *("ip", "-n", switch, "link", "add", f"v-{name}", "type", "veth"),
                *("peer", "name", "eth0", "netns", space),
            )
            run("ip", "-n", switch, "link", "set", f"v-{name}", "master", "br0", "up")
            run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                run("ip", "-n", space, "link", "set", device, "up")

    def _remove(self) -> None:
        for name in (*self.addresses, "switch"):
            space = self._space(name)
            with suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", space)
            shutil.rmtree(_ETC / space, ignore_errors=True)
        with suppress(OSError):
            _ETC.rmdir()
