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
        super().__init__(
            ui,
            session,
            lambda ui: Column([_greeting(ui, session), _tiles(ui)], gap=ui.px(28)),
            now=now,
            strip=_languages(ui, session),
        )


def _greeting(ui: Context, session: Session) -> Part:
    said = wording(session)
    palette = ui.theme.palette
    title = ui.text(ui.say(said.title), Size.DISPLAY, palette.page.ink, Font.TITLE)
    lines = [ui.text(ui.say(line), Size.HEADING, palette.page_soft.ink) for line in said.body]
    return Column([title, *lines], gap=ui.px(4))


def _tiles(ui: Context) -> Part:
    tiles = [
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
    ]
    return Grid(tiles, columns=2, gap=ui.px(20))


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
