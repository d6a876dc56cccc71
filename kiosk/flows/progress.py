"""How far a person has come: "Passo 2 di 6"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kiosk.flows import questions
from kiosk.flows.citizen import identity_check, procedure
from kiosk.flows.citizen import preregistration as states
from kiosk.flows.citizen.document_reading import DocumentReadingState, Prefilling
from kiosk.flows.citizen.identity_check import IdentityCheckState, errand_of
from kiosk.flows.citizen.procedure import ProcedureState, Purpose
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.question import Section
from kiosk.flows.state import Activity
from kiosk.flows.steps.scanning import CodeNotScanned, ForForm, ScanningCode


class CheckStep(Enum):
    """The steps of an identity check."""

    CARD = "card"
    READING = "reading"
    RESULT = "result"


class ProcedureStep(Enum):
    """The steps of a procedure with codes; those that a procedure has are counted."""

    CODES = "codes"
    TEXTS = "texts"
    CHOICES = "choices"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Progress:
    """The step of a section, counted from 1."""

    step: int
    of: int
    section: Section | CheckStep | ProcedureStep

    @property
    def phrase(self) -> Phrase:
        """What the page says of it."""
        return phrase("progress", step=self.step, of=self.of, section=self.name)

    @property
    def spoken(self) -> Phrase:
        """The same for the ear."""
        return phrase("spoken.progress", step=self.step, of=self.of, section=self.name)

    @property
    def name(self) -> Phrase:
        """The section's name."""
        if isinstance(self.section, Section):
            return phrase(f"section.{self.section.value}")
        if isinstance(self.section, CheckStep):
            return phrase(f"check-step.{self.section.value}")
        return phrase(f"procedure-step.{self.section.value}")


def progress(activity: Activity) -> Progress | None:
    """The step of a page of the form; None where nothing is counted."""
    if isinstance(activity, ProcedureState):
        return _of_procedure(activity)
    section = _section(activity)
    if section is None:
        return None
    sections: list[Section | CheckStep] = list(
        Section if isinstance(section, Section) else CheckStep
    )
    return Progress(sections.index(section) + 1, len(sections), section)


def _section(activity: Activity) -> Section | CheckStep | None:
    match activity:
        case states.InsertCard() | states.ReadingCard() | states.CardFailed() | states.Review():
            return Section.IDENTITY
        case states.Asking():
            return questions.question(activity.question).section
        case ScanningCode(ForForm(question=question)) | CodeNotScanned(ForForm(question=question)):
            return questions.question(question).section
        case states.CheckEmail():
            return Section.CONTACTS
        case states.Summary() | states.Recording() | states.RecordFailed():
            return Section.SUMMARY
        case _ if isinstance(activity, DocumentReadingState | IdentityCheckState):
            # A form that waits for a document is still at its first step.
            waits = isinstance(errand_of(activity), Prefilling)
            return Section.IDENTITY if waits else _check_step(activity)
        case _:
            return None


def _check_step(activity: DocumentReadingState | IdentityCheckState) -> CheckStep:
    match activity:
        case identity_check.Intro() | identity_check.ChooseCard():
            return CheckStep.CARD
        case identity_check.VerdictPage() | identity_check.ClerkPage():
            return CheckStep.RESULT
        case _:
            return CheckStep.READING


def _of_procedure(activity: ProcedureState) -> Progress | None:
    """Before the codes are checked nobody knows what they open: an activation counts all steps."""
    step = _procedure_step(activity)
    if step is None:
        return None
    steps = list(ProcedureStep)
    if isinstance(activity, procedure.Opened):
        chooses = activity.procedure.chooses
    else:
        visit = activity.visit if isinstance(activity, _WithCodes) else None
        chooses = visit is not None and visit.purpose is Purpose.ACTIVATION
    if not chooses:
        steps.remove(ProcedureStep.CHOICES)
    return Progress(steps.index(step) + 1, len(steps), step)


_WithCodes = (
    procedure.AskCodiceFiscale
    | procedure.ReadingCard
    | procedure.AskCode
    | procedure.AskPin
    | procedure.CheckingCodes
    | procedure.CodesRefused
    | procedure.CodesUnchecked
)


def _procedure_step(activity: ProcedureState) -> ProcedureStep | None:
    match activity:
        case _ if isinstance(activity, _WithCodes):
            return ProcedureStep.CODES
        case procedure.ReadText() | procedure.NotAccepted():
            return ProcedureStep.TEXTS
        case procedure.Sign(opened) if opened.chooses:
            return ProcedureStep.TEXTS
        case procedure.Sign() | procedure.Confirm():
            return ProcedureStep.CONFIRMATION
        case _ if isinstance(activity, procedure.Opened):
            return None if isinstance(activity, procedure.ConcludeFailed) else ProcedureStep.CHOICES
        case _:
            return None
