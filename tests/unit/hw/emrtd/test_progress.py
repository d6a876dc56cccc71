"""What a person is told while a document is read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.cards.emrtd import lds
from hw.cards.emrtd.coaching import Loss, Losses
from hw.cards.emrtd.progress import Progress
from hw.document_readings import Coaching, ReadingProgress, ReadingStage

READING, OPENING, WAITING = ReadingStage.READING, ReadingStage.OPENING, ReadingStage.WAITING
FILES = [lds.data_group(1), lds.SECURITY_OBJECT, lds.COMMON, lds.data_group(11), lds.data_group(2)]


@pytest.mark.parametrize(
    ("losses", "advice"),
    [
        ([], None),
        ([Loss(WAITING, 0.1, 0)], Coaching.TAKE_OUT_OF_WALLET),
        ([Loss(WAITING, 2.0, 0)], Coaching.LAY_FLAT),
        ([Loss(OPENING, 1.0, 0)], Coaching.LAY_FLAT),
        ([Loss(READING, 1.0, 900)], Coaching.HOLD_STILL),
        ([Loss(READING, 1.0, 900)] * 3, Coaching.LAY_FLAT),
        ([Loss(OPENING, 1.0, 0)] * 3, Coaching.TURN_OVER),
        ([Loss(OPENING, 1.0, 0)] * 4, Coaching.TAKE_OUT_OF_WALLET),
        ([Loss(OPENING, 1.0, 0)] * 5, Coaching.TURN_OVER),
        ([*[Loss(OPENING, 1.0, 0)] * 5, Loss(READING, 1.0, 1)], Coaching.LAY_FLAT),
    ],
)
def test_advice_follows_from_how_contact_was_lost(
    losses: list[Loss], advice: Coaching | None
) -> None:
    seen = Losses()
    for loss in losses:
        seen.add(loss)
    assert seen.advice() is advice


def told_of(sizes: list[int], *, with_face: bool = True) -> list[ReadingProgress]:
    told: list[ReadingProgress] = []
    progress = Progress(told.append, with_face=with_face)
    progress.entered(READING)
    for file, size in zip(FILES, sizes, strict=False):
        for there in range(200, size, 200):
            progress.advanced(file, there, size)
        progress.advanced(file, size, size)
    for file in (lds.data_group(12), lds.data_group(14)):
        progress.missing(file)
    progress.entered(READING)
    return told


@given(st.lists(st.integers(1, 60_000), min_size=5, max_size=5))
def test_the_bar_never_goes_back_and_ends_full(sizes: list[int]) -> None:
    told = told_of(sizes)
    assert all(0 <= step.done <= step.total for step in told)
    shares = [step.done / step.total for step in told]
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(shares))
    assert told[-1].done == told[-1].total == sum(sizes)


def test_without_a_face_less_is_expected() -> None:
    assert told_of([90], with_face=False)[0].total < told_of([90])[0].total / 3


def test_advice_stays_until_bytes_come() -> None:
    told: list[ReadingProgress] = []
    progress = Progress(told.append, with_face=False)
    progress.coaching = Coaching.HOLD_STILL
    progress.lost()
    progress.lost()
    progress.entered(OPENING)
    progress.entered(READING)
    progress.advanced(FILES[0], 95, 95)
    assert [(step.stage, step.lost, step.coaching) for step in told] == [
        (WAITING, True, Coaching.HOLD_STILL),
        (OPENING, False, Coaching.HOLD_STILL),
        (READING, False, Coaching.HOLD_STILL),
        (READING, False, None),
    ]


def test_what_was_there_before_a_loss_counts_on() -> None:
    told: list[ReadingProgress] = []
    progress = Progress(told.append, with_face=False)
    progress.entered(READING)
    progress.advanced(FILES[1], 1500, 2000)
    progress.lost()
    progress.entered(READING)
    progress.advanced(FILES[1], 231, 2000)
    assert told[-1].done == 1500
