"""What a page has of the hub's lists, and what became of the acts that were recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from sync.model.console_views import StationRecord, UserRecord


@dataclass(frozen=True, slots=True)
class StationsView:
    """The stations of the comune, as the hub told them last.

    Attributes:
        records: None until they are told for the first time.
        told_at: aware time at which the hub told them; None before. Shown: it is the list's age.
        waiting: they are being asked for; the old ones stand meanwhile.
        code: why they could not be asked for just now (`inquiry.offline`); None where they could.
    """

    records: tuple[StationRecord, ...] | None = None
    told_at: datetime | None = None
    waiting: bool = False
    code: str | None = None

    def station(self, name: str) -> StationRecord | None:
        """The record of a name."""
        return next((one for one in self.records or () if one.name == name), None)


@dataclass(frozen=True, slots=True)
class UsersView:
    """The users of the comune, likewise."""

    records: tuple[UserRecord, ...] | None = field(default=None, repr=False)
    told_at: datetime | None = None
    waiting: bool = False
    code: str | None = None

    def user(self, codice_fiscale: str) -> UserRecord | None:
        """The record of a person."""
        found = (one for one in self.records or () if one.codice_fiscale == codice_fiscale)
        return next(found, None)


class SentState(Enum):
    """What became of an act; texts `console.sent.<value>`."""

    WAITING = "waiting"
    """Recorded here; the hub has not decided it. Nothing has changed yet."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ActName(Enum):
    """What was done; texts `console.act.<value>`."""

    REGISTER_STATION = "register-station"
    APPROVE = "approve"
    BLOCK_STATION = "block-station"
    UNBLOCK_STATION = "unblock-station"
    CANCEL_STATION = "cancel-station"
    NEW_TOKEN = "new-token"  # noqa: S105  the name of an act
    NOTE = "note"
    INSERT_USER = "insert-user"
    CHANGE_USER = "change-user"
    BLOCK_USER = "block-user"
    UNBLOCK_USER = "unblock-user"
    DELETE_USER = "delete-user"
    NEW_CARD = "new-card"
    REPLACE_CARD = "replace-card"
    HAND_OVER_CARD = "hand-over-card"
    REGISTER_CARD = "register-card"
    SEND_CODES = "send-codes"
    DAILY_PASSWORD = "daily-password"  # noqa: S105  the name of an act
    MASTER_RECEIVED = "master-received"
    ACTIVATE_CARD = "activate-card"
    ASK_REVOCATION = "ask-revocation"
    ASK_EXTRA = "ask-extra"


@dataclass(frozen=True, slots=True)
class SentAct:
    """An act of the console that was recorded here since the administrator signed in.

    Attributes:
        subject: label or name of the station, name of the user.
        code: why the hub refused it; empty where it did not.
    """

    operation_id: UUID
    act: ActName
    subject: str = field(repr=False)
    recorded_at: datetime
    state: SentState = SentState.WAITING
    code: str = ""
