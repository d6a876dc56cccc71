"""Protocol features as a chain: each link answers a command by asking the next one.

`card_link(channel)` gives the chain for plain cards, `secured(session)` what goes on top of a
session of secure messaging. A quirk of some card is a link with a name, or a line in its profile,
never an `if` in the code that reads files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hw.apdu import traffic
from hw.apdu.command import LONGEST_ANSWER, LONGEST_DATA, Command, Response, get_response
from hw.apdu.lengths import EXTENDED, SHORT, LengthLimits, probe_limits
from hw.apdu.link import Link, broken
from hw.apdu.secure_messaging import SecureMessaging, is_protected
from hw.apdu.status import StatusWord, bytes_waiting, exact_length, is_lawful
from hw.apdu.traffic import Traffic
from hw.errors import DeviceTrouble
from hw.ports import CardChannel

__all__ = [
    "EXTENDED",
    "SHORT",
    "CommandChaining",
    "ExactLength",
    "LengthLimits",
    "Link",
    "ResponseChaining",
    "SecureMessaging",
    "Traffic",
    "Wire",
    "card_link",
    "probe_limits",
    "secured",
]

_MOST_PARTS: Final = 300
"""A card that announces more parts than this (75 kB in short format) talks for ever."""
_MOST_BYTES: Final = 1 << 17
"""Nor is there an answer of more bytes than this: the longest file is 65 kB."""
_CHAINED: Final = 0x10
_SECURED: Final = 0x0C
_INTERINDUSTRY: Final = 0x20
"""Class bytes below this are those whose bits are known (clause 5.4.1, table 2)."""


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
            return broken(command, "answer-without-status")
        if not is_lawful(response.status):
            return broken(command, "not-a-status-word")
        if len(response.data) > max(LONGEST_ANSWER, command.le or 0):
            return broken(command, "answer-too-long")
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
        if length is None or response.data:
            # With data it is the word of a protected answer, not of the transmission.
            return response
        return self._next.exchange(replace(command, le=length))


class ResponseChaining:
    """Fetches what a card announces with 61xx, part by part (clause 5.3.4).

    Below secure messaging the parts are those of one protected answer, and are asked for in the
    clear; a protected answer that is whole is left to the link above it.
    """

    def __init__(self, following: Link) -> None:
        self._next = following

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command` with the data of all parts and the status word of the last."""
        response = self._next.exchange(command)
        if isinstance(response, DeviceTrouble):
            return response
        data = response.data
        cla = _plain_class(command.cla)
        if command.cla & _SECURED and cla != command.cla and is_protected(data):
            return response
        for _ in range(_MOST_PARTS):
            waiting = bytes_waiting(response.status)
            if waiting is None:
                return Response(data, response.status)
            part = self._next.exchange(replace(get_response(waiting), cla=cla))
            if isinstance(part, DeviceTrouble):
                return part
            data += part.data
            if len(data) > _MOST_BYTES:
                break
            response = part
        return broken(command, "endless-answer")


class CommandChaining:
    """Sends what is too long for reader or card in parts (clause 5.3.3), and asks for less.

    Command data beyond `limits` go in parts, each but the last with the chaining bit in its class
    byte; a wish beyond the short format becomes the longest of it, and the rest comes by 61xx.
    """

    def __init__(self, following: Link, limits: LengthLimits) -> None:
        self._next = following
        self._limits = limits

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command`; the answer is that to the last part, or to the one refused."""
        most = self._limits.most_data if self._limits.extended else LONGEST_DATA
        if command.le is not None and not self._limits.extended:
            command = replace(command, le=min(command.le, LONGEST_ANSWER))
        rest = command.data
        while len(rest) > most:
            part = replace(command, cla=command.cla | _CHAINED, data=rest[:most], le=None)
            answer = self._next.exchange(part)
            if isinstance(answer, DeviceTrouble) or answer.status != StatusWord.OK:
                return answer
            rest = rest[most:]
        return self._next.exchange(replace(command, data=rest))


def card_link(channel: CardChannel, limits: LengthLimits = EXTENDED) -> Link:
    """The chain for a card without secure messaging, which also is what a session builds upon.

    Args:
        channel: the card.
        limits: what reader and card can take at once; the default sends commands as they come.
    """
    wire: Link = Wire(channel)
    if traffic.wanted():
        wire = Traffic(wire)
    return ResponseChaining(CommandChaining(ExactLength(wire), limits))


def secured(session: SecureMessaging) -> Link:
    """The chain over a session, for status words 61xx and 6Cxx that the chip itself protects."""
    return ResponseChaining(ExactLength(session))


def _plain_class(cla: int) -> int:
    """The class byte of the same channel without chaining and secure messaging."""
    return cla & ~(_CHAINED | _SECURED) if cla < _INTERINDUSTRY else cla
