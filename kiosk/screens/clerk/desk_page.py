"""What all pages of a counter share: frame, focus, keys, and the list that a menu opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.flows.clerk.registering import Start
from kiosk.flows.clerk.states import Menu
from kiosk.flows.events import Back, ContrastToggled, Event, HelpOpened, TextSizeToggled
from kiosk.flows.office import Network
from kiosk.flows.page_texts import Action
from kiosk.flows.state import Session
from kiosk.flows.wording import can_go_back, wording
from kiosk.screens.clerk.cards import told
from kiosk.screens.clerk.standings import header_titles, standings, ways_out
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Screen, action_name
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.button import ButtonKind
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.frame import ActionBar, DeskHeader
from kiosk.screens.widgets.desk.look import MARGIN
from kiosk.screens.widgets.desk.menu import MenuBox
from kiosk.screens.widgets.desk.scroll import DeskScroll
from kiosk.screens.widgets.desk.stops import Stop, Stops
from kiosk.screens.widgets.follows import within
from kiosk.screens.widgets.layout import Column, Inset, Part, Row

MAIN_KEY: Final = "f2"
"""The key of the main button, on every page."""
_OTHER_KEYS: Final = tuple(f"f{number}" for number in range(3, 12))
"""Keys of the other buttons, in their order; F1 is help, F12 signs out."""


class DeskPage(Screen):
    """Header, title, body, the strip of actions with their keys.

    Attributes:
        scrolls: whether the body moves as a whole; a table moves its own rows.
        enter_is_main: whether Enter in a box does what the main button does; else it goes on to
            the next box.
        widest: of the body, in units; 0 for all there is.
    """

    scrolls: bool = True
    enter_is_main: bool = True
    widest: int = 0

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        super().__init__(ui, session)
        self.stops = Stops(self._focus_moved)
        self.header = DeskHeader(
            ui, header_titles(ui, session), standings(ui, session), now, ways_out(ui, session)
        )
        self._top = Part([self._heading()])
        self._scroll = DeskScroll(ui, [self._body]) if self.scrolls else None
        self._room: Part = self._scroll or _Grown([self._body()])
        self._bar = Part([self._action_bar()])
        self._popup: Part | None = None
        self._box: Part | None = None
        self._frame = Column([self.header, self._top, self._room, self._bar])
        self.fill([self._frame])
        self._laid = False

    # --- what a page has of its own

    def body(self, ui: Context) -> Part:  # noqa: ARG002  every page has its own
        """What stands between title and actions; called again where it changed.

        Every page has its own: the window's metaclass leaves no room for an abstract method.
        """
        raise TypeError(f"{type(self).__name__} draws no body")

    def seen(self, session: Session) -> object:
        """What of a session the page shows beside the header; where it stays, nothing is built."""
        return session.activity, session.notice, self.online(session)

    def first_stop(self) -> str:
        """Name of the part that has the focus when the page comes up.

        "" for the first of the body, or the main button where the body has none.
        """
        return ""

    def stop_left(self, stop: Stop) -> None:
        """The focus went away from `stop`."""

    def actions(self) -> Sequence[Action]:
        """The page's buttons, the main one last."""
        return wording(self.session).actions

    def aside(self, ui: Context) -> Part | None:  # noqa: ARG002  for pages that have one
        """What stands beside the title."""
        return None

    def show_problem(self) -> bool:
        """Whether what is wrong stands below the title; else the body says it."""
        return True

    def more_actions(self, ui: Context) -> Sequence[Part]:  # noqa: ARG002  for pages that have some
        """Buttons that the flow knows nothing of, at the left end of the actions."""
        return ()

    @staticmethod
    def online(session: Session) -> bool:
        """Whether nothing is to be said of a network; pages where work begins say what is without."""
        begins = isinstance(session.activity, Menu | Start)
        return not begins or session.network in {Network.ONLINE, Network.CONNECTING}

    def place_now(self) -> object:
        """Where the clerk is on the page, for when they come back to it; "" where they begin anew."""
        return ""

    def go_back_to(self, place: object) -> None:
        """Be there again, where it still is."""
        stop = self.stops.named(place) if isinstance(place, str) and place else None
        if stop is not None:
            self.stops.go(stop)

    # --- drawing

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The frame, and what lies over it."""
        self._frame.place(left, bottom, width, height)
        if not self._laid:
            self._laid = True
            self.gather()
            self._begin()
        self._place_popup()

    def update(self, session: Session) -> None:
        """Draw what changed."""
        before = self.session
        super().update(session)
        self.header.show_standings(standings(self.ui, session))
        if self.seen(before) != self.seen(session):
            self.follow(before)

    def follow(self, before: Session) -> None:  # noqa: ARG002  for pages that can do with less
        """The session is another one than `before`: build anew, and keep focus and place."""
        self.rebuild()

    def rebuild(self) -> None:
        """Title, body and actions anew; a list that is open stays open."""
        box = self._box
        sought = box.sought if isinstance(box, MenuBox) else None
        if self._popup is not None:
            self.close(self._popup)
        self._top.fill([self._heading()])
        self._bar.fill([self._action_bar()])
        if self._scroll is None:
            self._room.fill([self._body()])
        if self.width > 0:
            self._frame.settle()
        if self._scroll is not None:
            self._scroll.rebuild()
        self.gather()
        at = self.stops.at
        if sought is not None and isinstance(at, MenuBox) and at.name == getattr(box, "name", ""):
            at.go_on(sought)

    def gather(self) -> None:
        """Who can have the focus now."""
        self.stops.gather([self._room, self._bar, self.header])

    def show_time(self, now: datetime) -> None:
        """The clock in the header."""
        self.header.show_time(now)

    def _begin(self) -> None:
        wanted = self.first_stop()
        stop = self.stops.named(wanted) if wanted else None
        if stop is None:
            first = next(iter(self.stops), None)
            here = first is not None and _is_within(first, self._room)
            stop = first if here else self._main_button() or first
        self.stops.go(stop)

    def _main_button(self) -> Stop | None:
        return next(
            (one for one in self.stops if isinstance(one, DeskButton) and one.key == MAIN_KEY), None
        )

    def _body(self) -> Part:
        ui = self.ui
        body = Inset(_Bounded(self.body(ui), ui.px(self.widest)), (ui.px(MARGIN), ui.px(6)))
        body.grows = True
        return body

    def _heading(self) -> Part:
        """Title, explanation, what is wrong, what did not work."""
        ui, session = self.ui, self.session
        palette = ui.theme.palette
        said = wording(session)
        title: Part = ui.text(ui.say(said.title), DeskSize.TITLE, palette.page_link.ink, Font.TITLE)
        aside = self.aside(ui)
        if aside is not None:
            title.grows, aside.rigid = True, True
            title = Row([title, aside], gap=ui.px(20))
        lines: list[Part] = [title]
        lines += [
            ui.text(ui.say(line), DeskSize.BODY, palette.page_soft.ink) for line in self.lead()
        ]
        if said.problem is not None and self.show_problem():
            lines.append(told(ui, ui.say(said.problem), palette.error, Icon.WARNING_CIRCLE))
        if not self.online(session):
            lines.append(told(ui, ui.words("desk.offline"), palette.warning, Icon.EXCHANGE_CIRCLE))
        if session.notice is not None:
            words = ui.words(f"failure.{session.notice}.clerk")
            lines.append(told(ui, words, palette.warning, Icon.INFO_CIRCLE))
        return Inset(Column(lines, gap=ui.px(4)), (ui.px(MARGIN), ui.px(8)))

    def lead(self) -> Sequence[Any]:
        """The lines below the title."""
        return wording(self.session).body

    def _action_bar(self) -> Part:
        ui = self.ui
        left: list[Part] = []
        ways_back = [one for one in self.actions() if isinstance(one.event, Back)]
        if can_go_back(self.session) and not ways_back:
            left.append(
                DeskButton(
                    ui,
                    "back",
                    ui.words("button.back"),
                    lambda: self.emit(Back()),
                    icon=Icon.ARROW_LEFT,
                    key="escape",
                )
            )
        left.append(
            DeskButton(
                ui,
                "help",
                ui.words("desk.help"),
                lambda: self.emit(HelpOpened()),
                icon=Icon.HELP_CIRCLE,
                key="f1",
            )
        )
        left += self._comfort(ui)
        keys = iter(_OTHER_KEYS)
        right: list[Part] = list(self.more_actions(ui))
        right += [
            DeskButton(
                ui,
                action_name(one.event),
                ui.say(one.label),
                lambda event=one.event: self.emit(event),  # type: ignore[misc]
                kind=ButtonKind.PRIMARY if one.main else ButtonKind.SECONDARY,
                key=_key_of(one, keys),
            )
            for one in self.actions()
        ]
        return ActionBar(ui, left, right)

    def _comfort(self, ui: Context) -> list[Part]:
        """Read larger, see better: for the mouse, so that Tab has less to pass."""
        session = self.session
        signs = (
            ("text-size", TextSizeToggled(), Icon.ZOOM_IN, session.large_text),
            ("contrast", ContrastToggled(), Icon.EYE, session.high_contrast),
        )
        return [
            DeskButton(
                ui,
                name,
                "",
                lambda event=event: self.emit(event),  # type: ignore[misc]
                kind=ButtonKind.CHOSEN if on else ButtonKind.SECONDARY,
                icon=icon,
                stop=False,
            )
            for name, event, icon, on in signs
        ]

    # --- the list of a menu

    def open(self, box: Part, popup: Part) -> None:
        """Lay `popup` below `box`; see `Popups`."""
        self._box, self._popup = box, popup
        self.fill([self._frame, popup])
        self._place_popup()

    def close(self, popup: Part) -> None:
        """Take it away."""
        if popup is self._popup:
            self._box = self._popup = None
            self.fill([self._frame])

    def _place_popup(self) -> None:
        box, popup = self._box, self._popup
        if box is None or popup is None or self.width <= 0:
            return
        wide = min(int(self.width), max(int(box.width), popup.natural_width()))
        high = popup.height_at(wide)
        left = max(0, min(int(box.x), int(self.width) - wide))
        below = int(box.y) - high
        popup.place(left, below if below >= 0 else int(box.top), wide, high)

    # --- keys

    def emit(self, event: Event) -> None:
        """Tell the flow; what stands in the box with the focus is told first."""
        if self.stops.at is not None:
            self.stop_left(self.stops.at)
        self.ui.emit(event)

    def write(self, piece: str) -> None:
        """Letters go to who has the focus."""
        if self.stops.at is not None:
            self._in_sight()
            self.stops.at.write(piece)

    def erase(self) -> None:
        """A real keyboard's backspace."""
        self.press("backspace")

    def enter(self) -> None:
        """A real keyboard's enter key."""
        self.press("enter")

    def press(self, key: str) -> None:
        """Who has the focus first, then the page."""
        at = self.stops.at
        if at is not None and at.press(key):
            return
        if key in {"tab", "down"}:
            self.stops.move(1)
        elif key in {"shift-tab", "up"}:
            self.stops.move(-1)
        elif key == "enter":
            self._entered()
        elif key == "ctrl-enter":
            self._press_button(MAIN_KEY)
        elif key in {"pageup", "pagedown"} and self._scroll is not None:
            self._scroll.move(-0.8 if key == "pageup" else 0.8)
        else:
            self._press_button(key)

    def _entered(self) -> None:
        if self.enter_is_main:
            self._press_button(MAIN_KEY)
        else:
            self.stops.move(1)

    def _press_button(self, key: str) -> None:
        for root in (self._room, self._bar, self.header):
            for part in within(root):
                if isinstance(part, DeskButton) and part.key == key:
                    part.act()
                    return

    def _focus_moved(self, before: Stop | None, after: Stop | None) -> None:
        if before is not None:
            self.stop_left(before)
        if after is not None:
            self._in_sight()

    def _in_sight(self) -> None:
        at = self.stops.at
        if self._scroll is not None and at is not None and _is_within(at, self._scroll):
            self._scroll.reveal(at)

    def on_touch_down(self, touch: Any) -> bool:
        """A touch beside an open list closes it."""
        popup = self._popup
        if popup is not None:
            if popup.collide_point(*touch.pos):
                return bool(popup.on_touch_down(touch))
            if touch.is_mouse_scrolling:
                return True
            if self._box is not None and not self._box.collide_point(*touch.pos):
                self.press("escape")
        return bool(super().on_touch_down(touch))


def _key_of(action: Action, others: Iterator[str]) -> str:
    if isinstance(action.event, Back):
        return "escape"
    return MAIN_KEY if action.main else next(others, "")


class _Grown(Part):
    """A body that takes all the room there is."""

    grows = True


class _Bounded(Part):
    """A body no wider than it should be for the eye, below its title."""

    def __init__(self, part: Part, widest: int) -> None:
        super().__init__([part])
        self._widest = widest
        self.grows = True

    def height_at(self, width: int) -> int:
        return super().height_at(min(width, self._widest or width))

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        super().arrange(left, bottom, min(width, self._widest or width), height)


def _is_within(part: Part, room: Part) -> bool:
    above = part.parent
    while isinstance(above, Part):
        if above is room:
            return True
        above = above.parent
    return False
