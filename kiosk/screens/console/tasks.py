"""What may be begun on a station or a user: sign and key, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import UserTask
from kiosk.screens.fonts.glyphs import Icon

STATION_TASKS: Final[Mapping[StationTask, tuple[Icon, str]]] = {
    StationTask.APPROVE: (Icon.CHECK_CIRCLE, "f3"),
    StationTask.CODE: (Icon.KEY, "f4"),
    StationTask.NEW_TOKEN: (Icon.RESTORE, "f6"),
    StationTask.DOWNLOAD: (Icon.DOWNLOAD, "f7"),
    StationTask.NOTE: (Icon.NOTE, "f8"),
    StationTask.BLOCK: (Icon.LOCKED, "f9"),
    StationTask.UNBLOCK: (Icon.UNLOCKED, "f9"),
    StationTask.CANCEL: (Icon.DELETE, "f11"),
}
"""Icon and key; F5 asks again. What cannot be taken back has the last key."""

USER_TASKS: Final[Mapping[UserTask, tuple[Icon, str]]] = {
    UserTask.CHANGE: (Icon.PENCIL, "f3"),
    UserTask.DAILY_PASSWORD: (Icon.KEY, "f4"),
    UserTask.HAND_OVER_CARD: (Icon.INBOX, "f6"),
    UserTask.REGISTER_CARD: (Icon.CARD, "f6"),
    UserTask.NEW_CARD: (Icon.CARD, "f6"),
    UserTask.REPLACE_CARD: (Icon.RESTORE, "f7"),
    UserTask.SEND_CODES: (Icon.MAIL, "f8"),
    UserTask.BLOCK: (Icon.LOCKED, "f9"),
    UserTask.UNBLOCK: (Icon.UNLOCKED, "f9"),
    UserTask.DELETE: (Icon.DELETE, "f11"),
    UserTask.MASTER_RECEIVED: (Icon.MAIL_OPEN, "f3"),
    UserTask.ACTIVATE_CARD: (Icon.KEY, "f4"),
    UserTask.ASK_REVOCATION: (Icon.BAN, "f7"),
    UserTask.ASK_EXTRA: (Icon.PLUS_CIRCLE, "f8"),
}
"""Likewise; those of the Security Officer stand on pages of their own."""
