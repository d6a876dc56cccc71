"""Before and after every service: the welcome page and the farewell."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.events import LanguageChosen, Service, ServiceChosen
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Button, ButtonKind, Tile
from kiosk.screens.widgets.frame import Bar, Rule
from kiosk.screens.widgets.layout import Column, Grid, Part

_ICONS = {
    Service.PREREGISTRATION: Icon.USER,
    Service.REGISTRATION_STATUS: Icon.SEARCH,
}


class WelcomeScreen(Page):
    """Languages and services."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session)
        palette = ui.theme.palette
        tiles = Grid(
            [
                Tile(
                    ui,
                    f"service.{service.value}",
                    (
                        ui.words(f"service.{service.value}.title"),
                        ui.words(f"service.{service.value}.body"),
                    ),
                    ServiceChosen(service),
                    _ICONS[service],
                    main=number == 0,
                )
                for number, service in enumerate(Service)
            ],
            columns=2,
            gap=ui.px(20),
        )
        greeting = Column(
            [
                ui.text(ui.say(said.title), Size.DISPLAY, palette.page.ink, Font.TITLE),
                *(ui.text(ui.say(line), Size.HEADING, palette.page_soft.ink) for line in said.body),
            ],
            gap=ui.px(4),
        )
        body = Column([greeting, tiles], gap=ui.px(28))
        super().__init__(ui, session, body, now=now, strip=_languages(ui, session))


def _languages(ui: Context, session: Session) -> Part:
    """Each language by its own name; a mark on the one that is spoken."""
    buttons = [
        Button(
            ui,
            f"language.{language}",
            ui.words(f"language.{language}"),
            LanguageChosen(language),
            kind=ButtonKind.CHOSEN if language == session.language else ButtonKind.SECONDARY,
            icon=Icon.CHECK if language == session.language else None,
        )
        for language in session.office.languages
    ]
    return Column([Bar(ui, ui.theme.palette.bar, buttons, high=90), Rule(ui)])
