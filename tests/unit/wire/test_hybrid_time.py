"""A hybrid time never falls, whatever physical clock it is given."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import hybrid_time
from sync.wire.hybrid_time import MOST_COUNTER, START, HybridTime, after

MOMENTS = st.builds(HybridTime, st.integers(0, (1 << 47) - 1), st.integers(0, MOST_COUNTER))


@given(MOMENTS, st.integers(-(1 << 60), 1 << 60))
def test_the_next_moment_is_later_and_not_before_the_clock(last: HybridTime, clock: int) -> None:
    found = after(last, clock)

    assert found > last
    assert found.ms >= clock
    assert 0 <= found.counter <= MOST_COUNTER


@given(st.lists(st.integers(0, 10), min_size=2))
def test_a_clock_that_jumps_about_gives_rising_moments(clock: list[int]) -> None:
    moments = [START]
    for ms in clock:
        moments.append(after(moments[-1], ms))

    assert all(before < later for before, later in pairwise(moments))


def test_a_full_counter_goes_into_the_next_millisecond() -> None:
    assert after(HybridTime(7, MOST_COUNTER), 3) == HybridTime(8, 0)


@given(MOMENTS, MOMENTS)
def test_the_number_sorts_as_the_moments_do(one: HybridTime, other: HybridTime) -> None:
    numbers = hybrid_time.to_number(one), hybrid_time.to_number(other)

    assert (numbers[0] < numbers[1]) == (one < other)
    assert hybrid_time.from_number(numbers[0]) == one
    assert numbers[0] < 1 << 63


@pytest.mark.parametrize("last", [HybridTime(-1), HybridTime(1, MOST_COUNTER + 1)])
def test_a_moment_out_of_range_is_refused(last: HybridTime) -> None:
    with pytest.raises(ValueError, match="out of range"):
        after(last, 5)
