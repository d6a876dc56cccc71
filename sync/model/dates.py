"""Dates of a person's life, which may lack their day or month (ANPR flags senzaGiorno, senzaGiornoMese)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date of birth whose day, or day and month, may be unknown."""

    year: int
    month: int | None = None
    day: int | None = None
