"""What "Ascolta" reads: the title, the explanation and what can be done, of what is on top.

It reads personal data too where the page shows them (a summary, an e-mail): who cannot read the
screen must be able to check them (law 8), and the person asked for it by a touch.
"""

from __future__ import annotations

from kiosk.flows import (
    device_wording,
    installer_wording,
    procedure_wording,
    readiness_wording,
    rows,
    verdicts,
)
from kiosk.flows.citizen import document_reading as reading
from kiosk.flows.citizen import identification
from kiosk.flows.citizen import identity_check as check
from kiosk.flows.citizen import preregistration as states
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.entries import ChoiceEntry, SearchEntry, TextEntry
from kiosk.flows.installer import readiness
from kiosk.flows.installer.installation import InstallationDone
from kiosk.flows.installer.readiness import ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.page_texts import failure_phrase
from kiosk.flows.papers import Papers
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.progress import progress
from kiosk.flows.state import Overlay, Session
from kiosk.flows.wording import Wording, wording
from sync.model import registration_number
from sync.model.errors import Problem

SpeechPart = Phrase
"""One sentence to be said: a catalogue key with its values."""


def spoken(session: Session) -> tuple[SpeechPart, ...]:
    """The sentences, in the order in which a person would read them."""
    if session.idle.warning:
        return (phrase("idle.spoken"),)
    if session.help_open:
        said = wording(session).help
        return (phrase("help.title"), *said, phrase("help.buttons"), phrase("help.clerk"))
    match session.overlay:
        case Overlay.STOP:
            return _overlay("stop", "cancel")
        case Overlay.RESUMED:
            return _overlay("resumed", "refuse")
        case Overlay.NONE:
            return _page(session, wording(session))


def _overlay(name: str, other: str) -> tuple[SpeechPart, ...]:
    keys = (f"{name}.title", f"{name}.body", "spoken.options", f"{name}.confirm", f"{name}.{other}")
    return tuple(phrase(key) for key in keys)


def _page(session: Session, page: Wording) -> tuple[SpeechPart, ...]:
    step = progress(session.activity)
    said = [] if step is None else [step.spoken]
    said.append(page.title)
    if page.problem is not None:
        said.append(page.problem)
    said += page.body
    said += _content(session)
    choices = [action.label for action in page.actions]
    choices = [*_options(session), *choices]
    if choices:
        said += [phrase("spoken.options"), *choices]
    return tuple(said)


def _content(session: Session) -> tuple[SpeechPart, ...]:  # noqa: C901, PLR0911, PLR0912  # one line for each page with a content
    """What the page shows beside its texts: rows, what stands in the field, the number."""
    activity = session.activity
    match activity:
        case states.Review():
            return _rows(rows.review_rows(activity.form, session.surroundings))
        case states.Summary():
            sections = rows.summary_sections(activity.form, session.surroundings)
            return tuple(
                part for section in sections for part in (section.title, *_rows(section.rows))
            )
        case states.Asking(entry=TextEntry() | SearchEntry() as entry) if entry.text:
            return (phrase("spoken.field", text=entry.text),)
        case check.VerdictPage() | check.ClerkPage():
            return _verdict(activity)
        case check.TypePin() if activity.entry.text:
            # A PIN is for nobody's ears.
            return (phrase("spoken.digits", n=len(activity.entry.text)),)
        case reading.TypeCan() if activity.entry.text:
            return (phrase("spoken.field", text=" ".join(activity.entry.text)),)
        case reading.TypeMrz(entry=TextEntry() as entry) if entry.text:
            return (phrase("spoken.field", text=" ".join(entry.text)),)
        case states.Done():
            number = activity.receipt.registration_number
            return (*_spelled(number, session.language), *_papers(activity.papers))
        case identification.Done() | readiness.ReportDone() | InstallationDone():
            return _papers(activity.papers)
        case _ if isinstance(activity, InstallerState):
            return installer_wording.content(session, activity)
        case _ if isinstance(activity, IdentificationState):
            return device_wording.content(activity)
        case _ if isinstance(activity, ReadinessState):
            return readiness_wording.content(activity)
        case _ if isinstance(activity, ProcedureState):
            return procedure_wording.content(session, activity)
        case _:
            return ()


def _papers(papers: Papers) -> tuple[SpeechPart, ...]:
    """Each paper with where it is; one that failed with its reason."""
    said: list[SpeechPart] = []
    for paper in papers:
        name, state = phrase(f"paper.{paper.document.value}"), phrase(f"paper.{paper.state.value}")
        said.append(phrase("spoken.row", label=name, value=state))
        if paper.code is not None:
            said.append(failure_phrase(paper.code))
    return tuple(said)


def _verdict(page: check.VerdictPage | check.ClerkPage) -> tuple[SpeechPart, ...]:
    """Each property with its reasons; on the clerk's page the holder and the facts too."""
    match page:
        case check.VerdictPage(examined):
            facts: tuple[verdicts.Fact, ...] = ()
            judged = verdicts.rows(examined.verdict)
        case check.ClerkPage(below):
            view = verdicts.clerk_view(below.examined)
            facts, judged = (*view.holder, *view.technical), view.verdict
    said = [phrase("spoken.row", label=fact.label, value=fact.value) for fact in facts]
    for row in judged:
        said += [row.title, *row.why]
    return tuple(said)


def _rows(shown: tuple[rows.Row, ...]) -> tuple[SpeechPart, ...]:
    said: list[SpeechPart] = []
    for row in shown:
        if row.value is not None:
            said.append(phrase("spoken.row", label=row.label, value=row.value))
        if row.problem is not None:
            said += [row.problem] if row.value else [row.label, row.problem]
    return tuple(said)


def _options(session: Session) -> tuple[SpeechPart, ...]:
    match session.activity:
        case states.Asking(entry=TextEntry() | SearchEntry() | ChoiceEntry() as entry):
            return tuple(option.label for option in entry.options)
        case _:
            return ()


def _spelled(number: str, language: str) -> tuple[SpeechPart, ...]:
    """A registration number letter by letter, as one says it on the telephone."""
    parsed = registration_number.parse(number)
    if isinstance(parsed, Problem):
        return ()
    return (literal(", ".join(parsed.spelled(language))),)
