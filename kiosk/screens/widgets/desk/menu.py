"""A menu that is typed into: the first letters find the entry, arrows walk, Enter or Tab takes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.look import LEAST_TARGET
from kiosk.screens.widgets.desk.text_box import AT_REST, BoxState, TextBox
from kiosk.screens.widgets.layout import Part
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText

MOST_SHOWN = 8
"""Entries that the list shows at once."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry; `value` is what the flow knows it by."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody is doing in an open list.

    Attributes:
        text: what was typed to find an entry; None where nothing was.
        marked: value of the entry that Enter takes; None for none.
    """

    text: str | None = field(repr=False)
    marked: str | None = field(repr=False)


class Popups(Protocol):
    """Who lays a list over the page."""

    def open(self, box: Part, popup: Part) -> None:
        """Lay `popup` below `box`, or above it where there is no room."""
        ...

    def close(self, popup: Part) -> None:
        """Take it away."""
        ...


def folded(text: str) -> str:
    """`text` without accents, signs and case: how people look for it."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[a-z0-9]+", kept))


def found(entries: Sequence[MenuEntry], text: str) -> list[MenuEntry]:
    """The entries that `text` may mean, the likeliest first; all of them for no text.

    The value itself comes first (`TO` is Torino before it is Tortona), then a whole word, the
    beginning of the label, the beginning of another word.
    """
    sought = folded(text)
    if not sought:
        return list(entries)
    ranked: list[tuple[int, int, MenuEntry]] = []
    for place, entry in enumerate(entries):
        label = f" {folded(entry.label)} "
        if folded(entry.value) == sought:
            ranked.append((0, place, entry))
        elif f" {sought} " in label:
            ranked.append((0 if len(label) == len(sought) + 2 else 1, place, entry))
        elif label.startswith(f" {sought}"):
            ranked.append((2, place, entry))
        elif f" {sought}" in label:
            ranked.append((3, place, entry))
    return [entry for _rank, _place, entry in sorted(ranked, key=lambda one: one[:2])]


class MenuBox(TextBox):
    """A box with a list below it while it is open.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        popups: lays the list over the page.
        entries: all of them, or those that a search has found.
        chosen: label of the entry that is chosen, "" for none.
        choose: takes the value of the entry that is taken.
        typed: where the flow searches, takes what is typed; None where `entries` are all there are.
        state: how it looks.
    """

    def __init__(  # noqa: PLR0913  a field has as many sides
        self,
        ui: Context,
        name: str,
        popups: Popups,
        entries: Sequence[MenuEntry],
        chosen: str,
        choose: Callable[[str], None],
        *,
        typed: Callable[[str], None] | None = None,
        hint: str = "",
        state: BoxState = AT_REST,
    ) -> None:
        super().__init__(ui, name, DeskLine(chosen), self._sought, hint=hint, state=state)
        self._popups = popups
        self._entries = tuple(entries)
        self._chosen = chosen
        self._choose = choose
        self._searched = typed
        self._listed: MenuList | None = None
        self._is_sought = False
        self._arrow = IconText(Icon.ARROW_DOWN, ui.px(18), ui.theme.palette.field.ink)
        self._arrow.name = ""
        self.fill([*self.parts, self._arrow])

    @property
    def opened(self) -> bool:
        """Whether the list is up."""
        return self._listed is not None

    @property
    def sought(self) -> Sought | None:
        """What somebody is doing in the list; None while it is closed."""
        if self._listed is None:
            return None
        entry = self._listed.marked
        text = self.line.text if self._is_sought else None
        return Sought(text, entry.value if entry is not None else None)

    def go_on(self, sought: Sought) -> None:
        """The list is up again, in a box made anew, as it was in the one before."""
        if sought.text is not None:
            self._is_sought = True
            line = self.desk_line
            line.text, line.caret, line.selected = sought.text, len(sought.text), False
            self.draw()
        self._open(sought.marked)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The text, and the sign that says that there is a list."""
        super().arrange(left, bottom, width, height)
        side = self._ui.px(18)
        inset = self._ui.px(self.look.inset)
        room = max(1, width - 2 * inset - side)
        self.shown.place(left + inset, bottom, room, height)
        away = self._ui.px(4)
        self._placeholder.place(left + inset + away, bottom, max(1, room - away), height)
        self._arrow.place(left + width - side - inset // 2, bottom, side, height)
        self.draw()

    def focus(self, *, focused: bool) -> None:
        """Who leaves takes what is marked, if something was typed; else all stays as it was."""
        if not focused and self.focused:
            if self._is_sought and self._listed is not None and self._listed.marked is not None:
                self._take(self._listed.marked)
            self._restore()
            self._close()
        super().focus(focused=focused)

    def press(self, key: str) -> bool:
        """The list's keys, then the box's."""
        if key in {"down", "up", "alt-down"}:
            if self._listed is None:
                self._open()
            else:
                self._listed.mark(1 if key == "down" else -1)
            return True
        if self._listed is not None and key in {"pagedown", "pageup"}:
            self._listed.mark(MOST_SHOWN if key == "pagedown" else -MOST_SHOWN)
            return True
        if self._listed is not None and key == "enter" and self._listed.marked is not None:
            self._take(self._listed.marked)
            return True
        if key == "escape" and self._listed is not None:
            self._restore()
            self._close()
            return True
        return super().press(key)

    def on_touch_down(self, touch: Any) -> bool:
        """A touch opens the list, or closes it."""
        if not self.collide_point(*touch.pos) or touch.is_mouse_scrolling:
            return False
        was_open = self.opened
        self.want_focus()
        self.desk_line.select()
        if was_open:
            self._close()
        else:
            self._open()
        self.draw()
        return True

    def _sought(self, text: str) -> None:
        self._is_sought = True
        if self._searched is not None:
            self._searched(text)
        self._open()

    def _open(self, value: str | None = None) -> None:
        text = self.line.text if self._is_sought else ""
        entries = self._entries if self._searched is not None else found(self._entries, text)
        if self._listed is not None:
            self._popups.close(self._listed)
        marked = 0
        if not self._is_sought:
            labels = [entry.label for entry in entries]
            marked = labels.index(self._chosen) if self._chosen in labels else 0
        values = [entry.value for entry in entries]
        marked = values.index(value) if value in values else marked
        self._listed = MenuList(self._ui, self.name, entries, marked, self._take)
        self._popups.open(self, self._listed)

    def _close(self) -> None:
        if self._listed is not None:
            self._popups.close(self._listed)
            self._listed = None

    def _take(self, entry: MenuEntry) -> None:
        self._chosen = entry.label
        self._restore()
        self.desk_line.select()
        self._close()
        self.draw()
        self._choose(entry.value)

    def _restore(self) -> None:
        self._is_sought = False
        line = self.desk_line
        line.text, line.caret, line.selected = self._chosen, len(self._chosen), False
        self.draw()


class MenuList(Surface):
    """The list below a box."""

    def __init__(
        self,
        ui: Context,
        name: str,
        entries: Sequence[MenuEntry],
        marked: int,
        take: Callable[[MenuEntry], None],
    ) -> None:
        palette = ui.theme.palette
        super().__init__(palette.card, radius=ui.px(6), border=ui.px(2), shadow=palette.shadow)
        self._ui = ui
        self._name = name
        self._entries = tuple(entries)
        self._take = take
        self._marked = marked
        self._first = max(0, min(marked - MOST_SHOWN // 2, len(self._entries) - MOST_SHOWN))
        self._show()

    @property
    def marked(self) -> MenuEntry | None:
        """The entry that Enter takes."""
        return self._entries[self._marked] if self._entries else None

    def mark(self, by: int) -> None:
        """Go on by so many entries."""
        if not self._entries:
            return
        self._marked = max(0, min(len(self._entries) - 1, self._marked + by))
        self._first = max(self._marked - MOST_SHOWN + 1, min(self._first, self._marked))
        self._show()
        self.settle()

    def natural_width(self) -> int:
        """The longest entry on show, or what says that there is none."""
        return super().natural_width() + self._ui.px(8)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """One row for each entry on show."""
        rows = max(1, min(MOST_SHOWN, len(self._entries)))
        return rows * self._row_high + 2 * self._ui.px(4)

    @property
    def _row_high(self) -> int:
        letters = self._ui.theme.letters(DeskSize.BODY)
        return max(self._ui.px(LEAST_TARGET), round(letters * 1.7))

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Row by row."""
        inset = self._ui.px(4)
        top = bottom + height - inset
        for part in self.parts:
            top -= self._row_high
            part.place(left + inset, top, width - 2 * inset, self._row_high)

    def _show(self) -> None:
        ui = self._ui
        shown = self._entries[self._first : self._first + MOST_SHOWN]
        rows: list[Part] = [
            _MenuRow(
                ui,
                f"{self._name}.{entry.value}",
                entry.label,
                lambda entry=entry: self._take(entry),  # type: ignore[misc]
                marked=self._first + place == self._marked,
            )
            for place, entry in enumerate(shown)
        ]
        if not rows:
            words = ui.words("desk.menu.none")
            none = ui.text(words, DeskSize.BODY, ui.theme.palette.card_soft.ink)
            rows = [_Indented(ui, none)]
        self.fill(rows)

    def on_touch_down(self, touch: Any) -> bool:
        """The wheel walks; nothing below the list is reached."""
        if not self.collide_point(*touch.pos):
            return False
        if touch.is_mouse_scrolling:
            self.mark(1 if touch.button == "scrollup" else -1)
            return True
        super().on_touch_down(touch)
        return True


class _Indented(Part):
    """A text with room at its left."""

    def __init__(self, ui: Context, part: Part) -> None:
        super().__init__([part])
        self._inset = ui.px(12)

    def natural_width(self) -> int:
        return super().natural_width() + 2 * self._inset

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        self.parts[0].place(left + self._inset, bottom, width - 2 * self._inset, height)


class _MenuRow(Touchable):
    """One entry of the list."""

    def __init__(
        self, ui: Context, name: str, words: str, act: Callable[[], None], *, marked: bool
    ) -> None:
        palette = ui.theme.palette
        paint = palette.primary if marked else palette.card
        super().__init__(name, act, (paint, palette.secondary_pressed), radius=ui.px(4))
        label = ui.text(words, DeskSize.BODY, paint.ink, Font.STRONG if marked else Font.TEXT)
        self.fill([_Indented(ui, label)])
