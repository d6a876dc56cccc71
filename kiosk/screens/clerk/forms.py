"""Pages with a form: the start of a registration, the form itself, Modifica, delegation, residence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kiosk.flows.clerk import managing, registering
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.sheet import Sheet
from kiosk.flows.events import PrintAsked
from kiosk.flows.papers import Papers
from kiosk.flows.phrases import Phrase
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.options import entries
from kiosk.screens.clerk.sheet_fields import SOURCES, SheetFields
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.layout import Column, Flow, Part, Row
from kiosk.screens.widgets.text import IconText

FormState = (
    registering.Start
    | registering.RegistrationForm
    | managing.EditForm
    | managing.BookingDelegation
    | managing.DelegationForm
    | managing.ResidenceStart
    | managing.ResidenceForm
)
_FIRST: Final = {
    FieldId.CODICE_FISCALE: 4,
    FieldId.RESIDENCE_PROVINCE: 4,
    FieldId.RESIDENCE_COMUNE: 4,
}
_SHORT = registering.Start | managing.ResidenceStart


class FormPage(DeskPage):
    """The sections of a sheet; Enter goes from field to field, F2 on."""

    enter_is_main = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._fields = SheetFields(self, ui.emit)
        if isinstance(session.activity, _SHORT):
            self.widest = 980
        super().__init__(ui, session, now)

    def body(self, ui: Context) -> Part:
        """All sections on one card, then forms that can be printed here."""
        sheet = _sheet(self.session)
        options = lambda row: entries(ui, self.session, sheet, row)  # noqa: E731
        if isinstance(self.session.activity, _SHORT):
            first = self._fields.grid(ui, sheet, options, _FIRST)
            return Column([desk_card(ui, first, padding=(20, 16))])
        form = self._fields.sections(ui, sheet, options)
        parts: list[Part] = [
            told(ui, ui.say(line), ui.theme.palette.warning, Icon.INFO_CIRCLE)
            for line in wording(self.session).body[1:]
        ]
        parts.append(desk_card(ui, form, padding=(16, 6)))
        papers = _papers(self.session)
        if papers:
            parts.append(self._papers(ui, papers))
        return Column(parts, gap=ui.px(10))

    def lead(self) -> Sequence[Phrase]:
        """What the page is for; what else there is to know stands out above the form."""
        return wording(self.session).body[:1]

    def first_stop(self) -> str:
        """The first field that is empty, or the first."""
        sheet = _sheet(self.session)
        wrong = {field for field, _problem in sheet.problems}
        for row in sheet.fields:
            if row.id in wrong:
                return f"field.{row.id.value}"
        for row in sheet.fields:
            if row.id not in sheet.locked and not sheet.text(row.id) and not row.optional:
                return f"field.{row.id.value}"
        return ""

    def place_now(self) -> object:
        """The field, for as long as it is the same person's form."""
        at = self.stops.at.name if self.stops.at is not None else ""
        return at, _sheet(self.session).text(FieldId.CODICE_FISCALE)

    def go_back_to(self, place: object) -> None:
        """Only in the same person's form, and not where something is wrong."""
        match place:
            case (name, person) if person == _sheet(self.session).text(FieldId.CODICE_FISCALE):
                if not _sheet(self.session).problems:
                    super().go_back_to(name)
            case _:
                pass

    def stop_left(self, stop: Stop) -> None:
        """What stands in a field that was left is checked."""
        self._fields.left(stop)

    def follow(self, before: Session) -> None:
        """Texts change in their boxes; marks, problems and fields come and go with new ones."""
        old, new = _sheet(before), _sheet(self.session)
        same = _around(before) == _around(self.session)
        if not (self._fields.follow(old, new) and same):
            self.rebuild()
        if _asked(self.session) and not _asked(before):
            self._go_to_first_problem()

    def _go_to_first_problem(self) -> None:
        sheet = _sheet(self.session)
        wrong = {field for field, _problem in sheet.problems}
        for row in sheet.fields:
            stop = self.stops.named(f"field.{row.id.value}")
            if row.id in wrong and stop is not None:
                self.stops.go(stop)
                return

    def aside(self, ui: Context) -> Part | None:
        """What the signs beside the labels mean, where there are some."""
        sheet = _sheet(self.session)
        ink = ui.theme.palette.page_link.ink
        there = {mark for _field, mark in sheet.marks}
        said: list[Part] = [
            Row(
                [
                    IconText(icon, ui.px(20), ink),
                    ui.text(ui.words(f"clerk.mark.{mark.value}"), DeskSize.LABEL, ink),
                ],
                gap=ui.px(6),
            )
            for mark, icon in SOURCES.items()
            if mark in there
        ]
        return Row(said, gap=ui.px(24)) if said else None

    def _papers(self, ui: Context, papers: Papers) -> Part:
        return Flow(
            [
                DeskButton(
                    ui,
                    f"print.{paper.document.value}",
                    ui.words(
                        "desk.paper.form",
                        name=ui.words(f"paper.{paper.document.value}"),
                        state=ui.words(f"desk.paper.{paper.state.value}"),
                    ),
                    lambda document=paper.document: self.ui.emit(PrintAsked(document)),  # type: ignore[misc]
                    icon=Icon.PRINT,
                )
                for paper in papers
            ],
            gap=ui.px(10),
        )


def _sheet(session: Session) -> Sheet:
    if isinstance(session.activity, FormState):
        return session.activity.sheet
    raise TypeError(type(session.activity).__name__)


def _papers(session: Session) -> Papers:
    activity = session.activity
    if isinstance(activity, registering.RegistrationForm | managing.BookingDelegation):
        return activity.papers
    return ()


def _asked(session: Session) -> bool:
    """Whether the page shows all problems, since it was to go on with them."""
    return bool(getattr(session.activity, "confirmed", False))


def _around(session: Session) -> object:
    """What a page shows beside its sheet."""
    activity = session.activity
    code = activity.code if isinstance(activity, _SHORT) else None
    return code, _papers(session), session.notice
