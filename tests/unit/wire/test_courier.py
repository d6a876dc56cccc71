from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire import courier
from sync.wire.canonical import Malformed
from sync.wire.courier import CarriedAnswer, Parcel, SignedParcel
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner

HUB = UnsealingKey.generate()
SIGNER = SoftwareSigner.generate()
PARCEL = Parcel(
    parcel_id=bytes(range(16)),
    station="058091-PC-0001",
    made_at=1_800_000_000_000,
    known=7,
    lists={"trust": 3, "roster": 0},
    answer_key=bytes(32),
    messages=(b"one", b"two" * 1000),
)


def opened(data: bytes, key: UnsealingKey = HUB) -> SignedParcel:
    return courier.open_parcel(data, [UnsealingKey.generate(), key])


def test_a_parcel_comes_out_as_it_went_in() -> None:
    data = courier.seal(PARCEL, SIGNER, HUB.sealing_key)
    found = opened(data)
    assert found.parcel == PARCEL
    assert found.is_signed_by(SIGNER.verifying_key)
    assert not found.is_signed_by(SoftwareSigner.generate().verifying_key)


def test_sizes_say_no_more_than_the_next_round_number() -> None:
    one = courier.seal(replace(PARCEL, messages=()), SIGNER, HUB.sealing_key)
    other = courier.seal(replace(PARCEL, messages=(bytes(40_000),)), SIGNER, HUB.sealing_key)
    assert len(one) == len(other) == courier.PAD_BYTES
    small = courier.seal_answer(CarriedAnswer(PARCEL.station), PARCEL.parcel_id, bytes(32))
    assert len(small) == courier.PAD_BYTES


def test_another_hub_opens_nothing() -> None:
    data = courier.seal(PARCEL, SIGNER, HUB.sealing_key)
    with pytest.raises(Malformed, match=r"courier\.unreadable"):
        opened(data, UnsealingKey.generate())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_parcel_is_refused(data: st.DataObject) -> None:
    whole = courier.seal(replace(PARCEL, messages=()), SIGNER, HUB.sealing_key)
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    changed = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    with pytest.raises(Malformed, match=r"courier\.(size|unreadable)"):
        opened(changed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4000))
def test_any_bytes_are_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"courier\."):
        opened(data + bytes(2000))
    assert courier.open_answer(data, bytes(16), bytes(32)) is None


def test_what_a_stranger_sealed_is_told_by_its_signature() -> None:
    """The hub's key is public: who is not the station can seal, and cannot sign."""
    stranger = SoftwareSigner.generate()
    found = opened(courier.seal(PARCEL, stranger, HUB.sealing_key))
    assert not found.is_signed_by(SIGNER.verifying_key)


def test_an_answer_belongs_to_its_parcel() -> None:
    answer = CarriedAnswer(PARCEL.station, (b"signed", b"again"), {"trust": b"list"})
    key = courier.new_answer_key()
    data = courier.seal_answer(answer, PARCEL.parcel_id, key)
    assert courier.open_answer(data, PARCEL.parcel_id, key) == answer
    assert courier.open_answer(data, bytes(16), key) is None
    assert courier.open_answer(data, PARCEL.parcel_id, bytes(32)) is None
    assert courier.open_answer(data[:-1] + b"x", PARCEL.parcel_id, key) is None


def test_lists_of_tomorrow_are_left_out() -> None:
    answer = CarriedAnswer(PARCEL.station, (), {"trust": b"list", "weather": b"rain"})
    data = courier.seal_answer(answer, PARCEL.parcel_id, bytes(32))
    found = courier.open_answer(data, PARCEL.parcel_id, bytes(32))
    assert found == replace(answer, lists={"trust": b"list"})


def test_a_parcel_takes_only_so_much() -> None:
    full = replace(PARCEL, messages=(bytes(courier.MOST_PARCEL_BYTES),))
    with pytest.raises(ValueError, match="more than a parcel takes"):
        courier.seal(full, SIGNER, HUB.sealing_key)
