"""Where a clerk begins: the menu by right, and the choice of an operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kiosk.flows.clerk.events import MenuChosen, MenuEntry, OperationChosen
from kiosk.flows.clerk.managing import ChooseOperation
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.stops import Ring, Stop
from kiosk.screens.widgets.layout import Column, Part, Row
from kiosk.screens.widgets.surface import Touchable
from kiosk.screens.widgets.text import IconText, Text
from sync.model.credential import OperationKind

_ICONS = {
    MenuEntry.REGISTRATION: Icon.USER,
    MenuEntry.MANAGEMENT: Icon.SEARCH,
    MenuEntry.FSE: Icon.SHARE,
    MenuEntry.RESIDENCE: Icon.MAP_MARKER,
    MenuEntry.DISPUTES: Icon.FLAG,
    MenuEntry.USERS: Icon.LIST,
    MenuEntry.CARDS: Icon.CARD,
    MenuEntry.STATIONS: Icon.PRESENTATION,
    MenuEntry.DEVICES: Icon.TOOL,
    MenuEntry.OUTBOX: Icon.UPLOAD,
}
_OPERATION_ICONS = {
    OperationKind.RISCONTRO_FORTE: Icon.CHECK_CIRCLE,
    OperationKind.PROMOZIONE: Icon.ARROW_UP,
    OperationKind.RESET: Icon.RESTORE,
    OperationKind.RIGENERA_PIN: Icon.KEY,
    OperationKind.REVOCA: Icon.BAN,
}


class ListEntry(Touchable, Stop):
    """One way to go: its digit, its sign, its name, what it is for."""

    def __init__(
        self,
        ui: Context,
        name: str,
        texts: tuple[str, str],
        icon: Icon,
        act: Callable[[], None],
        *,
        digit: int,
        count: int = 0,
    ) -> None:
        palette = ui.theme.palette
        super().__init__(
            name,
            act,
            (palette.card, palette.secondary_pressed),
            radius=ui.px(8),
            border=ui.px(1),
        )
        self.digit = str(digit)
        title = ui.text(texts[0], DeskSize.HEADING, palette.card_link.ink, Font.TITLE)
        words = Column([title])
        if texts[1]:
            words.fill([title, ui.text(texts[1], DeskSize.BODY, palette.card_soft.ink)])
        words.grows = True
        number = ui.text(self.digit, DeskSize.HEADING, palette.card_soft.ink, Font.STRONG)
        number.rigid = True
        parts: list[Part] = [number, IconText(icon, ui.px(30), palette.card_link.ink), words]
        if count:
            said = ui.text(str(count), DeskSize.HEADING, palette.warning.ink, Font.TITLE)
            said.rigid = True
            parts.append(said)
        parts.append(IconText(Icon.CHEVRON_RIGHT, ui.px(22), palette.card_link.ink))
        self._inked = [part for part in parts if isinstance(part, Text)] + [title]
        self.fill([Row(parts, gap=ui.px(18), padding=(ui.px(20), ui.px(12)))])
        self._ring = Ring(ui, self)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Content, and the ring where it belongs."""
        super().arrange(left, bottom, width, height)
        self._ring.show(shown=self.focused)

    def focus(self, *, focused: bool) -> None:
        """A ring around it."""
        super().focus(focused=focused)
        self._ring.show(shown=focused)

    def press(self, key: str) -> bool:
        """Enter goes there."""
        if key == "enter":
            self.act()
            return True
        return False


class ListPage(DeskPage):
    """Ways to go, one below the other; a digit goes straight there."""

    widest = 760

    def write(self, piece: str) -> None:
        """The digit of an entry."""
        for stop in self.stops:
            if isinstance(stop, ListEntry) and stop.digit == piece:
                stop.act()
                return


class MenuPage(ListPage):
    """What the operator's rights give (R-003-55)."""

    def seen(self, session: Session) -> object:
        """How many disputes wait stands beside their entry; what is wrong with the station above."""
        return super().seen(session), _counts(session), wording(session).body

    def lead(self) -> Sequence[Any]:
        """What the page is for; warnings stand in the body."""
        return wording(self.session).body[:1]

    def actions(self) -> Sequence[Any]:
        """They stand in the body."""
        return ()

    def body(self, ui: Context) -> Part:
        """What somebody must look after, and an entry for each way to go."""
        paint = ui.theme.palette.warning
        rows: list[Part] = [
            told(ui, ui.say(line), paint, Icon.WARNING_CIRCLE)
            for line in wording(self.session).body[1:]
        ]
        counts = _counts(self.session)
        for digit, one in enumerate(wording(self.session).actions, 1):
            if not isinstance(one.event, MenuChosen):
                continue
            entry = one.event.entry
            rows.append(
                ListEntry(
                    ui,
                    f"menu.{entry.value}",
                    (ui.say(one.label), ui.words(f"desk.menu.{entry.value}")),
                    _ICONS[entry],
                    lambda event=one.event: self.ui.emit(event),  # type: ignore[misc]
                    digit=digit,
                    count=counts.get(entry, 0),
                )
            )
        return Column(rows, gap=ui.px(10))


def _counts(session: Session) -> dict[MenuEntry, int]:
    """How many wait for somebody, beside the entry that leads to them."""
    desk = session.desk
    if desk is None:
        return {}
    return {MenuEntry.DISPUTES: desk.mirror.disputes, MenuEntry.OUTBOX: desk.outbox.to_decide}


class ChooseOperationPage(ListPage):
    """Only what state and strength allow (R-003-21)."""

    def body(self, ui: Context) -> Part:
        """An entry for each operation, with what it is for."""
        page = self.session.activity
        if not isinstance(page, ChooseOperation):
            raise TypeError(type(page).__name__)
        return Column(
            [
                ListEntry(
                    ui,
                    f"operation.{kind.value}",
                    (ui.words(f"operation.{kind.value}"), ui.words(f"desk.operation.{kind.value}")),
                    _OPERATION_ICONS[kind],
                    lambda kind=kind: self.ui.emit(OperationChosen(kind)),  # type: ignore[misc]
                    digit=digit,
                )
                for digit, kind in enumerate(page.kinds, 1)
            ],
            gap=ui.px(10),
        )
