"""What the papers of one act at the counter have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.documents import wording
from sync.model.credential import OperationKind
from sync.model.delegation import Delegation, DelegationKind
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class Occasion:
    """An act of a clerk that hands over papers (R-003-19 `counter_gives`).

    Attributes:
        registration: as it is after the act.
        operation: what was booked; for a new activation code the operation in progress.
        operation_id: of the envelope that made the secrets, 32 hexadecimal digits.
        made_at: aware time of the act by the station's clock.
        valid_until: last day on which PIN and code are good.
        delegation: who came in the person's place.
        mailed: whether the code goes by e-mail too (R-003-25).
        renewed: whether the code alone is new and the PIN stays (R-003-56).
        again: whether the paper is marked as a reprint.
    """

    registration: Registration
    operation: OperationKind
    operation_id: str
    made_at: datetime
    valid_until: date
    delegation: Delegation | None = None
    mailed: bool = False
    renewed: bool = False
    again: bool = False

    @property
    def person(self) -> str:
        """Whose credentials they are."""
        return wording.full_name(self.registration.person)

    @property
    def representative(self) -> str:
        """Who acts for a protected person (R-003-74); empty where the person acts (C-003-18)."""
        delegation = self.delegation
        if delegation is None or delegation.kind is not DelegationKind.DICHIARAZIONE_SOSTITUTIVA:
            return ""
        return wording.full_name(delegation.delegate)
