"""What the console's records are called on its pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from kiosk.flows import italian_time
from kiosk.screens.console.signs import SIGNS, RecordState, StatePill
from kiosk.screens.context import Context
from kiosk.screens.widgets.desk.cells import with_sign
from kiosk.screens.widgets.desk.table import Filling
from sync.model.certificates import CertificateState
from sync.model.console_views import UserRecord
from sync.model.smart_cards import CardState
from sync.model.users import Profile

NOTHING = "\u2014"
"""Stands where there is nothing to say."""


def state_words(ui: Context, state: RecordState) -> str:
    """What a state is called."""
    family = "user-state"
    if isinstance(state, CertificateState):
        family = "certificate-state"
    elif isinstance(state, CardState):
        family = "card-state"
    return ui.words(f"console.{family}.{state.name.lower()}")


def state_cell(ui: Context, state: RecordState) -> Filling:
    """A state in a table."""
    return with_sign(state_words(ui, state), SIGNS[state].icon)


def state_pill(ui: Context, name: str, state: RecordState, words: str = "") -> StatePill:
    """A state at the head of a page; `words` where it is not called as in tables."""
    return StatePill(ui, name, words or state_words(ui, state), SIGNS[state])


def day_words(day: date | None) -> str:
    """A day as forms have it."""
    return NOTHING if day is None else f"{day:%d/%m/%Y}"


def moment_words(milliseconds: int) -> str:
    """A time of the registry on Italian clocks; a dash for never."""
    return f"{italian_time.at(milliseconds):%d/%m/%Y %H:%M}" if milliseconds else NOTHING


def clock_words(when: datetime, now: datetime) -> str:
    """A time of today as the clock has it, of another day with its date."""
    there = italian_time.in_italy(when)
    return f"{there:%H:%M}" if there.date() == now.date() else f"{there:%d/%m/%Y %H:%M}"


def whose(record: UserRecord) -> str:
    """Surname first, as forms have it; the codice fiscale where no name is known."""
    return f"{record.surname} {record.name}".strip() or record.codice_fiscale


def profile_words(ui: Context, profiles: Iterable[Profile]) -> str:
    """Profiles in the order of the console's own list."""
    given = frozenset(profiles)
    named = [ui.words(f"console.profile.{one.value}") for one in Profile if one in given]
    return ", ".join(named) or NOTHING
