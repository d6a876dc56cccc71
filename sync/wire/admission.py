"""How fast stations may come back after an outage: what the hub retains at the broker for all.

After an outage of days every station has a long journal to send, and all come at once. What a hub
cannot take in time waits in the broker, is given up by its station and sent once more: the hub then
works for nothing. So each station that comes back waits for a while by chance, within a window that
the hub chooses for each class of urgency. All windows of one outage begin at the same moment, so
whoever comes back later finds a part of it gone by. Whoever brings little waits little or not at all, and
whoever has something urgent does not wait. A quiet hub has windows of no length.

The message is signed: whoever could make one up could keep stations silent. It holds until a time by
the hub's clock, which a station learns from acknowledgements: no station's own clock is asked. An
old message that is played again delays by no more than the longest window. A station that has none,
or an old one, chooses by itself, from how long it was away and how much it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.model.urgency import Urgency
from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-admission+cose"
MOST_BYTES: Final = 1024

LONGEST_WINDOW_SECONDS: Final = 6 * 3600
"""No hub, and no message that is played again, keeps a station silent for longer."""
FREE_ENTRIES: Final = 5
"""A station with no more than that does not wait: it costs the hub next to nothing."""
FULL_ENTRIES: Final = 50
"""A station with so many more waits within the whole window; with fewer, within less of it."""

LONGEST_OWN_SECONDS: Final = 900.0
"""The longest window that a station chooses by itself."""
OWN_SHARE: Final = 60
"""A station that was away for so many seconds chooses a window of one more second."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What the hub says to all.

    Attributes:
        at: when it was signed, milliseconds since 1970 by the hub's clock.
        until: up to when it holds, likewise.
        since: when the windows begin, likewise.
        normal, bulk: the windows of these classes, seconds, 0 to `LONGEST_WINDOW_SECONDS`. What is
            urgent has none.
    """

    at: int
    until: int
    since: int
    normal: int
    bulk: int

    def window(self, urgency: Urgency) -> float:
        """Seconds within which a station of this class comes back."""
        match urgency:
            case Urgency.URGENT:
                return 0.0
            case Urgency.NORMAL:
                return float(self.normal)
            case Urgency.BULK:
                return float(self.bulk)


def own_window(urgency: Urgency, away_seconds: float) -> float:
    """The window of a station that has no message: longer, the longer it was away. Seconds."""
    if urgency is Urgency.URGENT:
        return 0.0
    window = min(max(away_seconds, 0.0) / OWN_SHARE, LONGEST_OWN_SECONDS)
    return window * 2 if urgency is Urgency.BULK else window


def wait(window: float, waiting: int, draw: float) -> float:
    """Seconds that a station waits after it has come back.

    Args:
        window: of its most urgent class, seconds.
        waiting: how many entries it has to send.
        draw: by chance, from 0 up to 1; drawn once for each return.
    """
    return window * min(1.0, max(waiting - FREE_ENTRIES, 0) / FULL_ENTRIES) * draw


def sign(admission: Admission, hub: Signer) -> bytes:
    """The message as signed by the hub.

    Raises:
        ValueError: a field is out of range.
    """
    windows = [admission.normal, admission.bulk]
    plain = [FORMAT, admission.at, admission.until, admission.since, windows]
    try:
        _from_plain(plain)
    except Malformed as trouble:
        raise ValueError(f"admission out of range: {trouble.code}") from None
    return cose.sign(PURPOSE, canonical.encode(plain), hub).data


def verify(data: bytes, trust: HubTrust) -> Admission | None:
    """The message in `data`; None where it is malformed or no trusted hub signed it."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = trust.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return None
        return _from_plain(canonical.decode(signed.payload))
    except Malformed:
        return None


def _from_plain(plain: object) -> Admission:
    form, at, until, since, windows = canonical.items(plain, exactly=5)
    if type(form) is not int or form != FORMAT:
        raise Malformed("admission.version")
    normal, bulk = (
        canonical.natural(window, most=LONGEST_WINDOW_SECONDS)
        for window in canonical.items(windows, exactly=2)
    )
    return Admission(
        canonical.natural(at), canonical.natural(until), canonical.natural(since), normal, bulk
    )
