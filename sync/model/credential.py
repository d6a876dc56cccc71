"""The state of a person's credentials, and what may become of it (R-003-3 to 8, 13, 19).

The table of the seed is data here, and `sync.model.transitions` is the one function that moves a
credential from one state to the next. Hub, station and the station's mirror all call it, so they
cannot come to different results.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from sync.model.delegation import Delegation


class State(Enum):
    """States of a registration (R-003-3); "attivato" is also written "attivo" (C-003-5)."""

    REGISTRATO = "registrato"
    RISCONTRATO = "riscontrato"
    ATTIVATO = "attivato"
    RESPINTO = "respinto"


class OperationKind(Enum):
    """What can be booked (R-003-12); "Ristampa" on import is `RIGENERA_PIN` (C-003-6)."""

    RISCONTRO_FORTE = "riscontro_forte"
    PROMOZIONE = "promozione"
    RESET = "reset"
    RIGENERA_PIN = "rigenera_pin"
    REVOCA = "revoca"


class OperationStatus(Enum):
    """Status of the last operation (R-003-7)."""

    ACTIVE = "A"
    SUCCEEDED = "S"
    DISCARDED = "D"


class Function(Enum):
    """Functions of a row of the search (R-003-11)."""

    RICERCA = "ricerca"
    MODIFICA = "modifica"
    PRENOTA = "prenota"
    RIGENERA_CODICE = "rigenera_codice"
    MODIFICA_DELEGA = "modifica_delega"


@dataclass(frozen=True, slots=True, repr=False)
class Booked:
    """An operation that was booked at a counter (Allegato 7, "Ultima operazione").

    Attributes:
        operation_id: of the booking's envelope, 32 hexadecimal digits; of an imported one its own.
        booked_at: milliseconds since 1970, UTC: the station's clock, or the hub's where the
            station's was ahead of it. Order among bookings that knew nothing of each other.
        office: "presso ente" (R-003-63).
        station: where it was booked; empty for an imported one.
        valid_until: last day on which its codes are good; None for an imported one.
        code_renewals: how many times its activation code was made anew.
        renewal: operation id of the regeneration whose code stands, empty for the booking's own.
        renewed_at: when that was, as `booked_at`; 0 for never.
    """

    operation_id: str
    kind: OperationKind
    status: OperationStatus
    booked_at: int
    office: str
    station: str
    valid_until: date | None
    delegation: Delegation | None
    code_renewals: int = 0
    renewal: str = ""
    renewed_at: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """Where a person's credentials stand: the row of the state table, and its dates.

    Attributes:
        strong: `reg_forte` (R-003-5).
        has_pin: "Possesso PIN".
        checked_at: "Data riscontro", milliseconds since 1970.
        checked_by: "Ente riscontro", empty for none.
        activated_at, promoted_at: "Data attivazione", "Data promozione".
        last: the last booked operation, whatever its status; `running` is that one while active.
    """

    state: State = State.REGISTRATO
    strong: bool = False
    has_pin: bool = False
    checked_at: int | None = None
    checked_by: str = ""
    activated_at: int | None = None
    promoted_at: int | None = None
    last: Booked | None = None

    @property
    def running(self) -> Booked | None:
        """`operazione_in_corso` (R-003-6): the last operation while it is active."""
        last = self.last
        return last if last is not None and last.status is OperationStatus.ACTIVE else None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a clerk saw when they booked; the hub compares it with what it knows.

    Attributes:
        running: operation id of the operation in progress, empty for none.
        last: operation id of the last operation whatever its status, empty for none. Who saw it
            comes after it, whatever the two stations' clocks say.
        renewal: operation id of the regeneration whose code stood, empty for none.
        seen_at: the latest time of these, as `Booked.booked_at`; 0 for none. What is done on this
            basis counts as later, whatever the station's own clock says.
    """

    state: State
    strong: bool
    running: str = ""
    last: str = ""
    renewal: str = ""
    seen_at: int = 0


def basis_of(credential: Credential) -> Basis:
    """The basis of whatever is done to `credential` now."""
    running, last = credential.running, credential.last
    return Basis(
        state=credential.state,
        strong=credential.strong,
        running="" if running is None else running.operation_id,
        last="" if last is None else last.operation_id,
        renewal="" if last is None else last.renewal,
        seen_at=0 if last is None else max(last.booked_at, last.renewed_at),
    )
