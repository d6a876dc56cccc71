"""Touches of the console's pages, and what answers the effects of `effects`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import Area, UserTask
from kiosk.flows.console.views import SentAct
from sync.model.console_views import EnrolmentCodeTold, StationRecord, UserRecord
from sync.model.inquiry import NotFound, PersonFound

# --- touches


class Check(Enum):
    """What an administrator states before an act is recorded; texts `console.check.<value>`."""

    COMPARED = "compared"
    """The check code is the one on the device's screen."""
    FOR_EVER = "for-ever"
    """The certificate cannot come back (R-004-15)."""
    FORGOTTEN = "forgotten"
    """The user has the card and forgot it (R-004-34)."""


@dataclass(frozen=True, slots=True)
class FieldTyped:
    """The whole text that stands in a field now; or the value of what was picked, a box `yes` or ""."""

    field: FieldId
    text: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class OptionToggled:
    """A box of a field of boxes."""

    field: FieldId
    value: str


@dataclass(frozen=True, slots=True)
class CheckToggled:
    """A box of a confirm page."""

    check: Check


@dataclass(frozen=True, slots=True)
class Asked:
    """The button "Aggiorna": the hub is asked again."""


@dataclass(frozen=True, slots=True)
class AreaChosen:
    """An entry of Gestione SmartCard."""

    area: Area


@dataclass(frozen=True, slots=True)
class StationChosen:
    """A row of the stations."""

    name: str


@dataclass(frozen=True, slots=True)
class StationTaskChosen:
    """A button of a station's page."""

    task: StationTask


@dataclass(frozen=True, slots=True)
class RegistrationChosen:
    """The button "Registra Postazione"."""


@dataclass(frozen=True, slots=True)
class DownloadAllChosen:
    """The button "Scarica tutti" (R-004-14): the rows that are shown."""


@dataclass(frozen=True, slots=True)
class CodeSaveChosen:
    """The button "Salva su chiavetta" beside a one-time code (R-004-14)."""


@dataclass(frozen=True, slots=True)
class UserChosen:
    """A row of the users."""

    codice_fiscale: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UserTaskChosen:
    """A button of a user's page."""

    task: UserTask


@dataclass(frozen=True, slots=True)
class InsertionChosen:
    """The button "Inserisci utente"."""


@dataclass(frozen=True, slots=True)
class SentChosen:
    """The line that says how many acts wait or were refused."""


@dataclass(frozen=True, slots=True)
class ActivationAsked:
    """The master password was typed and confirmed on `OfficerConfirm`.

    Attributes:
        master: the screen's field holds no copy after this; whoever gets it last overwrites it.
    """

    master: bytearray = field(repr=False)


# --- answers, and what the runtime tells by itself


@dataclass(frozen=True, slots=True)
class StationsListed:
    """The stations. Comes twice where the last answer is told first.

    Attributes:
        records: None where the hub never told them.
        told_at: aware time of the hub's answer; None where there is none.
        code: why they could not be asked for now; None where they could, or are being asked for.
        asking: a newer answer follows.
    """

    session_id: UUID
    records: tuple[StationRecord, ...] | None
    told_at: datetime | None
    code: str | None = None
    asking: bool = False


@dataclass(frozen=True, slots=True)
class UsersListed:
    """The users, likewise."""

    session_id: UUID
    records: tuple[UserRecord, ...] | None = field(repr=False)
    told_at: datetime | None
    code: str | None = None
    asking: bool = False


@dataclass(frozen=True, slots=True)
class EnrolmentCodeAnswered:
    """The one-time code, or why there is none."""

    session_id: UUID
    station: str
    told: EnrolmentCodeTold | None = field(default=None, repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True)
class CertificatesSaved:
    """What was written; as in `stations.Downloaded`."""

    session_id: UUID
    file: str
    count: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class EnrolmentCodeSaved:
    """The one-time code is on the stick as `file`, or `code` says why not."""

    session_id: UUID
    station: str
    file: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class UserLookedUp:
    """What the registers say; `found` is None where they could not be asked."""

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    found: PersonFound | NotFound | None = None


@dataclass(frozen=True, slots=True)
class ConsoleActRecorded:
    """The act is durable on this station.

    Attributes:
        operation_id: as in the effect.
        next_operation_id: for what is recorded next.
        first_half: of a daily password; empty otherwise.
    """

    session_id: UUID
    operation_id: UUID
    next_operation_id: UUID
    first_half: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ConsoleActNotRecorded:
    """The act is not recorded; `code` is a failure code. It may be tried again under its id."""

    session_id: UUID
    operation_id: UUID
    next_operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class SentTold:
    """The acts of this sign-in, the latest first; at each change.

    Attributes:
        thumbprint: of who did them: they are nobody else's to see.
    """

    sent: tuple[SentAct, ...]
    thumbprint: bytes = field(repr=False)


ConsoleTouch = (
    FieldTyped
    | OptionToggled
    | CheckToggled
    | Asked
    | AreaChosen
    | StationChosen
    | StationTaskChosen
    | RegistrationChosen
    | DownloadAllChosen
    | CodeSaveChosen
    | UserChosen
    | UserTaskChosen
    | InsertionChosen
    | SentChosen
    | ActivationAsked
)
"""Touches that only the console has; `Cleared` of a filter is the clerks'."""

ConsoleAnswer = (
    StationsListed
    | UsersListed
    | EnrolmentCodeAnswered
    | CertificatesSaved
    | EnrolmentCodeSaved
    | UserLookedUp
    | ConsoleActRecorded
    | ConsoleActNotRecorded
)
"""Answers to the console's effects; they count under an overlay too."""

ConsoleEvent = ConsoleTouch | ConsoleAnswer | SentTold
