"""What a station says of itself is read as it was said, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import canonical, health
from sync.wire.canonical import Malformed
from sync.wire.envelope import ClockQuality
from sync.wire.health import Health

WELL = Health(
    made_at=1_790_000_000_000,
    up_seconds=86_400,
    software="0.1.0",
    clock=ClockQuality.SYNCHRONISED,
    head=12,
    accepted=10,
    decided=9,
    oldest_seconds=120,
    to_decide=1,
    free_mb=9_000,
    size_mb=14_000,
    worn_percent=None,
    certificate_ends=1_800_000_000_000,
    lists=(("trust", 3), ("roster", 8)),
    codes=("reader.absent", "printer.paper-out"),
)


@given(
    st.integers(0, 2**40),
    st.sampled_from(ClockQuality),
    st.none() | st.integers(0, 100),
    st.lists(st.from_regex(r"[a-z][a-z0-9.-]{0,47}", fullmatch=True), max_size=32),
)
def test_it_comes_out_as_it_went_in(
    number: int, clock: ClockQuality, worn: int | None, codes: list[str]
) -> None:
    said = replace(WELL, head=number, clock=clock, worn_percent=worn, codes=tuple(codes))
    assert health.decode(health.encode(said)) == said


@pytest.mark.parametrize(
    "changes",
    [
        {"head": -1},
        {"worn_percent": 101},
        {"software": ""},
        {"software": "a b"},
        {"codes": ("Reader",)},
        {"codes": ("reader.absent",) * 33},
        {"lists": (("trust", 1), ("trust", 2))},
        {"lists": (("Trust", 1),)},
        {"lists": tuple((chr(97 + number), 1) for number in range(17))},
    ],
)
def test_what_could_not_be_read_is_not_said(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        health.encode(replace(WELL, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("at", range(14))
@pytest.mark.parametrize("value", [None, -1, "x y", [], {}, [1], b"\0"])
def test_another_shape_is_malformed(at: int, value: object) -> None:
    if (at, value) in [(10, None), (12, []), (13, [])]:
        return
    plain = canonical.decode(health.encode(WELL), limit=health.MOST_HEALTH_BYTES)
    plain[at] = value
    with pytest.raises(Malformed):
        health.decode(canonical.encode(plain))


@given(st.binary(max_size=64))
def test_noise_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        health.decode(data)
