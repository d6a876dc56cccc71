"""Where every word of a PDF stands, as poppler reads it: millimetres from the upper left corner."""

from __future__ import annotations

import html
import re
import subprocess
from dataclasses import dataclass

from kiosk.documents.envelope import Box

_MM = 25.4 / 72
_WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>'
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box."""

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
        Word(html.unescape(text), Box(*(float(number) * _MM for number in numbers)))
        for *numbers, text in _WORD.findall(told.stdout.decode())
    ]
