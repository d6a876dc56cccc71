from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.edge.retry import FIRST_SECONDS, LONGEST_SECONDS, delay


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_never_longer_than_five_minutes_and_never_at_once(failures: int, draw: float) -> None:
    wait = delay(failures, draw)
    assert FIRST_SECONDS / 2 <= wait <= LONGEST_SECONDS == 300


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_it_grows_and_it_is_never_in_step(failures: int, one: float, other: float) -> None:
    assert delay(failures + 1, one) >= delay(failures, one)
    if one != other and abs(one - other) > 1e-9:
        assert delay(failures, one) != delay(failures, other)


def test_nothing_failed_nothing_waits() -> None:
    assert delay(0, 0.9) == 0.0
    assert delay(50, 0.0, longest=2) == 1.0
