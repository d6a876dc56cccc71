"""Neighbours that show themselves on the local network (DNS-SD over multicast DNS, RFC 6763, 6762).

Who answers is no station until its certificate says so (`acquaintance.judged`), and the name under
which a station shows itself is made by chance: it tells nobody which station it is.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from zeroconf import Error, IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

SERVICE: Final = "_sportello._tcp.local."
MOST_FOUND: Final = 16
_ASK_MS: Final = 3000


class Discovery(ServiceListener):
    """Shows this station, and finds others.

    Args:
        port: at which this one passes on; None where it does not.
        interfaces: addresses of the network interfaces to use; None for all.
    """

    def __init__(self, port: int | None, interfaces: Sequence[str] | None = None) -> None:
        self._port = port
        self._interfaces = interfaces
        self._own = f"{secrets.token_hex(8)}.{SERVICE}"
        self._lock = threading.Lock()
        self._found: dict[str, tuple[str, int]] = {}
        self._network: Zeroconf | None = None

    def start(self) -> bool:
        """Begins; False where there is no network to begin on: it may be started again."""
        try:
            self._network = (
                Zeroconf(ip_version=IPVersion.V4Only)
                if self._interfaces is None
                else Zeroconf(interfaces=list(self._interfaces), ip_version=IPVersion.V4Only)
            )
            if self._port is not None:
                addresses = self._interfaces or _own_addresses()
                info = ServiceInfo(
                    SERVICE,
                    self._own,
                    port=self._port,
                    addresses=[socket.inet_aton(one) for one in addresses],
                    server=f"{self._own.partition('.')[0]}.local.",
                )
                self._network.register_service(info)
            ServiceBrowser(self._network, SERVICE, self)
        except (OSError, Error):
            self.stop()
            return False
        return True

    def stop(self) -> None:
        """Ends."""
        network, self._network = self._network, None
        if network is not None:
            with suppress(OSError):
                network.close()

    def found(self) -> tuple[tuple[str, int], ...]:
        """Addresses and ports of those who show themselves now."""
        with self._lock:
            return tuple(self._found.values())

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """One has come; in a thread of the library."""
        if name == self._own:
            return
        info = zc.get_service_info(type_, name, timeout=_ASK_MS)
        addresses = [] if info is None else info.parsed_addresses(IPVersion.V4Only)
        if info is None or not addresses or info.port is None:
            return
        with self._lock:
            if len(self._found) < MOST_FOUND:
                self._found[name] = addresses[0], info.port

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """One has changed."""
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """One has gone."""
        del zc, type_
        with self._lock:
            self._found.pop(name, None)


def _own_addresses() -> list[str]:
    """The address by which this machine reaches others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
        return [str(probe.getsockname()[0])]
