"""What clocks and calendars in Italy say, whatever time zone a machine is set to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

ROME: Final = ZoneInfo("Europe/Rome")


def in_italy(when: datetime) -> datetime:
    """An aware time, on Italian clocks."""
    return when.astimezone(ROME)


def at(milliseconds: int) -> datetime:
    """A time of the registry, milliseconds since 1970 in UTC, on Italian clocks."""
    return in_italy(datetime.fromtimestamp(milliseconds / 1000, UTC))
