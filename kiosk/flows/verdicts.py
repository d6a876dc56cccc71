"""What a verdict's page and the clerk's page show, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.citizen.identity_check import Examined
from kiosk.flows.document_check import FacePicture, Finding, Headline, Judgement, Property, Verdict
from kiosk.flows.phrases import Phrase, phrase


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One property, for a citizen or for a clerk.

    Attributes:
        property: which.
        finding: for the icon; the title says it in words too.
        title: `È autentica`, `Non è autentica`, `Qui non possiamo dire se è autentica`.
        why: one text for each reason.
        codes: the reasons themselves; for the clerk's page alone.
    """

    property: Property
    finding: Finding
    title: Phrase
    why: tuple[Phrase, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the clerk's page."""

    label: Phrase
    value: Phrase


@dataclass(frozen=True, slots=True)
class ClerkView:
    """What the clerk's page shows.

    Attributes:
        headline: the verdict in one word.
        face: the picture of the chip, None where there is none.
        holder: the person and the document.
        verdict: a row for each property, with the clerk's texts and the reason codes.
        technical: protocol, losses and what the reader noted.
    """

    headline: Headline
    face: FacePicture | None
    holder: tuple[Fact, ...]
    verdict: tuple[VerdictRow, ...]
    technical: tuple[Fact, ...]


def rows(verdict: Verdict) -> tuple[VerdictRow, ...]:
    """A row for each property, in the citizen's words."""
    return tuple(_row(judgement, "citizen") for judgement in verdict.judgements)


def _row(judgement: Judgement, reader: str) -> VerdictRow:
    what, found = judgement.property, judgement.finding
    return VerdictRow(
        property=what,
        finding=found,
        title=phrase(f"property.{what.value}.{found.value}"),
        why=tuple(phrase(f"verdict.{reason}.{reader}") for reason in judgement.reasons),
        codes=judgement.reasons if reader == "clerk" else (),
    )


def clerk_view(examined: Examined) -> ClerkView:
    """The clerk's page of what was read."""
    verdict = examined.verdict
    return ClerkView(
        headline=verdict.headline,
        face=None,
        holder=(),
        verdict=tuple(_row(judgement, "clerk") for judgement in verdict.judgements),
        technical=(),
    )
