"""What an administrator wants recorded, before the runtime makes secrets for it."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model.console import OfficerAct, StationAct, UserActionAct, UserChange, UserInsertion


@dataclass(frozen=True, slots=True, repr=False)
class WantedDailyPassword:
    """A `DailyPasswordAct` without its password: the runtime makes it and tells its first half."""

    comune: str
    codice_fiscale: str


@dataclass(frozen=True, slots=True, repr=False)
class WantedActivation:
    """An `OfficerAct` to activate an operator's card, without its proof.

    Attributes:
        codice_fiscale: of the Security Officer.
        serial: of the card.
    """

    comune: str
    codice_fiscale: str
    serial: str


ConsoleWanted = (
    StationAct
    | UserInsertion
    | UserChange
    | UserActionAct
    | OfficerAct
    | WantedDailyPassword
    | WantedActivation
)
"""Everything that the console has recorded."""
