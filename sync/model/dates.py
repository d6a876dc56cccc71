"""Dates of a person's life, which may lack their day or month (ANPR flags senzaGiorno, senzaGiornoMese).

A kiosk and the hub read different clocks. A date counts as future only if it lies more than
`CLOCK_TOLERANCE` ahead, so that both judge the same record alike.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final

from sync.model.errors import Problem

CLOCK_TOLERANCE: Final = timedelta(days=1)
"""How far ahead of `today` a date may lie before it counts as future."""

LONGEST_LIFE: Final = 130
"""Years before `today` beyond which a date of a living person cannot be."""

_PARTIAL_TEXT: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of birth whose day, or day and month, may be unknown.

    There is no order between dates of different precision: compare `earliest()` or `latest()`.
    """

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def text(self) -> str:
        """ISO 8601 of reduced precision: `1980`, `1980-01` or `1980-01-01`."""
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def earliest(self) -> date:
        """The first day that the date can mean.

        Raises:
            ValueError: the date is not in the calendar; `check_partial` tells beforehand.
        """
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that the date can mean.

        Raises:
            ValueError: the date is not in the calendar; `check_partial` tells beforehand.
        """
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])


def parse_partial(day: str, month: str, year: str, *, today: date) -> PartialDate | Problem:
    """A date of birth from three typed fields; the day, or day and month, may be left empty."""
    day, month, year = day.strip(), month.strip(), year.strip()
    if not (day or month or year):
        return Problem("date.empty")
    problem = _field_problem(day, month, year)
    if problem is not None:
        return problem
    if day and not month:
        return Problem("date.month-missing")
    partial = PartialDate(int(year), int(month) if month else None, int(day) if day else None)
    return check_partial(partial, today=today) or partial


def parse_date(day: str, month: str, year: str, *, today: date) -> date | Problem:
    """A full date from three typed fields (Tabella 2, "3 fields gg/mm/aaaa")."""
    partial = parse_partial(day, month, year, today=today)
    if isinstance(partial, Problem):
        return partial
    if partial.month is None:
        return Problem("date.month-missing")
    if partial.day is None:
        return Problem("date.day-missing")
    return partial.earliest()


def partial_from_text(text: str) -> PartialDate | Problem:
    """Read `PartialDate.text` back; whether the date is plausible, `check_partial` tells."""
    match = _PARTIAL_TEXT.fullmatch(text)
    if match is None:
        return Problem("date.layout")
    year, month, day = (None if part is None else int(part) for part in match.groups())
    partial = PartialDate(year or 0, month, day)
    return _calendar_problem(partial) or partial


def check_partial(partial: PartialDate, *, today: date) -> Problem | None:
    """What is wrong with a date in a person's life: not in the calendar, future, or too long ago."""
    problem = _calendar_problem(partial)
    if problem is not None:
        return problem
    if partial.earliest() - today > CLOCK_TOLERANCE:
        return Problem("date.future")
    if partial.year < today.year - LONGEST_LIFE:
        return Problem("date.too-long-ago", details=(("years", str(LONGEST_LIFE)),))
    return None


def check_date(value: date, *, today: date) -> Problem | None:
    """As `check_partial`, for a full date."""
    return check_partial(PartialDate(value.year, value.month, value.day), today=today)


def greatest_age(born: PartialDate, *, on: date) -> int:
    """Full years that a person may have completed by the end of `on`, at the most.

    Raises:
        ValueError: the date of birth is not in the calendar.
    """
    first = born.earliest()
    return on.year - first.year - ((on.month, on.day) < (first.month, first.day))


def _field_problem(day: str, month: str, year: str) -> Problem | None:
    """What is wrong with the three fields as texts."""
    if not all(part.isascii() and part.isdigit() for part in (day, month, year) if part):
        return Problem("date.characters")
    if not year:
        return Problem("date.year-missing")
    if len(year) != 4:
        return Problem("date.year-digits")
    if len(month) > 2:
        return Problem("date.month")
    if len(day) > 2:
        return Problem("date.day")
    return None


def _calendar_problem(partial: PartialDate) -> Problem | None:
    """What is wrong with the numbers of a date."""
    if partial.day is not None and partial.month is None:
        return Problem("date.month-missing")
    if not MINYEAR <= partial.year <= MAXYEAR:
        return Problem("date.year-digits")
    if partial.month is not None and not 1 <= partial.month <= 12:
        return Problem("date.month")
    if partial.day is None or partial.month is None:
        return None
    if not 1 <= partial.day <= 31:
        return Problem("date.day")
    last = monthrange(partial.year, partial.month)[1]
    if partial.day > last:
        return Problem("date.not-in-calendar", details=(("last_day", str(last)),))
    return None
