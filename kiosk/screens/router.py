"""Draws sessions: keeps the screen that is already up where it can, and guards its touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any

from kivy.clock import Clock

from kiosk.flows.citizen.identity_check import TypePin
from kiosk.flows.citizen.procedure import SecretPage
from kiosk.flows.clerk.events import FieldLeft, FieldTyped
from kiosk.flows.clerk.states import Menu
from kiosk.flows.console import events as console_events
from kiosk.flows.events import DatePartFocused, Event, ScreenTouched, TextChanged
from kiosk.flows.home_events import SecretTyped
from kiosk.flows.installer.events import CodeTyped
from kiosk.flows.italian_time import in_italy
from kiosk.flows.state import Session
from kiosk.screens.banner import SoftwareKeyBanner
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.signing_in import is_secret
from kiosk.screens.context import Context, Previews
from kiosk.screens.drawn_states import is_at_desk, lasting, screen_for
from kiosk.screens.overlay import Dialogue, IdleDialogue, overlay_for
from kiosk.screens.screen import Page, Screen
from kiosk.screens.theme import desk_theme_for, theme_for
from kiosk.screens.widgets.layout import Part
from kiosk.strings.catalogue import Catalogue

_UNREAD_SECONDS = 0.35
_REPEATED_TOUCH_UNITS = 60
_TOUCH_TOLD_EVERY_SECONDS = 1.0
_FLOW_ANSWERS_WITHIN_SECONDS = 1.5
_LONGEST_PRESS_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.03
_QUIET = (
    TextChanged
    | SecretTyped
    | CodeTyped
    | ScreenTouched
    | DatePartFocused
    | FieldTyped
    | FieldLeft
    | console_events.FieldTyped
    | console_events.OptionToggled
)
"""What the page goes on with at once, without the flow's answer."""


class Root(Part):
    """The whole window: a screen, what lies over it, and a strip above both that nothing covers.

    A trembling finger touches twice. When the first touch brought another screen, a second one at
    the same place, before anybody can have read that screen, would press it unread: it is dropped.
    """

    def __init__(self, touched: Callable[[], None]) -> None:
        super().__init__()
        self._touched = touched
        self._lifted = (0.0, (0.0, 0.0))
        self._down_since: float | None = None
        self.changed_at = 0.0
        self.near = 0
        self.strip: Part | None = None

    @property
    def room(self) -> tuple[int, int]:
        """Width and height that the strip leaves, pixels."""
        width, height = int(self.width), int(self.height)
        return width, height - (self.strip.height_at(width) if self.strip is not None else 0)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The strip at the upper edge; all else below it."""
        _width, below = self.room
        for part in self.parts:
            if part is self.strip:
                part.place(left, bottom + below, width, height - below)
            else:
                part.place(left, bottom, width, below)

    @property
    def pressed(self) -> bool:
        """Whether a finger is down; one that seems to stay for ever does not count."""
        since = self._down_since
        return since is not None and monotonic() - since < _LONGEST_PRESS_SECONDS

    def on_touch_down(self, touch: Any) -> bool:
        """Tell that somebody is there; pass the touch on, unless it is a repeated one."""
        self._touched()
        self._down_since = monotonic()
        lifted_at, (x, y) = self._lifted
        unread = monotonic() - self.changed_at < _UNREAD_SECONDS
        if unread and self.changed_at >= lifted_at and touch.distance(_At(x, y)) < self.near:
            return True
        return bool(super().on_touch_down(touch))

    def on_touch_up(self, touch: Any) -> bool:
        """Remember where and when the finger left."""
        self._lifted = (monotonic(), touch.pos)
        self._down_since = None
        return bool(super().on_touch_up(touch))


class _At:
    """A place, as `MotionEvent.distance` wants it."""

    def __init__(self, x: float, y: float) -> None:
        self.pos = (x, y)


class Router:
    """Draws sessions into `root`.

    Args:
        emit: takes what the person did.
        catalogues: one for each language of the office.
        now: the wall clock; shown is what it is in Italy then.
        previews: what live sources see.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        catalogues: Mapping[str, Catalogue],
        now: Callable[[], datetime],
        previews: Previews | None = None,
    ) -> None:
        self._previews = previews or Previews()
        self._outside = emit
        self._unanswered_since = 0.0
        self._catalogues = catalogues
        self._now: Callable[[], datetime] = lambda: in_italy(now())
        self._told_at = 0.0
        self._offsets: dict[str, int] = {}
        self._desks: dict[str, object] = {}
        self._waiting: Session | None = None
        self.session: Session | None = None
        self.screen: Screen | None = None
        self.overlay: Dialogue | None = None
        self.root = Root(self._somebody_is_there)

    def draw(self, session: Session) -> None:
        """Show the screen of the session's state.

        Another screen waits until the finger is lifted: what it presses must not vanish below it.
        """
        before = self.session
        if before is not None and self.root.pressed and lasting(before) != lasting(session):
            if self._waiting is None:
                Clock.schedule_once(self._draw_waiting, _LOOK_AGAIN_SECONDS)
            self._waiting = session
            return
        self._waiting = None
        self._unanswered_since = 0.0
        self.session = session
        if before is None or before.id != session.id:
            self._offsets.clear()
            self._desks.clear()
        if before is None or _strip_of(before) != _strip_of(session):
            self.root.strip = self._strip(session)
        ui = self._context(session, self.root.room)
        if self.screen is None or before is None or lasting(before) != lasting(session):
            if before is not None and before.id == session.id:
                self._remember_offset()
            if isinstance(session.activity, Menu):
                self._desks.clear()  # what begins there is another piece of work
            before_screen, self.screen = self.screen, screen_for(ui, session, self._now())
            if before_screen is not None:
                self.screen.take_over(before_screen)
            self._lay(overlay_for(ui, session))
            self._restore_offset()
            self.root.changed_at = monotonic()
            self.root.near = ui.px(_REPEATED_TOUCH_UNITS)
            return
        self.screen.update(session)
        if _over(before) != _over(session):
            self._lay(overlay_for(ui, session))
            self.root.changed_at = monotonic()
        elif isinstance(self.overlay, IdleDialogue):
            self.overlay.count_down(session)

    def _draw_waiting(self, _seconds: float) -> None:
        session, self._waiting = self._waiting, None
        if session is not None:
            self.draw(session)

    def resize(self, width: int, height: int) -> None:
        """Another window: everything is built anew for its size."""
        self.root.place(0, 0, width, height)
        session, self.session = self.session, None
        if session is not None:
            self.draw(session)

    def tick(self) -> None:
        """The wall clock may show another minute."""
        if self.screen is not None:
            self.screen.show_time(self._now())

    @property
    def secret(self) -> bool:
        """Whether a PIN is being typed, which no hand scanner may do."""
        session = self.session
        return session is not None and (
            isinstance(session.activity, TypePin | SecretPage) or is_secret(session)
        )

    def typed(self, piece: str) -> None:
        """A real keyboard wrote; nothing happens below a dialogue."""
        self._somebody_is_there()
        if self.screen is not None and self.overlay is None:
            self.screen.write(piece)

    def erased(self) -> None:
        """A real keyboard's backspace."""
        if self.screen is not None and self.overlay is None:
            self.screen.erase()

    def entered(self) -> None:
        """A real keyboard's enter key."""
        if self.overlay is not None:
            self.overlay.press("enter")
        elif self.screen is not None:
            self.screen.enter()

    def pressed(self, name: str) -> None:
        """Another key without a letter."""
        self._somebody_is_there()
        if self.overlay is not None:
            self.overlay.press(name)
        elif self.screen is not None:
            self.screen.press(name)

    def _emit(self, event: Event) -> None:
        """Tell the flow; a page is answered once, until the flow has shown what comes of it."""
        if not isinstance(event, _QUIET):
            now = monotonic()
            if now - self._unanswered_since < _FLOW_ANSWERS_WITHIN_SECONDS:
                return
            self._unanswered_since = now
        self._outside(event)

    def _context(self, session: Session, size: tuple[int, int]) -> Context:
        make = desk_theme_for if is_at_desk(session) else theme_for
        theme = make(*size, large=session.large_text, high_contrast=session.high_contrast)
        return Context(theme, self._catalogues[session.language], self._emit, self._previews)

    def _strip(self, session: Session) -> Part | None:
        if not session.office.software_key:
            return None
        ui = self._context(session, (int(self.root.width), int(self.root.height)))
        return SoftwareKeyBanner(ui, desk=is_at_desk(session))

    def _lay(self, overlay: Dialogue | None) -> None:
        self.overlay = overlay
        # Kivy hands touches to what was added last first.
        laid = (self.screen, overlay, self.root.strip)
        self.root.fill([part for part in laid if part is not None])
        self.root.settle()

    def _remember_offset(self) -> None:
        if isinstance(self.screen, Page):
            self._offsets[self.screen.name] = self.screen.scroll.offset
        elif isinstance(self.screen, DeskPage):
            self._desks[self.screen.name] = self.screen.place_now()

    def _restore_offset(self) -> None:
        if isinstance(self.screen, Page) and self._offsets.get(self.screen.name):
            self.screen.scroll.offset = self._offsets[self.screen.name]
        elif isinstance(self.screen, DeskPage) and self.screen.name in self._desks:
            self.screen.go_back_to(self._desks[self.screen.name])

    def _somebody_is_there(self) -> None:
        now = monotonic()
        # While the warning is up its own answer tells; else it would vanish below the finger.
        if isinstance(self.overlay, IdleDialogue):
            return
        if now - self._told_at >= _TOUCH_TOLD_EVERY_SECONDS:
            self._told_at = now
            self._emit(ScreenTouched())


def _strip_of(session: Session) -> object:
    """What of a session the strip above its pages depends on."""
    comfort = session.language, session.large_text, session.high_contrast
    return session.office.software_key, is_at_desk(session), comfort


def _over(session: Session) -> object:
    return session.idle.warning, session.help_open, session.overlay
