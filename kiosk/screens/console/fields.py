"""The fields of the console's forms: boxes that tell each key, and follow what the flow makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kiosk.flows.console.events import FieldTyped, OptionToggled
from kiosk.flows.console.fields import ALL, Field, FieldId, FieldKind
from kiosk.flows.console.sheet import Sheet, option_label
from kiosk.flows.events import Event
from kiosk.flows.page_texts import problem_phrase
from kiosk.flows.question import YES
from kiosk.screens.clerk.sheet_fields import CodeBox
from kiosk.screens.context import Context
from kiosk.screens.widgets.desk.boxes import Boxes
from kiosk.screens.widgets.desk.cell import Cell, Fixed
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.form_grid import Span, Spans
from kiosk.screens.widgets.desk.menu import MenuBox, MenuEntry, Popups
from kiosk.screens.widgets.desk.radio import CheckBox, RadioGroup
from kiosk.screens.widgets.desk.text_box import BoxState, TextBox
from kiosk.screens.widgets.layout import Part

_MANY = 6
"""Boxes of a field from which on they stand in columns."""


class ConsoleFields:
    """Makes the cells of a sheet, and keeps what stands in them while they are made anew.

    Args:
        holder: the page.
        emit: takes what is typed.
        labels: keys of labels that say more than the field's own.
    """

    def __init__(
        self,
        holder: Popups,
        emit: Callable[[Event], None],
        labels: Mapping[FieldId, str] | None = None,
    ) -> None:
        self._labels = labels or {}
        self._holder = holder
        self._emit = emit
        self._lines: dict[FieldId, DeskLine] = {}
        self._boxes: dict[FieldId, Part] = {}

    def begin(self) -> None:
        """The page is built anew: forget the boxes, not what stands in them."""
        self._boxes = {}

    def grid(
        self,
        ui: Context,
        sheet: Sheet,
        wanted: Sequence[FieldId],
        columns: Mapping[FieldId, int] | None = None,
        *,
        more: Sequence[Span] = (),
    ) -> Part:
        """Cells of the fields of `wanted` that the form has, in lines of twelve columns."""
        shown = {row.id: row for row in sheet.fields}
        wide = columns or {}
        rows = [shown[one] for one in wanted if one in shown]
        spans = [Span(self._cell(ui, sheet, row), wide.get(row.id, row.columns)) for row in rows]
        return Spans(ui, [*spans, *more])

    def follow(self, before: Sheet, now: Sheet) -> bool:
        """Show other texts; whether that is all that changed: else all is to be made anew."""
        if _structure(before) != _structure(now):
            for field, line in self._lines.items():
                line.hear(now.text(field))
            return False
        for field, box in self._boxes.items():
            text = now.text(field)
            if isinstance(box, MenuBox):
                if text != before.text(field):
                    return False
            elif isinstance(box, RadioGroup):
                box.show_chosen(text)
            elif isinstance(box, CheckBox):
                box.show_on(on=text == YES)
            elif isinstance(box, Boxes):
                box.show_picked(now.picked(field))
            elif isinstance(box, TextBox) and self._line(field, text).hear(text):
                box.draw()
        return True

    def _line(self, field: FieldId, text: str) -> DeskLine:
        if field not in self._lines:
            self._lines[field] = DeskLine(text)
        return self._lines[field]

    def _typed(self, field: FieldId, text: str) -> None:
        self._emit(FieldTyped(field, text))

    def _ticked(self, field: FieldId, on: bool) -> None:  # noqa: FBT001  as a box tells it
        self._typed(field, YES if on else "")

    def _cell(self, ui: Context, sheet: Sheet, row: Field) -> Part:
        problem = sheet.problem(row.id)
        box = self._box(ui, sheet, row)
        self._boxes[row.id] = box
        label = self._labels.get(row.id, f"console.field.{row.id.value}")
        return Cell(
            ui,
            "" if row.kind is FieldKind.BOX else ui.words(label),
            box,
            problem=ui.say(problem_phrase(problem)) if problem is not None else "",
        )

    def _box(self, ui: Context, sheet: Sheet, row: Field) -> Part:
        field, text, name = row.id, sheet.text(row.id), f"field.{row.id.value}"
        entries = [
            MenuEntry(value, ui.say(option_label(row, value))) for value in sheet.options(row.id)
        ]
        state = BoxState(wrong=sheet.problem(field) is not None)
        # A filter that nobody touched lets all through, and says so.
        shown = text or (ALL if ALL in sheet.options(field) else "")
        label = next((one.label for one in entries if one.value == shown), shown)
        typed = partial(self._typed, field)
        if field in sheet.locked:
            return Fixed(ui, label)
        match row.kind:
            case FieldKind.MENU:
                return MenuBox(ui, name, self._holder, entries, label, typed, state=state)
            case FieldKind.RADIO:
                return RadioGroup(ui, name, entries, text, typed)
            case FieldKind.BOX:
                words = ui.words(f"console.field.{field.value}")
                return CheckBox(ui, name, words, partial(self._ticked, field), on=text == YES)
            case FieldKind.BOXES:
                return Boxes(
                    ui,
                    name,
                    entries,
                    sheet.picked(field),
                    lambda value: self._emit(OptionToggled(field, value)),
                    columns=3 if len(entries) >= _MANY else 0,
                )
            case FieldKind.TEXT | FieldKind.CODE:
                line = self._line(field, text)
                line.hear(text, answer=not text)
                kind = CodeBox if row.kind is FieldKind.CODE else TextBox
                return kind(ui, name, line, typed, state=state, longest=row.longest)


def _structure(sheet: Sheet) -> object:
    """What of a sheet makes other cells, not only other texts in them."""
    return tuple(
        (row.id, sheet.problem(row.id), sheet.options(row.id), row.id in sheet.locked)
        for row in sheet.fields
    )
