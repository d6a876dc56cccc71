"""What the hub says to all stations that come back: signed, bounded, nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.urgency import Urgency
from sync.wire import admission
from sync.wire.admission import LONGEST_WINDOW_SECONDS, Admission
from tests.unit.edge.stations import HubKeys

HUB = HubKeys.generate()
SAID = Admission(
    at=1_795_694_400_000, until=1_795_694_700_000, since=1_795_694_300_000, normal=600, bulk=1200
)


def test_it_comes_back_as_it_was_signed() -> None:
    assert admission.verify(admission.sign(SAID, HUB.signer), HUB.trust()) == SAID


def test_another_hubs_message_is_not_believed() -> None:
    stranger = HubKeys.generate()
    assert admission.verify(admission.sign(SAID, stranger.signer), HUB.trust()) is None


@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_changed_bit_is_not_believed(at: int, bit: int) -> None:
    data = bytearray(admission.sign(SAID, HUB.signer))
    data[at % len(data)] ^= 1 << bit
    assert admission.verify(bytes(data), HUB.trust()) is None


@given(st.binary(max_size=2000))
def test_noise_is_not_believed(data: bytes) -> None:
    assert admission.verify(data, HUB.trust()) is None


@pytest.mark.parametrize(
    "wrong", [{"normal": LONGEST_WINDOW_SECONDS + 1}, {"bulk": -1}, {"at": -1}]
)
def test_no_window_is_too_long(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        admission.sign(replace(SAID, **wrong), HUB.signer)


@given(window=st.floats(0, 1e6), waiting=st.integers(0, 10**6), draw=st.floats(0, 1))
def test_nobody_waits_longer_than_the_window(window: float, waiting: int, draw: float) -> None:
    assert 0 <= admission.wait(window, waiting, draw) <= window


def test_what_is_urgent_has_no_window() -> None:
    assert SAID.window(Urgency.URGENT) == 0
    assert admission.own_window(Urgency.URGENT, 1e9) == 0
