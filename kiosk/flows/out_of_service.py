"""A station that is blocked, revoked or turned away: its page, and nothing else (R-004-16, 18).

Whoever was being served is told that the station stops, what they had entered is wiped, and nothing
more is recorded. When the station may work again its first page comes back by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class StationStanding(Enum):
    """How the station stands; values as `sync.edge.standing.StationStanding` has them."""

    GOOD = "good"
    BLOCKED = "blocked"
    REVOKED = "revoked"
    REFUSED = "refused"

    @property
    def code(self) -> str:
        """Failure code, such as `standing.blocked`; only where the station does not work."""
        return f"standing.{self.value}"


@dataclass(frozen=True, slots=True)
class StationStandingTold:
    """From the runtime: the station stands otherwise than was told before."""

    standing: StationStanding


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The station does not work; nothing can be touched but language, help and reading aloud."""

    standing: StationStanding
