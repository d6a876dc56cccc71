"""Working days in Italy: Monday to Friday but for public holidays (law 260/1949 and after).

Saints of single towns are not counted: a delivery crosses several.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import holidays

_SATURDAY: Final = 5


def is_working_day(day: date) -> bool:
    """Whether offices work all over Italy on a day."""
    return day.weekday() < _SATURDAY and day not in holidays.country_holidays("IT", years=day.year)


def after(day: date, count: int) -> date:
    """The `count`-th working day after a day, which does not count itself."""
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day
