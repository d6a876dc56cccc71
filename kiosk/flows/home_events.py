"""What happens in a procedure that a citizen concludes: keys, and what the runtime answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from kiosk.flows.home_effects import SecretField
from sync.model.credential import OperationKind
from sync.model.home import HomeStep


@dataclass(frozen=True, slots=True)
class SecretTyped:
    """The whole text that stands in a field for a secret, after a key; kept in no state.

    Attributes:
        which: the field of the page; of another page it means nothing.
        text: as typed.
    """

    which: SecretField
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevealToggled:
    """The button "Mostra" or "Nascondi" beside a field for a secret."""


@dataclass(frozen=True, slots=True)
class SecretKept:
    """What was typed is kept; what the runtime alone can say of it.

    Attributes:
        session_id: as in the effect.
        which: as in the effect.
        length: characters that are kept; an answer for another length is out of date.
        strength: of a password, 0 (guessed at once) to 4; None for other fields.
        breached: the password stands on the list of those that thieves know.
        own_data: it holds the person's name or birth date, which came with the ticket.
        same: of `PASSWORD_AGAIN`: whether it is the password; of `ANSWER`: whether it is the
            password or stands in it; None for other fields.
    """

    session_id: UUID
    which: SecretField
    length: int
    strength: int | None = None
    breached: bool = False
    own_data: bool = False
    same: bool | None = None


@dataclass(frozen=True, slots=True)
class CodesAccepted:
    """The hub gave a ticket, which the runtime keeps.

    Attributes:
        session_id: as in the effect.
        kind: what the codes are for.
        steps: what is left to do, in order.
        seconds: how long the ticket is good from now on.
        old_username: shape of the username that ends (reset), empty otherwise.
    """

    session_id: UUID
    kind: OperationKind
    steps: tuple[HomeStep, ...]
    seconds: int
    old_username: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CodesDenied:
    """The hub says no; `code` as in `sync.model.inquiry.Denied` (`codes.wrong`).

    Attributes:
        wait_seconds: not to be tried again before.
    """

    session_id: UUID
    code: str
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class CodesUnchecked:
    """The hub could not be asked, or did not answer; `code` is a failure code (`hub.no-answer`)."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class UsernameFree:
    """Nobody has it."""

    session_id: UUID
    username: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsernameDenied:
    """It cannot be had; `code` as in `sync.model.inquiry.Denied` (`username.taken`)."""

    session_id: UUID
    username: str = field(repr=False)
    code: str


@dataclass(frozen=True, slots=True)
class UsernameUnchecked:
    """The hub could not be asked; `code` is a failure code."""

    session_id: UUID
    username: str = field(repr=False)
    code: str


class Conclusive(Enum):
    """How far the hub has come with a conclusion that is recorded here."""

    WAITING = "waiting"
    """It leaves with the network, or the hub has not answered in time."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """What the hub decided; `WAITING` may be followed by the decision.

    Attributes:
        session_id: as in `Conclude`.
        operation_id: likewise.
        outcome: how far it is.
        code: of a refusal, as in the hub's answer (`ticket.expired`, `username.taken`).
    """

    session_id: UUID
    operation_id: UUID
    outcome: Conclusive
    code: str = ""


HomeAnswer = (
    SecretKept
    | CodesAccepted
    | CodesDenied
    | CodesUnchecked
    | UsernameFree
    | UsernameDenied
    | UsernameUnchecked
    | OutcomeTold
)
"""What runtime and hub answer: no touch."""

HomeEvent = SecretTyped | RevealToggled | HomeAnswer
