"""What stands around every page: header, pill, footer, and the slim bar above a keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.events import (
    Back,
    ContrastToggled,
    HelpOpened,
    SpeechAsked,
    StopAsked,
    TextSizeToggled,
)
from kiosk.flows.office import Network
from kiosk.flows.state import Session
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText, Text

MARGIN = 40
"""Units between the edge of the window and what it shows."""


class Bar(Surface):
    """A strip across the window, with a line at its upper or lower edge."""

    def __init__(self, ui: Context, paint: Paint, parts: Sequence[Part], *, high: int) -> None:
        super().__init__(paint)
        self._least = ui.px(high)
        self.row = Row(parts, gap=ui.px(12), padding=(ui.px(MARGIN), ui.px(10)))
        self.fill([self.row])

    def height_at(self, width: int) -> int:
        """At least its measure."""
        return max(self._least, super().height_at(width))


class Rule(Surface):
    """A thin line across."""

    def __init__(self, ui: Context) -> None:
        edge = ui.theme.palette.bar.edge or ui.theme.palette.bar.ink
        super().__init__(Paint(edge, edge))
        self._thickness = max(1, ui.px(1))

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its thickness."""
        return self._thickness


class Pill(Surface):
    """The state of the network, in words that reassure."""

    def __init__(self, ui: Context, network: Network) -> None:
        palette = ui.theme.palette
        paint = palette.success if network is Network.ONLINE else palette.warning
        super().__init__(paint, radius=ui.px(31), border=ui.px(2))
        self.name = f"network.{network.value}"
        icon = Icon.CHECK_CIRCLE if network is Network.ONLINE else Icon.EXCHANGE_CIRCLE
        words = ui.words(f"network.{network.value}")
        self.fill(
            [
                Row(
                    [
                        IconText(icon, ui.px(30), paint.ink),
                        ui.text(words, Size.LABEL, paint.ink, Font.STRONG),
                    ],
                    gap=ui.px(12),
                    padding=(ui.px(22), ui.px(8)),
                )
            ]
        )
        self._least = ui.px(62)

    def height_at(self, width: int) -> int:
        """At least a comfortable pill."""
        return max(self._least, super().height_at(width))


class Header(Bar):
    """The house's mark, the office, the network, and the way out or the time."""

    def __init__(self, ui: Context, session: Session, now: datetime, *, stop: bool) -> None:
        palette = ui.theme.palette
        ink = palette.header.ink
        self._ui = ui
        self._network = session.network
        self.clock = ui.text(f"{now:%H:%M}", Size.HEADING, ink, Font.STRONG)
        self.clock.rigid = True
        names = Column(
            [
                ui.text(ui.words("app.title"), Size.HEADING, ink, Font.TITLE),
                ui.text(session.office.name, Size.LABEL, ink),
            ]
        )
        names.grows = True
        self._pill = _Slot(Pill(ui, session.network))
        last: Part = self.clock
        if stop:
            last = Button(
                ui,
                "stop",
                ui.words("button.stop"),
                StopAsked(),
                kind=ButtonKind.ON_HEADER,
                icon=Icon.CLOSE_BIG,
            )
            last.rigid = True
        mark = IconText(Icon.PA, ui.px(58), ink)
        super().__init__(
            ui, palette.header, [mark, names, self._pill, Space(ui.px(8)), last], high=92
        )

    def show_network(self, network: Network) -> None:
        """Another state of the network."""
        if network is not self._network:
            self._network = network
            self._pill.fill([Pill(self._ui, network)])
            self.settle()

    def show_time(self, now: datetime) -> None:
        """Another minute."""
        self.clock.say(f"{now:%H:%M}")


class _Slot(Part):
    """Room for one part that may be another later."""

    def __init__(self, part: Part) -> None:
        super().__init__([part])


class Comfort:
    """The buttons that every page has: hear, read larger, see better, be helped."""

    def __init__(self, ui: Context, session: Session, *, short: bool) -> None:
        def button(name: str, key: str, event: object, icon: Icon, *, on: bool = False) -> Button:
            return Button(
                ui,
                name,
                "" if short else ui.words(key),
                lambda: ui.emit(event),  # type: ignore[arg-type]
                icon=icon,
                kind=ButtonKind.CHOSEN if on else ButtonKind.SECONDARY,
                padding=8 if short else 22,
            )

        self.parts = [
            button(
                "listen",
                "button.silence" if session.speaking else "button.listen",
                SpeechAsked(),
                Icon.CLOSE_CIRCLE if session.speaking else Icon.HEARING,
                on=session.speaking,
            ),
            button(
                "text-size",
                "button.normal-text" if session.large_text else "button.large-text",
                TextSizeToggled(),
                Icon.ZOOM_OUT if session.large_text else Icon.ZOOM_IN,
                on=session.large_text,
            ),
            button(
                "contrast",
                "button.normal-contrast" if session.high_contrast else "button.contrast",
                ContrastToggled(),
                Icon.EYE,
                on=session.high_contrast,
            ),
        ]
        self.help = Button(
            ui,
            "help",
            ui.words("button.help"),
            HelpOpened(),
            icon=Icon.HELP_CIRCLE,
            kind=ButtonKind.HELP,
        )


def footer(ui: Context, session: Session) -> Part:
    """The strip at the foot of a page."""
    comfort = Comfort(ui, session, short=False)
    spacer = Space()
    bar = Bar(ui, ui.theme.palette.bar, [*comfort.parts, spacer, comfort.help], high=84)
    return Column([Rule(ui), bar])


def back_button(ui: Context) -> Button:
    """The button that leads to the page before."""
    return Button(ui, "back", ui.words("button.back"), Back(), icon=Icon.ARROW_LEFT)


def slim_bar(ui: Context, session: Session, step: str) -> Part:
    """One strip above a question with a keyboard: back, the step, comfort, help, the way out."""
    comfort = Comfort(ui, session, short=True)
    step_text: Text = ui.text(step, Size.LABEL, ui.theme.palette.bar.ink, down=Align.MIDDLE)
    step_text.grows = True
    stop = Button(ui, "stop", ui.words("button.stop"), StopAsked(), icon=Icon.CLOSE_BIG)
    parts = [back_button(ui), Space(ui.px(4)), step_text, *comfort.parts, comfort.help, stop]
    for part in parts:
        part.rigid = not part.grows
    bar = Bar(ui, ui.theme.palette.bar, parts, high=80)
    return Column([bar, Rule(ui)])
