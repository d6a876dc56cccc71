"""Before and after every service: the welcome page and the clean-up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.flows.events import Service

WITHOUT_RECORD: Final = frozenset({Service.REGISTRATION_STATUS})
"""What can be done while the store keeps nothing: the only services offered then."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """Nobody is being served: languages and services."""


class EndReason(Enum):
    """Why a session ended; the farewell differs."""

    FINISHED = "finished"
    STOPPED = "stopped"
    TIMED_OUT = "timed-out"
    OUT_OF_SERVICE = "out-of-service"
    """The station was blocked or revoked meanwhile."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Clean-up, the last state on every path: the runtime wipes, then sends `Started`.

    `card_left` asks the person to take the card.
    """

    reason: EndReason
    card_left: bool = False
