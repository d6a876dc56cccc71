"""The speaker of a station that does not speak."""

from __future__ import annotations

from hw.errors import DeviceTrouble, TroubleKind


class MuteSpeaker:
    """Implements `Speaker` by saying nothing."""

    @property
    def available(self) -> bool:
        """False."""
        return False

    def say(self, text: str, language: str) -> DeviceTrouble | None:  # noqa: ARG002 - the port's names
        """Give `speaker.absent`."""
        return DeviceTrouble(TroubleKind.ABSENT, "speaker.absent")

    def silence(self) -> None:
        """Do nothing."""

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - the port's names
        """Nothing is ever under way."""
        return True
