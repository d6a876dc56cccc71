"""Registration numbers for the eye."""

from __future__ import annotations

from sync.model import registration_number
from sync.model.errors import Problem


def grouped(number: str) -> str:
    """A registration number in groups of three; what is none, as it is."""
    parsed = registration_number.parse(number)
    return number if isinstance(parsed, Problem) else parsed.grouped
