"""Protocol features as a chain: each link answers a command by asking the next one.

`card_link(channel)` gives the chain for plain cards. A quirk of some card is a link with a name,
never an `if` in the code that reads files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from hw.apdu.command import LONGEST_ANSWER, Command, Response, get_response
from hw.apdu.status import bytes_waiting, exact_length, is_lawful
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel

_MOST_PARTS: Final = 300
"""A card that announces more parts than this (75 kB) talks for ever."""


class Link(Protocol):
    """Anything that answers commands."""

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command`."""
        ...


class Wire:
    """The last link: commands as bytes into a channel, bytes as responses out of it."""

    def __init__(self, channel: CardChannel) -> None:
        self._channel = channel

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Send, receive, split off the status word; noise in its place is `card.protocol`."""
        answer = self._channel.transmit(command.to_bytes())
        if isinstance(answer, DeviceTrouble):
            return answer
        response = Response.from_bytes(answer)
        if response is None:
            return _broken(command, "answer-without-status")
        if not is_lawful(response.status):
            return _broken(command, "not-a-status-word")
        if len(response.data) > LONGEST_ANSWER:
            return _broken(command, "answer-too-long")
        return response


class ExactLength:
    """Repeats a command that was refused with 6Cxx, with the length which that names.

    ISO/IEC 7816-4 clause 5.1.3, table 5. Once only: a card that refuses its own length is broken.
    """

    def __init__(self, following: Link) -> None:
        self._next = following

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command`, repeated where the card asks for another Le."""
        response = self._next.exchange(command)
        if isinstance(response, DeviceTrouble):
            return response
        length = exact_length(response.status)
        if length is None:
            return response
        return self._next.exchange(replace(command, le=length))


class ResponseChaining:
    """Fetches what a card announces with 61xx, part by part (clause 5.3.4)."""

    def __init__(self, following: Link) -> None:
        self._next = following

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command` with the data of all parts and the status word of the last."""
        response = self._next.exchange(command)
        if isinstance(response, DeviceTrouble):
            return response
        data = response.data
        for _ in range(_MOST_PARTS):
            waiting = bytes_waiting(response.status)
            if waiting is None:
                return Response(data, response.status)
            part = self._next.exchange(replace(get_response(waiting), cla=command.cla))
            if isinstance(part, DeviceTrouble):
                return part
            data += part.data
            response = part
        return _broken(command, "endless-answer")


def card_link(channel: CardChannel) -> Link:
    """The chain for a card without secure messaging."""
    return ResponseChaining(ExactLength(Wire(channel)))


def _broken(command: Command, reason: str) -> DeviceTrouble:
    """The card broke ISO/IEC 7816-4 in answering `command`."""
    details = (("reason", reason), ("ins", f"{command.ins:02X}"))
    return DeviceTrouble(TroubleKind.PROTOCOL, "card.protocol", details)
