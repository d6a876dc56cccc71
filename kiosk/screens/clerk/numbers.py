"""Registration numbers and names for the eye."""

from __future__ import annotations

from sync.model import registration_number
from sync.model.errors import Problem
from sync.model.registration import Registration


def grouped(number: str) -> str:
    """A registration number in groups of three; what is none, as it is."""
    parsed = registration_number.parse(number)
    return number if isinstance(parsed, Problem) else parsed.grouped


def surname_first(registration: Registration) -> str:
    """Whose it is, the order of forms; either name may be missing."""
    person = registration.person
    return " ".join(part for part in (person.surname, person.name) if part)
