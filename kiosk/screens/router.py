"""One screen per state: draws a session, keeps the screen that is already up where it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from kivy.uix.floatlayout import FloatLayout

from kiosk.flows.events import Event
from kiosk.flows.session import Session
from kiosk.strings.catalogue import Catalogue


class Router:
    """Draws sessions into `root`."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        catalogues: Mapping[str, Catalogue],
        now: Callable[[], datetime],
    ) -> None:
        self._emit = emit
        self._catalogues = catalogues
        self._now = now
        self.root = FloatLayout()

    def draw(self, session: Session) -> None:
        """Show the screen of the session's state."""
