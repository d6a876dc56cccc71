"""What was found of a document: the headline, and a line for each property."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.document_check import Finding, Headline
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.layout import Align, Column, Inset, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText

HEADLINE_ICONS = {
    Headline.SOUND: Icon.CHECK_CIRCLE,
    Headline.EXPIRED: Icon.CALENDAR,
    Headline.OTHER_HOLDER: Icon.USER,
    Headline.WRONG: Icon.WARNING_CIRCLE,
    Headline.UNPROVEN: Icon.HELP_CIRCLE,
}
FINDING_ICONS = {
    Finding.PROVEN: Icon.CHECK_CIRCLE,
    Finding.REFUTED: Icon.CLOSE_CIRCLE,
    Finding.NOT_PROVABLE: Icon.HELP_CIRCLE,
}


def headline_paint(palette: Palette, headline: Headline) -> Paint:
    """Colours of a verdict; its icon and its words say the same."""
    match headline:
        case Headline.SOUND:
            return palette.success
        case Headline.WRONG:
            return palette.error
        case Headline.UNPROVEN:
            return palette.info
        case Headline.EXPIRED | Headline.OTHER_HOLDER:
            return palette.warning


class Banner(Surface):
    """The verdict in one line, as large as a title, and what follows from it.

    Args:
        ui: the screen's surroundings.
        headline: chooses sign and colours.
        title: the verdict in words.
        lines: what follows from it.
        offers: buttons beside the words.
    """

    def __init__(
        self,
        ui: Context,
        headline: Headline,
        title: str,
        lines: Sequence[str],
        offers: Sequence[Part] = (),
    ) -> None:
        paint = headline_paint(ui.theme.palette, headline)
        super().__init__(paint, radius=ui.px(12), border=ui.px(3))
        self.name = f"headline.{headline.value}"
        sign = IconText(HEADLINE_ICONS[headline], ui.px(72), paint.ink)
        texts: list[Part] = [ui.text(title, Size.TITLE, paint.ink, Font.TITLE)]
        texts += [ui.text(line, Size.BODY, paint.ink) for line in lines]
        words = Column(texts, gap=ui.px(2))
        words.grows = True
        row = Row([sign, words, *offers], gap=ui.px(22), padding=(ui.px(24), ui.px(14)))
        self.fill([row])


class FindingRow(Surface):
    """One property: a sign, what was found in words, and why.

    Args:
        ui: the screen's surroundings.
        name: of the property, for the machine.
        finding: chooses sign and colours.
        title: says the finding in words.
        why: the reasons.
        codes: the reasons' codes, for a clerk; none for a citizen.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        finding: Finding,
        title: str,
        why: Sequence[str],
        codes: Sequence[str] = (),
    ) -> None:
        palette = ui.theme.palette
        paint, sign, soft = _finding_colours(palette, finding)
        super().__init__(paint, radius=ui.px(10), border=ui.px(2))
        self.name = f"property.{name}"
        icon = IconText(FINDING_ICONS[finding], ui.px(46), sign.ink)
        texts: list[Part] = [ui.text(title, Size.BODY, paint.ink, Font.STRONG)]
        texts += [ui.text(line, Size.LABEL, soft.ink) for line in why]
        if codes:
            texts.append(ui.text(" · ".join(codes), Size.LABEL, soft.ink, Font.STRONG))
        words = Column(texts, along=Align.MIDDLE)
        words.grows = True
        self.fill([Inset(Row([icon, words], gap=ui.px(16)), (ui.px(18), ui.px(10)))])


def _finding_colours(palette: Palette, finding: Finding) -> tuple[Paint, Paint, Paint]:
    """Of the row, of its sign, of its reasons."""
    match finding:
        case Finding.PROVEN:
            return palette.card, palette.success, palette.card_soft
        case Finding.REFUTED:
            return palette.error, palette.error, palette.error
        case Finding.NOT_PROVABLE:
            return palette.card, palette.card_soft, palette.card_soft
