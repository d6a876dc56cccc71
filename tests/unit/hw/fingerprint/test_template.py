"""The shape of templates, and the numbers of fingers."""

from __future__ import annotations

from dataclasses import replace

from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from hw.fingerprint.template import TEMPLATE_FORMAT, finger_number, is_template

GOOD = FingerTemplate(
    FingerPosition(Hand.LEFT, Finger.THUMB), b"FP3" + bytes(60), TEMPLATE_FORMAT, 80, 30, 3
)


def test_fingers_have_the_numbers_of_libfprint() -> None:
    """FpFinger of libfprint's fp-print.h: left thumb 1 to left little 5, right thumb 6 to 10."""
    numbers = [finger_number(FingerPosition(hand, each)) for hand in Hand for each in Finger]
    assert numbers == list(range(1, 11))


def test_what_is_no_template_of_ours() -> None:
    assert is_template(GOOD)
    assert not is_template(replace(GOOD, data=b"FMR\0" + bytes(60)))
    assert not is_template(replace(GOOD, format="iso19794-2"))
    assert not is_template(replace(GOOD, data=b"FP3" + bytes(0x10000)))
