"""How the states of certificates, cards and users are told: sign, colour and words together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint, Palette
from kiosk.screens.widgets.layout import Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText
from sync.model.certificates import CertificateState
from sync.model.smart_cards import CardState
from sync.model.users import UserState

RecordState = CertificateState | CardState | UserState


class Mood(Enum):
    """What a state means for who works with it."""

    GOOD = "good"
    WAITING = "waiting"
    STOPPED = "stopped"
    """For now: it can come back."""
    ENDED = "ended"
    """For ever."""

    def paint(self, palette: Palette) -> Paint:
        """Its colour; never told by it alone."""
        return {
            Mood.GOOD: palette.success,
            Mood.WAITING: palette.info,
            Mood.STOPPED: palette.warning,
            Mood.ENDED: palette.error,
        }[self]


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state looks."""

    icon: Icon
    mood: Mood


SIGNS: Final[Mapping[RecordState, Sign]] = {
    CertificateState.REQUESTED: Sign(Icon.CLOCK, Mood.WAITING),
    CertificateState.ISSUED: Sign(Icon.DOWNLOAD, Mood.WAITING),
    CertificateState.ACTIVE: Sign(Icon.CHECK_CIRCLE, Mood.GOOD),
    CertificateState.BLOCKED: Sign(Icon.LOCKED, Mood.STOPPED),
    CertificateState.REVOKING: Sign(Icon.CLOCK, Mood.ENDED),
    CertificateState.REVOKED: Sign(Icon.BAN, Mood.ENDED),
    CardState.REQUESTED: Sign(Icon.CLOCK, Mood.WAITING),
    CardState.AT_PREFETTURA: Sign(Icon.INBOX, Mood.WAITING),
    CardState.HANDED_OVER: Sign(Icon.CARD, Mood.WAITING),
    CardState.ACTIVE: Sign(Icon.CHECK_CIRCLE, Mood.GOOD),
    CardState.BLOCKED: Sign(Icon.LOCKED, Mood.STOPPED),
    CardState.DISABLED: Sign(Icon.BAN, Mood.ENDED),
    UserState.ACTIVE: Sign(Icon.CHECK_CIRCLE, Mood.GOOD),
    UserState.BLOCKED: Sign(Icon.LOCKED, Mood.STOPPED),
    UserState.DELETED: Sign(Icon.BAN, Mood.ENDED),
}


class StatePill(Surface):
    """A state in its colour, with its sign.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        words: what the state is called.
        sign: how it looks.
    """

    rigid = True

    def __init__(self, ui: Context, name: str, words: str, sign: Sign) -> None:
        paint = sign.mood.paint(ui.theme.palette)
        super().__init__(paint, radius=ui.px(14), border=ui.px(1))
        self.name = name
        letters = ui.theme.letters(DeskSize.BODY)
        icon = IconText(sign.icon, round(letters * 1.1), paint.ink)
        text = ui.text(words, DeskSize.BODY, paint.ink, Font.STRONG)
        self.fill([Row([icon, text], gap=ui.px(7), padding=(ui.px(12), ui.px(2)))])
