"""The other end of a link: a script of exchanges that must come exactly so, and random bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw.apdu.command import Command, Response
from hw.errors import DeviceTrouble
from tests.emulated.cards.virtual_reader import Chip

Answer = bytes | DeviceTrouble
Twist = Callable[[int, Command, bytes], Answer]


class ScriptedLink:
    """Answers the commands of a script in order; any other byte fails the test.

    Attributes:
        left: exchanges that have not come yet.
    """

    def __init__(self, exchange: Sequence[Sequence[str]]) -> None:
        self.left = [
            (bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in exchange
        ]

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        expected, answer = self.left.pop(0)
        assert command.to_bytes().hex() == expected.hex()
        response = Response.from_bytes(answer)
        assert response is not None
        return response


class AnsweringLink:
    """Answers by functions, and keeps the commands.

    Attributes:
        commands: every command so far.
    """

    def __init__(self, *answers: Callable[[Command], Answer]) -> None:
        self.commands: list[Command] = []
        self._answers = list(answers)

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        self.commands.append(command)
        answer = self._answers.pop(0)(command)
        if isinstance(answer, DeviceTrouble):
            return answer
        response = Response.from_bytes(answer)
        assert response is not None
        return response


def drawn(*values: bytes) -> Callable[[int], bytes]:
    """A source of randomness that gives these values in turn, each of the size asked for."""
    left = list(values)

    def draw(size: int) -> bytes:
        value = left.pop(0)
        assert len(value) == size
        return value

    return draw


class ChipLink:
    """A link straight to an emulated chip, which may alter what the chip answers.

    Attributes:
        commands: every command so far.
        twist: told the number of the exchange, its command and answer; gives the answer to hand on.
    """

    def __init__(self, chip: Chip, twist: Twist | None = None) -> None:
        self.commands: list[Command] = []
        self.twist = twist
        self._chip = chip

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        self.commands.append(command)
        answer: Answer = self._chip.answer(command.to_bytes())
        if self.twist is not None and isinstance(answer, bytes):
            answer = self.twist(len(self.commands), command, answer)
        if isinstance(answer, DeviceTrouble):
            return answer
        response = Response.from_bytes(answer)
        assert response is not None
        return response
