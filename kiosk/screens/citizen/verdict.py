"""What is proven of a card: for the person who holds it, and for the clerk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen.document_reading import Prefilling
from kiosk.flows.citizen.identity_check import PROVE, ClerkPage, VerdictPage
from kiosk.flows.document_check import FacePicture
from kiosk.flows.events import OptionChosen
from kiosk.flows.state import Session
from kiosk.flows.verdicts import ClerkView, VerdictRow, clerk_view, rows
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.screen import Page, action_button, heading, notice, panel
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.face import FaceView
from kiosk.screens.widgets.facts import facts_grid
from kiosk.screens.widgets.findings import HEADLINE_ICONS, Banner, FindingRow, headline_paint
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row

_FACE_HIGH = 260
_PROOF = OptionChosen(PROVE)


class VerdictScreen(Page):
    """The headline, then a line for each property; two columns, one where letters are large.

    What would prove more is offered with the headline, not among the buttons that go on.
    """

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session).actions
        actions = [action_button(ui, action) for action in said if action.event != _PROOF]
        # Of many buttons the others wrap their words first: one with a long word does not.
        filling = isinstance(_page(session).errand, Prefilling)
        kept = actions[0] if filling else actions[-1]
        kept.rigid = True
        super().__init__(ui, session, lambda ui: _verdict(ui, session), actions, now=now)


def _verdict(ui: Context, session: Session) -> Part:
    said, page = wording(session), _page(session)
    lines = [ui.say(line) for line in said.body]
    offers = [action_button(ui, action) for action in said.actions if action.event == _PROOF]
    for offer in offers:
        offer.rigid = True
    banner = Banner(ui, page.headline, ui.say(said.title), lines, offers)
    columns = 1 if ui.theme.large else 2
    found = Grid(_rows(ui, rows(page.examined.verdict)), columns=columns, gap=ui.px(12))
    return Column([banner, found], gap=ui.px(14))


def _rows(ui: Context, found: Sequence[VerdictRow]) -> list[Part]:
    return [
        FindingRow(
            ui,
            row.property.value,
            row.finding,
            ui.say(row.title),
            [ui.say(line) for line in row.why],
            row.codes,
        )
        for row in found
    ]


class ClerkScreen(Page):
    """Face and data to compare with the person and the card, every reason, every fact."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _clerk(ui, session), actions, now=now)


def _clerk(ui: Context, session: Session) -> Part:
    if not isinstance(session.activity, ClerkPage):
        raise TypeError(type(session.activity).__name__)
    view = clerk_view(session.activity.page.examined)
    step, title = heading(ui, session, wording(session).title)
    title.grows = True
    parts: list[Part] = [step, Row([title, _verdict_tag(ui, view)], gap=ui.px(20))]
    data = panel(ui, facts_grid(ui, view.holder, columns=3), padding=(24, 16))
    data.grows = True
    parts.append(Row([_face(ui, view.face), data], gap=ui.px(20), across=Align.STRETCH))
    parts.append(_section(ui, "verdict"))
    parts += _rows(ui, view.verdict)
    if view.technical:
        parts.append(_section(ui, "technical"))
        parts.append(panel(ui, facts_grid(ui, view.technical, columns=2), padding=(24, 16)))
    return Column(parts, gap=ui.px(12))


def _verdict_tag(ui: Context, view: ClerkView) -> Part:
    """The verdict in a word or two: the citizen's headline tells a citizen what to do."""
    words = ui.words(f"screen.clerk.state.{view.headline.value}")
    paint, icon = headline_paint(ui.theme.palette, view.headline), HEADLINE_ICONS[view.headline]
    tag = notice(ui, words, paint, icon, size=Size.LABEL)
    tag.name = f"headline.{view.headline.value}"
    return tag


def _face(ui: Context, face: FacePicture | None) -> Part:
    words = ui.words("screen.clerk.no-face" if face is None else "screen.clerk.face")
    caption = ui.text(words, Size.LABEL, ui.theme.palette.card_soft.ink, align="center")
    content = Column([FaceView(ui, face, _FACE_HIGH), caption], gap=ui.px(8), across=Align.MIDDLE)
    framed = panel(ui, content, padding=(18, 16))
    framed.rigid = True
    return framed


def _section(ui: Context, name: str) -> Part:
    words = ui.words(f"screen.clerk.{name}")
    return ui.text(words, Size.HEADING, ui.theme.palette.page_link.ink, Font.TITLE)


def _page(session: Session) -> VerdictPage:
    if isinstance(session.activity, VerdictPage):
        return session.activity
    raise TypeError(type(session.activity).__name__)
