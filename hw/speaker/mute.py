"""The speaker of a station that does not speak."""

from __future__ import annotations

from collections.abc import Callable

from hw.errors import DeviceTrouble, TroubleKind


class MuteSpeaker:
    """Implements `Speaker` by saying nothing."""

    @property
    def available(self) -> bool:
        """False."""
        return False

    def say(
        self,
        text: str,  # noqa: ARG002 - the port's names
        language: str,  # noqa: ARG002 - the port's names
        *,
        unless: Callable[[], bool] | None = None,  # noqa: ARG002 - the port's names
    ) -> DeviceTrouble | None:
        """Give `speaker.absent`."""
        return DeviceTrouble(TroubleKind.ABSENT, "speaker.absent")

    def silence(self) -> None:
        """Do nothing."""

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - the port's names
        """Nothing is ever under way."""
        return True
