"""A clerk who is signed in, and what the station's mirror can tell them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from kiosk.flows.console.views import SentAct
from kiosk.flows.outbox.views import Correcting, OutboxCounts
from sync.model.rosters import Right
from sync.model.users import Profile

OF_A_COUNTER: Final = frozenset({Right.REGISTER, Right.MANAGE, Right.RESIDENCE})
"""Rights of who serves people, and is told of the registry."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who is signed in, as the roster names them (R-003-55, 63).

    Attributes:
        name: for the header.
        office: the Ente for which they act.
        rights: what they may do; the menu follows from it.
        comuni: Belfiore codes of their competence for a change of residence; empty for all.
        comune: ISTAT code of the comune whose console they see; empty where there is none.
        profiles: from which the rights come; empty where there is no console.
        thumbprint: SHA-256 of the certificate of their card: two of one name are two.
        codice_fiscale: of their card: what nobody does to themselves is not offered. Empty where
            the roster does not name them by it.
    """

    name: str = field(repr=False)
    office: str
    rights: frozenset[Right]
    comuni: tuple[str, ...] = ()
    comune: str = ""
    profiles: frozenset[Profile] = frozenset()
    thumbprint: bytes = field(kw_only=True, repr=False)
    codice_fiscale: str = field(default="", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class MirrorStanding:
    """How the station's copy of the registry stands.

    Attributes:
        age_seconds: since the hub was last asked and answered; None where it never was.
        registrations: how many the copy holds.
        missing: entries that the hub has and the copy does not, as far as was told.
        waiting: acts of this station that the hub has not decided.
        disputes: open ones of the office ("Da sistemare").
        code: failure code of what is wrong with it (`mirror.damaged`); None where nothing is.
    """

    age_seconds: int | None = None
    registrations: int = 0
    missing: int = 0
    waiting: int = 0
    disputes: int = 0
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """The counter while an operator is signed in.

    Attributes:
        operator: who.
        mirror: as last told.
        letter_trouble: why letters with secrets could not be printed when the printer was looked at
            last; None where they could, or nobody looked.
        seconds: since the sign-in; a shift ends by itself (`OfficeInfo.shift_seconds`).
        day_seconds: how long after the sign-in the midnight comes that ends a sign-in by daily
            password (R-004-34); None with a card.
        day: civil date of a sign-in by daily password; another one ends it too.
        sent: acts of the console, the latest first.
        outbox: how many entries of the station wait, and how many somebody must decide on.
        correcting: the refused act that is entered anew; None where nobody does.
    """

    operator: Operator
    mirror: MirrorStanding = MirrorStanding()
    seconds: int = 0
    letter_trouble: str | None = None
    day_seconds: int | None = None
    day: date | None = None
    sent: tuple[SentAct, ...] = ()
    outbox: OutboxCounts = field(default_factory=OutboxCounts)
    correcting: Correcting | None = None

    def may(self, right: Right) -> bool:
        """Whether the operator has a right."""
        return right in self.operator.rights

    @property
    def serves(self) -> bool:
        """Whether the operator serves people, and so has the station's copy of the registry."""
        return bool(self.operator.rights & OF_A_COUNTER)

    @property
    def day_left(self) -> int | None:
        """Seconds until the midnight that ends a sign-in by daily password; None with a card."""
        return None if self.day_seconds is None else max(0, self.day_seconds - self.seconds)
