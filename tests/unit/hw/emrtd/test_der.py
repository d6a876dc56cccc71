"""Structures are looked through before anything follows them."""

from __future__ import annotations

import time

import pytest

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import der


def nested(depth: int) -> bytes:
    data = b"\x05\x00"
    for _ in range(depth):
        size = len(data)
        length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3)
        data = b"\x30" + length + data
    return data


@pytest.mark.parametrize("data", [b"\x05\x00", b"\x30\x00", nested(32), b"\x30\x03\x02\x01\x00",
                                  b"\x7f\x49\x02\x05\x00", b"\x04\x81\x01a"])  # fmt: skip
def test_whole_objects_pass(data: bytes) -> None:
    der.check(data, longest=1000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "der-cut-off"),
        (b"\x30", "der-cut-off"),
        (b"\x30\x05\x02\x01\x00", "der-cut-off"),
        (b"\x30\x02\x02\x01", "der-cut-off"),
        (b"\x30\x84\xff\xff\xff\xff", "der-cut-off"),
        (b"\x30\x85\x00\x00\x00\x00\x00", "der-cut-off"),
        (b"\x1f\xff\xff\xff\x01\x00", "der-cut-off"),
        (b"\x1f\x81", "der-cut-off"),
        (b"\x30\x82\x01", "der-cut-off"),
        (b"\x30\x80\x00\x00", "der-indefinite"),
        (b"\x24\x80\x04\x01a\x00\x00", "der-indefinite"),
        (b"\x05\x00\x05\x00", "der-trailing"),
        (b"\x30\x00\x00", "der-trailing"),
        (nested(33), "der-too-deep"),
        (nested(3000), "der-too-deep"),
        (b"\x30\x83\x01\x00\x00" + b"\x05\x00" * 0x8000, "der-too-many"),
        (bytes(1 << 20), "der-too-long"),
    ],
)
def test_everything_else_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as trouble:
        der.check(data, longest=0x20000)
    assert trouble.value.reason == reason


def test_the_worst_within_the_bounds_is_quick() -> None:
    data = b"\x30\x82\x3f\xf8" + b"\x05\x00" * 0x1FFC
    before = time.perf_counter()
    with pytest.raises(Malformed):
        der.check(data + b"\x00", longest=1 << 20)
    der.check(data, longest=1 << 20)
    assert time.perf_counter() - before < 0.5


def test_decoding_has_one_way_out() -> None:
    for error in (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError):
        with pytest.raises(Malformed, match="reason"), der.decoding("reason"):
            raise error("bytes of a card")
    with pytest.raises(Malformed, match="inner"), der.decoding("outer"):
        raise Malformed("inner")
