"""The daily password of a user who forgot their card (R-004-34): two halves, dead at midnight.

The administrator sees the first half, the user's mailbox gets the second. It opens a sign-in until
the midnight of Italy that ends the day for which it was set, and gives no right that the user's
profiles do not give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No two of them look alike."""
HALF: Final = 6
"""Characters of each half: some 59 bits in both, 29 in the one that the administrator knows."""

_ROME: Final = ZoneInfo("Europe/Rome")


@dataclass(frozen=True, slots=True, repr=False)
class DailyPassword:
    """A daily password.

    Attributes:
        first: for the administrator's screen.
        second: for the user's mailbox.
    """

    first: str = field(repr=False)
    second: str = field(repr=False)

    @property
    def whole(self) -> str:
        """What is typed."""
        return self.first + self.second


def make(below: Callable[[int], int]) -> DailyPassword:
    """A new one. `below` gives a random whole number from 0 to below its argument."""
    text = "".join(ALPHABET[below(len(ALPHABET))] for _ in range(2 * HALF))
    return DailyPassword(text[:HALF], text[HALF:])


def parse(text: str) -> str | None:
    """What was typed, without spaces and dashes, in capitals; None where it cannot be one."""
    plain = "".join(text.split()).replace("-", "").upper()
    if len(plain) != 2 * HALF or not set(plain) <= set(ALPHABET):
        return None
    return plain


def ends_at(day: date) -> int:
    """The midnight of Italy that ends a day, milliseconds since 1970; through clock changes too."""
    following = datetime.combine(day + timedelta(days=1), time(), tzinfo=_ROME)
    return int(following.astimezone(UTC).timestamp() * 1000)


def day_of(milliseconds: int) -> date:
    """The day of Italy at a time, milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone(_ROME).date()
