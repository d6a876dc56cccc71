"""Neighbours that show themselves on the local network (DNS-SD over multicast DNS, RFC 6763, 6762).

Who answers is no station until its certificate says so (`acquaintance.judged`), and the name under
which a station shows itself is made by chance: it tells nobody which station it is. Anybody on the
network can show any number of names: few count for one address, a new one comes in the place of one
that was asked in vain, and who was found to be a station is kept and asked first. Who looks begins
anew from time to time (`neighbourhood`).
"""

from __future__ import annotations

import random
import secrets
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from zeroconf import Error, IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

SERVICE: Final = "_sportello._tcp.local."
MOST_FOUND: Final = 16
MOST_OF_ADDRESS: Final = 2
"""Names that are kept of one address."""
_ASK_MS: Final = 1000
_PROVEN: Final = -1


@dataclass(slots=True)
class _Shown:
    """Where somebody is who shows themselves, and how often they were asked in vain."""

    address: tuple[str, int]
    misses: int = 0


class Discovery(ServiceListener):
    """Shows this station, and finds others.

    Args:
        port: at which this one passes on; None where it does not.
        interfaces: addresses of the network interfaces to use; None for all.
        chance: says who is asked first, and who gives their place.
    """

    def __init__(
        self,
        port: int | None,
        interfaces: Sequence[str] | None = None,
        *,
        chance: random.Random | None = None,
    ) -> None:
        self._chance = chance or random.SystemRandom()
        self._port = port
        self._interfaces = interfaces
        self._own = f"{secrets.token_hex(8)}.{SERVICE}"
        self._lock = threading.Lock()
        self._found: dict[str, _Shown] = {}
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
        """Addresses and ports of those who show themselves now, in the order to ask them in."""
        with self._lock:
            shown = list(self._found.values())
        self._chance.shuffle(shown)
        shown.sort(key=lambda one: one.misses)
        return tuple(dict.fromkeys(one.address for one in shown))

    def told(self, address: tuple[str, int], *, is_station: bool) -> None:
        """Somebody was asked there, and a station of this hub answered, or nobody did."""
        with self._lock:
            for one in self._found.values():
                if one.address == address:
                    one.misses = _PROVEN if is_station else max(0, one.misses) + 1

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """One has come; in a thread of the library."""
        if name == self._own:
            return
        info = zc.get_service_info(type_, name, timeout=_ASK_MS)
        addresses = [] if info is None else info.parsed_addresses(IPVersion.V4Only)
        if info is None or not addresses or info.port is None:
            return
        self.shown(name, (addresses[0], info.port))

    def shown(self, name: str, address: tuple[str, int]) -> None:
        """Somebody shows themselves there; kept as far as there is a place."""
        with self._lock:
            held = self._found.get(name)
            if held is not None and held.address == address:
                return
            self._found.pop(name, None)
            others = [one.address[0] for one in self._found.values()]
            if others.count(address[0]) >= MOST_OF_ADDRESS:
                return
            if len(self._found) >= MOST_FOUND:
                most = max(one.misses for one in self._found.values())
                if most == _PROVEN:
                    return
                worst = [key for key, one in self._found.items() if one.misses == most]
                del self._found[self._chance.choice(worst)]
            self._found[name] = _Shown(address)

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
