"""How often codes may be tried, so that neither a thief gets in nor the owner is shut out (ADR 0140).

A try is one of two things. Without the right code it says nothing of the person: it counts against
the station or the address that it came from, never against the person, whom anybody could shut out
otherwise. With the right code and a wrong PIN it comes from the owner, or from who has the owner's
mailbox: it counts against that code, wherever it comes from.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

from sync.hub.store import secrets
from sync.hub.store.database import Store
from sync.hub.store.secrets import Attempts

_SWEPT_AT_ONCE: Final = 100
_DAY: Final = 24 * 60 * 60 * 1000
_SECRET_DAYS: Final = 120
"""No code is good for as long."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits that grow.

    Attributes:
        free: so many failures in a row cost nothing.
        first_seconds: the wait after the next one; each further failure doubles it.
        most_seconds: and never more than this.
        forget_seconds: after so long without a failure all is forgotten; None: never.
    """

    free: int
    first_seconds: int
    most_seconds: int
    forget_seconds: int | None

    def wait(self, failures: int) -> int:
        """Seconds to wait after so many failures."""
        beyond = failures - self.free
        if beyond <= 0:
            return 0
        return min(self.first_seconds << min(beyond - 1, 20), self.most_seconds)

    def forgets(self, milliseconds: int) -> bool:
        """Whether a failure so long ago counts no more."""
        return self.forget_seconds is not None and milliseconds > self.forget_seconds * 1000


STATION: Final = Pace(10, 30, 120, 15 * 60)
"""A kiosk serves everybody who comes: it is slowed, and soon free again."""

ADDRESS: Final = Pace(10, 30, 15 * 60, 60 * 60)
"""Many people may share an address."""

SECRET: Final = Pace(3, 60, 60 * 60, None)
"""Right code, wrong PIN: of one code, wherever from; a new code begins anew."""

MOST_OF_A_CODE: Final = 15
"""So many wrong PINs, and the code is spent: a thief's chance at eight digits is 15 in 10^8."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from: a station, or an address of the network.

    Attributes:
        kind: `station` or `address`.
        name: the station's name; of an address the address itself, kept nowhere.
    """

    kind: str
    name: str

    @classmethod
    def station(cls, name: str) -> Origin:
        """A kiosk that asks for the person before it."""
        return cls("station", name)

    @classmethod
    def address(cls, text: str) -> Origin:
        """A browser; of IPv6 the whole /64 that a subscriber owns (RFC 6177)."""
        return cls("address", network(text))

    @property
    def pace(self) -> Pace:
        """How fast it may try."""
        return STATION if self.kind == "station" else ADDRESS

    def subject(self, key: bytes) -> str:
        """Its name in the table of tries: no address stands there in clear."""
        if self.kind == "station":
            return f"station:{self.name}"
        return f"address:{_keyed(key, self.name)}"


def network(address: str) -> str:
    """An IPv4 address, mapped or not, or the /64 of an IPv6 address; else `unknown`."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def secret_subject(kept: bytes) -> str:
    """The name of a code in the table of tries: a new code has another, and begins anew."""
    return f"secret:{hashlib.sha256(kept).hexdigest()[:32]}"


def waiting(store: Store, subject: str, now: int) -> int:
    """Seconds until `subject` may try again, 0 where it may now; `now` in milliseconds."""
    counted = secrets.attempts(store, subject)
    if counted is None or counted.wait_until <= now:
        return 0
    return -((now - counted.wait_until) // 1000)


def failed(store: Store, subject: str, pace: Pace, now: int) -> tuple[int, int]:
    """Counts a failure. Within a transaction.

    Returns:
        How many there are now, and how many seconds to wait.
    """
    before = secrets.attempts(store, subject)
    failures = 1
    if before is not None and not pace.forgets(now - before.last_at):
        failures = before.failures + 1
    seconds = pace.wait(failures)
    secrets.note_attempts(store, subject, Attempts(failures, now, now + seconds * 1000))
    return failures, seconds


def sweep(store: Store, now: int) -> None:
    """Takes out some of what counts no more: addresses of yesterday, codes long expired."""
    store.run(
        "DELETE FROM attempt WHERE subject IN (SELECT subject FROM attempt"
        " WHERE last_at < CASE WHEN subject LIKE 'secret:%' THEN ? ELSE ? END ORDER BY last_at LIMIT ?)",
        now - _SECRET_DAYS * _DAY,
        now - _DAY,
        _SWEPT_AT_ONCE,
    )


def _keyed(key: bytes, text: str) -> str:
    return hmac.digest(key, f"sportello attempt 1 {text}".encode(), "sha256")[:16].hex()
