"""How often one address may ask for pages."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from sync.hub.home.pace import network

_MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket for each address: bursts up to a minute's worth, then one at a time."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = float(per_minute)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Counts a request of `address` at `now`, seconds of a clock that only goes forward."""
        name = network(address)
        bucket = self._buckets.pop(name, None) or _Bucket(self._per_minute, now)
        earned = (now - bucket.at) * self._per_minute / 60
        bucket.tokens = min(self._per_minute, bucket.tokens + earned)
        bucket.at = now
        self._buckets[name] = bucket
        if len(self._buckets) > _MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
