"""What stands around every page: header, pill, footer, and the slim bar above a keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.events import (
    Back,
    ContrastToggled,
    Event,
    HelpOpened,
    SpeechAsked,
    StopAsked,
    TextSizeToggled,
)
from kiosk.flows.office import Network
from kiosk.flows.out_of_service import OutOfService
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
    """The state of the network, in words that reassure, or that say no more than it.

    Args:
        ui: the screen's surroundings.
        network: its state.
        plain: whether what the person does needs the network: then nothing goes on without it;
            nor does anything where the station is out of service.
    """

    def __init__(self, ui: Context, network: Network, *, plain: bool = False) -> None:
        palette = ui.theme.palette
        paint = palette.success if network is Network.ONLINE else palette.warning
        super().__init__(paint, radius=ui.px(31), border=ui.px(2))
        self.name = f"network.{network.value}"
        icon = Icon.CHECK_CIRCLE if network is Network.ONLINE else Icon.EXCHANGE_CIRCLE
        words = ui.words(f"network.{network.value}")
        if plain and network is not Network.ONLINE:
            words = ui.words(f"network.plain.{network.value}")
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
        self._plain = isinstance(session.activity, ProcedureState | OutOfService)
        self.clock = ui.text(f"{now:%H:%M}", Size.HEADING, ink, Font.STRONG)
        self.clock.rigid = True
        names = Column(
            [
                ui.text(ui.words("app.title"), Size.HEADING, ink, Font.TITLE),
                ui.text(session.office.name, Size.LABEL, ink),
            ]
        )
        names.grows = True
        self._pill = Part([Pill(ui, session.network, plain=self._plain)])
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
            self._pill.fill([Pill(self._ui, network, plain=self._plain)])
            self.settle()

    def show_time(self, now: datetime) -> None:
        """Another minute."""
        self.clock.say(f"{now:%H:%M}")


def _comfort(ui: Context, session: Session, *, short: bool) -> list[Part]:
    """Hear, read larger, see better: buttons of every page, without their words where short."""

    def button(name: str, key: str, event: Event, icon: Icon, *, on: bool) -> Button:
        return Button(
            ui,
            name,
            "" if short else ui.words(key),
            event,
            icon=icon,
            kind=ButtonKind.CHOSEN if on else ButtonKind.SECONDARY,
            padding=8 if short else 22,
        )

    speaking, large, strong = session.speaking, session.large_text, session.high_contrast
    return [
        button(
            "listen",
            "button.silence" if speaking else "button.listen",
            SpeechAsked(),
            Icon.CLOSE_CIRCLE if speaking else Icon.HEARING,
            on=speaking,
        ),
        button(
            "text-size",
            "button.normal-text" if large else "button.large-text",
            TextSizeToggled(),
            Icon.ZOOM_OUT if large else Icon.ZOOM_IN,
            on=large,
        ),
        button(
            "contrast",
            "button.normal-contrast" if strong else "button.contrast",
            ContrastToggled(),
            Icon.EYE,
            on=strong,
        ),
    ]


def _help_button(ui: Context) -> Button:
    words = ui.words("button.help")
    return Button(ui, "help", words, HelpOpened(), icon=Icon.HELP_CIRCLE, kind=ButtonKind.HELP)


def footer(ui: Context, session: Session) -> Part:
    """The strip at the foot of a page."""
    buttons = [*_comfort(ui, session, short=False), Space(), _help_button(ui)]
    bar = Bar(ui, ui.theme.palette.bar, buttons, high=84)
    return Column([Rule(ui), bar])


def back_button(ui: Context) -> Button:
    """The button that leads to the page before."""
    return Button(ui, "back", ui.words("button.back"), Back(), icon=Icon.ARROW_LEFT)


def slim_bar(ui: Context, session: Session, step: str) -> Part:
    """One strip above a question with a keyboard: back, the step, comfort, help, the way out."""
    step_text: Text = ui.text(step, Size.LABEL, ui.theme.palette.bar.ink, down=Align.MIDDLE)
    step_text.grows = True
    stop = Button(ui, "stop", ui.words("button.stop"), StopAsked(), icon=Icon.CLOSE_BIG)
    comfort = _comfort(ui, session, short=True)
    parts = [back_button(ui), Space(ui.px(4)), step_text, *comfort, _help_button(ui), stop]
    for part in parts:
        part.rigid = not part.grows
    bar = Bar(ui, ui.theme.palette.bar, parts, high=80)
    return Column([bar, Rule(ui)])
