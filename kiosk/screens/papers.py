"""The papers of a page: offered, on their way, in the person's hand or not."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.events import PaperConfirmed, PrintAsked
from kiosk.flows.papers import Paper, Papers, PrintState
from kiosk.flows.phrases import phrase
from kiosk.flows.wording import failure_phrase
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Colour, Font, Paint, Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.layout import Align, Column, Flow, Grid, Part, Row
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText, Text

_ICONS = {
    PrintState.OFFERED: Icon.PRINT,
    PrintState.PRINTING: Icon.CLOCK,
    PrintState.UNSEEN: Icon.HELP_CIRCLE,
    PrintState.PRINTED: Icon.CHECK_CIRCLE,
    PrintState.FAILED: Icon.WARNING_CIRCLE,
}
_AGAIN = {PrintState.FAILED, PrintState.PRINTED}
"""Papers that can be printed once more."""


def papers_grid(ui: Context, papers: Papers, *, clerk: bool = False) -> Part:
    """A card for each paper.

    Args:
        ui: the screen's surroundings.
        papers: what there is to print.
        clerk: whether who reads it can mend a printer: then the code and its remedy are said.
    """
    asked = [_question(ui, paper, clerk=clerk) for paper in papers if is_asked(paper)]
    cards = [_paper(ui, paper, clerk=clerk) for paper in papers if not is_asked(paper)]
    columns = 1 if ui.theme.large else min(2, len(cards))
    grid = [Grid(cards, columns=columns, gap=ui.px(12))] if cards else []
    return Column([*asked, *grid], gap=ui.px(12))


def is_asked(paper: Paper) -> bool:
    """Whether only the person can say if the paper came: that is asked before all else."""
    return paper.state is PrintState.UNSEEN


def _paper(ui: Context, paper: Paper, *, clerk: bool) -> Part:
    """A paper's name and where it is; a touch asks for it, unless it is on its way."""
    palette = ui.theme.palette
    lines = _lines(ui, paper, clerk=clerk)
    if paper.state is PrintState.PRINTING:
        box = Surface(palette.card, radius=ui.px(9), border=ui.px(2))
        box.name = f"paper.{paper.document.value}"
        box.fill([_PaperLines(ui, paper, lines, palette.card.ink)])
        return box
    rest = palette.error if paper.state is PrintState.FAILED else palette.secondary
    return _PaperButton(ui, paper, lines, (rest, palette.secondary_pressed))


def _lines(ui: Context, paper: Paper, *, clerk: bool) -> list[str]:
    """What is to say of a paper, and what a touch does, last."""
    lines = [ui.words(f"paper.{paper.state.value}")]
    if paper.state is PrintState.PRINTED:
        return [ui.words("paper.ready"), *lines]
    if paper.code is None:
        return lines
    if not clerk:
        return [ui.say(failure_phrase(paper.code)), *lines]
    said = [ui.say(phrase(f"failure.{paper.code}.{part}")) for part in ("clerk", "remedy")]
    return [*said, paper.code, *lines]


def _question(ui: Context, paper: Paper, *, clerk: bool) -> Part:
    """Only the person knows whether it came: what happened, where that is known; both answers."""
    paint = ui.theme.palette.warning
    box = Surface(paint, radius=ui.px(9), border=ui.px(3))
    box.name = f"paper.{paper.document.value}"
    lines = _PaperLines(ui, paper, _lines(ui, paper, clerk=clerk), paint.ink, asks=True)
    answers = Flow(
        [
            _answer(ui, paper, "yes", came=True),
            _answer(ui, paper, "no", came=False),
        ],
        gap=ui.px(12),
    )
    box.fill([Column([lines, _Padded(ui, answers)])])
    return box


def _answer(ui: Context, paper: Paper, word: str, *, came: bool) -> Button:
    return Button(
        ui,
        f"paper.{paper.document.value}.{word}",
        ui.words("paper.yes") if came else ui.words("paper.no"),
        PaperConfirmed(paper.document, came),
        kind=ButtonKind.PRIMARY if came else ButtonKind.SECONDARY,
        icon=Icon.CHECK if came else Icon.CLOSE,
    )


class _Padded(Column):
    """Buttons below the lines of a card."""

    def __init__(self, ui: Context, part: Part) -> None:
        super().__init__([part], padding=(ui.px(18), ui.px(8)))


class _PaperLines(Row):
    """An icon, the paper's name, and what is to say of it."""

    def __init__(
        self,
        ui: Context,
        paper: Paper,
        lines: Sequence[str],
        ink: Colour,
        *,
        asks: bool = False,
    ) -> None:
        name = ui.words(f"paper.{paper.document.value}")
        size, font = (Size.BODY, Font.STRONG) if asks else (Size.LABEL, Font.TEXT)
        *before, last = lines
        self.texts: list[Text] = [
            IconText(_ICONS[paper.state], ui.px(36), ink),
            ui.text(name, Size.LABEL, ink, Font.TEXT if asks else Font.STRONG),
            *(ui.text(line, Size.LABEL, ink) for line in before),
            ui.text(last, size, ink, font),
        ]
        shown: list[Part] = list(self.texts[1:])
        if paper.state in _AGAIN:
            shown[-1] = self._again(ui, self.texts[-1])
        words = Column(shown, along=Align.MIDDLE)
        words.grows = True
        super().__init__([self.texts[0], words], gap=ui.px(14), padding=(ui.px(18), ui.px(8)))

    def _again(self, ui: Context, words: Text) -> Part:
        """What a touch does, where the lines above say something else."""
        sign = IconText(Icon.REFRESH, ui.px(28), words.ink)
        words.grows = True
        self.texts.append(sign)
        return Row([sign, words], gap=ui.px(8))


class _PaperButton(Touchable):
    """A paper that can be asked for."""

    def __init__(
        self, ui: Context, paper: Paper, lines: Sequence[str], paints: tuple[Paint, Paint]
    ) -> None:
        super().__init__(
            f"print.{paper.document.value}",
            lambda: ui.emit(PrintAsked(paper.document)),
            paints,
            radius=ui.px(9),
            border=ui.px(2),
        )
        self._content = _PaperLines(ui, paper, lines, paints[0].ink)
        self.fill([self._content])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self._content.texts:
            text.ink = self.paint.ink
