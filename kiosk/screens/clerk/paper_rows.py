"""The papers of a counter, a row each: where it is, and the button that prints it."""

from __future__ import annotations

from kiosk.flows.events import PaperConfirmed, PrintAsked
from kiosk.flows.papers import Paper, Papers, PrintState
from kiosk.flows.printed_document import PrintedDocument
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import ButtonKind
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cell import Tag
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.waiting import Waiting

_ICONS = {
    PrintState.OFFERED: Icon.FILE,
    PrintState.PRINTING: Icon.CLOCK,
    PrintState.UNSEEN: Icon.HELP_CIRCLE,
    PrintState.PRINTED: Icon.CHECK_CIRCLE,
    PrintState.FAILED: Icon.WARNING_CIRCLE,
}

_IN_HAND = {
    PrintedDocument.PIN_LETTER,
    PrintedDocument.ACTIVATION_LETTER,
    PrintedDocument.REVOCATION_LETTER,
    PrintedDocument.CASE_SUMMARY,
}
"""Papers of which is said what to do with them once they are in the hand (R-003-26, R-003-27)."""


def paper_rows(ui: Context, papers: Papers, required: frozenset[PrintedDocument]) -> Part:
    """A row for each paper; what must be in the hand first is marked."""
    return Column([_row(ui, paper, required) for paper in papers], gap=ui.px(8))


def next_to_print(papers: Papers, required: frozenset[PrintedDocument]) -> str:
    """Name of the button that comes next; "" where nothing is left to do."""
    for paper in papers:
        if paper.state is PrintState.UNSEEN:
            return f"paper.{paper.document.value}.yes"
    for paper in papers:
        if paper.document in required and paper.state in {PrintState.OFFERED, PrintState.FAILED}:
            return f"print.{paper.document.value}"
    return ""


def _row(ui: Context, paper: Paper, required: frozenset[PrintedDocument]) -> Part:
    palette = ui.theme.palette
    paint = {
        PrintState.PRINTED: palette.success,
        PrintState.FAILED: palette.error,
        PrintState.UNSEEN: palette.warning,
    }.get(paper.state, palette.card)
    box = Surface(paint, radius=ui.px(8), border=ui.px(1))
    box.name = f"paper.{paper.document.value}"
    name = ui.text(
        ui.words(f"paper.{paper.document.value}"), DeskSize.HEADING, paint.ink, Font.STRONG
    )
    head: list[Part] = [name]
    if paper.document in required and paper.state is not PrintState.PRINTED:
        head.append(Tag(ui, ui.words("desk.paper.required"), strong=True))
    lines: list[Part] = [Row(head, gap=ui.px(10)), *_told(ui, paper, paint)]
    words = Column(lines, along=Align.MIDDLE)
    words.grows = True
    sign: Part = IconText(_ICONS[paper.state], ui.px(30), paint.ink)
    if paper.state is PrintState.PRINTING:
        sign = Waiting(ui)
    row = Row(
        [sign, words, *_buttons(ui, paper, main=paper.document in required)],
        gap=ui.px(14),
        padding=(ui.px(16), ui.px(8)),
    )
    box.fill([row])
    return box


def _told(ui: Context, paper: Paper, paint: Paint) -> list[Part]:
    """Where it is; what happened, and what to do about it."""
    said = [ui.words(f"desk.paper.{paper.state.value}")]
    if paper.document in _IN_HAND and paper.state in {PrintState.UNSEEN, PrintState.PRINTED}:
        said.append(ui.words(f"desk.paper.do.{paper.document.value}"))
    if paper.code is not None:
        said = [
            ui.words(f"failure.{paper.code}.clerk"),
            ui.words(f"failure.{paper.code}.remedy"),
        ]
    return [ui.text(words, DeskSize.BODY, paint.ink) for words in said]


def _buttons(ui: Context, paper: Paper, *, main: bool) -> list[Part]:
    document = paper.document
    match paper.state:
        case PrintState.PRINTING:
            return []
        case PrintState.UNSEEN:
            yes, no = PaperConfirmed(document, came=True), PaperConfirmed(document, came=False)
            return [
                _button(ui, f"paper.{document.value}.yes", "paper.yes", yes, Icon.CHECK, main=True),
                _button(ui, f"paper.{document.value}.no", "paper.no", no, Icon.CLOSE),
            ]
        case state:
            key = {
                PrintState.OFFERED: "desk.paper.print",
                PrintState.PRINTED: "desk.paper.again",
                PrintState.FAILED: "desk.paper.retry",
            }[state]
            main = main and state is not PrintState.PRINTED
            asked = PrintAsked(document)
            return [_button(ui, f"print.{document.value}", key, asked, Icon.PRINT, main=main)]


def _button(
    ui: Context,
    name: str,
    key: str,
    event: PrintAsked | PaperConfirmed,
    icon: Icon,
    *,
    main: bool = False,
) -> Part:
    kind = ButtonKind.PRIMARY if main else ButtonKind.SECONDARY
    button = DeskButton(ui, name, ui.words(key), lambda: ui.emit(event), kind=kind, icon=icon)
    button.rigid = True
    return button
