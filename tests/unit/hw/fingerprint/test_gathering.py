"""Which pictures of a finger belong together, as answers of a matcher that never err."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hw.finger_readings import FingerAdvice
from hw.fingerprint.gathering import Gathering, agree
from hw.fingerprint.matcher import PrintReading
from hw.fingerprint.quality import PictureQuality

GOOD = PictureQuality(90, None, 120.0, 40)
BAD = PictureQuality(10, FingerAdvice.DRY_FINGER, 120.0, 40)
WORN = PictureQuality(30, FingerAdvice.MOISTEN_FINGER, 120.0, 30)


def laid(gathering: Gathering, finger: str, quality: PictureQuality = GOOD) -> FingerAdvice | None:
    """Lay a finger; its prints are its name and a number, so that one sees what matches."""
    data = f"{finger}{quality.score}".encode()
    same = tuple(each[:1] == data[:1] for each in gathering.against())
    return gathering.add(PrintReading(data, (), same), quality)


def test_three_of_one_finger() -> None:
    gathering = Gathering(3)
    assert [laid(gathering, "a") for _ in range(3)] == [None] * 3
    assert gathering.complete
    assert gathering.taken == 3


def test_another_finger_between_does_not_count() -> None:
    gathering = Gathering(3)
    laid(gathering, "a")
    laid(gathering, "a")
    assert laid(gathering, "b") is FingerAdvice.SAME_FINGER
    assert laid(gathering, "b") is FingerAdvice.SAME_FINGER
    assert laid(gathering, "a") is None
    assert {each.data[:1] for each in gathering.kept} == {b"a"}


def test_two_that_agree_outvote_a_first_one() -> None:
    gathering = Gathering(3)
    laid(gathering, "a")
    assert laid(gathering, "b") is FingerAdvice.SAME_FINGER
    assert laid(gathering, "b") is None
    assert gathering.taken == 2
    assert laid(gathering, "b") is None
    assert gathering.complete


def test_a_finger_that_was_taken_before_is_another() -> None:
    gathering = Gathering(3, [[b"x1", b"x2", b"x3"], [b"y1", b"y2", b"y3"]])
    assert laid(gathering, "y") is FingerAdvice.OTHER_FINGER
    assert laid(gathering, "a") is None
    assert laid(gathering, "x") is FingerAdvice.OTHER_FINGER
    assert gathering.taken == 1


def test_one_print_that_matches_by_chance_accuses_nobody() -> None:
    gathering = Gathering(1, [[b"x1", b"a2", b"x3"]])
    assert laid(gathering, "a") is None


def test_bad_pictures_lower_the_bar_and_end_it() -> None:
    gathering = Gathering(3)
    assert not gathering.will_do(WORN)
    for _ in range(5):
        assert laid(gathering, "a", BAD) is FingerAdvice.DRY_FINGER
    assert gathering.will_do(WORN)
    assert not gathering.will_do(BAD)
    assert laid(gathering, "a", WORN) is None
    for _ in range(10):
        assert not gathering.hopeless
        gathering.refuse()
    assert gathering.hopeless


def test_a_picture_without_minutiae_is_none() -> None:
    gathering = Gathering(1)
    assert gathering.add(PrintReading(b"", (), ()), GOOD) is FingerAdvice.HOLD_STILL
    assert gathering.taken == 0


def test_the_best_is_the_best() -> None:
    gathering = Gathering(2)
    laid(gathering, "a")
    laid(gathering, "a", PictureQuality(95, None, 120.0, 20))
    assert gathering.best.quality.score == 95
    assert "95" not in repr(gathering.best)


@given(st.text("ab", max_size=25))
def test_only_one_finger_is_ever_kept(fingers: str) -> None:
    gathering = Gathering(3)
    for each in fingers:
        if gathering.complete:
            break
        laid(gathering, each)
        assert len({kept.data[:1] for kept in gathering.kept}) <= 1
        assert len(gathering.against()) <= 3 + 3


@given(st.lists(st.booleans()))
def test_most_prints_must_agree(same: list[bool]) -> None:
    assert agree(same) == (same.count(True) > same.count(False))
