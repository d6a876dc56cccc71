"""Tells when a cable, an address or a route of this machine comes or goes (rtnetlink(7))."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Final

_NETLINK_ROUTE: Final = 0
_GROUPS: Final = 0x1 | 0x10 | 0x40  # links, IPv4 addresses, IPv4 routes


def changes() -> socket.socket | None:
    """A socket that is readable after a change; None where the system does not tell."""
    try:
        found = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _NETLINK_ROUTE
        )
    except OSError:
        return None
    try:
        found.bind((0, _GROUPS))
    except OSError:
        found.close()
        return None
    return found


def hush(told: socket.socket | None) -> None:
    """Takes what was told so far."""
    if told is None:
        return
    with suppress(OSError):  # nothing left, or more than there was room for
        while told.recv(65536):
            pass
