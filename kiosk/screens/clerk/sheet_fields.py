"""The fields of a sheet on a page: boxes that tell each key, and follow what the flow makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kiosk.flows.clerk.events import FieldLeft, FieldTyped
from kiosk.flows.clerk.fields import Field, FieldId, FieldKind
from kiosk.flows.clerk.sheet import Form, Mark, Sheet, is_optional, section_of
from kiosk.flows.events import Event
from kiosk.flows.page_texts import problem_phrase
from kiosk.flows.question import YES
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.desk.cell import Cell, Fixed
from kiosk.screens.widgets.desk.date_box import DateBox
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.form_grid import Section as SectionRow
from kiosk.screens.widgets.desk.form_grid import Span, Spans
from kiosk.screens.widgets.desk.menu import MenuBox, MenuEntry, Popups, folded
from kiosk.screens.widgets.desk.radio import CheckBox, RadioGroup
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.desk.text_box import BoxState, TextBox
from kiosk.screens.widgets.layout import Column, Part

_I = FieldId
COLUMNS: Final[Mapping[FieldId, int]] = {
    _I.COMMUNITY: 3,
    _I.CODICE_FISCALE: 4,
    _I.SURNAME: 5,
    _I.NAME: 5,
    _I.BIRTH_DATE: 3,
    _I.SEX: 4,
    _I.RESIDENCE_PROVINCE: 2,
    _I.RESIDENCE_COMUNE: 3,
    _I.RESIDENCE_CITY: 3,
    _I.RESIDENCE_NATION: 3,
    _I.RESIDENCE_STREET: 3,
    _I.RESIDENCE_NUMBER: 2,
    _I.RESIDENCE_CAP: 2,
    _I.DOMICILE: 12,
    _I.DOMICILE_CARE_OF: 3,
    _I.DOMICILE_PROVINCE: 2,
    _I.DOMICILE_COMUNE: 3,
    _I.DOMICILE_STREET: 4,
    _I.DOMICILE_NUMBER: 2,
    _I.DOMICILE_CAP: 2,
    _I.EMAIL: 6,
    _I.MOBILE: 3,
    _I.LANDLINE: 3,
    _I.DOCUMENT_KIND: 3,
    _I.DOCUMENT_NUMBER: 3,
    _I.DOCUMENT_ISSUED_ON: 2,
    _I.DOCUMENT_ISSUER: 4,
    _I.DELEGATION: 3,
    _I.DELEGATION_KIND: 9,
    _I.DELEGATE_CODICE_FISCALE: 4,
    _I.DELEGATE_SURNAME: 3,
    _I.DELEGATE_NAME: 2,
    _I.DELEGATE_BIRTH_DATE: 3,
    _I.DELEGATE_SEX: 3,
    _I.DELEGATE_DOCUMENT_KIND: 3,
    _I.DELEGATE_DOCUMENT_NUMBER: 3,
    _I.DELEGATE_DOCUMENT_ISSUED_ON: 3,
    _I.DELEGATE_DOCUMENT_ISSUER: 4,
    _I.DELEGATE_EMAIL: 5,
    _I.DELEGATE_PHONE: 3,
    _I.NOTE: 12,
}
"""Of twelve columns of a desk's window; a field that is not here has what the form says."""

_BIRTHS: Final = {_I.BIRTH_DATE, _I.DELEGATE_BIRTH_DATE}

_FILTER_HINTS: Final = {
    _I.CODICE_FISCALE: "desk.search.part",
    _I.SURNAME: "desk.search.part",
    _I.NAME: "desk.search.part",
    _I.COMMUNITY: "desk.search.any",
}
"""What a filter takes is not what a form takes."""

SOURCES: Final = {Mark.REGISTER: Icon.DOWNLOAD, Mark.CARD: Icon.CARD}
"""Signs of contents that nobody typed; what the registry itself holds needs none."""

Options = Callable[[Field], Sequence[MenuEntry]]
"""The entries of a menu or of radio buttons, in the person's language."""


class SheetFields:
    """Makes the cells of a sheet, and keeps what stands in them while they are made anew.

    Args:
        holder: the page.
        emit: takes what is typed.
    """

    def __init__(self, holder: Popups, emit: Callable[[Event], None]) -> None:
        self._holder = holder
        self._emit = emit
        self._lines: dict[FieldId, DeskLine] = {}
        self._boxes: dict[FieldId, Part] = {}
        self._told: dict[FieldId, str] = {}

    def sections(self, ui: Context, sheet: Sheet, options: Options) -> Part:
        """All sections of the sheet, one below the other."""
        rows: list[Part] = []
        self._boxes = {}
        for section in sheet.sections:
            fields = [row for row in sheet.fields if section_of(sheet, row) is section]
            body = self._grid(ui, sheet, fields, options, COLUMNS)
            name = ui.words(f"clerk.section.{section.value}")
            rows.append(SectionRow(ui, name, body, first=not rows))
        return Column(rows)

    def grid(
        self,
        ui: Context,
        sheet: Sheet,
        options: Options,
        columns: Mapping[FieldId, int],
    ) -> Part:
        """The fields of the sheet in the order and width of `columns`, without sections."""
        self._boxes = {}
        shown = {row.id: row for row in sheet.fields}
        fields = [shown[one] for one in columns if one in shown]
        return self._grid(ui, sheet, fields, options, columns)

    def _grid(
        self,
        ui: Context,
        sheet: Sheet,
        fields: Sequence[Field],
        options: Options,
        columns: Mapping[FieldId, int],
    ) -> Part:
        return Spans(
            ui,
            [
                Span(
                    self._cell(ui, sheet, row, options),
                    columns.get(row.id, row.columns),
                    fresh=row.id is _I.DELEGATE_CODICE_FISCALE,
                )
                for row in fields
            ],
        )

    def follow(self, before: Sheet, now: Sheet) -> bool:
        """Show other texts; whether that is all that changed: else all is to be made anew."""
        if structure(before) != structure(now):
            self._hear(now)
            return False
        for row in now.fields:
            text, box = now.text(row.id), self._boxes.get(row.id)
            if isinstance(box, MenuBox):
                if now.text(row.id) != before.text(row.id):
                    return False
            elif isinstance(box, RadioGroup):
                box.show_chosen(text)
            elif isinstance(box, CheckBox):
                box.show_on(on=text == YES)
            elif isinstance(box, TextBox) and self._line(row.id, text).hear(text):
                box.draw()
        return True

    def left(self, stop: Stop) -> None:
        """The focus went away from a field: what stands in it is checked, where it is news."""
        for field, box in self._boxes.items():
            if box is stop:
                text = box.text if isinstance(box, TextBox) else ""
                if self._told.get(field) != text or not text:
                    self._told[field] = text
                    self._emit(FieldLeft(field))
                return

    def _hear(self, sheet: Sheet) -> None:
        for field, line in self._lines.items():
            line.hear(sheet.text(field))

    def _line(self, field: FieldId, text: str) -> DeskLine:
        if field not in self._lines:
            self._lines[field] = DeskLine(text)
        return self._lines[field]

    def _typed(self, field: FieldId, text: str) -> None:
        self._told.pop(field, None)
        self._emit(FieldTyped(field, text))

    def _cell(self, ui: Context, sheet: Sheet, row: Field, options: Options) -> Part:
        problem, doubt = sheet.problem(row.id), sheet.doubt(row.id)
        said = problem or doubt
        mark = sheet.mark(row.id)
        box = self._box(ui, sheet, row, options)
        self._boxes[row.id] = box
        return Cell(
            ui,
            "" if row.kind is FieldKind.BOX else ui.words(row.label),
            box,
            problem=ui.say(problem_phrase(said)) if said is not None else "",
            source=SOURCES.get(mark) if mark is not None else None,
            optional=is_optional(sheet, row) and sheet.form.value != "search",
            doubtful=problem is None,
        )

    @staticmethod
    def _hint(ui: Context, sheet: Sheet, row: Field) -> str:
        """What stands in an empty field; not what the label says already."""
        if sheet.form is Form.SEARCH and row.id in _FILTER_HINTS:
            return ui.words(_FILTER_HINTS[row.id])
        hint = ui.words(row.hint)
        said = folded(ui.words("desk.optional"))[:-1]
        return "" if is_optional(sheet, row) and folded(hint).startswith(said) else hint

    def _box(self, ui: Context, sheet: Sheet, row: Field, options: Options) -> Part:
        text, field = sheet.text(row.id), row.id
        hint = self._hint(ui, sheet, row)
        mark = sheet.mark(field)
        name = f"field.{field.value}"
        state = BoxState(
            wrong=sheet.problem(field) is not None,
            prefilled=mark in SOURCES,
        )
        if row.kind in {FieldKind.MENU, FieldKind.RADIO}:
            entries = options(row)
            label = next((one.label for one in entries if one.value == text), text)
            if field in sheet.locked:
                return Fixed(ui, label)
            take: Callable[[str], None] = lambda value: self._typed(field, value)  # noqa: E731
            if row.kind is FieldKind.RADIO:
                return RadioGroup(ui, name, entries, text, take)
            return MenuBox(ui, name, self._holder, entries, label, take, hint=hint, state=state)
        if field in sheet.locked:
            return Fixed(ui, text)
        if row.kind is FieldKind.BOX:
            turn: Callable[[bool], None] = lambda on: self._typed(field, YES if on else "")  # noqa: E731
            return CheckBox(ui, name, ui.words(row.label), turn, on=text == YES)
        line = self._line(field, text)
        line.hear(text, answer=True) if not text else line.hear(text)
        kind = DateBox if row.kind is FieldKind.DATE else TextBox
        if row.kind is FieldKind.CODE:
            kind = CodeBox
        box = kind(
            ui,
            name,
            line,
            lambda typed: self._typed(field, typed),
            hint=hint,
            state=state,
            longest=row.longest,
        )
        if isinstance(box, DateBox):
            box.partial = field in _BIRTHS
        return box


class CodeBox(TextBox):
    """A box for a code: capitals, no spaces."""

    def write(self, piece: str) -> bool:
        """What is typed, in capitals."""
        return super().write(piece.upper().strip())


def structure(sheet: Sheet) -> object:
    """What of a sheet makes other cells, not only other texts in them."""
    return tuple(
        (
            row.id,
            sheet.mark(row.id),
            sheet.problem(row.id),
            sheet.doubt(row.id),
            row.id in sheet.locked,
        )
        for row in sheet.fields
    )
