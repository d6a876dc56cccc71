"""The card that holds all there is to read of a record."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.flows.state import Session
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.read_rows import read_sections
from kiosk.screens.console.record_rows import profile_groups, sections
from kiosk.screens.console.words import NOTHING
from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.desk.cell import Tag
from kiosk.screens.widgets.desk.form_grid import Section
from kiosk.screens.widgets.layout import Column, Flow, Part
from sync.model.users import Profile


def reading_card(ui: Context, session: Session, *, columns: int) -> Part | None:
    """Sections of the page, then its profiles one by one; None where there is nothing to read."""
    read, groups = sections(session), profile_groups(session)
    parts: list[Part] = [read_sections(ui, read, columns=columns)] if read else []
    for title, profiles in groups:
        words = ui.words(f"desk.console.section.{title}")
        parts.append(Section(ui, words, profile_tags(ui, profiles), first=not parts))
    return desk_card(ui, Column(parts), padding=(16, 4)) if parts else None


def profile_tags(ui: Context, profiles: Iterable[Profile]) -> Part:
    """Each profile in a frame of its own, in the order of the console's list."""
    given = frozenset(profiles)
    tags: list[Part] = [
        Tag(ui, ui.words(f"console.profile.{one.value}")) for one in Profile if one in given
    ]
    if not tags:
        return ui.text(NOTHING, DeskSize.BODY, ui.theme.palette.card.ink)
    return Flow(tags, gap=ui.px(6))
