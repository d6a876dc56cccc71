"""Labels with their values."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.verdicts import Fact
from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.layout import Column, Grid, Part

_LONGEST = 240
_LETTERS = 10
"""Heights of a letter that a fact is wide at least: a codice fiscale fits."""


def facts_grid(ui: Context, facts: Sequence[Fact], *, columns: int) -> Part:
    """Labels with their values below them, in columns."""
    least = ui.theme.letters(Size.BODY) * _LETTERS
    return Grid([fact_cell(ui, one) for one in facts], columns=columns, gap=ui.px(12), least=least)


def fact_cell(ui: Context, fact: Fact) -> Part:
    """One label with its value below it."""
    palette = ui.theme.palette
    return Column(
        [
            ui.text(bounded(ui.say(fact.label)), Size.LABEL, palette.card_soft.ink),
            ui.text(bounded(ui.say(fact.value)), Size.BODY, palette.card.ink, Font.STRONG),
        ]
    )


def bounded(text: str) -> str:
    """A device may say anything; a text of thousands of signs is more than a card draws."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
