"""Where every word of a PDF stands, as poppler reads it: millimetres from the upper left corner."""

from __future__ import annotations

import html
import re
import subprocess
from dataclasses import dataclass

from kiosk.documents.envelope import Box

_MM = 25.4 / 72
# Poppler's boxes are as high as the font says its lines are (1.521 em of Titillium Web); its letters,
# accents on capitals included, reach from 0.95 em above to 0.22 em below their line.
_ASCENT, _DESCENT = 1.133, 0.388
_ABOVE, _BELOW = 0.95, 0.22
_WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>'
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the box that its letters can fill."""

    text: str
    box: Box

    def within(self, place: Box) -> bool:
        own = self.box
        return (
            place.left <= own.left
            and own.right <= place.right
            and place.top <= own.top
            and own.bottom <= place.bottom
        )

    def touches(self, place: Box) -> bool:
        own = self.box
        return (
            own.left < place.right
            and place.left < own.right
            and own.top < place.bottom
            and place.top < own.bottom
        )


def words_of(pdf: bytes) -> list[Word]:
    """The words of the first page."""
    told = subprocess.run(
        ["pdftotext", "-bbox", "-l", "1", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return [
        Word(html.unescape(text), _inked(*(float(number) * _MM for number in numbers)))
        for *numbers, text in _WORD.findall(told.stdout.decode())
    ]


def _inked(left: float, top: float, right: float, bottom: float) -> Box:
    em = (bottom - top) / (_ASCENT + _DESCENT)
    return Box(left, top + (_ASCENT - _ABOVE) * em, right, bottom - (_DESCENT - _BELOW) * em)
