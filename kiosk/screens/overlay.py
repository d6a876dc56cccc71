"""What lies over a screen and must be answered first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.flows.events import (
    HelpClosed,
    ResumeChosen,
    ScreenTouched,
    StopCancelled,
    StopConfirmed,
)
from kiosk.flows.state import Overlay, Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Screen
from kiosk.screens.theme import Font, Paint, Size
from kiosk.screens.widgets.button import Badge, Button, ButtonKind
from kiosk.screens.widgets.countdown import Circle
from kiosk.screens.widgets.desk.stops import Ring
from kiosk.screens.widgets.frame import footer
from kiosk.screens.widgets.layout import Align, Column, Inset, Part, Row, Space
from kiosk.screens.widgets.scroll import Scroll
from kiosk.screens.widgets.surface import Surface

_WIDEST = 900


class Dialogue(Surface):
    """A card over a darkened screen; touches beside it reach nothing below."""

    def __init__(
        self,
        ui: Context,
        name: str,
        sign: Part,
        title: str,
        paragraphs: Sequence[Part],
        buttons: Sequence[Part],
        *,
        opaque: bool = False,
    ) -> None:
        palette = ui.theme.palette
        veil = palette.page if opaque else Paint(palette.veil, palette.page.ink)
        super().__init__(veil)
        self.name = name
        self._ui = ui
        self._answers = [button for button in buttons if isinstance(button, Button)]
        self._at = len(self._answers) - 1
        self._ring: Ring | None = None
        heading = Row(
            [sign, ui.text(title, Size.TITLE, palette.card.ink, Font.TITLE)], gap=ui.px(24)
        )
        self._words = Column([heading, *paragraphs], gap=ui.px(20))
        self._buttons = Row([Space(), *buttons], gap=ui.px(16), across=Align.STRETCH)
        self._card = Surface(palette.card, radius=ui.px(14), border=ui.px(2), shadow=palette.shadow)
        self.fill([self._card])

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The card in the middle, as high as its words, and never higher than the window."""
        px = self._ui.px
        card_width = min(width - 2 * px(40), px(_WIDEST))
        inner = card_width - 2 * px(36)
        wanted = self._words.height_at(inner) + self._buttons.height_at(inner) + px(36 * 3)
        card_height = min(height - 2 * px(30), wanted)
        words: Part = self._words
        if wanted > card_height:
            words = Scroll(self._ui, [lambda: self._words])
        for part in (self._words, self._buttons):
            if part.parent is not None and part.parent is not words:
                part.parent.remove_widget(part)
        words.grows = True
        content = Column([words, self._buttons], gap=px(36))
        self._card.fill([Inset(content, (px(36), px(36)))])
        x, y = left + (width - card_width) // 2, bottom + (height - card_height) // 2
        self._card.place(x, y, card_width, card_height)

    def on_touch_down(self, touch: Any) -> bool:
        """Nothing below is reached."""
        super().on_touch_down(touch)
        return True

    def press(self, key: str) -> None:
        """A real keyboard: Tab walks to an answer, Enter gives it, Escape gives the main one.

        The main answer is always the one that changes nothing.
        """
        if not self._answers:
            return
        if key in {"tab", "right", "down", "shift-tab", "left", "up"}:
            step = 1 if key in {"tab", "right", "down"} else -1
            # The first key shows where the ring stands.
            self._at = (self._at + step) % len(self._answers) if self._ring else self._at
            if self._ring is not None:
                self._ring.show(shown=False)
            self._ring = Ring(self._ui, self._answers[self._at])
            self._ring.show(shown=True)
        elif key == "enter":
            self._answers[self._at].act()
        elif key == "escape":
            self._answers[-1].act()


class IdleDialogue(Dialogue):
    """Is somebody still there? Shows the seconds that are left; any touch is a yes."""

    def __init__(self, ui: Context, session: Session) -> None:
        palette = ui.theme.palette
        self._count = ui.text(
            str(session.idle.seconds_left), Size.DISPLAY, palette.warning.ink, Font.TITLE
        )
        self._count.align = "center"
        circle = Circle(ui, palette.warning, self._count)
        self._line = ui.text("", Size.READING, palette.card.ink)
        self._line.text = self._words_for(ui, session)
        stay = Button(
            ui,
            "stay",
            ui.words("idle.stay"),
            ScreenTouched(),
            kind=ButtonKind.PRIMARY,
            icon=Icon.CHECK,
            size=Size.BODY,
            padding=36,
            high=84,
        )
        super().__init__(ui, "overlay.idle", circle, ui.words("idle.title"), [self._line], [stay])

    def count_down(self, session: Session) -> None:
        """A second less."""
        self._count.say(str(session.idle.seconds_left))
        self._line.say(self._words_for(self._ui, session))

    def press(self, key: str) -> None:  # noqa: ARG002  any key is a yes
        """Somebody is there."""
        self._ui.emit(ScreenTouched())

    def on_touch_up(self, touch: Any) -> bool:
        """A finger beside the button is a finger all the same."""
        super().on_touch_up(touch)
        if touch.grab_current is None and not touch.grab_list:
            self._ui.emit(ScreenTouched())
        return True

    @staticmethod
    def _words_for(ui: Context, session: Session) -> str:
        return ui.words("idle.body", n=session.idle.seconds_left or 0)


def help_dialogue(ui: Context, session: Session) -> Dialogue:
    """What can be done here, what the buttons do, and that a person will help."""
    palette = ui.theme.palette
    said = [ui.say(line) for line in wording(session).help]
    said += [ui.words("help.buttons"), ui.words("help.clerk")]
    close = Button(
        ui,
        "help.close",
        ui.words("button.close-help"),
        HelpClosed(),
        kind=ButtonKind.PRIMARY,
        icon=Icon.ARROW_LEFT,
        size=Size.BODY,
        padding=30,
    )
    return Dialogue(
        ui,
        "overlay.help",
        Badge(ui, Icon.HELP_CIRCLE, palette.badge, 84),
        ui.words("help.title"),
        [ui.text(line, Size.READING, palette.card.ink) for line in said],
        [close],
    )


def stop_dialogue(ui: Context) -> Dialogue:
    """Leave, or stay."""
    return _two_ways(
        ui,
        "stop",
        Button(ui, "stop.confirm", ui.words("stop.confirm"), StopConfirmed(), size=Size.BODY),
        Button(
            ui,
            "stop.cancel",
            ui.words("stop.cancel"),
            StopCancelled(),
            kind=ButtonKind.PRIMARY,
            size=Size.BODY,
            padding=36,
        ),
    )


class ResumedScreen(Screen):
    """After a crash: whose form is it? What it holds stays hidden."""

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui, session)
        question = _resumed(ui)
        question.grows = True
        self.fill([Column([question, footer(ui, session)])])


def _resumed(ui: Context) -> Dialogue:
    return _two_ways(
        ui,
        "resumed",
        Button(ui, "resumed.refuse", ui.words("resumed.refuse"), StopConfirmed(), size=Size.BODY),
        Button(
            ui,
            "resumed.confirm",
            ui.words("resumed.confirm"),
            ResumeChosen(),
            kind=ButtonKind.PRIMARY,
            size=Size.BODY,
            padding=30,
        ),
        opaque=True,
    )


def _two_ways(
    ui: Context, name: str, refuse: Button, confirm: Button, *, opaque: bool = False
) -> Dialogue:
    palette = ui.theme.palette
    return Dialogue(
        ui,
        f"overlay.{name}",
        Badge(ui, Icon.HELP_CIRCLE, palette.badge, 84),
        ui.words(f"{name}.title"),
        [ui.text(ui.words(f"{name}.body"), Size.READING, palette.card.ink)],
        [refuse, confirm],
        opaque=opaque,
    )


def overlay_for(ui: Context, session: Session) -> Dialogue | None:
    """The uppermost thing that lies over the screen, or None.

    The help lies over everything but the warning, which nobody may miss. `Overlay.RESUMED` is not
    here: it stands in the place of the screen, which must not shine through.
    """
    if session.idle.warning:
        return IdleDialogue(ui, session)
    if session.help_open:
        return help_dialogue(ui, session)
    if session.overlay is Overlay.STOP:
        return stop_dialogue(ui)
    return None
