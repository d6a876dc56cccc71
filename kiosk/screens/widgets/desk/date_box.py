"""A box for a date: digits are typed, the strokes between them come by themselves."""

from __future__ import annotations

from kiosk.screens.widgets.desk.text_box import TextBox

_STROKES = frozenset("/.- ")
_PLACES = (2, 4)
_DIGITS = 8


def written(text: str) -> str:
    """`text` as a date is written, as far as it goes: `193` as `19/3`, `1/2/1948` as `01/02/1948`.

    What is no digit parts the numbers; a day or month of one digit gets its zero when it is parted.
    """
    parts = [""]
    for sign in text:
        if sign in _STROKES:
            if parts[-1] and len(parts) <= len(_PLACES):
                parts[-1] = parts[-1].zfill(2)
                parts.append("")
            continue
        if not "0" <= sign <= "9":
            continue
        if len(parts) <= len(_PLACES) and len(parts[-1]) == _PLACES[0]:
            parts.append("")
        if len("".join(parts)) < _DIGITS:
            parts[-1] += sign
    return "/".join(parts)


_YEARS = range(1850, 2101)
_MONTHS = range(1, 13)


def completed(text: str) -> str:
    """What was meant by fewer digits: a year alone, or a month and a year; else `text`."""
    digits = text.replace("/", "")
    if len(digits) == 4 and int(digits) in _YEARS:
        return digits
    if len(digits) == 6 and int(digits[2:]) in _YEARS and int(digits[:2]) in _MONTHS:
        return f"{digits[:2]}/{digits[2:]}"
    return text


class DateBox(TextBox):
    """A date as `gg/mm/aaaa`; of a birth it may be `mm/aaaa` or `aaaa` (ANPR, senzaGiorno).

    Attributes:
        partial: whether the day, or day and month, may be missing.
    """

    partial: bool = False

    def focus(self, *, focused: bool) -> None:
        """Who leaves has typed all of it."""
        if self.focused and not focused and self.partial:
            after = completed(self.line.text)
            if after != self.line.text:
                self.desk_line.replace(after)
                self._changed()
        super().focus(focused=focused)

    def write(self, piece: str) -> bool:
        """Digits, and strokes of any kind."""
        line = self.desk_line
        if line.selected or line.caret == len(line.text):
            before = "" if line.selected else line.text
            after = written(before + piece)
            if after != before:
                line.replace(after)
                self._changed()
            return True
        at = line.caret
        after = written(line.text[:at] + piece + line.text[at:].replace("/", ""))
        line.replace(after)
        line.caret = min(len(after), at + len(piece))
        self._changed()
        return True

    def press(self, key: str) -> bool:
        """A stroke goes with the digit before it."""
        line = self.desk_line
        if key == "backspace" and not line.selected and line.text[: line.caret].endswith("/"):
            line.erase()
        return super().press(key)
