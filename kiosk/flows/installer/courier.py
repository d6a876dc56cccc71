"""The journal on a removable medium, where there is no network: one button, both ways.

    StationPage -> CourierPage (ready -> working -> done | stopped) -> StationPage

The same page reads the hub's answers from the medium and writes to it what the hub lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from uuid import UUID

from kiosk.flows.installer.effects import CarryByMedium
from kiosk.flows.installer.events import MediumCarried
from kiosk.flows.installer.readiness import Findings
from kiosk.flows.office import StationRole, Surroundings
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.verdicts import Fact
from sync.model.rosters import Right

OPEN: Final = "courier"
"""`OptionChosen` of "carry the data on a stick", on the page of the station."""


NOT_ALLOWED: Final = "courier.not-allowed"
"""A medium is for who looks after the station, while they are signed in: it was not looked at."""


class CourierStage(Enum):
    """How far it is."""

    READY = "ready"
    WORKING = "working"
    """The medium must stay where it is; nothing to touch."""
    DONE = "done"
    """The medium may be pulled out."""
    STOPPED = "stopped"
    """Not all was done; what was done counts."""


@dataclass(frozen=True, slots=True)
class CourierPage:
    """`Continued` begins, and at the end leads back; `Refused` begins again after a stop; `Back`.

    Attributes:
        known: of the devices, for the way back.
        told: what the last visit of a medium came to; None before it.
    """

    known: Findings
    stage: CourierStage = CourierStage.READY
    told: MediumCarried | None = None


def may_carry(around: Surroundings) -> bool:
    """Whether who stands there may: an operator who looks after devices, or an installer at work.

    What lies on a medium is brought in and what the journal holds goes out, as sealed as it is: at
    a counter nobody does that who is not signed in.
    """
    if around.desk is not None:
        return around.desk.may(Right.DEVICES)
    return around.office.role is StationRole.INSTALLER and not around.office.signs_in


def begun(page: CourierPage, session_id: UUID) -> tuple[CourierPage, tuple[CarryByMedium, ...]]:
    """The page while the medium is read and written."""
    if page.stage is CourierStage.WORKING:
        return page, ()
    return replace(page, stage=CourierStage.WORKING), (CarryByMedium(session_id),)


def ended(page: CourierPage, told: MediumCarried) -> CourierPage:
    """The page when that is over."""
    if page.stage is not CourierStage.WORKING:
        return page
    return replace(page, stage=CourierStage.STOPPED if told.code else CourierStage.DONE, told=told)


def rows(told: MediumCarried) -> tuple[Fact, ...]:
    """What a visit came to, a line each; nothing where there was none."""
    if told.code == NOT_ALLOWED:
        return ()
    counted: tuple[tuple[str, int], ...] = (
        ("on-medium", told.on_medium),
        ("waiting", told.waiting),
        ("stored", told.stored),
        ("settled", told.settled),
        ("lists", told.lists),
    )
    return tuple(Fact(_label(name), literal(str(count))) for name, count in counted)


def _label(name: str) -> Phrase:
    return phrase(f"courier.row.{name}")
