from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.edge.clock import EARLIEST_MS, StationClock, moment, uuid7
from sync.wire.envelope import ClockQuality

NOW = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()) * 1_000_000_000
TEN_YEARS = int(timedelta(days=3653).total_seconds()) * 1_000_000_000


def clock(wall: int, *, synchronised: bool = True) -> StationClock:
    return StationClock(
        wall=lambda: wall,
        monotonic=lambda: 5,
        synchronised=lambda: synchronised,
        boot_id=lambda: bytes(16),
    )


@pytest.mark.parametrize(
    ("wall", "synchronised", "quality"),
    [
        (NOW, True, ClockQuality.SYNCHRONISED),
        (NOW, False, ClockQuality.UNSYNCHRONISED),
        (NOW - TEN_YEARS, True, ClockQuality.IMPOSSIBLE),
        (NOW + TEN_YEARS, True, ClockQuality.IMPOSSIBLE),
        (0, False, ClockQuality.IMPOSSIBLE),
        (-TEN_YEARS, False, ClockQuality.IMPOSSIBLE),
    ],
)
def test_a_clock_is_doubted(wall: int, synchronised: bool, quality: ClockQuality) -> None:  # noqa: FBT001 - a column
    reading = clock(wall, synchronised=synchronised).reading()
    assert reading.quality is quality
    assert reading.wall == max(0, wall // 1_000_000)
    assert reading.monotonic == 5


def test_the_machine_has_clocks() -> None:
    reading = StationClock().reading()
    again = StationClock().reading()
    assert abs(reading.wall - time.time() * 1000) < 5000
    assert reading.monotonic <= again.monotonic
    assert reading.boot_id == again.boot_id != bytes(16)
    assert reading.wall > EARLIEST_MS


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_identifiers_are_of_version_7(now_ms: int, chance: bytes) -> None:
    made = uuid7(now_ms, chance)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == now_ms
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(made)
    )


def test_every_bit_of_chance_counts() -> None:
    made = {uuid7(0, (1 << bit).to_bytes(10)) for bit in range(74)}
    assert len(made) == 74
    assert len({uuid7(0) for _ in range(1000)}) == 1000


def test_example_of_the_rfc() -> None:
    """RFC 9562, A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F."""
    chance = (0xCC3 << 62 | 0x18C4DC0C0C07398F).to_bytes(10)
    assert str(uuid7(0x017F22E279B0, chance)) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_moment_is_aware() -> None:
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)
