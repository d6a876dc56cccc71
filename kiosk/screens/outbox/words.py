"""Words and signs of entries, for the list and for the page of one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kiosk.flows import italian_time
from kiosk.flows.outbox.views import EntryState, EntryView
from kiosk.screens.clerk.numbers import grouped
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Paint

STATE_ICONS: Final = {
    EntryState.WAITING_NETWORK: Icon.EXCHANGE_CIRCLE,
    EntryState.WAITING_HUB: Icon.CLOCK,
    EntryState.WAITING_RETRY: Icon.CLOCK,
    EntryState.IN_FLIGHT: Icon.UPLOAD,
    EntryState.ACCEPTED: Icon.CHECK_CIRCLE,
    EntryState.REFUSED: Icon.FLAG,
    EntryState.QUARANTINED: Icon.WARNING_CIRCLE,
    EntryState.CLOSED: Icon.CHECK_CIRCLE,
}


def paint_of(ui: Context, entry: EntryView) -> Paint:
    """The colour of an entry's state; its sign says the same."""
    palette = ui.theme.palette
    match entry.state:
        case EntryState.REFUSED | EntryState.QUARANTINED:
            return palette.error if entry.is_open else palette.warning
        case EntryState.ACCEPTED | EntryState.CLOSED:
            return palette.success
        case _:
            return palette.badge


def number_words(ui: Context, entry: EntryView) -> str:
    """Its registration number; else its place in the station's journal."""
    return grouped(entry.number) if entry.number else ui.words("outbox.place", n=entry.seq)


def moment_words(moment: datetime) -> str:
    """Day and time in Italy."""
    when = italian_time.in_italy(moment)
    return f"{when:%d/%m/%Y %H:%M}"
