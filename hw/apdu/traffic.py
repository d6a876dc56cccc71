"""A line in the log for each exchange, at a level of its own below DEBUG, without any data.

Off unless this module's logger is set to `TRAFFIC`; `card_link` leaves the link out then.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from hw.apdu.command import Command, Response
from hw.apdu.link import Link
from hw.apdu.status import name_of
from hw.errors import DeviceTrouble

TRAFFIC: Final = 5
"""Level of these lines: below DEBUG, so that nobody gets them who did not ask for them."""
LOGGER: Final = logging.getLogger(__name__)


def wanted() -> bool:
    """Whether anybody reads these lines."""
    return LOGGER.isEnabledFor(TRAFFIC)


class Traffic:
    """Tells of each exchange its header, lengths, status word and duration.

    Command data may be keys or a PIN's, answers are a person's: both are told by their length
    alone, protected or not. The four header bytes hold neither.
    """

    def __init__(self, following: Link, clock: Callable[[], float] = time.perf_counter) -> None:
        """Log what goes to `following`; `clock` gives seconds."""
        self._next = following
        self._clock = clock

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command`, and log one line."""
        start = self._clock()
        answer = self._next.exchange(command)
        milliseconds = 1000 * (self._clock() - start)
        LOGGER.log(
            TRAFFIC,
            "%02X %02X %02X %02X lc=%d le=%s -> %s %.1f ms",
            command.cla,
            command.ins,
            command.p1,
            command.p2,
            len(command.data),
            "-" if command.le is None else command.le,
            _told(answer),
            milliseconds,
        )
        return answer


def _told(answer: Response | DeviceTrouble) -> str:
    """What came back, by its name and length."""
    if isinstance(answer, DeviceTrouble):
        return answer.code
    return f"{len(answer.data)} bytes {name_of(answer.status)}"
