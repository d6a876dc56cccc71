"""What may be begun on a registration: its sign and its key, the same on every page."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.events import CaseAction
from kiosk.screens.fonts.glyphs import Icon

ACTION_KEYS: Final = {
    CaseAction.DETAIL: "f4",
    CaseAction.EDIT: "f5",
    CaseAction.BOOK: "f6",
    CaseAction.RENEW_CODE: "f7",
    CaseAction.CHANGE_DELEGATION: "f8",
    CaseAction.TELL_USERNAME: "f9",
    CaseAction.CHANGE_RESIDENCE: "f11",
}
ACTION_ICONS: Final = {
    CaseAction.DETAIL: Icon.EYE,
    CaseAction.EDIT: Icon.PENCIL,
    CaseAction.BOOK: Icon.CALENDAR,
    CaseAction.RENEW_CODE: Icon.REFRESH,
    CaseAction.CHANGE_DELEGATION: Icon.USER,
    CaseAction.TELL_USERNAME: Icon.COMMENT,
    CaseAction.CHANGE_RESIDENCE: Icon.MAP_MARKER,
}
