"""The text of a desk's field: a caret that goes both ways, and the whole of it selected."""

from __future__ import annotations

import unicodedata

from kiosk.screens.widgets.field import Line


class DeskLine(Line):
    """A line of text as people at desks know it.

    Attributes:
        selected: whether all of it is selected: the next letter takes its place.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.selected = False

    def select(self) -> None:
        """Select all of it."""
        self.selected = bool(self.text)
        self.caret = len(self.text)

    def insert(self, piece: str) -> None:
        """Put `piece` at the caret, or in the place of what is selected."""
        if self.selected:
            self.text, self.caret, self.selected = "", 0, False
        super().insert(piece)

    def erase(self) -> bool:
        """Take away what is selected, or the sign before the caret."""
        if self.selected:
            self.replace("")
            return True
        return super().erase()

    def delete(self) -> bool:
        """Take away what is selected, or the sign behind the caret."""
        if self.selected:
            return self.erase()
        end = self._behind()
        if end == self.caret:
            return False
        at = self.caret
        self.replace(self.text[:at] + self.text[end:])
        self.caret = at
        return True

    def replace(self, text: str) -> None:
        """Another text, typed here."""
        self.text, self.caret, self.selected = text, len(text), False
        self._told.append(text)

    def move(self, key: str) -> bool:
        """Move the caret: `left`, `right`, `home`, `end`; whether `key` is one of them."""
        if key not in {"left", "right", "home", "end"}:
            return False
        selected, self.selected = self.selected, False
        if key == "home" or (selected and key == "left"):
            self.caret = 0
        elif key == "end" or (selected and key == "right"):
            self.caret = len(self.text)
        elif key == "left":
            self.caret = self._before()
        else:
            self.caret = self._behind()
        return True

    def hear(self, text: str, *, answer: bool = False) -> bool:
        """The flow shows `text`; see `Line.hear`."""
        changed = super().hear(text, answer=answer)
        if changed:
            self.selected = False
        return changed

    def _before(self) -> int:
        at = self.caret
        while at > 0:
            at -= 1
            if not unicodedata.combining(self.text[at]):
                break
        return at

    def _behind(self) -> int:
        at = min(len(self.text), self.caret + 1)
        while at < len(self.text) and unicodedata.combining(self.text[at]):
            at += 1
        return at if self.caret < len(self.text) else self.caret
