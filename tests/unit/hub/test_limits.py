"""How often one address may ask."""

from __future__ import annotations

from sync.hub.web.limits import _MOST_ADDRESSES, RateLimit


def test_burst_then_one_at_a_time() -> None:
    limit = RateLimit(60)
    assert all(limit.allows("192.0.2.1", 100.0) for _ in range(60))
    assert not limit.allows("192.0.2.1", 100.0)
    assert not limit.allows("192.0.2.1", 100.9)
    assert limit.allows("192.0.2.1", 101.1)
    assert not limit.allows("192.0.2.1", 101.2)


def test_each_address_has_its_own() -> None:
    limit = RateLimit(1)
    assert limit.allows("192.0.2.1", 0.0)
    assert limit.allows("192.0.2.2", 0.0)
    assert not limit.allows("192.0.2.1", 0.0)


def test_ipv6_subscriber_is_one() -> None:
    limit = RateLimit(1)
    assert limit.allows("2001:db8:1:2::1", 0.0)
    assert not limit.allows("2001:db8:1:2:ffff::9", 0.0)
    assert limit.allows("2001:db8:1:3::1", 0.0)
    assert limit.allows("::ffff:192.0.2.1", 0.0)
    assert limit.allows("::ffff:192.0.2.2", 0.0)


def test_what_is_no_address_counts_as_one() -> None:
    limit = RateLimit(1)
    assert limit.allows("rubbish", 0.0)
    assert not limit.allows("other rubbish", 0.0)


def test_memory_is_bounded() -> None:
    limit = RateLimit(1)
    for number in range(_MOST_ADDRESSES + 500):
        limit.allows(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(limit._buckets) == _MOST_ADDRESSES
