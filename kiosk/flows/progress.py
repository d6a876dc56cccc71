"""How far a person has come: "Passo 2 di 6"."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows import questions
from kiosk.flows.citizen import preregistration as states
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.question import Section
from kiosk.flows.state import Activity


@dataclass(frozen=True, slots=True)
class Progress:
    """The step of a section, counted from 1."""

    step: int
    of: int
    section: Section

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
        return phrase(f"section.{self.section.value}")


def progress(activity: Activity) -> Progress | None:
    """The step of a page of the form; None where nothing is counted."""
    section = _section(activity)
    if section is None:
        return None
    sections = list(Section)
    return Progress(sections.index(section) + 1, len(sections), section)


def _section(activity: Activity) -> Section | None:
    match activity:
        case states.InsertCard() | states.ReadingCard() | states.CardFailed() | states.Review():
            return Section.IDENTITY
        case states.Asking():
            return questions.question(activity.question).section
        case states.CheckEmail():
            return Section.CONTACTS
        case states.Summary() | states.Recording() | states.RecordFailed():
            return Section.SUMMARY
        case _:
            return None
