"""All states of the console's pages, with their machine names."""

from __future__ import annotations

from typing import Any, Final

from kiosk.flows.console import outcomes, stations, users
from kiosk.flows.console.outcomes import OutcomeState
from kiosk.flows.console.stations import StationState
from kiosk.flows.console.users import UserState

ConsoleState = StationState | UserState | OutcomeState

NAMES: Final[dict[type[Any], str]] = {
    stations.StationList: "console.stations",
    stations.RegisterStation: "console.register-station",
    stations.RegisterConfirm: "console.register-confirm",
    stations.StationPage: "console.station",
    stations.ApproveConfirm: "console.approve-confirm",
    stations.AskingCode: "console.asking-code",
    stations.CodeShown: "console.code-shown",
    stations.StationChange: "console.station-change",
    stations.CancelConfirm: "console.cancel-confirm",
    stations.NoteForm: "console.note",
    stations.Downloading: "console.downloading",
    stations.Downloaded: "console.downloaded",
    users.CardMenu: "console.cards",
    users.UserList: "console.users",
    users.InsertStart: "console.insert-start",
    users.InsertForm: "console.insert-form",
    users.InsertConfirm: "console.insert-confirm",
    users.UserPage: "console.user",
    users.ChangeForm: "console.change-form",
    users.ChangeConfirm: "console.change-confirm",
    users.ActionConfirm: "console.action-confirm",
    users.DailyConfirm: "console.daily-confirm",
    users.DailyShown: "console.daily-shown",
    users.OfficerConfirm: "console.officer-confirm",
    outcomes.Recording: "console.recording",
    outcomes.NotRecorded: "console.not-recorded",
    outcomes.Sent: "console.sent",
    outcomes.SentList: "console.sent-list",
}
"""Machine names; prefixes of catalogue keys."""
