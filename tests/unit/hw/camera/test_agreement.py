"""Agreement: several pictures in a row, and no other code in between."""

from __future__ import annotations

from hw.camera.agreement import NEEDED, WITHIN_SECONDS, Agreement
from hw.pictures import Symbology

BARS, SQUARE = Symbology.CODE_39, Symbology.QR


def test_three_pictures_for_bars_and_two_for_a_square() -> None:
    bars, square = Agreement(), Agreement()
    assert [bars.add({(BARS, "A")}, at) for at in (0.0, 0.1)] == [None, None]
    reading = bars.add({(BARS, "A")}, 0.2)
    assert reading is not None
    assert (reading.text, reading.symbology, reading.frames) == ("A", BARS, NEEDED[BARS])
    assert square.add({(SQUARE, "A")}, 0.0) is None
    assert square.add({(SQUARE, "A")}, 0.1) is not None


def test_pictures_that_show_nothing_are_borne_for_a_while_only() -> None:
    agreement = Agreement()
    for at in (0.0, 0.5):
        assert agreement.add({(BARS, "A")}, at) is None
        assert agreement.add((), at + 0.1) is None
    assert agreement.add({(BARS, "A")}, 0.5 + WITHIN_SECONDS + 0.1) is None
    assert agreement.several_at is None


def test_another_code_in_between_begins_anew() -> None:
    agreement = Agreement()
    for count, text in enumerate("AABAABAAB"):
        assert agreement.add({(BARS, text)}, count / 10) is None
    assert agreement.several_at == 0.8


def test_two_codes_in_one_picture_count_for_neither() -> None:
    agreement = Agreement()
    for count in range(10):
        assert agreement.add({(BARS, "A"), (BARS, "B")}, count / 10) is None
    assert agreement.several_at == 0.9
    assert [agreement.add({(BARS, "A")}, 1 + at) for at in (0.0, 0.1)] == [None, None]
    assert agreement.add({(BARS, "A")}, 1.2) is not None
