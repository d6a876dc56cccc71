"""What every link of the chain is, and how it says that a card broke the standard."""

from __future__ import annotations

from typing import Protocol

from hw.apdu.command import Command, Response
from hw.errors import DeviceTrouble, TroubleKind


class Link(Protocol):
    """Anything that answers commands."""

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command`."""
        ...


def broken(command: Command, reason: str) -> DeviceTrouble:
    """`card.protocol`: the card broke ISO/IEC 7816-4 in answering `command`."""
    details = (("reason", reason), ("ins", f"{command.ins:02X}"))
    return DeviceTrouble(TroubleKind.PROTOCOL, "card.protocol", details)
