"""The transitions of a procedure that a person concludes with their codes; states in `procedure`."""

from __future__ import annotations

from kiosk.flows.citizen import procedure_choices, procedure_codes
from kiosk.flows.citizen.procedure import (
    AskCode,
    AskCodiceFiscale,
    AskPin,
    CheckingCodes,
    CodesRefused,
    CodesUnchecked,
    Intro,
    Opened,
    ProcedureState,
    ReadingCard,
)
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.steps.scanning import ScanningCode
from kiosk.flows.welcome import Ended, Welcome

Move = tuple[ProcedureState | ScanningCode | Welcome | Ended, tuple[Effect, ...]]


def step(state: ProcedureState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case (
            Intro()
            | AskCodiceFiscale()
            | ReadingCard()
            | AskCode()
            | AskPin()
            | CheckingCodes()
            | CodesRefused()
            | CodesUnchecked()
        ):
            return procedure_codes.step(state, event, around)
        case _:
            return procedure_choices.step(state, event, around)


def waited(state: ProcedureState, seconds: int) -> tuple[ProcedureState, tuple[Effect, ...]]:
    """A page so many seconds later: a wait is over, or the hub's ticket has ended."""
    match state:
        case CodesRefused():
            return procedure_codes.waited(state, seconds), ()
        case _ if isinstance(state, Opened):
            return procedure_choices.waited(state, seconds)
        case _:
            return state, ()


def would_lose(state: ProcedureState) -> bool:
    """Whether "Indietro" leads out of what the codes have opened."""
    return isinstance(state, Opened) and procedure_choices.is_first(state)
