"""A channel that gives prepared answers in order and keeps the commands."""

from __future__ import annotations

from collections.abc import Sequence

from hw.errors import DeviceTrouble


class Script:
    """A channel that gives prepared answers in order."""

    def __init__(self, answers: Sequence[str | DeviceTrouble]) -> None:
        self._answers = list(answers)
        self.commands: list[str] = []

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        self.commands.append(command.hex().upper())
        answer = self._answers.pop(0)
        return answer if isinstance(answer, DeviceTrouble) else bytes.fromhex(answer)

    def loss(self) -> DeviceTrouble | None:
        return None

    def close(self) -> None:
        pass
