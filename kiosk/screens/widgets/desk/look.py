"""Measures that the desk's widgets share, in units."""

from __future__ import annotations

from typing import Final

from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.field import FieldLook

LEAST_TARGET: Final = 36
"""Least height of what is clicked or touched; WCAG 2.2 asks for 24 CSS pixels (2.5.8)."""

DESK_FIELD: Final = FieldLook(
    entry=DeskSize.ENTRY,
    hint=DeskSize.LABEL,
    mask=DeskSize.TITLE,
    room=19,
    inset=10,
    radius=6,
    edge=1,
    focus_edge=3,
)
"""A field of a form that is filled by keyboard."""

MARGIN: Final = 24
"""Between the edge of the window and what it shows."""
GAP: Final = 12
"""Between fields beside each other."""
