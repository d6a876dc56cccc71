"""After a confirmation in the console: recorded or not, and what the hub says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from kiosk.flows.console import stations, users
from kiosk.flows.console.views import ActName
from kiosk.flows.console.wanted import ConsoleWanted

Confirmed: TypeAlias = (
    stations.RegisterConfirm
    | stations.ApproveConfirm
    | stations.StationChange
    | stations.CancelConfirm
    | stations.NoteForm
    | users.InsertConfirm
    | users.ChangeConfirm
    | users.ActionConfirm
    | users.DailyConfirm
    | users.OfficerConfirm
)
"""Pages whose `Continued` records."""

Behind: TypeAlias = stations.StationList | stations.StationPage | users.UserList | users.UserPage


@dataclass(frozen=True, slots=True)
class Recording:
    """The act is being made durable, signed by the administrator's card; nothing to touch."""

    page: Confirmed
    wanted: ConsoleWanted = field(repr=False)
    operation_id: UUID


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """Not recorded as far as is known: `Continued` tries again, `Back` to the confirm page.

    A master password is not kept: after it `Continued` leads to the confirm page too.
    """

    page: Confirmed
    wanted: ConsoleWanted = field(repr=False)
    operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Recorded; what the hub says of it is in `Desk.sent` by its id: waiting, accepted, refused.

    `Continued` leads on, where the list is asked for anew.
    """

    behind: Behind
    operation_id: UUID
    act: ActName


@dataclass(frozen=True, slots=True)
class SentList:
    """The acts of this sign-in with what became of them (`Desk.sent`), the latest first; `Back`."""

    behind: stations.StationList | users.UserList


OutcomeState = Recording | NotRecorded | Sent | SentList
