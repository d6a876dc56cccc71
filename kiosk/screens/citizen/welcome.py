"""Before and after every service: the welcome page and the farewell."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.events import LanguageChosen, Service, ServiceChosen
from kiosk.flows.state import Session
from kiosk.flows.welcome import WITHOUT_RECORD
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, notice
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Button, ButtonKind, Tile
from kiosk.screens.widgets.frame import Bar, Rule
from kiosk.screens.widgets.layout import Column, Grid, Part

_ICONS = {
    Service.PREREGISTRATION: Icon.USER,
    Service.ACTIVATION: Icon.KEY,
    Service.REGISTRATION_STATUS: Icon.SEARCH,
    Service.IDENTITY_CHECK: Icon.IDENTITY_CARD,
    Service.REVOCATION: Icon.CLOSE_CIRCLE,
}


class WelcomeScreen(Page):
    """Languages and services."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        super().__init__(
            ui,
            session,
            lambda ui: Column(
                [_greeting(ui, session), _offered(ui, session)],
                gap=ui.px(20 if ui.theme.large else 28),
            ),
            now=now,
            strip=_languages(ui, session),
        )


def _greeting(ui: Context, session: Session) -> Part:
    said = wording(session)
    palette = ui.theme.palette
    title = ui.text(ui.say(said.title), Size.DISPLAY, palette.page.ink, Font.TITLE)
    # The services in large letters need the room of the question, which "Ascolta" still reads.
    if session.facts.storage.refusal:
        words = ui.say(said.body[0])
        told = notice(ui, words, palette.warning, Icon.INFO_CIRCLE, size=Size.READING)
        return Column([title, told], gap=ui.px(16))
    asked = () if ui.theme.large else said.body
    lines = [ui.text(ui.say(line), Size.HEADING, palette.page_soft.ink) for line in asked]
    return Column([title, *lines], gap=ui.px(4))


def _offered(ui: Context, session: Session) -> Part:
    """Every service; where nothing can be kept, only those that need nothing kept."""
    if not session.facts.storage.refusal:
        return _tiles(ui)
    tiles = [_tile(ui, service, main=True) for service in Service if service in WITHOUT_RECORD]
    return Grid(tiles, columns=1, gap=ui.px(18))


def _tiles(ui: Context) -> Part:
    """What most people come for in the upper row: to register, then to activate."""
    main, second, *others = Service
    gap = ui.px(18)
    if ui.theme.large:
        # Large letters have room for the names alone, which say what each service does.
        tiles = [_tile(ui, service, main=service is main) for service in Service]
        return Grid(tiles, columns=2, gap=gap)
    upper = [_tile(ui, main, main=True), _tile(ui, second, main=False)]
    lower = [_tile(ui, service, main=False, arrow=False) for service in others]
    return Column(
        [Grid(upper, columns=2, gap=gap), Grid(lower, columns=len(lower), gap=gap)], gap=gap
    )


def _tile(ui: Context, service: Service, *, main: bool, arrow: bool = True) -> Tile:
    key = f"service.{service.value}"
    texts = ui.words(f"{key}.title"), "" if ui.theme.large else ui.words(f"{key}.body")
    act, icon = ServiceChosen(service), _ICONS[service]
    return Tile(ui, key, texts, act, icon, main=main, arrow=arrow)


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
