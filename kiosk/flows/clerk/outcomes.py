"""After a confirmation: recorded or not, the letters and their gate, what comes next (R-003-24)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.managing import (
    Behind,
    BookingConfirm,
    CodeConfirm,
    DelegationConfirm,
    EditConfirm,
    ResidenceConfirm,
    SettlementConfirm,
)
from kiosk.flows.clerk.menu import has_fse
from kiosk.flows.clerk.registering import ConfirmDeletion, RegistrationConfirm
from kiosk.flows.clerk.wanted import Wanted, WantedBooking, WantedRegistration
from kiosk.flows.office import OfficeInfo
from kiosk.flows.papers import Papers, PrintState
from kiosk.flows.printed_document import PrintedDocument
from sync.model.registration import Registration

Confirmed = (
    RegistrationConfirm
    | ConfirmDeletion
    | EditConfirm
    | BookingConfirm
    | CodeConfirm
    | DelegationConfirm
    | ResidenceConfirm
    | SettlementConfirm
)
"""Pages whose `Continued` records."""

WITH_LETTERS = RegistrationConfirm | BookingConfirm | CodeConfirm
"""Those of them after which papers are handed over."""


@dataclass(frozen=True, slots=True)
class RecordingAct:
    """The act is being made durable, signed by the operator's card; nothing to touch."""

    page: Confirmed
    wanted: Wanted = field(repr=False)
    operation_id: UUID


@dataclass(frozen=True, slots=True)
class ActNotRecorded:
    """Not recorded as far as is known: `Continued` tries again, `Back` to the confirm page."""

    page: Confirmed
    wanted: Wanted = field(repr=False)
    operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act that is durable.

    Attributes:
        registration: as the station holds it now; None where the act leaves none.
        behind: where the registration was opened from.
        then_book: Prenota goes on.
    """

    operation_id: UUID
    recorded_at: datetime
    wanted: Wanted = field(repr=False)
    registration: Registration | None = field(repr=False)
    behind: Behind
    then_book: bool = False


@dataclass(frozen=True, slots=True)
class Letters:
    """The print page: nothing else opens before all of `required` are in the hand (R-003-24, C-003-11).

    `PrintAsked`, `PaperConfirmed`; `Continued` to `ActDone` once `can_go_on`. The PIN letter is
    never shown. `Refused` gives up where printing fails, and asks first.

    Attributes:
        papers: letters, summary, and on request the paper Regolamento.
        required: those that must be there.
        giving_up: "leave without the letters?" is asked: `Continued` leaves them, `Back` stays.
    """

    recorded: Recorded
    papers: Papers
    required: frozenset[PrintedDocument]
    giving_up: bool = False

    @property
    def can_go_on(self) -> bool:
        """Whether everything that is required is in the hand."""
        there = {one.document for one in self.papers if one.state is PrintState.PRINTED}
        return there >= self.required

    @property
    def failed(self) -> bool:
        """Whether a required paper could not be printed."""
        return any(
            one.state is PrintState.FAILED and one.document in self.required for one in self.papers
        )


@dataclass(frozen=True, slots=True)
class ActDone:
    """What was recorded and what comes next; `Continued` to the menu or back to the search.

    `MenuChosen(FSE)` with the right (R-003-49), `CaseActionChosen(BOOK)` after an edit that was made
    for it, `CaseActionChosen(DETAIL)`.

    Attributes:
        letters_missing: given up: what was booked has to be booked again.
    """

    recorded: Recorded
    letters_missing: bool = False

    def offers_fse(self, desk: Desk | None, office: OfficeInfo) -> bool:
        """Whether the services for the citizen may follow (R-003-49)."""
        followed = isinstance(self.recorded.wanted, WantedRegistration | WantedBooking)
        return desk is not None and followed and has_fse(desk, office) and not self.letters_missing


OutcomeState = RecordingAct | ActNotRecorded | Letters | ActDone
