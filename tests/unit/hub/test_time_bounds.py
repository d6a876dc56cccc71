"""When an entry was recorded, by what can be trusted of its station's clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sync.hub.time_bounds import Judged, Tie, judge
from sync.wire.envelope import ClockQuality, ClockReading, Header, Priority
from sync.wire.hybrid_time import HybridTime
from sync.wire.signer import Protection

NOW = int(datetime(2027, 6, 1, tzinfo=UTC).timestamp() * 1000)
SECOND, DAY = 1000, 24 * 60 * 60 * 1000
YEAR = 365 * DAY
BOOT, LATER_BOOT = b"\x01" * 16, b"\x02" * 16
RIGHT, WRONG, DEAD = (
    ClockQuality.SYNCHRONISED,
    ClockQuality.UNSYNCHRONISED,
    ClockQuality.IMPOSSIBLE,
)


def header(
    wall: int,
    up: int,
    quality: ClockQuality = WRONG,
    *,
    boot: bytes = BOOT,
    hybrid: int | None = None,
) -> Header:
    """An entry recorded `up` milliseconds after the start."""
    return Header(
        station="kiosk-0001",
        seq=1,
        prev=bytes(32),
        operation_id=UUID(int=1),
        kind="preregistration",
        kind_version=1,
        priority=Priority.NORMAL,
        clock=ClockReading(wall, up * 1_000_000, boot, quality),
        body_size=1,
        protection=Protection.SOFTWARE,
        sealing_key_id=bytes(32),
        operator=None,
        hybrid=None if hybrid is None else HybridTime(hybrid),
    )


def times(
    *entries: tuple[Header, int], before: Tie | None = None, not_before: int = 0
) -> list[int | None]:
    """When each counts as done."""
    numbered = [(seq, one, at) for seq, (one, at) in enumerate(entries, 1)]
    judged, _ = judge(numbered, before, {1: not_before})
    return [judged[seq].counts_at for seq, _, _ in numbered]


def test_a_clock_that_is_kept_right_is_believed() -> None:
    assert times((header(NOW - DAY, 5, RIGHT), NOW)) == [NOW - DAY]


def test_a_clock_ahead_gains_nothing() -> None:
    assert times((header(NOW + YEAR, 5, RIGHT), NOW)) == [NOW]


def test_an_entry_that_came_at_once_sets_those_of_its_boot_right_that_came_with_it() -> None:
    """Recorded offline with the clock a year ahead; a last one just before the network came back."""
    first = header(NOW + YEAR, 0)
    later = header(NOW + YEAR + 3 * DAY, 3 * DAY)

    assert times((first, NOW), (later, NOW)) == [NOW - 3 * DAY, NOW]


def test_one_right_reading_sets_the_clock_right_for_the_whole_boot() -> None:
    behind = header(NOW - YEAR, 0)
    dead = header(0, DAY, DEAD)
    right = header(NOW - 2 * DAY, 2 * DAY, RIGHT)

    assert times((behind, NOW), (dead, NOW), (right, NOW)) == [
        NOW - 4 * DAY,
        NOW - 3 * DAY,
        NOW - 2 * DAY,
    ]


def test_it_holds_over_messages() -> None:
    _, tie = judge([(1, header(NOW, 0, RIGHT), NOW)], None, {})

    assert times((header(5, DAY, DEAD), NOW + 9 * DAY), before=tie) == [NOW + DAY]


def test_another_boot_is_not_set_right_by_it() -> None:
    _, tie = judge([(1, header(NOW, 0, RIGHT), NOW)], None, {})

    assert times((header(5, DAY, DEAD, boot=LATER_BOOT), NOW + 9 * DAY), before=tie) == [None]


def test_a_machine_that_names_no_boot_ties_nothing() -> None:
    nameless = bytes(16)
    _, tie = judge([(1, header(NOW, 0, RIGHT, boot=nameless), NOW)], None, {})

    assert tie is None


def test_where_the_station_did_not_believe_its_clock_its_hybrid_time_counts() -> None:
    """After a restart without a network, a year ahead: the hub's last word stands."""
    ahead = header(NOW + YEAR, 0, hybrid=NOW - DAY)
    behind = header(NOW - YEAR, 0, hybrid=NOW - DAY)

    assert times((ahead, NOW)) == [NOW - DAY]
    assert times((behind, NOW)) == [NOW - DAY]


def test_a_dead_clock_tells_the_time_where_the_bounds_are_near() -> None:
    assert times((header(0, 0, DEAD, hybrid=NOW - SECOND), NOW)) == [NOW - SECOND]
    assert times((header(0, 0, DEAD, hybrid=NOW - DAY), NOW)) == [None]
    assert times((header(0, 0, DEAD, hybrid=NOW + DAY), NOW)) == [None]


def test_where_the_clocks_say_nothing_it_is_bounded_all_the_same() -> None:
    first, last = header(0, 0, DEAD), header(0, 2 * DAY, DEAD)

    judged, _ = judge([(1, first, NOW), (2, last, NOW)], None, {})

    assert judged[1] == Judged(None, NOW - 2 * DAY)


def test_nothing_counts_before_what_stands_before_it() -> None:
    back = header(NOW - YEAR, 5, boot=LATER_BOOT)

    assert times((header(NOW - DAY, 5), NOW), (back, NOW)) == [NOW - DAY, NOW - DAY]
    assert times((back, NOW), not_before=NOW - 7) == [NOW - 7]


ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 2 * NOW),
        st.integers(0, YEAR),
        st.sampled_from(list(ClockQuality)),
        st.sampled_from([BOOT, LATER_BOOT, bytes(16)]),
        st.none() | st.integers(0, 2 * NOW),
        st.integers(0, DAY),
    ),
    min_size=1,
    max_size=6,
)


@given(ENTRIES, st.integers(0, NOW))
def test_whatever_a_station_says_time_never_falls_and_never_passes_the_arrival(
    drawn: list[tuple[int, int, ClockQuality, bytes, int | None, int]], floor: int
) -> None:
    entries, at = [], NOW
    for seq, (wall, up, quality, boot, hybrid, after) in enumerate(drawn, 1):
        at += after
        entries.append((seq, header(wall, up, quality, boot=boot, hybrid=hybrid), at))

    judged, _ = judge(entries, None, {1: floor})

    known = [judged[seq].counts_at for seq, _, _ in entries]
    times_known = [one for one in known if one is not None]
    assert times_known == sorted(times_known)
    assert all(floor <= one for one in times_known)
    assert all(
        judged[seq].latest <= at and (judged[seq].counts_at or 0) <= at for seq, _, at in entries
    )


def test_order_among_entries_is_theirs_whatever_their_places() -> None:
    one = header(NOW - DAY, 0)
    assert times((replace(one, seq=7), NOW)) == [NOW - DAY]
