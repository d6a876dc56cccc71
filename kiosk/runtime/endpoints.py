"""The connectivity test of an installation: every address of the settings, really tried (R-001-11).

A connection is made as an application of the office would make it, and closed at once: TCP, and TLS
where the address says https. Nothing is sent but the handshake; no proxy of ours is in between, and
none is asked for, since some of the addresses must be reachable without a login (R-001-13).
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from kiosk.flows.events import Event
from kiosk.flows.installer.effects import (
    AbandonEndpoints,
    CarryByMedium,
    InstallerEffect,
    TestEndpoints,
)
from kiosk.flows.installer.events import EndpointsTested, EndpointTested, MediumCarried

TRY_SECONDS: Final = 8.0
"""Longest time for one address, each of its steps."""

NOT_ALLOWED: Final = "courier.not-allowed"
"""A medium is for who looks after the station, while they are signed in; as the page knows it."""

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address.

    Attributes:
        host: name, or address in digits.
        port: 1 to 65535.
        secure: whether a TLS handshake is part of the test.
    """

    host: str
    port: int
    secure: bool

    @property
    def name(self) -> str:
        """As pages and report show it."""
        return f"{self.host}:{self.port}"


def parse_endpoint(address: str) -> Endpoint | None:
    """The endpoint of an `http` or `https` address, None for anything else."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or parts.scheme not in _PORTS or not port:
        return None
    return Endpoint(parts.hostname, port, parts.scheme == "https")


def endpoints_of(addresses: Iterable[str]) -> tuple[Endpoint, ...]:
    """The endpoints of the settings; what is no address is left out."""
    found = (parse_endpoint(one) for one in addresses)
    return tuple(one for one in found if one is not None)


def try_endpoint(
    endpoint: Endpoint, *, seconds: float = TRY_SECONDS, trusted: ssl.SSLContext | None = None
) -> str:
    """Connect and hang up.

    Args:
        endpoint: which.
        seconds: longest time for each step.
        trusted: whose certificates are believed; the system's where None.

    Returns:
        Empty where it is reached, else `endpoint.name-unknown`, `endpoint.refused`,
        `endpoint.timeout`, `endpoint.unreachable`, `endpoint.certificate` or `endpoint.tls`.
    """
    try:
        with socket.create_connection((endpoint.host, endpoint.port), seconds) as channel:
            if endpoint.secure:
                context = trusted or ssl.create_default_context()
                with context.wrap_socket(channel, server_hostname=endpoint.host):
                    pass
    except socket.gaierror:
        return "endpoint.name-unknown"
    except ssl.SSLCertVerificationError:
        return "endpoint.certificate"
    except ssl.SSLError:
        return "endpoint.tls"
    except ConnectionRefusedError:
        return "endpoint.refused"
    except TimeoutError:
        return "endpoint.timeout"
    except (OSError, UnicodeError):  # UnicodeError: a host name that cannot be one
        return "endpoint.unreachable"
    return ""


class InstallerEffects:
    """Performs what the pages of an installation ask for.

    Args:
        endpoints: the addresses of the settings.
        post: takes the events.
        attempt: tries one; as `try_endpoint`.
        clock: seconds of a monotonic clock.
        carry: begins the visit of a removable medium (`Carrying.begin`).
        may_carry: whether somebody who may is there when it begins.
    """

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        post: Callable[[Event], None],
        *,
        attempt: Callable[[Endpoint], str] = try_endpoint,
        clock: Callable[[], float] = time.monotonic,
        carry: Callable[[UUID], None] | None = None,
        may_carry: Callable[[], bool] = lambda: False,
    ) -> None:
        self._may_carry = may_carry
        self._carry = carry
        self._endpoints = endpoints
        self._post = post
        self._attempt = attempt
        self._clock = clock
        self._turn = 0
        self._lock = threading.Lock()

    def steer(self, endpoints: tuple[Endpoint, ...]) -> None:
        """Try these addresses from the next test on."""
        self._endpoints = endpoints

    def perform(self, effect: InstallerEffect) -> None:
        """Start the effect; what comes of it is posted. A station has no enrolment to perform."""
        match effect:
            case TestEndpoints(session_id):
                with self._lock:
                    self._turn += 1
                    turn = self._turn
                threading.Thread(
                    target=self._test, args=(session_id, turn), name="endpoints", daemon=True
                ).start()
            case AbandonEndpoints():
                self.abandon()
            case CarryByMedium(session_id):
                if not self._may_carry():
                    self._post(MediumCarried(session_id, NOT_ALLOWED))
                elif self._carry is not None:
                    self._carry(session_id)
            case _:
                pass

    def abandon(self) -> None:
        """Nobody waits any more; what is under way ends by its own time and is not told."""
        with self._lock:
            self._turn += 1

    def _test(self, session_id: UUID, turn: int) -> None:
        for endpoint in self._endpoints:
            began = self._clock()
            code = self._attempt(endpoint)
            took = round((self._clock() - began) * 1000)
            if not self._tell(turn, EndpointTested(session_id, endpoint.name, code, took)):
                return
        self._tell(turn, EndpointsTested(session_id))

    def _tell(self, turn: int, event: Event) -> bool:
        with self._lock:
            if turn != self._turn:
                return False
            self._post(event)
            return True
