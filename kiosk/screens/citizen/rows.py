"""What was given, row by row, each with its button to mend it."""

from __future__ import annotations

from kiosk.screens.citizen.message import MessageScreen


class RowsScreen(MessageScreen):
    """The review and the summary."""
